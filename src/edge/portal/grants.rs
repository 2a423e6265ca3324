//! What the portal's person does with a connected account: disconnects it, switches and fills in its workflows. How that
//! is done is `disconnect`'s and `enablement`'s; here it is told to the page that opened the portal, too.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    super::{
        call::{Call, empty_answer, json_answer},
        disconnect::leave,
        enablement::{LONGEST_BODY, change_in},
        problem::{Code, Problem},
        wish::{EnablementPatch, Wish},
    },
    admit,
};
use crate::{
    connection::Actor,
    host::{Host, Response},
    record::{
        first_row,
        grant::{self, Grant},
        portal::{self, Portal},
    },
    shape::{Given, shape},
};

/// `DELETE /portal/{portal}/grants/{grant}`: 204, or 202 while Zoom has still to be told. Asking twice is asking once.
pub(super) async fn disconnect(
    host: &impl Host,
    id: &str,
    grant_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let portal = admit(host, id, call).await?;
    let Some(grant) = own_grant(host, &portal, grant_id).await? else {
        let left = host.tables(vec![portal::has_left(id, grant_id)]).await?;
        let left = left.iter().any(|rows| !rows.is_empty());
        return if left {
            Ok(empty_answer(StatusCode::NO_CONTENT))
        } else {
            Err(Code::CredentialNotFound.into())
        };
    };
    host.tables(vec![portal::leaving(id, grant_id)]).await?;
    let by = Actor { who: format!("user:{}", portal.user_id), origin: call.client_ip() };
    if leave(host, &grant, by).await? {
        return Ok(json_answer(StatusCode::ACCEPTED, &json!({"revocation": "pending"})));
    }
    Ok(empty_answer(StatusCode::NO_CONTENT))
}

shape! {
    /// A workflow as the account has it now.
    struct Switched {
        /// Whether it is on.
        enabled: bool,
        /// What is filled in.
        settings: Map<String, Value>,
        /// What has to be filled in before it runs.
        missing: Vec<String>,
    }
}

/// `PATCH /portal/{portal}/grants/{grant}/workflows/{workflow} {enabled?, settings?}`
pub(super) async fn patch_workflow(
    host: &impl Host,
    id: &str,
    (grant_id, workflow_id): (&str, &str),
    call: &Call,
) -> Result<Response, Problem> {
    let portal = admit(host, id, call).await?;
    let patch: EnablementPatch = call.json(LONGEST_BODY)?;
    let grant = own_grant(host, &portal, grant_id).await?.ok_or(Code::CredentialNotFound)?;
    if matches!(patch.enabled, Given::Value(true)) && !grant.is_usable(host.now()) {
        return Err(Code::ReconnectRequired.into());
    }
    let workflows = change_in(host, &grant, &Wish::one(workflow_id, patch), Some(id)).await?;
    let changed = workflows.iter().find(|workflow| workflow.workflow_id == workflow_id);
    let changed = changed.ok_or(Code::WorkflowNotFound)?;
    let switched = Switched {
        enabled: changed.is_enabled(),
        settings: changed.filled_in(),
        missing: changed.missing(),
    };
    Ok(json_answer(StatusCode::OK, &switched))
}

/// One account of the portal's user and integration; those of others are not there.
pub(super) async fn own_grant(
    host: &impl Host,
    portal: &Portal,
    grant_id: &str,
) -> Result<Option<Grant>, Problem> {
    let named = grant::of_user_by_id(&portal.project_id, &portal.user_id, grant_id);
    let found: Option<Grant> = first_row(host, named).await?;
    Ok(found.filter(|grant| grant.integration_id == portal.integration_id))
}
