//! The rows of a connection object, beside its record: the events that came, each until everything about it is done, and
//! their deliveries. What is remembered longest is the mark that an event has been seen. Only SQL and its shapes.

use serde_json::{Value, json};

use super::{Replay, attempt::ATTEMPTS_KEPT};
use crate::{
    host::Statement,
    record::{
        delivery::{DeliveryStatus, Progress},
        event::{Event, json_list},
    },
    shape::shape,
    time::{DAY, Timestamp},
};

/// That an event has been seen is remembered for so long, in milliseconds: Zoom repeats one for an hour and a half.
const SEEN_FOR: i64 = DAY;
/// The sealed texts of the events that are handed on, or told, at once are about this long together, in bytes: a
/// transaction of the tables, and the isolate's memory, have a size.
const MOST_AT_ONCE: i64 = 1_000_000;
/// So many events are handed on at once.
const EVENTS_AT_ONCE: i64 = 50;
/// Of so many deliveries the tables are told at once.
const TOLD_AT_ONCE: i64 = 500;
/// Their addresses and attempts are about this long together, in characters: a parameter of the tables has a size.
const MOST_TOLD: i64 = 500_000;
/// So many texts are sealed anew at once.
const SEALED_AT_ONCE: i64 = 8;

shape! {
    /// An event that waits to be handed on.
    #[derive(Debug)]
    pub(super) struct Waiting {
        pub id: String,
        pub event: String,
        pub event_ts: Timestamp,
        pub meeting_id: Option<String>,
        pub by_host: i64,
        pub received_at: Timestamp,
        pub sealed: String,
    }
}

shape! {
    /// A delivery to be made, with what it tells of.
    #[derive(Debug, Clone)]
    pub(super) struct Due {
        pub id: String,
        pub event_id: String,
        pub subscription_id: String,
        pub grant_id: String,
        pub url: String,
        pub attempts: String,
        pub replayed_after: u64,
        pub event: String,
        pub event_ts: Timestamp,
        pub received_at: Timestamp,
        pub sealed: String,
    }
}

shape! {
    /// A delivery as it begins.
    #[derive(Debug)]
    pub(super) struct Begun {
        pub id: String,
        pub event_id: String,
        pub subscription_id: String,
        pub grant_id: String,
        pub next_at: Timestamp,
    }
}

shape! {
    /// How far a delivery is, which the tables do not know yet.
    #[derive(Debug)]
    pub(super) struct Untold {
        pub id: String,
        pub event_id: String,
        pub subscription_id: String,
        pub url: String,
        pub status: DeliveryStatus,
        pub attempts: String,
        pub replayed_after: u64,
        pub next_at: Timestamp,
    }
}

shape! {
    /// A subscription that is told nothing until a time.
    #[derive(Debug)]
    pub(super) struct Resting {
        pub id: String,
        pub until: Timestamp,
    }
}

shape! {
    /// The sealed text of an event.
    #[derive(Debug)]
    pub(super) struct Sealed {
        pub id: String,
        pub sealed: String,
    }
}

impl From<Waiting> for Event {
    fn from(waiting: Waiting) -> Self {
        Self {
            id: waiting.id,
            event: waiting.event,
            event_ts: waiting.event_ts,
            meeting_id: waiting.meeting_id,
            by_host: waiting.by_host == 1,
            received_at: waiting.received_at,
            sealed: waiting.sealed,
        }
    }
}

/// Takes an event in, mark and text in one row; the row comes back unless it was there.
pub(super) fn take_in(event: &Event) -> Statement {
    Statement::new(
        "INSERT INTO events (id, event, event_ts, meeting_id, by_host, received_at, sealed, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6) ON CONFLICT (id) DO NOTHING RETURNING id",
        event_values(event),
    )
}

fn event_values(event: &Event) -> [Value; 7] {
    [
        json!(event.id),
        json!(event.event),
        json!(event.event_ts),
        json!(event.meeting_id),
        json!(i64::from(event.by_host)),
        json!(event.received_at),
        json!(event.sealed),
    ]
}

/// Whether an event waits that is to be handed on by now: one row, or none.
pub(super) fn any_waiting(now: Timestamp) -> Statement {
    Statement::new(
        "SELECT id FROM events WHERE handed_on = 0 AND next_at <= ?1 LIMIT 1",
        [json!(now)],
    )
}

/// The events that wait longest, as many as go at once.
pub(super) fn waiting(now: Timestamp) -> Statement {
    Statement::new(
        "SELECT id, event, event_ts, meeting_id, by_host, received_at, sealed FROM events WHERE id IN (
           SELECT id FROM (
             SELECT id, size, sum(size) OVER (ORDER BY next_at, id) AS total FROM (
               SELECT id, next_at, length(sealed) AS size FROM events WHERE handed_on = 0 AND next_at <= ?3
               ORDER BY next_at, id LIMIT ?1))
           WHERE total - size < ?2)
         ORDER BY next_at, id",
        [json!(EVENTS_AT_ONCE), json!(MOST_AT_ONCE), json!(now)],
    )
}

