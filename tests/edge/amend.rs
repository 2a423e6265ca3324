//! Something about a grant is different: the row, the event and the note say so once; nothing different says nothing.

use http::Method;
use isthmus::{
    connection::{Actor, Answer, Change, Question, Refusal},
    host::Host,
    shape::Given,
    time::MINUTE,
    zoom::Account,
};
use serde_json::json;

use crate::{
    endpoint::HOOKS,
    faults::faults_at,
    interference::ended,
    moves::connected,
    run,
    world::{ADA, World},
};

fn change() -> Change {
    Change { metadata: None, expires_at: Given::Nothing, account: None }
}

fn noted(text: &str) -> Change {
    Change { metadata: Some(text.to_owned()), ..change() }
}

async fn amend(world: &World, grant_id: &str, change: Change) -> Answer {
    let by = Actor { who: "project".to_owned(), origin: Some("192.0.2.1".to_owned()) };
    ended(world.question(Question::Amend { grant_id: grant_id.to_owned(), change, by })).await
}

#[test]
fn what_is_said_changes_and_the_rest_stays() {
    run(async {
        let world = connected().await;
        world.let_alarms_end().await;
        world.listen(json!({"url": HOOKS})).await;
        let before = world.host.sql("SELECT * FROM grants", []).remove(0);
        let id = before["id"].as_str().unwrap();
        let account = Account {
            id: world.adas().provider_user_id,
            account_id: "other".to_owned(),
            email: "new@acme.example".to_owned(),
            display_name: "New".to_owned(),
        };
        let end = world.host.now().plus(60 * MINUTE);
        let change = Change {
            metadata: Some(r#"{"plan":1}"#.to_owned()),
            expires_at: Given::Value(end),
            account: Some(account),
        };
        for _ in 0..2 {
            assert!(matches!(amend(&world, id, change.clone()).await, Answer::Done {}));
        }
        let mut expected = before.clone();
        for (name, value) in [
            ("metadata", json!(r#"{"plan":1}"#)),
            ("expires_at", json!(end)),
            ("account_id", json!("other")),
            ("email", json!("new@acme.example")),
            ("display_name", json!("New")),
            ("updated_at", json!(world.host.now())),
        ] {
            expected.insert(name.to_owned(), value);
        }
        assert_eq!(world.host.sql("SELECT * FROM grants", []), [expected]);
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.heard.types(), ["grant.updated"]);
        let rows = world.host.sql("SELECT who, origin FROM audit WHERE what = 'grant.updated'", []);
        assert_eq!(json!(rows), json!([{"who": "project", "origin": "192.0.2.1"}]));
        assert_eq!(world.ask("u1").await.status, 200);
    });
}

#[test]
fn a_consent_keeps_what_was_noted() {
    run(async {
        let world = connected().await;
        let rows = world.host.sql("SELECT id FROM grants", []);
        let id = rows[0]["id"].as_str().unwrap();
        amend(&world, id, noted("{}")).await;
        world.connect("u1", ADA).await;
        let rows = world.host.sql("SELECT metadata FROM grants", []);
        assert_eq!(rows[0]["metadata"], "{}");
    });
}

#[test]
fn a_grant_that_is_not_there_cannot_be_changed() {
    run(async {
        let world = connected().await;
        let answer = amend(&world, "nobody", noted("{}")).await;
        assert!(matches!(answer, Answer::Refused { refusal: Refusal::NotMember }));
        assert_eq!(world.audit().iter().filter(|(what, _)| what == "grant.updated").count(), 0);
    });
}

#[test]
fn an_account_of_somebody_else_is_not_taken_over() {
    run(async {
        let world = connected().await;
        let row = world.host.sql("SELECT * FROM grants", []);
        let other = Account {
            id: "somebody".to_owned(),
            account_id: String::new(),
            email: "x@y.example".to_owned(),
            display_name: String::new(),
        };
        let change = Change { account: Some(other), ..change() };
        amend(&world, row[0]["id"].as_str().unwrap(), change).await;
        assert_eq!(world.host.sql("SELECT * FROM grants", []), row);
    });
}

#[test]
fn a_shorter_life_counts_for_copies_too() {
    run(async {
        let world = connected().await;
        let rows = world.host.sql("SELECT id FROM grants", []);
        let credential = rows[0]["id"].as_str().unwrap();
        let header = [("x-paragon-credential", credential)];
        let me = "proxy/zoom/users/me";
        assert_eq!(world.call_with(Method::GET, "u1", me, &header, None).await.status, 200);
        let end = world.host.now().plus(MINUTE);
        amend(&world, credential, Change { expires_at: Given::Value(end), ..change() }).await;
        world.host.pass(MINUTE);
        let answer = world.call_with(Method::GET, "u1", me, &header, None).await;
        assert_eq!(answer.told(), (401, "grant_expired".to_owned()));
    });
}

#[test]
fn under_any_fault_a_change_is_told_clearly_and_is_whole_when_asked_for_again() {
    run(async {
        for (call, fault, before) in
            faults_at(["tables", "read", "write", "wake_at", "delete_copy"], 4)
        {
            let world = connected().await;
            world.let_alarms_end().await;
            world.listen(json!({"url": HOOKS})).await;
            let rows = world.host.sql("SELECT id FROM grants", []);
            let id = rows[0]["id"].as_str().unwrap();
            world.host.fault_after(before, call, fault);
            let first = amend(&world, id, noted("{}")).await;
            world.host.clear_faults();
            let told = format!("{call} {fault:?} {before}: {first:?}");
            assert!(matches!(first, Answer::Done {} | Answer::Unavailable { .. }), "{told}");
            assert!(matches!(amend(&world, id, noted("{}")).await, Answer::Done {}));
            let rows = world.host.sql("SELECT metadata FROM grants", []);
            assert_eq!(rows[0]["metadata"], "{}", "{told}");
            world.let_alarms_end().await;
            assert_eq!(world.heard.types(), ["grant.updated"], "{told}");
        }
    });
}

#[test]
fn fifty_grants_of_one_login_may_each_have_as_much_noted_as_there_may_be() {
    run(async {
        let world = World::new().await;
        world.zoom.set_limits(isthmus_sandbox::Limits::none());
        let metadata = json!({"x": "\"".repeat(8000)});
        for user in 0..50 {
            let user = format!("u{user}");
            let grant = world.connect(&user, ADA).await;
            let patch = json!({"metadata": metadata});
            let address = format!("grants/{grant}");
            let patched = world.server(Method::PATCH, &address, Some(patch)).await;
            assert_eq!(patched.status, 200, "{}", patched.text);
        }
        world.connect("u0", ADA).await;
        let noted = "SELECT count(*) AS n FROM grants WHERE length(metadata) > 16000";
        assert_eq!(world.count(noted), 50);
        let rest = world.host.everything_at_rest();
        let longest = rest.lines().filter(|line| line.starts_with("v1.")).map(str::len).max();
        assert!(longest.unwrap() < 100_000, "{longest:?}");
    });
}
