//! A grant as Paragon's Connect protocol shows it, there called a credential. Nothing of it is secret.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::{Call, json_answer},
    connect,
    problem::{Code, Problem},
};
use crate::{
    host::{Host, Response},
    record::{
        first_row,
        grant::{self, Grant},
        project::Project,
        rows,
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
    let grants: Vec<Grant> = rows(host, grant::of_user(&project.id, user_id)).await?;
    let wanted = call.parameter("integration").or_else(|| call.parameter("integrationId"));
    let all: Vec<Value> = grants
        .iter()
        .filter(|grant| {
            wanted
                .as_ref()
                .is_none_or(|name| *name == grant.provider || *name == grant.integration_id)
        })
        .map(credential_json)
        .collect();
    Ok(json_answer(StatusCode::OK, &json!(all)))
}

/// `GET …/sdk/credentials/{id}`
pub(super) async fn one(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    id: &str,
) -> Result<Response, Problem> {
    let found: Option<Grant> =
        first_row(host, grant::of_user_by_id(&project.id, user_id, id)).await?;
    let grant = found.ok_or(Code::CredentialNotFound)?;
    Ok(json_answer(StatusCode::OK, &credential_json(&grant)))
}

/// `POST …/sdk/credentials {payload: {session}}`: the page tells what the popup told it; the session says what is true.
pub(super) async fn from_session(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    shape! {
        struct Body {
            payload: Payload,
        }
    }
    shape! {
        struct Payload {
            session: String,
        }
    }
    let body: Body = call.json(64 * 1024)?;
    let grant_id = connect::granted(host, project, user_id, &body.payload.session).await?;
    one(host, project, user_id, &grant_id).await
}

/// A grant in the words of the protocol.
pub(super) fn credential_json(grant: &Grant) -> Value {
    let created = grant.created_at.rfc3339();
    let updated = grant.updated_at.rfc3339();
    json!({
        "id": grant.id,
        "projectId": grant.project_id,
        "integrationId": grant.integration_id,
        "personaId": grant.user_id,
        "providerId": grant.provider_user_id,
        "providerData": provider_data(grant),
        "status": grant.status,
        "isPreviewCredential": false,
        "refreshFailureCount": 0,
        "dateCreated": created,
        "dateUpdated": updated,
        "dateRefreshed": updated,
        "config": {"configuredWorkflows": {}},
        "configurations": [{
            "id": grant.id,
            "connectCredentialId": grant.id,
            "dateCreated": created,
            "dateUpdated": updated,
            "workflowSettings": {},
            "sharedSettings": {},
            "configMeta": {},
            "isDefault": true,
        }],
    })
}

/// Whose account it is.
pub(super) fn provider_data(grant: &Grant) -> Value {
    json!({
        "email": grant.email,
        "name": grant.display_name,
        "accountId": grant.account_id,
        "userId": grant.provider_user_id,
        "scope": grant.scope,
    })
}
