//! How webhooks are sent: headers, signature, bytes, retries, the log, raw bodies.

use std::collections::{BTreeMap, BTreeSet};

use isthmus_sandbox::{Delivery, DeliveryState, RawWebhooks, SettingsChange, signature};
use serde_json::{Value, json};

use crate::receiver::{Receiver, SECRET};
use crate::rig::{ADA, MONDAY, Rig};

/// A sandbox with an endpoint, a connected user and pauses of milliseconds.
async fn quick() -> (Rig, Receiver) {
    let (rig, receiver) = (Rig::new(), Receiver::new().await);
    rig.connect(ADA).await;
    receiver.register(&rig.sandbox).await.unwrap();
    let settings = json!({"webhook_retry_ms": [10, 20, 30], "webhook_timeout_ms": 100});
    assert_eq!(rig.control("settings", &settings).await.status, 200);
    (rig, receiver)
}

fn raw(body: &str) -> RawWebhooks {
    RawWebhooks { bodies: vec![body.to_owned()], times: 1, ..RawWebhooks::default() }
}

fn statuses(delivery: &Delivery) -> Vec<Option<u16>> {
    delivery.attempts.iter().map(|attempt| attempt.status).collect()
}

#[tokio::test]
async fn a_request_has_zooms_headers_and_a_signature_over_its_very_bytes() {
    let (rig, receiver) = quick().await;
    rig.sandbox.add_meeting(ADA, "Über 🚒 漢", None).unwrap();
    let events = receiver.events(&rig.sandbox).await;
    let [event] = events.as_slice() else { unreachable!("{events:?}") };
    assert!(event.body.contains(r#""topic":"Über \uD83D\uDE92 漢""#), "{}", event.body);
    assert_eq!(event.json()["payload"]["object"]["topic"], "Über 🚒 漢");
    let expected = [
        ("user-agent", "Zoom Marketplace/1.0a"),
        ("content-type", "application/json; charset=utf-8"),
        ("clientid", "sandbox-client-id"),
        ("x-zm-request-timestamp", "1767607200"),
        ("authorization", ""),
    ];
    for (name, value) in expected {
        assert_eq!(event.header(name), value, "{name}");
    }
    let signed = signature(SECRET, MONDAY / 1000, event.body.as_bytes());
    assert_eq!(event.header("x-zm-signature"), signed);
    assert_eq!(event.header("x-zm-request-id"), rig.sandbox.deliveries()[0].request_id);
    assert!(event.header("x-zm-trackingid").contains("WEB_"));
}

#[tokio::test]
async fn a_failure_of_the_endpoint_is_tried_again_with_the_same_body_and_id() {
    let (rig, receiver) = quick().await;
    receiver.answer(&[500, 503]);
    rig.sandbox.add_meeting(ADA, "Again", None).unwrap();
    let events = receiver.events(&rig.sandbox).await;
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event.body == events[0].body));
    let ids: BTreeSet<&str> = events.iter().map(|e| e.header("x-zm-request-id")).collect();
    assert_eq!(ids.len(), 1);
    let delivery = &rig.sandbox.deliveries()[0];
    assert_eq!(statuses(delivery), [Some(500), Some(503), Some(200)]);
    assert_eq!(delivery.state, DeliveryState::Delivered);
}

#[tokio::test]
async fn each_attempt_is_signed_anew_unless_it_is_told_not_to() {
    let (rig, receiver) = quick().await;
    for (keeps, different) in [(false, 2), (true, 1)] {
        let settings = SettingsChange {
            webhook_retry_keeps_timestamp: Some(keeps),
            webhook_retry_ms: Some(vec![300]),
            ..SettingsChange::default()
        };
        rig.sandbox.change_settings(settings);
        receiver.answer(&[500]);
        rig.sandbox.add_meeting(ADA, "Signed", None).unwrap();
        while receiver.all().iter().all(|e| e.body.contains("url_validation")) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        rig.sandbox.advance(std::time::Duration::from_secs(5));
        let events = receiver.events(&rig.sandbox).await;
        let times: BTreeSet<&str> =
            events.iter().map(|e| e.header("x-zm-request-timestamp")).collect();
        assert_eq!((events.len(), times.len()), (2, different));
    }
}

#[tokio::test]
async fn it_gives_up_after_three_more_attempts() {
    let (rig, receiver) = quick().await;
    receiver.answer(&[500, 500, 500, 500]);
    rig.sandbox.add_meeting(ADA, "Lost", None).unwrap();
    assert_eq!(receiver.events(&rig.sandbox).await.len(), 4);
    let got = rig.read("/_sandbox/webhooks/deliveries?state=given_up").await;
    assert_eq!(got.json["counts"], json!({"pending": 0, "delivered": 0, "given_up": 1}));
    let delivery = &got.json["deliveries"][0];
    assert_eq!(delivery["event"], "meeting.created");
    assert_eq!(delivery["url"], receiver.url);
    assert_eq!(delivery["attempts"].as_array().unwrap().len(), 4);
    assert_eq!(delivery["attempts"][3]["status"], 500);
}

#[tokio::test]
async fn refusals_and_redirects_are_final() {
    let (rig, receiver) = quick().await;
    for status in [301, 302, 307, 400, 401, 404, 429] {
        receiver.answer(&[status]);
        rig.sandbox.add_meeting(ADA, "Refused", None).unwrap();
        let events = receiver.events(&rig.sandbox).await;
        assert_eq!(events.len(), 1, "{status}");
        assert_eq!(events[0].path, "/hook", "a redirect is not followed");
        let delivery = rig.sandbox.deliveries().pop().unwrap();
        assert_eq!(statuses(&delivery), [Some(status)]);
        assert_eq!(delivery.state, DeliveryState::GivenUp);
    }
}

