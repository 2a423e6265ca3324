//! A grant as Paragon's Connect protocol shows it, there called a credential, and which one a call means. Nothing of it
//! is secret.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, json_answer},
    connect,
    problem::{Code, Problem},
};
use crate::{
    host::{Host, HostError, Response, Statement},
    record::{
        enablement,
        grant::{self, Grant, Status},
        project::Project,
        read_rows,
        workflow::Candidate,
    },
    shape::shape,
};

/// `GET …/sdk/credentials[?integration=zoom]`
pub(super) async fn list(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let workflows = enablement::of_user(&project.id, user_id);
    let (grants, workflows) = load(host, grant::of_user(&project.id, user_id), workflows).await?;
    let wanted = call.parameter("integration").or_else(|| call.parameter("integrationId"));
    let all: Vec<Credential> = grants
        .iter()
        .filter(|grant| {
            wanted
                .as_ref()
                .is_none_or(|name| *name == grant.provider || *name == grant.integration_id)
        })
        .map(|grant| Credential::of(grant, &workflows))
        .collect();
    Ok(json_answer(StatusCode::OK, &all))
}

/// `GET …/sdk/credentials/{id}`
pub(super) async fn one(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    id: &str,
) -> Result<Response, Problem> {
    let wanted = grant::of_user_by_id(&project.id, user_id, id);
    let (grants, workflows) = load(host, wanted, enablement::of_grant(id)).await?;
    let grant = grants.first().ok_or(Code::CredentialNotFound)?;
    Ok(json_answer(StatusCode::OK, &Credential::of(grant, &workflows)))
}

/// Grants, and what is made of workflows with them.
async fn load(
    host: &impl Host,
    grants: Statement,
    workflows: Statement,
) -> Result<(Vec<Grant>, Vec<Candidate>), HostError> {
    let mut answers = host.tables(vec![grants, workflows]).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default().into_iter();
    let (grants, workflows) = (next(), next());
    Ok((read_rows(grants)?, read_rows(workflows)?))
}

/// `POST …/sdk/credentials {payload: {session}}`: the page tells what the popup told it; the session says what is true.
pub(super) async fn from_session(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: CredentialFromSession = call.json(64 * 1024)?;
    let grant_id = connect::granted(host, project, user_id, &body.payload.session).await?;
    one(host, project, user_id, &grant_id).await
}

shape! {
    /// What the published package posts when a popup told it of a session.
    pub(super) struct CredentialFromSession {
        /// What the popup told.
        pub payload: SessionTold,
    }
}

shape! {
    /// What the popup told.
    pub(super) struct SessionTold {
        /// The session's id.
        pub session: String,
    }
}

shape! {
    /// A connected account, as Paragon's Connect protocol shows it.
    #[expect(clippy::struct_field_names, reason = "the protocol's names")]
    #[derive(Debug, Clone)]
    pub(super) struct Credential {
        /// The grant's id.
        pub id: String,
        /// The project.
        pub project_id: String as "projectId",
        /// The integration.
        pub integration_id: String as "integrationId",
        /// The project's user.
        pub persona_id: String as "personaId",
        /// Zoom's id of its user.
        pub provider_id: String as "providerId",
        /// Whose account it is.
        pub provider_data: ProviderData as "providerData",
        /// `INVALID`: the user has to connect again.
        pub status: Status,
        /// Never.
        pub is_preview_credential: bool as "isPreviewCredential",
        /// Always 0: one that fails for good is `INVALID`.
        pub refresh_failure_count: i64 as "refreshFailureCount",
        /// The first consent (RFC 3339).
        pub date_created: String as "dateCreated",
        /// The last change (RFC 3339).
        pub date_updated: String as "dateUpdated",
        /// The last change (RFC 3339).
        pub date_refreshed: String as "dateRefreshed",
        /// Workflows of this account.
        pub config: CredentialConfig,
        /// The one configuration of this account.
        pub configurations: Vec<Configuration>,
        /// After a change: what still keeps workflows that are switched on from running.
        pub errors: Option<Vec<String>>,
    }
}

shape! {
    /// Workflows of one account.
    #[derive(Debug, Clone)]
    pub(super) struct CredentialConfig {
        /// By workflow id.
        pub configured_workflows: Map<String, Value> as "configuredWorkflows",
    }
}

