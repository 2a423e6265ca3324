//! The promises of `host` as checks that any host can run: `MemoryHost` in native tests, the Worker's in workerd.

use serde_json::json;

use crate::host::{Cell, Host, Row, Statement};

/// The names of the checks of the tables and copies.
pub const CONTRACT: &[&str] = &[
    "what_was_never_saved_is_a_miss",
    "a_copy_is_overwritten_and_deleted",
    "a_copy_under_a_minute_is_refused",
    "a_batch_happens_wholly_or_not_at_all",
    "of_many_takers_one_gets_the_row",
    "rows_keep_their_types",
    "randomness_differs",
];

/// The names of the checks of a connection object's storage.
pub const OBJECT_CONTRACT: &[&str] = &[
    "records_and_rows_are_written_together_or_not_at_all",
    "rows_happen_wholly_or_not_at_all",
    "what_is_answered_keeps_its_type",
    "lists_are_read_as_rows",
];

/// Runs one check; the error says what was seen instead. `run` makes the names of this run its own.
pub async fn run(host: &impl Host, check: &str, run: &str) -> Result<(), String> {
    let key = format!("contract/{check}/{run}");
    match check {
        "what_was_never_saved_is_a_miss" => {
            expect("a copy", host.load_copy(&key).await.map_err(text)?, None)
        }
        "a_copy_is_overwritten_and_deleted" => overwrite(host, &key).await,
        "a_copy_under_a_minute_is_refused" => {
            let refused = host.save_copy(&key, "x".to_owned(), 59).await.is_err();
            expect("refused", refused, true)
        }
        "a_batch_happens_wholly_or_not_at_all" => batch(host, &key).await,
        "of_many_takers_one_gets_the_row" => takers(host, &key).await,
        "rows_keep_their_types" => types(host).await,
        "randomness_differs" => {
            let (mut one, mut two) = ([0; 16], [0; 16]);
            host.fill_random(&mut one);
            host.fill_random(&mut two);
            expect("equal", one == two, false)
        }
        other => Err(format!("no such check: {other}")),
    }
}

