//! Projects: created with their first signing key and client secret, read, changed.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::{
        call::{Call, json_answer},
        integration_body::name,
        problem::{Code, Problem},
    },
    LONGEST_BODY, current_project,
    signing_key::{KeyWish, key_json, signing_key},
};
use crate::{
    host::{Host, Response},
    id::{random_text, random_uuid},
    record::{
        audit,
        project::{self, Project},
    },
    secret::{self, ProjectSecret},
    shape::{Given, shape},
};

/// `POST projects`
pub(super) async fn create(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    shape! {
        struct Body {
            name: String,
            origins: Option<Vec<String>>,
            signing_key: KeyWish,
            audience: Option<String>,
        }
    }
    let body: Body = call.json(LONGEST_BODY)?;
    let (name, audience) = (name(&body.name)?, audience(body.audience)?);
    let (key, private_key) = signing_key(host, body.signing_key).await?;
    let client_secret = ProjectSecret::new(random_text::<32>(host));
    let project = Project {
        id: random_uuid(host),
        name,
        client_id: random_uuid(host),
        origins: origins(body.origins.unwrap_or_default())?,
        audience,
        version: 1,
        signing_keys: vec![key.clone()],
    };
    let (now, digest) = (host.now(), secret::digest(client_secret.expose()));
    let mut statements = project::insert(&project, &random_uuid(host), &digest, now);
    statements.extend(project::insert_signing_key(&project.id, &key, now));
    statements.push(audit::note(&project.id, "project.created", "admin", &project.id, now));
    host.tables(statements).await?;
    let mut answer = project_json(&current_project(host, &project.id).await?);
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("client_secret".into(), json!(client_secret.expose()));
        fields.insert("signing_keys".into(), json!([key_json(&key, private_key)]));
    }
    Ok(json_answer(StatusCode::CREATED, &answer))
}

/// `GET projects/{project}`
pub(super) async fn one(host: &impl Host, id: &str) -> Result<Response, Problem> {
    let project = current_project(host, id).await?;
    Ok(json_answer(StatusCode::OK, &project_json(&project)))
}

/// `PATCH projects/{project}`
pub(super) async fn patch(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    shape! {
        struct Body {
            name: Option<String>,
            origins: Option<Vec<String>>,
            audience: Given<String>,
        }
    }
    let body: Body = call.json(LONGEST_BODY)?;
    let mut project = current_project(host, id).await?;
    if let Some(wanted) = body.name {
        project.name = name(&wanted)?;
    }
    if let Some(wanted) = body.origins {
        project.origins = origins(wanted)?;
    }
    match body.audience {
        Given::Nothing => {}
        Given::Null => project.audience = None,
        Given::Value(wanted) => project.audience = audience(Some(wanted))?,
    }
    let note = audit::note(id, "project.changed", "admin", id, host.now());
    host.tables(vec![project::update(&project), note]).await?;
    let project = current_project(host, id).await?;
    Ok(json_answer(StatusCode::OK, &project_json(&project)))
}

/// An audience that a token can have.
fn audience(given: Option<String>) -> Result<Option<String>, Problem> {
    if given.as_ref().is_some_and(String::is_empty) {
        let detail = "audience: what `aud` of user tokens must be; null for any";
        return Err(Problem::detailed(Code::InvalidRequest, detail));
    }
    Ok(given)
}

/// Origins as browsers send them: scheme, host and port, nothing after.
fn origins(given: Vec<String>) -> Result<Vec<String>, Problem> {
    for origin in &given {
        // As a browser writes it: no default port, nothing in capitals.
        let sound = origin.split_once("://").is_some_and(|(scheme, rest)| {
            let usual = if scheme == "https" { ":443" } else { ":80" };
            matches!(scheme, "http" | "https")
                && rest.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[')
                && !rest.ends_with(usual)
                && rest
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]".contains(&b))
        });
        if !sound {
            let detail = format!("origins: {origin} is not an origin like https://app.example.com");
            return Err(Problem::detailed(Code::InvalidRequest, detail));
        }
    }
    Ok(given)
}

fn project_json(project: &Project) -> Value {
    let keys: Vec<Value> = project.signing_keys.iter().map(|key| json!({"id": key.id})).collect();
    json!({
        "id": project.id,
        "name": project.name,
        "client_id": project.client_id,
        "origins": project.origins,
        "audience": project.audience,
        "signing_keys": keys,
    })
}
