//! The tables: D1, binding `TABLES`. Statements and rows cross as JSON text (`tables.js`): half the code of typed rows.

use isthmus::host::{HostError, Row, Statement};
use js_sys::{Promise, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use worker::Env;

use crate::wire;

const PART: &str = "tables";
/// JavaScript's numbers hold integers up to 2^53 - 1.
const SAFE_INTEGER: u64 = (1 << 53) - 1;

#[wasm_bindgen(module = "/src/tables.js")]
extern "C" {
    #[wasm_bindgen(js_name = runStatements)]
    fn run_statements(database: JsValue, statements: &str) -> Promise;
}

/// Runs the statements as one transaction; the rows of each.
pub(crate) async fn run(env: &Env, statements: &[Statement]) -> Result<Vec<Vec<Row>>, HostError> {
    let text = written(PART, statements)?;
    let database = database(env).map_err(|error| wire::host_error(PART, &error))?;
    let answer = wire::settled(run_statements(database, &text))
        .await
        .map_err(|error| wire::host_error(PART, &error))?
        .as_string()
        .unwrap_or_default();
    read_answer(PART, &answer)
}

/// Statements as they cross to JavaScript: `[[sql, [value, …]], …]`. `part` is for the error.
pub(crate) fn written(part: &'static str, statements: &[Statement]) -> Result<String, HostError> {
    if let Some(number) = statements.iter().flat_map(|one| &one.params).find(|value| !safe(value)) {
        return Err(HostError::new(part, format!("{number} is too large for a column")));
    }
    let pairs: Vec<_> = statements.iter().map(|one| (one.sql, &one.params)).collect();
    serde_json::to_string(&pairs).map_err(|error| HostError::new(part, error.to_string()))
}

/// The rows of each statement, as they cross from JavaScript.
pub(crate) fn read_answer(part: &'static str, answer: &str) -> Result<Vec<Vec<Row>>, HostError> {
    serde_json::from_slice(answer.as_bytes())
        .map_err(|error| HostError::new(part, error.to_string()))
}

/// The database as JavaScript knows it.
pub(crate) fn database(env: &Env) -> Result<JsValue, JsValue> {
    Reflect::get(env, &JsValue::from("TABLES"))
}

fn safe(value: &Value) -> bool {
    !value.is_i64() && !value.is_u64()
        || value.as_i64().is_some_and(|number| number.unsigned_abs() <= SAFE_INTEGER)
}
