//! The rules of Zoom's webhooks, one by one.

use serde_json::json;

use super::*;
use crate::time::HOUR;

/// A message that Zoom itself signed.
const SECRET: &str = "4fv1RkqGQUq5sWbEz6hA5A";
const TIMESTAMP: &str = "1720705455";
const BODY: &str = r#"{"payload":{"plainToken":"xys8n8PGS7mAU0m5-YJjRA"},"event_ts":1720705455858,"event":"endpoint.url_validation"}"#;
const SIGNATURE: &str = "v0=93a1a675965ceb9c5a50c5dfb31f20e50f763be37a54ef74cd2d16a1a8e5c0d6";
const ENCRYPTED: &str = "2fffc6a967dde4f68024025a5bd991c5ae1e5313b4e6365be4883e3e81d479b3";
const SENT_AT: Timestamp = Timestamp(1_720_705_455_000);

fn vector() -> Signed<'static> {
    Signed { timestamp: TIMESTAMP, signature: SIGNATURE, body: BODY.as_bytes() }
}

fn said(body: &Value) -> Result<Said, String> {
    read(body.to_string().as_bytes(), SENT_AT).map_err(|misfit| misfit.to_string())
}

fn event_of(body: &Value) -> Happened {
    match said(body) {
        Ok(Said::Happened(happened)) => happened,
        other => panic!("{other:?}"),
    }
}

fn id_of(body: &Value) -> String {
    event_of(body).id("i", body.to_string().as_bytes())
}

fn example(event: &str) -> Value {
    serde_json::from_str(trigger::by_event(event).unwrap().example).unwrap()
}

#[test]
fn what_zoom_signed_is_taken_and_its_validation_answered() {
    let secret = Text::new(SECRET);
    assert!(vector().is_by(&secret));
    assert_eq!(vector().sent_at(SENT_AT), Some(SENT_AT));
    let plain_token = "xys8n8PGS7mAU0m5-YJjRA".to_owned();
    assert_eq!(encrypted_token(&secret, &plain_token), ENCRYPTED);
    let said = read(BODY.as_bytes(), SENT_AT).unwrap();
    assert_eq!(said, Said::Validation { plain_token });
}

#[test]
fn every_byte_of_the_message_and_of_its_signature_counts() {
    let secret = Text::new(SECRET);
    for body in [&BODY[1..], &BODY[..BODY.len() - 1], &BODY.replace(':', ": "), ""] {
        assert!(!Signed { body: body.as_bytes(), ..vector() }.is_by(&secret), "{body}");
    }
    for timestamp in ["1720705456", "01720705455", ""] {
        assert!(!Signed { timestamp, ..vector() }.is_by(&secret), "{timestamp}");
    }
    for signature in ["", "v0=", &SIGNATURE[3..], &SIGNATURE.to_uppercase(), &SIGNATURE[..66]] {
        assert!(!Signed { signature, ..vector() }.is_by(&secret), "{signature}");
    }
    assert!(
        !vector().is_by(&Text::new("4fv1RkqGQUq5sWbEz6hA5a")) && !vector().is_by(&Text::new(""))
    );
}

#[test]
fn a_message_is_fresh_for_an_hour_and_a_half_and_may_be_five_minutes_ahead() {
    let sent = |now: Timestamp| vector().sent_at(now).is_some();
    assert!(sent(SENT_AT.plus(90 * MINUTE)) && !sent(SENT_AT.plus(90 * MINUTE + 1)));
    assert!(sent(SENT_AT.plus(-5 * MINUTE)) && !sent(SENT_AT.plus(-5 * MINUTE - 1)));
    for timestamp in ["", "x", "1720705455.0", "99999999999999999999", "9223372036854775807", "-1"]
    {
        assert_eq!(Signed { timestamp, ..vector() }.sent_at(SENT_AT), None, "{timestamp}");
    }
}

#[test]
fn only_a_plain_token_that_can_be_one_is_signed() {
    let asked = |token: Value| {
        said(&json!({"event": "endpoint.url_validation", "payload": {"plainToken": token}}))
    };
    for token in ["a", "A-_9", &"x".repeat(128)] {
        assert_eq!(asked(json!(token)), Ok(Said::Validation { plain_token: token.to_owned() }));
    }
    let long = "x".repeat(129);
    for token in
        [json!(""), json!("v0:1:{}"), json!("a b"), json!("é"), json!(long), json!(7), json!(null)]
    {
        let refused = asked(token.clone()).unwrap_err();
        assert!(refused.starts_with("payload.plainToken: 1 to 128"), "{token}: {refused}");
    }
}

