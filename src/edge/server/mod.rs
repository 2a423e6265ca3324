//! A project's server: HTTP Basic, and the dialect of its answers. `{"success":true,"data":…}`, or
//! `{"success":false,"error":{…}}`. A file for each thing that it may ask about.

mod actions;
mod auth;
mod check;
mod deliveries;
mod enablements;
mod events;
mod field;
mod filter;
mod grant;
mod import;
mod integration;
mod runs;
mod scopes;
mod subscriptions;
mod test_step;
mod triggers;
mod usage;
mod user;
mod workflow_secrets;
mod workflows;

pub(super) use grant::of_project as grant;

#[cfg(feature = "documents")]
pub(super) use self::{
    actions::ServerAction,
    auth::{LoginLink, NewLogin},
    check::Checkup,
    deliveries::ServerDelivery,
    enablements::ServerEnablement,
    events::ServerEvent,
    grant::{DeletedGrant, GrantPatch, ServerGrant},
    import::NewGrant,
    integration::Deletion,
    runs::{ServerRun, ServerStepTexts},
    scopes::ServerScope,
    subscriptions::{DeletedSubscription, NewSubscription, ServerSubscription, SubscriptionPatch},
    test_step::{StepTest, TestedStep},
    triggers::ServerTrigger,
    usage::ServerUsage,
    user::ErasedUser,
    workflow_secrets::{DeletedWorkflowSecret, NewWorkflowSecret, ServerWorkflowSecret},
    workflows::{DeletedWorkflow, ServerWorkflow},
};
use http::StatusCode;
use serde_json::json;

use super::{
    PROJECT_HEADER,
    call::{Call, json_answer, json_text_answer},
    connect, mark, operator,
    problem::{Code, Problem},
    request,
    route::ServerRoute,
    user::known_project,
};
use crate::{
    connection::Actor,
    host::{Host, Response, Statement},
    record::{
        first_row,
        integration::{self as integrations, Integration},
    },
    secret::digest,
    shape::{Shape, shape},
    workflow::Complaint,
    zoom,
};

/// Bodies here are at most this long, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// Answers one request of a project's server. Failures are answers here: they have this dialect's form.
pub(super) async fn server(host: &impl Host, route: ServerRoute, call: Call) -> Response {
    let by_console = call.headers.get(AS_PROJECT).is_some();
    let mut answer = answer(host, route, call).await;
    if by_console {
        // A browser would ask the operator for a name and a password, and the console would hear nothing.
        answer.headers.take("www-authenticate");
    }
    answer
}

async fn answer(host: &impl Host, route: ServerRoute, call: Call) -> Response {
    let request_id = call.request_id.clone();
    let authenticated = match call.header(AS_PROJECT) {
        Some(project) => as_operator(host, project, &call).await,
        None => authenticate(host, &call).await,
    };
    let project = match authenticated {
        Ok(project) => project,
        Err(problem) => return failure(&problem, &request_id),
    };
    let result = journey(host, &project, route, call).await;
    let mut answer = result.unwrap_or_else(|problem| failure(&problem, &request_id));
    answer.headers.set(PROJECT_HEADER, &project);
    answer
}

async fn journey(
    host: &impl Host,
    project: &str,
    route: ServerRoute,
    call: Call,
) -> Result<Response, Problem> {
    let call_ref = &call;
    match route {
        ServerRoute::NewIntegration => integration::create(host, project, call_ref).await,
        ServerRoute::Integrations => integration::list(host, project, call_ref).await,
        ServerRoute::Integration(id) => integration::one(host, project, &id).await,
        ServerRoute::PatchIntegration(id) => integration::patch(host, project, &id, call_ref).await,
        ServerRoute::DeleteIntegration(id) => {
            integration::delete(host, project, &id, call_ref).await
        }
        ServerRoute::CheckIntegration(id) => check::check(host, project, &id, call_ref).await,
        ServerRoute::Scopes => scopes::list(call_ref),
        ServerRoute::Usage => usage::usage(host, project, call_ref).await,
        ServerRoute::Auth => auth::auth(host, project, call_ref).await,
        ServerRoute::NewGrant => import::import(host, project, call_ref).await,
        ServerRoute::Grants => grant::list(host, project, call_ref).await,
        ServerRoute::Grant(id) => grant::one(host, project, &id).await,
        ServerRoute::PatchGrant(id) => grant::patch(host, project, &id, call_ref).await,
        ServerRoute::DeleteGrant(id) => grant::delete(host, project, &id, call_ref).await,
        ServerRoute::SyncGrant(id) => grant::sync(host, project, &id, call_ref).await,
        ServerRoute::Request { grant, path } => {
            request::request_by_server(host, project, &grant, &path, call).await
        }
        ServerRoute::EraseUser(id) => user::erase(host, project, &id, call_ref).await,
        ServerRoute::WrongMethod => Err(Code::MethodNotAllowed.into()),
        ServerRoute::Nowhere => Err(Code::NotFound.into()),
        about => about_events(host, project, about, call_ref).await,
    }
}

