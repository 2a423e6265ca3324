//! What Zoom says by webhook: whether it is signed and fresh, and, once that is sure, what it says and whom it is for.
//! Pure rules; `edge/webhook.rs` is the journey.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::trigger;
use crate::{
    id::derived_id,
    secret::{self, Text, hex},
    shape::{Misfit, read_text},
    time::{MINUTE, SECOND, Timestamp},
};

/// A body is at most so long, in bytes.
pub const LONGEST_BODY: usize = 1024 * 1024;
/// Zoom repeats an event for 85 minutes; whatever is signed for an older time is not Zoom's, in milliseconds.
const OLDEST: i64 = 90 * MINUTE;
/// So far Zoom's clock may be ahead of ours, in milliseconds.
const AHEAD: i64 = 5 * MINUTE;
/// The last millisecond of the year 9999: a time beyond is none.
const LATEST: i64 = 253_402_300_799_999;
/// Zoom's ids of users and meetings are much shorter, in characters.
const LONGEST_ID: usize = 200;

/// A body as it came, with the headers that vouch for it.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `x-zm-request-timestamp`, in seconds.
    pub timestamp: &'a str,
    /// `x-zm-signature`
    pub signature: &'a str,
    /// The exact bytes: Zoom escapes some characters and others not, so that a body written anew is another one.
    pub body: &'a [u8],
}

impl Signed<'_> {
    /// Whether it is signed with this secret.
    pub fn is_by(&self, secret: &Text) -> bool {
        let code = code(secret, &[b"v0:", self.timestamp.as_bytes(), b":", self.body]);
        code.is_some_and(|code| secret::equal(&format!("v0={code}"), self.signature))
    }

    /// When Zoom sent it, if that is neither too long ago nor to come.
    pub fn sent_at(&self, now: Timestamp) -> Option<Timestamp> {
        let seconds: i64 = self.timestamp.parse().ok()?;
        let at = Timestamp(seconds.saturating_mul(SECOND));
        (-AHEAD..=OLDEST).contains(&now.since(at)).then_some(at)
    }
}

/// The answer to a validation: it proves that we have the secret.
pub fn encrypted_token(secret: &Text, plain_token: &str) -> String {
    code(secret, &[plain_token.as_bytes()]).unwrap_or_default()
}

/// The HMAC-SHA256 of some parts, as hex.
fn code(secret: &Text, parts: &[&[u8]]) -> Option<String> {
    // Any length of key will do.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(hex(&mac.finalize().into_bytes()))
}

/// What Zoom says.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// Show that you have the secret.
    Validation {
        /// What to sign.
        plain_token: String,
    },
    /// A user has removed the app.
    Deauthorized {
        /// Zoom's id of the user.
        user_id: String,
        /// When.
        at: Timestamp,
    },
    /// Something happened that is a trigger here.
    Happened(Happened),
    /// Something else happened.
    Other,
}

/// Something that happened, and whom it is for.
#[derive(Debug, PartialEq, Eq)]
pub struct Happened {
    /// Zoom's word.
    pub event: String,
    /// When, as Zoom says.
    pub event_ts: Timestamp,
    /// The meeting that it is about.
    pub meeting_id: Option<String>,
    /// The user that the event names: the meeting's host, or else who did it.
    pub user_id: Option<String>,
    /// Whether that is the host.
    pub by_host: bool,
    /// What tells it from everything else that happened; nothing when too little is said.
    identity: Option<Vec<String>>,
}

impl Happened {
    /// The same for the same event, however often it is sent, with whatever headers.
    pub fn id(&self, integration_id: &str, body: &[u8]) -> String {
        let digest = hex(&Sha256::digest(body));
        let mut parts = vec![integration_id];
        match &self.identity {
            Some(identity) => parts.extend(identity.iter().map(String::as_str)),
            None => parts.push(&digest),
        }
        derived_id("e", &parts)
    }
}

