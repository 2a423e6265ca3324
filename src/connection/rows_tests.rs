//! No statement on an object's rows walks through all of them, however many there are.

use rusqlite::Connection as Sqlite;

use super::{super::schema::ROWS, *};
use crate::record::delivery::DeliveryStatus;

const NOW: Timestamp = Timestamp(1_795_294_260_000);

fn event(id: &str) -> Event {
    Event {
        id: id.to_owned(),
        event: "meeting.created".to_owned(),
        event_ts: NOW,
        meeting_id: None,
        by_host: true,
        received_at: NOW,
        sealed: "v1.k1.x.y".to_owned(),
    }
}

fn begun(id: &str) -> Begun {
    Begun {
        id: id.to_owned(),
        event_id: "e1".to_owned(),
        subscription_id: "s1".to_owned(),
        grant_id: "g1".to_owned(),
        next_at: NOW,
    }
}

/// Every statement that runs often.
fn statements() -> Vec<Statement> {
    let ids = vec!["d1".to_owned()];
    let progress = vec![Progress {
        id: "d1".to_owned(),
        url: String::new(),
        status: DeliveryStatus::Failed,
        attempts: "[]".to_owned(),
        next_at: None,
    }];
    let resting = vec![Resting { id: "s1".to_owned(), until: NOW }];
    let once_more = Replay {
        id: "d1".to_owned(),
        event: event("e1"),
        subscription_id: "s1".to_owned(),
        grant_id: "g1".to_owned(),
        attempts: "[]".to_owned(),
    };
    let single = [
        take_in(&event("e1")),
        any_waiting(NOW),
        waiting(NOW),
        put_off(&ids, NOW),
        due(NOW, 6),
        untold(),
        forget_seen(NOW),
        under_others("k1", ""),
        reseal("e1", "v1.k2.x.y"),
        next_wake(),
    ];
    let many = [
        handed_on(&ids, &vec![begun("d1")]),
        attempted(&progress, &resting, NOW),
        told(&progress, &ids),
        replay(&once_more, NOW),
    ];
    single.into_iter().chain(many.into_iter().flatten()).collect()
}

fn value(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Number(number) => number.as_f64().unwrap_or_default().into(),
        Value::String(text) => text.clone().into(),
        _ => rusqlite::types::Value::Null,
    }
}

/// The steps of SQLite's plan that walk through a whole table or index.
fn walks(sqlite: &Sqlite, statement: &Statement) -> Result<Vec<String>, rusqlite::Error> {
    let mut prepared = sqlite.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sql))?;
    let params = rusqlite::params_from_iter(statement.params.iter().map(value));
    let steps = prepared.query_map(params, |row| row.get::<_, String>("detail"))?;
    let mut steps = steps.collect::<Result<Vec<_>, _>>()?;
    steps.retain(|step| step.starts_with("SCAN") && !is_short(step));
    Ok(steps)
}

/// What is asked for, what has a limit, and what waits, which is as much as there is to do.
fn is_short(step: &str) -> bool {
    let short = ["SCAN json_each", "SCAN (subquery", "SCAN CONSTANT ROW"];
    let of_work = ["events_waiting", "events_sealed", "deliveries_untold"];
    short.iter().any(|start| step.starts_with(start))
        || of_work.iter().any(|one| step.contains(one))
}

fn found(sqlite: &Sqlite, statement: &Statement) -> Result<usize, rusqlite::Error> {
    let params = rusqlite::params_from_iter(statement.params.iter().map(value));
    Ok(sqlite.prepare(statement.sql)?.query_map(params, |_| Ok(()))?.count())
}

#[test]
fn what_is_read_at_once_has_a_length_but_is_one_at_least() -> Result<(), rusqlite::Error> {
    for (length, due_at_once, told_at_once) in
        [(10, 6, 500), (100_000, 6, 5), (600_000, 2, 1), (1_400_000, 1, 1)]
    {
        let sqlite = Sqlite::open_in_memory()?;
        sqlite.execute_batch(ROWS)?;
        let text = "x".repeat(length);
        for number in 0..if length > 10 { 20 } else { 1200 } {
            sqlite.execute(
                "INSERT INTO events (id, event, event_ts, by_host, received_at, next_at, handed_on, sealed)
                 VALUES ('e' || ?1, '', 0, 0, 0, 0, 1, ?2)",
                (number, &text),
            )?;
            sqlite.execute(
                "INSERT INTO deliveries (id, event_id, subscription_id, grant_id, status, url, next_at)
                 VALUES ('d' || ?1, 'e' || ?1, 's1', 'g1', ?2, ?3, 0)",
                (number, if number % 2 == 0 { "pending" } else { "retried" }, &text),
            )?;
        }
        assert_eq!(found(&sqlite, &due(NOW, 6))?, due_at_once, "{length}");
        assert_eq!(found(&sqlite, &untold())?, told_at_once, "{length}");
    }
    Ok(())
}

#[test]
fn no_statement_walks_through_all_rows() -> Result<(), rusqlite::Error> {
    let sqlite = Sqlite::open_in_memory()?;
    sqlite.execute_batch(ROWS)?;
    for statement in statements() {
        let walks = walks(&sqlite, &statement)?;
        assert!(walks.is_empty(), "{walks:?} in {}", statement.sql);
    }
    Ok(())
}
