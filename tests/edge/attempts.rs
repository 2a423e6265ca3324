//! One step after the other, as runs do them: what is asked of Zoom and of other addresses, what is kept of it, and what
//! ends a run in the middle.

use isthmus::host::Host;
use isthmus_sandbox::{Fault, Kind};
use serde_json::{Value, json};

use crate::{attempt_moves::ready, run, world::ADA};

fn create(topic: &str) -> Value {
    json!({"id": "create", "type": "zoom.create_meeting", "inputs": {"topic": topic,
        "start_time": "2026-12-01T10:00:00Z", "duration": 30, "approval_type": 0, "host_video": true}})
}

#[test]
fn the_eight_actions_are_done_one_after_the_other() {
    run(async {
        let world = ready().await;
        let id = "{{create.output.id}}";
        let steps = json!([
            create("Demo"),
            {"id": "change", "type": "zoom.update_meeting", "inputs": {"meeting_id": id, "agenda": "All of it"}},
            {"id": "read", "type": "zoom.get_meeting_by_id", "inputs": {"meeting_id": id}},
            {"id": "add", "type": "zoom.add_meeting_registrant", "inputs": {"meeting_id": id,
                "email": "grace@globex.example", "first_name": "Grace"}},
            {"id": "people", "type": "zoom.get_meeting_registrants", "inputs": {"meeting_id": id}},
            {"id": "drop", "type": "zoom.delete_meeting_registrant", "inputs": {"meeting_id": id,
                "registrant_id": "{{people.output.registrants[0].id}}"}},
            {"id": "list", "type": "zoom.get_meetings", "inputs": {"type": "upcoming"}},
            {"id": "delete", "type": "zoom.delete_meeting", "inputs": {"meeting_id": id}}
        ]);
        let ended = world.runs_through(steps).await;
        assert_eq!(ended.how, "succeeded");
        let created = world.output(&ended, "create").await;
        let id = created["id"].as_str().unwrap();
        let read = world.output(&ended, "read").await;
        assert_eq!((read["agenda"].as_str(), read["id"].as_str()), (Some("All of it"), Some(id)));
        assert_eq!(world.output(&ended, "change").await, json!({}));
        let added = world.output(&ended, "add").await;
        let people = world.output(&ended, "people").await;
        assert_eq!(added["registrant_id"], people["registrants"][0]["id"]);
        assert_eq!((added["id"].as_str(), people["total_records"].as_i64()), (Some(id), Some(1)));
        let list = world.output(&ended, "list").await;
        assert_eq!(list["meetings"][0]["id"], id);
        assert!(list.get("next_page_token").is_none() && list.get("page_size").is_none());
        let registrant = added["registrant_id"].as_str().unwrap();
        let asked = [
            "POST /v2/users/me/meetings".to_owned(),
            format!("PATCH /v2/meetings/{id}"),
            format!("GET /v2/meetings/{id}"),
            format!("POST /v2/meetings/{id}/registrants"),
            format!("GET /v2/meetings/{id}/registrants?page_size=300"),
            format!("DELETE /v2/meetings/{id}/registrants/{registrant}"),
            "GET /v2/users/me/meetings?type=upcoming&page_size=300".to_owned(),
            format!("DELETE /v2/meetings/{id}"),
        ];
        assert_eq!(world.asked(), asked);
        let given = world.text(&ended, "add", "input").await;
        let expected =
            json!({"meeting_id": id, "email": "grace@globex.example", "first_name": "Grace"});
        assert_eq!(given, expected);
    });
}

#[test]
fn a_list_is_read_to_its_last_page() {
    run(async {
        let world = ready().await;
        for number in 0..301 {
            world.zoom.add_meeting(ADA, &format!("Meeting {number}"), None).unwrap();
        }
        let list = json!([{"id": "list", "type": "zoom.get_meetings", "inputs": {}}]);
        let ended = world.runs_through(list).await;
        let output = world.output(&ended, "list").await;
        assert_eq!(output["meetings"].as_array().unwrap().len(), 301);
        assert_eq!((output["total_records"].as_i64(), world.asked().len()), (Some(301), 2));
    });
}

