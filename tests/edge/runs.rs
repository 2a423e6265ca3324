//! Runs from their first step to their end: in order, one way or the other, with waits and retries; stopped, replayed, cut
//! off from what they need. And the moves of a test that has runs.

use std::time::Duration;

use http::Method;
use isthmus::{
    edge::Code,
    host::{EngineState, Host},
    record::{grant::Grant, read_row, run::Run},
    run::{self, Cause, MOST_STEPS},
    testing::Manner,
    time::{DAY, MINUTE, SECOND},
};
use serde_json::{Value, json};

use crate::{
    run as run_test,
    world::{ADA, World},
};

pub const TOLD: &str = "https://hooks.acme.example/told";

/// A step that tells the project's endpoint something.
pub fn tells(id: &str, what: &str) -> Value {
    let inputs =
        json!({"method": "POST", "url": TOLD, "body_type": "json", "body": {"type": what}});
    json!({"id": id, "type": "request", "inputs": inputs})
}

/// The same with more said about the step.
pub fn with(mut step: Value, more: Value) -> Value {
    step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    step
}

fn pauses(id: &str, value: i64, unit: &str) -> Value {
    json!({"id": id, "type": "delay", "inputs": {"value": value, "unit": unit}})
}

impl World {
    /// A deployed workflow with these steps, which an event of the product's starts.
    pub fn does(&self, id: &str, steps: Value) {
        self.deployed_with(id, json!({"type": "event", "name": "Task Created"}), true, &steps);
    }

    /// Begins with a run of a workflow for Ada; `event` tells it from others.
    pub async fn calls_for(&self, workflow: &str, event: &str, payload: Value) -> String {
        let grants = self.host.sql("SELECT * FROM grants ORDER BY created_at, id", []);
        let grant: Grant = read_row(grants[0].clone()).unwrap();
        let cause = Cause {
            event,
            workflow_id: workflow,
            version: 1,
            trigger_key: "event/Task Created",
            replay: 0,
        };
        let begun = run::new_run(&grant, &cause, self.host.now());
        run::begin_with(&self.host, &[(begun.clone(), payload.to_string())]).await.unwrap();
        begun.id
    }

    pub fn run_of(&self, id: &str) -> Run {
        let rows = self.host.sql("SELECT * FROM runs WHERE id = ?1", [json!(id)]);
        read_row(rows[0].clone()).unwrap()
    }

    /// Where a run is, and what went wrong.
    pub fn state(&self, id: &str) -> (String, Option<String>) {
        let run = self.run_of(id);
        (json!(run.status).as_str().unwrap().to_owned(), run.problem)
    }

    /// What became of its steps: name, status, problem, chosen.
    pub fn steps_of(&self, id: &str) -> Vec<Value> {
        let sql =
            "SELECT step, status, problem, chosen FROM run_steps WHERE run_id = ?1 ORDER BY step";
        let values = |row: &isthmus::host::Row| {
            json!([row["step"], row["status"], row["problem"], row["chosen"]])
        };
        self.host.sql(sql, [json!(id)]).iter().map(values).collect()
    }

    pub fn live_runs(&self) -> i64 {
        self.count("SELECT count(*) AS n FROM runs WHERE due_at IS NOT NULL")
    }

    /// Time passes, and the sweep comes by, until every run has ended.
    pub async fn runs_end(&self) {
        for _ in 0..3000 {
            self.host.turn_runs().await;
            if self.live_runs() == 0 {
                return;
            }
            let wakes = self.host.next_waking().map(|at| at.since(self.host.now()));
            let pass = wakes.unwrap_or(MINUTE).clamp(1, 5 * MINUTE);
            self.pass(Duration::from_millis(pass.try_into().unwrap()));
            let _ = run::revive_due(&self.host, false).await;
        }
        panic!("{:?}", self.host.sql("SELECT * FROM runs WHERE due_at IS NOT NULL", []));
    }
}

/// A world where Ada is connected.
pub async fn connected() -> World {
    let world = World::new().await;
    world.connect("u1", ADA).await;
    world
}

fn succeeded() -> (String, Option<String>) {
    ("succeeded".to_owned(), None)
}

