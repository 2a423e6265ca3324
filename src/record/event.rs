//! What Zoom said about one connection, as its webhook brought it, and what came of it for each grant. The text itself
//! is sealed, byte for byte as it came; `zoom::trigger` reads it.

use serde_json::{Value, json};

use super::copy;
use crate::{
    connection::ConnectionName,
    host::{Host, HostError, Statement},
    shape::{shape, text, words},
    time::{DAY, Timestamp},
};

shape! {
    /// An event on its way to the connection that it is about.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Event {
        /// Derived from what happened: the same event has the same id, however often it comes.
        pub id: String,
        /// Zoom's word: `meeting.created` and its like.
        pub event: String,
        /// When it happened, as Zoom says.
        pub event_ts: Timestamp,
        /// The meeting that it is about.
        pub meeting_id: Option<String>,
        /// Whether the connection's user is named as the meeting's host.
        pub by_host: bool,
        /// When it came.
        pub received_at: Timestamp,
        /// What came, sealed by [`seal_body`].
        pub sealed: String,
    }
}

shape! {
    /// One row of `events`.
    #[derive(Debug, Clone)]
    pub struct EventRow {
        /// The id.
        pub id: String,
        /// The integration whose webhook brought it.
        pub integration_id: String,
        /// The Zoom user whose connection it is about.
        pub provider_user_id: String,
        /// Zoom's word.
        pub event: String,
        /// When it happened, as Zoom says.
        pub event_ts: Timestamp,
        /// The meeting that it is about.
        pub meeting_id: Option<String>,
        /// When it came.
        pub received_at: Timestamp,
        /// What came, sealed by [`seal_body`]; not in a list.
        pub body_sealed: Option<String>,
    }
}

shape! {
    /// What came of an event for one grant: one row of `outcomes`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OutcomeRow {
        /// The event.
        pub event_id: String,
        /// The grant.
        pub grant_id: String,
        /// The project.
        pub project_id: String,
        /// The project's user.
        pub user_id: String,
        /// What came of it.
        pub outcome: Outcome,
        /// So many subscriptions are told.
        pub subscriptions: i64,
        /// So many runs begin.
        pub runs: i64,
    }
}

words! {
    /// What came of an event for one grant.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Outcome {
        /// Subscriptions are told, or runs begin.
        Matched = "matched",
        /// No active subscription wants it, and no workflow that is on.
        Unmatched = "unmatched",
        /// The grant cannot be used: the user has to connect again first.
        GrantInvalid = "grant_invalid",
    }
}

impl EventRow {
    /// The event as it is handed on once more, if what came was read. Who hosts the meeting is known by now.
    pub fn event(self) -> Option<Event> {
        Some(Event {
            sealed: self.body_sealed?,
            id: self.id,
            event: self.event,
            event_ts: self.event_ts,
            meeting_id: self.meeting_id,
            by_host: false,
            received_at: self.received_at,
        })
    }
}

/// One event of a project, with what came.
pub fn one(project_id: &str, id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM events WHERE id = ?1 AND project_id = ?2",
        [json!(id), json!(project_id)],
    )
}

/// What a list of events is narrowed by.
#[derive(Debug)]
pub struct Wanted {
    /// Zoom's word.
    pub event: Option<String>,
    /// The meeting.
    pub meeting_id: Option<String>,
    /// The integration.
    pub integration_id: Option<String>,
    /// The project's user whose grant had the event.
    pub account_id: Option<String>,
    /// The grant that had the event.
    pub grant_id: Option<String>,
}

/// A part of a project's events, the newest first; what came is not among it.
pub fn of_project(project_id: &str, wanted: &Wanted, limit: i64, offset: i64) -> Statement {
    Statement::new(
        "SELECT id, integration_id, provider_user_id, event, event_ts, meeting_id, received_at FROM events
         WHERE project_id = ?1 AND (?2 IS NULL OR event = ?2) AND (?3 IS NULL OR meeting_id = ?3)
           AND (?4 IS NULL OR integration_id = ?4)
           AND ((?5 IS NULL AND ?6 IS NULL) OR EXISTS (SELECT 1 FROM outcomes WHERE event_id = events.id
             AND (?5 IS NULL OR user_id = ?5) AND (?6 IS NULL OR grant_id = ?6)))
         ORDER BY received_at DESC, id LIMIT ?7 OFFSET ?8",
        [
            json!(project_id),
            json!(wanted.event),
            json!(wanted.meeting_id),
            json!(wanted.integration_id),
            json!(wanted.account_id),
            json!(wanted.grant_id),
            json!(limit),
            json!(offset),
        ],
    )
}

/// What came of these events, at most so many outcomes each; only of one user or grant, if one is named.
pub fn outcomes_of(
    ids: &Vec<String>,
    account_id: Option<&str>,
    grant_id: Option<&str>,
    most: i64,
) -> Statement {
    Statement::new(
        "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY grant_id) AS number FROM outcomes
           WHERE event_id IN (SELECT value FROM json_each(?1)) AND (?2 IS NULL OR user_id = ?2)
             AND (?3 IS NULL OR grant_id = ?3)) WHERE number <= ?4",
        [json_list(ids), json!(account_id), json!(grant_id), json!(most)],
    )
}

/// Seals what came.
pub fn seal_body(host: &impl Host, id: &str, body: &[u8]) -> Result<String, HostError> {
    copy::seal_text(host, &body_record(id), body)
}

/// Opens what [`seal_body`] sealed.
pub fn open_body(host: &impl Host, id: &str, sealed: &str) -> Result<String, HostError> {
    copy::open_text(host, &body_record(id), sealed).map(|plain| plain.to_string())
}

fn body_record(id: &str) -> String {
    format!("event/{id}/body")
}

