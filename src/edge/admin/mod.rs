//! The operator's bootstrap, under the admin secret: projects with their keys and origins, and their Zoom integration.
//! What is minted is shown once. No route here or elsewhere makes a user token.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    call::{Call, empty_answer, json_answer},
    problem::{Code, Problem},
    route::AdminRoute,
    user::confirmed_project,
};
use crate::{
    host::{Host, PublicKey, Response},
    id::{derived_uuid, random_text, random_uuid},
    public_key,
    record::{
        audit, copy,
        integration::{self, Integration},
        project::{self, Project, SigningKey},
        read_row,
    },
    secret::{self, ClientSecret, ProjectSecret},
    shape::{Given, shape},
    zoom,
};

/// Bodies here are at most this long, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// Answers one request of the operator.
pub(super) async fn admin(
    host: &impl Host,
    route: &AdminRoute,
    call: &Call,
) -> Result<Response, Problem> {
    let expected = host.settings().admin_digest.as_ref().ok_or(Code::AdminClosed)?;
    copy::ring(host)?;
    let given = call.bearer().ok_or(Code::AdminSecretInvalid)?;
    if !secret::equal(&secret::digest(given.expose()), expected) {
        return Err(Code::AdminSecretInvalid.into());
    }
    match route {
        AdminRoute::NewProject => new_project(host, call).await,
        AdminRoute::Project(id) => {
            host.memory().forget(id);
            let project = confirmed_project(host, id).await?;
            Ok(json_answer(StatusCode::OK, &project_json(&project)))
        }
        AdminRoute::PatchProject(id) => patch_project(host, id, call).await,
        AdminRoute::NewSigningKey(id) => new_signing_key(host, id, call).await,
        AdminRoute::DeleteSigningKey(id, key) => delete_signing_key(host, id, key).await,
        AdminRoute::PutIntegration(id, provider) => put_integration(host, id, provider, call).await,
        AdminRoute::NewClientSecret(_)
        | AdminRoute::ClientSecrets(_)
        | AdminRoute::DeleteClientSecret(..)
        | AdminRoute::PutEventEndpoint(_)
        | AdminRoute::EventEndpoint(_)
        | AdminRoute::DeleteEventEndpoint(_)
        | AdminRoute::Keys
        | AdminRoute::Sweep => Err(Code::NotFound.into()),
        AdminRoute::Nowhere if call.method == Method::OPTIONS => Err(Code::MethodNotAllowed.into()),
        AdminRoute::Nowhere => Err(Code::NotFound.into()),
    }
}

shape! {
    /// How a project gets a user-token key.
    struct KeyWish {
        generate: Option<bool>,
        pem: Option<String>,
        jwk: Option<Value>,
    }
}

async fn new_project(host: &impl Host, call: &Call) -> Result<Response, Problem> {
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
    host.memory().forget(&project.id);
    let mut answer = project_json(&confirmed_project(host, &project.id).await?);
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("client_secret".into(), json!(client_secret.expose()));
        fields.insert("signing_keys".into(), json!([key_json(&key, private_key)]));
    }
    Ok(json_answer(StatusCode::CREATED, &answer))
}

async fn patch_project(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    shape! {
        struct Body {
            name: Option<String>,
            origins: Option<Vec<String>>,
            audience: Given<String>,
        }
    }
    let body: Body = call.json(LONGEST_BODY)?;
    host.memory().forget(id);
    let mut project = confirmed_project(host, id).await?;
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
    host.memory().forget(id);
    let project = confirmed_project(host, id).await?;
    Ok(json_answer(StatusCode::OK, &project_json(&project)))
}

async fn new_signing_key(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    host.memory().forget(id);
    confirmed_project(host, id).await?;
    let (key, private_key) = signing_key(host, call.json(LONGEST_BODY)?).await?;
    let now = host.now();
    let mut statements = project::insert_signing_key(id, &key, now);
    statements.push(audit::note(id, "signing_key.created", "admin", &key.id, now));
    host.tables(statements).await?;
    host.memory().forget(id);
    confirmed_project(host, id).await?;
    Ok(json_answer(StatusCode::CREATED, &key_json(&key, private_key)))
}

