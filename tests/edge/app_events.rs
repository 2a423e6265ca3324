//! What the product itself starts: its events, and requests that a Response step answers.

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join;
use http::Method;
use isthmus::{
    host::{Host, Statement},
    record::run_text::{self, Kind},
    testing::Fault,
};
use serde_json::{Value, json};

use crate::{
    faults::faults_at,
    interference::ended,
    moves::connected,
    run,
    world::{ADA, Answer, GRACE, World},
};

async fn working() -> World {
    let world = connected().await;
    world.deployed("said", json!({"type": "event", "name": "Task Created"}), true);
    world.deployed("other", json!({"type": "event", "name": "Task Deleted"}), true);
    world
}

impl World {
    async fn say(&self, user: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        self.call_with(Method::POST, user, "events/trigger", headers, Some(body)).await
    }

    /// What a run was started with.
    async fn input_of(&self, run: &str) -> Value {
        let rows = self.host.tables(vec![run_text::trigger_of(run)]).await.unwrap().remove(0);
        let texts: BTreeMap<_, _> = run_text::join(&self.host, rows).unwrap();
        serde_json::from_str(texts.values().next().unwrap()).unwrap()
    }

    fn run_id(&self) -> String {
        self.runs()[0]["id"].as_str().unwrap().to_owned()
    }
}

fn created() -> Value {
    json!({"name": "Task Created", "payload": {"title": "buy milk"}})
}

#[test]
fn an_event_of_the_product_starts_what_waits_for_it_for_each_usable_grant_of_the_user() {
    run(async {
        let world = working().await;
        world.connect("u1", GRACE).await;
        world.connect("u2", ADA).await;
        let said = world.say("u1", &[], created()).await;
        assert_eq!((said.status, &said.json()["runs"]), (201, &json!(2)), "{}", said.text);
        assert_eq!(world.running(), ["said u1 queued", "said u1 queued"]);
        assert_eq!(world.begun().await, 2);
        let (run, input) = (world.runs()[0].clone(), world.input_of(&world.run_id()).await);
        assert_eq!(input, json!({"title": "buy milk"}));
        assert_eq!(
            (&run["trigger_key"], &run["event_id"]),
            (&json!("event/Task Created"), &json!(null))
        );
        assert!(!world.host.everything_at_rest().contains("buy milk"), "sealed");
        world.say("u1", &[], created()).await;
        assert_eq!(world.runs().len(), 4, "the same words are another event");
    });
}

#[test]
fn an_event_that_starts_nothing_is_taken_all_the_same() {
    run(async {
        let world = working().await;
        let nothing = |answer: Answer| (answer.status, answer.json()["runs"].clone());
        assert_eq!(nothing(world.say("u3", &[], created()).await), (201, json!(0)));
        assert_eq!(
            nothing(world.say("u1", &[], json!({"name": "Nobody waits"})).await),
            (201, json!(0))
        );
        let other = world.another_project().await;
        assert_eq!(nothing(other.say("u1", &[], created()).await), (201, json!(0)));
        let grant = world.list("grants").await[0]["id"].as_str().unwrap().to_owned();
        world.enables("said", &grant, false, json!({}));
        assert_eq!(nothing(world.say("u1", &[], created()).await), (201, json!(0)));
        world.enables("said", &grant, true, json!({}));
        world.host.sql("UPDATE workflows SET required = '[\"email\"]'", []);
        assert_eq!(nothing(world.say("u1", &[], created()).await), (201, json!(0)));
        world.host.sql("UPDATE workflows SET required = '[]'", []);
        world.host.sql("UPDATE grants SET status = 'INVALID'", []);
        assert_eq!(nothing(world.say("u1", &[], created()).await), (201, json!(0)));
        assert!(world.runs().is_empty());
    });
}

#[test]
fn a_named_account_is_the_only_one_that_an_event_is_for() {
    run(async {
        let world = working().await;
        let second = world.connect("u1", GRACE).await;
        let others = world.connect("u2", ADA).await;
        world.say("u1", &[("x-paragon-credential", &second)], created()).await;
        assert_eq!(world.runs().len(), 1);
        assert_eq!(world.runs()[0]["grant_id"], second);
        let said = world.say("u1", &[("x-paragon-credential", &others)], created()).await;
        assert_eq!((said.status, world.runs().len()), (201, 1), "another user's");
    });
}

