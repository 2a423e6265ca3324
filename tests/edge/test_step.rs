//! One step tried out before its workflow is deployed: really done, once, as runs do it, and nothing of it kept.

use http::Method;
use isthmus::testing;
use isthmus_sandbox::{Fault, Kind};
use serde_json::{Value, json};

use crate::{
    run,
    workflows_api::definition,
    world::{ADA, Answer, GRACE, World},
};

/// A world with Ada's grant and a workflow; no call of Zoom's was made yet.
async fn ready() -> (World, String, Value) {
    let world = World::new().await;
    let grant = world.connect("u1", ADA).await;
    let workflow = world.define(definition()).await["id"].clone();
    world.zoom.reset_calls();
    (world, grant, workflow)
}

async fn send(world: &World, workflow: &Value, body: Value) -> Answer {
    world.workflow(Method::POST, workflow, "/test", Some(body)).await
}

/// Tries a step; what came of it.
async fn tried(world: &World, workflow: &Value, grant: &str, step: Value, values: Value) -> Value {
    let body = json!({"grant_id": grant, "step": step, "values": values});
    let answer = send(world, workflow, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let data = answer.json()["data"].clone();
    assert!(data["duration_ms"].as_i64().is_some_and(|took| took >= 0));
    assert_eq!(data["problem"].is_null(), data["status"] == "succeeded");
    data
}

fn create(topic: &str) -> Value {
    json!({"id": "create", "type": "zoom.create_meeting", "inputs": {"topic": topic, "duration": 30,
        "start_time": "2026-12-01T10:00:00Z"}})
}

#[test]
fn a_step_is_really_done_once_with_the_values_that_are_given_and_leaves_no_run() {
    run(async {
        let (world, grant, workflow) = ready().await;
        let step = create(
            "{{trigger.object.topic}} for {{user.account.email}}, {{settings.team}} {{read.output.n}}",
        );
        let values = json!({"trigger": {"object": {"topic": "Demo"}}, "settings": {"team": "Sales"},
            "read": {"output": {"n": 7}}, "user": {"account": {"email": "mallory@evil.example"}}});
        let done = tried(&world, &workflow, &grant, step, values).await;
        assert_eq!(done["status"], "succeeded", "{done}");
        let topic = format!("Demo for {ADA}, Sales 7");
        assert_eq!(
            (&done["input"]["topic"], &done["output"]["topic"]),
            (&json!(topic), &json!(topic))
        );
        assert!(done["output"]["id"].is_string(), "as a run has it");
        assert_eq!(done["output"]["start_url"], "[hidden]");
        assert_eq!(world.asked(), ["POST /v2/users/me/meetings"]);
        assert_eq!(world.topics().await, [topic]);
        let kept = "SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM run_steps)
            + (SELECT count(*) FROM run_texts) + (SELECT count(*) FROM made) AS n";
        assert_eq!(world.count(kept), 0);
        let noted =
            "SELECT count(*) AS n FROM audit WHERE what = 'workflow.tested' AND who = 'project'";
        assert_eq!(world.count(noted), 1);
        assert!(!world.host.everything_at_rest().contains("Demo for"));
    });
}

#[test]
fn each_of_the_actions_and_any_address_of_zooms_can_be_tried() {
    run(async {
        let (world, grant, workflow) = ready().await;
        let made = tried(&world, &workflow, &grant, create("Demo"), json!({})).await;
        let id = &made["output"]["id"];
        let with = |kind: &str, inputs: Value| json!({"id": "it", "type": kind, "inputs": inputs});
        let given = || json!({"create": {"output": {"id": id}}});
        let meeting = "{{create.output.id}}";
        let person = json!({"meeting_id": meeting, "email": GRACE, "first_name": "Grace"});
        for step in [
            with("zoom.update_meeting", json!({"meeting_id": meeting, "approval_type": 0})),
            with("zoom.get_meeting_by_id", json!({"meeting_id": meeting})),
            with("zoom.get_meetings", json!({})),
            with("zoom.add_meeting_registrant", person),
            with("zoom.get_meeting_registrants", json!({"meeting_id": meeting})),
            with(
                "zoom.request",
                json!({"method": "PATCH", "path": "meetings/{{create.output.id}}",
                "body": {"agenda": "x"}}),
            ),
            with("zoom.delete_meeting", json!({"meeting_id": meeting})),
        ] {
            let done = tried(&world, &workflow, &grant, step, given()).await;
            assert_eq!(done["status"], "succeeded", "{done}");
        }
        assert_eq!(world.asked().len(), 8);
    });
}

#[test]
fn secrets_are_used_and_never_shown() {
    run(async {
        let (world, grant, workflow) = ready().await;
        let secret = json!({"value": "planted-workflow-secret"});
        world.server(Method::PUT, "workflow-secrets/backend", Some(secret)).await;
        let inputs = json!({"method": "POST", "url": "https://hooks.acme.example/echo",
            "authorization": {"type": "bearer", "token": "{{secrets.backend}}"}, "body": {"key": "{{secrets.backend}}"}});
        let step = json!({"id": "tell", "type": "request", "inputs": inputs});
        let values = json!({"secrets": {"backend": "another"}});
        let done = tried(&world, &workflow, &grant, step, values).await;
        assert_eq!(done["status"], "succeeded", "{done}");
        assert_eq!(done["input"]["body"]["key"], "[hidden]");
        let heard = world.heard.requests.take();
        assert_eq!(heard[0].headers.get("authorization"), Some("Bearer planted-workflow-secret"));
        assert!(heard[0].headers.get("idempotency-key").unwrap().starts_with("test-"));
        assert!(!world.answered.borrow().contains("planted-workflow-secret"));
        let missing = json!({"id": "tell", "type": "request",
            "inputs": {"method": "POST", "url": "https://hooks.acme.example/", "body": {"a": "{{secrets.none}}"}}});
        let failed = tried(&world, &workflow, &grant, missing, json!({})).await;
        assert_eq!(failed["problem"]["code"], "value_missing");
        assert!(world.heard.requests.take().is_empty());
    });
}

#[test]
fn what_goes_wrong_is_said_as_runs_say_it() {
    run(async {
        let (world, grant, workflow) = ready().await;
        let failed = async |step: Value| {
            let failed = tried(&world, &workflow, &grant, step, json!({})).await;
            assert_eq!(failed["status"], "failed", "{failed}");
            assert!(failed.get("output").is_none());
            let text = |name: &str| failed["problem"][name].as_str().unwrap().to_owned();
            (text("code"), text("message"), failed["input"].clone())
        };
        let (code, message, input) = failed(create("{{trigger.none}}")).await;
        assert_eq!((code.as_str(), input), ("value_missing", Value::Null));
        assert!(message.contains("inputs.topic: {{trigger.none}} is not there"), "{message}");
        let read = || json!({"id": "read", "type": "zoom.get_meeting_by_id", "inputs": {"meeting_id": "9"}});
        let (code, message, input) = failed(read()).await;
        assert_eq!((code.as_str(), &input["meeting_id"]), ("zoom_refused", &json!("9")));
        assert!(message.contains("3001 Meeting"), "{message}");
        for (kind, fault, expected, says) in [
            (Kind::GetMeeting, Fault::status(503), "zoom_refused", "503"),
            (Kind::GetMeeting, Fault::Refused, "zoom_unreachable", ""),
            (Kind::GetMeeting, Fault::garbage(), "zoom_refused", "no JSON"),
        ] {
            world.zoom.fail_next(kind, fault);
            let (code, message, _) = failed(read()).await;
            assert_eq!(code, expected, "{message}");
            assert!(message.contains(says), "{message}");
        }
        world.zoom.fail_next(Kind::CreateMeeting, Fault::Lost);
        let (code, message, _) = failed(create("Lost")).await;
        assert_eq!(code, "zoom_unreachable");
        assert!(message.contains("look at Zoom before you try again"), "{message}");
        assert_eq!(world.topics().await, ["Lost"], "once");
        let (code, ..) = failed(json!({"id": "tell", "type": "request",
            "inputs": {"method": "GET", "url": "https://127.0.0.1/"}}))
        .await;
        assert_eq!(code, "address_refused");
    });
}

#[test]
fn a_limit_of_zooms_is_told_with_its_end_and_kept_to() {
    run(async {
        let (world, grant, workflow) = ready().await;
        world.zoom.fail_next(Kind::GetMeeting, Fault::status(429));
        let read = || json!({"id": "read", "type": "zoom.get_meeting_by_id", "inputs": {"meeting_id": "9"}});
        let limited = tried(&world, &workflow, &grant, read(), json!({})).await;
        assert_eq!(limited["problem"]["code"], "zoom_rate_limited");
        assert!(limited["problem"]["message"].as_str().unwrap().contains("try again after 20"));
    });
}

#[test]
fn a_grant_that_cannot_be_used_fails_the_step_and_another_projects_is_not_there() {
    run(async {
        let (world, grant, workflow) = ready().await;
        let other = world.another_project().await;
        let foreign = other.connect("u9", GRACE).await;
        let body = |grant: &str| json!({"grant_id": grant, "step": create("x")});
        let refused = send(&world, &workflow, body(&foreign)).await;
        assert_eq!(refused.refused(), (404, "grant_not_found".to_owned()));
        let refused = send(&world, &json!("none"), body(&grant)).await;
        assert_eq!(refused.refused(), (404, "workflow_not_found".to_owned()));
        let gone = world.server(Method::DELETE, &format!("grants/{grant}"), None).await;
        assert!(gone.status < 300);
        assert_eq!(send(&world, &workflow, body(&grant)).await.refused().1, "grant_not_found");
        let again = world.connect("u1", ADA).await;
        world.zoom.reset_calls();
        world.zoom.fail_always(
            Kind::Refresh,
            Fault::body(400, r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#),
        );
        world.pass(std::time::Duration::from_secs(2 * 3600));
        let failed = tried(&world, &workflow, &again, create("x"), json!({})).await;
        assert_eq!(failed["problem"]["code"], "reconnect_required", "{failed}");
        assert!(world.asked().is_empty());
    });
}

#[test]
fn what_does_nothing_by_itself_or_is_no_step_is_refused_before_anything_is_done() {
    run(async {
        let (world, grant, workflow) = ready().await;
        let steps = [
            (
                json!({"id": "a", "type": "condition", "if": {"operator": "$exists", "field": "{{trigger.a}}"}}),
                "condition",
            ),
            (
                json!({"id": "a", "type": "fan_out", "over": "{{trigger.list}}", "steps": [create("x")]}),
                "fan_out",
            ),
            (json!({"id": "a", "type": "delay", "inputs": {"value": 1, "unit": "days"}}), "delay"),
            (json!({"id": "a", "type": "response", "inputs": {"body": 1}}), "response"),
        ];
        for (step, kind) in steps {
            let refused = send(&world, &workflow, json!({"grant_id": grant, "step": step})).await;
            assert_eq!(
                refused.refused(),
                (400, "step_not_testable".to_owned()),
                "{}",
                refused.text
            );
            assert!(refused.field("/message").contains(kind), "{}", refused.text);
        }
        for (body, why) in [
            (json!({"grant_id": grant, "step": {"id": "a", "type": "zoom.fly"}}), "step: type: "),
            (
                json!({"grant_id": grant, "step": {"id": "a", "type": "zoom.get_meetings", "input": {}}}),
                "step: input: ",
            ),
            (json!({"grant_id": grant, "step": {"type": "request"}}), "step: id: "),
            (json!({"grant_id": grant, "step": [1]}), "step: an object"),
            (json!({"step": create("x")}), "grant_id: a text"),
            (json!({"grant_id": grant, "step": create("x"), "values": [1]}), "values: an object"),
        ] {
            let refused = send(&world, &workflow, body).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()));
            assert!(refused.text.contains(why), "{why}: {}", refused.text);
        }
        assert!(world.asked().is_empty());
        assert_eq!(
            world.count("SELECT count(*) AS n FROM audit WHERE what = 'workflow.tested'"),
            0
        );
    });
}

#[test]
fn our_own_doubt_is_a_failure_of_the_call_and_nothing_is_done_without_a_note() {
    run(async {
        let (world, grant, workflow) = ready().await;
        let body = || json!({"grant_id": grant, "step": create("x")});
        for after in 0..5 {
            world.host.fault_after(after, "tables", testing::Fault::Fail);
            let answer = send(&world, &workflow, body()).await;
            world.host.clear_faults();
            assert_eq!(answer.refused(), (503, "store_unavailable".to_owned()), "{after}");
            assert!(world.asked().is_empty(), "{after}");
        }
        world.host.fault_after(5, "tables", testing::Fault::Fail);
        assert_eq!(send(&world, &workflow, body()).await.status, 200, "what is done is told");
        world.host.clear_faults();
        world.host.fault_always("ask", Some(testing::Fault::Fail));
        world.pass(std::time::Duration::from_secs(2 * 3600));
        assert_eq!(send(&world, &workflow, body()).await.status, 503);
    });
}
