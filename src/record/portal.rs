//! A window of the Connect Portal, and what was done in it for the page that opened it. Neither its ticket nor its cookie
//! is stored. A change is written in the transaction of its cause; that an account leaves is written down before, and
//! counts once its grant's row has gone.

use serde_json::json;

use crate::{
    host::{Host, HostError, Statement},
    record::{
        first_row,
        grant::Grant,
        session::{self, unsettled},
        workflow::Candidate,
    },
    secret,
    shape::{shape, words},
    time::{DAY, MINUTE, SECOND, Timestamp},
};

/// How long a ticket opens its portal, in milliseconds.
pub const TICKET_LIFE: i64 = MINUTE;
/// How long a portal is open, in milliseconds; for longer only while somebody is at the provider's.
pub const LIFE: i64 = 15 * MINUTE;
/// How long a connect that begins in it may keep it open at most, in milliseconds from its opening.
pub const LONGEST_LIFE: i64 = LIFE + session::LIFE;
/// After so long a window whose page has gone is closed, in milliseconds: a page that was only reloaded is back by then.
const GONE_AFTER: i64 = 10 * SECOND;

shape! {
    /// One row of `portals`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Portal {
        /// 122 random bits.
        pub id: String,
        /// SHA-256 of the cookie of the browser that opened it.
        pub cookie_digest: Option<String>,
        /// The project.
        pub project_id: String,
        /// What it shows.
        pub integration_id: String,
        /// To whom.
        pub user_id: String,
        /// The page that asked for it.
        pub origin: String,
        /// 1: the person has to say first that they meant to open it.
        pub asks: i64,
        /// When its ticket was made.
        pub created_at: Timestamp,
        /// When it ends; before it is opened: when its ticket ends.
        pub expires_at: Timestamp,
        /// When it was closed; a moment ahead while its page has gone and may come back.
        pub closed_at: Option<Timestamp>,
    }
}

words! {
    /// What was done in a portal.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum ChangeKind {
        /// An account was connected, for the first time or again.
        Installed = "installed",
        /// An account was disconnected.
        Uninstalled = "uninstalled",
        /// A workflow was switched, or its settings were changed.
        Workflow = "workflow",
    }
}

shape! {
    /// One change, for the page that opened the portal.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Change {
        /// Rises from change to change, not always by one.
        pub n: i64,
        /// What was done.
        pub what: ChangeKind,
        /// With which account.
        pub grant_id: String,
        /// With which workflow.
        pub workflow_id: Option<String>,
        /// 1 or 0: it was switched on or off.
        pub enabled: Option<i64>,
    }
}

impl Portal {
    /// Whether it takes nothing any more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.is_closed(now) || now >= self.expires_at
    }

    /// Whether it was closed.
    pub fn is_closed(&self, now: Timestamp) -> bool {
        self.closed_at.is_some_and(|at| at <= now)
    }

    /// When a connect that begins now has to be over: the browser keeps the portal's cookie no longer.
    pub fn connects_until(&self) -> Timestamp {
        self.created_at.plus(LONGEST_LIFE)
    }
}

/// Stores a portal that waits for its ticket.
pub fn insert(portal: &Portal, ticket: &str) -> Statement {
    Statement::new(
        "INSERT INTO portals (id, ticket_digest, project_id, integration_id, user_id, origin, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        [
            json!(portal.id),
            json!(secret::digest(ticket)),
            json!(portal.project_id),
            json!(portal.integration_id),
            json!(portal.user_id),
            json!(portal.origin),
            json!(portal.created_at),
            json!(portal.expires_at),
        ],
    )
}

/// Opens the portal of a ticket for the browser with this cookie, once and in time. It asks first unless the ticket comes
/// from the very page that it was made for. Nothing when there is no such portal any more.
pub async fn enter(
    host: &impl Host,
    ticket: &str,
    cookie: &str,
    origin: Option<&str>,
) -> Result<Option<Portal>, HostError> {
    let now = host.now();
    let statement = Statement::new(
        "UPDATE portals SET cookie_digest = ?2, asks = origin IS NOT ?3, expires_at = ?5
         WHERE ticket_digest = ?1 AND cookie_digest IS NULL AND closed_at IS NULL AND expires_at > ?4 RETURNING *",
        [
            json!(secret::digest(ticket)),
            json!(secret::digest(cookie)),
            json!(origin),
            json!(now),
            json!(now.plus(LIFE)),
        ],
    );
    first_row(host, statement).await
}

/// The portal of this id.
pub async fn by_id(host: &impl Host, id: &str) -> Result<Option<Portal>, HostError> {
    first_row(host, of_id(id)).await
}

/// The same as a statement.
pub fn of_id(id: &str) -> Statement {
    Statement::new("SELECT * FROM portals WHERE id = ?1", [json!(id)])
}

/// The person has said that they meant to open it.
pub fn confirm(id: &str) -> Statement {
    Statement::new("UPDATE portals SET asks = 0 WHERE id = ?1", [json!(id)])
}

/// It takes nothing any more.
pub fn close(id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE portals SET closed_at = ?2 WHERE id = ?1 AND (closed_at IS NULL OR closed_at > ?2)",
        [json!(id), json!(now)],
    )
}

/// Its page has gone: it takes nothing any more in a moment, unless the page [`is_back`] by then.
pub fn gone(id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE portals SET closed_at = ?2 WHERE id = ?1 AND closed_at IS NULL",
        [json!(id), json!(now.plus(GONE_AFTER))],
    )
}