#[test]
fn a_body_that_is_no_event_is_refused_with_the_place() {
    run(async {
        let world = working().await;
        for (body, code) in [
            (json!({}), (400, "invalid_request")),
            (json!({"name": " "}), (400, "invalid_request")),
            (json!({"name": "x".repeat(201)}), (400, "invalid_request")),
            (json!({"name": "x", "payload": "y".repeat(64 * 1024)}), (413, "payload_too_large")),
        ] {
            let said = world.say("u1", &[], body).await;
            assert_eq!(said.refused(), (code.0, code.1.to_owned()), "{}", said.text);
        }
        let key = "k".repeat(201);
        let said = world.say("u1", &[("idempotency-key", &key)], created()).await;
        assert_eq!(said.refused(), (400, "invalid_request".to_owned()));
        assert!(world.runs().is_empty());
    });
}

#[test]
fn under_one_idempotency_key_an_event_is_one_run_whatever_fails() {
    run(async {
        for (call, fault, before) in faults_at(["tables", "start_runs"], 6) {
            let world = working().await;
            world.host.fault_after(before, call, fault);
            let keyed = [("idempotency-key", "k1")];
            let said = world.say("u1", &keyed, created()).await;
            assert!(matches!(said.status, 201 | 503), "{}", said.text);
            world.host.clear_faults();
            let again = world.say("u1", &keyed, created()).await;
            assert_eq!((again.status, &again.json()["runs"]), (201, &json!(1)));
            assert_eq!((world.runs().len(), world.begun().await), (1, 1), "{call} {before}");
        }
    });
}

#[test]
fn after_a_crash_at_any_point_the_same_event_said_again_is_one_run() {
    run(async {
        for point in 1.. {
            let world = working().await;
            let keyed = [("idempotency-key", "k1")];
            let said = world.say("u1", &keyed, created());
            let crashed = world.host.until_crash(Some(point), said).await.is_err();
            world.say("u1", &keyed, created()).await;
            assert_eq!((world.runs().len(), world.begun().await), (1, 1), "crash at {point}");
            if !crashed {
                break;
            }
        }
    });
}

#[test]
fn an_event_is_taken_while_the_engine_takes_no_runs() {
    run(async {
        let world = working().await;
        world.host.fault_always("start_runs", Some(Fault::Fail));
        assert_eq!(world.say("u1", &[], created()).await.status, 201);
        assert_eq!((world.running(), world.begun().await), (vec!["said u1 queued".to_owned()], 0));
        let due = world.runs()[0]["due_at"].as_i64().unwrap();
        assert_eq!(due - world.host.now().0, 60_000, "the sweep looks after it");
    });
}

#[test]
fn an_event_of_a_user_who_leaves_meanwhile_leaves_nothing_behind() {
    run(async {
        for steps in 0.. {
            let world = working().await;
            let said = Box::pin(world.say("u1", &[], created()));
            let leaving = Box::pin(world.disconnect("u1"));
            if crate::moves::interleaved(steps, said, leaving).await.is_none() {
                assert!(steps > 3, "{steps}");
                break;
            }
            let left = "SELECT count(*) AS n FROM runs WHERE due_at IS NOT NULL";
            assert_eq!(world.count(left), 0, "after {steps} steps");
            let texts = "SELECT count(*) AS n FROM run_texts
                WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = run_id)";
            assert_eq!(world.count(texts), 0, "after {steps} steps");
        }
    });
}

const ANSWER: &str = "answer";

fn answering() -> Value {
    json!([{"id": "either", "type": "condition", "if": {}, "then": [
        {"id": ANSWER, "type": "response", "inputs": {"status_code": 200, "body": {}}}], "else": []}])
}