fn ended(status: &str, code: Code) -> (String, Option<String>) {
    (status.to_owned(), Some(code.text().to_owned()))
}

#[test]
fn steps_are_done_in_order_one_way_or_the_other() {
    run_test(async {
        let world = connected().await;
        let test =
            json!({"field": "{{trigger.topic}}", "operator": "$stringContains", "value": "Demo"});
        world.does(
            "w",
            json!([
                tells("first", "{{trigger.topic}}"),
                {"id": "check", "type": "condition", "if": test,
                    "then": [tells("yes", "yes")], "else": [tells("no", "no")]},
                tells("last", "{{check.output.choice}}"),
            ]),
        );
        for (topic, said) in
            [("A Demo", ["A Demo", "yes", "yes"]), ("Lunch", ["Lunch", "no", "no"])]
        {
            let id = world.calls_for("w", topic, json!({"topic": topic})).await;
            assert_eq!(world.state(&id).0, "queued");
            world.host.turn_runs().await;
            assert_eq!(world.state(&id), succeeded(), "{:?}", world.steps_of(&id));
            assert_eq!(world.heard.types(), said);
            let run = world.run_of(&id);
            assert!(run.due_at.is_none() && run.started_at.is_some() && run.ended_at.is_some());
            assert_eq!(world.host.engine_state(&id).await.unwrap(), EngineState::Ended);
        }
    });
}

#[test]
fn a_delay_takes_its_time_and_the_run_says_that_it_waits() {
    run_test(async {
        for hibernates in [false, true] {
            let world = connected().await;
            world.host.run_engine(Manner { hibernates, ..Manner::default() });
            world.does("w", json!([pauses("pause", 3, "days"), tells("after", "after")]));
            let id = world.calls_for("w", "1", json!({})).await;
            world.host.turn_runs().await;
            let run = world.run_of(&id);
            let until = world.host.now().plus(3 * DAY);
            assert_eq!(
                (world.state(&id).0.as_str(), run.due_at.unwrap()),
                ("waiting", until.plus(5 * MINUTE))
            );
            assert_eq!(world.host.next_waking(), Some(until));
            world.pass(Duration::from_millis((3 * DAY - 1).try_into().unwrap()));
            world.host.turn_runs().await;
            assert!(world.heard.types().is_empty());
            world.pass(Duration::from_millis(1));
            world.host.turn_runs().await;
            assert_eq!(
                (world.heard.types(), world.state(&id)),
                (vec!["after".to_owned()], succeeded())
            );
        }
    });
}

#[test]
fn a_step_that_fails_is_tried_again_after_ten_twenty_thirty_fifty_and_eighty_seconds() {
    run_test(async {
        for hibernates in [false, true] {
            let world = connected().await;
            world.host.run_engine(Manner { hibernates, ..Manner::default() });
            world.does("w", json!([with(tells("tell", "it"), json!({"retry": true}))]));
            let id = world.calls_for("w", "1", json!({})).await;
            world.heard.always.set(500);
            let began = world.host.now();
            let mut at = Vec::new();
            loop {
                world.host.turn_runs().await;
                if world.heard.types().len() == 1 {
                    at.push(world.host.now().since(began) / SECOND);
                }
                if world.live_runs() == 0 {
                    break;
                }
                assert_eq!(world.state(&id).0, "waiting");
                world.pass(Duration::from_secs(1));
            }
            assert_eq!(at, [0, 10, 30, 60, 110, 190]);
            let row = world.host.sql("SELECT tries FROM run_steps WHERE run_id = ?1", [json!(id)]);
            let tries: Value = serde_json::from_str(row[0]["tries"].as_str().unwrap()).unwrap();
            let tries = tries.as_array().unwrap();
            let since = |one: &Value, name: &str| {
                (one[name].as_i64().unwrap() - began.0).div_euclid(SECOND)
            };
            let known: Vec<_> =
                tries.iter().map(|one| (since(one, "began_at"), since(one, "left_at"))).collect();
            assert_eq!(known, at.iter().map(|at| (*at, *at)).collect::<Vec<_>>());
            assert!(tries.iter().all(|one| one["problem"] == "request_refused"), "{tries:?}");
            assert_eq!(world.state(&id), ended("failed", Code::RequestRefused));
            assert_eq!(world.steps_of(&id), [json!(["tell", "failed", "request_refused", null])]);
        }
    });
}

