//! Answers that go wrong on purpose, without a network.

use std::collections::BTreeMap;
use std::time::Duration;

use isthmus_sandbox::{Fault, Kind, LOST_HEADER};
use serde_json::{Value, json};

use crate::rig::{ADA, Rig, problem, tokens};

#[tokio::test]
async fn a_status_is_answered_once_with_zooms_body_and_without_the_effect() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    rig.sandbox.fail_next(Kind::Refresh, Fault::status(500));
    assert_eq!(rig.refresh(&pair.refresh).await.status, 500);
    assert_eq!(rig.refresh(&pair.refresh).await.status, 200, "the token was not used up");
    rig.sandbox.fail_next_times(Kind::Api, 2, Fault::status(401));
    for _ in 0..2 {
        assert_eq!(problem(&rig.whoami("any").await), (401, 124, "Invalid access token."));
    }
    rig.sandbox.fail_next(Kind::UsersMe, Fault::status(429));
    let got = rig.whoami("any").await;
    assert_eq!((problem(&got).1, got.header("x-ratelimit-type")), (429, "QPS"));
    rig.sandbox.fail_next(Kind::Any, Fault::status(302));
    let got = rig.whoami("any").await;
    assert_eq!(got.header("location"), "http://localhost:8789/_sandbox/elsewhere");
    rig.sandbox.fail_next(Kind::Any, Fault::status(204));
    let got = rig.whoami("any").await;
    assert_eq!((got.status, got.text.as_str()), (204, ""));
}

#[tokio::test]
async fn a_body_and_headers_can_be_given() {
    let rig = Rig::new();
    let headers = BTreeMap::from([
        ("Content-Type".to_owned(), "text/html".to_owned()),
        ("Retry-After".to_owned(), "2026-01-06T00:00:00Z".to_owned()),
    ]);
    let fault = Fault::Answer {
        status: 503,
        body: Some("<h1>Maintenance</h1>".to_owned()),
        headers,
        after_effect: false,
    };
    rig.sandbox.fail_next(Kind::UsersMe, fault);
    let got = rig.whoami("any").await;
    assert_eq!((got.status, got.text.as_str()), (503, "<h1>Maintenance</h1>"));
    assert_eq!(got.header("content-type"), "text/html");
    assert_eq!(got.headers.get_all("content-type").iter().count(), 1);
    assert_eq!(got.header("retry-after"), "2026-01-06T00:00:00Z");
}

#[tokio::test]
async fn garbage_is_half_an_answer() {
    let rig = Rig::new();
    let code = rig.code(ADA, &[]);
    rig.sandbox.fail_next(Kind::Exchange, Fault::garbage());
    let got = rig.exchange(&code).await;
    assert_eq!((got.status, &got.json), (200, &Value::Null));
    assert_eq!(rig.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_has_its_effect() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    rig.sandbox.fail_next(Kind::Refresh, Fault::Lost);
    let got = rig.refresh(&pair.refresh).await;
    assert_eq!(got.header(LOST_HEADER), "1");
    assert_eq!(got.text, "");
    assert_eq!(rig.refresh(&pair.refresh).await.json["error"], "invalid_grant");
    let call = &rig.sandbox.calls_of(Kind::Refresh)[0];
    assert_eq!((call.status, call.fault.as_deref()), (None, Some("lost")));
    assert_eq!((call.token, call.issued), (Some(1), Some(2)));
}

#[tokio::test]
async fn a_refused_connection_has_no_effect() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    rig.sandbox.fail_next(Kind::Refresh, Fault::Refused);
    assert_eq!(rig.refresh(&pair.refresh).await.header(LOST_HEADER), "1");
    assert_eq!(rig.refresh(&pair.refresh).await.status, 200);
}

#[tokio::test]
async fn a_failure_can_come_after_the_effect() {
    let rig = Rig::new();
    let token = rig.connect(ADA).await.access;
    rig.sandbox.fail_next(Kind::CreateMeeting, Fault::status(500).after_effect());
    let got = rig.api("POST", "/users/me/meetings", &token, &json!({"topic": "There"})).await;
    assert_eq!(got.status, 500);
    assert_eq!(rig.sandbox.snapshot().meetings[0]["topic"], "There");
}

#[tokio::test(start_paused = true)]
async fn a_held_call_waits_and_then_is_504() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    rig.sandbox.fail_next(Kind::Refresh, Fault::hold(Duration::from_mins(1)));
    let waiting = tokio::time::timeout(Duration::from_secs(59), rig.refresh(&pair.refresh)).await;
    assert!(waiting.is_err(), "a caller with a timeout gives up");
    assert_eq!(rig.sandbox.calls_of(Kind::Refresh)[0].status, None);
    rig.sandbox.fail_next(Kind::Refresh, Fault::hold(Duration::from_mins(1)));
    assert_eq!(rig.refresh(&pair.refresh).await.status, 504);
    assert_eq!(rig.refresh(&pair.refresh).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_call_has_its_effect_at_once_and_its_answer_later() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    rig.sandbox.fail_next(Kind::Refresh, Fault::delay(Duration::from_secs(9)));
    let before = tokio::time::Instant::now();
    let got = rig.refresh(&pair.refresh).await;
    assert_eq!(before.elapsed(), Duration::from_secs(9));
    assert_eq!(rig.whoami(&tokens(&got).access).await.status, 200);
}

#[tokio::test]
async fn faults_are_used_up_in_turn_and_can_be_cleared() {
    let rig = Rig::new();
    rig.sandbox.fail_next(Kind::UsersMe, Fault::status(500));
    rig.sandbox.fail_next(Kind::Any, Fault::status(503));
    rig.sandbox.fail_always(Kind::Api, Fault::status(502));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(rig.whoami("any").await.status);
    }
    assert_eq!(statuses, [500, 503, 502, 502]);
    rig.sandbox.clear_faults();
    assert_eq!(rig.whoami("any").await.status, 401);
}