/// A journey about what happens at Zoom.
async fn about_events(
    host: &impl Host,
    project: &str,
    route: ServerRoute,
    call: &Call,
) -> Result<Response, Problem> {
    match route {
        ServerRoute::Triggers => triggers::list(call),
        ServerRoute::NewSubscription => subscriptions::create(host, project, call).await,
        ServerRoute::Subscriptions => subscriptions::list(host, project, call).await,
        ServerRoute::Subscription(id) => subscriptions::one(host, project, &id).await,
        ServerRoute::PatchSubscription(id) => subscriptions::patch(host, project, &id, call).await,
        ServerRoute::DeleteSubscription(id) => {
            subscriptions::delete(host, project, &id, call).await
        }
        ServerRoute::RotateSubscriptionSecret(id) => {
            subscriptions::rotate(host, project, &id, call).await
        }
        ServerRoute::Events => events::list(host, project, call).await,
        ServerRoute::Event(id) => events::one(host, project, &id).await,
        ServerRoute::Deliveries => deliveries::list(host, project, call).await,
        ServerRoute::Delivery(id) => deliveries::one(host, project, &id).await,
        ServerRoute::ReplayDelivery(id) => deliveries::replay(host, project, &id).await,
        about => about_workflows(host, project, about, call).await,
    }
}

/// A journey about what is to happen then, and what did.
async fn about_workflows(
    host: &impl Host,
    project: &str,
    route: ServerRoute,
    call: &Call,
) -> Result<Response, Problem> {
    match route {
        ServerRoute::Actions => actions::list(call),
        ServerRoute::NewWorkflow => workflows::create(host, project, call).await,
        ServerRoute::Workflows => workflows::list(host, project, call).await,
        ServerRoute::Workflow(id) => workflows::one(host, project, &id).await,
        ServerRoute::PatchWorkflow(id) => workflows::patch(host, project, &id, call).await,
        ServerRoute::DeleteWorkflow(id) => workflows::delete(host, project, &id, call).await,
        ServerRoute::DeployWorkflow(id) => workflows::deploy(host, project, &id, call).await,
        ServerRoute::UndeployWorkflow(id) => workflows::undeploy(host, project, &id, call).await,
        ServerRoute::TestStep(id) => test_step::test_step(host, project, &id, call).await,
        ServerRoute::Variables(id) => workflows::variables(host, project, &id, call).await,
        ServerRoute::WorkflowSecrets => workflow_secrets::list(host, project, call).await,
        ServerRoute::PutWorkflowSecret(name) => {
            workflow_secrets::put(host, project, &name, call).await
        }
        ServerRoute::DeleteWorkflowSecret(name) => {
            workflow_secrets::delete(host, project, &name, call).await
        }
        ServerRoute::GrantWorkflows(id) => enablements::list(host, project, &id).await,
        ServerRoute::PatchGrantWorkflow(id, workflow) => {
            enablements::patch(host, project, &id, &workflow, call).await
        }
        ServerRoute::UserEvent(id) => runs::app_event(host, project, &id, call).await,
        ServerRoute::Runs => runs::list(host, project, call).await,
        ServerRoute::Run(id) => runs::one(host, project, &id).await,
        ServerRoute::RunStep(id, step) => runs::step(host, project, &id, &step).await,
        ServerRoute::ReplayRun(id) => runs::replay(host, project, &id, call).await,
        ServerRoute::StopRun(id) => runs::stop(host, project, &id, call).await,
        _ => Err(Code::NotFound.into()),
    }
}

/// Names the project that the operator acts for.
const AS_PROJECT: &str = "x-isthmus-project";

/// The project that the operator acts for: whatever its server may do, the operator may.
async fn as_operator(host: &impl Host, project: &str, call: &Call) -> Result<String, Problem> {
    operator::admit(host, call).await?;
    Ok(known_project(host, project).await?.id)
}

