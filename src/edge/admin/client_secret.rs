//! A project's client secrets: several, so that one can be changed without an outage. Each is shown once.

use http::StatusCode;
use serde_json::json;

use super::{
    super::{
        call::{Call, json_answer},
        problem::{Code, Problem},
    },
    actor, current_project, no_content,
};
use crate::{
    host::{Host, Response},
    id::{random_text, random_uuid},
    record::{
        project::{self, StoredSecret},
        rows,
    },
    secret::{ProjectSecret, digest},
};

/// `POST projects/{project}/client-secrets`
pub(super) async fn create(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    current_project(host, id).await?;
    let secret = ProjectSecret::new(random_text::<32>(host));
    let secret_id = random_uuid(host);
    let digest = digest(secret.expose());
    let statements =
        project::insert_client_secret(id, &secret_id, &digest, &actor(call), host.now());
    host.tables(statements).await?;
    let answer = json!({"id": secret_id, "client_secret": secret.expose()});
    Ok(json_answer(StatusCode::CREATED, &answer))
}

/// `GET projects/{project}/client-secrets`
pub(super) async fn list(host: &impl Host, id: &str) -> Result<Response, Problem> {
    current_project(host, id).await?;
    let secrets: Vec<StoredSecret> = rows(host, project::client_secrets(id)).await?;
    let shown = secrets
        .iter()
        .map(|secret| json!({"id": secret.id, "created_at": secret.created_at.seconds()}));
    Ok(json_answer(StatusCode::OK, &shown.collect::<Vec<_>>()))
}

/// `DELETE projects/{project}/client-secrets/{secret}`
pub(super) async fn delete(
    host: &impl Host,
    id: &str,
    secret_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    current_project(host, id).await?;
    let statements = project::delete_client_secret(id, secret_id, &actor(call), host.now());
    let mut answers = host.tables(statements).await?.into_iter();
    let was_there = answers.next().is_some_and(|rows| !rows.is_empty());
    let is_there = answers.next_back().is_some_and(|rows| !rows.is_empty());
    host.memory().forget(id);
    match (was_there, is_there) {
        (false, _) => Err(Code::NotFound.into()),
        (true, true) => Err(Code::ClientSecretLast.into()),
        (true, false) => Ok(no_content()),
    }
}
