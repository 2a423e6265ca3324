//! What is stored, a file a record: its fields, its SQL, its copy. The schema is `worker/migrations`; the very same
//! statements run in D1 and, in tests, in SQLite.

pub mod audit;
pub mod copy;
pub mod grant;
pub mod integration;
pub mod project;
pub mod session;
pub mod user;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::host::{Host, HostError, Row, Statement};

/// The schema, oldest step first: what `wrangler d1 migrations apply` applies.
pub const MIGRATIONS: &[&str] = &[include_str!("../../worker/migrations/0001_connect.sql")];

/// Reads one row as a record. A row that does not fit is our own fault, never the caller's.
pub fn read_row<T: DeserializeOwned>(row: Row) -> Result<T, HostError> {
    // By way of text: each record then has one reader, not one for text and one for values, which makes the Worker a
    // good deal smaller.
    let text = Value::Object(row).to_string();
    serde_json::from_slice(text.as_bytes())
        .map_err(|error| HostError::new("tables", format!("a row does not fit: {error}")))
}

/// Runs one statement and reads its rows.
pub async fn rows<T: DeserializeOwned>(
    host: &impl Host,
    statement: Statement,
) -> Result<Vec<T>, HostError> {
    let answers = host.tables(vec![statement]).await?;
    answers.into_iter().flatten().map(read_row).collect()
}

/// Runs one statement and reads its first row.
pub async fn first_row<T: DeserializeOwned>(
    host: &impl Host,
    statement: Statement,
) -> Result<Option<T>, HostError> {
    Ok(rows(host, statement).await?.into_iter().next())
}