#[test]
fn values_are_found_in_the_trigger_earlier_steps_settings_user_and_secrets() {
    run(async {
        let world = ready().await;
        let secret = json!({"value": "planted-workflow-secret"});
        let put = world.server(http::Method::PUT, "workflow-secrets/backend", Some(secret)).await;
        assert!(put.status < 300, "{}", put.text);
        let body = json!({"topic": "{{trigger.body.topic}}", "who": "{{user.account.email}}", "id": "{{user.id}}",
            "first": "{{each.instance.name}}", "made": "{{create.output.topic}}",
            "none": "{{trigger.body.none ?? \"nobody\"}}"});
        let steps = json!([create("Demo {{trigger.body.topic}}"),
            {"id": "each", "type": "fan_out", "over": "{{trigger.body.people}}", "steps": [
                {"id": "tell", "type": "request", "inputs": {"method": "POST", "url": "https://hooks.acme.example/tell",
                    "body": body, "authorization": {"type": "bearer", "token": "{{secrets.backend}}"}}}]}]);
        let people = json!([{"name": "Ada"}, {"name": "Grace"}]);
        let trigger = json!({"body": {"topic": "x", "people": people}});
        let ended = world.runs_on(steps, trigger).await;
        assert_eq!(ended.how, "succeeded");
        let requests = world.heard.requests.take();
        let bearer = requests.iter().map(|request| request.headers.get("authorization").unwrap());
        assert!(bearer.clone().all(|value| value == "Bearer planted-workflow-secret"));
        let keys: Vec<_> =
            requests.iter().map(|one| one.headers.get("idempotency-key").unwrap()).collect();
        let step = |item: usize| format!("{}/each[{item}].tell", ended.id);
        assert!(keys.contains(&step(0).as_str()) && keys.contains(&step(1).as_str()));
        let bodies: Vec<Value> = requests
            .iter()
            .map(|one| serde_json::from_slice(one.body.bytes().unwrap()).unwrap())
            .collect();
        let expected = |first: &str| json!({"topic": "x", "who": ADA, "id": "u1", "first": first, "made": "Demo x", "none": "nobody"});
        assert!(bodies.contains(&expected("Ada")) && bodies.contains(&expected("Grace")));
        let given = world.text(&ended, "each[0].tell", "input").await;
        assert_eq!(given["authorization"]["token"], "[hidden]");
        let at_rest = world.host.everything_at_rest();
        assert!(!at_rest.contains("planted-workflow-secret"));
        assert!(!at_rest.contains("Demo x"), "what steps give is sealed");
    });
}

#[test]
fn what_is_missing_or_unfit_is_said_with_its_place() {
    run(async {
        let world = ready().await;
        let steps = |topic: &str| json!([create(topic)]);
        let missing = world.runs_through(steps("{{trigger.body.none}}")).await;
        assert_eq!(missing.how, "failed value_missing");
        let (_, message) = world.error(&missing, "create").await;
        assert!(message.contains("inputs.topic: {{trigger.body.none}} is not there"), "{message}");
        let unfit = world.runs_on(steps("{{trigger.x}}"), json!({"x": {"a": 1}})).await;
        assert_eq!(unfit.how, "failed value_unfit");
        assert!(world.error(&unfit, "create").await.1.contains("topic: a text is wanted"));
        assert!(world.asked().is_empty());
    });
}

#[test]
fn what_zoom_refuses_is_kept_in_its_own_words_and_a_run_may_go_on() {
    run(async {
        let world = ready().await;
        let read = json!({"id": "read", "type": "zoom.get_meeting_by_id", "inputs": {"meeting_id": 9},
            "continue_on_error": true, "retry": true});
        let tell = json!({"id": "tell", "type": "response",
            "inputs": {"status_code": "404", "body": "{{read.output.error}}"}});
        let ended = world.runs_through(json!([read, tell])).await;
        assert_eq!(ended.how, "succeeded");
        let (code, message) = world.error(&ended, "read").await;
        assert_eq!(code, "zoom_refused");
        assert!(message.contains("3001 Meeting 9 is not found"), "{message}");
        let told = world.output(&ended, "tell").await;
        assert_eq!(told["status_code"], 404);
        assert_eq!(told["body"], json!({"code": code, "message": message}));
        assert_eq!(world.asked().len(), 1, "asking again does not help");
    });
}

#[test]
fn a_condition_goes_one_way_and_a_step_of_the_other_is_nothing() {
    run(async {
        let world = ready().await;
        let test =
            json!({"field": "{{trigger.topic}}", "operator": "$stringContains", "value": "Demo"});
        let steps = json!([{"id": "check", "type": "condition", "if": test,
            "then": [{"id": "yes", "type": "response", "inputs": {"body": "yes"}}],
            "else": [{"id": "no", "type": "response", "inputs": {"body": "no"}}]}]);
        for (topic, chosen, other) in [("A Demo", "yes", "no"), ("Lunch", "no", "yes")] {
            let ended = world.runs_on(steps.clone(), json!({"topic": topic})).await;
            assert_eq!(ended.how, "succeeded");
            assert_eq!(world.output(&ended, "check").await, json!({"choice": chosen}));
            assert_eq!(
                world.output(&ended, chosen).await,
                json!({"status_code": 200, "body": chosen})
            );
            assert_eq!(world.output(&ended, other).await, Value::Null);
        }
    });
}

