//! What decides whether a run may begin, and what ends runs from outside: workflows that are on, what runs made, grants
//! that go. The rows of runs themselves are in `run`.

use serde_json::{Value, json};

use super::{event::json_list, read_row};
use crate::{
    connection::ConnectionName,
    host::{Host, HostError, Statement},
    shape::shape,
    time::Timestamp,
};

shape! {
    /// Something that a run made or changed at the provider's.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Made {
        /// `meeting/<id>`, or `creating/<the provider's user>` while one is being made.
        pub thing: String,
        /// So many runs, one after the other, came before the one that made it.
        pub depth: i64,
        /// Until when an event about it is taken for the run's.
        pub until: Timestamp,
    }
}

/// What runs made of these things: [`Made`] rows.
pub fn made(integration_id: &str, things: &Vec<String>) -> Statement {
    Statement::new(
        "SELECT thing, depth, until FROM made
         WHERE integration_id = ?1 AND thing IN (SELECT value FROM json_each(?2))",
        [json!(integration_id), json_list(things)],
    )
}

/// The deployed workflows of an integration with these triggers that are switched on, for each of these grants:
/// [`super::workflow::Candidate`]s. Whether everything is filled in is to be looked at.
pub fn switched_on(integration_id: &str, keys: &Vec<String>, grants: &Vec<String>) -> Statement {
    Statement::new(
        "SELECT workflows.id AS workflow_id, version, trigger_key, filter, required, default_enabled,
           wanted.value AS grant_id, enabled, enabled_at, settings
         FROM workflows CROSS JOIN json_each(?3) AS wanted
         LEFT JOIN enablements ON enablements.workflow_id = workflows.id AND enablements.grant_id = wanted.value
         WHERE integration_id = ?1 AND version IS NOT NULL AND trigger_key IN (SELECT value FROM json_each(?2))
           AND coalesce(enabled, default_enabled) <> 0
         ORDER BY workflows.created_at, workflows.id",
        [json!(integration_id), json_list(keys), json_list(grants)],
    )
}

/// Of runs that were just stored, those whose grant has left meanwhile, or that are part of one that does not live any
/// more, go again, with their texts.
pub fn only_connected(runs: &Vec<String>) -> Vec<Statement> {
    [
        "DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?1)) AND status = 'queued'
           AND (NOT EXISTS (SELECT 1 FROM grants WHERE grants.id = runs.grant_id)
             OR parent_id IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM runs AS parent WHERE parent.id = runs.parent_id AND parent.due_at IS NOT NULL))",
        "DELETE FROM run_texts WHERE run_id IN (SELECT value FROM json_each(?1))
           AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = run_texts.run_id)",
    ]
    .map(|sql| Statement::new(sql, [json_list(runs)]))
    .into()
}

/// A grant has left: its runs stop, and what its user made of workflows is forgotten.
pub fn grant_left(grant_id: &str, now: Timestamp) -> [Statement; 3] {
    [
        Statement::new(
            "UPDATE run_steps SET status = 'stopped', ended_at = ?2 WHERE ended_at IS NULL
               AND run_id IN (SELECT id FROM runs WHERE grant_id = ?1 AND due_at IS NOT NULL)",
            [json!(grant_id), json!(now)],
        ),
        Statement::new(
            "UPDATE runs SET status = 'stopped', problem = 'not_connected', due_at = NULL, ended_at = ?2
             WHERE grant_id = ?1 AND due_at IS NOT NULL",
            [json!(grant_id), json!(now)],
        ),
        Statement::new("DELETE FROM enablements WHERE grant_id = ?1", [json!(grant_id)]),
    ]
}

/// What decides about one run that a request wants: the deployed workflow of the project.
pub fn answering(project_id: &str, workflow_id: &str) -> Statement {
    Statement::new(
        "SELECT integration_id, workflow_versions.version AS version, workflow_versions.definition AS definition
         FROM workflows JOIN workflow_versions
           ON workflow_versions.workflow_id = workflows.id AND workflow_versions.version = workflows.version
         WHERE workflows.id = ?1 AND project_id = ?2 AND trigger_key = 'request'",
        [json!(workflow_id), json!(project_id)],
    )
}

/// How far a run is that is to answer a request: its status and problem, and the step that has answered, if one has.
pub fn answered(run_id: &str) -> Statement {
    Statement::new(
        "SELECT status, problem, (SELECT step FROM run_steps WHERE run_id = ?1 AND type = 'response'
           AND run_steps.status = 'succeeded' ORDER BY ended_at, step LIMIT 1) AS step
         FROM runs WHERE id = ?1",
        [json!(run_id)],
    )
}

/// Some runs: of a user, or of an integration.
macro_rules! some_runs {
    ($where:literal) => {
        concat!("(SELECT id FROM runs WHERE ", $where, " ORDER BY id LIMIT 500)")
    };
}

/// Forgets some of the runs that the condition finds, with what they were given and gave; then whether there are more, as
/// one row with `more`.
macro_rules! forget {
    ($where:literal, $params:expr) => {
        [
            concat!("DELETE FROM run_texts WHERE run_id IN ", some_runs!($where)),
            concat!("DELETE FROM run_steps WHERE run_id IN ", some_runs!($where)),
            concat!("DELETE FROM runs WHERE id IN ", some_runs!($where)),
            concat!("SELECT EXISTS (SELECT 1 FROM runs WHERE ", $where, ") AS more"),
        ]
        .map(|sql| Statement::new(sql, $params))
        .into()
    };
}