/// Reads a body that was signed and sent at this time.
pub fn read(body: &[u8], sent_at: Timestamp) -> Result<Said, Misfit> {
    let body: Value = read_text(body)?;
    let event = body.get("event").and_then(Value::as_str);
    let event = event.ok_or_else(|| misfit("a text is wanted", &body, "/event"))?;
    if event == "endpoint.url_validation" {
        let wanted = "1 to 128 letters, digits, - and _ are wanted";
        let plain_token = at(&body, "/payload/plainToken").as_str().filter(|text| is_token(text));
        let plain_token =
            plain_token.ok_or_else(|| misfit(wanted, &body, "/payload/plainToken"))?;
        return Ok(Said::Validation { plain_token: plain_token.to_owned() });
    }
    if event == "app_deauthorized" {
        let user_id = id_at(&body, "/payload/user_id");
        let user_id =
            user_id.ok_or_else(|| misfit("an id is wanted", &body, "/payload/user_id"))?;
        // Of what may be a repetition, only the first time it was said is sure: a consent since then stands.
        let at = deauthorized_at(&body).unwrap_or(sent_at.plus(-OLDEST));
        return Ok(Said::Deauthorized { user_id, at });
    }
    if trigger::by_event(event).is_none() {
        return Ok(Said::Other);
    }
    Ok(Said::Happened(happened(event, &body, sent_at)?))
}

fn happened(event: &str, body: &Value, sent_at: Timestamp) -> Result<Happened, Misfit> {
    let object = "/payload/object";
    if !at(body, object).is_object() {
        return Err(misfit("an object is wanted", body, object));
    }
    let event_ts = at(body, "/event_ts").as_i64().filter(|time| (0..=LATEST).contains(time));
    let host = at(body, "/payload/object/host_id");
    let by_host = !host.is_null() && host != "";
    let user_id = if by_host {
        let host_id = id_at(body, "/payload/object/host_id");
        // What the host's own id does not say is nobody else's to hear.
        Some(host_id.ok_or_else(|| misfit("an id is wanted", body, "/payload/object/host_id"))?)
    } else {
        id_at(body, "/payload/operator_id")
    };
    Ok(Happened {
        event: event.to_owned(),
        event_ts: event_ts.map_or(sent_at, Timestamp),
        meeting_id: id_at(body, "/payload/object/id"),
        user_id,
        by_host,
        identity: identity(event, event_ts, body),
    })
}

/// Event, time, account, meeting and person.
fn identity(event: &str, event_ts: Option<i64>, body: &Value) -> Option<Vec<String>> {
    let said = |pointer: &str| text_at(body, pointer).unwrap_or_default();
    let uuid = text_at(body, "/payload/object/uuid");
    let meeting = uuid.or_else(|| text_at(body, "/payload/object/id"))?;
    let person: &[&str] = match event {
        "meeting.registration_created" => &["/payload/object/registrant/id"],
        "meeting.participant_joined" | "meeting.participant_left" => &[
            "/payload/object/participant/participant_uuid",
            "/payload/object/participant/user_id",
            "/payload/object/participant/id",
            "/payload/object/participant/participant_user_id",
        ],
        _ => &[],
    };
    let ids: Vec<String> = person.iter().map(|pointer| said(pointer)).collect();
    if !ids.is_empty() && ids.iter().all(String::is_empty) {
        return None;
    }
    let account = said("/payload/account_id");
    let mut identity = vec![event.to_owned(), event_ts?.to_string(), account, meeting];
    identity.extend(ids);
    Some(identity)
}

/// When the app was removed. A text that names only the second stands for its beginning: a consent within it counts.
fn deauthorized_at(body: &Value) -> Option<Timestamp> {
    let places = ["/payload/deauthorization_time", "/payload/event_ts", "/event_ts"];
    places.iter().find_map(|pointer| match at(body, pointer) {
        Value::String(text) => {
            let number = || text.parse().ok().map(Timestamp);
            Timestamp::parse_rfc3339(text).or_else(number)
        }
        value => value.as_i64().map(Timestamp),
    })
}

fn is_token(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=128).contains(&text.len()) && text.bytes().all(sound)
}

/// An id that can be one.
fn id_at(body: &Value, pointer: &str) -> Option<String> {
    text_at(body, pointer).filter(|id| id.chars().count() <= LONGEST_ID)
}

/// A text that is not empty, or a number as text.
fn text_at(body: &Value, pointer: &str) -> Option<String> {
    match at(body, pointer) {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn at<'a>(body: &'a Value, pointer: &str) -> &'a Value {
    body.pointer(pointer).unwrap_or(&Value::Null)
}

fn misfit(wanted: &'static str, body: &Value, pointer: &str) -> Misfit {
    let names = pointer.rsplit('/').filter(|name| !name.is_empty());
    names.fold(Misfit::new(wanted, at(body, pointer)), Misfit::within)
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
