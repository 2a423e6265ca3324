//! What runs made or changed at the provider's, so that an event about it is known to come of a run, and so that no run
//! takes for its own what another one made.

use serde_json::json;

use super::event::json_list;
use crate::{
    host::Statement,
    record::run::Run,
    time::{DAY, HOUR, MINUTE, Timestamp},
};

/// While something is being made, what appears counts as it, in milliseconds.
const BEING_MADE: i64 = 2 * MINUTE;
/// What an event says of something that a run made comes of the run for so long.
const MADE: i64 = 7 * DAY;
/// What an event says of something that a run changed comes of the run for so long.
const CHANGED: i64 = 2 * HOUR;

/// What a call touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touch {
    /// It makes a meeting of this user's.
    Making(String),
    /// It made the meeting of this id.
    Made(String),
    /// It changes the meeting of this id.
    Changing(String),
}

/// Remembers what a call of a run touches. What is remembered longer stays so; the depth never sinks while it counts.
pub fn put(run: &Run, touch: &Touch, now: Timestamp) -> Statement {
    let (thing, lasts) = match touch {
        Touch::Making(user) => (format!("creating/{user}"), BEING_MADE),
        Touch::Made(id) => (format!("meeting/{id}"), MADE),
        Touch::Changing(id) => (format!("meeting/{id}"), CHANGED),
    };
    Statement::new(
        "INSERT INTO made (integration_id, thing, run_id, depth, made_at, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (integration_id, thing) DO UPDATE SET
           depth = CASE WHEN until > ?5 THEN max(depth, ?4) ELSE ?4 END,
           run_id = CASE WHEN until > ?6 THEN run_id ELSE ?3 END,
           made_at = CASE WHEN until > ?6 THEN made_at ELSE ?5 END,
           until = max(until, ?6)",
        [
            json!(run.integration_id),
            json!(thing),
            json!(run.id),
            json!(run.depth),
            json!(now),
            json!(now.plus(lasts)),
        ],
    )
}

/// Takes a meeting for one that a run made, unless some other one is known to have made it: a row when it is the run's.
pub fn claim(run: &Run, meeting_id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO made (integration_id, thing, run_id, depth, made_at, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (integration_id, thing) DO UPDATE SET run_id = ?3, depth = max(depth, ?4), made_at = ?5, until = ?6
           WHERE run_id = ?3 OR until - made_at < ?7
         RETURNING thing",
        [
            json!(run.integration_id),
            json!(format!("meeting/{meeting_id}")),
            json!(run.id),
            json!(run.depth),
            json!(now),
            json!(now.plus(MADE)),
            json!(MADE),
        ],
    )
}

/// Of these meetings, those that are known to be made by runs: rows with `id`.
pub fn made_by_runs(integration_id: &str, meeting_ids: &Vec<String>) -> Statement {
    Statement::new(
        "SELECT wanted.value AS id FROM json_each(?2) AS wanted CROSS JOIN made
           ON integration_id = ?1 AND thing = 'meeting/' || wanted.value
         WHERE until - made_at >= ?3",
        [json!(integration_id), json_list(meeting_ids), json!(MADE)],
    )
}

/// Forgets what does not count any more, at most `limit` at a time, a row for each.
pub fn forget_old(limit: usize, now: Timestamp) -> Statement {
    Statement::new(
        "DELETE FROM made WHERE rowid IN (SELECT rowid FROM made WHERE until < ?1 LIMIT ?2) RETURNING 1",
        [json!(now), json!(limit)],
    )
}
