//! What is counted: for the operator, of webhooks and refreshes; for `usage`, of calls. Each isolate collects, and brings
//! its counts to the tables every few seconds. An isolate that ends before that takes its last ones with it; a store that
//! fails after all may count some twice.

use serde_json::json;

use super::{
    event::json_list,
    read_row, read_rows,
    usage::{self, Metric},
};
use crate::{
    host::{Host, HostError, Row, Statement},
    shape::shape,
    time::{DAY, SECOND, Timestamp},
};

/// The tables hear of counts this often, in milliseconds.
const EVERY: i64 = 10 * SECOND;
/// Webhooks, by integration and what became of them.
pub const WEBHOOKS: &str = "webhooks";
/// Refreshes of a token pair that failed, by integration and reason.
pub const REFRESH_FAILURES: &str = "refresh_failures";

shape! {
    /// How many of something came to this end.
    #[derive(Debug)]
    pub struct Count {
        /// What is counted: [`WEBHOOKS`] or [`REFRESH_FAILURES`].
        pub metric: String,
        /// The integration; empty where it is not known.
        pub integration_id: String,
        /// What came of them.
        pub outcome: String,
        /// So many.
        pub n: i64,
    }
}

shape! {
    /// What waits to be delivered.
    #[derive(Debug, Clone)]
    pub struct Pending {
        /// So many deliveries.
        pub n: i64,
        /// Since when the oldest one waits.
        pub since: Option<Timestamp>,
    }
}

shape! {
    /// How many subscriptions, or runs, are like this.
    #[derive(Debug, Clone)]
    pub struct ByStatus {
        /// Of a subscription: `active`, `paused` or `disabled`; of a run [`super::run::RunStatus`].
        pub status: String,
        /// So many.
        pub n: i64,
    }
}

/// Counts one webhook. Never fails: what cannot be stored now is stored later.
pub async fn webhook(host: &impl Host, integration_id: &str, outcome: &str) {
    host.memory().count(integration_id, outcome);
    report(host, flush(host, EVERY).await);
}

/// Stores what this isolate has counted, unless that was done less than `every` milliseconds ago.
pub async fn flush(host: &impl Host, every: i64) -> Result<(), HostError> {
    let now = host.now();
    let taken = host.memory().take_counts(every, now);
    let mut statements = Vec::new();
    if !taken.counts.is_empty() {
        statements.push(add(&taken.counts));
    }
    if !taken.usage.is_empty() {
        statements.push(usage::add(&taken.usage));
    }
    if statements.is_empty() {
        return Ok(());
    }
    let stored = host.tables(statements).await;
    if stored.is_err() {
        host.memory().put_counts_back(taken);
    }
    stored.map(|_| ())
}

/// Counts one call of Zoom's API. The tables hear of it from [`settle`], beside what comes after the answer.
pub fn request(host: &impl Host, project_id: &str, failed: bool) {
    let day = usage::day(host.now());
    if failed {
        host.memory().count_use(project_id, day.clone(), Metric::RequestFailures);
    }
    host.memory().count_use(project_id, day, Metric::Requests);
}

/// Whether somebody is to [`settle`] what this isolate has counted, and after how long, in milliseconds.
pub fn wait_to_settle(host: &impl Host) -> Option<u32> {
    let wait = host.memory().wait_to_store(EVERY, host.now())?;
    Some(u32::try_from(wait).unwrap_or_default())
}

/// Stores what this isolate has counted, after a wait, in milliseconds. Never fails.
pub async fn settle(host: &impl Host, wait: u32) {
    if wait > 0 {
        host.wait(wait).await;
    }
    report(host, flush(host, 0).await);
}

/// Counts a refresh of a token pair that failed. Once is enough for an alarm: one that cannot be stored is not counted.
pub async fn refresh_failed(host: &impl Host, integration_id: &str, reason: &str) {
    let count = Count {
        metric: REFRESH_FAILURES.to_owned(),
        integration_id: integration_id.to_owned(),
        outcome: reason.to_owned(),
        n: 1,
    };
    report(host, host.tables(vec![add(&vec![count])]).await.map(|_| ()));
}

