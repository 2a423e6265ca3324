//! The five meeting operations.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::host::ada;
use crate::rig::{ADA, ALAN, problem, wrong_fields};

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[tokio::test]
async fn a_created_meeting_has_zooms_fields_and_can_be_read_again() {
    let host = ada().await;
    let body = json!({
        "topic": "Über 🚒",
        "type": 2,
        "start_time": "2026-01-06T09:00:00",
        "timezone": "Europe/Berlin",
        "duration": 45,
        "settings": {"waiting_room": true},
    });
    let got = host.create(body).await;
    assert_eq!(got.status, 201);
    assert_eq!(got.json["start_time"], "2026-01-06T08:00:00Z");
    assert_eq!(got.json["settings"]["waiting_room"], true);
    assert_eq!(got.json["settings"]["approval_type"], 2);
    assert!(got.json["id"].is_u64());
    for secret in ["start_url", "join_url", "password", "encrypted_password", "h323_password"] {
        assert!(got.json[secret].is_string(), "{secret}");
    }
    let again = host.read(&format!("/meetings/{}", got.json["id"])).await;
    assert_eq!(again.status, 200);
    for same in ["uuid", "topic", "duration", "timezone", "host_id", "host_email", "status"] {
        assert_eq!(again.json[same], got.json[same]);
    }
    assert_ne!(again.json["start_url"], got.json["start_url"], "a start URL is made each time");
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let host = ada().await;
    let body = json!({
        "topic": 5, "type": 9, "start_time": "tomorrow", "timezone": "Mars/Base", "duration": "60",
        "password": "with space", "settings": {"approval_type": 7, "host_video": "yes"},
        "recurrence": {"type": 4, "weekly_days": "0"},
    });
    let got = host.create(body).await;
    assert_eq!(problem(&got), (400, 300, "Validation Failed."));
    let mut fields = wrong_fields(&got);
    fields.sort_unstable();
    let expected = [
        "duration",
        "password",
        "recurrence.type",
        "recurrence.weekly_days",
        "settings.approval_type",
        "settings.host_video",
        "start_time",
        "timezone",
        "topic",
        "type",
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn a_body_must_be_a_json_object() {
    let host = ada().await;
    let bearer = format!("Bearer {}", host.token);
    for (media_type, body) in
        [("application/json", "[]"), ("application/json", "{"), ("text/plain", "{}")]
    {
        let headers = [("authorization", bearer.as_str()), ("content-type", media_type)];
        let got = host.rig.send("POST", "/v2/users/me/meetings", &headers, body).await;
        let text = "Request Body should be a valid JSON object.";
        assert_eq!(problem(&got), (400, 300, text));
    }
}

#[tokio::test]
async fn update_answers_204_without_a_body_and_keeps_the_rest() {
    let host = ada().await;
    let id = host.created(json!({"topic": "Before", "agenda": "Stays"})).await;
    let change = json!({"topic": "After", "settings": {"host_video": true}});
    let got = host.call("PATCH", &format!("/meetings/{id}"), change).await;
    assert_eq!((got.status, got.text.as_str()), (204, ""));
    let got = host.read(&format!("/meetings/{id}")).await;
    assert_eq!((&got.json["topic"], &got.json["agenda"]), (&json!("After"), &json!("Stays")));
    assert_eq!(got.json["settings"]["host_video"], true);
    assert_eq!(got.json["settings"]["audio"], "both");
}

#[tokio::test]
async fn delete_answers_204_and_the_meeting_is_gone() {
    let host = ada().await;
    let id = host.created(json!({})).await;
    let got = host.call("DELETE", &format!("/meetings/{id}"), Value::Null).await;
    assert_eq!((got.status, got.text.as_str()), (204, ""));
    for method in ["GET", "DELETE", "PATCH"] {
        let got = host.call(method, &format!("/meetings/{id}"), json!({})).await;
        let text = format!("Meeting {id} is not found or has expired.");
        assert_eq!(problem(&got), (404, 3001, text.as_str()));
    }
}

#[tokio::test]
async fn a_meeting_in_progress_or_over_cannot_be_deleted_nor_the_personal_one() {
    let host = ada().await;
    let id = host.created(json!({})).await;
    let path = format!("/meetings/{id}");
    host.rig.sandbox.start_meeting(id).unwrap();
    assert_eq!(host.read(&path).await.json["status"], "started");
    assert_eq!(problem(&host.call("DELETE", &path, Value::Null).await).1, 3002);
    host.rig.sandbox.end_meeting(id).unwrap();
    assert_eq!(problem(&host.call("DELETE", &path, Value::Null).await).1, 3007);
    let pmi = host.rig.whoami(&host.token).await.json["pmi"].clone();
    let got = host.call("DELETE", &format!("/meetings/{pmi}"), Value::Null).await;
    assert_eq!(problem(&got), (400, 3018, "Not allowed to delete PMI."));
}

#[tokio::test]
async fn another_users_meeting_is_not_visible() {
    let host = ada().await;
    let id = host.created(json!({})).await;
    let alan = host.rig.connect(ALAN).await.access;
    for method in ["GET", "PATCH", "DELETE"] {
        let got = host.rig.api(method, &format!("/meetings/{id}"), &alan, &json!({})).await;
        assert_eq!(problem(&got).1, 3001);
    }
    let got = host.rig.api("GET", "/users/me/meetings", &alan, &Value::Null).await;
    assert_eq!(got.json["total_records"], 0);
}

#[tokio::test]
async fn a_uuid_with_slashes_must_be_encoded_twice() {
    let host = ada().await;
    for uuid in ["/ajXp112QmuoKj4854875==", "a//jXp112QmuoKj485487=="] {
        host.rig.sandbox.add_meeting(ADA, "Slashes", Some(uuid)).unwrap();
        let once = encode(uuid);
        let got = host.read(&format!("/meetings/{once}")).await;
        assert_eq!(problem(&got).1, 2300, "encoded once it is another path");
        let got = host.read(&format!("/meetings/{}", encode(&once))).await;
        assert_eq!((got.status, &got.json["uuid"]), (200, &json!(uuid)));
    }
    let id = host.created(json!({})).await;
    let uuid = host.read(&format!("/meetings/{id}")).await.json["uuid"].clone();
    let twice = encode(&encode(uuid.as_str().unwrap()));
    assert_eq!(host.read(&format!("/meetings/{twice}")).await.json["id"], id);
}

#[tokio::test]
async fn lists_come_in_pages_with_a_token_for_the_next() {
    let host = ada().await;
    for number in 0..7 {
        let start = format!("2026-02-0{}T10:00:00Z", number + 1);
        host.created(json!({"topic": number.to_string(), "start_time": start})).await;
    }
    let (mut topics, mut token) = (Vec::new(), String::new());
    for expected in [3, 3, 1] {
        let path = format!("/users/me/meetings?page_size=3&next_page_token={token}");
        let page = host.read(&path).await.json;
        assert_eq!((&page["page_count"], &page["total_records"]), (&json!(3), &json!(7)));
        let meetings = page["meetings"].as_array().unwrap();
        assert_eq!(meetings.len(), expected);
        assert!(meetings.iter().all(|m| m["start_url"].is_null() && m["password"].is_null()));
        topics.extend(meetings.iter().map(|m| m["topic"].as_str().unwrap().to_owned()));
        page["next_page_token"].as_str().unwrap().clone_into(&mut token);
    }
    assert_eq!(topics, ["0", "1", "2", "3", "4", "5", "6"]);
    assert_eq!(token, "", "an empty token means the last page");
    let page = host.read("/users/me/meetings?page_size=3&page_number=3").await.json;
    assert_eq!((&page["meetings"][0]["topic"], &page["page_number"]), (&json!("6"), &json!(3)));
}

#[tokio::test]
async fn a_page_token_ends_after_15_minutes_and_works_for_its_own_list_only() {
    let host = ada().await;
    for _ in 0..3 {
        host.created(json!({})).await;
    }
    let page = host.read("/users/me/meetings?page_size=2").await.json;
    let token = page["next_page_token"].as_str().unwrap();
    let path = format!("/users/me/meetings?page_size=2&next_page_token={token}");
    let text = "The next page token is invalid or expired.";
    let other = host.read(&format!("{path}&type=upcoming")).await;
    assert_eq!(problem(&other), (400, 300, text));
    assert_eq!(host.read(&path).await.status, 200);
    host.rig.sandbox.advance(Duration::from_mins(15));
    assert_eq!(problem(&host.read(&path).await), (400, 300, text));
}

#[tokio::test]
async fn page_size_and_type_are_checked() {
    let host = ada().await;
    for query in ["page_size=0", "page_size=301", "page_size=x", "type=all"] {
        let got = host.read(&format!("/users/me/meetings?{query}")).await;
        assert_eq!(wrong_fields(&got), [query.split('=').next().unwrap()]);
    }
    let page = host.read("/users/me/meetings?page_size=300").await.json;
    assert_eq!(page["page_size"], 300);
    assert_eq!(host.read("/users/me/meetings").await.json["page_size"], 30);
}

#[tokio::test]
async fn the_type_says_which_meetings_are_listed() {
    let host = ada().await;
    host.created(json!({"topic": "past", "start_time": "2026-01-01T10:00:00Z"})).await;
    host.created(json!({"topic": "ahead", "start_time": "2026-03-01T10:00:00Z"})).await;
    host.created(json!({"topic": "instant", "type": 1})).await;
    let live = host.created(json!({"topic": "live"})).await;
    host.rig.sandbox.start_meeting(live).unwrap();
    let expected: [(&str, &[&str]); 5] = [
        ("scheduled", &["past", "live", "ahead"]),
        ("live", &["live"]),
        ("upcoming", &["ahead"]),
        ("upcoming_meetings", &["live", "ahead"]),
        ("scheduled&from=2026-01-02&to=2026-01-31", &["live"]),
    ];
    for (query, topics) in expected {
        let page = host.read(&format!("/users/me/meetings?type={query}")).await.json;
        let meetings = page["meetings"].as_array().unwrap();
        let listed: Vec<&str> = meetings.iter().map(|m| m["topic"].as_str().unwrap()).collect();
        assert_eq!(listed, topics, "{query}");
    }
}
