//! What a project's server calls about workflows: what steps can be, definitions, secrets, what users made of them, runs.

use super::{
    super::{
        problem::Code,
        server::{
            DeletedWorkflow, DeletedWorkflowSecret, NewWorkflowSecret, ServerAction,
            ServerEnablement, ServerRun, ServerStepTexts, ServerWorkflow, ServerWorkflowSecret,
            StepTest, TestedStep,
        },
        trigger::{AppEvent, AppEventTaken},
        wish::EnablementPatch,
    },
    definition::{Deploy, NewWorkflow, WorkflowPatch},
    operation::Operation,
    server::{list, operation, success},
};
use crate::workflow::Variable;

pub(super) fn operations() -> Vec<Operation> {
    [workflows(), workflow(), steps(), secrets(), enablements(), events(), runs(), run()]
        .into_iter()
        .flatten()
        .collect()
}

/// What may be wrong with a definition that comes in.
const DEFINITION: [Code; 5] = [
    Code::WorkflowInvalid,
    Code::InvalidRequest,
    Code::IntegrationNotFound,
    Code::IntegrationDeleting,
    Code::PayloadTooLarge,
];

fn workflows() -> Vec<Operation> {
    let all = "/connect/workflows";
    vec![
        list::<ServerAction>("actions", "/connect/actions", "What a step can be"),
        operation("newWorkflow", ("post", all), "Define a workflow")
            .takes::<NewWorkflow>()
            .answer(201, "The workflow, a draft.", success::<ServerWorkflow>())
            .fails(&DEFINITION)
            .fails(&[Code::TooManyWorkflows]),
        list::<ServerWorkflow>("workflows", all, "The project's workflows, the oldest first")
            .query("status", "`draft` or `deployed`", false)
            .query("trigger", "Those that this starts: `zoom.new_meeting`, `request` …", false),
    ]
}

fn workflow() -> Vec<Operation> {
    let one = "/connect/workflows/{workflow}";
    let deploy = "/connect/workflows/{workflow}/deploy";
    let undeploy = "/connect/workflows/{workflow}/undeploy";
    vec![
        operation("workflow", ("get", one), "One workflow")
            .answer(200, "The workflow.", success::<ServerWorkflow>())
            .fails(&[Code::WorkflowNotFound]),
        operation("patchWorkflow", ("patch", one), "Replace the definition of a workflow")
            .takes::<WorkflowPatch>()
            .answer(
                200,
                "The workflow; what is deployed stays as it is.",
                success::<ServerWorkflow>(),
            )
            .fails(&DEFINITION)
            .fails(&[Code::WorkflowNotFound, Code::WorkflowChanged]),
        operation("deleteWorkflow", ("delete", one), "Delete a workflow, and stop its runs")
            .answer(200, "It is gone.", success::<DeletedWorkflow>())
            .fails(&[Code::WorkflowNotFound]),
        operation("deployWorkflow", ("post", deploy), "Put a workflow to work as it is now")
            .may_take::<Deploy>()
            .answer(200, "The workflow, with its `version`.", success::<ServerWorkflow>())
            .fails(&DEFINITION)
            .fails(&[Code::WorkflowNotFound, Code::WorkflowChanged]),
        operation("undeployWorkflow", ("post", undeploy), "Begin no more runs of a workflow")
            .answer(200, "The workflow; runs that have begun go on.", success::<ServerWorkflow>())
            .fails(&[Code::WorkflowNotFound]),
    ]
}

fn steps() -> Vec<Operation> {
    let variables = "/connect/workflows/{workflow}/variables";
    let test = "/connect/workflows/{workflow}/test";
    vec![
        operation("variables", ("get", variables), "What a step may put between {{ and }}")
            .query("step", "The step's id; else those of one that is added at the end.", false)
            .answer(200, "All of them.", success::<Vec<Variable>>())
            .fails(&[Code::WorkflowNotFound]),
        operation("testStep", ("post", test), "Really do one step once, with a grant")
            .takes::<StepTest>()
            .answer(
                200,
                "What came of it, a failure too; secrets are hidden.",
                success::<TestedStep>(),
            )
            .fails(&[Code::InvalidRequest, Code::StepNotTestable, Code::PayloadTooLarge])
            .fails(&[Code::WorkflowNotFound, Code::GrantNotFound]),
    ]
}

