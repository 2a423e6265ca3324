//! The audit trail: who changed what, when, from where. Ids and addresses only; it stays when a user is erased.

use serde_json::json;

use crate::{
    connection::{Actor, ConnectionName},
    host::Statement,
    time::{DAY, Timestamp},
};

/// What belongs to no project is kept so many days: anybody can have it noted.
const KEPT_DAYS: i64 = 90;

/// Notes one change. `target` is the id of what changed.
pub fn note(project_id: &str, what: &str, by: &Actor, target: &str, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO audit (project_id, at, what, who, target, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        [
            json!(project_id),
            json!(now),
            json!(what),
            json!(by.who),
            json!(target),
            json!(by.origin),
        ],
    )
}

/// Notes a change of a grant that is in its table: after it came there, before it is deleted. One `cause` is
/// noted once.
pub fn note_of_grant(
    grant_id: &str,
    what: &str,
    by: &Actor,
    at: Timestamp,
    cause: &str,
) -> Statement {
    Statement::new(
        "INSERT OR IGNORE INTO audit (project_id, at, what, who, target, origin, cause)
         SELECT project_id, ?2, ?3, ?4, id, ?5, ?6 FROM grants WHERE id = ?1",
        [json!(grant_id), json!(at), json!(what), json!(by.who), json!(by.origin), json!(cause)],
    )
}

/// Notes what a connection did of its own accord. One `cause` is noted once.
pub fn note_of_connection(
    name: &ConnectionName,
    what: &str,
    at: Timestamp,
    cause: &str,
) -> Statement {
    Statement::new(
        "INSERT OR IGNORE INTO audit (project_id, at, what, who, target, cause)
         SELECT project_id, ?2, ?3, 'connection', ?4, ?5 FROM integrations WHERE id = ?1",
        [json!(name.integration_id), json!(at), json!(what), json!(name.text()), json!(cause)],
    )
}

/// Forgets notes of long ago that belong to no project; a row for each.
pub fn forget_old(limit: usize, now: Timestamp) -> Statement {
    Statement::new(
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE project_id = '' AND at < ?1 LIMIT ?2) RETURNING 1",
        [json!(now.plus(-KEPT_DAYS * DAY)), json!(limit)],
    )
}