/// A world with one workflow that a request starts and nobody answers, and one that answers.
async fn asked() -> World {
    let world = connected().await;
    let trigger = json!({"type": "request", "required": [{"part": "body", "key": "email"},
        {"part": "headers", "key": "X-Tenant"}, {"part": "params", "key": "page"}]});
    world.deployed("takes", trigger, true);
    world.deployed_with("answers", json!({"type": "request"}), true, &answering());
    world
}

impl World {
    /// What the run does once it is there: its Response step says this, or it ends.
    async fn goes_on(&self, said: Option<Value>, status: &str, problem: Option<&str>) {
        while self.runs().is_empty() {
            tokio::task::yield_now().await;
        }
        self.host.pass(1000);
        let run = self.run_id();
        let mut statements = vec![Statement::new(
            "UPDATE runs SET status = ?2, problem = ?3 WHERE id = ?1",
            [json!(run), json!(status), json!(problem)],
        )];
        if let Some(said) = said {
            statements.push(Statement::new(
                "INSERT INTO run_steps (run_id, step, type, status, attempts, begun_at, ended_at)
                 VALUES (?1, ?2, 'response', 'succeeded', 1, 0, 1)",
                [json!(run), json!(ANSWER)],
            ));
            let name = run_text::name(ANSWER, Kind::Output);
            let text = run_text::replace(&self.host, &run, &name, &said.to_string());
            statements.extend(text.unwrap());
        }
        self.host.tables(statements).await.unwrap();
    }

    async fn ask_workflow(&self, workflow: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let path = format!("triggers/{workflow}?page=2&page=3");
        ended(self.call_with(Method::POST, "u1", &path, headers, Some(body))).await
    }
}

#[test]
fn a_request_starts_its_workflow_with_headers_body_and_parameters() {
    run(async {
        let world = asked().await;
        let body = json!({"email": "a@b.example", "n": [1, 2]});
        let headers = [("X-Tenant", "acme"), ("cookie", "c=1")];
        let taken = world.ask_workflow("takes", &headers, body.clone()).await;
        assert_eq!(taken.status, 202, "{}", taken.text);
        assert_eq!(taken.json()["executionId"], world.run_id().as_str());
        assert_eq!((world.running(), world.begun().await), (vec!["takes u1 queued".to_owned()], 1));
        let input = world.input_of(&world.run_id()).await;
        assert_eq!((&input["body"], &input["params"]), (&body, &json!({"page": "3"})));
        assert_eq!(input["headers"]["x-tenant"], "acme");
        assert_eq!(input["headers"]["content-type"], "application/json");
        assert!(
            input["headers"].get("authorization").is_none()
                && input["headers"].get("cookie").is_none()
        );
    });
}

#[test]
fn a_request_without_what_its_workflow_wants_is_told_what_is_missing() {
    run(async {
        let world = asked().await;
        let answer =
            world.ask_workflow("takes", &[("x-tenant", "acme")], json!({"email": null})).await;
        assert_eq!(answer.refused(), (400, "invalid_request".to_owned()));
        assert!(answer.text.contains("missing: body.email)"), "{}", answer.text);
        assert!(world.runs().is_empty());
    });
}

#[test]
fn a_request_is_refused_where_the_workflow_is_not_there_or_not_on() {
    run(async {
        let world = asked().await;
        let refused =
            async |workflow: &str| world.ask_workflow(workflow, &[], json!({})).await.refused();
        assert_eq!(refused("nowhere").await, (404, "workflow_not_found".to_owned()));
        world.deployed("said", json!({"type": "event", "name": "x"}), true);
        assert_eq!(refused("said").await, (404, "workflow_not_found".to_owned()));
        let other = world.another_project().await;
        other.deployed("theirs", json!({"type": "request"}), true);
        assert_eq!(refused("theirs").await, (404, "workflow_not_found".to_owned()));
        let grant = world.list("grants").await[0]["id"].as_str().unwrap().to_owned();
        world.enables("answers", &grant, false, json!({}));
        assert_eq!(refused("answers").await, (409, "workflow_not_enabled".to_owned()));
        world.enables("answers", &grant, true, json!({}));
        world.host.sql("UPDATE workflows SET required = '[\"email\"]'", []);
        assert_eq!(refused("answers").await, (409, "settings_missing".to_owned()));
        world.host.sql("UPDATE grants SET status = 'INVALID'", []);
        let answer = world.ask_workflow("answers", &[], json!({})).await;
        assert_eq!(answer.refused(), (401, "reconnect_required".to_owned()));
        // Else the published package logs its user out.
        assert_eq!(answer.json()["meta"]["isIntegrationError"], true);
        world.disconnect("u1").await;
        assert_eq!(refused("answers").await, (404, "not_connected".to_owned()));
        world.host.sql("UPDATE workflows SET version = NULL", []);
        assert_eq!(refused("answers").await, (404, "workflow_not_found".to_owned()));
        assert!(world.runs().is_empty());
    });
}