fn report(host: &impl Host, stored: Result<(), HostError>) {
    if let Err(error) = stored {
        let reason = error.to_string();
        host.log(&json!({"level": "warn", "what": "not_counted", "reason": reason}));
    }
}

fn add(counts: &Vec<Count>) -> Statement {
    Statement::new(
        "INSERT INTO counts (metric, integration_id, outcome, n)
         SELECT value ->> 'metric', value ->> 'integration_id', value ->> 'outcome', value ->> 'n' FROM json_each(?1)
         WHERE true ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [json_list(counts)],
    )
}

/// Everything that is counted, and what is to be looked after.
#[derive(Debug)]
pub struct Counted {
    /// What isolates and connections have counted.
    pub counts: Vec<Count>,
    /// How things stand.
    pub standing: Standing,
}

/// What is to be looked after. To know it costs the rows that are counted, so each isolate asks once a minute at most.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What waits to be delivered.
    pub pending: Pending,
    /// So many deliveries were given up.
    pub deliveries_failed: i64,
    /// Subscriptions by status.
    pub subscriptions: Vec<ByStatus>,
    /// Since when the connection that has owed something for longest does.
    pub owes_since: Option<Timestamp>,
    /// So many grants wait for their user to connect again.
    pub reconnects: i64,
    /// Runs that live, and those of a day, by status.
    pub runs: Vec<ByStatus>,
}

/// Everything that is counted: counts as they are now, how things stand as it was less than a minute ago.
pub async fn all(host: &impl Host, now: Timestamp) -> Result<Counted, HostError> {
    let known = host.memory().standing(now);
    let mut statements = vec![Statement::new(COUNTS, [])];
    if known.is_none() {
        statements.extend(STANDING.iter().map(|sql| Statement::new(sql, [])));
        statements.push(Statement::new(RUNS, [json!(now.plus(-DAY))]));
    }
    let mut found = host.tables(statements).await?.into_iter();
    let counts = read_rows(found.next().unwrap_or_default().into_iter())?;
    let standing = if let Some(standing) = known {
        standing
    } else {
        let standing = Standing::read(found)?;
        host.memory().keep_standing(standing.clone(), now);
        standing
    };
    Ok(Counted { counts, standing })
}

impl Standing {
    /// Reads what [`STANDING`] and [`RUNS`] found.
    fn read(mut found: impl Iterator<Item = Vec<Row>>) -> Result<Self, HostError> {
        shape! {
            struct Figures {
                failed: i64,
                reconnects: i64,
                owes_since: Option<Timestamp>,
            }
        }
        let mut next = || found.next().unwrap_or_default().into_iter();
        let missing = || HostError::new("tables", "no row of figures");
        let pending: Pending = read_row(next().next().ok_or_else(missing)?)?;
        let subscriptions = read_rows(next())?;
        let figures: Figures = read_row(next().next().ok_or_else(missing)?)?;
        Ok(Self {
            pending,
            deliveries_failed: figures.failed,
            subscriptions,
            owes_since: figures.owes_since,
            reconnects: figures.reconnects,
            runs: read_rows(next())?,
        })
    }
}

/// What isolates and connections have counted.
pub(super) const COUNTS: &str =
    "SELECT metric, integration_id, outcome, n FROM counts ORDER BY 1, 2, 3";
/// How things stand whatever the time is, a statement each.
pub(super) const STANDING: [&str; 3] = [
    "SELECT count(*) AS n, min(created_at) AS since FROM deliveries WHERE status = 'pending'",
    "SELECT status, count(*) AS n FROM subscriptions GROUP BY 1 ORDER BY 1",
    "SELECT (SELECT count(*) FROM deliveries WHERE status = 'failed') AS failed,
       (SELECT count(*) FROM grants WHERE status = 'INVALID') AS reconnects,
       (SELECT min(owes_since) FROM connections WHERE owes_since IS NOT NULL) AS owes_since",
];
/// Runs by status: those that live, and those called for since a time.
pub(super) const RUNS: &str = "SELECT status, count(*) AS n FROM (
       SELECT status FROM runs WHERE due_at IS NOT NULL
       UNION ALL SELECT status FROM runs WHERE due_at IS NULL AND created_at >= ?1) GROUP BY 1 ORDER BY 1";
