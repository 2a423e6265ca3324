//! Endpoints: accepted only after URL validation, validated again, removed.

use axum::response::{IntoResponse, Response};
use isthmus_sandbox::{DeliveryState, EndpointConfig, RawWebhooks, Store, signature};
use serde_json::{Value, json};

use crate::receiver::{Receiver, SECRET, Validation, right};
use crate::rig::{ADA, MONDAY, Rig, config};
use crate::store::Folder;

#[tokio::test]
async fn a_right_answer_to_zooms_question_makes_an_endpoint() {
    let (rig, receiver) = (Rig::new(), Receiver::new().await);
    let body = json!({"url": receiver.url, "secret_token": SECRET, "events": ["meeting.created"]});
    let got = rig.control("webhooks", &body).await;
    assert_eq!(got.status, 200, "{}", got.text);
    assert_eq!((&got.json["validated"], &got.json["name"]), (&json!(true), &json!(receiver.url)));
    let asked = &receiver.all()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/hook"));
    let token = asked.json()["payload"]["plainToken"].as_str().unwrap().to_owned();
    assert_eq!(token.len(), 22);
    let expected = format!(
        r#"{{"payload":{{"plainToken":"{token}"}},"event_ts":{MONDAY},"event":"endpoint.url_validation"}}"#
    );
    assert_eq!(asked.body, expected);
    let signed = signature(SECRET, MONDAY / 1000, asked.body.as_bytes());
    assert_eq!(asked.header("x-zm-signature"), signed);
    let listed = rig.read("/_sandbox/webhooks").await;
    assert_eq!(listed.json["endpoints"][0]["events"], json!(["meeting.created"]));
    assert_eq!(listed.json["webhook_retry_ms"], json!([300_000, 1_200_000, 3_600_000]));
    assert!(!listed.text.contains(SECRET), "the secret token is not told");
}

fn wrong_token(plain_token: &str) -> Response {
    json!({"plainToken": plain_token, "encryptedToken": "00"}).to_string().into_response()
}

fn other_token(_: &str) -> Response {
    right("another")
}

fn no_json(_: &str) -> Response {
    "ok".into_response()
}

fn no_content(_: &str) -> Response {
    axum::http::StatusCode::NO_CONTENT.into_response()
}

fn redirect(_: &str) -> Response {
    (axum::http::StatusCode::FOUND, [("location", "/hook")]).into_response()
}

fn one_field(plain_token: &str) -> Response {
    json!({"plainToken": plain_token}).to_string().into_response()
}

#[tokio::test]
async fn a_wrong_answer_is_told_and_nothing_is_stored() {
    let (rig, receiver) = (Rig::new(), Receiver::new().await);
    rig.connect(ADA).await;
    let cases: [(Validation, u16, &str); 6] = [
        (wrong_token, 200, "its encryptedToken is wrong"),
        (other_token, 200, "its plainToken is not the one that was sent"),
        (no_json, 200, "its answer is no JSON object"),
        (one_field, 200, "its answer has no text in encryptedToken"),
        (no_content, 204, "it answered 204; URL validation needs 200"),
        (redirect, 302, "it answered 302; URL validation needs 200"),
    ];
    for (answer, status, reason) in cases {
        receiver.validate_with(answer);
        let body = json!({"url": receiver.url, "secret_token": SECRET});
        let got = rig.control("webhooks", &body).await;
        assert_eq!((got.status, &got.json["status"]), (400, &json!(status)));
        assert!(got.json["error"].as_str().unwrap().contains(reason), "{}", got.text);
    }
    assert!(rig.sandbox.endpoints().is_empty());
    rig.sandbox.add_meeting(ADA, "Unheard", None).unwrap();
    assert!(receiver.events(&rig.sandbox).await.is_empty());
    assert!(rig.sandbox.deliveries().is_empty());
}

#[tokio::test]
async fn addresses_that_cannot_be_reached_are_told() {
    let rig = Rig::new();
    for (url, reason) in [
        ("http://127.0.0.1:9/", "Connect"),
        ("https://app.example/", "plain http"),
        ("nowhere", "plain http"),
    ] {
        let got = rig.control("webhooks", &json!({"url": url, "secret_token": "s"})).await;
        assert_eq!((got.status, &got.json["status"]), (400, &Value::Null));
        assert!(got.json["error"].as_str().unwrap().contains(reason), "{}", got.text);
    }
    let got = rig.control("webhooks", &json!({"url": "http://x/", "client_id": "nobody"})).await;
    assert_eq!(got.json["error"], "there is no app nobody");
}

