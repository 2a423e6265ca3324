//! Runs as lists show them: what narrows them, in which order, and how much they did. A run's own row is `run`'s.

use serde_json::{Value, json};

use super::{
    event::json_list,
    run::{Run, RunStatus},
};
use crate::{host::Statement, shape::shape, time::Timestamp};

/// What a list of runs is narrowed by. The parts of one that fans out widely are only among it when their parent is named.
#[derive(Debug, Default)]
pub struct Wanted {
    /// The workflow.
    pub workflow_id: Option<String>,
    /// The project's user.
    pub account_id: Option<String>,
    /// The grant.
    pub grant_id: Option<String>,
    /// Where they are: in one of these; nothing: wherever.
    pub statuses: Option<Vec<RunStatus>>,
    /// What started them: [`crate::workflow::Trigger::key`].
    pub trigger_key: Option<String>,
    /// The event that is their input.
    pub event_id: Option<String>,
    /// The run that they are parts of.
    pub parent_id: Option<String>,
    /// The integration.
    pub integration_id: Option<String>,
    /// They were called for before this time,
    pub before: Option<Timestamp>,
    /// or not before this one.
    pub after: Option<Timestamp>,
}

impl Wanted {
    fn params(&self, project_id: &str) -> Vec<Value> {
        vec![
            json!(project_id),
            json!(self.workflow_id),
            json!(self.account_id),
            json!(self.grant_id),
            self.statuses.as_ref().map_or(Value::Null, json_list),
            json!(self.trigger_key),
            json!(self.event_id),
            json!(self.parent_id),
            json!(self.integration_id),
            json!(self.before),
            json!(self.after),
        ]
    }
}

/// Which of a project's runs; `$first` names the few rows that they are looked for among. `+` keeps an index out.
macro_rules! among {
    ($first:literal) => {
        concat!(
            " FROM runs WHERE ",
            $first,
            " AND (?2 IS NULL OR workflow_id = ?2) AND (?3 IS NULL OR user_id = ?3) AND (?4 IS NULL OR grant_id = ?4)
               AND (?5 IS NULL OR status IN (SELECT value FROM json_each(?5)))
               AND (?6 IS NULL OR trigger_key = ?6) AND (?7 IS NULL OR event_id = ?7)
               AND parent_id IS ?8 AND (?9 IS NULL OR integration_id = ?9)
               AND (?10 IS NULL OR created_at < ?10) AND (?11 IS NULL OR created_at >= ?11)"
        )
    };
}

/// The same for whatever is wanted: by parent, by workflow, by user, or else of the whole project.
macro_rules! wanted {
    ($wanted:ident, $before:literal, $after:literal) => {
        match (&$wanted.parent_id, &$wanted.workflow_id, &$wanted.account_id) {
            (Some(_), _, _) => {
                concat!($before, among!("parent_id = ?8 AND +project_id = ?1"), $after)
            }
            (None, Some(_), _) => {
                concat!($before, among!("workflow_id = ?2 AND +project_id = ?1"), $after)
            }
            (None, None, Some(_)) => {
                concat!($before, among!("project_id = ?1 AND user_id = ?3"), $after)
            }
            (None, None, None) => concat!($before, among!("project_id = ?1"), $after),
        }
    };
}

/// A part of a project's runs, the newest first unless said.
pub fn of_project(
    project_id: &str,
    wanted: &Wanted,
    oldest_first: bool,
    limit: i64,
    offset: i64,
) -> Statement {
    let mut params = wanted.params(project_id);
    params.extend([json!(limit), json!(offset)]);
    let sql = if oldest_first {
        wanted!(wanted, "SELECT *", " ORDER BY created_at, id LIMIT ?12 OFFSET ?13")
    } else {
        wanted!(wanted, "SELECT *", " ORDER BY created_at DESC, id LIMIT ?12 OFFSET ?13")
    };
    Statement::new(sql, params)
}

/// How many there are: one row with `n`.
pub fn count(project_id: &str, wanted: &Wanted) -> Statement {
    Statement::new(wanted!(wanted, "SELECT count(*) AS n", ""), wanted.params(project_id))
}

/// The same up to so many, which costs no more than they do.
pub fn count_up_to(project_id: &str, wanted: &Wanted, most: i64) -> Statement {
    let mut params = wanted.params(project_id);
    params.push(json!(most));
    let sql = wanted!(wanted, "SELECT count(*) AS n FROM (SELECT 1", " LIMIT ?12)");
    Statement::new(sql, params)
}

/// One of a project.
pub fn one(project_id: &str, id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM runs WHERE id = ?1 AND project_id = ?2",
        [json!(id), json!(project_id)],
    )
}

shape! {
    /// How much a run did.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Tasks {
        /// The run.
        pub id: String,
        /// So many actions and requests succeeded, those of its parts too.
        pub n: i64,
    }
}

/// How much these runs did: [`Tasks`].
pub fn tasks(runs: &[Run]) -> Statement {
    let ids: Vec<String> = runs.iter().map(|run| run.id.clone()).collect();
    Statement::new(
        "SELECT wanted.value AS id, (SELECT count(*) FROM run_steps
           WHERE run_id IN (SELECT wanted.value UNION ALL SELECT part.id FROM runs AS part WHERE part.parent_id = wanted.value)
             AND status = 'succeeded' AND type NOT IN ('condition', 'fan_out', 'delay', 'response')) AS n
         FROM json_each(?1) AS wanted",
        [json_list(&ids)],
    )
}

/// The steps of a run so far, [`super::run_step::RunStep`]s, in the order in which they began.
pub fn steps(run_id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM run_steps WHERE run_id = ?1 ORDER BY begun_at, step",
        [json!(run_id)],
    )
}
