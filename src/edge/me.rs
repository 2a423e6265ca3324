//! What a page may know: its user with the connected accounts, and the project's integrations; in the shapes of
//! Paragon's Connect protocol.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, json_answer},
    credential::{Configuration, Credential, ProviderData, current, states},
    problem::{Code, Problem},
    setting,
};
use crate::{
    host::{Host, HostError, Response, Row, Statement},
    record::{
        enablement::{self, Offer},
        grant::{self, Grant, Status},
        integration::{self, Integration},
        project::Project,
        read_rows, user,
        workflow::Candidate,
    },
    shape::shape,
    zoom,
};

/// `GET …/sdk/me`
pub(super) async fn me(
    host: &impl Host,
    project: &Project,
    user_id: &str,
) -> Result<Response, Problem> {
    let known = Known::load(host, &project.id, user_id, None).await?;
    let connected = known
        .integrations
        .iter()
        .map(|integration| (integration.provider.clone(), known.connected(integration)));
    let me = Me {
        authenticated: true,
        user_id: user_id.to_owned(),
        integrations: connected.collect(),
        meta: known.meta.clone(),
        resources: Vec::new(),
        // The published package refuses to install without these features.
        project: MeProject {
            id: project.id.clone(),
            billing_plan: "enterprise".to_owned(),
            accessible_features: vec!["headless-cp".to_owned(), "user-metadata".to_owned()],
        },
    };
    Ok(json_answer(StatusCode::OK, &me))
}

/// `PATCH …/sdk/me {meta}`
pub(super) async fn patch(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let patch: MePatch = call.json(user::LONGEST_META)?;
    let statement = user::put_meta(&project.id, user_id, &patch.meta, host.now());
    host.tables(vec![statement]).await?;
    me(host, project, user_id).await
}

/// `GET …/sdk/integrations`
pub(super) async fn integrations(
    host: &impl Host,
    project: &Project,
    user_id: &str,
) -> Result<Response, Problem> {
    let offers = enablement::offers(&project.id);
    let known = Known::load(host, &project.id, user_id, Some(offers)).await?;
    let all: Vec<SdkIntegration> = known
        .integrations
        .iter()
        .map(|integration| known.shown(integration))
        .collect::<Result<_, _>>()?;
    Ok(json_answer(StatusCode::OK, &all))
}

/// `GET …/sdk/metadata`
pub(super) async fn metadata(host: &impl Host, project: &Project) -> Result<Response, Problem> {
    let rows = host.tables(vec![integration::all_of_project(&project.id)]).await?;
    let integrations: Vec<Integration> = read_rows(rows.into_iter().flatten())?;
    let all: Vec<IntegrationMetadata> = integrations
        .iter()
        .map(|integration| IntegrationMetadata {
            kind: integration.provider.clone(),
            name: zoom::NAME.to_owned(),
            brand_color: zoom::BRAND_COLOR.to_owned(),
            icon: zoom::ICON.to_owned(),
        })
        .collect();
    Ok(json_answer(StatusCode::OK, &all))
}

shape! {
    /// Who the user token names, with everything that is connected.
    pub(super) struct Me {
        /// Always.
        pub authenticated: bool,
        /// The project's id of the user.
        pub user_id: String as "userId",
        /// By provider; an entry for each integration, connected or not.
        pub integrations: BTreeMap<String, Connected>,
        /// The user's metadata.
        pub meta: Map<String, Value>,
        /// Nothing.
        pub resources: Vec<Value>,
        /// What the published package wants to know of the project.
        pub project: MeProject,
    }
}

shape! {
    /// What the published package wants to know of the project.
    pub(super) struct MeProject {
        /// The project.
        pub id: String,
        /// The plan that has everything.
        pub billing_plan: String as "billingPlan",
        /// What is there.
        pub accessible_features: Vec<String> as "accessibleFeatures",
    }
}

shape! {
    /// What may be changed about the user.
    pub(super) struct MePatch {
        /// The user's metadata, instead of what was there.
        pub meta: Map<String, Value>,
    }
}