async fn delete_signing_key(host: &impl Host, id: &str, key: &str) -> Result<Response, Problem> {
    host.memory().forget(id);
    let project = confirmed_project(host, id).await?;
    if !project.signing_keys.iter().any(|known| known.id == key) {
        return Err(Code::NotFound.into());
    }
    let mut statements = project::delete_signing_key(id, key);
    statements.push(audit::note(id, "signing_key.deleted", "admin", key, host.now()));
    host.tables(statements).await?;
    host.memory().forget(id);
    confirmed_project(host, id).await?;
    Ok(empty_answer(StatusCode::NO_CONTENT))
}

async fn put_integration(
    host: &impl Host,
    project_id: &str,
    provider: &str,
    call: &Call,
) -> Result<Response, Problem> {
    shape! {
        struct Body {
            client_id: String,
            client_secret: String,
            scopes: Option<Vec<String>>,
        }
    }
    if provider != zoom::PROVIDER {
        return Err(Problem::detailed(Code::NotFound, "the provider is `zoom`"));
    }
    let body: Body = call.json(LONGEST_BODY)?;
    if body.client_id.is_empty() || body.client_secret.is_empty() {
        let detail = "client_id and client_secret of the Zoom app are needed";
        return Err(Problem::detailed(Code::InvalidRequest, detail));
    }
    host.memory().forget(project_id);
    confirmed_project(host, project_id).await?;
    let (id, now) = (derived_uuid(&["integration", project_id, provider]), host.now());
    let secret = ClientSecret::new(body.client_secret);
    let wanted = Integration {
        client_secret_sealed: integration::seal_secret(host, &id, &secret)?,
        id: id.clone(),
        project_id: project_id.to_owned(),
        provider: provider.to_owned(),
        client_id: body.client_id,
        scope: body.scopes.unwrap_or_default().join(" "),
        created_at: now,
        updated_at: now,
        name: String::new(),
        redirect_uris: "[]".to_owned(),
        expires_in: 0,
        webhook_secret_sealed: None,
        plan: None,
        deleting_at: None,
    };
    let note = audit::note(project_id, "integration.saved", "admin", &id, now);
    let mut rows = host.tables(vec![integration::put(&wanted), note]).await?.into_iter().flatten();
    let saved: Integration = read_row(rows.next().unwrap_or_default())?;
    let answer = integration_json(&saved, call.own_origin(host.settings()));
    Ok(json_answer(StatusCode::OK, &answer))
}

/// An integration with the two addresses that Zoom has to know.
fn integration_json(integration: &Integration, origin: &str) -> Value {
    let id = &integration.id;
    json!({
        "id": id,
        "provider": integration.provider,
        "client_id": integration.client_id,
        "redirect_url": format!("{origin}/oauth"),
        "webhook_url": format!("{origin}/webhook/triggers/connect/zoom/{id}"),
    })
}

async fn signing_key(
    host: &impl Host,
    wish: KeyWish,
) -> Result<(SigningKey, Option<String>), Problem> {
    let invalid = |error: public_key::KeyError| {
        Problem::detailed(Code::InvalidRequest, format!("signing_key: {error}"))
    };
    let (key, private_key): (PublicKey, _) =
        match (wish.generate.unwrap_or_default(), wish.pem, wish.jwk) {
            (true, None, None) => {
                let (key, private_key) = host.generate_rs256().await?;
                (key, Some(private_key))
            }
            (false, Some(pem), None) => (public_key::from_pem(&pem).map_err(invalid)?, None),
            (false, None, Some(jwk)) => (public_key::from_jwk(&jwk).map_err(invalid)?, None),
            _ => {
                let detail = "signing_key: one of {\"generate\":true}, {\"pem\":…}, {\"jwk\":…}";
                return Err(Problem::detailed(Code::InvalidRequest, detail));
            }
        };
    Ok((SigningKey { id: random_uuid(host), n: key.n, e: key.e }, private_key))
}

/// A name that people can read.
fn name(given: &str) -> Result<String, Problem> {
    let name = given.trim();
    if name.is_empty() || name.len() > 200 {
        let detail = "name: 1 to 200 bytes";
        return Err(Problem::detailed(Code::InvalidRequest, detail));
    }
    Ok(name.to_owned())
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

fn key_json(key: &SigningKey, private_key: Option<String>) -> Value {
    let mut value = json!({"id": key.id});
    if let (Some(private_key), Some(fields)) = (private_key, value.as_object_mut()) {
        fields.insert("private_key".to_owned(), json!(private_key));
    }
    value
}