#[test]
fn what_fails_ends_the_run_unless_the_step_says_to_go_on() {
    run_test(async {
        let world = connected().await;
        let lacks = tells("lacks", "{{trigger.nothing}}");
        let goes_on = with(lacks.clone(), json!({"continue_on_error": true}));
        let late = with(pauses("pause", 400, "days"), json!({"continue_on_error": true}));
        world.does("ends", json!([lacks, tells("never", "never")]));
        world.does(
            "goes-on",
            json!([
                goes_on,
                late,
                tells("after", "{{lacks.output.error.code}}"),
                tells("then", "{{pause.output.error.code}}")
            ]),
        );
        let id = world.calls_for("ends", "1", json!({})).await;
        world.host.turn_runs().await;
        assert_eq!(world.state(&id), ended("failed", Code::ValueMissing));
        assert!(world.heard.types().is_empty());
        let id = world.calls_for("goes-on", "1", json!({})).await;
        world.host.turn_runs().await;
        assert_eq!(world.state(&id), succeeded());
        assert_eq!(world.heard.types(), ["value_missing", "value_unfit"]);
    });
}

#[test]
fn a_run_that_is_stopped_does_nothing_more_although_the_engine_was_not_told() {
    run_test(async {
        for told in [true, false] {
            let world = connected().await;
            world.does("w", json!([pauses("pause", 1, "hours"), tells("after", "after")]));
            let id = world.calls_for("w", "1", json!({})).await;
            world.host.turn_runs().await;
            if !told {
                world.host.fault_once("end_run", isthmus::testing::Fault::Fail);
            }
            assert_eq!(
                run::stop(&world.host, &world.run_of(&id), Code::RunStopped).await.ok(),
                Some(true)
            );
            assert_eq!(world.state(&id), ended("stopped", Code::RunStopped));
            assert_eq!(
                run::stop(&world.host, &world.run_of(&id), Code::RunStopped).await.ok(),
                Some(false)
            );
            world.pass(Duration::from_secs(3600));
            world.host.turn_runs().await;
            assert!(world.heard.types().is_empty());
            assert_eq!(world.host.engine_state(&id).await.unwrap(), EngineState::Ended);
            assert_eq!(world.state(&id), ended("stopped", Code::RunStopped));
        }
    });
}

#[test]
fn a_grant_that_is_revoked_ends_the_run_at_its_next_step() {
    run_test(async {
        let world = connected().await;
        world.does(
            "w",
            json!([tells("first", "first"), pauses("pause", 1, "hours"), tells("after", "after")]),
        );
        let id = world.calls_for("w", "1", json!({})).await;
        world.host.turn_runs().await;
        assert_eq!(world.heard.types(), ["first"]);
        let gone = world.call(Method::DELETE, "u1", "integrations/zoom", None).await;
        assert_eq!(gone.status, 204);
        world.pass(Duration::from_secs(3600));
        world.host.turn_runs().await;
        assert!(world.heard.types().is_empty());
        assert_eq!(world.state(&id), ended("stopped", Code::NotConnected));
    });
}

#[test]
fn a_workflow_that_is_deleted_takes_its_runs_along_and_one_that_is_undeployed_does_not() {
    run_test(async {
        let world = connected().await;
        for id in ["gone", "undeployed"] {
            world.does(id, json!([pauses("pause", 1, "hours"), tells("after", id)]));
        }
        let gone = world.calls_for("gone", "1", json!({})).await;
        let goes_on = world.calls_for("undeployed", "1", json!({})).await;
        let late = world.calls_for("gone", "2", json!({})).await;
        world.host.turn_runs().await;
        world.host.sql("UPDATE workflows SET version = NULL WHERE id = 'undeployed'", []);
        // Nobody stops this one: taken up again, it finds nothing that it could do.
        world.host.sql("UPDATE runs SET workflow_id = 'gone too' WHERE id = ?1", [json!(late)]);
        let deleted = world.workflow(Method::DELETE, &json!("gone"), "", None).await;
        assert_eq!(deleted.status, 200);
        assert_eq!(world.state(&gone), ended("stopped", Code::WorkflowGone));
        world.host.restart();
        world.host.run_engine(Manner { resumes: true, ..Manner::default() });
        world.runs_end().await;
        assert_eq!(
            (world.state(&goes_on), world.heard.types()),
            (succeeded(), vec!["undeployed".to_owned()])
        );
        assert_eq!(world.state(&late), ended("stopped", Code::WorkflowGone));
    });
}

