//! A workflow: what is to happen when something did, as its project defines it, and the versions that were deployed. The
//! definition's own rules are in `workflow`.

use serde_json::{Value, json};

use crate::{
    connection::Actor,
    host::Statement,
    shape::{shape, words},
    time::Timestamp,
};

/// A project has so many at most.
const MOST: i64 = 500;

shape! {
    /// One row of `workflows`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Workflow {
        /// The id.
        pub id: String,
        /// The project.
        pub project_id: String,
        /// The integration.
        pub integration_id: String,
        /// The name that people see.
        pub name: String,
        /// As it is edited: JSON text.
        pub definition: String,
        /// Rises with each change of the definition.
        pub revision: i64,
        /// The deployed version; nothing: none.
        pub version: Option<i64>,
        /// So many versions were deployed.
        pub versions: i64,
        /// Of the deployed version: [`crate::workflow::Trigger::key`].
        pub trigger_key: Option<String>,
        /// Of the deployed version: its trigger's filter, JSON text.
        pub filter: Option<String>,
        /// Of the deployed version: the settings that have to be filled in, a JSON list as text.
        pub required: String,
        /// Whether the deployed version is on for those who never said.
        pub default_enabled: i64,
        /// When it was made.
        pub created_at: Timestamp,
        /// The last change.
        pub updated_at: Timestamp,
    }
}

shape! {
    /// What a list shows of a workflow.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Listed {
        /// The id.
        pub id: String,
        /// The name that people see.
        pub name: String,
        /// The provider.
        pub provider: String,
        /// The integration.
        pub integration_id: String,
        /// Rises with each change of the definition.
        pub revision: i64,
        /// The deployed version.
        pub version: Option<i64>,
        /// Whether what is edited is not what is deployed; 0: it is, or nothing is deployed.
        pub changed: i64,
        /// What starts it, as it is edited: [`crate::workflow::Trigger::key`].
        pub trigger: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// The last change.
        pub updated_at: Timestamp,
    }
}

words! {
    /// Whether a workflow is deployed.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum WorkflowStatus {
        /// It is not.
        Draft = "draft",
        /// It is.
        Deployed = "deployed",
    }
}

shape! {
    /// One row of `workflow_versions`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Version {
        /// The workflow.
        pub workflow_id: String,
        /// The number.
        pub version: i64,
        /// What was deployed: JSON text.
        pub definition: String,
        /// When.
        pub deployed_at: Timestamp,
    }
}

shape! {
    /// A deployed workflow with what one grant's user made of it: what decides whether a run begins.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Candidate {
        /// The workflow.
        pub workflow_id: String,
        /// Its deployed version.
        pub version: i64,
        /// What starts it.
        pub trigger_key: String,
        /// Which of the events: JSON text.
        pub filter: Option<String>,
        /// The settings that have to be filled in: a JSON list as text.
        pub required: String,
        /// Whether it is on for those who never said.
        pub default_enabled: i64,
        /// The grant.
        pub grant_id: String,
        /// What the user said.
        pub enabled: Option<i64>,
        /// Since when it is on, where the user said so.
        pub enabled_at: Option<Timestamp>,
        /// What the user filled in: a JSON object as text.
        pub settings: Option<String>,
    }
}

impl Candidate {
    /// Whether it runs for this grant: on, and everything filled in that has to be.
    pub fn is_on(&self) -> bool {
        self.enabled.unwrap_or(self.default_enabled) != 0 && self.is_filled()
    }

    /// Whether everything is filled in that has to be.
    fn is_filled(&self) -> bool {
        let required: Vec<String> = serde_json::from_str(&self.required).unwrap_or_default();
        let settings = self.settings.as_deref().unwrap_or("{}");
        let settings: Value = serde_json::from_str(settings).unwrap_or_default();
        let empty = |value: &Value| value.is_null() || value.as_str() == Some("");
        required.iter().all(|name| settings.get(name).is_some_and(|value| !empty(value)))
    }
}

