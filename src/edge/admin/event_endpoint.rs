//! Where a project's events go, and the secret that signs them: minted here, shown once, changed without a gap.

use http::StatusCode;
use serde_json::json;

use super::{
    super::{
        call::{Call, json_answer},
        problem::{Code, Problem},
    },
    LONGEST_BODY, actor, current_project, no_content,
};
use crate::{
    address::event_address,
    host::{Host, HostError, Response},
    record::{
        delivery::{mint_secret, open_secrets, seal_secrets},
        first_row,
        project::{self, StoredEndpoint},
    },
    shape::shape,
    time::Timestamp,
};

shape! {
    struct Body {
        url: Option<String>,
        rotate: Option<bool>,
    }
}

/// How often a change is tried again that another one came before.
const TRIES: usize = 4;

/// `PUT projects/{project}/event-endpoint`: the secret is in the answer when it was minted now.
pub(super) async fn put(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    let body: Body = call.json(LONGEST_BODY)?;
    current_project(host, id).await?;
    if let Some(url) = &body.url {
        check(host, url, call)?;
    }
    for _ in 0..TRIES {
        let stored = stored(host, id).await?;
        let url = body.url.as_ref().or(stored.event_url.as_ref());
        let url = url.ok_or_else(|| invalid("url: the address that takes the events"))?;
        let mut secrets = match &stored.event_secrets_sealed {
            Some(sealed) => open_secrets(host, id, sealed)?,
            None => Vec::new(),
        };
        let wanted = secrets.is_empty() || body.rotate.unwrap_or_default();
        let minted = wanted.then(|| mint_secret(host, &mut secrets));
        let sealed = match &minted {
            Some(_) => Some(seal_secrets(host, id, &secrets)?),
            None => stored.event_secrets_sealed.clone(),
        };
        let change = StoredEndpoint { event_url: Some(url.clone()), event_secrets_sealed: sealed };
        if replace(host, id, &stored, &change, call).await? {
            let mut answer = json!({"url": url});
            if let (Some(secret), Some(fields)) = (minted, answer.as_object_mut()) {
                fields.insert("secret".to_owned(), json!(secret.as_str()));
            }
            return Ok(json_answer(StatusCode::OK, &answer));
        }
    }
    Err(HostError::new("tables", "the event endpoint changes all the time").into())
}

/// `GET projects/{project}/event-endpoint`
pub(super) async fn one(host: &impl Host, id: &str) -> Result<Response, Problem> {
    current_project(host, id).await?;
    let stored = stored(host, id).await?;
    let (Some(url), Some(sealed)) = (stored.event_url, stored.event_secrets_sealed) else {
        return Err(Problem::detailed(Code::NotFound, "no event endpoint is set"));
    };
    let (secrets, now) = (open_secrets(host, id, &sealed)?, host.now());
    let previous = secrets.iter().filter_map(|secret| secret.until).filter(|until| now < *until);
    let until = previous.max().map(Timestamp::seconds);
    Ok(json_answer(StatusCode::OK, &json!({"url": url, "previous_secret_until": until})))
}

/// `DELETE projects/{project}/event-endpoint`: the secrets go with it.
pub(super) async fn delete(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    current_project(host, id).await?;
    let nothing = StoredEndpoint { event_url: None, event_secrets_sealed: None };
    for _ in 0..TRIES {
        let stored = stored(host, id).await?;
        if stored == nothing || replace(host, id, &stored, &nothing, call).await? {
            return Ok(no_content());
        }
    }
    Err(HostError::new("tables", "the event endpoint changes all the time").into())
}

fn check(host: &impl Host, url: &str, call: &Call) -> Result<(), Problem> {
    let settings = host.settings();
    event_address(url, &call.own_hosts(settings), settings.allow_loopback)
        .map_err(|error| invalid(format!("url: {error}")))
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::detailed(Code::InvalidRequest, detail)
}

async fn stored(host: &impl Host, id: &str) -> Result<StoredEndpoint, Problem> {
    let stored = first_row(host, project::event_endpoint(id)).await?;
    stored.ok_or_else(|| Code::ProjectNotFound.into())
}

/// Stores a change unless another one came before; whether it did.
async fn replace(
    host: &impl Host,
    id: &str,
    old: &StoredEndpoint,
    new: &StoredEndpoint,
    call: &Call,
) -> Result<bool, HostError> {
    let statements = project::replace_event_endpoint(id, old, new, &actor(call), host.now());
    let answers = host.tables(statements).await?;
    Ok(answers.into_iter().flatten().next().is_some())
}
