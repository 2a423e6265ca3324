//! A run: one execution of a workflow's deployed version for one grant. What its steps did is in `run_step`, what they
//! were given and gave in `run_text`.

use serde_json::json;

use super::{event::json_list, usage};
use crate::{
    connection::ConnectionName,
    host::Statement,
    shape::{shape, words},
    time::{DAY, MINUTE, Timestamp},
};

/// Within so long something is seen of a run that is at work, in milliseconds.
const UNSEEN: i64 = 5 * MINUTE;

shape! {
    /// One row of `runs`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Run {
        /// Derived from its cause ([`crate::run::new_run`]); also the engine's name of it.
        pub id: String,
        /// The project.
        pub project_id: String,
        /// The integration.
        pub integration_id: String,
        /// The provider's id of the user whose account it works with.
        pub provider_user_id: String,
        /// The grant.
        pub grant_id: String,
        /// The project's user.
        pub user_id: String,
        /// The workflow.
        pub workflow_id: String,
        /// Which of its versions.
        pub version: i64,
        /// What started it: [`crate::workflow::Trigger::key`].
        pub trigger_key: String,
        /// The event of the provider's that is its input; else its input is a text of its own.
        pub event_id: Option<String>,
        /// How often it had been replayed before.
        pub replay: i64,
        /// The run that it replays.
        pub replay_of: Option<String>,
        /// So many runs made, one after the other, what it is about.
        pub depth: i64,
        /// The run that fans out into this one,
        pub parent_id: Option<String>,
        /// in this step,
        pub parent_step: Option<String>,
        /// for the items from this one
        pub first_item: Option<i64>,
        /// up to the one before this one.
        pub last_item: Option<i64>,
        /// Where it is.
        pub status: RunStatus,
        /// What went wrong: a code of the problem table.
        pub problem: Option<String>,
        /// While it lives: when something should have been seen of it again.
        pub due_at: Option<Timestamp>,
        /// How often it was taken up again after it had stood still, since it has done a step.
        pub revivals: i64,
        /// When it was called for.
        pub created_at: Timestamp,
        /// When its first step began.
        pub started_at: Option<Timestamp>,
        /// When it came to its end.
        pub ended_at: Option<Timestamp>,
    }
}

words! {
    /// Where a run is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum RunStatus {
        /// It waits for the engine.
        Queued = "queued",
        /// It is at work.
        Running = "running",
        /// It waits: for a time, for a limit of the provider's, for a retry.
        Waiting = "waiting",
        /// It came to its end.
        Succeeded = "succeeded",
        /// A step failed.
        Failed = "failed",
        /// It was ended from outside.
        Stopped = "stopped",
        /// The runtime lost it, and it could not be taken up again.
        Interrupted = "interrupted",
    }
}

impl RunStatus {
    /// Whether something is still to come.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Waiting)
    }
}

impl Run {
    /// The connection that it works with.
    pub fn connection(&self) -> ConnectionName {
        ConnectionName {
            integration_id: self.integration_id.clone(),
            provider_user_id: self.provider_user_id.clone(),
        }
    }
}

/// Stores runs that begin; those that are there stay as they are.
pub fn put(runs: &Vec<Run>) -> Statement {
    Statement::new(
        "INSERT OR IGNORE INTO runs (id, project_id, integration_id, provider_user_id, grant_id, user_id, workflow_id,
           version, trigger_key, event_id, replay, replay_of, depth, parent_id, parent_step, first_item, last_item,
           status, problem, due_at, created_at, ended_at)
         SELECT value ->> 'id', value ->> 'project_id', value ->> 'integration_id', value ->> 'provider_user_id',
           value ->> 'grant_id', value ->> 'user_id', value ->> 'workflow_id', value ->> 'version',
           value ->> 'trigger_key', value ->> 'event_id', value ->> 'replay', value ->> 'replay_of', value ->> 'depth',
           value ->> 'parent_id', value ->> 'parent_step', value ->> 'first_item', value ->> 'last_item',
           value ->> 'status', value ->> 'problem', value ->> 'due_at', value ->> 'created_at', value ->> 'ended_at'
         FROM json_each(?1)",
        [json_list(runs)],
    )
}