#[tokio::test]
async fn no_answer_in_time_is_tried_again() {
    let (rig, receiver) = quick().await;
    receiver.answer_late(1_000);
    rig.sandbox.add_meeting(ADA, "Late", None).unwrap();
    assert_eq!(receiver.events(&rig.sandbox).await.len(), 2);
    let delivery = &rig.sandbox.deliveries()[0];
    assert_eq!(statuses(delivery), [None, Some(200)]);
    assert_eq!(delivery.attempts[0].error.as_deref(), Some("no answer within 100 ms"));
}

#[tokio::test]
async fn no_connection_is_tried_again_and_then_given_up() {
    let (rig, receiver) = quick().await;
    receiver.stop().await;
    rig.sandbox.add_meeting(ADA, "Unreachable", None).unwrap();
    rig.sandbox.webhooks_idle().await;
    let delivery = &rig.sandbox.deliveries()[0];
    assert_eq!((statuses(delivery).len(), delivery.state), (4, DeliveryState::GivenUp));
    let error = delivery.attempts[3].error.as_deref().unwrap();
    assert!(error.contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn raw_bodies_are_signed_and_sent_as_they_are() {
    let (rig, receiver) = quick().await;
    let body = r#"{"client_id":"sandbox-client-id","body":{"z": 1,  "event":"x.y"},"times":2}"#;
    let got = rig.send("POST", "/_sandbox/webhooks/send", &[], body).await;
    assert_eq!((got.status, &got.json), (202, &json!({"queued": 2})));
    let events = receiver.events(&rig.sandbox).await;
    assert!(events.iter().all(|event| event.body == r#"{"z": 1,  "event":"x.y"}"#));
    assert_ne!(events[0].header("x-zm-request-id"), events[1].header("x-zm-request-id"));
    let got = rig.read("/_sandbox/webhooks/deliveries?event=x.y&limit=1").await;
    assert_eq!(got.json["deliveries"].as_array().unwrap().len(), 1);

    let got = rig.control("webhooks/send", &json!({"bodies": ["not json", "ü"]})).await;
    assert_eq!(got.json["queued"], 2);
    let events = receiver.events(&rig.sandbox).await;
    let bodies: BTreeSet<&str> = events.iter().map(|event| event.body.as_str()).collect();
    assert_eq!(bodies, BTreeSet::from(["not json", "ü"]));
    for wrong in [json!({}), json!({"body": "x", "client_id": "nobody"})] {
        assert_eq!(rig.control("webhooks/send", &wrong).await.status, 400);
    }
    rig.send("DELETE", "/_sandbox/webhooks/deliveries", &[], "").await;
    assert!(rig.sandbox.deliveries().is_empty());
}

#[tokio::test]
async fn headers_of_a_raw_webhook_can_be_wrong_on_purpose() {
    let (rig, receiver) = quick().await;
    let headers = BTreeMap::from([
        ("x-zm-request-timestamp".to_owned(), Some("1000".to_owned())),
        ("x-zm-request-id".to_owned(), Some("same".to_owned())),
        ("clientid".to_owned(), None),
    ]);
    rig.sandbox.send_webhooks(&RawWebhooks { headers, ..raw("{}") }).unwrap();
    let headers = BTreeMap::from([("x-zm-signature".to_owned(), Some("v0=00".to_owned()))]);
    rig.sandbox.webhooks_idle().await;
    rig.sandbox.send_webhooks(&RawWebhooks { headers, ..raw("{}") }).unwrap();
    let events = receiver.events(&rig.sandbox).await;
    let old = &events[0];
    assert_eq!(old.header("x-zm-signature"), signature(SECRET, 1_000, b"{}"));
    assert_eq!((old.header("clientid"), old.header("x-zm-request-id")), ("", "same"));
    assert_eq!(events[1].header("x-zm-signature"), "v0=00");
}

#[tokio::test]
async fn many_are_sent_at_once_and_the_log_is_bounded() {
    let (rig, receiver) = quick().await;
    let many = RawWebhooks { times: 21_000, ..raw(r#"{"event":"load"}"#) };
    rig.sandbox.change_settings(SettingsChange {
        webhook_timeout_ms: Some(3_000),
        ..SettingsChange::default()
    });
    rig.sandbox.send_webhooks(&many).unwrap();
    rig.sandbox.webhooks_idle().await;
    assert_eq!(rig.sandbox.delivery_counts().delivered, 21_000);
    assert_eq!(rig.sandbox.deliveries().len(), 20_000);
    assert_eq!(receiver.events(&rig.sandbox).await.len(), 21_000);
    let too_many = RawWebhooks { times: 1_000_000, ..raw("{}") };
    assert!(rig.sandbox.send_webhooks(&too_many).is_err());
}

#[tokio::test]
async fn after_a_reset_nothing_more_is_sent() {
    let (rig, receiver) = quick().await;
    receiver.answer(&[500, 500, 500, 500]);
    rig.sandbox.add_meeting(ADA, "Forgotten", None).unwrap();
    rig.control("reset", &Value::Null).await;
    rig.sandbox.webhooks_idle().await;
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    assert!(receiver.events(&rig.sandbox).await.len() <= 1);
    assert!(rig.sandbox.deliveries().is_empty());
}
