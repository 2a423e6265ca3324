//! How SQLite finds what is asked for where there are many rows: by an index, without reading texts it does not need.

use rusqlite::Connection as Sqlite;

use super::{
    MIGRATIONS, audit, count,
    delivery::{self, Wanted},
    portal, run_list,
    sealed::COLUMNS,
};
use crate::time::Timestamp;

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
fn the_keys_of_events_and_runs_are_counted_and_found_without_reading_their_texts()
-> Result<(), rusqlite::Error> {
    for (table, index) in [("events", "events_by_key"), ("run_texts", "run_texts_by_key")] {
        let of_table = format!("FROM {table} ");
        let columns: Vec<_> =
            COLUMNS.iter().filter(|column| column.by_key.contains(&of_table)).collect();
        let [column] = columns.as_slice() else { panic!("{table}: {}", columns.len()) };
        let (count, find, replace) =
            (plan(column.by_key)?, plan(column.under_others)?, plan(column.replace)?);
        assert_eq!(count, format!("SCAN {table} USING COVERING INDEX {index}"));
        assert!(find.contains(&format!("SEARCH {table} USING COVERING INDEX {index}")), "{find}");
        assert!(!find.contains(&format!("SCAN {table}")), "{find}");
        let by_id = format!("SEARCH {table} USING INDEX sqlite_autoindex");
        assert!(replace.contains(&by_id), "{replace}");
    }
    Ok(())
}

#[test]
fn what_the_operator_watches_is_found_by_indexes_but_for_counts_and_subscriptions()
-> Result<(), rusqlite::Error> {
    let all = count::STANDING.iter().chain([&count::COUNTS, &count::RUNS]);
    let plans: Vec<_> = all.map(|sql| plan(sql)).collect::<Result<_, _>>()?;
    let plans = plans.join("\n");
    for index in [
        "deliveries_pending",
        "deliveries_failed",
        "grants_invalid",
        "connections_owing",
        "runs_due",
        "runs_by_age",
    ] {
        assert!(plans.contains(&format!("INDEX {index}")), "{index}: {plans}");
    }
    let read_whole: Vec<_> = plans
        .lines()
        .filter_map(|line| line.strip_prefix("SCAN "))
        .filter(|what| !what.starts_with('(') && !what.contains("CONSTANT ROW"))
        .filter(|what| !what.contains(" INDEX ") || what.contains("sqlite_autoindex"))
        .filter_map(|what| what.split(' ').next())
        .collect();
    // Of each there are few: an integration's outcomes, and what an operator or a server has set up.
    assert_eq!(read_whole, ["subscriptions", "counts"], "{plans}");
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

#[test]
fn runs_of_a_workflow_a_user_or_another_run_are_not_looked_for_among_all_of_a_project()
-> Result<(), rusqlite::Error> {
    let some = || Some("x".to_owned());
    let wanted = run_list::Wanted::default;
    for (wanted, index) in [
        (run_list::Wanted { parent_id: some(), ..wanted() }, "runs_of_parent"),
        (
            run_list::Wanted { workflow_id: some(), account_id: some(), ..wanted() },
            "runs_of_workflow",
        ),
        (run_list::Wanted { account_id: some(), ..wanted() }, "runs_of_user"),
        (wanted(), "runs_of_project"),
    ] {
        for oldest_first in [false, true] {
            let list = plan(run_list::of_project("p", &wanted, oldest_first, 50, 0).sql)?;
            assert!(list.contains(&format!("USING INDEX {index} ")), "{index}: {list}");
        }
        let count = plan(run_list::count("p", &wanted).sql)?;
        assert!(count.contains(&format!("USING INDEX {index} ")), "{index}: {count}");
    }
    Ok(())
}

#[test]
fn portals_and_their_changes_are_found_by_what_asks_for_them() -> Result<(), rusqlite::Error> {
    for (statement, index) in [
        (portal::left("g"), "portal_changes_leaving"),
        (portal::returned("p"), "sessions_of_portal"),
    ] {
        let plan = plan(statement.sql)?;
        assert!(plan.contains(&format!("INDEX {index} ")), "{index}: {plan}");
    }
    for statement in portal::forget_user("p", "u") {
        let plan = plan(statement.sql)?;
        assert!(plan.contains("INDEX portals_of_user ") && !plan.contains("SCAN"), "{plan}");
    }
    Ok(())
}

#[test]
fn old_notes_of_no_project_are_found_without_reading_the_others() -> Result<(), rusqlite::Error> {
    let plan = plan(audit::forget_old(1, Timestamp(0)).sql)?;
    assert!(plan.contains("INDEX audit_of_project (project_id=? AND at<?)"), "{plan}");
    assert!(!plan.contains("SCAN audit"), "{plan}");
    Ok(())
}