#[test]
fn what_is_not_zooms_is_refused_with_the_place() {
    for (body, place) in [
        ("", "JSON is wanted"),
        ("{", "JSON is wanted"),
        ("\u{feff}{}", "JSON is wanted"),
        ("[]", "event: a text"),
        (r#"{"event":7}"#, "event: a text"),
        (r#"{"event":"meeting.ended"}"#, "payload.object: an object"),
        (r#"{"event":"meeting.ended","payload":[]}"#, "payload.object: an object"),
        (r#"{"event":"meeting.ended","payload":{"object":"x"}}"#, "payload.object: an object"),
        (
            r#"{"event":"meeting.ended","payload":{"object":{"host_id":{}}}}"#,
            "payload.object.host_id: an id",
        ),
        (r#"{"event":"app_deauthorized","payload":{}}"#, "payload.user_id: an id"),
    ] {
        let refused = read(body.as_bytes(), SENT_AT).unwrap_err().to_string();
        assert!(refused.starts_with(place), "{body}: {refused}");
    }
    assert!(read(&[b'[', 0xff, b']'], SENT_AT).is_err());
    assert!(read("[".repeat(100_000).as_bytes(), SENT_AT).is_err());
    for other in ["meeting.started", "app_installed", ""] {
        assert_eq!(said(&json!({"event": other})), Ok(Said::Other));
    }
}

#[test]
fn the_host_alone_is_named_and_else_who_did_it() {
    let created = event_of(&example("meeting.created"));
    assert_eq!(created.user_id.as_deref(), Some("x1yCzABCDEfg23HiJKl4mN"));
    assert_eq!((created.by_host, created.meeting_id.as_deref()), (true, Some("1234567890")));
    assert_eq!(created.event_ts, Timestamp(1_617_628_462_392));
    let updated = event_of(&example("meeting.updated"));
    assert_eq!(updated.user_id.as_deref(), Some("8lzIwvZTSOqjndWPbPqzuA"));
    assert_eq!((updated.by_host, updated.meeting_id.as_deref()), (false, Some("94890226305")));
    for nobody in [json!(null), json!("")] {
        let mut body = example("meeting.created");
        body["payload"]["object"]["host_id"] = nobody;
        assert_eq!(event_of(&body).user_id.as_deref(), Some("8lzIwvZTSOqjndWPbPqzuA"));
        body["payload"]["operator_id"] = json!("x".repeat(201));
        assert_eq!(event_of(&body).user_id, None);
    }
    let mut body = example("meeting.created");
    body["payload"]["object"]["host_id"] = json!("x".repeat(201));
    assert!(said(&body).is_err(), "who did it must not hear what another one's host would");
}

#[test]
fn the_same_event_is_the_same_however_it_is_written() {
    for trigger in trigger::TRIGGERS {
        let body = example(trigger.event);
        let id = id_of(&body);
        // With other spaces, which make another hash.
        let spaced = serde_json::to_string_pretty(&body).unwrap();
        assert_eq!(event_of(&body).id("i", spaced.as_bytes()), id, "{}", trigger.event);
        assert_ne!(event_of(&body).id("other", body.to_string().as_bytes()), id);
        let mut topic = body.clone();
        topic["payload"]["object"]["topic"] = json!("other");
        assert_eq!(id_of(&topic), id);
        for pointer in ["/event_ts", "/payload/account_id", "/payload/object/id"] {
            let mut other = body.clone();
            *other.pointer_mut(pointer).unwrap() = json!(1);
            // The meeting's uuid says more than its id.
            let uuid = body.pointer("/payload/object/uuid").is_some() && pointer.ends_with("/id");
            assert_eq!(id_of(&other) == id, uuid, "{} {pointer}", trigger.event);
        }
    }
}

#[test]
fn two_people_in_one_millisecond_are_two_events() {
    for (event, pointer) in [
        ("meeting.registration_created", "/payload/object/registrant/id"),
        ("meeting.participant_joined", "/payload/object/participant/participant_uuid"),
        ("meeting.participant_joined", "/payload/object/participant/user_id"),
        ("meeting.participant_left", "/payload/object/participant/id"),
        ("meeting.participant_left", "/payload/object/participant/participant_user_id"),
    ] {
        let (one, mut other) = (example(event), example(event));
        *other.pointer_mut(pointer).unwrap() = json!("somebody else");
        assert_ne!(id_of(&one), id_of(&other), "{pointer}");
    }
}

#[test]
fn where_too_little_is_said_the_bytes_tell_events_apart() {
    for (event, pointer) in [
        ("meeting.ended", "/event_ts"),
        ("meeting.updated", "/payload/object/id"),
        ("meeting.registration_created", "/payload/object/registrant/id"),
        ("meeting.participant_joined", "/payload/object/participant"),
    ] {
        let mut body = example(event);
        *body.pointer_mut(pointer).unwrap() = json!({});
        assert_eq!(id_of(&body), id_of(&body));
        let mut other = body.clone();
        other["payload"]["object"]["topic"] = json!("other");
        assert_ne!(id_of(&body), id_of(&other), "{pointer}");
    }
    let mut body = example("meeting.ended");
    for beyond in [json!(null), json!(-1), json!(9_007_199_254_740_993_i64), json!(1.5), json!("1")]
    {
        body["event_ts"] = beyond;
        assert_eq!(event_of(&body).event_ts, SENT_AT);
    }
}

#[test]
fn when_the_app_was_removed_is_read_in_every_form_that_was_seen() {
    let at = |payload: Value, outer: Value| {
        let mut body = json!({"event": "app_deauthorized", "event_ts": outer, "payload": payload});
        body["payload"]["user_id"] = json!("u");
        match said(&body) {
            Ok(Said::Deauthorized { user_id, at }) if user_id == "u" => at.0,
            other => panic!("{other:?}"),
        }
    };
    let text = "2019-06-17T13:52:28.632Z";
    let ms = 1_560_779_548_632_i64;
    assert_eq!(at(json!({"deauthorization_time": text, "event_ts": 1}), json!(2)), ms);
    assert_eq!(at(json!({"deauthorization_time": ms, "event_ts": 1}), json!(2)), ms);
    assert_eq!(at(json!({"deauthorization_time": "2019-06-17T13:52:28Z"}), json!(2)), ms - 632);
    assert_eq!(at(json!({"deauthorization_time": "soon", "event_ts": text}), json!(2)), ms);
    assert_eq!(at(json!({"event_ts": ms}), json!(2)), ms);
    assert_eq!(at(json!({"event_ts": ms.to_string()}), json!(2)), ms);
    assert_eq!(at(json!({}), json!(ms)), ms);
    // It may be a repetition of what was first said 85 minutes before.
    assert_eq!(at(json!({}), json!(null)), SENT_AT.plus(-OLDEST).0);
    assert!(SENT_AT.since(Timestamp(ms)) > HOUR);
}
