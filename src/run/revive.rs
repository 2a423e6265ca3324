//! Runs of which nothing was seen in time are taken up again: those that the engine was never told of, or lost, or left
//! standing. What cannot be taken up shows as interrupted; none shows as running for ever.

use futures_util::{StreamExt, stream};

use super::{begin, end::end};
use crate::{
    edge::Code,
    host::{EngineState, Host, HostError},
    record::{
        rows,
        run::{self, Run, RunStatus},
    },
    time::{MINUTE, SECOND, Timestamp},
};

/// A run that stands still is taken up so often.
const REVIVALS: i64 = 5;
/// So many runs are looked at at a time,
const SOME: usize = 100;
/// so many of them side by side,
const AT_ONCE: usize = 6;
/// again and again for so long, in milliseconds.
const WORKING: i64 = 15 * SECOND;

/// One round: takes up every run that is due, as far as the time allows; how many. `all`: the process that had the runs
/// has ended, and the engine does not take them up by itself.
pub async fn revive_due(host: &impl Host, all: bool) -> Result<i64, HostError> {
    let (began, mut revived) = (host.now(), 0);
    if all {
        host.tables(vec![run::all_are_due(began)]).await?;
    }
    loop {
        let due: Vec<Run> = rows(host, run::due(host.now(), SOME)).await?;
        let (new, known): (Vec<Run>, Vec<Run>) =
            due.into_iter().partition(|run| !all && is_new(run));
        let found = new.len() + known.len();
        start_again(host, &new).await?;
        let each = stream::iter(&known).map(|run| revive(host, run, all)).buffer_unordered(AT_ONCE);
        let failed = each.filter_map(async |result| result.err()).collect::<Vec<_>>().await;
        revived += i64::try_from(found - failed.len()).unwrap_or_default();
        // One that cannot be taken up now does not keep the others from it, but it is told.
        if let Some(error) = failed.into_iter().next() {
            return Err(error);
        }
        if found < SOME || host.now().since(began) >= WORKING {
            return Ok(revived);
        }
    }
}

/// Nothing was seen of it since it was stored: telling the engine once more is all, and does no harm.
fn is_new(run: &Run) -> bool {
    run.status == RunStatus::Queued && run.revivals <= 0
}

async fn start_again(host: &impl Host, new: &[Run]) -> Result<(), HostError> {
    if new.is_empty() {
        return Ok(());
    }
    let now = host.now();
    let claims = new.iter().map(|run| run::revived(run, due_again(run, now))).collect();
    let claimed = host.tables(claims).await?.into_iter().flatten().collect();
    begin::start(host, &begin::ids_in(claimed)).await
}

async fn revive(host: &impl Host, run: &Run, all: bool) -> Result<(), HostError> {
    let claim = host.tables(vec![run::revived(run, due_again(run, host.now()))]).await?;
    if claim.into_iter().flatten().next().is_none() {
        return Ok(());
    }
    if run.revivals >= REVIVALS {
        end(host, &run.id, RunStatus::Interrupted, Some(Code::Interrupted)).await?;
        return host.end_run(&run.id).await;
    }
    match host.engine_state(&run.id).await? {
        EngineState::Unknown => host.start_runs(std::slice::from_ref(&run.id)).await,
        // It waits for its turn at the engine; should it stand still there, a later round sees to it.
        EngineState::Live if !all && run.status == RunStatus::Queued && run.revivals < 2 => Ok(()),
        EngineState::Live | EngineState::Ended => host.revive_run(&run.id).await,
    }
}

/// When a run is looked after next. In front of the engine there may be a queue: one that has not begun is given longer
/// each time.
fn due_again(run: &Run, now: Timestamp) -> Timestamp {
    if run.status != RunStatus::Queued {
        return now.plus(5 * MINUTE);
    }
    let doubled = u32::try_from(run.revivals.max(0) * 2).unwrap_or(u32::MAX).min(8);
    now.plus(MINUTE << doubled)
}