/// Of these, those that the engine has not begun with: rows with `id`.
pub fn queued(ids: &Vec<String>) -> Statement {
    Statement::new(
        "SELECT id FROM runs WHERE id IN (SELECT value FROM json_each(?1)) AND status = 'queued'",
        [json_list(ids)],
    )
}

/// The last run that replays this one.
pub fn last_replay(id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM runs WHERE replay_of = ?1 ORDER BY replay DESC LIMIT 1",
        [json!(id)],
    )
}

/// One run.
pub fn by_id(id: &str) -> Statement {
    Statement::new("SELECT * FROM runs WHERE id = ?1", [json!(id)])
}

/// Takes up a run that lives: answers its row, unless it does not live any more.
pub fn take_up(id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE runs SET status = 'running', due_at = ?2, started_at = coalesce(started_at, ?3)
         WHERE id = ?1 AND due_at IS NOT NULL RETURNING *",
        [json!(id), json!(now.plus(UNSEEN)), json!(now)],
    )
}

/// What a run does, as one row: the `definition` of its version, if that is there; and whether it is `cut_off`: part of a
/// run that does not live any more.
pub fn plan(id: &str) -> Statement {
    Statement::new(
        "SELECT definition, parent_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM runs AS parent WHERE parent.id = runs.parent_id AND parent.due_at IS NOT NULL) AS cut_off
         FROM runs LEFT JOIN workflow_versions USING (workflow_id, version) WHERE runs.id = ?1",
        [json!(id)],
    )
}

/// Says that a run waits; a row with `id`, unless it does not live any more.
pub fn waits(id: &str, until: Timestamp) -> Statement {
    Statement::new(
        "UPDATE runs SET status = 'waiting', due_at = ?2 WHERE id = ?1 AND due_at IS NOT NULL RETURNING id",
        [json!(id), json!(until.plus(UNSEEN))],
    )
}

/// A row while a run lives.
pub fn lives(id: &str) -> Statement {
    Statement::new("SELECT id FROM runs WHERE id = ?1 AND due_at IS NOT NULL", [json!(id)])
}

/// Says that a run is at work; a row with `id`, unless it does not live any more.
pub fn works(id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE runs SET status = 'running', due_at = ?2 WHERE id = ?1 AND due_at IS NOT NULL RETURNING id",
        [json!(id), json!(now.plus(UNSEEN))],
    )
}

/// The same when it has done a step: how often it was taken up again before does not count any more.
pub fn gets_on(id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE runs SET status = 'running', due_at = ?2, revivals = 0 WHERE id = ?1 AND due_at IS NOT NULL RETURNING id",
        [json!(id), json!(now.plus(UNSEEN))],
    )
}

/// A run and its parts, and theirs.
macro_rules! whole {
    () => {
        "(WITH RECURSIVE whole (id) AS (VALUES (?1) UNION SELECT runs.id FROM whole CROSS JOIN runs
           ON runs.parent_id = whole.id) SELECT id FROM whole)"
    };
}

