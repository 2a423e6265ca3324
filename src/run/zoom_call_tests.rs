//! What is sent for each action, and what is refused before it is.

use serde_json::json;

use super::*;
use crate::zoom::action::CATALOG;

fn call(id: &str, inputs: Value) -> Result<(String, String, Option<Value>), String> {
    let action = CATALOG.action(&format!("zoom.{id}")).unwrap();
    let call = action_call(action, inputs).map_err(|unfit| unfit.0)?;
    call.address().map_err(|unfit| unfit.0)?;
    let query = serde_urlencoded::to_string(&call.query).unwrap();
    Ok((call.method.to_string(), format!("{}?{query}", call.path), call.body))
}

fn made(id: &str, inputs: Value) -> (String, String, Option<Value>) {
    call(id, inputs).unwrap()
}

fn sent(method: &str, address: &str, body: Option<Value>) -> (String, String, Option<Value>) {
    (method.to_owned(), address.to_owned(), body)
}

#[test]
fn each_action_is_the_call_that_zoom_documents() {
    let create = json!({"topic": "Demo", "type": "2", "start_time": "2026-12-01T10:00:00Z", "duration": "30",
        "settings": {"watermark": true, "approval_type": 2}, "approval_type": 0, "host_video": "true",
        "agenda": null, "timezone": ""});
    let body = json!({"topic": "Demo", "type": 2, "start_time": "2026-12-01T10:00:00Z", "duration": 30,
        "settings": {"watermark": true, "approval_type": 0, "host_video": true}, "timezone": ""});
    assert_eq!(made("create_meeting", create), sent("POST", "users/me/meetings?", Some(body)));
    let update =
        json!({"meeting_id": 93_840_203_456_u64, "occurrence_id": 7, "topic": "New", "agenda": ""});
    let body = json!({"topic": "New", "agenda": ""});
    let address = "meetings/93840203456?occurrence_id=7";
    assert_eq!(made("update_meeting", update), sent("PATCH", address, Some(body)));
    let list = json!({"type": "upcoming", "from": "2026-11-21", "timezone": "Europe/Berlin"});
    let address = "users/me/meetings?type=upcoming&from=2026-11-21&timezone=Europe%2FBerlin";
    assert_eq!(made("get_meetings", list), sent("GET", address, None));
    let get = json!({"meeting_id": "938 4020 3456", "show_previous_occurrences": true});
    let address = "meetings/93840203456?show_previous_occurrences=true";
    assert_eq!(made("get_meeting_by_id", get), sent("GET", address, None));
    let delete = json!({"meeting_id": "9", "schedule_for_reminder": false});
    let address = "meetings/9?schedule_for_reminder=false";
    assert_eq!(made("delete_meeting", delete), sent("DELETE", address, None));
    let add = json!({"meeting_id": "9", "email": "a@b.example", "first_name": "Ada", "occurrence_ids": "1,2"});
    let body = json!({"email": "a@b.example", "first_name": "Ada"});
    let address = "meetings/9/registrants?occurrence_ids=1%2C2";
    assert_eq!(made("add_meeting_registrant", add), sent("POST", address, Some(body)));
    let list = json!({"meeting_id": "9", "status": "pending"});
    let address = "meetings/9/registrants?status=pending";
    assert_eq!(made("get_meeting_registrants", list), sent("GET", address, None));
    let delete = json!({"meeting_id": "9", "registrant_id": "r/1"});
    let address = "meetings/9/registrants/r%2F1?";
    assert_eq!(made("delete_meeting_registrant", delete), sent("DELETE", address, None));
}

#[test]
fn a_uuid_is_encoded_as_zoom_wants_it() {
    let get = |id: &str| made("get_meeting_by_id", json!({"meeting_id": id})).1;
    assert_eq!(get("aDYl/oh=="), "meetings/aDYl%2Foh%3D%3D?");
    assert_eq!(get("/abc"), "meetings/%252Fabc?");
    assert_eq!(get("a//b"), "meetings/a%252F%252Fb?");
}

#[test]
fn what_is_missing_or_does_not_fit_is_named() {
    for (id, inputs, unfit) in [
        ("create_meeting", json!({}), "topic: a value is wanted, and there is none"),
        ("create_meeting", json!({"topic": " "}), "topic: a value is wanted, and there is none"),
        ("create_meeting", json!({"topic": "x", "type": 7}), "type: one of the choices is wanted"),
        ("create_meeting", json!({"topic": {"a": 1}}), "topic: a text is wanted"),
        (
            "update_meeting",
            json!({"topic": "x"}),
            "meeting_id: a value is wanted, and there is none",
        ),
        (
            "get_meeting_by_id",
            json!({"meeting_id": ""}),
            "meeting_id: a value is wanted, and there is none",
        ),
        (
            "add_meeting_registrant",
            json!({"meeting_id": 9, "email": "ada"}),
            "email: an e-mail address is wanted",
        ),
        ("get_meetings", json!([]), "inputs: an object is wanted"),
    ] {
        assert_eq!(call(id, inputs).unwrap_err(), unfit);
    }
    let dots = call("get_meeting_by_id", json!({"meeting_id": ".."})).unwrap_err();
    assert!(dots.starts_with("path: "), "{dots}");
}

#[test]
fn any_address_of_the_api_can_be_called() {
    let request = |inputs| request_call(inputs).map_err(|unfit| unfit.0);
    let call =
        request(json!({"method": "get", "path": "/users/me", "params": {"a": 1}, "body": {}}))
            .unwrap();
    assert_eq!((call.method.as_str(), call.path.as_str(), call.body), ("GET", "/users/me", None));
    let call =
        request(json!({"method": "POST", "path": "users/me/meetings", "body": {"topic": "x"}}))
            .unwrap();
    assert_eq!(call.headers.get("content-type"), Some("application/json"));
    assert!(call.makes_meeting() && call.weight == Weight::Medium);
    let call = request(json!({"method": "DELETE", "path": "meetings/9/registrants/7"})).unwrap();
    assert_eq!((call.meeting_id().as_deref(), call.makes_meeting()), (Some("9"), false));
    assert_eq!(request(json!({"path": "report/users"})).unwrap().weight, Weight::Heavy);
    for inputs in [
        json!({"method": "TRACE", "path": "users/me"}),
        json!({"path": "https://evil.example/x"}),
        json!({"path": "users/../x"}),
        json!({"path": ""}),
        json!({"path": "users/me", "body": {"a": 1}}),
        json!({"path": "users/me", "params": {"a": {}}}),
    ] {
        assert!(request(inputs.clone()).is_err(), "{inputs}");
    }
}
