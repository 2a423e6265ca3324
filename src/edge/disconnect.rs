//! The Disconnect journey: the grant leaves its connection, which has Zoom forget the tokens when it was the last one.

use http::StatusCode;
use serde_json::json;

use super::{
    call::{Call, empty_answer, json_answer},
    credential::meant,
    me::integration,
    problem::{Code, Problem},
};
use crate::{
    connection::{Actor, Answer, Question},
    host::{Host, Response},
    record::{
        grant::{self, Grant},
        project::Project,
        rows,
    },
};

/// `DELETE …/sdk/integrations/{id}`: 204, or 202 while Zoom has still to be told. `X-Paragon-Credential` picks one
/// account of several.
pub(super) async fn disconnect(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    id_or_provider: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let integration = integration(host, &project.id, id_or_provider).await?;
    let grants: Vec<Grant> = rows(host, grant::of_user(&project.id, user_id)).await?;
    let grant = meant(&grants, &integration.id, call)?;
    let by = Actor { who: format!("user:{user_id}"), origin: call.client_ip() };
    if leave(host, grant, by).await? {
        return Ok(json_answer(StatusCode::ACCEPTED, &json!({"revocation": "pending"})));
    }
    Ok(empty_answer(StatusCode::NO_CONTENT))
}

/// The grant leaves its connection; whether Zoom has still to be told.
pub(super) async fn leave(host: &impl Host, grant: &Grant, by: Actor) -> Result<bool, Problem> {
    let question = Question::Leave { grant_id: grant.id.clone(), by };
    match host.ask(&grant.connection(), question).await? {
        Answer::Left { revocation_pending } => Ok(revocation_pending),
        Answer::Unavailable { part, reason } => Err(Problem::unavailable(&part, &reason)),
        Answer::Joined {}
        | Answer::Token { .. }
        | Answer::Refused { .. }
        | Answer::Done {}
        | Answer::Taken { .. } => Err(Code::StoreUnavailable.into()),
    }
}
