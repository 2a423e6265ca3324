//! A project: one product that offers "Connect Zoom", with its user-token keys and the origins of its pages.

use serde_json::json;

use crate::{
    connection::Actor,
    host::{Host, HostError, PublicKey, Row, Statement},
    record::{audit, read_row, read_rows, rows},
    shape::{Given, read_text, shape},
    time::Timestamp,
};

shape! {
    /// A project as the journeys need it; its copy holds the same.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Project {
        /// The id in every path.
        pub id: String,
        /// The name people are asked with: "Connect your Zoom account to …?".
        pub name: String,
        /// The public half of the project's API credentials.
        pub client_id: String,
        /// Where its pages live.
        pub origins: Vec<String>,
        /// What `aud` of a user token must be, when set.
        pub audience: Option<String>,
        /// Rises with each change of keys, origins or audience.
        pub version: i64,
        /// The keys that user tokens are signed with.
        pub signing_keys: Vec<SigningKey>,
    }
}

shape! {
    /// The public half of a user-token key.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SigningKey {
        /// What a token's `kid` may name.
        pub id: String,
        /// Its modulus, base64url.
        pub n: String,
        /// Its exponent, base64url.
        pub e: String,
    }
}

impl SigningKey {
    /// The key alone.
    pub fn key(&self) -> PublicKey {
        PublicKey { n: self.n.clone(), e: self.e.clone() }
    }
}

shape! {
    struct ProjectRow {
        id: String,
        name: String,
        client_id: String,
        origins: String,
        audience: Option<String>,
        version: i64,
    }
}

impl Project {
    /// Whether a page of this origin is one of the project's.
    pub fn admits_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|own| own == origin)
    }
}

/// Reads a project at the source.
pub async fn load(host: &impl Host, id: &str) -> Result<Option<Project>, HostError> {
    let mut answers = host.tables(select(id)).await?.into_iter();
    let (projects, keys) = (answers.next().unwrap_or_default(), answers.next().unwrap_or_default());
    projects.into_iter().next().map(|row| assemble(row, keys)).transpose()
}

shape! {
    /// A project in a list.
    #[derive(Debug)]
    pub struct Listed {
        /// The id.
        pub id: String,
        /// The name.
        pub name: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// So many integrations that can be connected to.
        pub integrations: i64,
        /// So many grants, up to [`MOST_GRANTS`].
        pub grants: i64,
    }
}

/// Where a list says how many grants there are, it counts so many at most: it costs no more than they do.
pub const MOST_GRANTS: i64 = 1_000;

/// A part of the projects, the newest first.
pub async fn part(host: &impl Host, limit: i64, offset: i64) -> Result<Vec<Listed>, HostError> {
    // Materialized, or the grants of every project would be counted before the part is cut out.
    let sql = "WITH part AS MATERIALIZED (
          SELECT id, name, created_at FROM projects ORDER BY created_at DESC, id LIMIT ?1 OFFSET ?2)
        SELECT id, name, created_at,
          (SELECT count(*) FROM integrations WHERE project_id = part.id AND deleting_at IS NULL) AS integrations,
          (SELECT count(*) FROM (SELECT 1 FROM grants WHERE project_id = part.id LIMIT ?3)) AS grants
        FROM part ORDER BY created_at DESC, id";
    let params = [json!(limit), json!(offset), json!(MOST_GRANTS)];
    rows(host, Statement::new(sql, params)).await
}

fn select(id: &str) -> Vec<Statement> {
    vec![
        Statement::new("SELECT * FROM projects WHERE id = ?1", [json!(id)]),
        Statement::new(
            "SELECT id, n, e FROM signing_keys WHERE project_id = ?1 ORDER BY created_at DESC, id",
            [json!(id)],
        ),
    ]
}

fn assemble(row: Row, keys: Vec<Row>) -> Result<Project, HostError> {
    let row: ProjectRow = read_row(row)?;
    Ok(Project {
        id: row.id,
        name: row.name,
        client_id: row.client_id,
        origins: read_text(row.origins.as_bytes()).unwrap_or_default(),
        audience: row.audience,
        version: row.version,
        signing_keys: read_rows(keys.into_iter())?,
    })
}

/// Stores a new project. `client_secret_digest` is the SHA-256 of its first client secret.
pub fn insert(project: &Project, secret_id: &str, digest: &str, now: Timestamp) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO projects (id, name, client_id, origins, audience, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            [
                json!(project.id),
                json!(project.name),
                json!(project.client_id),
                json!(json!(project.origins).to_string()),
                json!(project.audience),
                json!(now),
            ],
        ),
        Statement::new(
            "INSERT INTO client_secrets (id, project_id, digest, created_at) VALUES (?1, ?2, ?3, ?4)",
            [json!(secret_id), json!(project.id), json!(digest), json!(now)],
        ),
    ]
}

/// What is to be different about a project; what is absent stays.
#[derive(Debug)]
pub struct Change {
    /// The name people are asked with.
    pub name: Option<String>,
    /// Where its pages live.
    pub origins: Option<Vec<String>>,
    /// What `aud` of a user token must be.
    pub audience: Given<String>,
}