fn secrets() -> Vec<Operation> {
    let (all, one) = ("/connect/workflow-secrets", "/connect/workflow-secrets/{name}");
    vec![
        list::<ServerWorkflowSecret>("workflowSecrets", all, "The workflow secrets, by name"),
        operation("putWorkflowSecret", ("put", one), "Set what `{{secrets.name}}` stands for")
            .takes::<NewWorkflowSecret>()
            .answer(200, "It is set; nobody is shown it again.", success::<ServerWorkflowSecret>())
            .fails(&[Code::InvalidRequest, Code::PayloadTooLarge]),
        operation("deleteWorkflowSecret", ("delete", one), "Forget a workflow secret")
            .answer(200, "It is gone.", success::<DeletedWorkflowSecret>())
            .fails(&[Code::WorkflowSecretNotFound]),
    ]
}

fn enablements() -> Vec<Operation> {
    let (all, one) =
        ("/connect/grants/{grant}/workflows", "/connect/grants/{grant}/workflows/{workflow}");
    vec![
        operation(
            "grantWorkflows",
            ("get", all),
            "The deployed workflows, as a grant's user has them",
        )
        .answer(200, "All of them.", success::<Vec<ServerEnablement>>())
        .fails(&[Code::GrantNotFound]),
        operation("patchGrantWorkflow", ("patch", one), "Switch a workflow on or off, fill it in")
            .takes::<EnablementPatch>()
            .answer(200, "The workflow as the user has it now.", success::<ServerEnablement>())
            .fails(&[Code::GrantNotFound, Code::WorkflowNotFound])
            .fails(&[Code::InvalidRequest, Code::PayloadTooLarge]),
    ]
}

fn events() -> Vec<Operation> {
    let path = "/connect/users/{account_id}/events";
    vec![
        operation(
            "userEvent",
            ("post", path),
            "Something happened to a user, in the product itself",
        )
        .header("idempotency-key", "The same event, told again, has the same.")
        .takes::<AppEvent>()
        .answer(201, "It is taken; so many runs begin.", success::<AppEventTaken>())
        .fails(&[Code::InvalidRequest, Code::PayloadTooLarge]),
    ]
}

fn runs() -> Vec<Operation> {
    vec![
        list::<ServerRun>("runs", "/connect/runs", "What was executed, the newest first")
            .query("workflow_id", "Those of this workflow.", false)
            .query("account_id", "Those for this user.", false)
            .query("grant_id", "Those for this grant.", false)
            .query("status", "`queued`, `running`, `waiting`, `succeeded`, `failed` …", false)
            .query("trigger", "Those that this started: `zoom.new_meeting` …", false)
            .query("event_id", "Those about this event.", false)
            .query("parent_id", "The parts of this run, which are not listed else.", false)
            .query("before", "Those called for before this time (Unix seconds).", false)
            .query("after", "Those called for since this time (Unix seconds).", false)
            .query(
                "count",
                "`true`: with `total`, how many there are; 1000 are as many or more.",
                false,
            ),
    ]
}

fn run() -> Vec<Operation> {
    let (one, of_step) = ("/connect/runs/{run}", "/connect/runs/{run}/steps/{step}");
    let (again, stop) = ("/connect/runs/{run}/replay", "/connect/runs/{run}/stop");
    vec![
        operation("run", ("get", one), "One run, with its steps")
            .answer(200, "The run.", success::<ServerRun>())
            .fails(&[Code::RunNotFound]),
        operation("runStep", ("get", of_step), "What a step was given and gave")
            .answer(
                200,
                "Secrets are hidden; of `trigger`: what the run was started with.",
                success::<ServerStepTexts>(),
            )
            .fails(&[Code::RunNotFound]),
        operation("replayRun", ("post", again), "The same once more, as another run")
            .answer(201, "The new run.", success::<ServerRun>())
            .fails(&[Code::RunNotFound, Code::RunNotReplayable]),
        operation("stopRun", ("post", stop), "End a run before its next step")
            .answer(200, "The run.", success::<ServerRun>())
            .fails(&[Code::RunNotFound, Code::RunEnded]),
    ]
}
