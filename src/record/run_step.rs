//! What became of each step of a run: a row for each place at which it is done. What it was given and gave is in
//! `run_text`.

use serde_json::json;

use crate::{
    host::Statement,
    shape::{shape, words},
    time::Timestamp,
};

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

/// Stores how far a step is, while its run is there; one that has come to its end stays as it is.
pub fn put(step: &RunStep) -> Statement {
    Statement::new(
        "INSERT INTO run_steps (run_id, step, type, status, problem, chosen, attempts, begun_at, ended_at, input_size,
           output_size)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?1)
         ON CONFLICT (run_id, step) DO UPDATE SET status = ?4, problem = ?5, chosen = ?6, attempts = ?7, begun_at = ?8,
           ended_at = ?9, input_size = ?10, output_size = ?11
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
