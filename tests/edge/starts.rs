//! Zoom's events start runs: each workflow that is on, for each grant that can be used, exactly once whatever dies in
//! between; and what leaves takes its runs along.

use std::time::Duration;

use http::Method;
use isthmus::{
    connection::{Answer, Question},
    host::{EngineState, Host, Row},
    testing::Fault,
};
use serde_json::{Value, json};

use crate::{
    event_moves::subscribed,
    faults::{CALLS, faults_of},
    interference::ended,
    moves::connected,
    run,
    world::{ADA, GRACE, World},
};

impl World {
    /// A deployed workflow of the project, which does nothing.
    pub fn deployed(&self, id: &str, trigger: Value, on: bool) {
        let steps =
            json!([{"id": "pause", "type": "delay", "inputs": {"value": 1, "unit": "seconds"}}]);
        self.deployed_with(id, trigger, on, &steps);
    }

    /// The same with other steps.
    pub fn deployed_with(&self, id: &str, trigger: Value, on: bool, steps: &Value) {
        let key = match trigger["type"].as_str().unwrap() {
            "event" => format!("event/{}", trigger["name"].as_str().unwrap()),
            key => key.to_owned(),
        };
        let filter = Some(&trigger["filter"]).filter(|filter| !filter.is_null());
        let definition = json!({"name": id, "integration": "zoom", "trigger": trigger,
            "default_enabled": on, "steps": steps});
        let sql = "INSERT INTO workflows (id, project_id, integration_id, name, definition, revision, version, versions,
              trigger_key, filter, default_enabled, created_at, updated_at)
            VALUES (?1, ?2, ?3, ?1, ?4, 1, 1, 1, ?5, ?6, ?7, ?8, ?8)";
        let params = [
            json!(id),
            json!(self.project),
            json!(self.integration),
            json!(definition.to_string()),
            json!(key),
            json!(filter.map(Value::to_string)),
            json!(i64::from(on)),
            json!(self.host.now()),
        ];
        self.host.sql(sql, params);
        let sql = "INSERT INTO workflow_versions (workflow_id, version, definition, deployed_at) VALUES (?1, 1, ?2, 0)";
        self.host.sql(sql, [json!(id), json!(definition.to_string())]);
    }

    /// What a user made of a workflow.
    pub fn enables(&self, workflow: &str, grant: &str, on: bool, settings: Value) {
        let sql = "INSERT OR REPLACE INTO enablements (workflow_id, grant_id, project_id, user_id, enabled, enabled_at,
              settings, updated_at)
            SELECT ?1, id, project_id, user_id, ?3, ?4, ?5, ?4 FROM grants WHERE id = ?2";
        let now = self.host.now();
        let on = i64::from(on);
        let settings = json!(settings.to_string());
        self.host.sql(sql, [json!(workflow), json!(grant), json!(on), json!(now), settings]);
    }

    /// The runs, as the tables have them.
    pub fn runs(&self) -> Vec<Row> {
        self.host.sql("SELECT * FROM runs ORDER BY workflow_id, user_id, created_at, id", [])
    }

    /// Who runs what, and how far that is.
    pub fn running(&self) -> Vec<String> {
        let word = |row: &Row, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let runs = self.runs();
        let line = |row: &Row| {
            let words = ["workflow_id", "user_id", "status", "problem"].map(|name| word(row, name));
            words.join(" ").trim().to_owned()
        };
        runs.iter().map(line).collect()
    }

    /// How many runs the engine was told of.
    pub async fn begun(&self) -> usize {
        let mut begun = 0;
        for row in self.runs() {
            let state = self.host.engine_state(row["id"].as_str().unwrap()).await;
            begun += usize::from(state.unwrap() == EngineState::Live);
        }
        begun
    }
}

/// A world in which `u1` has connected Ada's login, and one workflow starts with each new meeting.
async fn working() -> World {
    let world = subscribed().await;
    world.deployed("w1", json!({"type": "zoom.new_meeting"}), true);
    world.let_alarms_ring().await;
    world
}

