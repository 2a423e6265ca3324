//! Zoom calls: signed, fresh, for whom, and then one question to that connection, which keeps the event before Zoom is
//! answered. Zoom waits three seconds, and sends again only what was answered with a 5xx: so whatever our own side is
//! unsure of is a 503. The rules are in `zoom::webhook`.

use std::rc::Rc;

use http::StatusCode;
use serde_json::json;

use super::{
    call::{Call, empty_answer, json_answer},
    problem::{Code, Problem},
};
use crate::{
    connection::{Answer, ConnectionName, Question},
    host::{Host, Response},
    id::is_uuid,
    record::{
        count,
        event::{self, Event},
        first_row, integration,
        webhook_secret::{self, WebhookSecrets},
    },
    secret::Text,
    shape::shape,
    time::Timestamp,
    zoom::webhook::{Happened, LONGEST_BODY, Said, Signed, encrypted_token, read},
};

/// `POST /webhook/triggers/connect/zoom/{integration}`
pub(super) async fn webhook(
    host: &impl Host,
    integration_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let received = receive(host, integration_id, call).await;
    let outcome = received.as_ref().map_or_else(|problem| problem.code.text(), |(word, _)| word);
    count::webhook(host, integration_id, outcome).await;
    received.map(|(_, answer)| answer)
}

/// What came of it, in a word, and the answer.
async fn receive(
    host: &impl Host,
    integration_id: &str,
    call: &Call,
) -> Result<(&'static str, Response), Problem> {
    let signed = Signed {
        timestamp: call.header("x-zm-request-timestamp").unwrap_or_default(),
        signature: call.header("x-zm-signature").unwrap_or_default(),
        body: call.bytes(LONGEST_BODY)?,
    };
    let secret = signing_secret(host, integration_id, &signed).await?;
    let sent_at = signed.sent_at(host.now()).ok_or(Code::WebhookStale)?;
    let said = read(signed.body, sent_at)
        .map_err(|misfit| Problem::detailed(Code::WebhookMalformed, misfit.to_string()))?;
    let outcome = match said {
        Said::Validation { plain_token } => {
            note_validation(host, integration_id).await;
            let encrypted = encrypted_token(&secret, &plain_token);
            let proof = json!({"plainToken": plain_token, "encryptedToken": encrypted});
            return Ok(("validated", json_answer(StatusCode::OK, &proof)));
        }
        Said::Deauthorized { user_id, at } => {
            deauthorize(host, integration_id, user_id, at).await?
        }
        Said::Happened(happened) => take_in(host, integration_id, happened, signed.body).await?,
        Said::Other => "unknown_event",
    };
    Ok((outcome, empty_answer(StatusCode::NO_CONTENT)))
}

/// The secret that it is signed with. What is remembered may say yes; a refusal is confirmed at the source, at most
/// once a second.
async fn signing_secret(
    host: &impl Host,
    integration_id: &str,
    signed: &Signed<'_>,
) -> Result<Rc<Text>, Problem> {
    if !is_uuid(integration_id) {
        return Err(Code::IntegrationNotFound.into());
    }
    let now = host.now();
    if let Some((known, refused)) = host.memory().webhook(integration_id, now) {
        let checked = check(known.as_ref(), signed, now);
        if checked.is_ok() || refused {
            return checked;
        }
    }
    let found = integration::by_id(host, integration_id).await?;
    let secrets = found.map(|found| WebhookSecrets::of(&found, host)).transpose()?;
    let checked = check(secrets.as_ref(), signed, now);
    host.memory().remember_webhook(integration_id, secrets, checked.is_err(), now);
    checked
}

fn check(
    secrets: Option<&WebhookSecrets>,
    signed: &Signed<'_>,
    now: Timestamp,
) -> Result<Rc<Text>, Problem> {
    let secrets = secrets.ok_or(Code::IntegrationNotFound)?;
    if secrets.deleting {
        return Err(Code::IntegrationDeleting.into());
    }
    if secrets.at(now).next().is_none() {
        return Err(Code::WebhookSecretMissing.into());
    }
    let detail = if signed.signature.is_empty() || signed.timestamp.is_empty() {
        "x-zm-signature and x-zm-request-timestamp are wanted"
    } else {
        "the signature is by another secret, or of other bytes"
    };
    let secret = secrets.at(now).find(|secret| signed.is_by(secret)).cloned();
    secret.ok_or_else(|| Problem::detailed(Code::WebhookSignatureInvalid, detail))
}

/// When it was, for people to see. Zoom's answer does not depend on it.
async fn note_validation(host: &impl Host, integration_id: &str) {
    let noted = host.tables(vec![webhook_secret::validated(integration_id, host.now())]).await;
    if let Err(error) = noted {
        Problem::from(error).report(host);
    }
}

/// Asks the connection of the user whom the event names; for an event that names no host, then that of the meeting's
/// host, as far as that was heard before.
async fn take_in(
    host: &impl Host,
    integration_id: &str,
    happened: Happened,
    body: &[u8],
) -> Result<&'static str, Problem> {
    let id = happened.id(integration_id, body);
    let sealed = event::seal_body(host, &id, body)?;
    let event = Event {
        id,
        event: happened.event,
        event_ts: happened.event_ts,
        meeting_id: happened.meeting_id,
        by_host: happened.by_host,
        received_at: host.now(),
        sealed,
    };
    if let Some(user_id) = happened.user_id
        && let Some(outcome) = offer(host, integration_id, user_id, &event).await?
    {
        return Ok(outcome);
    }
    if !event.by_host
        && let Some(host_id) = remembered_host(host, integration_id, &event).await?
        && let Some(outcome) = offer(host, integration_id, host_id, &event).await?
    {
        return Ok(outcome);
    }
    Ok("nobody")
}

/// Offers an event to the connection of a user; nothing when nobody here uses that.
async fn offer(
    host: &impl Host,
    integration_id: &str,
    provider_user_id: String,
    event: &Event,
) -> Result<Option<&'static str>, Problem> {
    let question = Question::TakeIn { event: Box::new(event.clone()) };
    match ask(host, integration_id, provider_user_id, question).await? {
        Answer::Taken { again: false } => Ok(Some("taken")),
        Answer::Taken { again: true } => Ok(Some("repeated")),
        _ => Ok(None),
    }
}

async fn remembered_host(
    host: &impl Host,
    integration_id: &str,
    event: &Event,
) -> Result<Option<String>, Problem> {
    shape! {
        struct Remembered {
            host_id: String,
        }
    }
    let Some(meeting_id) = &event.meeting_id else {
        return Ok(None);
    };
    let found = first_row(host, event::remembered_host(integration_id, meeting_id)).await?;
    Ok(found.map(|Remembered { host_id }| host_id))
}

async fn deauthorize(
    host: &impl Host,
    integration_id: &str,
    user_id: String,
    at: Timestamp,
) -> Result<&'static str, Problem> {
    Ok(match ask(host, integration_id, user_id, Question::Deauthorized { at }).await? {
        Answer::Left { .. } => "deauthorized",
        Answer::Done {} => "deauthorized_before",
        _ => "nobody",
    })
}

/// The name of a connection begins with the integration: nothing reaches another project's.
async fn ask(
    host: &impl Host,
    integration_id: &str,
    provider_user_id: String,
    question: Question,
) -> Result<Answer, Problem> {
    let name = ConnectionName { integration_id: integration_id.to_owned(), provider_user_id };
    match host.ask(&name, question).await? {
        Answer::Unavailable { part, reason } => Err(Problem::unavailable(&part, &reason)),
        answer => Ok(answer),
    }
}