#[test]
fn a_run_is_replayed_with_the_same_version_and_input_each_time_as_a_run_of_its_own() {
    run_test(async {
        let world = connected().await;
        world.does("w", json!([tells("tell", "{{trigger.what}}")]));
        let first = world.calls_for("w", "1", json!({"what": "it"})).await;
        let again = async |id: &str| run::replay(&world.host, &world.run_of(id)).await;
        assert_eq!(again(&first).await.unwrap_err().code, Code::RunNotReplayable);
        world.host.turn_runs().await;
        let second = again(&first).await.unwrap();
        assert_eq!(
            (second.replay, second.replay_of.as_deref(), second.version),
            (1, Some(first.as_str()), 1)
        );
        // While it lives, asking again is asking once.
        assert_eq!(again(&first).await.unwrap().id, second.id);
        world.host.turn_runs().await;
        let third = again(&second.id).await.unwrap();
        let fourth = again(&first).await.unwrap();
        world.host.turn_runs().await;
        assert_eq!(world.heard.types(), ["it"; 4]);
        let mut ids = vec![first.clone(), second.id, third.id, fourth.id];
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 4);
        world.host.sql("DELETE FROM run_texts WHERE run_id = ?1", [json!(first)]);
        assert_eq!(again(&first).await.unwrap_err().code, Code::RunNotReplayable);
        world.host.sql("DELETE FROM workflow_versions", []);
        assert_eq!(again(&first).await.unwrap_err().code, Code::RunNotReplayable);
    });
}

#[test]
fn a_run_with_more_steps_than_the_engine_takes_fails_and_says_so() {
    run_test(async {
        let world = connected().await;
        let more = json!({"retry": true, "continue_on_error": true});
        let steps: Vec<_> =
            (0..100).map(|n| with(tells(&format!("s{n}"), "it"), more.clone())).collect();
        world.does("w", json!(steps));
        world.heard.always.set(500);
        let id = world.calls_for("w", "1", json!({})).await;
        world.runs_end().await;
        assert_eq!(world.state(&id), ended("failed", Code::TooManySteps));
        let begun = world.host.steps_begun(&id).unwrap();
        assert!((900..=MOST_STEPS).contains(&begun), "{begun}");
    });
}

#[test]
fn the_engine_is_given_words_and_never_what_a_step_gave() {
    run_test(async {
        let world = connected().await;
        world.does("w", json!([tells("tell", "{{trigger.planted}}")]));
        world.calls_for("w", "1", json!({"planted": "a-planted-value"})).await;
        world.host.turn_runs().await;
        assert_eq!(world.heard.types(), ["a-planted-value"]);
        assert!(!world.host.everything_at_rest().contains("a-planted-value"));
        assert!(!world.host.kept_by_the_engine().contains("a-planted-value"));
        assert!(world.host.kept_by_the_engine().contains("done"));
    });
}

#[test]
fn what_a_run_was_started_with_stays_as_it_was_however_long_and_often_it_is_told() {
    run_test(async {
        let world = connected().await;
        world.does("w", json!([tells("note", "{{trigger.said}}")]));
        let long = "\u{1}".repeat(1_000_000);
        let id = world.calls_for("w", "1", json!({"said": "first", "long": long})).await;
        assert_eq!(world.calls_for("w", "1", json!({"said": "second"})).await, id);
        world.runs_end().await;
        assert_eq!(
            (world.state(&id).0.as_str(), world.heard.types()),
            ("succeeded", vec!["first".to_owned()])
        );
    });
}
