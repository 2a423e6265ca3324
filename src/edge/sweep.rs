//! What is done from time to time, in small rounds: connects and runs that were interrupted, integrations that are being deleted,
//! records under an old key, rows that are of no use any more. The cron calls it, and the operator by `POST /admin/sweep`.
//! A part that fails is named in the answer and does not keep the others from their work.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{connect, deletion, problem::Problem, schedule};
use crate::{
    connection::{Actor, Answer, ConnectionName, Question},
    host::{Host, HostError},
    record::{
        self as records, audit, copy, delivery, event, first_row,
        integration::{self, Integration},
        made, operator_session, portal, sealed, sign_in, unsettled, usage, webhook_secret,
    },
    run,
    shape::shape,
    time::SECOND,
};

/// A round goes on with so many interrupted connects.
const SESSIONS: i64 = 3;
/// A round asks so many connections to re-seal what they hold.
const CONNECTIONS: i64 = 20;
/// So many rows of a table are forgotten at a time,
const ROWS: usize = 2000;
/// so many runs,
const RUNS: usize = 200;
/// again and again for so long, in milliseconds.
const FORGETTING: i64 = 15 * SECOND;

shape! {
    /// What one round did and what is left.
    #[derive(Debug)]
    pub struct Swept {
        /// So many records came under the first key.
        pub resealed: i64,
        /// So many records are not under the first key, by the id of theirs.
        pub left: BTreeMap<String, i64>,
        /// So many runs were taken up again.
        pub runs: i64,
        /// So many integrations are still being deleted.
        pub deletions_left: i64,
        /// The parts that failed; the log says why.
        pub failed: Vec<String>,
    }
}

/// One round, and all that is left. Fails when that cannot be told.
pub async fn sweep(host: &impl Host) -> Result<Swept, Problem> {
    let swept = round(host, false).await?;
    Ok(Swept { left: left(host).await?, ..swept })
}

/// The same where the process that had the runs has ended, and the engine does not take them up by itself.
pub(super) async fn sweep_at_start(host: &impl Host) -> Result<Swept, Problem> {
    let swept = round(host, true).await?;
    Ok(Swept { left: left(host).await?, ..swept })
}

/// The records that are not under the first key. Counting reads every table whole.
async fn left(host: &impl Host) -> Result<BTreeMap<String, i64>, Problem> {
    let (first, mut left) = (first_key(host)?, BTreeMap::new());
    for count in sealed::by_key(host).await?.into_iter().filter(|count| count.key != first) {
        *left.entry(count.key).or_default() += count.n;
    }
    Ok(left)
}

/// One round; what is left under other keys is not counted.
async fn round(host: &impl Host, all_runs: bool) -> Result<Swept, Problem> {
    let mut failed = Vec::new();
    let mut done = |part: &str, result: Result<i64, Problem>| {
        result.unwrap_or_else(|problem| {
            problem.report(host);
            failed.push(part.to_owned());
            0
        })
    };
    done("deletions", deletions(host).await);
    done("sessions", sessions(host).await);
    let texts = done("texts", sealed::reseal(host).await.map_err(Problem::from));
    let connections = done("connections", connections(host).await);
    done("schedules", schedule::tell_some(host, None).await.map_err(Problem::from));
    done("old", forget_old(host).await);
    done("old_runs", forget_old_runs(host).await);
    // The most work: it must not keep the others from theirs.
    let revived = done("runs", run::revive_due(host, all_runs).await.map_err(Problem::from));
    Ok(Swept {
        resealed: texts.saturating_add(connections),
        runs: revived,
        left: BTreeMap::new(),
        deletions_left: count_deleting(host).await?,
        failed,
    })
}

