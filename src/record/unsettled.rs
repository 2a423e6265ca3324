//! Sessions by what is still to be done with them: a code or a token pair came, and nobody is at it; or they are of no use
//! any more. For those who come by from time to time: the sweep, and a deletion.

use serde_json::json;

use super::{
    read_rows,
    session::{TAKE_OVER_AFTER, is_old, old, unsettled},
};
use crate::{
    host::{Host, HostError, Row, Statement},
    shape::shape,
    time::{DAY, Timestamp},
};

/// The ids of the sessions that a statement finds.
pub async fn ids(host: &impl Host, statement: Statement) -> Result<Vec<String>, HostError> {
    read_ids(host.tables(vec![statement]).await?.into_iter().flatten())
}

/// The ids in the rows that such a statement has found.
pub fn read_ids(found: impl Iterator<Item = Row>) -> Result<Vec<String>, HostError> {
    shape! {
        struct Id {
            id: String,
        }
    }
    Ok(read_rows::<Id>(found)?.into_iter().map(|found| found.id).collect())
}

/// It is settled whose the pair of a session that failed is.
pub fn forget_pair(id: &str) -> Statement {
    Statement::new(
        "UPDATE sessions SET tokens_sealed = NULL WHERE id = ?1 AND status = 'failed'",
        [json!(id)],
    )
}

/// The ids of some of an integration's sessions that came back from Zoom and have not come to an end, or their pair has
/// not.
pub fn some_returned(integration_id: &str, limit: i64) -> Statement {
    Statement::new(
        concat!(
            "SELECT id FROM sessions WHERE integration_id = ?1 AND ",
            unsettled!(),
            " ORDER BY random() LIMIT ?2"
        ),
        [json!(integration_id), json!(limit)],
    )
}

/// The ids of some sessions that came back from Zoom, with something to be done that nobody is at.
pub fn some_interrupted(now: Timestamp, limit: i64) -> Statement {
    Statement::new(
        concat!(
            "SELECT id FROM sessions WHERE ",
            unsettled!(),
            " AND (attempt_at IS NULL OR attempt_at <= ?1) ORDER BY random() LIMIT ?2"
        ),
        [json!(now.plus(-TAKE_OVER_AFTER)), json!(limit)],
    )
}

/// Forgets sessions that ended a day ago, and login links, some at a time.
pub fn forget_old(now: Timestamp) -> Vec<Statement> {
    vec![
        Statement::new(
            concat!(
                "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ",
                is_old!(),
                " LIMIT 500)"
            ),
            old(now),
        ),
        Statement::new(
            "DELETE FROM logins WHERE id IN (SELECT id FROM logins WHERE expires_at < ?1 OR spent_at < ?1 LIMIT 500)",
            [json!(now.plus(-DAY))],
        ),
    ]
}
