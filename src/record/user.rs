//! A project's user, as far as the project told us: free metadata. Grants belong to the user's id alone.

use serde_json::{Map, Value, json};

use super::{portal, subscription};
use crate::{connection::Actor, host::Statement, time::Timestamp, zoom};

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

/// The sessions of one user, those too that were for nobody yet.
macro_rules! sessions_of_user {
    () => {
        " FROM sessions WHERE project_id = ?1 AND (user_id = ?2
           OR grant_id IN (SELECT id FROM grants WHERE project_id = ?1 AND user_id = ?2))"
    };
}

/// The sessions that came back from Zoom and may end in a grant of this user, or failed with a pair in hand. A link
/// without `account_id` does not say whose they are: any of the project's may be of a user who has the name of a Zoom
/// user.
macro_rules! returned {
    () => {
        " FROM sessions WHERE project_id = ?1 AND (status = 'returned' OR tokens_sealed IS NOT NULL)
          AND (user_id = ?2 OR (user_id = '' AND substr(?2, 1, length(?3)) = ?3))"
    };
}

fn of_user(project_id: &str, user_id: &str) -> [Value; 3] {
    [json!(project_id), json!(user_id), json!(format!("{}:", zoom::PROVIDER))]
}

/// The ids of some of these sessions.
pub fn some_returned(project_id: &str, user_id: &str) -> Statement {
    let sql = concat!("SELECT id", returned!(), " ORDER BY random() LIMIT 25");
    Statement::new(sql, of_user(project_id, user_id))
}

/// Ends everything by which the user could still connect. Who is just back from Zoom is left to come to an end.
pub fn close(project_id: &str, user_id: &str) -> Vec<Statement> {
    let of_user = |sql| Statement::new(sql, [json!(project_id), json!(user_id)]);
    let [changes, portals] = portal::forget_user(project_id, user_id);
    vec![
        changes,
        portals,
        of_user(concat!(
            "DELETE FROM logins WHERE project_id = ?1 AND (user_id = ?2 OR id IN (SELECT login_id",
            sessions_of_user!(),
            "))"
        )),
        of_user(concat!(
            "DELETE FROM sessions WHERE status <> 'returned' AND tokens_sealed IS NULL AND id IN (SELECT id",
            sessions_of_user!(),
            ")"
        )),
    ]
}

/// The deliveries that go with a user. One of our own events that waits to be told is kept until it was: it may be what
/// says that the grant has gone.
macro_rules! deliveries_of_user {
    () => {
        " FROM deliveries WHERE project_id = ?1 AND user_id = ?2 AND (status <> 'pending' OR event_id IS NOT NULL)"
    };
}

/// What came of events for a user.
macro_rules! outcomes_of_user {
    () => {
        " FROM outcomes WHERE project_id = ?1 AND user_id = ?2"
    };
}

/// So much is forgotten at a time; the same while none of it is deleted.
macro_rules! some {
    () => {
        " ORDER BY rowid LIMIT 1000)"
    };
}

/// Forgets what Zoom said that was for this user only, what came of events for this user, what was told of that, and which
/// meetings are hosted by a login that nobody uses any more: some at a time; then whether there is more, as one row with
/// `more`.
pub fn forget_events(project_id: &str, user_id: &str) -> Vec<Statement> {
    [
        concat!("DELETE FROM deliveries WHERE rowid IN (SELECT rowid", deliveries_of_user!(), some!()),
        concat!(
            "DELETE FROM meetings
             WHERE (integration_id, host_id) IN (SELECT integration_id, provider_user_id FROM events WHERE id IN
               (SELECT event_id",
            outcomes_of_user!(),
            some!(),
            ") AND NOT EXISTS (SELECT 1 FROM grants
               WHERE grants.integration_id = meetings.integration_id AND provider_user_id = host_id)",
        ),
        concat!(
            "DELETE FROM events WHERE id IN (SELECT event_id",
            outcomes_of_user!(),
            some!(),
            " AND NOT EXISTS (SELECT 1 FROM outcomes WHERE event_id = events.id AND user_id <> ?2)",
        ),
        concat!("DELETE FROM outcomes WHERE rowid IN (SELECT rowid", outcomes_of_user!(), some!()),
        concat!(
            "SELECT EXISTS (SELECT 1",
            outcomes_of_user!(),
            ") OR EXISTS (SELECT 1",
            deliveries_of_user!(),
            ") AS more"
        ),
    ]
    .map(|sql| Statement::new(sql, [json!(project_id), json!(user_id)]))
    .into()
}

/// Forgets the user and the subscriptions that name it, and notes it if there was anything; then how much is still there, or may come: one row with `n`.
pub fn erase(
    project_id: &str,
    user_id: &str,
    grants: usize,
    by: &Actor,
    now: Timestamp,
) -> Vec<Statement> {
    let note = Statement::new(
        "INSERT INTO audit (project_id, at, what, who, target, origin)
         SELECT ?1, ?3, 'user.erased', ?4, ?2, ?5
         WHERE ?6 > 0 OR EXISTS (SELECT 1 FROM users WHERE project_id = ?1 AND id = ?2)",
        [
            json!(project_id),
            json!(user_id),
            json!(now),
            json!(by.who),
            json!(by.origin),
            json!(grants),
        ],
    );
    let user = [json!(project_id), json!(user_id)];
    let mut statements =
        vec![note, Statement::new("DELETE FROM users WHERE project_id = ?1 AND id = ?2", user)];
    statements.extend(close(project_id, user_id));
    statements.extend(subscription::delete_of_user(project_id, user_id, by, now));
    statements.push(Statement::new(
        concat!(
            "SELECT (SELECT count(*) FROM grants WHERE project_id = ?1 AND user_id = ?2)
               + (SELECT count(*)",
            returned!(),
            ") AS n"
        ),
        of_user(project_id, user_id),
    ));
    statements
}