/// One version.
pub fn version(workflow_id: &str, version: i64) -> Statement {
    Statement::new(
        "SELECT * FROM workflow_versions WHERE workflow_id = ?1 AND version = ?2",
        [json!(workflow_id), json!(version)],
    )
}

/// Stores a new one, and notes it; its row comes back unless the project has too many.
pub fn create(new: &Workflow, by: &Actor) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO workflows (id, project_id, integration_id, name, definition, revision, created_at, updated_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7
             WHERE (SELECT count(*) FROM workflows WHERE project_id = ?2) < ?8 RETURNING *",
            [
                json!(new.id),
                json!(new.project_id),
                json!(new.integration_id),
                json!(new.name),
                json!(new.definition),
                json!(new.revision),
                json!(new.created_at),
                json!(MOST),
            ],
        ),
        noted("workflow.created", &any_revision(&new.project_id, &new.id), by, new.created_at),
    ]
}

/// One of a project.
pub fn one(project_id: &str, id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM workflows WHERE id = ?1 AND project_id = ?2",
        [json!(id), json!(project_id)],
    )
}

/// A part of a project's workflows, the oldest first: [`Listed`].
pub fn of_project(
    project_id: &str,
    status: Option<WorkflowStatus>,
    trigger: Option<&str>,
    limit: i64,
    offset: i64,
) -> Statement {
    Statement::new(
        "SELECT * FROM (SELECT id, name, definition ->> '$.integration' AS provider, integration_id, revision, version,
           version IS NOT NULL AND definition IS NOT (SELECT deployed.definition FROM workflow_versions AS deployed
             WHERE deployed.workflow_id = workflows.id AND deployed.version = workflows.version) AS changed,
           CASE definition ->> '$.trigger.type' WHEN 'event' THEN 'event/' || (definition ->> '$.trigger.name')
             ELSE definition ->> '$.trigger.type' END AS trigger, created_at, updated_at
           FROM workflows WHERE project_id = ?1 AND (?2 IS NULL OR (version IS NULL) = (?2 = 'draft')))
         WHERE ?3 IS NULL OR trigger = ?3 ORDER BY created_at, id LIMIT ?4 OFFSET ?5",
        [json!(project_id), json!(status), json!(trigger), json!(limit), json!(offset)],
    )
}

/// Holds for one workflow, while it has the revision that is named.
macro_rules! this {
    () => {
        " WHERE id = ?1 AND project_id = ?2 AND (?3 IS NULL OR revision = ?3)"
    };
}

/// Changes the definition, if the workflow has this revision where one is named, and notes it: then its row comes back.
pub fn change(new: &Workflow, revision: Option<i64>, by: &Actor, now: Timestamp) -> Vec<Statement> {
    let this = [json!(new.id), json!(new.project_id), json!(revision)];
    let params = [json!(new.name), json!(new.definition), json!(now)];
    vec![
        noted("workflow.changed", &this, by, now),
        Statement::new(
            concat!(
                "UPDATE workflows SET name = ?4, definition = ?5, revision = revision + 1, updated_at = ?6",
                this!(),
                " RETURNING *"
            ),
            [this, params].concat(),
        ),
    ]
}

/// What the deployed version of a workflow is found by.
#[derive(Debug)]
pub struct Deployment {
    /// [`crate::workflow::Trigger::key`]
    pub trigger_key: String,
    /// The trigger's filter: JSON text.
    pub filter: Option<String>,
    /// The settings that have to be filled in: a JSON list as text.
    pub required: String,
    /// Whether it is on for those who never said.
    pub default_enabled: bool,
}

