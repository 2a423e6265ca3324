//! An integration: a project's configuration of one provider. Each change is one statement that leaves alone what it
//! does not name, so that two at once both count. How one goes for good is in `edge/deletion.rs`.

use serde_json::{Value, json};

use crate::{
    connection::Actor,
    host::{Host, HostError, Statement},
    oauth::Client,
    record::{copy, first_row},
    secret::{ClientSecret, Text},
    shape::{Given, read_text, shape},
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
        /// The same before it was changed, sealed.
        pub webhook_secret_before_sealed: Option<String>,
        /// When it was changed.
        pub webhook_secret_changed_at: Option<Timestamp>,
        /// When Zoom last asked us to show that we have it, and we did.
        pub webhook_validated_at: Option<Timestamp>,
        /// The plan of the Zoom accounts, which decides about rate limits.
        pub plan: Option<String>,
        /// Since when it is being deleted.
        pub deleting_at: Option<Timestamp>,
        /// One line about it, for the people who connect; empty: the provider's own.
        pub description: String,
        /// More of the same; empty: the description.
        pub overview: String,
        /// `#rrggbb`; empty: the provider's own.
        pub accent_color: String,
    }
}

/// What is to be different about an integration; what is absent stays, or is the default of a new one.
#[derive(Debug)]
pub struct Change {
    /// The name people see.
    pub name: Option<String>,
    /// Our client id at the provider.
    pub client_id: Option<String>,
    /// Our client secret at the provider, sealed.
    pub client_secret_sealed: Option<String>,
    /// What Zoom signs its webhooks with, sealed.
    pub webhook_secret_sealed: Given<String>,
    /// The same before this change, sealed.
    pub webhook_secret_before_sealed: Option<String>,
    /// The plan of the Zoom accounts.
    pub plan: Given<String>,
    /// Where login links may end: a JSON array as text.
    pub redirect_uris: Option<String>,
    /// How long a login link lives, in seconds.
    pub expires_in: Option<i64>,
    /// What to ask for, space separated.
    pub scope: Option<String>,
    /// One line about it, for the people who connect.
    pub description: Option<String>,
    /// More of the same.
    pub overview: Option<String>,
    /// `#rrggbb`, or empty.
    pub accent_color: Option<String>,
}

impl Integration {
    /// Opens the client credentials.
    pub fn client(&self, host: &impl Host) -> Result<Client, HostError> {
        let record = client_secret_record(&self.id);
        let secret = copy::open::<Text>(host, &record, &self.client_secret_sealed)?;
        Ok(Client { id: self.client_id.clone(), secret: ClientSecret::new(secret.take()) })
    }

    /// What to ask for, one by one.
    pub fn scopes(&self) -> Vec<&str> {
        self.scope.split_ascii_whitespace().collect()
    }

    /// Where login links may end, one by one.
    pub fn redirect_uris(&self) -> Vec<String> {
        read_text(self.redirect_uris.as_bytes()).unwrap_or_default()
    }

    /// Whether it is being deleted: nothing new connects to it.
    pub fn is_deleting(&self) -> bool {
        self.deleting_at.is_some()
    }
}

/// The record under which the client secret of an integration is sealed.
pub fn client_secret_record(id: &str) -> String {
    format!("integration/{id}/client_secret")
}

/// The integration of this id.
pub async fn by_id(host: &impl Host, id: &str) -> Result<Option<Integration>, HostError> {
    first_row(host, Statement::new("SELECT * FROM integrations WHERE id = ?1", [json!(id)])).await
}

/// The project's integration, by id or by provider; also one that is being deleted.
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

/// All integrations of a project that can be connected to.
pub fn all_of_project(project_id: &str) -> Statement {
    Statement::new(
        "SELECT * FROM integrations WHERE project_id = ?1 AND deleting_at IS NULL ORDER BY provider",
        [json!(project_id)],
    )
}

/// A part of the list of a project's integrations, those that are being deleted too.
pub fn part_of_project(project_id: &str, limit: i64, offset: i64) -> Statement {
    Statement::new(
        "SELECT * FROM integrations WHERE project_id = ?1 ORDER BY created_at, id LIMIT ?2 OFFSET ?3",
        [json!(project_id), json!(limit), json!(offset)],
    )
}

/// What a change sets where it says something.
macro_rules! changed {
    () => {
        "name = COALESCE(?3, name), client_id = COALESCE(?4, client_id),
         client_secret_sealed = COALESCE(?5, client_secret_sealed),
         webhook_secret_sealed = CASE WHEN ?6 = 1 THEN ?7 ELSE webhook_secret_sealed END,
         webhook_secret_before_sealed = CASE WHEN ?6 = 1 THEN ?13 ELSE webhook_secret_before_sealed END,
         webhook_secret_changed_at = CASE WHEN ?6 = 1 THEN ?2 ELSE webhook_secret_changed_at END,
         plan = CASE WHEN ?8 = 1 THEN ?9 ELSE plan END, redirect_uris = COALESCE(?10, redirect_uris),
         expires_in = COALESCE(?11, expires_in), scope = COALESCE(?12, scope),
         description = COALESCE(?14, description), overview = COALESCE(?15, overview),
         accent_color = COALESCE(?16, accent_color), updated_at = ?2"
    };
}

