//! What happens to a meeting's plan. Its id is a number in these events.

use std::collections::BTreeSet;

use crate::clock::{Millis, iso};
use crate::event::Event;
use crate::meeting::{Meeting, Occurrence};
use crate::recurrence::Recurrence;
use crate::registrants::Registrant;
use crate::state::User;
use crate::webhook::Json;

/// The settings that `meeting.created` tells.
const TOLD_SETTINGS: [&str; 5] =
    ["use_pmi", "alternative_hosts", "join_before_host", "jbh_time", "meeting_invitees"];

/// A user has created a meeting.
pub(crate) fn created(host: &User, meeting: &Meeting, base_url: &str, now: Millis) -> Event {
    let settings = TOLD_SETTINGS.iter().fold(Json::object(), |told, name| {
        told.and_some(name, meeting.settings.get(*name).cloned())
    });
    let object = planned(meeting)
        .and("join_url", meeting.join_url(base_url))
        .and("password", meeting.password.as_str())
        .and_some("occurrences", occurrences(meeting))
        .and_some("recurrence", meeting.recurrence.as_ref().map(Recurrence::told))
        .and("settings", settings);
    let payload = operated(host).and_some("operation", all_if_recurring(meeting));
    Event::new("meeting.created", payload.and("object", object), now)
}

/// A user has changed a meeting: only what changed is told, before and after, and its id. `None`
/// when nothing changed.
pub(crate) fn updated(
    host: &User,
    (before, after): (&Meeting, &Meeting),
    base_url: &str,
    now: Millis,
) -> Option<Event> {
    let (mut object, mut old) = (Json::object(), Json::object());
    for ((name, old_value), (_, value)) in
        editable(before, base_url).into_iter().zip(editable(after, base_url))
    {
        if old_value != value {
            object = object.and_some(name, value);
            old = old.and_some(name, old_value);
        }
    }
    let (settings, old_settings) = changed_settings(before, after);
    if !settings.is_empty_object() {
        object = object.and("settings", settings);
        old = old.and("settings", old_settings);
    }
    if object.is_empty_object() && old.is_empty_object() {
        return None;
    }
    Some(changed(host, (after.id, all_if_recurring(after)), (object, old), now))
}

/// A user has changed one occurrence. `None` when nothing changed.
pub(crate) fn occurrence_updated(
    host: &User,
    before: &Meeting,
    after: &Meeting,
    now: Millis,
) -> Option<Event> {
    let is_other =
        |(a, b): &(&Occurrence, &Occurrence)| (a.start, a.duration) != (b.start, b.duration);
    let (old, new) = before.occurrences.iter().zip(&after.occurrences).find(is_other)?;
    let told = |one: &Occurrence| {
        Json::object().and("occurrences", [one.told()].into_iter().collect::<Json>())
    };
    Some(changed(host, (after.id, Some("single")), (told(new), told(old)), now))
}

fn changed(
    host: &User,
    (id, scope): (u64, Option<&str>),
    (object, old): (Json, Json),
    now: Millis,
) -> Event {
    let payload = operated(host)
        .and_some("scope", scope)
        .and("time_stamp", now)
        .and("object", with_id(id, object))
        .and("old_object", with_id(id, old));
    Event::new("meeting.updated", payload, now)
}

/// A user has deleted a meeting, or one occurrence of it.
pub(crate) fn deleted(
    host: &User,
    meeting: &Meeting,
    one: Option<&Occurrence>,
    now: Millis,
) -> Event {
    let occurrence = one.map(|one| [one.told()].into_iter().collect::<Json>());
    let operation = one.map_or(all_if_recurring(meeting), |_| Some("single"));
    let object = planned(meeting).and_some("occurrences", occurrence);
    let payload = operated(host).and_some("operation", operation).and("object", object);
    Event::new("meeting.deleted", payload, now)
}

/// Somebody has registered for a meeting.
pub(crate) fn registration_created(
    host: &User,
    (meeting, registrant): (&Meeting, &Registrant),
    base_url: &str,
    now: Millis,
) -> Event {
    let start = |o: &Occurrence| {
        Json::object().and("occurrence_id", o.id.as_str()).and("start_time", iso(o.start))
    };
    let chosen = registrant.occurrences(meeting);
    let occurrences: Json = chosen.iter().map(|occurrence| start(occurrence)).collect();
    let object = planned(meeting)
        .and_some("occurrences", (!chosen.is_empty()).then_some(occurrences))
        .and("registrant", registrant.told(meeting, base_url));
    Event::of_object("meeting.registration_created", host, object, now)
}

/// What most of these events begin with.
fn planned(meeting: &Meeting) -> Json {
    Json::object()
        .and("uuid", meeting.uuid.as_str())
        .and("id", meeting.id)
        .and("host_id", meeting.host_id.as_str())
        .and("topic", meeting.topic.as_str())
        .and("type", meeting.kind)
        .and_some("start_time", meeting.start_time())
        .and("duration", meeting.duration)
        .and("timezone", meeting.timezone.as_str())
}

/// The host is the operator: nobody else can change a meeting here.
fn operated(host: &User) -> Json {
    Json::object()
        .and("account_id", host.account_id.as_str())
        .and("operator", host.email.as_str())
        .and("operator_id", host.id.as_str())
}

fn all_if_recurring(meeting: &Meeting) -> Option<&'static str> {
    [3, 8].contains(&meeting.kind).then_some("all")
}

fn occurrences(meeting: &Meeting) -> Option<Json> {
    let told = meeting.occurrences.iter().map(Occurrence::told).collect();
    (!meeting.occurrences.is_empty()).then_some(told)
}

/// What a change can touch, settings aside, always in the same order.
fn editable(meeting: &Meeting, base_url: &str) -> [(&'static str, Option<Json>); 10] {
    [
        ("topic", Some(meeting.topic.as_str().into())),
        ("type", Some(meeting.kind.into())),
        ("start_time", meeting.start_time().map(Json::from)),
        ("duration", Some(meeting.duration.into())),
        ("timezone", Some(meeting.timezone.as_str().into())),
        ("join_url", Some(meeting.join_url(base_url).into())),
        ("password", Some(meeting.password.as_str().into())),
        ("agenda", Some(meeting.agenda.as_str().into())),
        ("occurrences", occurrences(meeting)),
        ("recurrence", meeting.recurrence.as_ref().map(Recurrence::told)),
    ]
}

fn changed_settings(before: &Meeting, after: &Meeting) -> (Json, Json) {
    let names: BTreeSet<&String> = before.settings.keys().chain(after.settings.keys()).collect();
    let (mut new, mut old) = (Json::object(), Json::object());
    for name in names {
        let (was, is) = (before.settings.get(name), after.settings.get(name));
        if was != is {
            new = new.and_some(name, is.cloned());
            old = old.and_some(name, was.cloned());
        }
    }
    (new, old)
}

fn with_id(id: u64, told: Json) -> Json {
    let mut fields = vec![("id".to_owned(), id.into())];
    if let Json::Object(told) = told {
        fields.extend(told);
    }
    Json::Object(fields)
}