/// These events wait until then: those behind them go first.
pub(super) fn put_off(events: &Vec<String>, until: Timestamp) -> Statement {
    Statement::new(
        "UPDATE events SET next_at = ?2 WHERE id IN (SELECT value FROM json_each(?1)) AND handed_on = 0",
        [json_list(events), json!(until)],
    )
}

/// Begins deliveries of events that were not given up meanwhile, and notes which events are handed on.
pub(super) fn handed_on(events: &Vec<String>, deliveries: &Vec<Begun>) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT OR IGNORE INTO deliveries (id, event_id, subscription_id, grant_id, next_at)
             SELECT value ->> 'id', value ->> 'event_id', value ->> 'subscription_id', value ->> 'grant_id',
               value ->> 'next_at' FROM json_each(?1)
             WHERE EXISTS (SELECT 1 FROM events WHERE events.id = value ->> 'event_id' AND sealed IS NOT NULL)",
            [json_list(deliveries)],
        ),
        Statement::new(
            "UPDATE events SET handed_on = 1 WHERE id IN (SELECT value FROM json_each(?1))",
            [json_list(events)],
        ),
        forget_texts(events),
    ]
}

/// Forgets the texts of those of these events that everybody has been told of.
fn forget_texts(events: &Vec<String>) -> Statement {
    Statement::new(
        "UPDATE events SET sealed = NULL WHERE id IN (SELECT value FROM json_each(?1)) AND handed_on = 1
           AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event_id = events.id)",
        [json_list(events)],
    )
}

/// Begins a delivery once more, with the event that it tells of; the tables are told. The attempts made stay on record;
/// the schedule begins anew.
pub(super) fn replay(replay: &Replay, now: Timestamp) -> Vec<Statement> {
    let event = &replay.event;
    vec![
        Statement::new(
            "INSERT INTO events (id, event, event_ts, meeting_id, by_host, received_at, sealed, next_at, handed_on)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, 1)
             ON CONFLICT (id) DO UPDATE SET sealed = coalesce(sealed, excluded.sealed)",
            event_values(event),
        ),
        Statement::new(
            "INSERT INTO deliveries (id, event_id, subscription_id, grant_id, attempts, replayed_after, next_at, status)
             VALUES (?1, ?2, ?3, ?4, ?5, json_array_length(?5), ?6, 'retried')
             ON CONFLICT (id) DO UPDATE SET next_at = ?6, replayed_after = json_array_length(attempts),
               status = 'retried'",
            [
                json!(replay.id),
                json!(event.id),
                json!(replay.subscription_id),
                json!(replay.grant_id),
                json!(replay.attempts),
                json!(now),
            ],
        ),
    ]
}

/// Some of the deliveries that are due, with their events.
pub(super) fn due(now: Timestamp, limit: i64) -> Statement {
    Statement::new(
        "SELECT deliveries.id, event_id, subscription_id, grant_id, url, attempts, replayed_after, event, event_ts,
           received_at, sealed
         FROM deliveries JOIN events ON events.id = event_id
         WHERE deliveries.id IN (
           SELECT id FROM (
             SELECT id, size, sum(size) OVER (ORDER BY next_at, id) AS total FROM (
               SELECT deliveries.id, deliveries.next_at, length(sealed) AS size
               FROM deliveries JOIN events ON events.id = event_id
               WHERE status = 'pending' AND deliveries.next_at <= ?1 AND sealed IS NOT NULL
               ORDER BY deliveries.next_at, deliveries.id LIMIT ?2))
           WHERE total - size < ?3)
         ORDER BY deliveries.next_at, deliveries.id",
        [json!(now), json!(limit), json!(MOST_AT_ONCE)],
    )
}

/// Stores what became of attempts, but of deliveries that were given up meanwhile; a failed endpoint is left alone for a
/// while in all else that it is to be told.
pub(super) fn attempted(
    progress: &Vec<Progress>,
    resting: &Vec<Resting>,
    now: Timestamp,
) -> Vec<Statement> {
    vec![
        Statement::new(
            // Of attempts that are as many as are kept, the first one goes when one more is made.
            "UPDATE deliveries SET url = value ->> 'url', attempts = value ->> 'attempts',
               replayed_after = max(0, replayed_after
                 - (json_array_length(attempts) >= ?3 AND attempts <> value ->> 'attempts')),
               status = CASE value ->> 'status' WHEN 'pending' THEN 'retried' ELSE value ->> 'status' END,
               next_at = coalesce(value ->> 'next_at', ?2)
             FROM json_each(?1) WHERE deliveries.id = value ->> 'id' AND status IN ('pending', 'retried')",
            [json_list(progress), json!(now), json!(ATTEMPTS_KEPT)],
        ),
        Statement::new(
            "UPDATE deliveries SET next_at = value ->> 'until' FROM json_each(?1)
             WHERE status = 'pending' AND subscription_id = value ->> 'id' AND next_at < value ->> 'until'",
            [json_list(resting)],
        ),
    ]
}