/// A new row out of a change.
macro_rules! insert {
    ($conflict:expr) => {
        concat!(
            "INSERT INTO integrations (id, project_id, provider, name, client_id, client_secret_sealed,
               webhook_secret_sealed, plan, redirect_uris, expires_in, scope, description, overview, accent_color,
               created_at, updated_at)
             VALUES (?1, ?17, ?18, COALESCE(?3, ''), ?4, ?5, ?7, ?9, COALESCE(?10, '[]'), COALESCE(?11, 1209600),
               COALESCE(?12, ''), COALESCE(?14, ''), COALESCE(?15, ''), COALESCE(?16, ''), ?2, ?2) ON CONFLICT ",
            $conflict,
            " RETURNING *"
        )
    };
}

fn values(id: &str, change: &Change, now: Timestamp) -> Vec<Value> {
    let given = |given: &Given<String>| match given {
        Given::Nothing => [json!(0), Value::Null],
        Given::Null => [json!(1), Value::Null],
        Given::Value(text) => [json!(1), json!(text)],
    };
    let ([webhook_given, webhook], [plan_given, plan]) =
        (given(&change.webhook_secret_sealed), given(&change.plan));
    vec![
        json!(id),
        json!(now),
        json!(change.name),
        json!(change.client_id),
        json!(change.client_secret_sealed),
        webhook_given,
        webhook,
        plan_given,
        plan,
        json!(change.redirect_uris),
        json!(change.expires_in),
        json!(change.scope),
        json!(change.webhook_secret_before_sealed),
        json!(change.description),
        json!(change.overview),
        json!(change.accent_color),
    ]
}

/// The project and the provider that an integration belongs to, and who changes it.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The integration's id.
    pub id: &'a str,
    /// The project.
    pub project_id: &'a str,
    /// `zoom`.
    pub provider: &'a str,
    /// Who changes it.
    pub by: &'a Actor,
}

/// Stores a new integration; its row comes back, unless there is one already.
pub fn create(place: Place<'_>, change: &Change, now: Timestamp) -> Vec<Statement> {
    let mut params = values(place.id, change, now);
    params.extend([json!(place.project_id), json!(place.provider)]);
    vec![
        Statement { sql: insert!("DO NOTHING"), params },
        // No two sealed texts are the same: it tells whose row is there now.
        note(place.id, "integration.saved", place.by, change.client_secret_sealed.as_deref(), now),
    ]
}

/// Stores an integration; one of the same project and provider is changed, unless it is being deleted. Its row
/// comes back.
pub fn put(place: Place<'_>, change: &Change, now: Timestamp) -> Vec<Statement> {
    let mut params = values(place.id, change, now);
    params.extend([json!(place.project_id), json!(place.provider)]);
    let sql = insert!(concat!("(id) DO UPDATE SET ", changed!(), " WHERE deleting_at IS NULL"));
    vec![Statement { sql, params }, note(place.id, "integration.saved", place.by, None, now)]
}

/// Changes an integration, unless it is being deleted. Its row comes back.
pub fn patch(id: &str, change: &Change, by: &Actor, now: Timestamp) -> Vec<Statement> {
    let sql = concat!(
        "UPDATE integrations SET ",
        changed!(),
        " WHERE id = ?1 AND deleting_at IS NULL RETURNING *"
    );
    vec![
        Statement { sql, params: values(id, change, now) },
        note(id, "integration.saved", by, None, now),
    ]
}

/// Begins its deletion.
pub fn begin_deletion(id: &str, by: &Actor, now: Timestamp) -> Vec<Statement> {
    vec![
        note(id, "integration.deleting", by, None, now),
        Statement::new(
            "UPDATE integrations SET deleting_at = ?2, updated_at = ?2 WHERE id = ?1 AND deleting_at IS NULL",
            [json!(id), json!(now)],
        ),
    ]
}

/// Notes a change, if the integration is there, is not being deleted, and holds this client secret (when one is named).
fn note(
    id: &str,
    what: &str,
    by: &Actor,
    client_secret_sealed: Option<&str>,
    now: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO audit (project_id, at, what, who, target, origin)
         SELECT project_id, ?2, ?3, ?4, id, ?5 FROM integrations
         WHERE id = ?1 AND deleting_at IS NULL AND (?6 IS NULL OR client_secret_sealed = ?6)",
        [
            json!(id),
            json!(now),
            json!(what),
            json!(by.who),
            json!(by.origin),
            json!(client_secret_sealed),
        ],
    )
}