/// The one run is there, the engine knows it, and nothing of its event waits.
async fn assert_one_run(world: &World, what: &str) {
    assert_eq!(world.running(), ["w1 u1 queued"], "{what}");
    assert_eq!(world.begun().await, 1, "{what}");
    let outcomes = world.host.sql("SELECT outcome, subscriptions, runs FROM outcomes", []);
    let matched = json!([{"outcome": "matched", "subscriptions": 1, "runs": 1}]);
    assert_eq!(json!(outcomes), matched, "{what}");
    world.assert_passed_on(what);
}

#[test]
fn an_event_starts_what_is_on_for_each_grant_that_can_be_used() {
    run(async {
        let world = connected().await;
        let first = world.list("grants").await[0]["id"].as_str().unwrap().to_owned();
        let second = world.connect("u2", ADA).await;
        world.connect("u3", ADA).await;
        let other = world.connect("u4", GRACE).await;
        let new_meeting = || json!({"type": "zoom.new_meeting"});
        world.deployed("asked", new_meeting(), false);
        world.enables("asked", &second, true, json!({}));
        world.enables("asked", &other, true, json!({}));
        let topic = |value: &str| {
            json!({"type": "zoom.new_meeting", "filter":
            {"operator": "$stringContains", "field": "object.topic", "value": value}})
        };
        world.deployed("fits", topic("topic"), true);
        world.deployed("fits_not", topic("something else"), true);
        world.deployed("filled", new_meeting(), true);
        world.host.sql("UPDATE workflows SET required = '[\"email\"]' WHERE id = 'filled'", []);
        world.enables("filled", &first, true, json!({"email": "a@b.example"}));
        world.enables("filled", &second, true, json!({"email": ""}));
        world.deployed("on", new_meeting(), true);
        world.enables("on", &second, false, json!({}));
        world.deployed("other_trigger", json!({"type": "zoom.meeting_ended"}), true);
        world.deployed("undeployed", new_meeting(), true);
        world.host.sql("UPDATE workflows SET version = NULL WHERE id = 'undeployed'", []);
        world.host.sql("UPDATE grants SET status = 'VALID'", []);
        world.another_project().await.deployed("of_others", new_meeting(), true);
        let change = isthmus::connection::Change {
            metadata: None,
            expires_at: isthmus::shape::Given::Value(world.host.now().plus(1000)),
            account: None,
        };
        let third = world.list("grants").await;
        let third = third.iter().find(|grant| grant["account_id"] == "u3").unwrap();
        let grant_id = third["id"].as_str().unwrap().to_owned();
        let by = isthmus::connection::Actor::here("admin");
        world.question(Question::Amend { grant_id, change, by }).await;
        world.pass(Duration::from_secs(2));
        world.take_in_surely("e1").await;
        world.let_alarms_ring().await;
        let expected = [
            "asked u2 queued",
            "filled u1 queued",
            "fits u1 queued",
            "fits u2 queued",
            "on u1 queued",
        ];
        assert_eq!(world.running(), expected);
        assert_eq!(world.begun().await, 5);
        let sql = "SELECT user_id, outcome, runs FROM outcomes ORDER BY user_id";
        let outcomes = json!([
            {"user_id": "u1", "outcome": "matched", "runs": 3},
            {"user_id": "u2", "outcome": "matched", "runs": 2},
            {"user_id": "u3", "outcome": "grant_invalid", "runs": 0},
        ]);
        assert_eq!(json!(world.host.sql(sql, [])), outcomes);
        let run = &world.runs()[0];
        assert_eq!((&run["event_id"], &run["depth"]), (&json!("e1"), &json!(0)));
        assert_eq!(run["trigger_key"], "zoom.new_meeting");
    });
}

#[test]
fn after_a_crash_at_any_point_of_the_alarm_each_run_is_there_once() {
    run(async {
        for point in 1.. {
            let world = working().await;
            world.take_in_surely("e1").await;
            let crashed =
                world.host.until_crash(Some(point), world.host.ring_alarms()).await.is_err();
            if !crashed {
                assert!(point > 30, "{point}");
                break;
            }
            world.host.pass(31_000);
            world.let_alarms_ring().await;
            assert_one_run(&world, &format!("crash at {point}")).await;
        }
    });
}

