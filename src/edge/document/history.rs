//! What became of runs, as whoever reads Paragon's task history is told: the addresses, and the shapes of their answers.

use serde_json::Value;

use super::{
    super::problem::Code,
    operation::{Dialect, Operation, Security},
};
use crate::shape::{Given, shape};

shape! {
    /// A page of runs.
    #[expect(clippy::struct_field_names, reason = "Paragon's names")]
    struct Executions {
        /// At most 100.
        workflow_executions: Vec<Execution> as "workflowExecutions",
        /// The address of the next page; `null` on the last one.
        next_link: Given<String> as "nextLink",
        /// So many there are, on all pages.
        total: i64,
    }
}

shape! {
    /// A run.
    struct Execution {
        /// Its id.
        id: String,
        /// The project's user.
        user_id: String as "userId",
        /// So many actions and requests succeeded.
        task_count: i64 as "taskCount",
        /// How long it took, or takes by now, in milliseconds.
        run_duration: i64 as "runDuration",
        /// The workflow.
        workflow_id: String as "workflowId",
        /// `EXECUTING`, `DELAYED`, `SUCCEEDED` or `FAILED`
        status: String,
        /// When it was called for (RFC 3339).
        date_started: String as "dateStarted",
        /// When it came to its end (RFC 3339); `null` before.
        date_ended: Given<String> as "dateEnded",
        /// Of one run: the trigger, then the steps that began.
        step_executions: Option<Vec<StepExecution>> as "stepExecutions",
    }
}

shape! {
    /// A step of a run.
    struct StepExecution {
        /// Its name in the run: `each[3].tell`; of what started the run `trigger`.
        id: String,
        /// Its id in the workflow: `tell`.
        step_id: String as "stepId",
        /// The run.
        workflow_execution_id: String as "workflowExecutionId",
        /// `EXECUTING`, `DELAYED`, `SUCCEEDED` or `FAILED`
        status: String,
        /// `TRIGGER/…` or `ACTION/…`, and what kind of one.
        kind: String as "type",
        /// When it began (RFC 3339).
        start: String,
        /// When it ended (RFC 3339); `null` before.
        end: Given<String>,
        /// Those behind it.
        next: Vec<String>,
        /// The one before it; `null` of the trigger.
        prev: Given<String>,
        /// How long what it was given is, as JSON, in bytes.
        input_size: i64 as "inputSize",
        /// How long what it gave is, as JSON, in bytes.
        output_size: i64 as "outputSize",
    }
}

shape! {
    /// What a step was given and gave; secrets are hidden.
    struct StepExecutionTexts {
        /// Never: it is all here.
        is_large_input: bool as "isLargeInput",
        /// Never: it is all here.
        is_large_output: bool as "isLargeOutput",
        /// What it was given.
        input: Value,
        /// What it gave, or what went wrong.
        output: Value,
    }
}

shape! {
    /// A run that does another one once more.
    struct Replay {
        /// Its id.
        id: String,
        /// The project's user.
        user_id: String as "userId",
        /// The workflow.
        workflow_id: String as "workflowId",
        /// `EXECUTING`; or `DELAYED`, when there is one that waits.
        status: String,
        /// When it was called for (RFC 3339).
        date_started: String as "dateStarted",
    }
}

fn operation(
    id: &'static str,
    at: (&'static str, &'static str),
    summary: &'static str,
) -> Operation {
    let operation = Operation::new(Dialect::History, id, at, summary);
    let fails = [Code::ClientCredentialsMissing, Code::ClientCredentialsInvalid];
    operation.opened_by(Security::ClientSecret).fails(&fails)
}

pub(super) fn operations() -> Vec<Operation> {
    let one = "/projects/{project}/task-history/workflow-executions/{run}";
    let step = "/projects/{project}/task-history/workflow-executions/{run}/step-executions/{step}";
    let replay = "/projects/{project}/task-history/workflow-executions/{run}/replay";
    vec![
        executions(),
        operation("execution", ("get", one), "One run, with its steps")
            .json::<Execution>(200, "The run.")
            .fails(&[Code::RunNotFound]),
        operation("stepExecution", ("get", step), "What a step was given and gave")
            .json::<StepExecutionTexts>(200, "Of `trigger`: what the run was started with.")
            .fails(&[Code::RunNotFound]),
        operation("replayExecution", ("post", replay), "The same once more, as another run")
            .json::<Replay>(201, "The new run.")
            .fails(&[Code::RunNotFound, Code::RunNotReplayable]),
    ]
}

fn executions() -> Operation {
    let all = "/projects/{project}/task-history/workflow-executions";
    operation("executions", ("get", all), "What was executed, a hundred at a time")
        .query("offset", "How many to leave out (0).", false)
        .query("sortBy", "`DESC`: the newest first, as without it; or `ASC`", false)
        .query("status", "`EXECUTING`, `DELAYED`, `SUCCEEDED` or `FAILED`", false)
        .query("workflowId", "Those of this workflow.", false)
        .query("userId", "Those for this user.", false)
        .query("integration", "Those of this integration, by id or provider.", false)
        .query("beforeDate", "Those called for before this (RFC 3339).", false)
        .query("afterDate", "Those called for since this (RFC 3339).", false)
        .json::<Executions>(200, "A page of them; none beyond the end.")
        .fails(&[Code::InvalidRequest])
}
