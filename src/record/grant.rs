//! A grant: the consent of one of our users to use one connection. Its tokens are with the connection, not here.

use serde_json::json;

use crate::{
    connection::ConnectionName,
    host::Statement,
    id::derived_uuid,
    secret::digest,
    shape::{shape, words},
    time::Timestamp,
};

shape! {
    /// One row of `grants`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Grant {
        /// Derived from integration, user and provider's user: connecting again keeps it.
        pub id: String,
        /// The project.
        pub project_id: String,
        /// The integration.
        pub integration_id: String,
        /// `zoom`.
        pub provider: String,
        /// The project's user.
        pub user_id: String,
        /// The provider's id of its user.
        pub provider_user_id: String,
        /// The provider's id of the user's company.
        pub account_id: String,
        /// Whose account it is.
        pub email: String,
        /// The name people see.
        pub display_name: String,
        /// What was granted, space separated. Empty in what a connection says: what was granted stays.
        pub scope: String,
        /// Whether it can be used.
        pub status: Status,
        /// The first consent.
        pub created_at: Timestamp,
        /// The last consent.
        pub connected_at: Timestamp,
        /// The last change.
        pub updated_at: Timestamp,
        /// What the project's server noted with it: a JSON object as text. Nothing in what a connection says, here and
        /// in the next three: what was known stays.
        pub metadata: Option<String>,
        /// The state of the login link that it came from.
        pub state: Option<String>,
        /// Where the person was, as far as the last consent told.
        pub ip: Option<String>,
        /// The person's browser, as far as the last consent told.
        pub user_agent: Option<String>,
        /// When the consent ends by itself.
        pub expires_at: Option<Timestamp>,
        /// When its token pair was last renewed; the tables alone know.
        pub refreshed_at: Option<Timestamp>,
    }
}

words! {
    /// Whether a grant can be used.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Status {
        /// As far as anybody knows.
        Valid = "VALID",
        /// The user has to connect again.
        Invalid = "INVALID",
    }
}

impl Grant {
    /// As its connection keeps it: without what only the tables keep, since one sealed record holds all grants of a
    /// connection. Of the metadata a digest, by which a change shows.
    #[must_use]
    pub fn kept(self) -> Self {
        Self {
            scope: String::new(),
            metadata: self.metadata.map(|metadata| digest(&metadata)),
            state: None,
            ip: None,
            user_agent: None,
            refreshed_at: None,
            ..self
        }
    }

    /// Whether the consent has ended by itself.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether it can be used now.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.status == Status::Valid && !self.has_ended(now)
    }

    /// The connection that this grant uses.
    pub fn connection(&self) -> ConnectionName {
        ConnectionName {
            integration_id: self.integration_id.clone(),
            provider_user_id: self.provider_user_id.clone(),
        }
    }
}

/// The id of the grant of these three: the same consent is the same grant.
pub fn grant_id(integration_id: &str, user_id: &str, provider_user_id: &str) -> String {
    derived_uuid(&["grant", integration_id, user_id, provider_user_id])
}

/// Stores a grant; one that is there keeps its first consent, and what this one says nothing about. A consent brings a
/// new token pair.
pub fn put(grant: &Grant) -> Statement {
    Statement::new(
        "INSERT INTO grants (id, project_id, integration_id, provider, user_id, provider_user_id, account_id, email,
           display_name, scope, status, created_at, connected_at, updated_at, metadata, state, ip, user_agent, expires_at,
           refreshed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?13)
         ON CONFLICT (id) DO UPDATE SET account_id = ?7, email = ?8, display_name = ?9, status = ?11,
           connected_at = ?13, updated_at = ?14, expires_at = ?19, scope = COALESCE(NULLIF(?10, ''), scope),
           metadata = COALESCE(?15, metadata), state = COALESCE(?16, state), ip = COALESCE(?17, ip),
           user_agent = COALESCE(?18, user_agent), refreshed_at = max(coalesce(refreshed_at, 0), ?13)
         WHERE connected_at <= ?13",
        [
            json!(grant.id),
            json!(grant.project_id),
            json!(grant.integration_id),
            json!(grant.provider),
            json!(grant.user_id),
            json!(grant.provider_user_id),
            json!(grant.account_id),
            json!(grant.email),
            json!(grant.display_name),
            json!(grant.scope),
            json!(grant.status),
            json!(grant.created_at),
            json!(grant.connected_at),
            json!(grant.updated_at),
            json!(grant.metadata),
            json!(grant.state),
            json!(grant.ip),
            json!(grant.user_agent),
            json!(grant.expires_at),
        ],
    )
}

