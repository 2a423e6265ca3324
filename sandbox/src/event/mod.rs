//! What Zoom tells apps: each event in Zoom's shape, and which apps hear it. Sending is
//! `crate::webhook`'s. The shapes are those of Zoom's webhook reference, samples and field order
//! included; fields that the sandbox has nothing to say about are left out.

mod app; //       app_deauthorized
mod live; //      meeting.started, .participant_joined, .participant_left, .ended
mod meeting; //   meeting.created, .updated, .deleted, .registration_created
mod recording; // recording.started, .completed, .transcript_completed

pub(crate) use app::deauthorized;
pub(crate) use live::{ended, joined, left, started};
pub(crate) use meeting::{created, deleted, occurrence_updated, registration_created, updated};
pub(crate) use recording::{completed, recording_started, transcript_completed};

use axum::body::Bytes;

use crate::clock::Millis;
use crate::state::{State, User};
use crate::webhook::Json;

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    name: &'static str,
    body: Json,
}

impl Event {
    /// An event in the usual envelope.
    fn new(name: &'static str, payload: Json, now: Millis) -> Self {
        let body = Json::object().and("event", name).and("event_ts", now).and("payload", payload);
        Self { name, body }
    }

    /// The payload of something that happened without an operator.
    fn of_object(name: &'static str, host: &User, object: Json, now: Millis) -> Self {
        let account_id = host.account_id.as_str();
        Self::new(name, Json::object().and("account_id", account_id).and("object", object), now)
    }
}

/// Queues an event of a user for every validated endpoint that chose it, of each app that may hear
/// of this user.
pub(crate) fn emit(state: &mut State, user_id: &str, event: &Event, now: Millis) {
    let State { records, webhooks, .. } = state;
    let mut to = webhooks.listening(event.name);
    to.retain(|(client_id, _)| records.hears_of(client_id, user_id, now));
    send(state, &to, event);
}

/// Queues an event for one app, which needs nobody's consent.
pub(crate) fn emit_to(state: &mut State, client_id: &str, event: &Event) {
    let mut to = state.webhooks.listening(event.name);
    to.retain(|(listening, _)| listening == client_id);
    send(state, &to, event);
}

fn send(state: &mut State, to: &[(String, String)], event: &Event) {
    if to.is_empty() {
        return;
    }
    let body = Bytes::from(event.body.text());
    for to in to {
        state.webhooks.queue(event.name, to, body.clone());
    }
}
