//! The tables in memory: one statement against a real SQLite, values and rows as JSON. As in workerd, every number goes
//! in as JavaScript's, a double; a whole one comes back without a fraction.

use std::sync::OnceLock;

use rusqlite::{Connection as Sqlite, MAIN_DB, types::ValueRef};
use serde_json::{Value, json};

use crate::{
    host::{Row, Statement},
    record::MIGRATIONS,
};

/// More than there are statements.
const STATEMENTS: usize = 1_000;

/// The current schema without a row. It is made once, and read as SQLite's file by every test after that.
pub(super) fn empty_tables() -> Result<Sqlite, rusqlite::Error> {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    let mut tables = Sqlite::open_in_memory()?;
    tables.set_prepared_statement_cache_capacity(STATEMENTS);
    if let Some(file) = FILE.get() {
        tables.deserialize_read_exact(MAIN_DB, &**file, file.len(), false)?;
        return Ok(tables);
    }
    MIGRATIONS.iter().try_for_each(|migration| tables.execute_batch(migration))?;
    let _ = FILE.set(tables.serialize(MAIN_DB)?.to_vec());
    Ok(tables)
}

/// Runs one statement.
pub(super) fn run(tables: &Sqlite, statement: &Statement) -> Result<Vec<Row>, rusqlite::Error> {
    let mut prepared = tables.prepare_cached(statement.sql)?;
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let params = rusqlite::params_from_iter(statement.params.iter().map(sqlite_value));
    let mut found = prepared.query(params)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let cells = names.iter().enumerate().map(|(index, name)| {
            let value = match row.get_ref(index)? {
                ValueRef::Null | ValueRef::Blob(_) => Value::Null,
                ValueRef::Integer(number) => json!(number),
                ValueRef::Real(number) => as_javascript(number),
                ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
            };
            Ok((name.clone(), value))
        });
        rows.push(cells.collect::<Result<Row, rusqlite::Error>>()?);
    }
    Ok(rows)
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
fn as_javascript(number: f64) -> Value {
    let whole = number.fract() == 0.0 && number.abs() < 9e15;
    if whole { json!(number as i64) } else { json!(number) }
}

fn sqlite_value(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Bool(yes) => i64::from(*yes).into(),
        Value::Number(number) => number.as_f64().unwrap_or_default().into(),
        Value::String(text) => text.clone().into(),
        other => other.to_string().into(),
    }
}
