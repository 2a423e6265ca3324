//! A project's server calls Zoom under a grant: the rules of the browser's requests, Zoom's own answers.

use std::{rc::Rc, time::Duration};

use http::Method;
use isthmus::host::{Body, Stream};
use isthmus_sandbox::{Fault, Kind};
use serde_json::json;

use crate::{
    interference::TOO_LATE,
    links::{ada, world},
    run,
    world::{ADA, ADMIN_SECRET, Answer, World},
};

/// A world in which `u1` has connected Ada's account by a link, and the grant; the log of calls is empty.
async fn connected() -> (World, String) {
    let world = world().await;
    let grant = ada(&world, "u1").await;
    world.zoom.reset_calls();
    (world, grant)
}

async fn create_meeting(world: &World, grant: &str) -> Answer {
    let path = format!("grants/{grant}/request/users/me/meetings");
    world.server(Method::POST, &path, Some(json!({"topic": "By server"}))).await
}

#[test]
fn a_server_creates_a_meeting_with_one_call_and_gets_zooms_own_answer() {
    run(async {
        let (world, grant) = connected().await;
        let created = create_meeting(&world, &grant).await;
        assert_eq!(created.status, 201, "{}", created.text);
        assert_eq!(created.json()["topic"], "By server");
        assert!(created.json().get("output").is_none());
        assert_eq!(created.header("cache-control"), "no-store");
        let path = format!("meetings/{}", created.json()["id"]);
        assert_eq!(world.by_server(Method::GET, &grant, &path).await.status, 200);
        let deleted = world.by_server(Method::DELETE, &grant, &path).await;
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
        let gone = world.by_server(Method::GET, &grant, &path).await;
        assert_eq!((gone.status, gone.json()["code"].as_u64()), (404, Some(3001)));
        assert!(!gone.headers.contains_key("x-isthmus-code"));
    });
}

#[test]
fn the_servers_own_credentials_do_not_reach_zoom() {
    run(async {
        let (world, grant) = connected().await;
        let path = format!("grants/{grant}/request/users/me?x=a%20b");
        let headers = [
            ("accept", "application/json"),
            ("cookie", "a=1"),
            ("user-agent", "server"),
            ("x-isthmus-other", "ours"),
        ];
        let answer = world.server_with(Method::GET, &path, &headers, Body::Empty).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let call = &world.zoom.calls()[0];
        let mut names = call.header_names.clone();
        names.sort_unstable();
        assert_eq!(names, ["accept", "authorization"]);
        assert_eq!(call.path, "/v2/users/me?x=a%20b");
    });
}

#[test]
fn zoom_does_not_hear_which_project_the_operator_acts_for() {
    run(async {
        let (world, grant) = connected().await;
        let bearer = format!("Bearer {ADMIN_SECRET}");
        let headers = [("authorization", bearer.as_str()), ("x-isthmus-project", &world.project)];
        let path = format!("/connect/grants/{grant}/request/users/me");
        let answer = world.send(Method::GET, &path, &headers, Body::Empty).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(world.zoom.calls()[0].header_names, ["authorization"]);
        // Nor does a browser of the operator's ask for a password when a grant has to be connected again.
        world.zoom.revoke_user(ADA).unwrap();
        let answer = world.send(Method::GET, &path, &headers, Body::Empty).await;
        assert_eq!(answer.refused(), (401, "reconnect_required".to_owned()));
        assert!(!answer.headers.contains_key("www-authenticate"));
    });
}

#[test]
fn another_projects_grant_is_not_there_with_or_without_a_copy() {
    run(async {
        let (world, grant) = connected().await;
        let other = world.another_project().await;
        for _ in 0..2 {
            let answer = create_meeting(&other, &grant).await;
            assert_eq!(answer.refused(), (404, "grant_not_found".to_owned()));
            world.host.drop_copies();
        }
        let unknown = create_meeting(&world, "nonsense").await;
        assert_eq!(unknown.refused(), (404, "grant_not_found".to_owned()));
        assert!(world.zoom.calls().is_empty());
    });
}

#[test]
fn a_token_is_taken_from_the_copy_and_renewed_when_it_is_dead() {
    run(async {
        let (world, grant) = connected().await;
        assert!(world.opens(&grant).await);
        world.zoom.expire_access_tokens(ADA).unwrap();
        assert_eq!(create_meeting(&world, &grant).await.status, 201);
        assert_eq!(world.zoom.token_requests().refresh, 1);
        assert_eq!(world.zoom.snapshot().meetings.len(), 1);
        world.pass(TOO_LATE);
        assert!(world.opens(&grant).await);
        assert_eq!(world.zoom.token_requests().refresh, 2);
        world.zoom.revoke_user(ADA).unwrap();
        let answer = create_meeting(&world, &grant).await;
        assert_eq!(answer.refused(), (401, "reconnect_required".to_owned()));
        assert_eq!(answer.json()["error"]["http_code"], 401);
    });
}

#[test]
fn a_post_whose_outcome_is_not_known_is_not_repeated_and_told_in_the_servers_words() {
    run(async {
        for (fault, status, code) in [
            (Fault::Lost, 502, "zoom_unreachable"),
            (Fault::hold(Duration::from_secs(40)), 504, "zoom_timeout"),
            (Fault::status(302), 502, "zoom_redirected"),
        ] {
            let (world, grant) = connected().await;
            world.zoom.fail_next(Kind::CreateMeeting, fault.clone());
            let answer = create_meeting(&world, &grant).await;
            assert_eq!(answer.refused(), (status, code.to_owned()), "{fault:?}");
            assert_eq!(answer.json()["success"], false);
            assert_eq!(world.zoom.calls_of(Kind::CreateMeeting).len(), 1);
        }
    });
}

#[test]
fn a_path_that_leaves_the_api_is_refused() {
    run(async {
        let (world, grant) = connected().await;
        for path in [
            "",
            "../oauth/token",
            "users/%252e%252e/me",
            "//evil.example/x",
            "https://evil.example/x",
        ] {
            let answer = world.by_server(Method::GET, &grant, path).await;
            assert_eq!(answer.refused(), (400, "path_refused".to_owned()), "{path}");
        }
        let body = Some(json!({}));
        let path = format!("grants/{grant}/request/users/me");
        let with_body = world.server(Method::GET, &path, body).await;
        assert_eq!(with_body.refused(), (400, "invalid_request".to_owned()));
        assert!(world.zoom.calls().is_empty());
    });
}

#[test]
fn a_large_body_passes_through() {
    run(async {
        let (world, grant) = connected().await;
        let mut bytes = br#"{"topic":"Large""#.to_vec();
        bytes.resize(1_999_999, b' ');
        bytes.push(b'}');
        let path = format!("grants/{grant}/request/users/me/meetings");
        let headers = [("content-type", "application/json")];
        let body = Body::Stream(Stream(Rc::new(bytes)));
        let answer = world.server_with(Method::POST, &path, &headers, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(world.zoom.calls()[0].content_length, 2_000_000);
    });
}

#[test]
fn a_deleted_grant_opens_nothing_although_its_copy_is_late() {
    run(async {
        let (world, grant) = connected().await;
        assert!(world.opens(&grant).await);
        world.host.lag(3_600_000);
        let deleted = world.server(Method::DELETE, &format!("grants/{grant}"), None).await;
        assert_eq!(deleted.status, 200, "{}", deleted.text);
        let answer = create_meeting(&world, &grant).await;
        assert_eq!(answer.refused(), (404, "grant_not_found".to_owned()));
        assert_eq!(world.zoom.snapshot().meetings.len(), 0);
    });
}
