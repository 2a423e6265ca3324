//! The browsers that the operator is signed in with. The cookie itself is not stored.

use serde_json::json;

use super::first_row;
use crate::{
    host::{Host, HostError, Statement},
    shape::shape,
    time::Timestamp,
};

/// Writes a session down.
pub fn insert(
    digest: &str,
    secret_digest: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO operator_sessions (digest, secret_digest, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
        [json!(digest), json!(secret_digest), json!(now), json!(expires_at)],
    )
}

/// Until when a browser is signed in; nothing when it is not, or another admin secret opened it.
pub async fn until(
    host: &impl Host,
    digest: &str,
    secret_digest: &str,
) -> Result<Option<Timestamp>, HostError> {
    shape! {
        struct Found {
            expires_at: Timestamp,
        }
    }
    let statement = Statement::new(
        "SELECT expires_at FROM operator_sessions WHERE digest = ?1 AND secret_digest = ?2 AND expires_at > ?3",
        [json!(digest), json!(secret_digest), json!(host.now())],
    );
    let found: Option<Found> = first_row(host, statement).await?;
    Ok(found.map(|found| found.expires_at))
}

/// Ends a session; a row if there was one.
pub fn delete(digest: &str) -> Statement {
    let sql = "DELETE FROM operator_sessions WHERE digest = ?1 RETURNING 1";
    Statement::new(sql, [json!(digest)])
}

/// Forgets sessions that are over.
pub fn forget_old(now: Timestamp) -> Statement {
    Statement::new("DELETE FROM operator_sessions WHERE expires_at <= ?1", [json!(now)])
}
