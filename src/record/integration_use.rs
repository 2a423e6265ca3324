//! What an integration is used for: how many grants it has, what they were granted, what its workflows and subscriptions
//! need, and when somebody last connected by it.

use serde_json::json;

use super::integration::Integration;
use crate::{host::Statement, shape::shape, time::Timestamp};

/// So many different scopes of grants are looked at.
const MOST: i64 = 50;

shape! {
    /// How many grants an integration has.
    #[derive(Debug)]
    pub struct GrantCount {
        /// The integration.
        pub integration_id: String,
        /// So many.
        pub n: i64,
    }
}

/// How many grants each integration of a project has, up to so many, which costs no more than they do.
pub fn grant_counts(project_id: &str, most: i64) -> Statement {
    Statement::new(
        "SELECT id AS integration_id,
           (SELECT count(*) FROM (SELECT 1 FROM grants WHERE integration_id = integrations.id LIMIT ?2)) AS n
         FROM integrations WHERE project_id = ?1",
        [json!(project_id), json!(most)],
    )
}

shape! {
    /// What grants were granted.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Granted {
        /// Space separated.
        pub scope: String,
        /// To so many grants.
        pub n: i64,
    }
}

/// What the grants that can be used were granted; what was granted last first.
pub fn granted(integration_id: &str) -> Statement {
    Statement::new(
        "SELECT scope, count(*) AS n FROM grants WHERE integration_id = ?1 AND status = 'VALID' AND scope <> ''
         GROUP BY scope ORDER BY max(connected_at) DESC LIMIT ?2",
        [json!(integration_id), json!(MOST)],
    )
}

shape! {
    /// Something by its name.
    #[derive(Debug)]
    pub struct Named {
        /// The name.
        pub name: String,
    }
}

/// The types that stand in the deployed workflows of an integration: of triggers and steps, `zoom.create_meeting`.
pub fn types_at_work(integration_id: &str, provider: &str) -> Statement {
    Statement::new(
        "SELECT DISTINCT one.value AS name FROM workflows JOIN workflow_versions ON workflow_id = workflows.id
           AND workflow_versions.version = workflows.version, json_tree(workflow_versions.definition) AS one
         WHERE integration_id = ?1 AND workflows.version IS NOT NULL AND one.key = 'type' AND one.type = 'text' AND one.value LIKE ?2 || '.%'
         ORDER BY name",
        [json!(integration_id), json!(provider)],
    )
}

/// The triggers that a project's subscriptions are told of.
pub fn subscribed(project_id: &str) -> Statement {
    Statement::new(
        "SELECT DISTINCT trigger AS name FROM subscriptions WHERE project_id = ?1 AND status <> 'paused' ORDER BY name",
        [json!(project_id)],
    )
}

shape! {
    /// When people connected by an integration last, since it was last changed.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    pub struct Consents {
        /// By a consent that the provider sent back to the address; such consents are remembered for a day.
        pub here: Option<Timestamp>,
        /// By any: to which address it was sent back is not known any more.
        pub any: Option<Timestamp>,
    }
}

/// When somebody last connected by a consent, sent back to this address or to any: [`Consents`]. A refresh token that a
/// project brought is none.
pub fn consents(integration: &Integration, redirect_uri: &str) -> Statement {
    Statement::new(
        "SELECT (SELECT max(created_at) FROM sessions
             WHERE integration_id = ?1 AND status = 'done' AND dialect <> 'import' AND redirect_uri = ?2
               AND created_at >= ?3) AS here,
           (SELECT max(created_at) FROM grants
             WHERE integration_id = ?1 AND user_agent IS NOT NULL AND created_at >= ?3) AS any",
        [json!(integration.id), json!(redirect_uri), json!(integration.updated_at)],
    )
}