/// Forgets some of the runs of a user, and what the user made of workflows; then whether there are more runs, as one row
/// with `more`.
pub fn forget_user(project_id: &str, user_id: &str) -> Vec<Statement> {
    let of_user = || [json!(project_id), json!(user_id)];
    let enablements = "DELETE FROM enablements WHERE project_id = ?1 AND user_id = ?2";
    let mut statements = vec![Statement::new(enablements, of_user())];
    let runs: Vec<Statement> = forget!("project_id = ?1 AND user_id = ?2", of_user());
    statements.extend(runs);
    statements
}

/// Forgets some of the runs of an integration; then whether there are more, as one row with `more`.
pub fn forget_integration(integration_id: &str) -> Vec<Statement> {
    forget!("integration_id = ?1", [json!(integration_id)])
}

/// Runs such statements; whether there are more runs.
pub async fn forget_some(host: &impl Host, statements: Vec<Statement>) -> Result<bool, HostError> {
    shape! {
        struct Left {
            more: i64,
        }
    }
    let found = host.tables(statements).await?;
    let left = found.into_iter().flatten().next_back().map(read_row::<Left>).transpose()?;
    Ok(left.is_some_and(|left| left.more > 0))
}

/// What is scheduled may be different for every connection of a workflow's integration, if the clock starts the workflow.
/// To be run in the transaction that deploys, undeploys or deletes, before and after the change: either may show it.
pub fn schedules_changed(workflow_id: &str) -> Statement {
    Statement::new(
        "UPDATE integrations SET schedules = schedules + 1 WHERE id = (
           SELECT integration_id FROM workflows
           WHERE workflows.id = ?1 AND version IS NOT NULL AND trigger_key = 'schedule')",
        [json!(workflow_id)],
    )
}

/// What is scheduled is different for one connection. Each time leaves another number: who takes over what it saw takes
/// over no more than that.
pub fn schedules_of_grant_changed(grant_id: &str) -> Statement {
    Statement::new(
        "UPDATE connections SET schedules = min(schedules, 0) - 1 WHERE (integration_id, provider_user_id) = (
           SELECT integration_id, provider_user_id FROM grants WHERE id = ?1)",
        [json!(grant_id)],
    )
}

/// Some of the connections that have not taken over what is scheduled: of one integration, or of any.
pub fn schedules_behind(integration_id: Option<&str>, limit: i64) -> Statement {
    Statement::new(
        "SELECT integration_id, provider_user_id FROM integrations CROSS JOIN connections
           ON connections.integration_id = integrations.id AND connections.schedules < integrations.schedules
         WHERE (?1 IS NULL OR integrations.id = ?1) AND deleting_at IS NULL
         ORDER BY random() LIMIT ?2",
        [json!(integration_id), json!(limit)],
    )
}

shape! {
    /// When the clock starts a workflow for a grant; in one row with its [`super::workflow::Candidate`].
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Scheduled {
        /// The expression.
        pub cron: String,
        /// The time zone.
        pub zone: Option<String>,
    }
}

/// What is scheduled for these grants of a connection: first how far the connection is (`known`) and should be
/// (`wanted`), then a row for each
/// workflow and grant where that is switched on: [`Scheduled`] and [`super::workflow::Candidate`].
pub fn scheduled(connection: &ConnectionName, grants: &Vec<String>) -> Vec<Statement> {
    vec![
        Statement::new(
            "SELECT connections.schedules AS known, integrations.schedules AS wanted FROM connections
             JOIN integrations ON integrations.id = integration_id WHERE integration_id = ?1 AND provider_user_id = ?2",
            of_connection(connection),
        ),
        Statement::new(
            "SELECT workflows.id AS workflow_id, workflows.version AS version, trigger_key, filter, required,
               default_enabled, wanted.value AS grant_id, enabled, enabled_at, settings,
               workflow_versions.definition ->> '$.trigger.cron' AS cron,
               workflow_versions.definition ->> '$.trigger.timezone' AS zone
             FROM workflows
             JOIN workflow_versions ON workflow_versions.workflow_id = workflows.id
               AND workflow_versions.version = workflows.version
             CROSS JOIN json_each(?2) AS wanted
             LEFT JOIN enablements ON enablements.workflow_id = workflows.id AND enablements.grant_id = wanted.value
             WHERE integration_id = ?1 AND trigger_key = 'schedule' AND coalesce(enabled, default_enabled) <> 0",
            [json!(connection.integration_id), json_list(grants)],
        ),
    ]
}

/// The connection has taken over what is scheduled, unless that has changed again.
pub fn schedules_taken_over(connection: &ConnectionName, known: i64, wanted: i64) -> Statement {
    let mut params = of_connection(connection).to_vec();
    params.extend([json!(known), json!(wanted)]);
    Statement::new(
        "UPDATE connections SET schedules = ?4
         WHERE integration_id = ?1 AND provider_user_id = ?2 AND schedules = ?3",
        params,
    )
}

fn of_connection(connection: &ConnectionName) -> [Value; 2] {
    [json!(connection.integration_id), json!(connection.provider_user_id)]
}
