//! An integration: a project's configuration of one provider.

use serde_json::json;

use crate::{
    host::{Host, HostError, Statement},
    oauth::Client,
    record::{copy, first_row},
    secret::{ClientSecret, Text},
    shape::shape,
    time::Timestamp,
};

shape! {
    /// One row of `integrations`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Integration {
        /// The id, also in the webhook's URL.
        pub id: String,
        /// The project.
        pub project_id: String,
        /// `zoom`.
        pub provider: String,
        /// Our client id at the provider.
        pub client_id: String,
        /// Our client secret at the provider, sealed.
        pub client_secret_sealed: String,
        /// What to ask for, space separated; empty: what the app is registered for.
        pub scope: String,
        /// When it was set up.
        pub created_at: Timestamp,
        /// The last change.
        pub updated_at: Timestamp,
        /// The name people see.
        pub name: String,
        /// Where login links may end: a JSON array as text.
        pub redirect_uris: String,
        /// How long a login link lives, in seconds.
        pub expires_in: i64,
        /// What Zoom signs its webhooks with, sealed.
        pub webhook_secret_sealed: Option<String>,
        /// The plan of the Zoom accounts, which decides about rate limits.
        pub plan: Option<String>,
        /// Since when it is being deleted.
        pub deleting_at: Option<Timestamp>,
    }
}

impl Integration {
    /// Opens the client credentials.
    pub fn client(&self, host: &impl Host) -> Result<Client, HostError> {
        let record = secret_record(&self.id);
        let secret = copy::open::<Text>(host, &record, &self.client_secret_sealed)?;
        Ok(Client { id: self.client_id.clone(), secret: ClientSecret::new(secret.take()) })
    }
}

/// Seals a client secret for the integration of this id.
pub fn seal_secret(host: &impl Host, id: &str, secret: &ClientSecret) -> Result<String, HostError> {
    copy::seal(host, &secret_record(id), &Text::new(secret.expose()))
}

fn secret_record(id: &str) -> String {
    format!("integration/{id}/client_secret")
}

/// The integration of this id.
pub async fn by_id(host: &impl Host, id: &str) -> Result<Option<Integration>, HostError> {
    first_row(host, Statement::new("SELECT * FROM integrations WHERE id = ?1", [json!(id)])).await
}

/// The project's integration, by id or by provider.
pub async fn of_project(
    host: &impl Host,
    project_id: &str,
    id_or_provider: &str,
) -> Result<Option<Integration>, HostError> {
    let statement = Statement::new(
        "SELECT * FROM integrations WHERE project_id = ?1 AND (id = ?2 OR provider = ?2)",
        [json!(project_id), json!(id_or_provider)],
    );
    first_row(host, statement).await
}

/// All integrations of a project.
pub fn all_of_project(project_id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM integrations WHERE project_id = ?1 ORDER BY provider",
        [json!(project_id)],
    )
}

/// Stores an integration; one of the same project and provider keeps its id, and the stored row comes back.
pub fn put(integration: &Integration) -> Statement {
    Statement::new(
        "INSERT INTO integrations (id, project_id, provider, client_id, client_secret_sealed, scope, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET client_id = ?4, client_secret_sealed = ?5, scope = ?6, updated_at = ?8
         RETURNING *",
        [
            json!(integration.id),
            json!(integration.project_id),
            json!(integration.provider),
            json!(integration.client_id),
            json!(integration.client_secret_sealed),
            json!(integration.scope),
            json!(integration.created_at),
            json!(integration.updated_at),
        ],
    )
}
