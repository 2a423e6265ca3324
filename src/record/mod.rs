//! What is stored, a file a record: its fields, its SQL, its copy. The schema is `worker/migrations`; the very same
//! statements run in D1 and, in tests, in SQLite.

pub mod audit;
pub mod copy;
pub mod count;
pub mod delivery;
pub mod enablement;
pub mod event;
pub mod grant;
pub mod integration;
mod integration_look;
pub mod integration_use;
pub mod login;
pub mod made;
pub mod operator_session;
#[cfg(test)]
mod plan_tests;
pub mod portal;
pub mod project;
pub mod run;
pub mod run_list;
pub mod run_step;
pub mod run_text;
pub mod sealed;
pub mod session;
pub mod sign_in;
pub mod start;
pub mod subscription;
pub mod unsettled;
pub mod usage;
pub mod user;
pub mod webhook_secret;
pub mod workflow;
pub mod workflow_secret;

use serde_json::Value;

use crate::{
    host::{Host, HostError, Row, Statement},
    shape::Shape,
};

/// The schema, oldest step first: what `wrangler d1 migrations apply` applies.
pub const MIGRATIONS: &[&str] = &[
    include_str!("../../worker/migrations/0001_connect.sql"),
    include_str!("../../worker/migrations/0002_server.sql"),
    include_str!("../../worker/migrations/0003_events.sql"),
    include_str!("../../worker/migrations/0004_workflows.sql"),
    include_str!("../../worker/migrations/0005_console.sql"),
];

/// Reads one row as a record. A row that does not fit is our own fault, never the caller's.
pub fn read_row<T: Shape>(row: Row) -> Result<T, HostError> {
    T::read(Value::Object(row))
        .map_err(|misfit| HostError::new("tables", format!("a row does not fit: {misfit}")))
}

/// Reads rows as records.
pub fn read_rows<T: Shape>(rows: impl Iterator<Item = Row>) -> Result<Vec<T>, HostError> {
    let mut all = Vec::new();
    for row in rows {
        all.push(read_row(row)?);
    }
    Ok(all)
}

/// Runs one statement and reads its rows.
pub async fn rows<T: Shape>(host: &impl Host, statement: Statement) -> Result<Vec<T>, HostError> {
    read_rows(host.tables(vec![statement]).await?.into_iter().flatten())
}

/// Runs one statement and reads its first row.
pub async fn first_row<T: Shape>(
    host: &impl Host,
    statement: Statement,
) -> Result<Option<T>, HostError> {
    let row = host.tables(vec![statement]).await?.into_iter().flatten().next();
    row.map(read_row).transpose()
}
