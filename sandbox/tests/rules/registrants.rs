//! The three registrant operations.

use serde_json::{Value, json};

use crate::rig::{ADA, Got, Rig, problem, wrong_fields};

struct Host {
    rig: Rig,
    token: String,
}

impl Host {
    async fn new() -> Self {
        let rig = Rig::new();
        let token = rig.connect(ADA).await.access;
        Self { rig, token }
    }

    async fn meeting(&self, body: Value) -> String {
        let got = self.rig.api("POST", "/users/me/meetings", &self.token, &body).await;
        format!("/meetings/{}/registrants", got.json["id"])
    }

    async fn open(&self, approval_type: u8) -> String {
        self.meeting(json!({"settings": {"approval_type": approval_type}})).await
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Got {
        self.rig.api(method, path, &self.token, &body).await
    }

    async fn add(&self, path: &str, email: &str) -> Got {
        self.call("POST", path, json!({"first_name": "Jill", "email": email})).await
    }

    async fn emails(&self, path: &str) -> Vec<String> {
        let got = self.call("GET", path, Value::Null).await;
        let all = got.json["registrants"].as_array().unwrap();
        all.iter().map(|r| r["email"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn registration_exists_only_where_the_approval_type_says_so() {
    let host = Host::new().await;
    let closed = host.meeting(json!({})).await;
    for (method, path) in
        [("POST", closed.clone()), ("GET", closed.clone()), ("DELETE", format!("{closed}/x"))]
    {
        let got =
            host.call(method, &path, json!({"first_name": "J", "email": "j@x.example"})).await;
        assert_eq!(problem(&got).1, 404);
        assert_eq!(got.status, 404);
        let text = "Registration has not been enabled for this meeting: ";
        assert!(problem(&got).2.starts_with(text));
    }
}

#[tokio::test]
async fn a_registrant_is_added_listed_and_deleted() {
    let host = Host::new().await;
    let path = host.open(0).await;
    let got = host.add(&path, "jill@x.example").await;
    assert_eq!(got.status, 201);
    for field in ["id", "participant_pin_code"] {
        assert!(got.json[field].is_u64(), "{field}");
    }
    for field in ["registrant_id", "join_url", "topic", "start_time"] {
        assert!(got.json[field].is_string(), "{field}");
    }
    let listed = host.call("GET", &path, Value::Null).await;
    assert_eq!(listed.status, 200);
    assert_eq!(listed.json["registrants"][0]["id"], got.json["registrant_id"]);
    assert_eq!(listed.json["registrants"][0]["status"], "approved");
    assert_eq!(listed.json["registrants"][0]["first_name"], "Jill");
    let one = format!("{path}/{}", got.json["registrant_id"].as_str().unwrap());
    let deleted = host.call("DELETE", &one, Value::Null).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(host.call("DELETE", &one, Value::Null).await.json["code"], 300);
    assert!(host.emails(&path).await.is_empty());
}

#[tokio::test]
async fn manual_approval_leaves_a_registrant_pending_without_a_join_url() {
    let host = Host::new().await;
    let path = host.open(1).await;
    let got = host.add(&path, "jill@x.example").await;
    assert!(got.json["join_url"].is_null());
    let body = json!({"first_name": "Joe", "email": "joe@x.example", "auto_approve": true});
    assert!(host.call("POST", &path, body).await.json["join_url"].is_string());
    assert_eq!(host.emails(&path).await, ["joe@x.example"]);
    assert_eq!(host.emails(&format!("{path}?status=pending")).await, ["jill@x.example"]);
    let got = host.call("GET", &format!("{path}?status=lost"), Value::Null).await;
    assert_eq!(wrong_fields(&got), ["status"]);
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let host = Host::new().await;
    let path = host.open(0).await;
    let got = host.call("POST", &path, json!({})).await;
    assert_eq!((problem(&got).1, wrong_fields(&got)), (300, vec!["first_name", "email"]));
    let body = json!({
        "first_name": "J", "email": "nowhere", "no_of_employees": "many",
        "purchasing_time_frame": "now", "role_in_purchase_process": "Boss",
    });
    let got = host.call("POST", &path, body).await;
    let expected =
        ["purchasing_time_frame", "role_in_purchase_process", "no_of_employees", "email"];
    assert_eq!(wrong_fields(&got), expected);
}

#[tokio::test]
async fn the_same_address_is_the_same_registrant_at_most_three_times_a_day() {
    let host = Host::new().await;
    let path = host.open(0).await;
    let first = host.add(&path, "jill@x.example").await.json["registrant_id"].clone();
    for _ in 0..2 {
        assert_eq!(host.add(&path, "JILL@x.example").await.json["registrant_id"], first);
    }
    let got = host.add(&path, "jill@x.example").await;
    assert_eq!((got.status, problem(&got).1), (429, 429));
    assert_eq!(got.header("retry-after"), "2026-01-06T00:00:00Z");
    assert_eq!(host.add(&path, "joe@x.example").await.status, 201);
}

#[tokio::test]
async fn one_can_register_for_some_occurrences() {
    let host = Host::new().await;
    let path = host
        .meeting(json!({
            "type": 8,
            "recurrence": {"type": 1, "end_times": 3},
            "settings": {"approval_type": 0, "registration_type": 2},
        }))
        .await;
    let meeting = path.trim_end_matches("/registrants").to_owned();
    let occurrences = host.call("GET", &meeting, Value::Null).await.json["occurrences"].clone();
    let id = |n: usize| occurrences[n]["occurrence_id"].as_str().unwrap().to_owned();
    let some = format!("{path}?occurrence_ids={},{}", id(0), id(2));
    let got = host.add(&some, "jill@x.example").await;
    assert_eq!(got.json["occurrences"].as_array().unwrap().len(), 2);
    let wrong = host.add(&format!("{path}?occurrence_ids=1"), "joe@x.example").await;
    assert_eq!(problem(&wrong), (400, 3000, "Invalid occurrence_id."));
    let of = |n: usize| format!("{path}?occurrence_id={}", id(n));
    assert_eq!(host.emails(&of(0)).await, ["jill@x.example"]);
    assert!(host.emails(&of(1)).await.is_empty());
}

#[tokio::test]
async fn registrants_come_in_pages() {
    let host = Host::new().await;
    let path = host.open(0).await;
    for number in 0..5 {
        host.add(&path, &format!("p{number}@x.example")).await;
    }
    let page = host.call("GET", &format!("{path}?page_size=4"), Value::Null).await.json;
    assert_eq!(page["registrants"].as_array().unwrap().len(), 4);
    let token = page["next_page_token"].as_str().unwrap();
    let rest = host.emails(&format!("{path}?page_size=4&next_page_token={token}")).await;
    assert_eq!(rest, ["p4@x.example"]);
}
