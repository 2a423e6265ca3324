//! The part of the surface that a project's server calls, below `/connect`.

use http::Method;

/// One journey of a project's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerRoute {
    /// `POST integrations`
    NewIntegration,
    /// `GET integrations`
    Integrations,
    /// `GET integrations/{provider or id}`
    Integration(String),
    /// `PATCH integrations/{provider or id}`
    PatchIntegration(String),
    /// `DELETE integrations/{provider or id}`
    DeleteIntegration(String),
    /// `POST integrations/{provider or id}/check`
    CheckIntegration(String),
    /// `GET scopes`
    Scopes,
    /// `GET usage`
    Usage,
    /// `POST auth`
    Auth,
    /// `POST grants`
    NewGrant,
    /// `GET grants`
    Grants,
    /// `GET grants/{grant}`
    Grant(String),
    /// `PATCH grants/{grant}`
    PatchGrant(String),
    /// `DELETE grants/{grant}`
    DeleteGrant(String),
    /// `GET|POST grants/{grant}/sync`
    SyncGrant(String),
    /// Any method on `grants/{grant}/request/{path}`
    Request {
        /// The grant.
        grant: String,
        /// What follows, byte for byte.
        path: String,
    },
    /// `DELETE users/{account}`
    EraseUser(String),
    /// `GET triggers`
    Triggers,
    /// `POST subscriptions`
    NewSubscription,
    /// `GET subscriptions`
    Subscriptions,
    /// `GET subscriptions/{subscription}`
    Subscription(String),
    /// `PATCH subscriptions/{subscription}`
    PatchSubscription(String),
    /// `DELETE subscriptions/{subscription}`
    DeleteSubscription(String),
    /// `POST subscriptions/{subscription}/rotate-secret`
    RotateSubscriptionSecret(String),
    /// `GET events`
    Events,
    /// `GET events/{event}`
    Event(String),
    /// `GET deliveries`
    Deliveries,
    /// `GET deliveries/{delivery}`
    Delivery(String),
    /// `POST deliveries/{delivery}/replay`
    ReplayDelivery(String),
    /// `GET actions`
    Actions,
    /// `POST workflows`
    NewWorkflow,
    /// `GET workflows`
    Workflows,
    /// `GET workflows/{workflow}`
    Workflow(String),
    /// `PATCH workflows/{workflow}`
    PatchWorkflow(String),
    /// `DELETE workflows/{workflow}`
    DeleteWorkflow(String),
    /// `POST workflows/{workflow}/deploy`
    DeployWorkflow(String),
    /// `POST workflows/{workflow}/undeploy`
    UndeployWorkflow(String),
    /// `POST workflows/{workflow}/test`
    TestStep(String),
    /// `GET workflows/{workflow}/variables`
    Variables(String),
    /// `GET workflow-secrets`
    WorkflowSecrets,
    /// `PUT workflow-secrets/{name}`
    PutWorkflowSecret(String),
    /// `DELETE workflow-secrets/{name}`
    DeleteWorkflowSecret(String),
    /// `GET grants/{grant}/workflows`
    GrantWorkflows(String),
    /// `PATCH grants/{grant}/workflows/{workflow}`
    PatchGrantWorkflow(String, String),
    /// `POST users/{account}/events`
    UserEvent(String),
    /// `GET runs`
    Runs,
    /// `GET runs/{run}`
    Run(String),
    /// `GET runs/{run}/steps/{step}`
    RunStep(String, String),
    /// `POST runs/{run}/replay`
    ReplayRun(String),
    /// `POST runs/{run}/stop`
    StopRun(String),
    /// The path is there, the method is not.
    WrongMethod,
    /// There is no such path.
    Nowhere,
}

