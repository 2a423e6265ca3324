//! What a page may know: its user with the connected accounts, and the project's integrations; in the shapes of
//! Paragon's Connect protocol.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, json_answer},
    credential::credential_json,
    problem::{Code, Problem},
};
use crate::{
    host::{Host, Response, Row},
    record::{
        grant::{self, Grant, Status},
        integration::{self, Integration},
        project::Project,
        read_row, user,
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
    let known = Known::load(host, &project.id, user_id).await?;
    let integrations: Map<String, Value> = known
        .integrations
        .iter()
        .map(|integration| (integration.provider.clone(), known.connected(integration)))
        .collect();
    let value = json!({
        "authenticated": true,
        "userId": user_id,
        "integrations": integrations,
        "meta": known.meta,
        "resources": [],
        // The published package refuses to install without these features.
        "project": {
            "id": project.id,
            "billingPlan": "enterprise",
            "accessibleFeatures": ["headless-cp", "user-metadata"],
        },
    });
    Ok(json_answer(StatusCode::OK, &value))
}

/// `PATCH …/sdk/me {meta}`
pub(super) async fn patch(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    shape! {
        struct Patch {
            meta: Map<String, Value>,
        }
    }
    let patch: Patch = call.json(user::LONGEST_META)?;
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
    let known = Known::load(host, &project.id, user_id).await?;
    let all: Vec<Value> =
        known.integrations.iter().map(|integration| known.integration_json(integration)).collect();
    Ok(json_answer(StatusCode::OK, &json!(all)))
}

/// `GET …/sdk/metadata`
pub(super) async fn metadata(host: &impl Host, project: &Project) -> Result<Response, Problem> {
    let rows = host.tables(vec![integration::all_of_project(&project.id)]).await?;
    let integrations: Vec<Integration> =
        rows.into_iter().flatten().map(read_row).collect::<Result<_, _>>()?;
    let all: Vec<Value> = integrations
        .iter()
        .map(|integration| {
            json!({
                "type": integration.provider,
                "name": zoom::NAME,
                "brandColor": zoom::BRAND_COLOR,
                "icon": zoom::ICON,
            })
        })
        .collect();
    Ok(json_answer(StatusCode::OK, &json!(all)))
}

/// All that the tables know about one user of one project.
struct Known {
    integrations: Vec<Integration>,
    grants: Vec<Grant>,
    meta: Value,
}

impl Known {
    async fn load(host: &impl Host, project_id: &str, user_id: &str) -> Result<Self, Problem> {
        let statements = vec![
            integration::all_of_project(project_id),
            grant::of_user(project_id, user_id),
            user::select_meta(project_id, user_id),
        ];
        let mut answers = host.tables(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default().into_iter();
        let (integrations, grants, metas) = (next(), next(), next());
        Ok(Self {
            integrations: integrations.map(read_row).collect::<Result<_, _>>()?,
            grants: grants.map(read_row).collect::<Result<_, _>>()?,
            meta: metas.last().and_then(|row| meta_of(&row)).unwrap_or_else(|| json!({})),
        })
    }

    fn grants_of<'a>(&'a self, integration: &'a Integration) -> impl Iterator<Item = &'a Grant> {
        self.grants.iter().filter(|grant| grant.integration_id == integration.id)
    }

    /// The entry of one integration in the user's `integrations`; there is one for each, connected or not.
    fn connected(&self, integration: &Integration) -> Value {
        let credentials: Vec<Value> = self.grants_of(integration).map(credential_json).collect();
        let configurations: Vec<Value> = credentials
            .iter()
            .filter_map(|credential| credential.get("configurations")?.as_array())
            .flatten()
            .cloned()
            .collect();
        let mut entry = json!({
            "enabled": false,
            "allCredentials": credentials,
            "allConfigurations": configurations,
            "configuredWorkflows": {},
            "sharedSettings": {},
        });
        if let (Some(current), Some(entry)) =
            (current(self.grants_of(integration)), entry.as_object_mut())
        {
            let credential = credential_json(current);
            let field = |name: &str| credential.get(name).cloned().unwrap_or_default();
            entry.insert("enabled".into(), json!(current.status == Status::Valid));
            entry.insert("credentialId".into(), json!(current.id));
            entry.insert("credentialConfigId".into(), json!(current.id));
            entry.insert("credentialStatus".into(), json!(current.status));
            entry.insert("providerId".into(), field("providerId"));
            entry.insert("providerData".into(), field("providerData"));
        }
        entry
    }

    fn integration_json(&self, integration: &Integration) -> Value {
        let connected = current(self.grants_of(integration));
        json!({
            "id": integration.id,
            "dateCreated": integration.created_at.rfc3339(),
            "dateUpdated": integration.updated_at.rfc3339(),
            "projectId": integration.project_id,
            "type": integration.provider,
            "name": zoom::NAME,
            "brandColor": zoom::BRAND_COLOR,
            "icon": zoom::ICON,
            "isActive": true,
            "authenticationType": "oauth",
            "hasCredential": connected.is_some(),
            "connectedUserLimitOnDevCred": 0,
            "connectedUserLimitReached": false,
            "needPreOauthInputs": false,
            "providerData": connected.map(super::credential::provider_data),
            "workflows": [],
            "configs": [{
                "id": integration.id,
                "integrationId": integration.id,
                "values": {
                    "accentColor": zoom::BRAND_COLOR,
                    "paragonLink": "",
                    "description": zoom::DESCRIPTION,
                    "overview": zoom::DESCRIPTION,
                    "workflowMeta": {},
                    "sharedMeta": {"inputs": []},
                },
            }],
            "sdkIntegrationConfig": {
                "oauthInputs": [],
                "accountTypes": [],
                "authConfigInputs": [],
                "postOauthInputs": [],
                "dataSources": {},
            },
        })
    }
}

/// Which of a user's accounts is meant when none is named: a usable one, the one connected last.
pub(super) fn current<'a>(grants: impl Iterator<Item = &'a Grant>) -> Option<&'a Grant> {
    grants.max_by_key(|grant| (grant.status == Status::Valid, grant.connected_at))
}

fn meta_of(row: &Row) -> Option<Value> {
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