#[test]
fn when_any_one_call_fails_or_loses_its_answer_each_run_is_there_once() {
    run(async {
        for (call, fault) in faults_of(CALLS.into_iter().chain(["start_runs"])) {
            for before in 0..20 {
                let world = working().await;
                world.take_in_surely("e1").await;
                world.host.fault_after(before, call, fault);
                world.let_alarms_ring().await;
                let unused = world.host.clear_faults();
                for _ in 0..3 {
                    world.pass(Duration::from_secs(61));
                    world.let_alarms_ring().await;
                }
                assert_one_run(&world, &format!("{call} {before} {fault:?}")).await;
                if unused == 1 {
                    break;
                }
            }
        }
    });
}

#[test]
fn while_the_engine_takes_no_runs_everything_else_goes_on_and_their_events_wait() {
    run(async {
        let world = working().await;
        world.deployed("ended", json!({"type": "zoom.meeting_ended"}), false);
        world.host.fault_always("start_runs", Some(Fault::Fail));
        world.take_in_surely("e1").await;
        let event = Box::new(world.event_of("meeting.ended", "e2"));
        world.question(Question::TakeIn { event }).await;
        world.let_alarms_ring().await;
        assert_eq!(world.told().0, ["e1"], "endpoints do not wait for the engine");
        assert_eq!((world.running().len(), world.begun().await), (1, 0));
        let waiting = "SELECT count(*) AS n FROM events WHERE handed_on = 0";
        assert_eq!(world.count_in_object(waiting), 1, "only the one that starts something");
        let rounds = world.let_hours_pass(2).await;
        assert!((20..=40).contains(&rounds), "{rounds}: every five minutes at last");
        world.host.clear_faults();
        world.let_hours_pass(1).await;
        assert_eq!((world.running().len(), world.begun().await), (1, 1));
        assert_eq!(world.count_in_object(waiting), 0);
        assert!(world.told().0.is_empty(), "and nobody is told twice");
    });
}

#[test]
fn the_same_event_is_one_run_also_when_the_workflow_is_deployed_anew_in_between() {
    run(async {
        let world = working().await;
        world.take_in_surely("e1").await;
        world.host.fault_always("start_runs", Some(Fault::Fail));
        world.let_alarms_ring().await;
        world.host.sql("UPDATE workflows SET version = 2, versions = 2", []);
        world.host.clear_faults();
        world.pass(Duration::from_secs(61));
        world.let_alarms_ring().await;
        assert_eq!(world.running().len(), 1);
        assert_eq!(world.runs()[0]["version"], 1);
        world.take_in_surely("e2").await;
        world.let_alarms_ring().await;
        assert_eq!((world.running().len(), world.begun().await), (2, 2));
    });
}

#[test]
fn one_event_starts_five_thousand_runs_also_when_it_is_interrupted() {
    run(async {
        let world = connected().await;
        for user in 2..=10 {
            world.connect(&format!("u{user}"), ADA).await;
        }
        for number in 0..500 {
            let trigger = json!({"type": "zoom.new_meeting"});
            world.deployed(&format!("w{number}"), trigger, true);
        }
        world.let_alarms_ring().await;
        world.take_in_surely("e1").await;
        for point in [40, 90] {
            let rung = world.host.until_crash(Some(point), world.host.ring_alarms()).await;
            assert!(rung.is_err(), "{point}");
            world.host.pass(31_000);
        }
        world.host.fault_after(7, "start_runs", Fault::Fail);
        world.let_alarms_ring().await;
        world.pass(Duration::from_secs(61));
        world.let_alarms_ring().await;
        assert_eq!((world.runs().len(), world.begun().await), (5000, 5000));
        let counted = world.host.sql("SELECT sum(runs) AS n FROM outcomes", []);
        assert_eq!(counted[0]["n"], 5000);
        let waiting = "SELECT count(*) AS n FROM events WHERE handed_on = 0";
        assert_eq!(world.count_in_object(waiting), 0);
    });
}

#[test]
fn a_filter_that_cannot_be_read_starts_nothing_and_is_named_in_the_log() {
    run(async {
        let world = working().await;
        world.host.sql("UPDATE workflows SET filter = '{\"operator\": \"$of_old\"}'", []);
        world.take_in_surely("e1").await;
        world.let_alarms_ring().await;
        assert!(world.runs().is_empty());
        let lines = world.host.log_lines();
        let line = lines.iter().find(|line| line["what"] == "filter_unreadable").unwrap();
        assert_eq!(line["workflow_id"], "w1");
    });
}

