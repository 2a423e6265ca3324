//! What each journey is called in the log: never what its path names.

use super::{HistoryRoute, PageRoute, PortalRoute, Route, SdkRoute, ServerRoute};

impl Route {
    /// The route's name in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Page(route) => route.name(),
            Self::Server(route) => route.name(),
            Self::Sdk { route, .. } => route.name(),
            Self::History { route, .. } => route.name(),
            Self::Webhook { .. } => "webhook",
            Self::Portal(route) => route.name(),
            Self::Admin(_) => "admin",
            Self::WrongMethod => "wrong_method",
            Self::Nowhere => "nowhere",
        }
    }
}

impl PageRoute {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "connect_start",
            Self::Redirect => "oauth_redirect",
            Self::Login => "connect_login",
            Self::Done => "connect_done",
            Self::Console => "console",
            Self::Ui => "ui",
            Self::WrongMethod => "page_wrong_method",
            Self::Nowhere => "page_nowhere",
        }
    }
}

impl ServerRoute {
    fn name(&self) -> &'static str {
        match self {
            Self::NewIntegration => "new_integration",
            Self::Integrations => "list_integrations",
            Self::Integration(_) => "integration",
            Self::PatchIntegration(_) => "patch_integration",
            Self::DeleteIntegration(_) => "delete_integration",
            Self::CheckIntegration(_) => "check_integration",
            Self::Scopes => "scopes",
            Self::Usage => "usage",
            Self::Auth => "auth",
            Self::NewGrant => "new_grant",
            Self::Grants => "grants",
            Self::Grant(_) => "grant",
            Self::PatchGrant(_) => "patch_grant",
            Self::DeleteGrant(_) => "delete_grant",
            Self::SyncGrant(_) => "sync_grant",
            Self::Request { .. } => "grant_request",
            Self::EraseUser(_) => "erase_user",
            Self::Triggers => "triggers",
            Self::NewSubscription => "new_subscription",
            Self::Subscriptions => "subscriptions",
            Self::Subscription(_) => "subscription",
            Self::PatchSubscription(_) => "patch_subscription",
            Self::DeleteSubscription(_) => "delete_subscription",
            Self::RotateSubscriptionSecret(_) => "rotate_subscription_secret",
            Self::Events => "events",
            Self::Event(_) => "event",
            Self::Deliveries => "deliveries",
            Self::Delivery(_) => "delivery",
            Self::ReplayDelivery(_) => "replay_delivery",
            Self::Actions => "actions",
            Self::NewWorkflow => "new_workflow",
            Self::Workflows => "workflows",
            Self::Workflow(_) => "workflow",
            Self::PatchWorkflow(_) => "patch_workflow",
            Self::DeleteWorkflow(_) => "delete_workflow",
            Self::DeployWorkflow(_) => "deploy_workflow",
            Self::UndeployWorkflow(_) => "undeploy_workflow",
            Self::TestStep(_) => "test_step",
            Self::Variables(_) => "variables",
            Self::WorkflowSecrets => "workflow_secrets",
            Self::PutWorkflowSecret(_) => "put_workflow_secret",
            Self::DeleteWorkflowSecret(_) => "delete_workflow_secret",
            Self::GrantWorkflows(_) => "grant_workflows",
            Self::PatchGrantWorkflow(..) => "patch_grant_workflow",
            Self::UserEvent(_) => "user_event",
            Self::Runs => "runs",
            Self::Run(_) => "run",
            Self::RunStep(..) => "run_step",
            Self::ReplayRun(_) => "replay_run",
            Self::StopRun(_) => "stop_run",
            Self::WrongMethod => "wrong_method",
            Self::Nowhere => "nowhere",
        }
    }
}

impl SdkRoute {
    fn name(&self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Me => "me",
            Self::PatchMe => "patch_me",
            Self::Integrations => "integrations",
            Self::Metadata => "metadata",
            Self::Disconnect(_) => "disconnect",
            Self::NewSession => "new_session",
            Self::Session(_) => "session",
            Self::NewPortal => "new_portal",
            Self::Portal(_) => "portal_changes",
            Self::Nonce => "oauth_nonce",
            Self::BuildOauth => "build_oauth",
            Self::SessionKey(_) => "session_key",
            Self::ForgetSessionKey(_) => "forget_session_key",
            Self::Credentials => "credentials",
            Self::NewCredential => "new_credential",
            Self::Credential(_) => "credential",
            Self::PatchCredential(_) => "patch_credential",
            Self::EnableWorkflow(_) => "enable_workflow",
            Self::DisableWorkflow(_) => "disable_workflow",
            Self::AppEvent => "app_event",
            Self::Trigger(_) => "trigger",
            Self::Request { .. } => "request",
            Self::WrongMethod => "wrong_method",
            Self::Nowhere => "nowhere",
        }
    }
}

impl PortalRoute {
    fn name(&self) -> &'static str {
        match self {
            Self::Enter => "portal_enter",
            Self::Page(_) => "portal_page",
            Self::State(_) => "portal_state",
            Self::Connect(_) => "portal_connect",
            Self::Disconnect(..) => "portal_disconnect",
            Self::PatchWorkflow(..) => "portal_patch_workflow",
            Self::Close(_) => "portal_close",
            Self::WrongMethod => "wrong_method",
            Self::Nowhere => "nowhere",
        }
    }
}

impl HistoryRoute {
    fn name(&self) -> &'static str {
        match self {
            Self::Executions => "executions",
            Self::Execution(_) => "execution",
            Self::StepExecution(..) => "step_execution",
            Self::Replay(_) => "replay_execution",
            Self::WrongMethod => "wrong_method",
            Self::Nowhere => "nowhere",
        }
    }
}