/// The project whose client id and secret the call carries. What was found good counts for a minute in this isolate:
/// so long a secret that was revoked elsewhere may be of use.
async fn authenticate(host: &impl Host, call: &Call) -> Result<String, Problem> {
    shape! {
        struct Found {
            project_id: String,
        }
    }
    let (client_id, secret) = call.basic().ok_or(Code::ClientCredentialsMissing)?;
    let (now, secret_digest) = (host.now(), digest(secret.expose()));
    let key = format!("{client_id}\n{secret_digest}");
    if let Some(project_id) = host.memory().client(&key, now) {
        return Ok(project_id);
    }
    // A digest of 256 random bits may be looked up: nobody learns anything from how long that takes.
    let statement = Statement::new(
        "SELECT projects.id AS project_id FROM client_secrets JOIN projects ON projects.id = client_secrets.project_id
         WHERE client_secrets.digest = ?1 AND projects.client_id = ?2",
        [json!(secret_digest), json!(client_id)],
    );
    let found: Option<Found> = first_row(host, statement).await?;
    let found = found.ok_or(Code::ClientCredentialsInvalid)?;
    host.memory().remember_client(key, found.project_id.clone(), now);
    Ok(found.project_id)
}

/// Who the audit trail names for a call of a project's server.
fn actor(call: &Call) -> Actor {
    let who = if call.header(AS_PROJECT).is_some() { "admin" } else { "project" };
    Actor { who: who.to_owned(), origin: call.client_ip() }
}

/// The project's integration with this provider, if something new may be connected to it.
async fn connectable(
    host: &impl Host,
    project_id: &str,
    provider: &str,
) -> Result<Integration, Problem> {
    if provider != zoom::PROVIDER {
        return Err(Code::ProviderUnknown.into());
    }
    connect::connectable(integrations::of_project(host, project_id, provider).await?)
}

/// `{"success":true,"data":…}`
fn success(status: StatusCode, data: &impl Shape) -> Response {
    let mut body = b"{\"success\":true,\"data\":".to_vec();
    data.write(&mut body);
    body.push(b'}');
    json_text_answer(status, body)
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// So many are left out.
    pub offset: i64,
    /// So many are told of at most.
    pub limit: i64,
}

impl Page {
    /// `offset` (from 0) and `limit` (1 to 200; 50 unless said).
    pub fn of(call: &Call) -> Result<Self, Problem> {
        let number = |name: &str, default: i64, range: std::ops::RangeInclusive<i64>| {
            let given = call.parameter(name).map_or(Ok(default), |text| text.parse());
            given.ok().filter(|number| range.contains(number)).ok_or_else(|| {
                let detail = format!("{name}: a number from {} to {}", range.start(), range.end());
                Problem::detailed(Code::InvalidRequest, detail)
            })
        };
        Ok(Self {
            offset: number("offset", 0, 0..=1_000_000_000)?,
            limit: number("limit", 50, 1..=200)?,
        })
    }

    /// `{"success":true,"data":[…],"limit":…,"offset":…}`
    fn answer(self, items: &Vec<impl Shape>) -> Response {
        self.counted_answer(items, None)
    }

    /// The same, with how many there are in all where that was counted: `"total":…`
    fn counted_answer(self, items: &Vec<impl Shape>, total: Option<i64>) -> Response {
        let mut body = b"{\"success\":true,\"data\":".to_vec();
        items.write(&mut body);
        let total = total.map(|total| format!(",\"total\":{total}")).unwrap_or_default();
        let rest = format!(",\"limit\":{},\"offset\":{}{total}}}", self.limit, self.offset);
        body.extend_from_slice(rest.as_bytes());
        json_text_answer(StatusCode::OK, body)
    }
}

shape! {
    /// A failure in this dialect.
    struct Failure {
        success: bool,
        error: FailureError,
        message: String,
        kind: String as "type",
    }
}

shape! {
    /// What went wrong, and the request it went wrong with.
    struct FailureError {
        kind: String as "type",
        http_code: i64,
        event_code: i64,
        code: String,
        message: String,
        request_id: String,
        complaints: Option<Vec<Complaint>>,
    }
}

/// Answers a failure.
fn failure(problem: &Problem, request_id: &str) -> Response {
    refused(problem, None, request_id)
}

/// The same, with everything that is wrong with a workflow.
fn refused(problem: &Problem, complaints: Option<Vec<Complaint>>, request_id: &str) -> Response {
    let (code, message) = (problem.code, problem.message());
    let error = FailureError {
        kind: code.kind().to_owned(),
        http_code: code.status().as_u16().into(),
        event_code: code.event_code().into(),
        code: code.text().to_owned(),
        message: message.clone(),
        request_id: request_id.to_owned(),
        complaints,
    };
    let body = Failure { success: false, error, message, kind: code.kind().to_owned() };
    let mut answer = json_answer(code.status(), &body);
    mark(&mut answer, problem);
    if code.status() == StatusCode::UNAUTHORIZED {
        answer.headers.set("www-authenticate", "Basic realm=\"isthmus\"");
    }
    answer
}