/// Its page is there.
pub fn is_back(id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE portals SET closed_at = NULL WHERE id = ?1 AND closed_at > ?2",
        [json!(id), json!(now)],
    )
}

/// It does not end before a connect that begins in it.
pub fn leads_away(id: &str, until: Timestamp) -> Statement {
    Statement::new(
        "UPDATE portals SET expires_at = max(expires_at, ?2) WHERE id = ?1",
        [json!(id), json!(until)],
    )
}

/// The number of the next change of portal `?1`.
macro_rules! next {
    ($portal:literal) => {
        concat!(
            "(SELECT COALESCE(max(n), 0) + 1 FROM portal_changes WHERE portal_id = ",
            $portal,
            ")"
        )
    };
}

/// A session that began in a portal is about to end with its grant; in the transaction that ends it, before it is ended,
/// and only if it will be: `unsettled` is what that asks for.
macro_rules! installed {
    ($unsettled:expr) => {
        concat!(
            "INSERT INTO portal_changes (portal_id, n, what, grant_id)
             SELECT portals.id, ",
            $crate::record::portal::next!("portals.id"),
            ", 'installed', ?2 FROM portals
             WHERE portals.id = (SELECT portal_id FROM sessions WHERE id = ?1 AND ",
            $unsettled,
            ")"
        )
    };
}
pub(super) use {installed, next};

/// An account is about to leave: that it did is told once its row has gone.
pub fn leaving(portal_id: &str, grant_id: &str) -> Statement {
    Statement::new(
        concat!(
            "INSERT INTO portal_changes (portal_id, n, what, grant_id) SELECT ?1, ",
            next!("?1"),
            ", 'leaving', id FROM grants WHERE id = ?2 AND NOT EXISTS (SELECT 1 FROM portal_changes
               WHERE portal_id = ?1 AND what = 'leaving' AND grant_id = ?2)"
        ),
        [json!(portal_id), json!(grant_id)],
    )
}

/// The row of a grant goes: those portals that it leaves by say so. In the transaction that deletes it.
pub fn left(grant_id: &str) -> Statement {
    Statement::new(
        "UPDATE portal_changes SET what = 'uninstalled',
           n = (SELECT max(n) + 1 FROM portal_changes AS others WHERE others.portal_id = portal_changes.portal_id)
         WHERE grant_id = ?1 AND what = 'leaving'",
        [json!(grant_id)],
    )
}

/// Whether a grant that is not there any more left by this portal: a row, or none.
pub fn has_left(portal_id: &str, grant_id: &str) -> Statement {
    Statement::new(
        "SELECT n FROM portal_changes WHERE portal_id = ?1 AND grant_id = ?2 AND what IN ('leaving', 'uninstalled')",
        [json!(portal_id), json!(grant_id)],
    )
}

/// A workflow was changed from `before` to `after`: in the transaction of [`super::enablement::change`] and behind it, and only
/// if that changed something.
pub fn workflow_changed(
    portal_id: &str,
    grant: &Grant,
    before: &Candidate,
    after: &Candidate,
    now: Timestamp,
) -> Statement {
    let switched = before.is_enabled() != after.is_enabled();
    Statement::new(
        concat!(
            "INSERT INTO portal_changes (portal_id, n, what, grant_id, workflow_id, enabled) SELECT id, ",
            next!("?1"),
            ", 'workflow', ?2, ?3, ?4 FROM portals WHERE id = ?1 AND EXISTS (SELECT 1 FROM enablements
               WHERE workflow_id = ?3 AND grant_id = ?2 AND enabled IS ?5 AND enabled_at IS ?6 AND settings = ?7
                 AND updated_at = ?8)"
        ),
        [
            json!(portal_id),
            json!(grant.id),
            json!(after.workflow_id),
            json!(switched.then_some(i64::from(after.is_enabled()))),
            json!(after.enabled),
            json!(after.enabled_at),
            json!(after.settings.as_deref().unwrap_or("{}")),
            json!(now),
        ],
    )
}

/// The ids of its sessions that came back from Zoom and have not come to an end, or their pair has not.
pub fn returned(portal_id: &str) -> Statement {
    Statement::new(
        concat!("SELECT id FROM sessions WHERE portal_id = ?1 AND ", unsettled!()),
        [json!(portal_id)],
    )
}

/// The changes behind the one of this number, at most 500, in order.
pub fn changes(portal_id: &str, after: i64) -> Statement {
    Statement::new(
        "SELECT * FROM portal_changes WHERE portal_id = ?1 AND n > ?2 AND what <> 'leaving' ORDER BY n LIMIT 500",
        [json!(portal_id), json!(after)],
    )
}

/// The portals that a statement forgets, with their changes.
macro_rules! forget {
    ($which:expr) => {
        [
            concat!(
                "DELETE FROM portal_changes WHERE portal_id IN (SELECT id FROM portals WHERE ",
                $which,
                ")"
            ),
            concat!("DELETE FROM portals WHERE id IN (SELECT id FROM portals WHERE ", $which, ")"),
        ]
    };
}

/// Forgets those that ended a day ago, some at a time.
pub fn forget_old(now: Timestamp) -> [Statement; 2] {
    forget!("expires_at < ?1 ORDER BY expires_at, id LIMIT 500")
        .map(|sql| Statement::new(sql, [json!(now.plus(-DAY))]))
}

/// Forgets those of a user.
pub fn forget_user(project_id: &str, user_id: &str) -> [Statement; 2] {
    forget!("project_id = ?1 AND user_id = ?2")
        .map(|sql| Statement::new(sql, [json!(project_id), json!(user_id)]))
}
