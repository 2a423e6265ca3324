//! What a project's pages call about workflows, under a user token: what is on, what is filled in, and what starts runs.

use super::{
    super::{
        credential::Credential,
        problem::Code,
        trigger::{AppEvent, AppEventTaken},
        wish::CredentialPatch,
    },
    operation::{Operation, Origin},
    sdk::operation,
};
use crate::shape::shape;

shape! {
    /// A request that was taken.
    struct RequestTaken {
        /// That it was.
        message: String,
        /// When it came (RFC 3339).
        date_submitted: String as "dateSubmitted",
        /// The project.
        project_id: String as "projectId",
        /// The workflow.
        workflow_id: String as "workflowId",
        /// The run.
        execution_id: String as "executionId",
    }
}

shape! {
    /// A request whose run has not come to its answer in time.
    struct RequestNotCompleted {
        /// That the run goes on.
        message: String,
        /// `run_not_completed`
        code: String,
        /// When it came (RFC 3339).
        date_submitted: String as "dateSubmitted",
        /// The project.
        project_id: String as "projectId",
        /// The workflow.
        workflow_id: String as "workflowId",
        /// The run.
        execution_id: String as "executionId",
    }
}

/// Which header names an account.
const ACCOUNT: &str = "X-Paragon-Credential";
/// Which header says that two calls are the same one.
const SAME: &str = "Idempotency-Key";

pub(super) fn operations() -> Vec<Operation> {
    [switches(), vec![settings(), event(), request()]].into_iter().flatten().collect()
}

fn switches() -> Vec<Operation> {
    let one = "/projects/{project}/sdk/workflows/{workflow}";
    let switch = |id, method, summary| {
        operation(id, method, one, summary)
            .header(ACCOUNT, "For which account, of several.")
            .json::<Credential>(200, "The account, with `errors`: what is still to be filled in.")
            .fails(&[Code::WorkflowNotFound, Code::NotConnected, Code::CredentialNotFound])
    };
    vec![
        switch("enableWorkflow", "post", "Switch a workflow on for the user")
            .fails(&[Code::ReconnectRequired]),
        switch("disableWorkflow", "delete", "Switch a workflow off for the user"),
    ]
}

fn settings() -> Operation {
    let one = "/projects/{project}/sdk/credentials/{credential}";
    operation("patchCredential", "patch", one, "Change the workflows of an account")
        .takes::<CredentialPatch>()
        .json::<Credential>(200, "The account, with `errors`: what is still to be filled in.")
        .fails(&[Code::InvalidRequest, Code::CredentialNotFound, Code::WorkflowNotFound])
        .fails(&[Code::PayloadTooLarge])
}

fn event() -> Operation {
    let path = "/projects/{project}/sdk/events/trigger";
    operation("appEvent", "post", path, "Something happened to the user, in the product itself")
        .header(ACCOUNT, "Only for this account, of several.")
        .header(SAME, "The same event, told again, has the same.")
        .takes::<AppEvent>()
        .json::<AppEventTaken>(201, "It is taken; so many runs begin.")
        .fails(&[Code::InvalidRequest, Code::PayloadTooLarge])
}

fn request() -> Operation {
    let path = "/projects/{project}/sdk/triggers/{workflow}";
    let not_completed = Code::RunNotCompleted.status().as_u16();
    operation("triggerWorkflow", "post", path, "Start a workflow that waits for requests")
        .header(ACCOUNT, "For which account, of several.")
        .header(SAME, "The same request, sent again, has the same: it is answered by the same run.")
        .passes_answers_of(Origin::Workflow)
        .json::<RequestTaken>(202, "It is taken: no step of its run answers it.")
        .json::<RequestNotCompleted>(
            not_completed,
            "`run_not_completed`: the run goes on, and came to no answer within 55 seconds.",
        )
        .fails(&[Code::InvalidRequest, Code::PayloadTooLarge])
        .fails(&[Code::WorkflowNotFound, Code::NotConnected, Code::CredentialNotFound])
        .fails(&[Code::ReconnectRequired, Code::WorkflowNotEnabled, Code::SettingsMissing])
        .fails(&[Code::ValueMissing, Code::ValueUnfit])
        .fails(&[Code::ZoomRefused, Code::RequestRefused, Code::RequestUnreachable])
}