#[test]
fn when_a_grant_leaves_its_runs_stop_and_what_its_user_enabled_is_forgotten() {
    run(async {
        for removed in [false, true] {
            let world = working().await;
            let second = world.connect("u2", ADA).await;
            world.enables("w1", &second, true, json!({}));
            world.take_in_surely("e1").await;
            world.let_alarms_ring().await;
            assert_eq!(world.running(), ["w1 u1 queued", "w1 u2 queued"]);
            world.pass(Duration::from_secs(60));
            if removed {
                let at = world.host.now();
                let answer = world.question(Question::Deauthorized { at }).await;
                assert!(matches!(answer, Answer::Left { .. }));
            } else {
                world.disconnect("u2").await;
            }
            let stopped = "w1 u2 stopped not_connected";
            let first = if removed { "w1 u1 stopped not_connected" } else { "w1 u1 queued" };
            assert_eq!(world.running(), [first, stopped]);
            let run = &world.runs()[1];
            assert!(run["due_at"].is_null() && run["ended_at"].is_i64());
            assert_eq!(world.count("SELECT count(*) AS n FROM enablements"), 0);
        }
    });
}

#[test]
fn a_grant_that_leaves_while_the_alarm_hands_on_leaves_no_run_behind() {
    run(async {
        for steps in (0..).step_by(3) {
            let world = working().await;
            world.take_in_surely("e1").await;
            let rung = Box::pin(ended(world.host.ring_alarms()));
            let leaving = Box::pin(world.disconnect("u1"));
            if crate::moves::interleaved(steps, rung, leaving).await.is_none() {
                assert!(steps > 30, "{steps}");
                break;
            }
            world.let_hours_pass(1).await;
            let live = "SELECT count(*) AS n FROM runs WHERE due_at IS NOT NULL";
            assert_eq!(world.count(live), 0, "after {steps} steps");
        }
    });
}

#[test]
fn a_user_who_is_erased_leaves_no_runs_behind_and_others_keep_theirs() {
    run(async {
        let world = working().await;
        let second = world.connect("u2", ADA).await;
        world.enables("w1", &second, true, json!({"email": "a@b.example"}));
        world.deployed("said", json!({"type": "event", "name": "said"}), true);
        for user in ["u1", "u2"] {
            let event = json!({"name": "said", "payload": {"by": user}});
            let said = world.call(Method::POST, user, "events/trigger", Some(event)).await;
            assert_eq!(said.status, 201, "{}", said.text);
        }
        world.take_in_surely("e1").await;
        world.let_alarms_ring().await;
        world.host.sql("INSERT INTO run_steps (run_id, step, type, status, attempts, begun_at) SELECT id, 's', 'delay', 'begun', 1, 0 FROM runs", []);
        let erased = world.server(Method::DELETE, "users/u2", None).await;
        assert_eq!(erased.status, 200, "{}", erased.text);
        assert_eq!(world.running(), ["said u1 queued", "w1 u1 queued"]);
        assert_eq!(world.count("SELECT count(*) AS n FROM enablements"), 0);
        assert_eq!(world.count("SELECT count(*) AS n FROM run_texts"), 1);
        assert_eq!(world.count("SELECT count(*) AS n FROM run_steps"), 2);
    });
}

#[test]
fn an_integration_that_is_deleted_takes_its_workflows_and_runs_along() {
    run(async {
        let world = working().await;
        world.deployed("said", json!({"type": "event", "name": "said"}), true);
        let event = Some(json!({"name": "said"}));
        world.call(Method::POST, "u1", "events/trigger", event).await;
        world.take_in_surely("e1").await;
        world.let_alarms_ring().await;
        world.server(Method::DELETE, "integrations/zoom", None).await;
        for _ in 0..3 {
            world.let_hours_pass(1).await;
            world.sweep().await;
        }
        let left = "SELECT (SELECT count(*) FROM integrations) + (SELECT count(*) FROM workflows)
            + (SELECT count(*) FROM workflow_versions) + (SELECT count(*) FROM enablements)
            + (SELECT count(*) FROM runs) + (SELECT count(*) FROM run_texts) AS n";
        assert_eq!(world.count(left), 0);
    });
}