/// Says that a grant cannot be used until the user connects again; `refused_age` is how old its token pair was when the
/// provider refused it, in milliseconds, if that is why.
pub fn set_invalid(id: &str, refused_age: Option<i64>, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE grants SET status = 'INVALID', updated_at = ?2, refused_age = coalesce(?3, refused_age) WHERE id = ?1",
        [json!(id), json!(now), json!(refused_age)],
    )
}

/// Removes a grant.
pub fn delete(id: &str) -> Statement {
    Statement::new("DELETE FROM grants WHERE id = ?1", [json!(id)])
}

/// Says where a connection's record is, and under which key it is sealed.
pub fn register(connection: &ConnectionName, key_id: &str) -> Statement {
    Statement::new(
        "INSERT INTO connections (integration_id, provider_user_id, sealed_with) VALUES (?1, ?2, ?3)
         ON CONFLICT (integration_id, provider_user_id) DO UPDATE SET sealed_with = ?3",
        [json!(connection.integration_id), json!(connection.provider_user_id), json!(key_id)],
    )
}

/// Says since when a connection has owed rows or revocations; nothing when it owes none. Its record is sealed under this
/// key, should nobody know of it yet.
pub fn owes(connection: &ConnectionName, since: Option<Timestamp>, key_id: &str) -> Statement {
    let [integration_id, user_id] =
        [json!(connection.integration_id), json!(connection.provider_user_id)];
    if since.is_none() {
        let sql = "UPDATE connections SET owes_since = NULL WHERE integration_id = ?1 AND provider_user_id = ?2";
        return Statement::new(sql, [integration_id, user_id]);
    }
    Statement::new(
        "INSERT INTO connections (integration_id, provider_user_id, sealed_with, owes_since) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (integration_id, provider_user_id) DO UPDATE SET owes_since = ?4",
        [integration_id, user_id, json!(key_id), json!(since)],
    )
}

/// Says that the token pair of a connection was renewed, to all who use it.
pub fn refreshed(connection: &ConnectionName, at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE grants SET refreshed_at = ?3
         WHERE integration_id = ?1 AND provider_user_id = ?2 AND coalesce(refreshed_at, 0) < ?3",
        [json!(connection.integration_id), json!(connection.provider_user_id), json!(at)],
    )
}

/// Says that a connection holds nothing any more; rows of grants that came too late go too.
pub fn forget_connection(connection: &ConnectionName) -> Vec<Statement> {
    let of = || [json!(connection.integration_id), json!(connection.provider_user_id)];
    vec![
        Statement::new(
            "DELETE FROM grants WHERE integration_id = ?1 AND provider_user_id = ?2",
            of(),
        ),
        Statement::new(
            "DELETE FROM connections WHERE integration_id = ?1 AND provider_user_id = ?2",
            of(),
        ),
    ]
}

/// A grant, if its last consent is the one of this time.
pub fn of_consent(id: &str, connected_at: Timestamp) -> Statement {
    Statement::new(
        "SELECT * FROM grants WHERE id = ?1 AND connected_at = ?2",
        [json!(id), json!(connected_at)],
    )
}

/// One grant of one user, by id.
pub fn of_user_by_id(project_id: &str, user_id: &str, id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM grants WHERE id = ?3 AND project_id = ?1 AND user_id = ?2",
        [json!(project_id), json!(user_id), json!(id)],
    )
}

/// All grants of one user, the one connected last first.
pub fn of_user(project_id: &str, user_id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM grants WHERE project_id = ?1 AND user_id = ?2 ORDER BY connected_at DESC, id",
        [json!(project_id), json!(user_id)],
    )
}