/// Stores events; those that are there stay.
pub fn put(connection: &ConnectionName, project_id: &str, events: &[&Event]) -> Statement {
    let texts: Vec<Vec<u8>> = events.iter().map(|event| text(*event)).collect();
    Statement::new(
        "INSERT OR IGNORE INTO events (id, project_id, integration_id, provider_user_id, event, event_ts, meeting_id,
           body_sealed, sealed_with, received_at)
         SELECT value ->> 'id', ?2, ?3, ?4, value ->> 'event', value ->> 'event_ts', value ->> 'meeting_id',
           value ->> 'sealed', substr(value ->> 'sealed', 4, instr(substr(value ->> 'sealed', 4), '.') - 1),
           value ->> 'received_at' FROM json_each(?1)",
        [
            json!(format!("[{}]", String::from_utf8_lossy(&texts.join(&b',')))),
            json!(project_id),
            json!(connection.integration_id),
            json!(connection.provider_user_id),
        ],
    )
}

/// Stores what came of events; what is there stays.
pub fn put_outcomes(outcomes: &Vec<OutcomeRow>) -> Statement {
    Statement::new(
        "INSERT OR IGNORE INTO outcomes (event_id, grant_id, project_id, user_id, outcome, subscriptions, runs)
         SELECT value ->> 'event_id', value ->> 'grant_id', value ->> 'project_id', value ->> 'user_id',
           value ->> 'outcome', value ->> 'subscriptions', value ->> 'runs' FROM json_each(?1)",
        [json_list(outcomes)],
    )
}

/// A list of shapes as one parameter, for `json_each`.
pub(crate) fn json_list(list: &impl crate::shape::Shape) -> Value {
    json!(String::from_utf8_lossy(&text(list)))
}

/// Remembers who hosts meetings: a later event about one may not say. Written anew after a week at most.
pub fn remember_hosts(
    connection: &ConnectionName,
    meetings: &Vec<String>,
    now: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO meetings (integration_id, id, host_id, seen_at)
         SELECT DISTINCT ?1, value, ?3, ?4 FROM json_each(?2) WHERE true
         ON CONFLICT (integration_id, id) DO UPDATE SET host_id = ?3, seen_at = ?4
         WHERE host_id <> ?3 OR seen_at < ?5",
        [
            json!(connection.integration_id),
            json_list(meetings),
            json!(connection.provider_user_id),
            json!(now),
            json!(now.plus(-7 * DAY)),
        ],
    )
}

/// The remembered host of a meeting: one row with `host_id`, or none.
pub fn remembered_host(integration_id: &str, meeting_id: &str) -> Statement {
    Statement::new(
        "SELECT host_id FROM meetings WHERE integration_id = ?1 AND id = ?2",
        [json!(integration_id), json!(meeting_id)],
    )
}

/// Some events of one connection; the same ones while none of them is deleted.
macro_rules! some_of_connection {
    () => {
        "(SELECT id FROM events WHERE integration_id = ?1 AND provider_user_id = ?2 ORDER BY rowid LIMIT 1000)"
    };
}

/// Some of what runs that worked with one connection were given and gave.
macro_rules! texts_of_connection {
    () => {
        " FROM runs CROSS JOIN run_texts ON run_texts.run_id = runs.id
          WHERE integration_id = ?1 AND provider_user_id = ?2"
    };
}

/// Forgets what Zoom said about one connection, what was told of it, and what runs knew of it: a thousand events and texts
/// at a time; then whether there are more, as one row with `more`. Of runs stays that they were.
pub fn erase_of_connection(connection: &ConnectionName) -> Vec<Statement> {
    [
        concat!("DELETE FROM deliveries WHERE event_id IN ", some_of_connection!()),
        concat!("DELETE FROM outcomes WHERE event_id IN ", some_of_connection!()),
        concat!("DELETE FROM events WHERE id IN ", some_of_connection!()),
        "DELETE FROM meetings WHERE integration_id = ?1 AND host_id = ?2",
        concat!(
            "DELETE FROM run_texts WHERE id IN (SELECT run_texts.id",
            texts_of_connection!(),
            " LIMIT 1000)"
        ),
        concat!(
            "SELECT EXISTS (SELECT 1 FROM events WHERE integration_id = ?1 AND provider_user_id = ?2)
               OR EXISTS (SELECT 1",
            texts_of_connection!(),
            ") AS more"
        ),
    ]
    .map(|sql| {
        let params = [json!(connection.integration_id), json!(connection.provider_user_id)];
        Statement::new(sql, params)
    })
    .into()
}

/// Forgets what is older than so many days, at most `limit` at a time, a row for each; and hosts of meetings after a year.
pub fn forget_old(days: i64, limit: usize, now: Timestamp) -> Vec<Statement> {
    macro_rules! old {
        () => {
            "(SELECT id FROM events WHERE received_at < ?1
                AND id NOT IN (SELECT event_id FROM runs WHERE due_at IS NOT NULL AND event_id IS NOT NULL)
              ORDER BY received_at, id LIMIT ?2)"
        };
    }
    let before = json!(now.plus(days.saturating_mul(-DAY)));
    vec![
        Statement::new(
            concat!("DELETE FROM outcomes WHERE event_id IN ", old!()),
            [before.clone(), json!(limit)],
        ),
        Statement::new(
            concat!("DELETE FROM events WHERE id IN ", old!(), " RETURNING 1"),
            [before, json!(limit)],
        ),
        Statement::new(
            "DELETE FROM meetings WHERE rowid IN (SELECT rowid FROM meetings WHERE seen_at < ?1 LIMIT ?2) RETURNING 1",
            [json!(now.plus(-365 * DAY)), json!(limit)],
        ),
    ]
}