#[test]
fn a_response_step_answers_the_request() {
    run(async {
        let world = asked().await;
        let said = json!({"status_code": 418, "body": {"tea": ["green", 1]}});
        let goes_on = world.goes_on(Some(said), "running", None);
        let asked = world.ask_workflow("answers", &[], json!({}));
        let (answer, ()) = join(Box::pin(asked), goes_on).await;
        assert_eq!((answer.status, answer.json()), (418, json!({"tea": ["green", 1]})));
        assert_eq!(answer.header("access-control-allow-origin"), crate::world::PAGE);
    });
}

#[test]
fn a_run_that_ends_without_a_response_says_how() {
    run(async {
        for (status, problem, expected) in [
            ("failed", Some("value_missing"), (422, "value_missing")),
            ("stopped", Some("not_connected"), (404, "not_connected")),
            ("interrupted", None, (503, "interrupted")),
        ] {
            let world = asked().await;
            let goes_on = world.goes_on(None, status, problem);
            let asked = world.ask_workflow("answers", &[], json!({}));
            let (answer, ()) = join(Box::pin(asked), goes_on).await;
            assert_eq!(answer.refused(), (expected.0, expected.1.to_owned()));
            assert!(answer.text.contains(&world.run_id()), "{}", answer.text);
        }
        let world = asked().await;
        let goes_on = world.goes_on(None, "succeeded", None);
        let asked = world.ask_workflow("answers", &[], json!({}));
        let (answer, ()) = join(Box::pin(asked), goes_on).await;
        assert_eq!(answer.status, 202);
    });
}

#[test]
fn who_waits_too_long_is_told_that_the_run_goes_on() {
    run(async {
        let world = asked().await;
        let began = world.host.now();
        let answer = world.ask_workflow("answers", &[], json!({})).await;
        let waited = world.host.now().since(began);
        assert!((55_000..58_000).contains(&waited), "{waited}");
        assert_eq!(answer.refused(), (542, "run_not_completed".to_owned()));
        let body = answer.json();
        assert_eq!(body["message"], "Workflow has been enqueued but has not completed.");
        assert_eq!(
            (&body["projectId"], &body["workflowId"]),
            (&json!(world.project), &json!("answers"))
        );
        assert_eq!(body["executionId"], world.run_id().as_str());
        assert!(body["dateSubmitted"].as_str().unwrap().ends_with('Z'));
        assert_eq!(world.begun().await, 1, "it goes on");
    });
}

#[test]
fn who_waits_is_not_sent_away_because_the_tables_fail_for_a_moment() {
    run(async {
        let world = asked().await;
        let asked = world.ask_workflow("answers", &[("idempotency-key", "k")], json!({}));
        let goes_on = async {
            while world.runs().is_empty() {
                tokio::task::yield_now().await;
            }
            world.host.fault_once("tables", Fault::Fail);
            world.pass(Duration::from_secs(1));
            tokio::task::yield_now().await;
            world.host.clear_faults();
            let said = json!({"status_code": 200, "body": "ok"});
            world.goes_on(Some(said), "succeeded", None).await;
        };
        let (answer, ()) = join(Box::pin(asked), goes_on).await;
        assert_eq!((answer.status, answer.json()), (200, json!("ok")));
        let again = world.ask_workflow("answers", &[("idempotency-key", "k")], json!({})).await;
        assert_eq!((again.status, again.json()), (200, json!("ok")), "the same request");
        assert_eq!(world.runs().len(), 1);
    });
}
