//! How SQLite finds what is asked for where there are many rows: by an index, without reading texts it does not need.

use rusqlite::Connection as Sqlite;

use super::{
    MIGRATIONS,
    delivery::{self, Wanted},
    sealed::COLUMNS,
};

/// The steps of SQLite's plan for a statement, one a line.
fn plan(sql: &str) -> Result<String, rusqlite::Error> {
    let sqlite = Sqlite::open_in_memory()?;
    for migration in MIGRATIONS {
        sqlite.execute_batch(migration)?;
    }
    let mut prepared = sqlite.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let params = vec![rusqlite::types::Value::Null; prepared.parameter_count()];
    let params = rusqlite::params_from_iter(params);
    let steps = prepared.query_map(params, |row| row.get::<_, String>("detail"))?;
    Ok(steps.collect::<Result<Vec<_>, _>>()?.join("\n"))
}

#[test]
fn the_keys_of_events_are_counted_and_found_without_reading_their_texts()
-> Result<(), rusqlite::Error> {
    let events = COLUMNS.iter().filter(|column| column.by_key.contains("FROM events "));
    let mut columns = 0;
    for column in events {
        let (count, find, replace) =
            (plan(column.by_key)?, plan(column.under_others)?, plan(column.replace)?);
        assert_eq!(count, "SCAN events USING COVERING INDEX events_by_key");
        assert!(find.contains("SEARCH events USING COVERING INDEX events_by_key"), "{find}");
        assert!(!find.contains("SCAN events"), "{find}");
        assert!(replace.contains("SEARCH events USING INDEX sqlite_autoindex"), "{replace}");
        columns += 1;
    }
    assert_eq!(columns, 1);
    Ok(())
}

#[test]
fn deliveries_of_one_event_or_user_are_not_looked_for_among_all_of_a_project()
-> Result<(), rusqlite::Error> {
    let wanted = |event: Option<&str>, user: Option<&str>| Wanted {
        status: None,
        event_id: event.map(str::to_owned),
        subscription_id: None,
        grant_id: None,
        account_id: user.map(str::to_owned),
    };
    for (event, user, index) in [
        (Some("e1"), None, "deliveries_of_event"),
        (Some("e1"), Some("u1"), "deliveries_of_event"),
        (None, Some("u1"), "deliveries_of_user"),
        (None, None, "deliveries_of_project"),
    ] {
        let plan = plan(delivery::of_project("p", &wanted(event, user), 50, 0).sql)?;
        assert!(plan.contains(&format!("USING INDEX {index} ")), "{index}: {plan}");
    }
    Ok(())
}
