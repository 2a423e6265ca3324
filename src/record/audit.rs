//! The audit trail: who changed what, when. Ids only.

use serde_json::json;

use crate::{host::Statement, time::Timestamp};

/// Notes one change. `who` is `user:<id>`, `admin` or `connection`; `target` is the id of what changed.
pub fn note(project_id: &str, what: &str, who: &str, target: &str, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO audit (project_id, at, what, who, target) VALUES (?1, ?2, ?3, ?4, ?5)",
        [json!(project_id), json!(now), json!(what), json!(who), json!(target)],
    )
}

/// Notes that a grant is deleted, if it is there still: before its deletion, in the same transaction.
pub fn note_deletion(grant_id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO audit (project_id, at, what, who, target)
         SELECT project_id, ?2, 'grant.deleted', 'user:' || user_id, id FROM grants WHERE id = ?1",
        [json!(grant_id), json!(now)],
    )
}