#[tokio::test]
async fn an_endpoint_that_fails_validation_six_times_in_a_row_receives_nothing() {
    let (rig, receiver) = (Rig::new(), Receiver::new().await);
    rig.connect(ADA).await;
    receiver.register(&rig.sandbox).await.unwrap();
    receiver.validate_with(wrong_token);
    for failures in 1..=6 {
        let got = rig.control("webhooks/validate", &Value::Null).await;
        assert_eq!(got.status, 400);
        let endpoint = &got.json["endpoints"][0];
        assert_eq!(endpoint["failed_validations"], failures);
        assert_eq!(endpoint["validated"], failures < 6);
    }
    rig.sandbox.add_meeting(ADA, "Unheard", None).unwrap();
    assert!(receiver.events(&rig.sandbox).await.is_empty());
    receiver.validate_with(right);
    let got = rig.control("webhooks/validate", &json!({"url": receiver.url})).await;
    assert_eq!((got.status, &got.json["endpoints"][0]["validated"]), (200, &json!(true)));
    rig.sandbox.add_meeting(ADA, "Heard", None).unwrap();
    receiver.event(&rig.sandbox, "meeting.created").await;
    let got = rig.control("webhooks/validate", &json!({"url": "http://other/"})).await;
    assert_eq!(got.json["error"], "there is no such endpoint");
}

#[tokio::test]
async fn a_subscription_of_the_same_name_is_replaced_and_others_are_added() {
    let (rig, first, second) = (Rig::new(), Receiver::new().await, Receiver::new().await);
    let named =
        |receiver: &Receiver| EndpointConfig { name: Some("main".to_owned()), ..receiver.config() };
    rig.sandbox.add_endpoint(named(&first)).await.unwrap();
    rig.sandbox.add_endpoint(named(&second)).await.unwrap();
    let urls = || rig.sandbox.endpoints().into_iter().map(|e| e.url).collect::<Vec<_>>();
    assert_eq!(urls(), [second.url.as_str()]);
    first.register(&rig.sandbox).await.unwrap();
    assert_eq!(urls(), [second.url.clone(), first.url.clone()]);
    let path = format!("/_sandbox/webhooks?url={}", first.url);
    assert_eq!(rig.send("DELETE", &path, &[], "").await.json["removed"], 1);
    assert_eq!(urls(), [second.url.as_str()]);
    assert_eq!(rig.send("DELETE", "/_sandbox/webhooks", &[], "").await.json["removed"], 1);
}

#[tokio::test]
async fn what_is_on_its_way_to_a_removed_endpoint_is_given_up() {
    let (rig, receiver) = (Rig::new(), Receiver::new().await);
    receiver.register(&rig.sandbox).await.unwrap();
    receiver.answer(&[500]);
    let raw = RawWebhooks { bodies: vec!["{}".to_owned()], times: 1, ..RawWebhooks::default() };
    assert_eq!(rig.sandbox.send_webhooks(&raw).unwrap(), 1);
    while rig.sandbox.deliveries()[0].attempts.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(rig.sandbox.remove_endpoints(None, None), 1);
    rig.sandbox.webhooks_idle().await;
    assert_eq!(rig.sandbox.deliveries()[0].state, DeliveryState::GivenUp);
}

#[tokio::test]
async fn endpoints_and_their_secret_live_in_memory_only() {
    let folder = Folder::new("endpoints");
    let path = folder.0.join("state.json");
    let (store, receiver) = (Store::new(&path), Receiver::new().await);
    let rig = Rig { sandbox: store.open(config()).unwrap() };
    rig.connect(ADA).await;
    receiver.register(&rig.sandbox).await.unwrap();
    let id = rig.sandbox.add_meeting(ADA, "Kept", None).unwrap();
    rig.sandbox.start_meeting(id).unwrap();
    rig.sandbox.join_meeting(id, "Jill", None).unwrap();
    rig.sandbox.start_recording(id).unwrap();
    store.save(&rig.sandbox).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(SECRET) && !text.contains("sandbox-secret-token"));
    let again = store.open(config()).unwrap();
    assert!(again.endpoints().is_empty());
    again.leave_meeting(id, "Jill").unwrap();
    again.finish_recording(id).unwrap();
    rig.control("reset", &Value::Null).await;
    assert!(rig.sandbox.endpoints().is_empty());
}
