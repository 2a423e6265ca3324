//! What starts workflows from a page or a server: an event of the product's own, and a request that a Response step may
//! answer (`reply`). Which workflows are on is the tables' to say; what a run does is `run`'s.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    call::{Call, json_answer},
    credential::meant,
    problem::{Code, Problem},
    reply,
};
use crate::{
    host::{BUFFER_LIMIT, Host, HostError, Response},
    id::{derived_id, random_text},
    record::{
        first_row,
        grant::{self, Grant},
        project::Project,
        read_rows, rows,
        run::Run,
        run_text, start,
        workflow::Candidate,
    },
    run::{self, Cause, new_run},
    shape::shape,
};

/// What an event brings is at most this long, as JSON, in bytes.
const LONGEST_PAYLOAD: usize = 64 * 1024;
/// What else is in the body has room in these.
const LONGEST_REST: usize = 4 * 1024;
/// Names and keys have at most so many bytes.
const LONGEST_NAME: usize = 200;
/// What never comes into a run.
const HIDDEN: [&str; 5] =
    ["authorization", "cookie", "proxy-authorization", "cf-connecting-ip", "x-real-ip"];

shape! {
    /// An event of the product's own.
    pub(super) struct AppEvent {
        /// Which, as the workflows name it.
        pub name: String,
        /// What it brings: `{{trigger.…}}`.
        pub payload: Option<Value>,
        /// Only for this one of the user's grants.
        pub grant_id: Option<String>,
    }
}

shape! {
    /// What came of an event of the product's own.
    pub(super) struct AppEventTaken {
        /// Its id.
        pub id: String,
        /// So many runs begin.
        pub runs: i64,
    }
}

shape! {
    /// A deployed workflow that a request starts.
    struct Asked {
        integration_id: String,
        version: i64,
        definition: String,
    }
}

/// `POST …/sdk/events/trigger {name, payload}`
pub(super) async fn app_event(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let taken = app_event_of(host, &project.id, user_id, call).await?;
    Ok(json_answer(StatusCode::CREATED, &taken))
}

/// An event of the product's own, for one user: every workflow that waits for it and is on, for each usable grant, or for
/// the one that is named. Under the same `idempotency-key` it is the same event.
pub(super) async fn app_event_of(
    host: &impl Host,
    project_id: &str,
    user_id: &str,
    call: &Call,
) -> Result<AppEventTaken, Problem> {
    let event: AppEvent = call.json(LONGEST_PAYLOAD + LONGEST_REST)?;
    if event.name.trim().is_empty() || event.name.len() > LONGEST_NAME {
        let detail = format!("name: a text of 1 to {LONGEST_NAME} bytes is wanted");
        return Err(Problem::detailed(Code::InvalidRequest, detail));
    }
    let payload = event.payload.unwrap_or_else(|| json!({})).to_string();
    if payload.len() > LONGEST_PAYLOAD {
        return Err(Code::PayloadTooLarge.into());
    }
    let id = event_id(host, "app", &[project_id, user_id, &event.name], call)?;
    let key = format!("event/{}", event.name);
    let named = call.header("x-paragon-credential").or(event.grant_id.as_deref());
    let mut grants: Vec<Grant> = rows(host, grant::of_user(project_id, user_id)).await?;
    let now = host.now();
    grants.retain(|one| one.is_usable(now) && named.is_none_or(|id| one.id == id));
    let mut runs = Vec::new();
    for (one, grant) in waiting(host, &key, &grants).await? {
        if !one.is_on() {
            continue;
        }
        runs.push((run_of(host, grant, &one, &id), payload.clone()));
    }
    store_and_start(host, &runs).await?;
    Ok(AppEventTaken { id, runs: i64::try_from(runs.len()).unwrap_or(i64::MAX) })
}

/// The workflows that wait for this and are switched on, each with the grant that it is switched on for. Whether everything
/// is filled in is to be looked at.
async fn waiting<'a>(
    host: &impl Host,
    key: &str,
    grants: &'a [Grant],
) -> Result<Vec<(Candidate, &'a Grant)>, HostError> {
    let keys = vec![key.to_owned()];
    let one =
        |grant: &Grant| start::switched_on(&grant.integration_id, &keys, &vec![grant.id.clone()]);
    let statements: Vec<_> = grants.iter().map(one).collect();
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    let found = host.tables(statements).await?.into_iter().flatten();
    let found = read_rows::<Candidate>(found)?.into_iter();
    let with_grant = |one: Candidate| {
        let grant = grants.iter().find(|grant| grant.id == one.grant_id)?;
        Some((one, grant))
    };
    Ok(found.filter_map(with_grant).collect())
}

