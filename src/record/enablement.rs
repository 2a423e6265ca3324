//! What users make of workflows, a row for each workflow and grant: on or off, and what they filled in. No row: as the
//! workflow says. Whether one runs is [`Candidate`]'s to say; how one changes is `edge`'s.

use serde_json::{Map, Value, json};

use super::{event::json_list, grant::Grant, workflow::Candidate};
use crate::{
    host::{HostError, Statement},
    shape::shape,
    time::Timestamp,
    workflow::{Setting, settings},
};

shape! {
    /// A deployed workflow, as far as users are shown it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Offer {
        /// The workflow.
        pub id: String,
        /// The integration.
        pub integration_id: String,
        /// The name that people see.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
        /// What users fill in: the definition's list, as text.
        pub settings: Option<String>,
        /// Whether it is on for those who never said.
        pub default_enabled: i64,
        /// When it was made.
        pub created_at: Timestamp,
        /// When this version was deployed.
        pub deployed_at: Timestamp,
    }
}

impl Offer {
    /// What users fill in.
    pub fn settings(&self) -> Result<Vec<Setting>, HostError> {
        let text = self.settings.as_deref().unwrap_or("[]");
        // It was read before it was deployed.
        let unreadable =
            |reason: String| HostError::new("tables", format!("{}: {reason}", self.id));
        let list = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        settings(Some(&list)).map_err(|misfit| unreadable(misfit.to_string()))
    }
}

impl Candidate {
    /// Whether the user has it on, or never said and it is on by itself.
    pub fn is_enabled(&self) -> bool {
        self.enabled.unwrap_or(self.default_enabled) != 0
    }

    /// What the user filled in.
    pub fn filled_in(&self) -> Map<String, Value> {
        let text = self.settings.as_deref().unwrap_or("{}");
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The settings that have to be filled in and are not.
    pub fn missing(&self) -> Vec<String> {
        let filled_in = self.filled_in();
        let mut required: Vec<String> = serde_json::from_str(&self.required).unwrap_or_default();
        required.retain(|name| match filled_in.get(name) {
            Some(value) => value.is_null() || value.as_str() == Some(""),
            None => true,
        });
        required
    }
}

/// The deployed workflows that may run for some grants.
macro_rules! candidates {
    ($wanted:literal) => {
        concat!(
            "SELECT workflows.id AS workflow_id, version, trigger_key, filter, required, default_enabled,
               grants.id AS grant_id, enabled, enabled_at, settings
             FROM grants JOIN workflows ON workflows.integration_id = grants.integration_id AND version IS NOT NULL
             LEFT JOIN enablements ON enablements.workflow_id = workflows.id AND enablements.grant_id = grants.id
             WHERE ",
            $wanted,
            " ORDER BY workflows.created_at, workflows.id"
        )
    };
}

/// The deployed workflows of every grant of a user: [`Candidate`]s, the oldest workflow first.
pub fn of_user(project_id: &str, user_id: &str) -> Statement {
    Statement::new(
        candidates!("grants.project_id = ?1 AND grants.user_id = ?2"),
        [json!(project_id), json!(user_id)],
    )
}

/// The deployed workflows of one grant: [`Candidate`]s, the oldest workflow first.
pub fn of_grant(grant_id: &str) -> Statement {
    Statement::new(candidates!("grants.id = ?1"), [json!(grant_id)])
}

/// Deployed workflows as users are shown them.
macro_rules! offers {
    ($wanted:literal) => {
        concat!(
            "SELECT workflows.id, integration_id, workflow_versions.definition ->> '$.name' AS name,
               workflow_versions.definition ->> '$.description' AS description,
               workflow_versions.definition -> '$.settings' AS settings, default_enabled, created_at, deployed_at
             FROM workflows JOIN workflow_versions
               ON workflow_versions.workflow_id = workflows.id AND workflow_versions.version = workflows.version
             WHERE project_id = ?1 AND ",
            $wanted,
            " ORDER BY created_at, workflows.id"
        )
    };
}

/// Every deployed workflow of a project: [`Offer`]s, the oldest first.
pub fn offers(project_id: &str) -> Statement {
    Statement::new(offers!("workflows.version IS NOT NULL"), [json!(project_id)])
}

/// Those of these ids that are deployed: [`Offer`]s.
pub fn some_offers(project_id: &str, ids: &Vec<String>) -> Statement {
    Statement::new(
        offers!("workflows.id IN (SELECT value FROM json_each(?2))"),
        [json!(project_id), json_list(ids)],
    )
}

/// Makes `before` into `after`; its `workflow_id` comes back, unless somebody else has changed it meanwhile or the grant
/// has gone.
pub fn change(grant: &Grant, before: &Candidate, after: &Candidate, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO enablements (workflow_id, grant_id, project_id, user_id, enabled, enabled_at, settings, updated_at)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM grants WHERE id = ?2)
         ON CONFLICT (workflow_id, grant_id) DO UPDATE SET enabled = ?5, enabled_at = ?6, settings = ?7, updated_at = ?8
         WHERE enablements.enabled IS ?9 AND enablements.enabled_at IS ?10 AND enablements.settings IS ?11
         RETURNING workflow_id",
        [
            json!(after.workflow_id),
            json!(grant.id),
            json!(grant.project_id),
            json!(grant.user_id),
            json!(after.enabled),
            json!(after.enabled_at),
            json!(after.settings.as_deref().unwrap_or("{}")),
            json!(now),
            json!(before.enabled),
            json!(before.enabled_at),
            json!(before.settings),
        ],
    )
}

/// Of runs that were just stored because a workflow was turned on at a time (`[run, workflow, grant, time]`, a JSON list of
/// these), those go again where it was not, because somebody else came between.
pub fn only_turned_on(runs: &Value) -> Statement {
    Statement::new(
        "DELETE FROM runs WHERE status = 'queued' AND id IN (
           SELECT value ->> 0 FROM json_each(?1) WHERE NOT EXISTS (
             SELECT 1 FROM enablements WHERE workflow_id = value ->> 1 AND grant_id = value ->> 2
               AND enabled_at = value ->> 3))",
        [json!(runs.to_string())],
    )
}