shape! {
    /// One integration as the user has it.
    pub(super) struct Connected {
        /// Whether an account is connected and usable.
        pub enabled: bool,
        /// The current account.
        pub credential_id: Option<String> as "credentialId",
        /// Its configuration.
        pub credential_config_id: Option<String> as "credentialConfigId",
        /// Whether it can be used.
        pub credential_status: Option<Status> as "credentialStatus",
        /// Zoom's id of its user.
        pub provider_id: Option<String> as "providerId",
        /// Whose account it is.
        pub provider_data: Option<ProviderData> as "providerData",
        /// Every account.
        pub all_credentials: Vec<Credential> as "allCredentials",
        /// Every account's configuration.
        pub all_configurations: Vec<Configuration> as "allConfigurations",
        /// By workflow id, with the current account; of the protocol's older days.
        pub configured_workflows: Map<String, Value> as "configuredWorkflows",
        /// The same.
        pub workflow_settings: Option<Map<String, Value>> as "workflowSettings",
        /// What workflows share: nothing.
        pub shared_settings: Map<String, Value> as "sharedSettings",
    }
}

shape! {
    /// An integration of the project, for its pages.
    #[expect(clippy::struct_field_names, reason = "the protocol's names")]
    pub(super) struct SdkIntegration {
        /// The integration.
        pub id: String,
        /// When it was set up (RFC 3339).
        pub date_created: String as "dateCreated",
        /// The last change (RFC 3339).
        pub date_updated: String as "dateUpdated",
        /// The project.
        pub project_id: String as "projectId",
        /// The provider: `zoom`.
        pub kind: String as "type",
        /// The provider's name for people.
        pub name: String,
        /// The provider's colour.
        pub brand_color: String as "brandColor",
        /// A data URL.
        pub icon: String,
        /// Always.
        pub is_active: bool as "isActive",
        /// `oauth`
        pub authentication_type: String as "authenticationType",
        /// Whether the user has connected an account.
        pub has_credential: bool as "hasCredential",
        /// No limit.
        pub connected_user_limit_on_dev_cred: i64 as "connectedUserLimitOnDevCred",
        /// Never.
        pub connected_user_limit_reached: bool as "connectedUserLimitReached",
        /// Never.
        pub need_pre_oauth_inputs: bool as "needPreOauthInputs",
        /// Whose account is connected.
        pub provider_data: Option<ProviderData> as "providerData",
        /// Its workflows.
        pub workflows: Vec<Value>,
        /// How the portal shows it.
        pub configs: Value,
        /// What the published package asks before the consent: nothing.
        pub sdk_integration_config: Value as "sdkIntegrationConfig",
    }
}

shape! {
    /// How an integration looks.
    pub(super) struct IntegrationMetadata {
        /// The provider: `zoom`.
        pub kind: String as "type",
        /// The provider's name for people.
        pub name: String,
        /// The provider's colour.
        pub brand_color: String as "brandColor",
        /// A data URL.
        pub icon: String,
    }
}

/// All that the tables know about one user of one project.
struct Known {
    integrations: Vec<Integration>,
    grants: Vec<Grant>,
    workflows: Vec<Candidate>,
    offers: Vec<Offer>,
    meta: Map<String, Value>,
}