/// Changes a project, in one statement that leaves alone what it does not name: two at once both count.
pub fn patch(id: &str, change: &Change, by: &Actor, now: Timestamp) -> Vec<Statement> {
    let (audience_given, audience) = match &change.audience {
        Given::Nothing => (0, None),
        Given::Null => (1, None),
        Given::Value(audience) => (1, Some(audience)),
    };
    vec![
        Statement::new(
            "UPDATE projects SET name = COALESCE(?2, name), origins = COALESCE(?3, origins),
               audience = CASE WHEN ?4 = 1 THEN ?5 ELSE audience END, version = version + 1 WHERE id = ?1",
            [
                json!(id),
                json!(change.name),
                json!(change.origins.as_ref().map(|origins| json!(origins).to_string())),
                json!(audience_given),
                json!(audience),
            ],
        ),
        audit::note(id, "project.changed", by, id, now),
    ]
}

/// Adds a signing key; valid at once.
pub fn insert_signing_key(project_id: &str, key: &SigningKey, now: Timestamp) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO signing_keys (id, project_id, n, e, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            [json!(key.id), json!(project_id), json!(key.n), json!(key.e), json!(now)],
        ),
        raise_version(project_id),
    ]
}

/// Withdraws a signing key; its row comes back when there was one.
pub fn delete_signing_key(project_id: &str, key_id: &str) -> Vec<Statement> {
    vec![
        Statement::new(
            "DELETE FROM signing_keys WHERE project_id = ?1 AND id = ?2 RETURNING id, n, e",
            [json!(project_id), json!(key_id)],
        ),
        raise_version(project_id),
    ]
}

fn raise_version(project_id: &str) -> Statement {
    Statement::new("UPDATE projects SET version = version + 1 WHERE id = ?1", [json!(project_id)])
}

shape! {
    /// A client secret, as far as it can be told.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct StoredSecret {
        /// Its id.
        pub id: String,
        /// When it was made.
        pub created_at: Timestamp,
    }
}

/// The client secrets of a project, the oldest first.
pub fn client_secrets(project_id: &str) -> Statement {
    Statement::new(
        "SELECT id, created_at FROM client_secrets WHERE project_id = ?1 ORDER BY created_at, rowid",
        [json!(project_id)],
    )
}

/// Adds a client secret, of which only the SHA-256 is kept; valid at once.
pub fn insert_client_secret(
    project_id: &str,
    secret_id: &str,
    digest: &str,
    by: &Actor,
    now: Timestamp,
) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO client_secrets (id, project_id, digest, created_at) VALUES (?1, ?2, ?3, ?4)",
            [json!(secret_id), json!(project_id), json!(digest), json!(now)],
        ),
        audit::note(project_id, "client_secret.created", by, secret_id, now),
    ]
}

/// The condition under which a client secret may go: another one stays.
macro_rules! not_the_last {
    () => {
        " FROM client_secrets WHERE project_id = ?1 AND id = ?2
         AND (SELECT count(*) FROM client_secrets WHERE project_id = ?1) > 1"
    };
}

/// Revokes a client secret unless it is the project's last. First comes back whether it was there, last whether it is.
pub fn delete_client_secret(
    project_id: &str,
    secret_id: &str,
    by: &Actor,
    now: Timestamp,
) -> Vec<Statement> {
    let which = [json!(project_id), json!(secret_id)];
    let look = "SELECT id FROM client_secrets WHERE project_id = ?1 AND id = ?2";
    vec![
        Statement::new(look, which.clone()),
        Statement::new(
            concat!(
                "INSERT INTO audit (project_id, at, what, who, target, origin)
                 SELECT ?1, ?3, 'client_secret.revoked', ?4, id, ?5",
                not_the_last!()
            ),
            [json!(project_id), json!(secret_id), json!(now), json!(by.who), json!(by.origin)],
        ),
        Statement::new(concat!("DELETE", not_the_last!()), which.clone()),
        Statement::new(look, which),
    ]
}

shape! {
    /// Where a project's events go, as it is stored.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct StoredEndpoint {
        /// The address.
        pub event_url: Option<String>,
        /// What signs, sealed ([`super::delivery::seal_secrets`]).
        pub event_secrets_sealed: Option<String>,
    }
}

/// Where a project's events go: no row when there is no such project.
pub fn event_endpoint(project_id: &str) -> Statement {
    Statement::new(
        "SELECT event_url, event_secrets_sealed FROM projects WHERE id = ?1",
        [json!(project_id)],
    )
}

/// Says where a project's events go, if nothing else was said since `old` was read: then a row comes back.
pub fn replace_event_endpoint(
    project_id: &str,
    old: &StoredEndpoint,
    new: &StoredEndpoint,
    by: &Actor,
    now: Timestamp,
) -> Vec<Statement> {
    let unchanged = [json!(project_id), json!(old.event_url), json!(old.event_secrets_sealed)];
    let (mut note, mut change) = (unchanged.to_vec(), unchanged.to_vec());
    note.extend([json!(now), json!(by.who), json!(by.origin)]);
    change.extend([json!(new.event_url), json!(new.event_secrets_sealed)]);
    vec![
        Statement::new(
            "INSERT INTO audit (project_id, at, what, who, target, origin)
             SELECT id, ?4, 'event_endpoint.saved', ?5, id, ?6 FROM projects
             WHERE id = ?1 AND event_url IS ?2 AND event_secrets_sealed IS ?3",
            note,
        ),
        Statement::new(
            "UPDATE projects SET event_url = ?4, event_secrets_sealed = ?5
             WHERE id = ?1 AND event_url IS ?2 AND event_secrets_sealed IS ?3 RETURNING id",
            change,
        ),
    ]
}