shape! {
    /// What stands between an integration and its end.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Left {
        /// Whether its row is still there.
        pub rows: i64,
        /// Grants that have not left.
        pub grants_left: i64,
        /// Connections that hold something, or have to tell Zoom something; and whoever is just back from Zoom.
        pub connections_left: i64,
    }
}

/// A few of the connections of an integration, in no order: those that cannot go now do not stand in the way.
pub fn some_connections(id: &str, limit: i64) -> Statement {
    Statement::new(
        "SELECT provider_user_id FROM (
           SELECT provider_user_id FROM connections WHERE integration_id = ?1
           UNION SELECT provider_user_id FROM grants WHERE integration_id = ?1)
         ORDER BY random() LIMIT ?2",
        [json!(id), json!(limit)],
    )
}

/// How far a deletion is.
pub fn left(id: &str) -> Statement {
    Statement::new(
        "SELECT (SELECT count(*) FROM integrations WHERE id = ?1) AS rows,
           (SELECT count(*) FROM grants WHERE integration_id = ?1) AS grants_left,
           (SELECT count(*) FROM (SELECT provider_user_id FROM connections WHERE integration_id = ?1
             UNION SELECT provider_user_id FROM grants WHERE integration_id = ?1))
           + (SELECT count(*) FROM sessions WHERE integration_id = ?1
             AND (status = 'returned' OR tokens_sealed IS NOT NULL)) AS connections_left",
        [json!(id)],
    )
}

/// Holds when a deletion has nothing to wait for: no grant, no connection, nobody just back from Zoom, no pair of
/// nobody's, no run on record.
macro_rules! nothing_left {
    () => {
        " AND EXISTS (SELECT 1 FROM integrations WHERE id = ?1 AND deleting_at IS NOT NULL)
         AND NOT EXISTS (SELECT 1 FROM grants WHERE integration_id = ?1)
         AND NOT EXISTS (SELECT 1 FROM connections WHERE integration_id = ?1)
         AND NOT EXISTS (SELECT 1 FROM sessions WHERE integration_id = ?1
           AND (status = 'returned' OR tokens_sealed IS NOT NULL))
         AND NOT EXISTS (SELECT 1 FROM runs WHERE integration_id = ?1)"
    };
}

/// Ends a deletion if nothing is left: all of it in one transaction, then how far it is.
pub fn end_deletion(id: &str, by: &Actor, now: Timestamp) -> Vec<Statement> {
    let of_integration = |sql| Statement::new(sql, [json!(id)]);
    vec![
        Statement::new(
            concat!(
                "INSERT INTO audit (project_id, at, what, who, target, origin)
                 SELECT project_id, ?2, 'integration.deleted', ?3, id, ?4 FROM integrations WHERE id = ?1",
                nothing_left!()
            ),
            [json!(id), json!(now), json!(by.who), json!(by.origin)],
        ),
        of_integration(concat!("DELETE FROM sessions WHERE integration_id = ?1", nothing_left!())),
        of_integration(concat!("DELETE FROM logins WHERE integration_id = ?1", nothing_left!())),
        of_integration(concat!(
            "DELETE FROM portal_changes WHERE portal_id IN (SELECT id FROM portals WHERE integration_id = ?1)",
            nothing_left!()
        )),
        of_integration(concat!("DELETE FROM portals WHERE integration_id = ?1", nothing_left!())),
        of_integration(concat!(
            "DELETE FROM enablements WHERE workflow_id IN (SELECT id FROM workflows WHERE integration_id = ?1)",
            nothing_left!()
        )),
        of_integration(concat!(
            "DELETE FROM workflow_versions WHERE workflow_id IN (SELECT id FROM workflows WHERE integration_id = ?1)",
            nothing_left!()
        )),
        of_integration(concat!("DELETE FROM workflows WHERE integration_id = ?1", nothing_left!())),
        of_integration(concat!("DELETE FROM made WHERE integration_id = ?1", nothing_left!())),
        of_integration(concat!("DELETE FROM integrations WHERE id = ?1", nothing_left!())),
        left(id),
    ]
}

/// One of the integrations that are being deleted, any.
pub fn any_deleting() -> Statement {
    Statement::new(
        "SELECT * FROM integrations WHERE deleting_at IS NOT NULL ORDER BY random() LIMIT 1",
        [],
    )
}

/// How many integrations are being deleted: one row with `n`.
pub fn count_deleting() -> Statement {
    Statement::new("SELECT count(*) AS n FROM integrations WHERE deleting_at IS NOT NULL", [])
}