/// One round, told in a line for the log.
pub async fn scheduled(host: &impl Host) -> Value {
    let rotating = copy::ring(host).is_ok_and(|ring| ring.ids().nth(1).is_some());
    let swept = if rotating { sweep(host).await } else { round(host, false).await };
    match swept {
        Ok(swept) => json!({
            "level": if swept.failed.is_empty() { "info" } else { "error" },
            "route": "scheduled",
            "resealed": swept.resealed,
            "runs": swept.runs,
            "left": swept.left,
            "deletions_left": swept.deletions_left,
            "failed": swept.failed,
        }),
        Err(problem) => json!({
            "level": "error",
            "route": "scheduled",
            "code": problem.code.text(),
            "reason": problem.reason,
        }),
    }
}

/// The id of the key that seals.
fn first_key(host: &impl Host) -> Result<&str, HostError> {
    Ok(copy::ring(host)?.ids().next().unwrap_or_default())
}

async fn deletions(host: &impl Host) -> Result<i64, Problem> {
    let deleting: Option<Integration> = first_row(host, integration::any_deleting()).await?;
    let Some(deleting) = deleting else {
        return Ok(0);
    };
    // It goes on with what the project began.
    deletion::round(host, &deleting.id, &Actor::here("project")).await?;
    Ok(1)
}

/// Goes on with connects that were interrupted. Their people may have closed the window; a token pair may have landed that
/// nobody else knows of.
async fn sessions(host: &impl Host) -> Result<i64, Problem> {
    let interrupted = unsettled::some_interrupted(host.now(), SESSIONS);
    let mut failed = None;
    for id in unsettled::ids(host, interrupted).await? {
        failed = connect::resume(host, &id).await.err().or(failed);
    }
    failed.map_or(Ok(0), Err)
}

async fn count_deleting(host: &impl Host) -> Result<i64, HostError> {
    shape! {
        struct Count {
            n: i64,
        }
    }
    let count: Option<Count> = first_row(host, integration::count_deleting()).await?;
    Ok(count.map_or(0, |count| count.n))
}

async fn connections(host: &impl Host) -> Result<i64, Problem> {
    let (first, mut resealed) = (first_key(host)?, 0);
    let mut failed = None;
    for found in sealed::connections_under_others(host, first, CONNECTIONS).await? {
        let name = ConnectionName {
            integration_id: found.integration_id,
            provider_user_id: found.provider_user_id,
        };
        match host.ask(&name, Question::Reseal {}).await {
            Ok(Answer::Unavailable { part, reason }) => {
                failed = Some(Problem::unavailable(&part, &reason));
            }
            Ok(_) => resealed += 1,
            Err(error) => failed = Some(error.into()),
        }
    }
    // One that cannot now does not keep the others from it, but it is told.
    failed.map_or(Ok(resealed), Err)
}

/// As much as there is, as far as the time allows: runs, with what their steps were given and gave.
async fn forget_old_runs(host: &impl Host) -> Result<i64, Problem> {
    let (began, days) = (host.now(), host.settings().run_days);
    loop {
        let mut statements = records::run::forget_old(days, RUNS, began);
        statements.push(made::forget_old(RUNS, began));
        let forgotten = host.tables(statements).await?;
        let done = forgotten.iter().all(|rows| rows.len() < RUNS);
        if done || host.now().since(began) >= FORGETTING {
            return Ok(0);
        }
    }
}

/// As much as there is, as far as the time allows.
async fn forget_old(host: &impl Host) -> Result<i64, Problem> {
    let (began, days) = (host.now(), host.settings().event_days);
    loop {
        let mut statements = unsettled::forget_old(began);
        statements.push(webhook_secret::forget_old(began));
        statements.push(delivery::forget_old(days, ROWS, began));
        statements.extend(event::forget_old(days, ROWS, began));
        statements.push(usage::forget_old(ROWS, began));
        statements.push(sign_in::forget_old(began));
        statements.push(audit::forget_old(ROWS, began));
        statements.push(operator_session::forget_old(began));
        statements.extend(portal::forget_old(began));
        let forgotten = host.tables(statements).await?;
        let done = forgotten.iter().all(|rows| rows.len() < ROWS);
        if done || host.now().since(began) >= FORGETTING {
            return Ok(0);
        }
    }
}