/// `POST …/sdk/triggers/{workflow}`
pub(super) async fn request(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    workflow_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let asked: Option<Asked> = first_row(host, start::answering(&project.id, workflow_id)).await?;
    let asked = asked.ok_or(Code::WorkflowNotFound)?;
    let grants: Vec<Grant> = rows(host, grant::of_user(&project.id, user_id)).await?;
    let grant = meant(&grants, &asked.integration_id, call)?;
    if !grant.is_usable(host.now()) {
        return Err(Code::ReconnectRequired.into());
    }
    let on = waiting(host, "request", std::slice::from_ref(grant)).await?;
    let found = on.into_iter().find(|(one, _)| one.workflow_id == workflow_id);
    let (mut candidate, _) = found.ok_or(Code::WorkflowNotEnabled)?;
    if !candidate.is_on() {
        let missing = candidate.missing().join(", ");
        return Err(Problem::detailed(Code::SettingsMissing, missing));
    }
    // What is answered and wanted is that version's.
    candidate.version = asked.version;
    let definition: Value = serde_json::from_str(&asked.definition).unwrap_or_default();
    let input = input(call)?;
    all_there(&definition, &input)?;
    let input = input.to_string();
    if input.len() > run_text::LONGEST {
        return Err(Code::PayloadTooLarge.into());
    }
    let id = event_id(host, "req", &[&project.id, user_id, workflow_id], call)?;
    let run = run_of(host, grant, &candidate, &id);
    let submitted = host.now();
    store_and_start(host, &[(run.clone(), input)]).await?;
    if !reply::is_awaited(&definition) {
        return Ok(reply::accepted(&run, submitted));
    }
    reply::reply(host, &run, submitted).await
}

/// The id of what happened: the same under the same `idempotency-key`, else one of its own.
fn event_id(
    host: &impl Host,
    prefix: &str,
    about: &[&str],
    call: &Call,
) -> Result<String, Problem> {
    let Some(key) = call.header("idempotency-key") else {
        return Ok(format!("{prefix}_{}", random_text::<16>(host)));
    };
    if key.len() > LONGEST_NAME {
        let detail = format!("idempotency-key: at most {LONGEST_NAME} bytes");
        return Err(Problem::detailed(Code::InvalidRequest, detail));
    }
    let parts: Vec<_> = about.iter().copied().chain([key]).collect();
    Ok(derived_id(prefix, &parts))
}

fn run_of(host: &impl Host, grant: &Grant, one: &Candidate, event_id: &str) -> Run {
    new_run(grant, &Cause::of(event_id, one), host.now())
}

/// What is stored will run, also when the engine cannot be told of it now.
async fn store_and_start(host: &impl Host, runs: &[(Run, String)]) -> Result<(), Problem> {
    let queued = run::store_with(host, runs).await?;
    if let Err(error) = run::start(host, &queued).await {
        Problem::from(error).report(host);
    }
    Ok(())
}

/// What a request brings into its run: `headers`, `body` and `params`.
fn input(call: &Call) -> Result<Value, Problem> {
    let mut headers = Map::new();
    for (name, value) in call.headers.iter() {
        if !HIDDEN.contains(&name) {
            headers.insert(name.to_owned(), json!(value));
        }
    }
    let query = call.query.as_deref().unwrap_or_default();
    Ok(json!({"headers": headers, "body": body(call)?, "params": pairs(query.as_bytes())}))
}

fn body(call: &Call) -> Result<Value, Problem> {
    let bytes = call.bytes(BUFFER_LIMIT)?;
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    let kind = call.header("content-type").unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        return Ok(Value::Object(pairs(bytes)));
    }
    let text = || json!(String::from_utf8_lossy(bytes));
    Ok(serde_json::from_slice(bytes).unwrap_or_else(|_| text()))
}

fn pairs(text: &[u8]) -> Map<String, Value> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(text).unwrap_or_default();
    pairs.into_iter().map(|(name, value)| (name, json!(value))).collect()
}

/// Refuses a request without what its workflow wants.
fn all_there(definition: &Value, input: &Value) -> Result<(), Problem> {
    let required = definition.pointer("/trigger/required").and_then(Value::as_array);
    let missing = |wanted: &Value| {
        let (part, key) = (wanted.get("part")?.as_str()?, wanted.get("key")?.as_str()?);
        let key = if part == "headers" { key.to_ascii_lowercase() } else { key.to_owned() };
        let there = input.get(part).and_then(|part| part.get(&key)).is_some_and(|v| !v.is_null());
        (!there).then(|| format!("{part}.{key}"))
    };
    let missing: Vec<_> = required.into_iter().flatten().filter_map(missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("missing: {}", missing.join(", "));
    Err(Problem::detailed(Code::InvalidRequest, detail))
}