/// Runs one check inside an object; the error says what was seen instead.
pub async fn run_in_object(cell: &impl Cell, check: &str) -> Result<(), String> {
    match check {
        "records_and_rows_are_written_together_or_not_at_all" => together(cell).await,
        "rows_happen_wholly_or_not_at_all" => {
            let insert = || Statement::new(MARK, [json!("wholly"), json!("text")]);
            expect("failed", cell.rows(vec![insert(), insert()]).await.is_err(), true)?;
            expect("rows", marks(cell, "wholly").await?, Vec::new())
        }
        "what_is_answered_keeps_its_type" => {
            let sql = "SELECT ?1 + 1 AS number, ?2 AS text, ?3 AS absent, '5' ->> '$' AS of_json,
                json_object('at', CAST(?1 AS INTEGER)) AS object";
            let params = [json!(1_795_294_260_122_i64), json!("1"), json!(null)];
            let rows = cell.rows(vec![Statement::new(sql, params)]).await.map_err(text)?;
            let wanted = json!([[{"number": 1_795_294_260_123_i64, "text": "1", "absent": null, "of_json": 5,
                "object": r#"{"at":1795294260122}"#}]]);
            expect("rows", json!(rows), wanted)
        }
        "lists_are_read_as_rows" => lists(cell).await,
        other => Err(format!("no such check: {other}")),
    }
}

const MARK: &str = "INSERT INTO events (id, event, event_ts, by_host, received_at, next_at, sealed)
    VALUES (?1, 'meeting.created', 1, 1, 1, 1, ?2)";

async fn marks(cell: &impl Cell, id: &str) -> Result<Vec<Row>, String> {
    let select = Statement::new("SELECT sealed FROM events WHERE id = ?1", [json!(id)]);
    Ok(cell.rows(vec![select]).await.map_err(text)?.into_iter().flatten().collect())
}

async fn together(cell: &impl Cell) -> Result<(), String> {
    let record = |value: &str| vec![("contract", Some(value.to_owned()))];
    let mark = || Statement::new(MARK, [json!("together"), json!("text")]);
    cell.write(record("one"), vec![mark()]).await.map_err(text)?;
    expect("failed", cell.write(record("two"), vec![mark()]).await.is_err(), true)?;
    let read = cell.read("contract").await.map_err(text)?;
    expect("a record", read, Some("one".to_owned()))?;
    let forget = Statement::new("DELETE FROM events WHERE id = 'together'", []);
    cell.write(vec![("contract", None)], vec![forget]).await.map_err(text)?;
    expect("a record", cell.read("contract").await.map_err(text)?, None)?;
    expect("rows", marks(cell, "together").await?, Vec::new())
}

async fn lists(cell: &impl Cell) -> Result<(), String> {
    let list = json!(r#"[{"id":"a","at":3},{"id":"b","at":4}]"#);
    let statements = vec![
        Statement::new(
            "INSERT OR IGNORE INTO deliveries (id, event_id, subscription_id, grant_id, next_at)
             SELECT value ->> 'id', 'e', 's', 'g', value ->> 'at' FROM json_each(?1)",
            [list.clone()],
        ),
        Statement::new(
            "UPDATE deliveries SET next_at = next_at + (value ->> 'at') FROM json_each(?1)
             WHERE deliveries.id = value ->> 'id'",
            [list],
        ),
        Statement::new(
            "SELECT id, sum(next_at) OVER (ORDER BY id) AS total FROM deliveries ORDER BY id LIMIT ?1",
            [json!(2)],
        ),
        Statement::new("DELETE FROM deliveries", []),
    ];
    let rows = cell.rows(statements).await.map_err(text)?;
    let wanted = json!([[], [], [{"id": "a", "total": 6}, {"id": "b", "total": 14}], []]);
    expect("rows", json!(rows), wanted)
}

async fn overwrite(host: &impl Host, key: &str) -> Result<(), String> {
    for value in ["one", "two"] {
        host.save_copy(key, value.to_owned(), 60).await.map_err(text)?;
    }
    let two = Some("two".to_owned());
    expect("a copy", host.load_copy(key).await.map_err(text)?, two)?;
    host.delete_copy(key).await.map_err(text)?;
    expect("a copy", host.load_copy(key).await.map_err(text)?, None)
}

const INSERT: &str =
    "INSERT INTO users (project_id, id, meta, updated_at) VALUES ('contract', ?1, '0', 0)";

async fn batch(host: &impl Host, key: &str) -> Result<(), String> {
    let insert = || Statement::new(INSERT, [json!(key)]);
    let failed = host.tables(vec![insert(), insert()]).await.is_err();
    expect("failed", failed, true)?;
    let select = Statement::new("SELECT id FROM users WHERE id = ?1", [json!(key)]);
    let rows = host.tables(vec![select]).await.map_err(text)?;
    expect("rows", rows.iter().flatten().count(), 0)
}

async fn takers(host: &impl Host, key: &str) -> Result<(), String> {
    host.tables(vec![Statement::new(INSERT, [json!(key)])]).await.map_err(text)?;
    let take = || {
        let sql = "UPDATE users SET meta = '1' WHERE id = ?1 AND meta = '0' RETURNING id";
        host.tables(vec![Statement::new(sql, [json!(key)])])
    };
    let answers = futures_util::future::join_all((0..8).map(|_| take())).await;
    let mut winners = 0;
    for answer in answers {
        winners += answer.map_err(text)?.iter().flatten().count();
    }
    expect("winners", winners, 1)
}

async fn types(host: &impl Host) -> Result<(), String> {
    let sql = "SELECT ?1 AS number, ?2 AS text, ?3 AS absent";
    let params = [json!(1_795_294_260_123_i64), json!("1"), json!(null)];
    let rows = host.tables(vec![Statement::new(sql, params)]).await.map_err(text)?;
    let row = rows.into_iter().flatten().next().unwrap_or_default();
    let wanted = json!({"number": 1_795_294_260_123_i64, "text": "1", "absent": null});
    expect("row", json!(row), wanted)
}

#[expect(clippy::needless_pass_by_value, reason = "what was seen is given away")]
fn expect<T: PartialEq + std::fmt::Debug>(what: &str, seen: T, wanted: T) -> Result<(), String> {
    if seen == wanted { Ok(()) } else { Err(format!("{what}: {seen:?} instead of {wanted:?}")) }
}

#[expect(clippy::needless_pass_by_value, reason = "a map_err")]
fn text(error: crate::host::HostError) -> String {
    error.to_string()
}