shape! {
    /// The settings of one account.
    #[derive(Debug, Clone)]
    pub(super) struct Configuration {
        /// The grant's id.
        pub id: String,
        /// The grant's id.
        pub connect_credential_id: String as "connectCredentialId",
        /// The first consent (RFC 3339).
        pub date_created: String as "dateCreated",
        /// The last change (RFC 3339).
        pub date_updated: String as "dateUpdated",
        /// By workflow id.
        pub workflow_settings: Map<String, Value> as "workflowSettings",
        /// What workflows share.
        pub shared_settings: Map<String, Value> as "sharedSettings",
        /// Nothing.
        pub config_meta: Map<String, Value> as "configMeta",
        /// Always: an account has one.
        pub is_default: bool as "isDefault",
    }
}

shape! {
    /// Whose account it is.
    #[derive(Debug, Clone)]
    pub(super) struct ProviderData {
        /// The account's address.
        pub email: String,
        /// The name people see.
        pub name: String,
        /// Zoom's id of the user's company.
        pub account_id: String as "accountId",
        /// Zoom's id of its user.
        pub user_id: String as "userId",
        /// What was granted, space separated.
        pub scope: String,
    }
}

impl Credential {
    /// A grant in the words of the protocol, with what its user made of `workflows`; those of other grants do not matter.
    pub(super) fn of(grant: &Grant, workflows: &[Candidate]) -> Self {
        let workflow_settings = states(&grant.id, workflows);
        let (created, updated) = (grant.created_at.rfc3339(), grant.updated_at.rfc3339());
        Self {
            id: grant.id.clone(),
            project_id: grant.project_id.clone(),
            integration_id: grant.integration_id.clone(),
            persona_id: grant.user_id.clone(),
            provider_id: grant.provider_user_id.clone(),
            provider_data: ProviderData::of(grant),
            status: grant.status,
            is_preview_credential: false,
            refresh_failure_count: 0,
            date_created: created.clone(),
            date_updated: updated.clone(),
            date_refreshed: updated.clone(),
            config: CredentialConfig { configured_workflows: workflow_settings.clone() },
            configurations: vec![Configuration {
                id: grant.id.clone(),
                connect_credential_id: grant.id.clone(),
                date_created: created,
                date_updated: updated,
                workflow_settings,
                shared_settings: Map::new(),
                config_meta: Map::new(),
                is_default: true,
            }],
            errors: None,
        }
    }
}

/// Which of a user's accounts is meant when none is named: a usable one, the one connected last.
pub(super) fn current<'a>(grants: impl Iterator<Item = &'a Grant>) -> Option<&'a Grant> {
    grants.max_by_key(|grant| (grant.status == Status::Valid, grant.connected_at))
}

/// Which of a user's accounts of an integration a call means: the one that it names, else the current one.
pub(super) fn meant<'a>(
    grants: &'a [Grant],
    integration_id: &str,
    call: &Call,
) -> Result<&'a Grant, Code> {
    let mut grants = grants.iter().filter(|grant| grant.integration_id == integration_id);
    match call.header("x-paragon-credential") {
        Some(id) => grants.find(|grant| grant.id == id).ok_or(Code::CredentialNotFound),
        None => current(grants).ok_or(Code::NotConnected),
    }
}

/// What the user of a grant made of workflows: `{enabled, settings}` by id, of every one that is deployed.
pub(super) fn states(grant_id: &str, workflows: &[Candidate]) -> Map<String, Value> {
    let of_grant = workflows.iter().filter(|workflow| workflow.grant_id == grant_id);
    of_grant
        .map(|workflow| {
            let state = json!({"enabled": workflow.is_enabled(), "settings": workflow.filled_in()});
            (workflow.workflow_id.clone(), state)
        })
        .collect()
}

impl ProviderData {
    /// Whose account it is.
    pub(super) fn of(grant: &Grant) -> Self {
        Self {
            email: grant.email.clone(),
            name: grant.display_name.clone(),
            account_id: grant.account_id.clone(),
            user_id: grant.provider_user_id.clone(),
            scope: grant.scope.clone(),
        }
    }
}