/// Ends a run, with the parts of it that live: what is still being done of them is stopped; one that fails is counted. The
/// last statement answers a row with `id` for each that was ended by this.
pub fn end(id: &str, status: RunStatus, problem: Option<&str>, now: Timestamp) -> Vec<Statement> {
    let parts = if matches!(status, RunStatus::Succeeded | RunStatus::Failed) {
        RunStatus::Stopped
    } else {
        status
    };
    let fails = matches!(status, RunStatus::Failed | RunStatus::Interrupted);
    let mut statements: Vec<_> = fails.then(|| usage::run_failed(id, now)).into_iter().collect();
    statements.extend([
        Statement::new(
            concat!(
                "UPDATE run_steps SET status = 'stopped', ended_at = ?2 WHERE ended_at IS NULL
                   AND run_id IN (SELECT id FROM runs WHERE due_at IS NOT NULL AND id IN ",
                whole!(),
                ")"
            ),
            [json!(id), json!(now)],
        ),
        Statement::new(
            concat!(
                "UPDATE runs SET status = iif(id = ?1, ?2, ?3), problem = ?4, due_at = NULL, ended_at = ?5
                 WHERE due_at IS NOT NULL AND id IN ",
                whole!(),
                " RETURNING id"
            ),
            [json!(id), json!(status), json!(parts), json!(problem), json!(now)],
        ),
    ]);
    statements
}

shape! {
    /// Parts of a run that came to the same end, or to none yet.
    #[derive(Debug, Clone)]
    pub struct Parts {
        /// Where they are.
        pub status: RunStatus,
        /// What went wrong.
        pub problem: Option<String>,
        /// So many items,
        pub items: i64,
        /// of which so many failed; all, where the part could not say.
        pub failed: i64,
    }
}

/// The parts that a step of a run fans out into, [`Parts`]. A part says how many of its items failed in a step of its own,
/// under the same name.
pub fn parts(parent_id: &str, step: &str) -> Statement {
    Statement::new(
        "SELECT runs.status AS status, runs.problem AS problem, sum(last_item - first_item) AS items,
           sum(coalesce(CAST(chosen AS INTEGER), iif(runs.status = 'succeeded', 0, last_item - first_item))) AS failed
         FROM runs LEFT JOIN run_steps ON run_steps.run_id = runs.id AND run_steps.step = ?2
         WHERE parent_id = ?1 AND parent_step = ?2 GROUP BY 1, 2 ORDER BY min(first_item)",
        [json!(parent_id), json!(step)],
    )
}

/// Runs of which nothing was seen in time: those that are due first.
pub fn due(now: Timestamp, limit: usize) -> Statement {
    Statement::new(
        "SELECT * FROM runs WHERE due_at < ?1 ORDER BY due_at, id LIMIT ?2",
        [json!(now), json!(limit)],
    )
}

/// The process that had the runs has ended: every one that lives is due now. It is not held against them.
pub fn all_are_due(now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE runs SET due_at = ?1, revivals = revivals - 1 WHERE due_at > ?1",
        [json!(now.plus(-1))],
    )
}

/// Says that a run is taken up again, and when it is to be looked after next; a row with `id`, unless somebody else saw to
/// it.
pub fn revived(run: &Run, due_at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE runs SET revivals = revivals + 1, due_at = ?3 WHERE id = ?1 AND due_at = ?2 RETURNING id",
        [json!(run.id), json!(run.due_at), json!(due_at)],
    )
}

/// The runs of a workflow that live, at most so many.
pub fn live_of_workflow(workflow_id: &str, limit: usize) -> Statement {
    Statement::new(
        "SELECT * FROM runs WHERE workflow_id = ?1 AND due_at IS NOT NULL AND parent_id IS NULL LIMIT ?2",
        [json!(workflow_id), json!(limit)],
    )
}

/// Forgets runs that are older than so many days, at most `limit` at a time, with all that is known of them; the last
/// statement answers a row for each. What lives stays, and so does what it needs: its parts, and what it replays.
pub fn forget_old(days: i64, limit: usize, now: Timestamp) -> Vec<Statement> {
    macro_rules! old {
        () => {
            "(SELECT id FROM runs WHERE created_at < ?1 AND due_at IS NULL
                AND id NOT IN (WITH RECURSIVE needed (id) AS (
                  SELECT replay_of FROM runs WHERE due_at IS NOT NULL AND replay_of IS NOT NULL
                  UNION SELECT replay_of FROM needed CROSS JOIN runs ON runs.id = needed.id WHERE replay_of IS NOT NULL)
                  SELECT id FROM needed)
                AND (parent_id IS NULL OR parent_id NOT IN (SELECT id FROM runs WHERE due_at IS NOT NULL))
              ORDER BY created_at, id LIMIT ?2)"
        };
    }
    let before = now.plus(days.saturating_mul(-DAY));
    [
        concat!("DELETE FROM run_texts WHERE run_id IN ", old!()),
        concat!("DELETE FROM run_steps WHERE run_id IN ", old!()),
        concat!("DELETE FROM runs WHERE id IN ", old!(), " RETURNING 1"),
    ]
    .map(|sql| Statement::new(sql, [json!(before), json!(limit)]))
    .into()
}