/// Deploys a workflow as it was read, unless it was changed since, and notes it: then its row comes back. What was
/// deployed last keeps its number when it is deployed again.
pub fn deploy(
    read: &Workflow,
    deployment: &Deployment,
    by: &Actor,
    now: Timestamp,
) -> Vec<Statement> {
    let this = [json!(read.id), json!(read.project_id), json!(read.revision)];
    let params = [
        json!(now),
        json!(deployment.trigger_key),
        json!(deployment.filter),
        json!(deployment.required),
        json!(i64::from(deployment.default_enabled)),
    ];
    vec![
        Statement::new(
            concat!(
                "INSERT INTO workflow_versions (workflow_id, version, definition, deployed_at)
                 SELECT id, versions + 1, definition, ?4 FROM workflows",
                this!(),
                " AND definition IS NOT (SELECT deployed.definition FROM workflow_versions AS deployed
                   WHERE deployed.workflow_id = workflows.id AND deployed.version = workflows.versions)"
            ),
            [this.as_slice(), &[json!(now)]].concat(),
        ),
        noted("workflow.deployed", &this, by, now),
        Statement::new(
            concat!(
                "UPDATE workflows SET (versions, version) = (SELECT max(deployed.version), max(deployed.version)
                   FROM workflow_versions AS deployed WHERE deployed.workflow_id = workflows.id),
                   trigger_key = ?5, filter = ?6, required = ?7, default_enabled = ?8, updated_at = ?4",
                this!(),
                " RETURNING *"
            ),
            [this.as_slice(), &params].concat(),
        ),
    ]
}

/// Takes the deployed version away, and notes it; the row comes back when there is such a workflow.
pub fn undeploy(project_id: &str, id: &str, by: &Actor, now: Timestamp) -> Vec<Statement> {
    let this = any_revision(project_id, id);
    vec![
        noted("workflow.undeployed", &this, by, now),
        Statement::new(
            concat!(
                "UPDATE workflows SET version = NULL, trigger_key = NULL, filter = NULL, required = '[]',
                   default_enabled = 0, updated_at = ?4",
                this!(),
                " RETURNING *"
            ),
            [this.as_slice(), &[json!(now)]].concat(),
        ),
    ]
}

/// Deletes one with all that is its own, and notes it; its live runs are over. The last rows that come back are its own.
pub fn delete(project_id: &str, id: &str, by: &Actor, now: Timestamp) -> Vec<Statement> {
    let timed = |sql| Statement::new(sql, [json!(id), json!(project_id), json!(now)]);
    let of_project = |sql| Statement::new(sql, [json!(id), json!(project_id)]);
    vec![
        noted("workflow.deleted", &any_revision(project_id, id), by, now),
        timed(
            "UPDATE run_steps SET status = 'stopped', ended_at = ?3 WHERE ended_at IS NULL AND run_id IN
               (SELECT id FROM runs WHERE workflow_id = ?1 AND project_id = ?2 AND due_at IS NOT NULL)",
        ),
        timed(
            "UPDATE runs SET status = 'stopped', problem = 'workflow_gone', due_at = NULL, ended_at = ?3
             WHERE workflow_id = ?1 AND project_id = ?2 AND due_at IS NOT NULL",
        ),
        of_project("DELETE FROM enablements WHERE workflow_id = ?1 AND +project_id = ?2"),
        of_project(
            "DELETE FROM workflow_versions WHERE workflow_id IN
               (SELECT id FROM workflows WHERE id = ?1 AND project_id = ?2)",
        ),
        of_project("DELETE FROM workflows WHERE id = ?1 AND project_id = ?2 RETURNING *"),
    ]
}

/// A workflow, whatever its revision.
fn any_revision(project_id: &str, id: &str) -> [Value; 3] {
    [json!(id), json!(project_id), json!(null)]
}

/// Notes something about one that is there.
fn noted(what: &str, this: &[Value; 3], by: &Actor, now: Timestamp) -> Statement {
    let params = [json!(now), json!(what), json!(by.who), json!(by.origin)];
    Statement::new(
        concat!(
            "INSERT INTO audit (project_id, at, what, who, target, origin)
             SELECT project_id, ?4, ?5, ?6, id, ?7 FROM workflows",
            this!()
        ),
        [this.as_slice(), &params].concat(),
    )
}
