//! Projects: created with their first signing key and client secret, read, changed.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::{
        call::{Call, json_answer},
        integration_body::name,
        problem::{Code, Problem},
        server::Page,
    },
    LONGEST_BODY, actor, current_project,
    signing_key::{KeyWish, key_json, signing_key},
};
use crate::{
    host::{Host, Response},
    id::{random_text, random_uuid},
    record::{
        audit,
        project::{self, Change, Project},
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
    let name = name(&body.name)?;
    check_audience(body.audience.as_ref())?;
    let (key, private_key) = signing_key(host, body.signing_key).await?;
    let client_secret = ProjectSecret::new(random_text::<32>(host));
    let project = Project {
        id: random_uuid(host),
        name,
        client_id: random_uuid(host),
        origins: origins(body.origins.unwrap_or_default())?,
        audience: body.audience,
        version: 1,
        signing_keys: vec![key.clone()],
    };
    let (now, digest) = (host.now(), secret::digest(client_secret.expose()));
    let mut statements = project::insert(&project, &random_uuid(host), &digest, now);
    statements.extend(project::insert_signing_key(&project.id, &key, now));
    statements.push(audit::note(&project.id, "project.created", &actor(call), &project.id, now));
    host.tables(statements).await?;
    let mut answer = project_json(&current_project(host, &project.id).await?);
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("client_secret".into(), json!(client_secret.expose()));
        fields.insert("signing_keys".into(), json!([key_json(&key, private_key)]));
    }
    Ok(json_answer(StatusCode::CREATED, &answer))
}

/// `GET projects?offset=…&limit=…`
pub(super) async fn list(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    shape! {
        struct Listing {
            projects: Vec<project::Listed>,
            limit: i64,
            offset: i64,
        }
    }
    let Page { limit, offset } = Page::of(call)?;
    let projects = project::part(host, limit, offset).await?;
    Ok(json_answer(StatusCode::OK, &Listing { projects, limit, offset }))
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
    current_project(host, id).await?;
    if let Given::Value(wanted) = &body.audience {
        check_audience(Some(wanted))?;
    }
    let change = Change {
        name: body.name.as_deref().map(name).transpose()?,
        origins: body.origins.map(origins).transpose()?,
        audience: body.audience,
    };
    host.tables(project::patch(id, &change, &actor(call), host.now())).await?;
    let project = current_project(host, id).await?;
    Ok(json_answer(StatusCode::OK, &project_json(&project)))
}

/// Refuses an audience that no token can have.
fn check_audience(given: Option<&String>) -> Result<(), Problem> {
    if given.is_some_and(String::is_empty) {
        let detail = "audience: what `aud` of user tokens must be; null for any";
        return Err(Problem::detailed(Code::InvalidRequest, detail));
    }
    Ok(())
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