impl Known {
    /// The workflows themselves, where `offers` asks for them.
    async fn load(
        host: &impl Host,
        project_id: &str,
        user_id: &str,
        offers: Option<Statement>,
    ) -> Result<Self, Problem> {
        let mut statements = vec![
            integration::all_of_project(project_id),
            grant::of_user(project_id, user_id),
            user::select_meta(project_id, user_id),
            enablement::of_user(project_id, user_id),
        ];
        statements.extend(offers);
        let mut answers = host.tables(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default().into_iter();
        let (integrations, grants, metas) = (next(), next(), next());
        let (workflows, offers) = (next(), next());
        Ok(Self {
            integrations: read_rows(integrations)?,
            grants: read_rows(grants)?,
            workflows: read_rows(workflows)?,
            offers: read_rows(offers)?,
            meta: metas.last().and_then(|row| meta_of(&row)).unwrap_or_default(),
        })
    }

    fn grants_of<'a>(&'a self, integration: &'a Integration) -> impl Iterator<Item = &'a Grant> {
        self.grants.iter().filter(|grant| grant.integration_id == integration.id)
    }

    /// The entry of one integration in the user's `integrations`; there is one for each, connected or not.
    fn connected(&self, integration: &Integration) -> Connected {
        let current = current(self.grants_of(integration));
        let credentials: Vec<Credential> = self
            .grants_of(integration)
            .map(|grant| Credential::of(grant, &self.workflows))
            .collect();
        let states = current.map(|grant| states(&grant.id, &self.workflows));
        let configurations = credentials.iter().flat_map(|one| one.configurations.clone());
        let id = current.map(|grant| grant.id.clone());
        Connected {
            enabled: current.is_some_and(|grant| grant.status == Status::Valid),
            credential_id: id.clone(),
            credential_config_id: id,
            credential_status: current.map(|grant| grant.status),
            provider_id: current.map(|grant| grant.provider_user_id.clone()),
            provider_data: current.map(ProviderData::of),
            all_configurations: configurations.collect(),
            all_credentials: credentials,
            configured_workflows: states.clone().unwrap_or_default(),
            workflow_settings: states,
            shared_settings: Map::new(),
        }
    }

    fn offers_of<'a>(&'a self, integration: &'a Integration) -> impl Iterator<Item = &'a Offer> {
        self.offers.iter().filter(|offer| offer.integration_id == integration.id)
    }

    fn shown(&self, integration: &Integration) -> Result<SdkIntegration, HostError> {
        let connected = current(self.grants_of(integration));
        let offers = || self.offers_of(integration);
        let metas: Map<String, Value> = (1..)
            .zip(offers())
            .map(|(order, offer)| Ok((offer.id.clone(), workflow_meta(offer, order)?)))
            .collect::<Result<_, HostError>>()?;
        Ok(SdkIntegration {
            id: integration.id.clone(),
            date_created: integration.created_at.rfc3339(),
            date_updated: integration.updated_at.rfc3339(),
            project_id: integration.project_id.clone(),
            kind: integration.provider.clone(),
            name: zoom::NAME.to_owned(),
            brand_color: zoom::BRAND_COLOR.to_owned(),
            icon: zoom::ICON.to_owned(),
            is_active: true,
            authentication_type: "oauth".to_owned(),
            has_credential: connected.is_some(),
            connected_user_limit_on_dev_cred: 0,
            connected_user_limit_reached: false,
            need_pre_oauth_inputs: false,
            provider_data: connected.map(ProviderData::of),
            workflows: offers().map(sdk_workflow).collect(),
            configs: configs(integration, &metas),
            sdk_integration_config: json!({
                "oauthInputs": [],
                "accountTypes": [],
                "authConfigInputs": [],
                "postOauthInputs": [],
                "dataSources": {},
            }),
        })
    }
}

/// How the portal shows an integration and its workflows.
fn configs(integration: &Integration, metas: &Map<String, Value>) -> Value {
    json!([{
        "id": integration.id,
        "integrationId": integration.id,
        "values": {
            "accentColor": integration.shown_accent_color(),
            "paragonLink": "",
            "description": integration.shown_description(),
            "overview": integration.shown_overview(),
            "scopes": integration.scopes(),
            "workflowMeta": metas,
            "sharedMeta": {"inputs": []},
        },
    }])
}

/// A workflow in an integration's list.
fn sdk_workflow(offer: &Offer) -> Value {
    json!({
        "id": offer.id,
        "description": offer.name,
        "integrationId": offer.integration_id,
        "dateCreated": offer.created_at.rfc3339(),
        "dateUpdated": offer.deployed_at.rfc3339(),
    })
}

/// What a page draws a workflow from; the protocol's `description` is its name. What its steps do is nobody's there.
fn workflow_meta(offer: &Offer, order: i64) -> Result<Value, HostError> {
    let inputs: Vec<Value> = offer.settings()?.iter().map(setting::input).collect();
    Ok(json!({
        "id": offer.id,
        "description": offer.name,
        "infoText": offer.description.as_deref().unwrap_or_default(),
        "defaultEnabled": offer.default_enabled != 0,
        "hidden": false,
        "order": order,
        "inputs": inputs,
    }))
}

fn meta_of(row: &Row) -> Option<Map<String, Value>> {
    serde_json::from_slice(row.get("meta")?.as_str()?.as_bytes()).ok()
}

/// The integration that a path names, by id or provider.
pub(super) async fn integration(
    host: &impl Host,
    project_id: &str,
    id_or_provider: &str,
) -> Result<Integration, Problem> {
    let found = integration::of_project(host, project_id, id_or_provider).await?;
    found.ok_or_else(|| Code::IntegrationNotFound.into())
}
