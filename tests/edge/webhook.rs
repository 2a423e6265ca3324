//! Webhooks at the door: what is taken and what is refused, each counted, and nothing stored of what is refused.

use http::Method;
use isthmus::{
    host::{Body, Host, Stream},
    testing::Fault,
};
use serde_json::{Value, json};

use crate::{
    run,
    webhook_moves::{SECRET, example, hmac, listening, signed},
    world::{Answer, World},
};

const MINUTE: i64 = 60;

/// A body, its headers, and the integration that it is for.
struct Call {
    integration: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// A good event for Ada.
fn good(world: &World) -> Call {
    let body = example("meeting.ended", &world.ada()).to_string().into_bytes();
    of(world, SECRET, 0, body)
}

/// A body signed with a secret, so many seconds from now.
fn of(world: &World, secret: &str, seconds: i64, body: Vec<u8>) -> Call {
    let headers = signed(secret, world.host.now().seconds() + seconds, &body).into();
    Call { integration: world.integration.clone(), headers, body }
}

async fn send(world: &World, call: Call) -> Answer {
    let headers: Vec<_> = call.headers.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let path = format!("/webhook/triggers/connect/zoom/{}", call.integration);
    world.send(Method::POST, &path, &headers, Body::Bytes(call.body)).await
}

#[test]
fn an_event_is_kept_by_the_connection_of_its_host_before_zoom_is_answered() {
    run(async {
        let world = listening().await;
        let answer = send(&world, good(&world)).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        assert_eq!(world.taken(&world.adas()).len(), 1);
        assert_eq!(world.counted(&world.integration, "taken").await, 1);
        let at_rest = world.host.everything_at_rest();
        assert!(!at_rest.contains("My Meeting") && !at_rest.contains(SECRET));
    });
}

#[test]
fn what_is_not_signed_by_this_app_or_not_now_is_refused_counted_and_leaves_nothing_behind() {
    run(async {
        let world = listening().await;
        let signature = "webhook_signature_invalid";
        let mut cases: Vec<(&str, u16, &str, Call)> = Vec::new();
        let body = || good(&world).body;
        let with = |headers: Vec<(&'static str, String)>| Call { headers, ..good(&world) };
        cases.push(("another secret", 401, signature, of(&world, "another", 0, body())));
        cases.push(("an empty secret", 401, signature, of(&world, "", 0, body())));
        cases.push(("no headers", 401, signature, with(vec![])));
        cases.push(("no timestamp", 401, signature, with(good(&world).headers.split_off(1))));
        let mut first = good(&world).headers;
        first.truncate(1);
        cases.push(("no signature", 401, signature, with(first)));
        let other = of(&world, SECRET, 0, b"{}".to_vec()).headers;
        cases.push(("a signature of other bytes", 401, signature, with(other)));
        let mut shifted = good(&world).headers;
        shifted[0].1 = (world.host.now().seconds() + 1).to_string();
        cases.push(("another timestamp than was signed", 401, signature, with(shifted)));
        let mut cut = good(&world);
        cut.body.truncate(cut.body.len() / 2);
        cases.push(("a truncated body", 401, signature, cut));
        for (name, seconds) in [("old", -90 * MINUTE - 1), ("to come", 5 * MINUTE + 1)] {
            cases.push((name, 401, "webhook_stale", of(&world, SECRET, seconds, body())));
        }
        for (name, bytes) in [
            ("empty", ""),
            ("no JSON", "event=meeting.ended"),
            ("half of it", r#"{"event":"meeting.ended","#),
            ("no object", "[]"),
            ("no event", "{}"),
            ("no payload", r#"{"event":"meeting.ended"}"#),
            (
                "a host that is none",
                r#"{"event":"meeting.ended","payload":{"object":{"host_id":[]}}}"#,
            ),
            (
                "a bad token",
                r#"{"event":"endpoint.url_validation","payload":{"plainToken":"v0:1:x"}}"#,
            ),
            ("nobody's removal", r#"{"event":"app_deauthorized","payload":{"account_id":"a"}}"#),
        ] {
            let call = of(&world, SECRET, 0, bytes.into());
            cases.push((name, 400, "webhook_malformed", call));
        }
        let bytes = of(&world, SECRET, 0, vec![b'"', 0xff, b'"']);
        cases.push(("no UTF-8", 400, "webhook_malformed", bytes));
        let before = world.stored();
        for (name, status, code, call) in cases {
            let counted = world.counted(&world.integration, code).await;
            let answer = send(&world, call).await;
            assert_eq!(answer.refused(), (status, code.to_owned()), "{name}: {}", answer.text);
            assert_eq!(world.counted(&world.integration, code).await, counted + 1, "{name}");
            world.assert_stored(&before, name);
        }
        // Nothing of it stands in the way of what is good.
        assert_eq!(send(&world, good(&world)).await.status, 204);
        assert_eq!(world.taken(&world.adas()).len(), 1);
    });
}

#[test]
fn an_integration_that_is_not_known_or_a_body_that_is_too_long_is_refused_before_anything_is_read()
{
    run(async {
        let world = listening().await;
        let before = world.stored();
        // The tables are not asked for what can be no id.
        world.host.fault_always("tables", Some(Fault::Fail));
        for integration in ["nobody", "%00", &world.integration.to_uppercase()] {
            let call = Call { integration: integration.to_owned(), ..good(&world) };
            assert_eq!(send(&world, call).await.refused(), (404, "integration_not_found".into()));
        }
        world.host.clear_faults();
        assert_eq!(world.counted("", "integration_not_found").await, 3);
        for body in
            [Body::Bytes(vec![b' '; 10_000_000]), Body::Stream(Stream(std::rc::Rc::new(())))]
        {
            let answer = world.send(Method::POST, &world.hook(), &[], body).await;
            assert_eq!(answer.refused(), (413, "payload_too_large".into()));
        }
        assert_eq!(world.counted("", "payload_too_large").await, 2);
        let longest = good(&world).body;
        let longest = [longest.clone(), vec![b' '; 1024 * 1024 - longest.len()]].concat();
        let one_more = [longest.as_slice(), b" "].concat();
        assert_eq!(send(&world, of(&world, SECRET, 0, one_more)).await.status, 413);
        world.assert_stored(&before, "it left something");
        assert_eq!(send(&world, of(&world, SECRET, 0, longest)).await.status, 204);
        let wrong = world.send(Method::GET, &world.hook(), &[], Body::Empty).await;
        assert_eq!(wrong.refused(), (405, "method_not_allowed".into()));
    });
}

#[test]
fn without_a_secret_zoom_is_asked_to_come_again_and_what_it_brings_then_is_taken() {
    run(async {
        let world = crate::moves::connected().await;
        let before = world.stored();
        for secret in ["", SECRET] {
            let answer = send(&world, of(&world, secret, 0, good(&world).body)).await;
            assert_eq!(answer.refused(), (503, "webhook_secret_missing".into()));
        }
        assert_eq!(world.counted(&world.integration, "webhook_secret_missing").await, 2);
        world.assert_stored(&before, "it left something");
        world.set_webhook_secret(&json!(SECRET)).await;
        assert_eq!(send(&world, good(&world)).await.status, 204);
    });
}

#[test]
fn an_integration_that_is_being_deleted_takes_nothing_in() {
    run(async {
        let world = listening().await;
        assert_eq!(send(&world, good(&world)).await.status, 204);
        // Zoom cannot be told that the grant ends, so that the deletion waits.
        world.host.fault_always("send", Some(Fault::Fail));
        let deleted = world.server(Method::DELETE, "integrations/zoom", None).await;
        assert_eq!(deleted.status, 202, "{}", deleted.text);
        let before = world.stored();
        let answer = send(&world, good(&world)).await;
        assert_eq!(answer.refused(), (409, "integration_deleting".into()));
        world.assert_stored(&before, "it left something");
        assert_eq!(world.counted(&world.integration, "integration_deleting").await, 1);
    });
}

#[test]
fn what_is_no_trigger_here_is_counted_and_forgotten() {
    run(async {
        let world = listening().await;
        let before = world.stored();
        for event in ["meeting.started", "app_installed", "x"] {
            let answer = world.hear(&json!({"event": event, "payload": 7})).await;
            assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        }
        assert_eq!(world.counted(&world.integration, "unknown_event").await, 3);
        world.assert_stored(&before, "it left something");
    });
}

#[test]
fn a_validation_is_answered_with_the_secret_that_signed_it_and_noted() {
    run(async {
        let world = listening().await;
        let answer = world.validate(SECRET).await;
        let encrypted = hmac(SECRET, b"abc-_1");
        let expected = json!({"plainToken": "abc-_1", "encryptedToken": encrypted});
        assert_eq!((answer.status, answer.json()), (200, expected));
        assert_eq!(world.counted(&world.integration, "validated").await, 1);
        let shown = world.server(Method::GET, "integrations/zoom", None).await.json();
        assert_eq!(shown["data"]["webhook_validated_at"], world.host.now().seconds());
        // That it cannot be noted is not Zoom's concern.
        world.host.fault_always("tables", Some(Fault::Fail));
        assert_eq!(world.validate(SECRET).await.status, 200);
        // Whoever has not the secret gets nothing signed with it.
        world.host.clear_faults();
        let refused = world.validate("another").await;
        assert_eq!(refused.refused(), (401, "webhook_signature_invalid".into()));
        assert!(!refused.text.contains(&encrypted));
    });
}

#[test]
fn for_a_minute_the_secret_is_remembered_and_a_refusal_is_confirmed_at_most_once_a_second() {
    run(async {
        let world = listening().await;
        let bad = |world: &World| of(world, "another", 0, good(world).body);
        assert_eq!(send(&world, good(&world)).await.status, 204);
        world.host.fault_always("tables", Some(Fault::Fail));
        world.host.pass(59_999);
        assert_eq!(send(&world, good(&world)).await.status, 204);
        // It would have to be confirmed, and cannot be.
        assert_eq!(send(&world, bad(&world)).await.refused().1, "store_unavailable");
        world.host.clear_faults();
        assert_eq!(send(&world, bad(&world)).await.status, 401);
        world.host.fault_always("tables", Some(Fault::Fail));
        assert_eq!(send(&world, bad(&world)).await.status, 401);
        assert_eq!(send(&world, good(&world)).await.status, 204);
        world.host.pass(1_000);
        assert_eq!(send(&world, bad(&world)).await.status, 503);
        world.host.pass(60_000);
        assert_eq!(send(&world, good(&world)).await.status, 503);
    });
}

#[test]
fn an_unknown_integration_is_looked_for_at_most_once_a_second_and_found_once_it_is_there() {
    run(async {
        let world = listening().await;
        let later = "00000000-0000-4000-8000-000000000000";
        let unknown = |world: &World| Call { integration: later.to_owned(), ..good(world) };
        assert_eq!(send(&world, unknown(&world)).await.status, 404);
        world.host.sql("UPDATE integrations SET id = ?1", [json!(later)]);
        assert_eq!(send(&world, unknown(&world)).await.status, 404);
        world.host.pass(1_000);
        // It is there, and its secret was sealed for another id.
        let found = send(&world, unknown(&world)).await;
        assert_eq!(found.refused(), (503, "webhook_secret_missing".into()));
    });
}

#[test]
fn a_body_is_checked_and_kept_byte_for_byte() {
    run(async {
        let world = listening().await;
        let body = format!(
            r#"{{ "event":"meeting.ended","event_ts":1,"payload":{{"account_id":"a","object":{{"id":"7","host_id":"{}",
               "topic":"Caf\u00e9 é \uD83D\uDE92 / \/ 東京"}}}}}}"#,
            world.ada()
        );
        let now = world.host.now().seconds();
        assert_eq!(world.hear_bytes(SECRET, now, body.as_bytes()).await.status, 204);
        let parsed: Value = serde_json::from_str(&body).unwrap();
        let signature = signed(SECRET, now, body.as_bytes());
        let rewritten = parsed.to_string().into_bytes();
        let call = Call {
            integration: world.integration.clone(),
            headers: signature.into(),
            body: rewritten,
        };
        assert_eq!(send(&world, call).await.status, 401);
        let rows = world.host.object_sql(&world.adas(), "SELECT id, sealed FROM events");
        let (id, sealed) = (rows[0]["id"].as_str().unwrap(), rows[0]["sealed"].as_str().unwrap());
        let kept = isthmus::record::event::open_body(&world.host, id, sealed).unwrap();
        assert_eq!(kept, body);
    });
}