/// How far deliveries are that the tables do not know yet.
pub(super) fn untold() -> Statement {
    Statement::new(
        "SELECT id, event_id, subscription_id, url, attempts, replayed_after, next_at,
           CASE status WHEN 'retried' THEN 'pending' ELSE status END AS status
         FROM deliveries WHERE id IN (
           SELECT id FROM (
             SELECT id, size, sum(size) OVER (ORDER BY id) AS total FROM (
               SELECT id, length(url) + length(attempts) AS size FROM deliveries WHERE status <> 'pending'
               ORDER BY id LIMIT ?1))
           WHERE total - size < ?2)",
        [json!(TOLD_AT_ONCE), json!(MOST_TOLD)],
    )
}

/// The tables know of these, unless they have changed since: what has ended goes.
pub(super) fn told(deliveries: &Vec<Progress>, events: &Vec<String>) -> Vec<Statement> {
    let of = |sql| Statement::new(sql, [json_list(deliveries)]);
    vec![
        of("DELETE FROM deliveries WHERE status IN ('delivered', 'failed') AND id IN (
              SELECT known.id FROM json_each(?1) JOIN deliveries AS known ON known.id = value ->> 'id'
              WHERE known.attempts = value ->> 'attempts')"),
        of("UPDATE deliveries SET status = 'pending' FROM json_each(?1)
            WHERE deliveries.id = value ->> 'id' AND status = 'retried' AND attempts = value ->> 'attempts'"),
        forget_texts(events),
    ]
}

/// No grant uses the connection any more: nobody is told anything, nothing starts, and of what came only the marks stay.
pub(super) fn give_up(now: Timestamp) -> Vec<Statement> {
    vec![
        Statement::new(
            "UPDATE deliveries SET status = 'failed',
               attempts = json_insert(attempts, '$[#]', json_object('at', CAST(?1 AS INTEGER), 'error', 'grant_left'))
             WHERE status IN ('pending', 'retried')",
            [json!(now)],
        ),
        Statement::new(
            "UPDATE events SET sealed = NULL, handed_on = 1 WHERE sealed IS NOT NULL",
            [],
        ),
        Statement::new("DELETE FROM schedules", []),
    ]
}

/// Forgets all rows.
pub(super) fn forget() -> Vec<Statement> {
    ["DELETE FROM deliveries", "DELETE FROM events", "DELETE FROM schedules"]
        .map(|sql| Statement::new(sql, []))
        .into()
}

/// Forgets marks that are of no use any more.
pub(super) fn forget_seen(now: Timestamp) -> Statement {
    Statement::new(
        "DELETE FROM events WHERE sealed IS NULL AND received_at <= ?1",
        [json!(now.plus(-SEEN_FOR))],
    )
}

/// Some texts of events that are not sealed with this key, of those with an id behind `after`.
pub(super) fn under_others(key_id: &str, after: &str) -> Statement {
    Statement::new(
        "SELECT id, sealed FROM events WHERE sealed IS NOT NULL AND id > ?2
           AND substr(sealed, 1, length(?1)) <> ?1 ORDER BY id LIMIT ?3",
        [json!(format!("v1.{key_id}.")), json!(after), json!(SEALED_AT_ONCE)],
    )
}

/// Replaces the sealed text of an event.
pub(super) fn reseal(id: &str, sealed: &str) -> Statement {
    Statement::new(
        "UPDATE events SET sealed = ?2 WHERE id = ?1 AND sealed IS NOT NULL",
        [json!(id), json!(sealed)],
    )
}

/// When something is to be done about the rows next: one row with `at`, and with `scheduled` for what the clock starts.
pub(super) fn next_wake() -> Statement {
    Statement::new(
        "SELECT min(at) AS at, (SELECT min(next_at) FROM schedules) AS scheduled FROM (
           SELECT min(next_at) AS at FROM events WHERE handed_on = 0
           UNION ALL SELECT min(next_at) FROM deliveries WHERE status = 'pending'
           UNION ALL SELECT 0 WHERE EXISTS (SELECT 1 FROM deliveries WHERE status <> 'pending')
           UNION ALL SELECT min(received_at) + ?1 FROM events WHERE sealed IS NULL)",
        [json!(SEEN_FOR)],
    )
}

#[cfg(all(test, feature = "testing"))]
#[path = "rows_tests.rs"]
mod tests;
