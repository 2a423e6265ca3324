//! What became of each step of a run: a row for each place at which it is done. What it was given and gave is in
//! `run_text`.

use serde_json::json;

use crate::{
    host::Statement,
    shape::{read_text, shape, text, words},
    time::Timestamp,
};

/// So many tries of a step are kept; of more, the first ones go.
const MOST_TRIES: usize = 32;

shape! {
    /// One row of `run_steps`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct RunStep {
        /// The run.
        pub run_id: String,
        /// The step's id, with the places in what it fans out over: `each[3].tell`.
        pub step: String,
        /// What it does, as in the definition.
        pub kind: String as "type",
        /// How far it is.
        pub status: StepStatus,
        /// The code of what went wrong; while it waits, in the attempt that it is to be tried again after.
        pub problem: Option<String>,
        /// Of a condition `yes` or `no`; of one that fans out, over how many items; of a delay, until when; of a call that makes something, how
        /// often its answer was lost.
        pub chosen: Option<String>,
        /// So many attempts.
        pub attempts: i64,
        /// When the last attempt began, where it is not to be made twice; else the first.
        pub begun_at: Timestamp,
        /// When it came to its end.
        pub ended_at: Option<Timestamp>,
        /// The length of what it was given, in bytes.
        pub input_size: i64,
        /// The length of what it gave, in bytes.
        pub output_size: i64,
        /// When it was taken up and left, as often as it was: a list of [`Try`] as JSON.
        pub tries: Option<String>,
    }
}

shape! {
    /// Once that a step was taken up. Between two of them it waited.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Try {
        /// When that began.
        pub began_at: Timestamp,
        /// When it was left; nothing: it is under way, or nobody knows.
        pub left_at: Option<Timestamp>,
        /// The code of what went wrong.
        pub problem: Option<String>,
    }
}

words! {
    /// How far a step is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum StepStatus {
        /// It is being done.
        Begun = "begun",
        /// It waits: for a time, for a limit of the provider's, for a retry.
        Waiting = "waiting",
        /// It is done.
        Succeeded = "succeeded",
        /// It failed for good.
        Failed = "failed",
        /// The run was ended from outside here.
        Stopped = "stopped",
    }
}

impl RunStep {
    /// A step that is taken up for the first time.
    pub fn new(run_id: &str, step: &str, kind: &str, begun_at: Timestamp) -> Self {
        Self {
            run_id: run_id.to_owned(),
            step: step.to_owned(),
            kind: kind.to_owned(),
            status: StepStatus::Begun,
            problem: None,
            chosen: None,
            attempts: 1,
            begun_at,
            ended_at: None,
            input_size: 0,
            output_size: 0,
            tries: None,
        }
    }

    /// When it was taken up, the first time first.
    pub fn tries(&self) -> Vec<Try> {
        read_tries(self.tries.as_deref())
    }
}

fn read_tries(stored: Option<&str>) -> Vec<Try> {
    stored.and_then(|stored| read_text(stored.as_bytes()).ok()).unwrap_or_default()
}

/// Adds a try to those that are stored; one that began then already is the same.
pub fn tried(stored: Option<&str>, this: Try) -> String {
    let mut tries = read_tries(stored);
    tries.retain(|earlier| earlier.began_at != this.began_at);
    tries.push(this);
    tries.drain(..tries.len().saturating_sub(MOST_TRIES));
    String::from_utf8_lossy(&text(&tries)).into_owned()
}

/// Stores how far a step is, while its run is there; one that has come to its end stays as it is.
pub fn put(step: &RunStep) -> Statement {
    Statement::new(
        "INSERT INTO run_steps (run_id, step, type, status, problem, chosen, attempts, begun_at, ended_at, input_size,
           output_size, tries)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?1)
         ON CONFLICT (run_id, step) DO UPDATE SET status = ?4, problem = ?5, chosen = ?6, attempts = ?7, begun_at = ?8,
           ended_at = ?9, input_size = ?10, output_size = ?11, tries = COALESCE(?12, tries)
         WHERE run_steps.ended_at IS NULL",
        [
            json!(step.run_id),
            json!(step.step),
            json!(step.kind),
            json!(step.status),
            json!(step.problem),
            json!(step.chosen),
            json!(step.attempts),
            json!(step.begun_at),
            json!(step.ended_at),
            json!(step.input_size),
            json!(step.output_size),
            json!(step.tries),
        ],
    )
}

/// One step of a run.
pub fn one(run_id: &str, step: &str) -> Statement {
    Statement::new(
        "SELECT * FROM run_steps WHERE run_id = ?1 AND step = ?2",
        [json!(run_id), json!(step)],
    )
}

/// Every step of a run.
pub fn of_run(run_id: &str) -> Statement {
    Statement::new("SELECT * FROM run_steps WHERE run_id = ?1", [json!(run_id)])
}

/// Says how a step has ended, unless that is known; what it was given stays.
pub fn ends(step: &RunStep) -> Statement {
    Statement::new(
        "UPDATE run_steps SET status = ?3, problem = ?4, ended_at = ?5, output_size = ?6
         WHERE run_id = ?1 AND step = ?2 AND ended_at IS NULL",
        [
            json!(step.run_id),
            json!(step.step),
            json!(step.status),
            json!(step.problem),
            json!(step.ended_at),
            json!(step.output_size),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(began: i64, left: Option<i64>) -> Try {
        Try { began_at: Timestamp(began), left_at: left.map(Timestamp), problem: None }
    }

    #[test]
    fn a_try_that_is_stored_again_is_one_and_only_the_last_ones_are_kept() {
        let mut stored = tried(None, at(1, None));
        stored = tried(Some(&stored), at(1, Some(3)));
        stored = tried(Some(&stored), at(5, None));
        assert_eq!(read_tries(Some(&stored)), [at(1, Some(3)), at(5, None)]);
        for began in 10..60 {
            stored = tried(Some(&stored), at(began, None));
        }
        let kept = read_tries(Some(&stored));
        assert_eq!((kept.len(), kept.first()), (MOST_TRIES, Some(&at(28, None))));
        assert_eq!(read_tries(Some("damaged")), []);
    }
}
