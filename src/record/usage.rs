//! What a project used, day by day (UTC). Calls of Zoom are collected by each isolate and brought to the tables with what
//! `count` collects; events and runs are counted in the transaction that stores them, once however often that is done.

use serde_json::{Value, json};

use super::{event::json_list, rows, run::Run};
use crate::{
    host::{Host, HostError, Statement},
    shape::{shape, words},
    time::{DAY, Timestamp},
};

/// Days are kept for so long.
const KEPT_DAYS: i64 = 400;

words! {
    /// What is counted.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Metric {
        /// Calls of Zoom's API by a page or a project's server.
        Requests = "requests",
        /// Those of them that were answered with a failure.
        RequestFailures = "request_failures",
        /// What Zoom said.
        Events = "events",
        /// Runs that were called for; parts of a run are not counted.
        Runs = "runs",
        /// Those that failed, or were lost.
        RunFailures = "run_failures",
    }
}

shape! {
    /// So much on one day.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Used {
        /// The project.
        pub project_id: String,
        /// The day, UTC: `2026-11-22`.
        pub day: String,
        /// Of what.
        pub metric: Metric,
        /// So much.
        pub n: i64,
    }
}

/// The day of a time, UTC: `2026-11-22`.
pub fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

/// Adds what was used.
pub fn add(used: &Vec<Used>) -> Statement {
    Statement::new(
        "INSERT INTO usage (project_id, day, metric, n)
         SELECT value ->> 'project_id', value ->> 'day', value ->> 'metric', value ->> 'n' FROM json_each(?1)
         WHERE true ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [json_list(used)],
    )
}

/// Counts those of these events that are not stored yet. To be run before they are, in the same transaction.
pub fn events(project_id: &str, ids: &Vec<String>, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO usage (project_id, day, metric, n)
         SELECT ?1, ?2, 'events', count(*) FROM json_each(?3)
         WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.id = value)
         HAVING count(*) > 0 ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [json!(project_id), json!(day(now)), json_list(ids)],
    )
}

/// Counts the runs of a list, `[run, project, grant]` each, that are not stored yet and will be.
macro_rules! count_runs {
    ($stored:literal) => {
        concat!(
            "INSERT INTO usage (project_id, day, metric, n)
             SELECT value ->> 1, ?2, 'runs', count(*) FROM json_each(?1)
             WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = value ->> 0)",
            $stored,
            " GROUP BY 1 ON CONFLICT DO UPDATE SET n = n + excluded.n"
        )
    };
}

/// Counts those of these runs that are not stored yet and are no parts of another. To be run before they are, in the same
/// transaction.
pub fn runs(runs: &[Run], now: Timestamp) -> Option<Statement> {
    called(count_runs!(""), runs, now)
}

/// The same where only those stay whose grant is there ([`super::start::only_connected`]).
pub fn connected_runs(runs: &[Run], now: Timestamp) -> Option<Statement> {
    let sql = count_runs!(" AND EXISTS (SELECT 1 FROM grants WHERE grants.id = value ->> 2)");
    called(sql, runs, now)
}

fn called(sql: &'static str, runs: &[Run], now: Timestamp) -> Option<Statement> {
    let whole = runs.iter().filter(|run| run.parent_id.is_none());
    let called: Vec<_> = whole.map(|run| json!([run.id, run.project_id, run.grant_id])).collect();
    let statement = Statement::new(sql, [json!(json!(called).to_string()), json!(day(now))]);
    (!called.is_empty()).then_some(statement)
}

/// The same where only those stay whose workflow was turned on at a time (`[run, workflow, grant, time]`, a JSON list of
/// these; [`super::enablement::only_turned_on`]). To be run after that, and before they are stored.
pub fn turned_on_runs(project_id: &str, runs: &Value, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO usage (project_id, day, metric, n)
         SELECT ?1, ?2, 'runs', count(*) FROM json_each(?3)
         WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = value ->> 0)
           AND EXISTS (SELECT 1 FROM grants WHERE grants.id = value ->> 2)
           AND EXISTS (SELECT 1 FROM enablements WHERE workflow_id = value ->> 1 AND grant_id = value ->> 2
             AND enabled_at = value ->> 3)
         HAVING count(*) > 0 ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [json!(project_id), json!(day(now)), json!(runs.to_string())],
    )
}

/// Counts a run that fails, if it lives and is no part of another. To be run before it ends, in the same transaction.
pub fn run_failed(id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO usage (project_id, day, metric, n)
         SELECT project_id, ?2, 'run_failures', 1 FROM runs
         WHERE id = ?1 AND due_at IS NOT NULL AND parent_id IS NULL
         ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [json!(id), json!(day(now))],
    )
}

/// What a project used since a day, that day included.
pub async fn since(
    host: &impl Host,
    project_id: &str,
    first: Timestamp,
) -> Result<Vec<Used>, HostError> {
    let statement = Statement::new(
        "SELECT project_id, day, metric, n FROM usage WHERE project_id = ?1 AND day >= ?2",
        [json!(project_id), json!(day(first))],
    );
    rows(host, statement).await
}

/// Forgets days that are long past, at most `limit` rows at a time, a row for each.
pub fn forget_old(limit: usize, now: Timestamp) -> Statement {
    Statement::new(
        "DELETE FROM usage WHERE (project_id, day, metric) IN (
           SELECT project_id, day, metric FROM usage WHERE day < ?1 LIMIT ?2) RETURNING 1",
        [json!(day(now.plus(-KEPT_DAYS * DAY))), json!(limit)],
    )
}
