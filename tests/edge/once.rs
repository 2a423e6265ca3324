//! Doing it once: a meeting whose making was not answered, or was cut off, is found again and not made twice; what cannot
//! be told apart is said to be unknown.

use std::time::Duration;

use http::Method;
use isthmus::host::Host;
use isthmus_sandbox::{Fault, Kind};
use serde_json::{Value, json};

use crate::{attempt_moves::ready, run, world::World};

const START: &str = "2026-12-01T10:00:00Z";

fn create() -> Value {
    json!([{"id": "create", "type": "zoom.create_meeting", "inputs": {"topic": "Demo", "start_time": START}}])
}

fn made(world: &World) -> Vec<String> {
    let sql = "SELECT thing FROM made WHERE thing LIKE 'meeting/%' ORDER BY thing";
    world.host.sql(sql, []).iter().map(|row| row["thing"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_meeting_whose_answer_was_lost_is_taken_for_the_runs() {
    run(async {
        for fault in
            [Fault::Lost, Fault::status(504).after_effect(), Fault::garbage().after_effect()]
        {
            let world = ready().await;
            world.zoom.fail_next(Kind::CreateMeeting, fault.clone());
            let began = world.host.now();
            let ended = world.runs_through(create()).await;
            assert_eq!(ended.how, "succeeded", "{fault:?}");
            assert_eq!(world.topics().await, ["Demo"]);
            assert!(world.host.now().since(began) >= 35_000);
            let output = world.output(&ended, "create").await;
            assert_eq!(made(&world), [format!("meeting/{}", output["id"].as_str().unwrap())]);
            assert!(
                output["settings"].is_object(),
                "the whole meeting, as if it had been answered"
            );
        }
    });
}

#[test]
fn a_meeting_that_was_not_made_is_made_again_and_fails_in_the_end() {
    run(async {
        let world = ready().await;
        world.zoom.fail_next(Kind::CreateMeeting, Fault::Refused);
        let ended = world.runs_through(create()).await;
        assert_eq!(
            (ended.how.as_str(), world.topics().await),
            ("succeeded", vec!["Demo".to_owned()])
        );
        world.zoom.fail_always(Kind::CreateMeeting, Fault::status(500));
        world.zoom.reset_calls();
        let ended = world.runs_through(create()).await;
        assert_eq!(ended.how, "failed zoom_refused");
        assert_eq!(world.zoom.calls_of(Kind::CreateMeeting).len(), 2);
        assert_eq!(world.topics().await.len(), 1);
    });
}

#[test]
fn what_another_run_made_is_not_taken_and_what_a_person_made_alike_is_not_told_apart() {
    run(async {
        let world = ready().await;
        let other = world.runs_through(create()).await;
        let other = world.output(&other, "create").await;
        world.zoom.fail_next(Kind::CreateMeeting, Fault::Lost);
        let ended = world.runs_through(create()).await;
        assert_eq!(ended.how, "succeeded");
        assert_ne!(world.output(&ended, "create").await["id"], other["id"]);
        assert_eq!(world.topics().await.len(), 2);
        // Somebody makes one just like it, while the answer is not known.
        world.zoom.fail_next(Kind::CreateMeeting, Fault::Lost);
        let id = world.sets_out(&create(), &json!({})).await;
        world.host.turn_runs().await;
        let alike = json!({"topic": "Demo", "start_time": START});
        let alike = world.zoom(Method::POST, "u1", "users/me/meetings", Some(alike)).await;
        assert_eq!(alike.status, 201);
        let ended = world.comes_to_its_end(id).await;
        assert_eq!(ended.how, "failed outcome_unknown");
        let (_, message) = world.error(&ended, "create").await;
        assert!(message.contains("2 meetings may be it"), "{message}");
        assert_eq!(world.topics().await.len(), 4);
    });
}

#[test]
fn a_meeting_of_another_topic_time_or_older_is_another_one() {
    run(async {
        let world = ready().await;
        let meeting = |topic: &str, start: &str| json!({"topic": topic, "start_time": start});
        world.zoom(Method::POST, "u1", "users/me/meetings", Some(meeting("Demo", START))).await;
        world.pass(Duration::from_secs(60));
        for other in [meeting("Demo 2", START), meeting("Demo", "2026-12-02T10:00:00Z")] {
            world.zoom(Method::POST, "u1", "users/me/meetings", Some(other)).await;
        }
        world.zoom.fail_next(Kind::CreateMeeting, Fault::Refused);
        let ended = world.runs_through(create()).await;
        assert_eq!(ended.how, "succeeded");
        assert_eq!(world.topics().await.len(), 4);
    });
}

#[test]
fn while_it_cannot_be_looked_for_nothing_is_made() {
    run(async {
        let world = ready().await;
        world.zoom.fail_next(Kind::CreateMeeting, Fault::Lost);
        world.zoom.fail_next(Kind::ListMeetings, Fault::status(503));
        world.zoom.fail_next(Kind::ListMeetings, Fault::status(429));
        let ended = world.runs_through(create()).await;
        assert_eq!((ended.how.as_str(), world.topics().await.len()), ("succeeded", 1));
        world.zoom.fail_next(Kind::CreateMeeting, Fault::Lost);
        world
            .zoom
            .fail_next(Kind::ListMeetings, Fault::body(400, r#"{"code":4711,"message":"scopes"}"#));
        let ended = world.runs_through(create()).await;
        assert_eq!(ended.how, "failed outcome_unknown");
        world.zoom.fail_next(Kind::CreateMeeting, Fault::Lost);
        world.zoom.fail_always(Kind::ListMeetings, Fault::status(503));
        let ended = world.runs_through(create()).await;
        assert_eq!(ended.how, "failed outcome_unknown", "and no limit of Zoom's");
    });
}

#[test]
fn a_crash_at_any_point_makes_one_meeting() {
    run(async {
        for point in 1.. {
            let world = ready().await;
            world.resumes();
            let id = world.sets_out(&create(), &json!({})).await;
            let died = world.host.until_crash(Some(point), world.host.turn_runs()).await.is_err();
            let ended = world.comes_to_its_end(id).await;
            assert_eq!(ended.how, "succeeded", "{point}");
            assert_eq!(world.topics().await, ["Demo"], "{point}");
            let id = world.output(&ended, "create").await["id"].as_str().unwrap().to_owned();
            assert_eq!(made(&world), [format!("meeting/{id}")], "{point}");
            if !died {
                assert!(point > 12, "{point}");
                break;
            }
        }
    });
}

/// A meeting that takes registrants.
async fn open_meeting(world: &World) -> String {
    let meeting = json!({"topic": "Open", "settings": {"approval_type": 0}});
    let made = world.zoom(Method::POST, "u1", "users/me/meetings", Some(meeting)).await;
    world.zoom.reset_calls();
    made.json()["id"].to_string()
}

fn add(meeting: &str) -> Value {
    json!([{"id": "add", "type": "zoom.add_meeting_registrant",
        "inputs": {"meeting_id": meeting, "email": "Grace@globex.example", "first_name": "Grace"}}])
}

#[test]
fn a_registrant_whose_answer_was_lost_is_found_by_e_mail() {
    run(async {
        let world = ready().await;
        let meeting = open_meeting(&world).await;
        world.zoom.fail_next(Kind::AddRegistrant, Fault::Lost);
        let ended = world.runs_through(add(&meeting)).await;
        assert_eq!(ended.how, "succeeded");
        assert_eq!(world.zoom.calls_of(Kind::AddRegistrant).len(), 1);
        let output = world.output(&ended, "add").await;
        assert_eq!(output["id"], json!(meeting));
        assert!(output["registrant_id"].is_string() && output["join_url"].is_string());
        world.zoom.fail_next(Kind::AddRegistrant, Fault::Refused);
        let meeting = open_meeting(&world).await;
        let ended = world.runs_through(add(&meeting)).await;
        assert_eq!(
            ended.how, "failed zoom_unreachable",
            "it was not added, and is not to be tried again"
        );
    });
}

#[test]
fn a_crash_at_any_point_registers_once() {
    run(async {
        for point in 1.. {
            let world = ready().await;
            world.resumes();
            let meeting = open_meeting(&world).await;
            let id = world.sets_out(&add(&meeting), &json!({})).await;
            let died = world.host.until_crash(Some(point), world.host.turn_runs()).await.is_err();
            let ended = world.comes_to_its_end(id).await;
            assert_eq!(ended.how, "succeeded", "{point}");
            let path = format!("meetings/{meeting}/registrants");
            let all = world.zoom(Method::GET, "u1", &path, None).await.json();
            assert_eq!(all["total_records"], 1, "{point}");
            assert_eq!(
                world.output(&ended, "add").await["registrant_id"],
                all["registrants"][0]["id"]
            );
            if !died {
                break;
            }
        }
    });
}

#[test]
fn a_post_of_ones_own_that_was_cut_off_is_unknown() {
    run(async {
        let world = ready().await;
        let post = json!([{"id": "post", "type": "zoom.request", "retry": true, "inputs":
            {"method": "POST", "path": "users/me/meetings", "body": {"topic": "By hand"}}}]);
        world.zoom.fail_next(Kind::CreateMeeting, Fault::Lost);
        let ended = world.runs_through(post.clone()).await;
        assert_eq!(ended.how, "failed outcome_unknown");
        assert_eq!(world.topics().await, ["By hand"]);
        let (mut succeeded, mut unknown) = (0, 0);
        for point in 1.. {
            let world = ready().await;
            world.resumes();
            let id = world.sets_out(&post, &json!({})).await;
            let died = world.host.until_crash(Some(point), world.host.turn_runs()).await.is_err();
            let ended = world.comes_to_its_end(id).await;
            let topics = world.topics().await.len();
            match ended.how.as_str() {
                "succeeded" => (succeeded += 1, assert_eq!(topics, 1)).0,
                "failed outcome_unknown" => (unknown += 1, assert!(topics <= 1)).0,
                other => panic!("{other}"),
            }
            if !died {
                break;
            }
        }
        assert!(succeeded > 0 && unknown > 0);
    });
}

#[test]
fn what_was_not_sent_because_the_connection_could_not_be_asked_is_sent_later() {
    run(async {
        let world = ready().await;
        let post = json!([{"id": "post", "type": "zoom.request", "inputs":
            {"method": "POST", "path": "users/me/meetings", "body": {"topic": "By hand"}}}]);
        world.host.fault_always("load_copy", Some(isthmus::testing::Fault::Fail));
        world.host.fault_once("ask", isthmus::testing::Fault::Fail);
        let ended = world.runs_through(post).await;
        assert_eq!((ended.how.as_str(), world.host.clear_faults()), ("succeeded", 0));
        assert_eq!(world.topics().await, ["By hand"]);
    });
}

#[test]
fn deleting_what_is_gone_is_done_when_it_may_have_been_this_step() {
    run(async {
        let world = ready().await;
        let meeting = open_meeting(&world).await;
        let delete = |retry: bool| json!([{"id": "delete", "type": "zoom.delete_meeting", "retry": retry, "inputs": {"meeting_id": meeting}}]);
        world.zoom.fail_next(Kind::DeleteMeeting, Fault::Lost);
        assert_eq!(world.runs_through(delete(true)).await.how, "succeeded");
        assert_eq!(world.runs_through(delete(true)).await.how, "failed zoom_refused");
    });
}
