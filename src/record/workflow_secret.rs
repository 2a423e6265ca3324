//! What `{{secrets.name}}` stands for in a project's workflows: written by the project, sealed, never shown.

use serde_json::json;

use super::{copy, event::json_list};
use crate::{
    connection::Actor,
    host::{Host, HostError, Statement},
    secret::Text,
    shape::shape,
    time::Timestamp,
};

/// A project has so many at most.
const MOST: i64 = 200;

shape! {
    /// One row of `workflow_secrets`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct WorkflowSecret {
        /// `<project>/<name>`
        pub id: String,
        /// The project.
        pub project_id: String,
        /// Its name in `{{secrets.…}}`.
        pub name: String,
        /// The value, sealed.
        pub value_sealed: String,
        /// When it was set first.
        pub created_at: Timestamp,
        /// When it was set last.
        pub updated_at: Timestamp,
    }
}

impl WorkflowSecret {
    /// Opens the value.
    pub fn value(&self, host: &impl Host) -> Result<Text, HostError> {
        copy::open(host, &record(&self.id), &self.value_sealed)
    }
}

/// Seals the value of the secret with this id.
pub fn seal_value(host: &impl Host, id: &str, value: &Text) -> Result<String, HostError> {
    copy::seal(host, &record(id), value)
}

/// The id of a project's secret.
pub fn id(project_id: &str, name: &str) -> String {
    format!("{project_id}/{name}")
}

fn record(id: &str) -> String {
    format!("workflow_secret/{id}/value")
}

/// The secrets of a project with these names.
pub fn named(project_id: &str, names: &Vec<String>) -> Statement {
    Statement::new(
        "SELECT * FROM workflow_secrets WHERE project_id = ?1 AND name IN (SELECT value FROM json_each(?2))",
        [json!(project_id), json_list(names)],
    )
}

/// A part of a project's secrets, by name.
pub fn of_project(project_id: &str, limit: i64, offset: i64) -> Statement {
    Statement::new(
        "SELECT * FROM workflow_secrets WHERE project_id = ?1 ORDER BY name LIMIT ?2 OFFSET ?3",
        [json!(project_id), json!(limit), json!(offset)],
    )
}

/// All of a project's secrets.
pub fn all_of_project(project_id: &str) -> Statement {
    of_project(project_id, MOST, 0)
}

/// Sets one, and notes it; its row comes back unless the project has too many.
pub fn put(new: &WorkflowSecret, by: &Actor) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO workflow_secrets (id, project_id, name, value_sealed, created_at, updated_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?5
             WHERE (SELECT count(*) FROM workflow_secrets WHERE project_id = ?2 AND name <> ?3) < ?6
             ON CONFLICT (id) DO UPDATE SET value_sealed = ?4, updated_at = ?5 RETURNING *",
            [
                json!(new.id),
                json!(new.project_id),
                json!(new.name),
                json!(new.value_sealed),
                json!(new.updated_at),
                json!(MOST),
            ],
        ),
        note("workflow_secret.set", &new.id, by, new.updated_at),
    ]
}

/// Deletes one, and notes it; its id comes back when it was there.
pub fn delete(id: &str, by: &Actor, now: Timestamp) -> Vec<Statement> {
    vec![
        note("workflow_secret.deleted", id, by, now),
        Statement::new("DELETE FROM workflow_secrets WHERE id = ?1 RETURNING id", [json!(id)]),
    ]
}

/// Notes something about one that is there.
fn note(what: &str, id: &str, by: &Actor, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO audit (project_id, at, what, who, target, origin)
         SELECT project_id, ?2, ?3, ?4, name, ?5 FROM workflow_secrets WHERE id = ?1",
        [json!(id), json!(now), json!(what), json!(by.who), json!(by.origin)],
    )
}
