//! The page on which a person plays Zoom's users: its forms work without script.

use serde_json::json;

use crate::host::ada;
use crate::receiver::Receiver;
use crate::rig::{ADA, FORM, Got, Rig, encoded};

const PAGE: &str = "/_sandbox/meetings";

async fn press(rig: &Rig, control: &str, fields: &[(&str, &str)]) -> Got {
    let fields: Vec<(&str, &str)> = [("page", "1")].iter().chain(fields).copied().collect();
    let headers = [("content-type", FORM)];
    rig.send("POST", &format!("/_sandbox/{control}"), &headers, &encoded(&fields)).await
}

#[tokio::test]
async fn a_meeting_is_made_started_joined_left_recorded_and_ended_by_forms() {
    let (host, receiver) = (ada().await, Receiver::new().await);
    let (rig, sandbox) = (&host.rig, &host.rig.sandbox);
    receiver.register(sandbox).await.unwrap();
    let got = press(rig, "meetings", &[("topic", "By hand"), ("user", ADA)]).await;
    assert_eq!((got.status, got.header("location")), (303, PAGE));
    let id = sandbox.snapshot().meetings[0]["id"].clone();
    let in_it = |what: &str| format!("meetings/{id}/{what}");
    press(rig, &in_it("start"), &[]).await;
    press(rig, &in_it("join"), &[("name", "Jill"), ("email", "")]).await;
    let page = rig.read(PAGE).await;
    assert_eq!(page.status, 200);
    for part in ["By hand", "in progress", "Jill", "Leaves", "Record", "Remove app"] {
        assert!(page.text.contains(part), "{part} is missing");
    }
    press(rig, &in_it("leave"), &[("participant", "Jill")]).await;
    press(rig, &in_it("recording/start"), &[]).await;
    press(rig, &in_it("end"), &[]).await;
    press(rig, &in_it("recording/finish"), &[]).await;
    press(rig, &in_it("recording/transcribe"), &[]).await;
    press(rig, &format!("users/{ADA}/remove"), &[("client_id", "sandbox-client-id")]).await;
    let events = receiver.events(sandbox).await;
    let mut names: Vec<String> =
        events.iter().map(|event| event.json()["event"].as_str().unwrap().to_owned()).collect();
    names.sort_unstable();
    let expected = [
        "app_deauthorized",
        "meeting.created",
        "meeting.ended",
        "meeting.participant_joined",
        "meeting.participant_left",
        "meeting.started",
        "recording.completed",
        "recording.started",
        "recording.transcript_completed",
    ];
    assert_eq!(names, expected);
    let page = rig.read(PAGE).await.text;
    for part in ["recording.completed", "delivered", &receiver.url, "Validate"] {
        assert!(page.contains(part), "{part} is missing");
    }
    assert!(!page.contains("Remove app"), "nobody has an app");
}

#[tokio::test]
async fn a_refused_form_says_why() {
    let rig = Rig::new();
    let got = press(&rig, "meetings/1/start", &[]).await;
    assert_eq!(got.status, 400);
    assert!(got.text.contains("there is no meeting 1"), "{}", got.text);
    let got = press(&rig, "users/%3Cnobody%3E/remove", &[]).await;
    assert!(got.text.contains("there is no Zoom user &lt;nobody&gt;"), "{}", got.text);
}

#[tokio::test]
async fn the_page_escapes_what_people_type() {
    let (host, receiver) = (ada().await, Receiver::new().await);
    let sandbox = &host.rig.sandbox;
    receiver.register(sandbox).await.unwrap();
    let evil = "<script>alert('1')</script>\"&";
    let id = sandbox.add_meeting(ADA, evil, None).unwrap();
    sandbox.start_meeting(id).unwrap();
    sandbox.join_meeting(id, evil, Some(evil)).unwrap();
    let body = json!({"event": evil}).to_string();
    host.rig.control("webhooks/send", &json!({"body": body})).await;
    sandbox.webhooks_idle().await;
    let page = host.rig.read(PAGE).await.text;
    assert!(!page.contains("<script>"));
    let escaped = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;";
    assert_eq!(page.matches(escaped).count(), 3, "topic, participant, event");
    assert!(host.rig.read("/").await.text.contains("href=\"/_sandbox/meetings\""));
}

#[tokio::test]
async fn a_meeting_is_made_with_registration_and_shows_who_has_registered() {
    let host = ada().await;
    let sandbox = &host.rig.sandbox;
    for (registration, status) in [("automatic", "approved"), ("manual", "pending")] {
        let fields = [("topic", status), ("user", ADA), ("registration", registration)];
        assert_eq!(press(&host.rig, "meetings", &fields).await.status, 303);
        let made = sandbox.snapshot().meetings;
        let id = &made.iter().find(|one| one["topic"] == status).unwrap()["id"];
        let jill = json!({"first_name": "Jill", "email": format!("{status}@guests.example")});
        let got = host.call("POST", &format!("/meetings/{id}/registrants"), jill).await;
        assert_eq!(got.status, 201, "{}", got.text);
        let made = sandbox.snapshot().meetings;
        let meeting = made.iter().find(|one| one["topic"] == status).unwrap();
        assert_eq!(meeting["registrants"][0]["status"], status);
        let page = host.rig.read(PAGE).await.text;
        assert!(page.contains(&format!("registered: {status}@guests.example")));
    }
    let got = press(&host.rig, "meetings", &[("topic", "x"), ("user", ADA), ("registration", "x")]);
    assert_eq!(got.await.status, 400);
}
