//! What each operation tells, in which shape, and to whom.

use isthmus_sandbox::{AppConfig, Decision, EndpointConfig};
use serde_json::{Value, json};

use crate::host::{Host, ada};
use crate::receiver::{Received, Receiver, SECRET};
use crate::rig::{ADA, ALAN, FORM, GRACE, MONDAY, Rig, basic, encoded, parameter};

/// A connected user and the app's endpoint.
async fn heard() -> (Host, Receiver) {
    let (host, receiver) = (ada().await, Receiver::new().await);
    receiver.register(&host.rig.sandbox).await.unwrap();
    (host, receiver)
}

/// The names of an object's fields as they stand in the text.
fn order(body: &str, names: &[&str]) {
    let places: Vec<usize> =
        names.iter().map(|name| body.find(&format!("\"{name}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{names:?} in {body}");
}

#[tokio::test]
async fn a_created_meeting_is_told_with_its_operator_and_a_numeric_id() {
    let (host, receiver) = heard().await;
    let body = json!({"topic": "T", "type": 8, "recurrence": {"type": 1, "end_times": 2},
        "settings": {"join_before_host": true}});
    let id = host.created(body).await;
    let events = receiver.events(&host.rig.sandbox).await;
    let text = &events[0].body;
    order(text, &["event", "event_ts", "payload", "account_id", "operator", "operator_id"]);
    order(text, &["operation", "object", "uuid", "id", "host_id", "topic", "type", "start_time"]);
    order(text, &["duration", "timezone", "join_url", "password", "occurrences", "recurrence"]);
    assert!(text.starts_with(&format!(r#"{{"event":"meeting.created","event_ts":{MONDAY},"#)));
    assert!(text.contains(r#""recurrence":{"type":1,"repeat_interval":1,"end_times":2}"#));
    let payload = &events[0].json()["payload"];
    assert_eq!(payload["account_id"], "Acme-zoom-account-0001");
    assert_eq!(payload["operator"], ADA);
    assert_eq!(payload["operator_id"], "AdaLovelace-zoomuser01");
    assert_eq!(payload["operation"], "all");
    assert_eq!(payload["object"]["id"], id);
    assert_eq!(payload["object"]["occurrences"].as_array().unwrap().len(), 2);
    assert_eq!(payload["object"]["settings"]["join_before_host"], true);
    host.created(json!({})).await;
    let single = receiver.event(&host.rig.sandbox, "meeting.created").await;
    assert!(single["payload"].get("operation").is_none(), "only recurring meetings have one");
}

#[tokio::test]
async fn an_update_tells_only_what_changed_before_and_after() {
    let (host, receiver) = heard().await;
    let id = host.created(json!({"topic": "Old", "settings": {"audio": "both"}})).await;
    receiver.events(&host.rig.sandbox).await;
    let path = format!("/meetings/{id}");
    let change = json!({"topic": "New", "duration": 60, "settings": {"audio": "voip"}});
    assert_eq!(host.call("PATCH", &path, change).await.status, 204);
    let told = receiver.event(&host.rig.sandbox, "meeting.updated").await;
    let payload = &told["payload"];
    let new = json!({"id": id, "topic": "New", "settings": {"audio": "voip"}});
    let old = json!({"id": id, "topic": "Old", "settings": {"audio": "both"}});
    assert_eq!((&payload["object"], &payload["old_object"]), (&new, &old));
    assert_eq!(payload["time_stamp"], MONDAY);
    assert_eq!(payload["operator_id"], "AdaLovelace-zoomuser01");
    assert!(payload.get("scope").is_none());
    assert_eq!(host.call("PATCH", &path, json!({"topic": "New"})).await.status, 204);
    assert!(receiver.events(&host.rig.sandbox).await.is_empty(), "nothing changed");
}

#[tokio::test]
async fn one_occurrence_is_changed_and_deleted_with_a_single_scope() {
    let (host, receiver) = heard().await;
    let rule = json!({"type": 8, "recurrence": {"type": 1, "end_times": 2}});
    let id = host.created(rule).await;
    let meeting = host.read(&format!("/meetings/{id}")).await.json;
    let occurrence = meeting["occurrences"][0]["occurrence_id"].as_str().unwrap().to_owned();
    receiver.events(&host.rig.sandbox).await;
    let path = format!("/meetings/{id}?occurrence_id={occurrence}");
    host.call("PATCH", &path, json!({"duration": 30})).await;
    let told = receiver.event(&host.rig.sandbox, "meeting.updated").await["payload"].take();
    assert_eq!(told["scope"], "single");
    assert_eq!(told["object"]["occurrences"][0]["duration"], 30);
    assert_eq!(told["old_object"]["occurrences"][0]["duration"], 60);
    assert!(told["object"].get("host_id").is_none());
    host.call("DELETE", &path, Value::Null).await;
    let told = receiver.event(&host.rig.sandbox, "meeting.deleted").await["payload"].take();
    assert_eq!(told["operation"], "single");
    assert_eq!(told["object"]["occurrences"][0]["status"], "deleted");
    host.call("PATCH", &format!("/meetings/{id}"), json!({"topic": "All"})).await;
    let told = receiver.event(&host.rig.sandbox, "meeting.updated").await;
    assert_eq!(told["payload"]["scope"], "all");
    host.call("DELETE", &format!("/meetings/{id}"), Value::Null).await;
    let told = receiver.event(&host.rig.sandbox, "meeting.deleted").await["payload"].take();
    assert_eq!((&told["operation"], &told["object"]["id"]), (&json!("all"), &json!(id)));
}

#[tokio::test]
async fn a_registrant_is_told_once_with_their_status() {
    let (host, receiver) = heard().await;
    for (approval_type, status) in [(0, "approved"), (1, "pending")] {
        let id = host.created(json!({"settings": {"approval_type": approval_type}})).await;
        receiver.events(&host.rig.sandbox).await;
        let jill = json!({"email": "jill@x.example", "first_name": "Jill", "city": "Bonn"});
        let path = format!("/meetings/{id}/registrants");
        let added = host.call("POST", &path, jill.clone()).await;
        let events = receiver.events(&host.rig.sandbox).await;
        let told = events[0].json();
        assert_eq!(told["event"], "meeting.registration_created");
        assert_eq!(told["payload"]["object"]["id"], id);
        let registrant = &told["payload"]["object"]["registrant"];
        assert_eq!(registrant["id"], added.json["registrant_id"]);
        assert_eq!(registrant["status"], status);
        assert_eq!(registrant.get("join_url"), added.json.get("join_url"));
        assert_eq!(registrant["participant_pin_code"], added.json["participant_pin_code"]);
        order(&events[0].body, &["registrant", "first_name", "email", "city", "status"]);
        assert_eq!(host.call("POST", &path, jill).await.status, 201);
        assert!(receiver.events(&host.rig.sandbox).await.is_empty(), "it is the same registrant");
    }
}

#[tokio::test]
async fn what_happens_in_a_meeting_is_told_with_its_id_as_text() {
    let (host, receiver) = heard().await;
    let sandbox = &host.rig.sandbox;
    let id = host.created(json!({"topic": "Live"})).await;
    receiver.events(sandbox).await;
    assert!(sandbox.join_meeting(id, "Early", None).is_err(), "it is not in progress");
    sandbox.start_meeting(id).unwrap();
    let told = receiver.event(sandbox, "meeting.started").await;
    assert_eq!(told["payload"]["object"]["id"], id.to_string());
    assert_eq!(told["payload"]["object"]["start_time"], "2026-01-05T10:00:00Z");
    sandbox.start_meeting(id).unwrap();

    let alan = sandbox.join_meeting(id, "Alan Turing", Some(ALAN)).unwrap();
    let events = receiver.events(sandbox).await;
    let joined = events[0].json();
    assert_eq!(joined["event"], "meeting.participant_joined");
    let participant = &joined["payload"]["object"]["participant"];
    assert_eq!(participant["user_id"], alan);
    assert_eq!(participant["id"], "AlanTuring-zoom-user02");
    assert_eq!(participant["join_time"], "2026-01-05T10:00:00Z");
    order(&events[0].body, &["participant", "user_id", "user_name", "participant_uuid"]);
    sandbox.join_meeting(id, "A guest", None).unwrap();
    let guest = receiver.event(sandbox, "meeting.participant_joined").await;
    assert_eq!(guest["payload"]["object"]["participant"]["id"], "");

    let path = format!("meetings/{id}/leave");
    host.rig.control(&path, &json!({"participant": "A guest"})).await;
    let left = receiver.event(sandbox, "meeting.participant_left").await;
    let gone = &left["payload"]["object"]["participant"];
    assert_eq!(gone["leave_reason"], "A guest left the meeting.");
    sandbox.end_meeting(id).unwrap();
    let mut events: Vec<Value> =
        receiver.events(sandbox).await.iter().map(Received::json).collect();
    events.sort_by_key(|event| event["event"].to_string());
    assert_eq!(events[0]["event"], "meeting.ended");
    assert_eq!(events[0]["payload"]["object"]["end_time"], "2026-01-05T10:00:00Z");
    let reason = &events[1]["payload"]["object"]["participant"]["leave_reason"];
    assert_eq!(reason, "Alan Turing left the meeting.<br>Reason: Host ended the meeting.");
    assert_eq!(events.len(), 2);
}

#[tokio::test]
async fn a_recording_is_told_with_a_token_to_fetch_it() {
    let (host, receiver) = heard().await;
    let sandbox = &host.rig.sandbox;
    let id = host.created(json!({"topic": "Recorded"})).await;
    receiver.events(sandbox).await;
    assert!(sandbox.finish_transcript(id).is_err());
    host.rig.control(&format!("meetings/{id}/recording/start"), &Value::Null).await;
    let told = receiver.event(sandbox, "recording.started").await;
    assert_eq!(told["payload"]["object"]["recording_file"]["recording_end"], "");
    sandbox.advance(std::time::Duration::from_mins(10));
    host.rig.control(&format!("meetings/{id}/recording/finish"), &Value::Null).await;
    let events = receiver.events(sandbox).await;
    order(&events[0].body, &["event", "event_ts", "download_token", "payload", "object"]);
    let object = &events[0].json()["payload"]["object"];
    assert_eq!(events[0].json()["event"], "recording.completed");
    assert_eq!((&object["id"], &object["duration"]), (&json!(id), &json!(10)));
    assert_eq!(object["recording_count"], object["recording_files"].as_array().unwrap().len());
    assert_eq!(object["recording_files"][0]["file_type"], "MP4");
    host.rig.control(&format!("meetings/{id}/recording/transcribe"), &Value::Null).await;
    let told = receiver.event(sandbox, "recording.transcript_completed").await;
    assert!(told["download_token"].is_string());
    assert_eq!(told["payload"]["object"]["recording_files"][0]["file_extension"], "VTT");
}

#[tokio::test]
async fn a_user_who_removes_the_app_ends_their_tokens_and_is_told() {
    let (host, receiver) = heard().await;
    let got = host.rig.control(&format!("users/{ADA}/remove"), &Value::Null).await;
    assert_eq!(got.status, 200, "{}", got.text);
    let told = receiver.event(&host.rig.sandbox, "app_deauthorized").await;
    assert_eq!(told.as_object().unwrap().len(), 2, "no time beside the payload");
    let payload = &told["payload"];
    assert_eq!(payload["account_id"], "Acme-zoom-account-0001");
    assert_eq!(payload["user_id"], "AdaLovelace-zoomuser01");
    assert_eq!(payload["client_id"], "sandbox-client-id");
    assert_eq!(payload["deauthorization_time"], "2026-01-05T10:00:00.000Z");
    assert_eq!(payload["event_ts"], MONDAY);
    assert!(payload["signature"].is_string() && payload.get("object").is_none());
    assert_eq!(host.rig.whoami(&host.token).await.status, 401);
    assert_eq!(host.rig.sandbox.live_pairs(ADA).unwrap(), 0);
    let again = host.rig.control(&format!("users/{ADA}/remove"), &Value::Null).await;
    assert!(again.text.contains("has not allowed the app"), "{}", again.text);
    host.rig.sandbox.add_meeting(ADA, "Unheard", None).unwrap();
    assert!(receiver.events(&host.rig.sandbox).await.is_empty(), "no consent, no events");
}

/// Registers another app with its endpoint; the sandbox's own secret token serves for both.
async fn other_app(rig: &Rig, account_events: bool) -> Receiver {
    let receiver = Receiver::new().await;
    rig.sandbox.register_app(&AppConfig {
        client_id: "other".to_owned(),
        client_secret: "s".to_owned(),
        redirect_uris: vec!["https://other.example/".to_owned()],
        secret_token: SECRET.to_owned(),
        account_events,
        ..AppConfig::default()
    });
    let asked = EndpointConfig {
        client_id: Some("other".to_owned()),
        url: receiver.url.clone(),
        ..EndpointConfig::default()
    };
    rig.sandbox.add_endpoint(asked).await.unwrap();
    receiver
}

async fn allow_other(rig: &Rig, user: &str) {
    let uri = "https://other.example/";
    let url = encoded(&[("response_type", "code"), ("client_id", "other"), ("redirect_uri", uri)]);
    let back = rig.sandbox.consent(&format!("/oauth/authorize?{url}"), user, Decision::Allow);
    let code = parameter(&back.unwrap(), "code").unwrap();
    let app = basic("other", "s");
    let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", uri)];
    let headers = [("authorization", app.as_str()), ("content-type", FORM)];
    assert_eq!(rig.send("POST", "/oauth/token", &headers, &encoded(&form)).await.status, 200);
}

#[tokio::test]
async fn an_app_hears_of_those_who_allowed_it_and_of_nobody_else() {
    let (host, ours) = heard().await;
    let sandbox = &host.rig.sandbox;
    let other = other_app(&host.rig, false).await;
    allow_other(&host.rig, ALAN).await;
    sandbox.add_meeting(ADA, "Ada's", None).unwrap();
    assert_eq!(ours.events(sandbox).await.len(), 1);
    assert!(other.events(sandbox).await.is_empty());
    sandbox.add_meeting(ALAN, "Alan's", None).unwrap();
    assert!(ours.events(sandbox).await.is_empty());
    let told = other.events(sandbox).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].header("clientid"), "other");
}

#[tokio::test]
async fn an_app_for_the_whole_account_hears_of_the_colleagues_too() {
    let (host, _) = heard().await;
    let sandbox = &host.rig.sandbox;
    let other = other_app(&host.rig, true).await;
    sandbox.add_meeting(ALAN, "Not installed", None).unwrap();
    assert!(other.events(sandbox).await.is_empty());
    allow_other(&host.rig, ADA).await;
    sandbox.add_meeting(ALAN, "A colleague's", None).unwrap();
    sandbox.add_meeting(GRACE, "Another account's", None).unwrap();
    let told = other.event(sandbox, "meeting.created").await;
    assert_eq!(told["payload"]["object"]["topic"], "A colleague's");
}

#[tokio::test]
async fn an_endpoint_hears_only_the_events_it_chose() {
    let (host, receiver) = (ada().await, Receiver::new().await);
    let events = Some(vec!["meeting.ended".to_owned()]);
    host.rig.sandbox.add_endpoint(EndpointConfig { events, ..receiver.config() }).await.unwrap();
    let id = host.created(json!({})).await;
    host.rig.sandbox.start_meeting(id).unwrap();
    host.rig.sandbox.end_meeting(id).unwrap();
    receiver.event(&host.rig.sandbox, "meeting.ended").await;
}
