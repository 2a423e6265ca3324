//! From code to grant when Zoom does not play along: every connect ends, with a code that says what to do.

use std::time::Duration;

use http::Method;
use isthmus_sandbox::{Fault, Kind};
use serde_json::json;

use crate::{
    run,
    world::{ADA, CLIENT_SECRET, World},
};

/// One connect with a fault at the exchange; how it ended.
async fn exchange_with(world: &World, fault: Fault) -> String {
    let mut attempt = world.attempt("u1", ADA).await;
    world.zoom.reset_calls();
    world.zoom.fail_next(Kind::Exchange, fault);
    let last = world.come_back(&mut attempt).await;
    let polled = world.poll("u1", &attempt.session).await;
    let code = polled.field("/problem/code");
    assert_eq!(last.header("x-isthmus-code"), code, "the page and the poll agree");
    // A reload comes to the same end, and the code is not sent a second time.
    assert_eq!(world.come_back(&mut attempt).await.header("x-isthmus-code"), code);
    assert_eq!(world.zoom.token_requests().exchange, 1);
    assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0);
    code
}

#[test]
fn an_exchange_that_fails_ends_the_connect_at_once_with_its_code() {
    run(async {
        let minute = Duration::from_secs(60);
        let echo =
            r#"{"reason":"Invalid authorization code sandbox-code-x","error":"invalid_grant"}"#;
        for (fault, code) in [
            (Fault::status(400), "exchange_refused"),
            (Fault::body(400, echo), "exchange_refused"),
            (Fault::body(400, "<html>"), "exchange_refused"),
            (Fault::status(401), "client_refused"),
            (Fault::status(429), "zoom_unreachable"),
            (Fault::status(500), "zoom_unreachable"),
            (Fault::status(302), "zoom_unreachable"),
            (Fault::garbage(), "exchange_refused"),
            (Fault::body(200, ""), "exchange_refused"),
            (Fault::body(200, r#"{"access_token":""}"#), "exchange_refused"),
            (Fault::hold(minute), "zoom_timeout"),
            (Fault::Refused, "zoom_unreachable"),
            (Fault::Lost, "zoom_unreachable"),
            (Fault::status(500).after_effect(), "zoom_unreachable"),
            (Fault::garbage().after_effect(), "exchange_refused"),
            (Fault::hold(minute).after_effect(), "zoom_timeout"),
        ] {
            let world = World::new().await;
            assert_eq!(exchange_with(&world, fault.clone()).await, code, "{fault:?}");
            assert!(!world.answered.borrow().contains("sandbox-code-x"));
            // Trying again is all it takes, and leaves no second pair behind.
            world.connect("u1", ADA).await;
            assert!(world.works("u1").await);
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "{fault:?}");
        }
    });
}

#[test]
fn a_wrong_client_secret_is_named_as_such_and_can_be_corrected() {
    run(async {
        let world = World::new().await;
        let path = format!("/admin/projects/{}/integrations/zoom", world.project);
        let with = |secret: &str| json!({"client_id": "zoom-client", "client_secret": secret});
        world.admin(Method::PUT, &path, &with("wrong")).await;
        let mut attempt = world.attempt("u1", ADA).await;
        let last = world.come_back(&mut attempt).await;
        assert_eq!(last.header("x-isthmus-code"), "client_refused");
        assert!(last.text.contains("correct them in the integration"));
        let polled = world.poll("u1", &attempt.session).await;
        assert_eq!(polled.field("/problem/code"), "client_refused");
        world.admin(Method::PUT, &path, &with(CLIENT_SECRET)).await;
        world.connect("u1", ADA).await;
    });
}

#[test]
fn when_zoom_does_not_say_once_whose_account_it_is_the_poll_finishes() {
    run(async {
        for fault in [
            Fault::status(500),
            Fault::status(503),
            Fault::status(429),
            Fault::Refused,
            Fault::Lost,
            Fault::hold(Duration::from_secs(60)),
        ] {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            world.zoom.fail_next(Kind::UsersMe, fault.clone());
            let last = world.come_back(&mut attempt).await;
            assert_eq!(last.status, 200, "{fault:?}");
            assert!(last.text.contains("Almost there"));
            // Soon: nobody has to wait long for the attempt that ended.
            world.pass(Duration::from_secs(5));
            let polled = world.poll("u1", &attempt.session).await;
            assert_eq!(polled.field("/status"), "done", "{fault:?}");
            assert_eq!(world.zoom.token_requests().exchange, 1);
            assert!(world.works("u1").await);
        }
    });
}

#[test]
fn when_zoom_never_says_whose_account_it_is_the_connect_fails_after_a_bounded_time() {
    run(async {
        for (fault, code) in [
            (Fault::status(500), "account_unreadable"),
            (Fault::status(429), "account_unreadable"),
            (Fault::Refused, "zoom_unreachable"),
            (Fault::hold(Duration::from_secs(60)), "zoom_timeout"),
        ] {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            world.zoom.fail_always(Kind::UsersMe, fault.clone());
            world.come_back(&mut attempt).await;
            let polled = world.ended(&attempt).await;
            assert_eq!(polled.field("/problem/code"), code, "{fault:?}");
            assert_eq!(world.zoom.calls_of(Kind::UsersMe).len(), 8);
            assert_eq!(world.come_back(&mut attempt).await.header("x-isthmus-code"), code);
            assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0);
            // Nothing of the pair stays.
            let left = "SELECT count(*) AS n FROM sessions WHERE tokens_sealed IS NOT NULL";
            assert_eq!(world.count(left), 0);
            world.zoom.clear_faults();
            world.connect("u1", ADA).await;
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
        }
    });
}

#[test]
fn when_zoom_refuses_to_say_whose_account_it_is_the_connect_fails_at_once() {
    run(async {
        let scopes = r#"{"code":4711,"message":"Invalid access token, does not contain scopes:[user:read:user]."}"#;
        for (fault, code) in [
            (Fault::body(400, scopes), "account_unreadable"),
            (Fault::status(403), "account_unreadable"),
            (Fault::status(404), "account_unreadable"),
            (Fault::status(302), "account_unreadable"),
            (Fault::garbage(), "account_unreadable"),
            (Fault::body(200, r#"{"id":""}"#), "account_unreadable"),
            (Fault::body(200, r#"{"id":"a/b"}"#), "account_unreadable"),
            (Fault::status(401), "exchange_interrupted"),
        ] {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            world.zoom.fail_always(Kind::UsersMe, fault.clone());
            let last = world.come_back(&mut attempt).await;
            assert_eq!(last.header("x-isthmus-code"), code, "{fault:?}");
            let polled = world.poll("u1", &attempt.session).await;
            assert_eq!(polled.field("/problem/code"), code);
            assert_eq!(world.zoom.calls_of(Kind::UsersMe).len(), 1);
        }
    });
}

#[test]
fn an_integration_that_was_set_anew_meanwhile_is_used_as_it_is_now() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        world.host.lag(3_600_000);
        world.host.drop_copies();
        world.host.restart();
        assert_eq!(world.come_back(&mut attempt).await.status, 200);
        assert_eq!(world.poll("u1", &attempt.session).await.field("/status"), "done");
        assert!(world.works("u1").await);
    });
}

#[test]
fn connecting_again_keeps_the_grant_and_replaces_the_pair() {
    run(async {
        let world = World::new().await;
        let first = world.connect("u1", ADA).await;
        world.pass(Duration::from_secs(30));
        let second = world.connect("u1", ADA).await;
        assert_eq!(first, second);
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
        assert!(world.works("u1").await);
        assert_eq!(world.zoom.token_requests().refresh, 0);
    });
}
