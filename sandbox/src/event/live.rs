//! What happens while a meeting is in progress. Its id is a text in these events.

use crate::clock::{Millis, iso};
use crate::event::Event;
use crate::meeting::Meeting;
use crate::participant::Participant;
use crate::state::User;
use crate::webhook::Json;

/// A meeting has begun.
pub(crate) fn started(host: &User, meeting: &Meeting, now: Millis) -> Event {
    Event::of_object("meeting.started", host, live(meeting), now)
}

/// A meeting is over.
pub(crate) fn ended(host: &User, meeting: &Meeting, now: Millis) -> Event {
    let object = live(meeting).and("end_time", iso(now));
    Event::of_object("meeting.ended", host, object, now)
}

/// Somebody has joined.
pub(crate) fn joined(host: &User, (meeting, who): (&Meeting, &Participant), now: Millis) -> Event {
    let participant = named(who).and("join_time", iso(now));
    let object = live(meeting).and("participant", known(participant, meeting, who));
    Event::of_object("meeting.participant_joined", host, object, now)
}

/// Somebody has left; `reason` follows Zoom's own words.
pub(crate) fn left(
    host: &User,
    (meeting, who): (&Meeting, &Participant),
    reason: Option<&str>,
    now: Millis,
) -> Event {
    let reason = reason.map(|reason| format!("<br>Reason: {reason}")).unwrap_or_default();
    let participant = named(who)
        .and("leave_time", iso(now))
        .and("leave_reason", format!("{} left the meeting.{reason}", who.name));
    let object = live(meeting).and("participant", known(participant, meeting, who));
    Event::of_object("meeting.participant_left", host, object, now)
}

fn live(meeting: &Meeting) -> Json {
    let start = meeting.started_at.map(iso).or_else(|| meeting.start_time());
    Json::object()
        .and("id", meeting.id.to_string())
        .and("uuid", meeting.uuid.as_str())
        .and("host_id", meeting.host_id.as_str())
        .and("topic", meeting.topic.as_str())
        .and("type", meeting.kind)
        .and_some("start_time", start)
        .and("timezone", meeting.timezone.as_str())
        .and("duration", meeting.duration)
}

/// Who it is: `id` is empty for somebody who is not signed in to Zoom.
fn named(who: &Participant) -> Json {
    Json::object()
        .and("user_id", who.user_id.as_str())
        .and("user_name", who.name.as_str())
        .and("id", who.zoom_user_id.as_str())
        .and("participant_uuid", who.uuid.as_str())
}

fn known(participant: Json, meeting: &Meeting, who: &Participant) -> Json {
    let is_who = |email: &str| !email.is_empty() && email.eq_ignore_ascii_case(&who.email);
    let registrant = meeting.registrants.iter().find(|registrant| is_who(&registrant.email));
    participant
        .and("email", who.email.as_str())
        .and_some("registrant_id", registrant.map(|registrant| registrant.id.as_str()))
        .and("participant_user_id", who.zoom_user_id.as_str())
}