#[test]
fn any_address_of_zooms_api_can_be_called() {
    run(async {
        let world = ready().await;
        let steps = json!([
            {"id": "me", "type": "zoom.request", "inputs": {"method": "GET", "path": "users/me"}},
            {"id": "make", "type": "zoom.request", "inputs": {"method": "POST", "path": "users/me/meetings",
                "body": {"topic": "By {{me.output.body.first_name}}"}}},
            {"id": "gone", "type": "zoom.request", "inputs": {"path": "meetings/1"}, "continue_on_error": true},
            {"id": "out", "type": "zoom.request", "inputs": {"path": "//evil.example/x"}}]);
        let ended = world.runs_through(steps).await;
        assert_eq!(ended.how, "failed value_unfit");
        let me = world.output(&ended, "me").await;
        assert_eq!(
            (me["status_code"].as_i64(), me["body"]["email"].as_str()),
            (Some(200), Some(ADA))
        );
        assert!(me["headers"]["content-type"].as_str().unwrap().contains("json"));
        let made = world.output(&ended, "make").await;
        assert_eq!(made["status_code"], 201);
        let things = world.host.sql("SELECT thing FROM made ORDER BY thing", []);
        assert_eq!(things[1]["thing"], json!(format!("meeting/{}", made["body"]["id"])));
        assert_eq!(world.error(&ended, "gone").await.0, "zoom_refused");
    });
}

#[test]
fn a_token_that_zoom_refuses_mid_run_is_refreshed_once() {
    run(async {
        let world = ready().await;
        world.zoom.expire_access_tokens(ADA).unwrap();
        let list = json!([{"id": "list", "type": "zoom.get_meetings", "inputs": {}}]);
        assert_eq!(world.runs_through(list).await.how, "succeeded");
        assert_eq!(world.zoom.token_requests().refresh, 1);
        assert_eq!(world.asked().len(), 2);
    });
}

#[test]
fn a_grant_that_cannot_be_used_any_more_ends_the_run() {
    run(async {
        let world = ready().await;
        let steps =
            json!([create("First"), {"id": "list", "type": "zoom.get_meetings", "inputs": {}}]);
        world.zoom.revoke_user(ADA).unwrap();
        let ended = world.runs_through(steps.clone()).await;
        assert_eq!(ended.how, "stopped reconnect_required");
        assert_eq!(world.step(&ended, "create").0, "stopped");
        let id = world.sets_out(&steps, &json!({})).await;
        let left = world
            .call(http::Method::DELETE, "u1", &format!("integrations/{}", world.integration), None)
            .await;
        assert!(left.status < 300, "{}", left.text);
        let ended = world.comes_to_its_end(id).await;
        assert_eq!(ended.how, "stopped not_connected");
    });
}

#[test]
fn a_failure_that_may_pass_is_tried_again_and_another_one_is_not() {
    run(async {
        let world = ready().await;
        world.zoom.fail_next_times(Kind::ListMeetings, 2, Fault::status(503));
        let list = |retry| json!([{"id": "list", "type": "zoom.get_meetings", "inputs": {}, "retry": retry}]);
        let began = world.host.now();
        let ended = world.runs_through(list(true)).await;
        assert_eq!((ended.how.as_str(), world.asked().len()), ("succeeded", 3));
        assert_eq!(world.step(&ended, "list"), ("succeeded".to_owned(), None, 3));
        assert!(world.host.now().since(began) >= 30_000);
        assert_eq!(
            world.error(&ended, "list").await.0,
            "",
            "the error of an earlier attempt is gone"
        );
        world.zoom.fail_next(Kind::ListMeetings, Fault::Refused);
        let ended = world.runs_through(list(false)).await;
        assert_eq!(ended.how, "failed zoom_unreachable");
        world.zoom.fail_next_times(Kind::ListMeetings, 6, Fault::status(500));
        let ended = world.runs_through(list(true)).await;
        assert_eq!((ended.how.as_str(), world.step(&ended, "list").2), ("failed zoom_refused", 6));
    });
}