/// Which of them a request is.
pub(super) fn server_route(method: &Method, rest: &str) -> ServerRoute {
    let mut parts = rest.splitn(4, '/');
    if let (Some("grants"), Some(grant), Some("request"), Some(path)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    {
        return ServerRoute::Request { grant: grant.to_owned(), path: path.to_owned() };
    }
    let segments: Vec<&str> = rest.split('/').collect();
    let owned = |text: &str| text.to_owned();
    match (method.as_str(), segments.as_slice()) {
        ("POST", ["integrations"]) => ServerRoute::NewIntegration,
        ("GET", ["integrations"]) => ServerRoute::Integrations,
        ("GET", ["integrations", id]) => ServerRoute::Integration(owned(id)),
        ("PATCH", ["integrations", id]) => ServerRoute::PatchIntegration(owned(id)),
        ("DELETE", ["integrations", id]) => ServerRoute::DeleteIntegration(owned(id)),
        ("POST", ["integrations", id, "check"]) => ServerRoute::CheckIntegration(owned(id)),
        ("GET", ["scopes"]) => ServerRoute::Scopes,
        ("GET", ["usage"]) => ServerRoute::Usage,
        ("POST", ["auth"]) => ServerRoute::Auth,
        ("POST", ["grants"]) => ServerRoute::NewGrant,
        ("GET", ["grants"]) => ServerRoute::Grants,
        ("GET", ["grants", id]) => ServerRoute::Grant(owned(id)),
        ("PATCH", ["grants", id]) => ServerRoute::PatchGrant(owned(id)),
        ("DELETE", ["grants", id]) => ServerRoute::DeleteGrant(owned(id)),
        ("GET" | "POST", ["grants", id, "sync"]) => ServerRoute::SyncGrant(owned(id)),
        ("DELETE", ["users", id]) => ServerRoute::EraseUser(owned(id)),
        ("GET", ["triggers"]) => ServerRoute::Triggers,
        ("POST", ["subscriptions"]) => ServerRoute::NewSubscription,
        ("GET", ["subscriptions"]) => ServerRoute::Subscriptions,
        ("GET", ["subscriptions", id]) => ServerRoute::Subscription(owned(id)),
        ("PATCH", ["subscriptions", id]) => ServerRoute::PatchSubscription(owned(id)),
        ("DELETE", ["subscriptions", id]) => ServerRoute::DeleteSubscription(owned(id)),
        ("POST", ["subscriptions", id, "rotate-secret"]) => {
            ServerRoute::RotateSubscriptionSecret(owned(id))
        }
        ("GET", ["events"]) => ServerRoute::Events,
        ("GET", ["events", id]) => ServerRoute::Event(owned(id)),
        ("GET", ["deliveries"]) => ServerRoute::Deliveries,
        ("GET", ["deliveries", id]) => ServerRoute::Delivery(owned(id)),
        ("POST", ["deliveries", id, "replay"]) => ServerRoute::ReplayDelivery(owned(id)),
        ("GET", ["actions"]) => ServerRoute::Actions,
        ("POST", ["workflows"]) => ServerRoute::NewWorkflow,
        ("GET", ["workflows"]) => ServerRoute::Workflows,
        ("GET", ["workflows", id]) => ServerRoute::Workflow(owned(id)),
        ("PATCH", ["workflows", id]) => ServerRoute::PatchWorkflow(owned(id)),
        ("DELETE", ["workflows", id]) => ServerRoute::DeleteWorkflow(owned(id)),
        ("POST", ["workflows", id, "deploy"]) => ServerRoute::DeployWorkflow(owned(id)),
        ("POST", ["workflows", id, "undeploy"]) => ServerRoute::UndeployWorkflow(owned(id)),
        ("POST", ["workflows", id, "test"]) => ServerRoute::TestStep(owned(id)),
        ("GET", ["workflows", id, "variables"]) => ServerRoute::Variables(owned(id)),
        ("GET", ["workflow-secrets"]) => ServerRoute::WorkflowSecrets,
        ("PUT", ["workflow-secrets", name]) => ServerRoute::PutWorkflowSecret(owned(name)),
        ("DELETE", ["workflow-secrets", name]) => ServerRoute::DeleteWorkflowSecret(owned(name)),
        ("GET", ["grants", id, "workflows"]) => ServerRoute::GrantWorkflows(owned(id)),
        ("PATCH", ["grants", id, "workflows", workflow]) => {
            ServerRoute::PatchGrantWorkflow(owned(id), owned(workflow))
        }
        ("POST", ["users", id, "events"]) => ServerRoute::UserEvent(owned(id)),
        ("GET", ["runs"]) => ServerRoute::Runs,
        ("GET", ["runs", id]) => ServerRoute::Run(owned(id)),
        ("GET", ["runs", id, "steps", step]) => ServerRoute::RunStep(owned(id), owned(step)),
        ("POST", ["runs", id, "replay"]) => ServerRoute::ReplayRun(owned(id)),
        ("POST", ["runs", id, "stop"]) => ServerRoute::StopRun(owned(id)),
        (
            _,
            [
                "integrations" | "grants" | "users" | "subscriptions" | "events" | "deliveries"
                | "workflows" | "workflow-secrets" | "runs",
                _,
            ]
            | ["grants", _, "sync" | "workflows"]
            | ["grants", _, "workflows", _]
            | ["users", _, "events"]
            | ["workflows", _, "deploy" | "undeploy" | "variables" | "test"]
            | ["integrations", _, "check"]
            | ["runs", _, "replay" | "stop"]
            | ["runs", _, "steps", _]
            | ["subscriptions", _, "rotate-secret"]
            | ["deliveries", _, "replay"]
            | [
                "integrations" | "auth" | "grants" | "deliveries" | "events" | "triggers"
                | "subscriptions" | "actions" | "workflows" | "workflow-secrets" | "runs"
                | "scopes" | "usage",
            ],
        ) => ServerRoute::WrongMethod,
        _ => ServerRoute::Nowhere,
    }
}
