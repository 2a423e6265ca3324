//! A project's user, as far as the project told us: free metadata. Grants belong to the user's id alone.

use serde_json::{Map, Value, json};

use crate::{host::Statement, time::Timestamp};

/// Metadata of a user is at most this long, as JSON, in bytes.
pub const LONGEST_META: usize = 16 * 1024;

/// The user's metadata: one row with `meta`, or none.
pub fn select_meta(project_id: &str, user_id: &str) -> Statement {
    Statement::new(
        "SELECT meta FROM users WHERE project_id = ?1 AND id = ?2",
        [json!(project_id), json!(user_id)],
    )
}

/// Replaces the user's metadata.
pub fn put_meta(
    project_id: &str,
    user_id: &str,
    meta: &Map<String, Value>,
    now: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO users (project_id, id, meta, updated_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (project_id, id) DO UPDATE SET meta = ?3, updated_at = ?4",
        [json!(project_id), json!(user_id), json!(json!(meta).to_string()), json!(now)],
    )
}
