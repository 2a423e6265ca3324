//! No statement on an object's rows walks through all of them, however many there are.

use rusqlite::Connection as Sqlite;

use super::*;
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
        any_waiting(),
        waiting(),
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
fn walks(sqlite: &Sqlite, statement: &Statement) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let mut prepared = sqlite.prepare(&sql).unwrap();
    let params = rusqlite::params_from_iter(statement.params.iter().map(value));
    let steps = prepared.query_map(params, |row| row.get::<_, String>("detail")).unwrap();
    let steps = steps.map(Result::unwrap);
    steps.filter(|step| step.starts_with("SCAN") && !is_short(step)).collect()
}

/// What is asked for, what has a limit, and what waits, which is as much as there is to do.
fn is_short(step: &str) -> bool {
    let short = ["SCAN json_each", "SCAN (subquery", "SCAN CONSTANT ROW"];
    let of_work = ["events_waiting", "events_sealed", "deliveries_untold"];
    short.iter().any(|start| step.starts_with(start))
        || of_work.iter().any(|one| step.contains(one))
}

#[test]
#[expect(clippy::panic, reason = "a test fails by panicking")]
fn no_statement_walks_through_all_rows() {
    let sqlite = Sqlite::open_in_memory().unwrap();
    sqlite.execute_batch(ROWS).unwrap();
    for statement in statements() {
        let walks = walks(&sqlite, &statement);
        if !walks.is_empty() {
            panic!("{walks:?}\n{}", statement.sql);
        }
    }
}
