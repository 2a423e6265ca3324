//! Recurring meetings.

use serde_json::{Value, json};

use crate::host::ada;
use crate::rig::problem;

#[tokio::test]
async fn a_recurring_meeting_has_occurrences_that_can_be_changed_and_deleted() {
    let host = ada().await;
    let body = json!({
        "type": 8,
        "start_time": "2026-01-05T09:00:00",
        "timezone": "Europe/Berlin",
        "recurrence": {"type": 2, "repeat_interval": 2, "weekly_days": "2,4", "end_times": 4},
    });
    let got = host.create(body).await.json;
    let starts = |got: &Value| -> Vec<String> {
        let all = got["occurrences"].as_array().unwrap();
        all.iter().map(|o| o["start_time"].as_str().unwrap().to_owned()).collect()
    };
    let expected = ["2026-01-05", "2026-01-07", "2026-01-19", "2026-01-21"];
    assert_eq!(starts(&got), expected.map(|day| format!("{day}T08:00:00Z")));
    let path = format!("/meetings/{}", got["id"]);
    let second = got["occurrences"][1]["occurrence_id"].as_str().unwrap();
    let one = format!("{path}?occurrence_id={second}");
    let change = json!({"start_time": "2026-01-08T09:00:00Z", "duration": 15});
    assert_eq!(host.call("PATCH", &one, change).await.status, 204);
    let got = host.read(&one).await.json;
    assert_eq!(
        (&got["start_time"], &got["duration"]),
        (&json!("2026-01-08T09:00:00Z"), &json!(15))
    );
    assert_eq!(host.call("DELETE", &one, Value::Null).await.status, 204);
    for method in ["GET", "PATCH", "DELETE"] {
        let got = host.call(method, &one, json!({})).await;
        assert_eq!(problem(&got), (400, 3000, "Invalid occurrence_id."));
    }
    assert_eq!(host.read(&path).await.json["occurrences"][1]["status"], "deleted");
}

#[tokio::test]
async fn monthly_and_daily_rules_keep_the_local_time_and_skip_days_that_do_not_exist() {
    let host = ada().await;
    let starts = async |recurrence: Value, start: &str| -> Vec<String> {
        let zone = "America/New_York";
        let body =
            json!({"type": 8, "start_time": start, "timezone": zone, "recurrence": recurrence});
        let got = host.create(body).await.json;
        let all = got["occurrences"].as_array().unwrap();
        all.iter().map(|o| o["start_time"].as_str().unwrap().to_owned()).collect()
    };
    let day = json!({"type": 3, "monthly_day": 31, "end_times": 3});
    let expected = ["2026-01-31T15:00:00Z", "2026-03-31T14:00:00Z", "2026-05-31T14:00:00Z"];
    assert_eq!(starts(day, "2026-01-31T10:00:00").await, expected);
    let last_friday = json!({"type": 3, "monthly_week": -1, "monthly_week_day": 6, "end_times": 2});
    let expected = ["2026-01-30T15:00:00Z", "2026-02-27T15:00:00Z"];
    assert_eq!(starts(last_friday, "2026-01-05T10:00:00").await, expected);
    let until = json!({"type": 1, "repeat_interval": 3, "end_date_time": "2026-01-12T00:00:00Z"});
    let expected = ["2026-01-05T15:00:00Z", "2026-01-08T15:00:00Z", "2026-01-11T15:00:00Z"];
    assert_eq!(starts(until, "2026-01-05T10:00:00").await, expected);
}
