//! Events and deliveries as a project's server finds them: narrowed, paged, without anything that opens a meeting, and
//! never another project's.

use std::time::Duration;

use http::Method;
use isthmus::{host::Host, testing::Fault, zoom::trigger::TRIGGERS};
use serde_json::{Value, json};

use crate::{
    deletion::ALAN,
    interference::TOO_LATE,
    run,
    subscriptions::OWN,
    webhook_moves::{SECRET, example, listening},
    world::{ADA, World},
};

const SECRETS: [&str; 8] = [
    "PaSsWoRd",
    "132456",
    "abJhbGciOiJIUzUxMiJ9",
    "yNYIS408EJygs7rE5vVsJwXIz4",
    "https://example.com/join",
    "https://start.example",
    "c21EQzg0",
    "380303",
];

fn ids(list: &[Value]) -> Vec<String> {
    list.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_event_is_shown_with_what_came_of_it_for_each_grant() {
    run(async {
        let world = listening().await;
        let other = world.connect("u2", ADA).await;
        world.subscribe(json!({"trigger": "meeting_ended", "url": OWN, "account_id": "u2"})).await;
        let received = world.host.now().seconds();
        assert_eq!(world.happens("meeting.ended", &[]).await.len(), 1);
        let events = world.list("events").await;
        let grants = world.list("grants").await;
        let grant = grants.iter().find(|grant| grant["account_id"] == "u1").unwrap();
        let mut shown = events[0].clone();
        let mut outcomes = shown["outcomes"].as_array().unwrap().clone();
        outcomes.sort_by_key(|outcome| outcome["account_id"].to_string());
        shown["outcomes"] = json!(outcomes);
        let id = shown["id"].as_str().unwrap().to_owned();
        assert!(id.starts_with("e_"), "{id}");
        let expected = json!({"id": id, "trigger": "meeting_ended", "event": "meeting.ended",
            "event_ts": 1_626_230_691_572_i64, "occurred_at": 1_626_230_691, "integration_id": world.integration,
            "provider_user_id": world.ada(), "meeting_id": "1234567890", "received_at": received, "outcomes": [
                {"grant_id": grant["id"], "account_id": "u1", "outcome": "unmatched", "subscriptions": 0, "runs": 0},
                {"grant_id": other, "account_id": "u2", "outcome": "matched", "subscriptions": 1, "runs": 0}]});
        assert_eq!(shown, expected);
        let one = world.server(Method::GET, &format!("events/{id}"), None).await.json();
        assert_eq!(one["data"]["outcomes"], events[0]["outcomes"]);
        assert_eq!(one["data"]["original"], example("meeting.ended", &world.ada()));
        assert_eq!(one["data"]["output"]["object"]["topic"], "My Meeting");
    });
}

#[test]
fn no_answer_shows_what_opens_a_meeting_or_a_recording_and_the_endpoint_gets_it() {
    run(async {
        let world = listening().await;
        for trigger in TRIGGERS {
            world.subscribe(json!({"trigger": trigger.id, "url": OWN})).await;
        }
        let mut created = example("meeting.created", &world.ada());
        created["payload"]["object"]["start_url"] = json!("https://start.example/s");
        world.hear(&created).await;
        for trigger in TRIGGERS.iter().filter(|trigger| trigger.id != "new_meeting") {
            world.hear(&example(trigger.event, &world.ada())).await;
        }
        world.let_alarms_end().await;
        let told = format!("{:?}", world.heard.events());
        for secret in SECRETS {
            assert!(told.contains(secret), "{secret} is told to the endpoint");
        }
        world.answered.borrow_mut().clear();
        let events = world.list("events").await;
        assert!(events.len() >= 7, "{}", events.len());
        for id in ids(&events) {
            let shown = world.server(Method::GET, &format!("events/{id}"), None).await;
            assert_eq!(shown.status, 200, "{}", shown.text);
        }
        for id in ids(&world.list("deliveries").await) {
            world.server(Method::GET, &format!("deliveries/{id}"), None).await;
        }
        let answered = world.answered.borrow().clone();
        let log = format!("{:?}", world.host.log_lines());
        for secret in SECRETS {
            assert!(!answered.contains(secret) && !log.contains(secret), "{secret}");
        }
        assert!(answered.contains("[hidden]") && !answered.contains(SECRET));
    });
}

#[test]
fn events_are_narrowed_and_paged() {
    run(async {
        let world = listening().await;
        let grant = world.list("grants").await[0]["id"].as_str().unwrap().to_owned();
        let alans = world.connect("u2", ALAN).await;
        let alan = world.connection_of(ALAN).provider_user_id;
        for (event, host, meeting) in [
            ("meeting.created", world.ada(), "11"),
            ("meeting.ended", world.ada(), "12"),
            ("meeting.ended", alan, "13"),
        ] {
            let mut body = example(event, &host);
            body["payload"]["object"]["id"] = json!(meeting);
            body["event_ts"] = json!(meeting.parse::<i64>().unwrap());
            assert_eq!(world.hear(&body).await.status, 204);
            world.let_alarms_end().await;
            world.pass(Duration::from_secs(1));
        }
        for (query, expected) in [
            (String::new(), vec!["13", "12", "11"]),
            ("?limit=1&offset=1".to_owned(), vec!["12"]),
            ("?offset=3".to_owned(), vec![]),
            ("?trigger=meeting_ended".to_owned(), vec!["13", "12"]),
            ("?trigger=meeting.created".to_owned(), vec!["11"]),
            ("?account_id=u1".to_owned(), vec!["12", "11"]),
            (format!("?grant_id={alans}"), vec!["13"]),
            (format!("?grant_id={grant}&account_id=u2"), vec![]),
            ("?meeting_id=12".to_owned(), vec!["12"]),
            (format!("?integration_id={}", world.integration), vec!["13", "12", "11"]),
            ("?integration_id=other".to_owned(), vec![]),
        ] {
            let found = world.list(&format!("events{query}")).await;
            let found: Vec<_> =
                found.iter().map(|one| one["meeting_id"].as_str().unwrap()).collect();
            assert_eq!(found, expected, "{query}");
        }
        for query in ["account_id=", "trigger=", "limit=x"] {
            let listed = world.server(Method::GET, &format!("events?{query}"), None).await;
            assert_eq!(listed.refused(), (400, "invalid_request".to_owned()), "{query}");
        }
        let listed = world.server(Method::GET, "events?trigger=other", None).await;
        assert_eq!(listed.refused(), (400, "trigger_unknown".to_owned()));
    });
}

#[test]
fn a_list_of_events_shows_some_outcomes_of_many_and_those_that_were_asked_for() {
    run(async {
        let world = listening().await;
        for user in 2..=30 {
            world.connect(&format!("u{user}"), ADA).await;
        }
        world.happens("meeting.ended", &[]).await;
        let listed = world.list("events").await;
        assert_eq!(listed[0]["outcomes"].as_array().unwrap().len(), 25);
        let of_one = world.list("events?account_id=u30").await;
        assert_eq!(of_one[0]["outcomes"].as_array().unwrap().len(), 1);
        assert_eq!(of_one[0]["outcomes"][0]["account_id"], "u30");
        let path = format!("events/{}", listed[0]["id"].as_str().unwrap());
        let whole = world.server(Method::GET, &path, None).await.json();
        assert_eq!(whole["data"]["outcomes"].as_array().unwrap().len(), 30);
    });
}

#[test]
fn deliveries_are_narrowed_by_what_they_are_about() {
    run(async {
        let world = listening().await;
        world.listen_from_now().await;
        let grant = world.connect("u2", ADA).await;
        let subscription =
            world.subscribe(json!({"trigger": "meeting_ended", "url": OWN})).await["id"].clone();
        world.happens("meeting.ended", &[]).await;
        let all = world.list("deliveries").await;
        assert_eq!(all.len(), 3, "two of the event, one of the new grant");
        let event = world.list("events").await[0]["id"].clone();
        let of = |one: &Value| (one["event_id"].clone(), one["subscription_id"].clone());
        for (query, count) in [
            (format!("event_id={}", event.as_str().unwrap()), 2),
            (format!("subscription_id={}", subscription.as_str().unwrap()), 2),
            (format!("grant_id={grant}"), 2),
            ("account_id=u1".to_owned(), 1),
            ("account_id=u2&status=delivered".to_owned(), 2),
            ("account_id=u2&status=failed".to_owned(), 0),
            ("event_id=other".to_owned(), 0),
        ] {
            let found = world.list(&format!("deliveries?{query}")).await;
            assert_eq!(found.len(), count, "{query}");
        }
        let told = world.list("deliveries?account_id=u1").await.remove(0);
        assert_eq!(of(&told), (event, subscription));
        assert_eq!((&told["type"], &told["url"]), (&json!("meeting.ended"), &json!(OWN)));
        let own = all.iter().find(|one| one["type"] == "grant.created").unwrap();
        assert_eq!(of(own), (Value::Null, Value::Null));
        let path = format!("deliveries/{}", told["id"].as_str().unwrap());
        let one = world.server(Method::GET, &path, None).await;
        assert_eq!(one.json(), json!({"success": true, "data": told}));
        for wrong in ["event_id=", "status=lost", "grant_id="] {
            let listed = world.server(Method::GET, &format!("deliveries?{wrong}"), None).await;
            assert_eq!(listed.refused(), (400, "invalid_request".to_owned()), "{wrong}");
        }
    });
}

#[test]
fn another_projects_events_and_deliveries_are_not_there() {
    run(async {
        let world = listening().await;
        let other = world.another_project().await;
        world.subscribe(json!({"trigger": "meeting_ended", "url": OWN})).await;
        world.happens("meeting.ended", &[]).await;
        let event = ids(&world.list("events").await).remove(0);
        let delivery = ids(&world.list("deliveries").await).remove(0);
        for (method, path, code) in [
            (Method::GET, format!("events/{event}"), "event_not_found"),
            (Method::GET, format!("deliveries/{delivery}"), "delivery_not_found"),
            (Method::POST, format!("deliveries/{delivery}/replay"), "delivery_not_found"),
        ] {
            let told = other.server(method.clone(), &path, None).await;
            assert_eq!(told.refused(), (404, code.to_owned()), "{path}");
            let unknown = path.replace(&event, "e_0").replace(&delivery, "evt_0");
            let told = world.server(method, &unknown, None).await;
            assert_eq!(told.refused(), (404, code.to_owned()), "{unknown}");
        }
        assert_eq!(
            (other.list("events").await.len(), other.list("deliveries").await.len()),
            (0, 0)
        );
        let integration = format!("events?integration_id={}", world.integration);
        assert_eq!(other.list(&integration).await.len(), 0);
    });
}

#[test]
fn a_grant_that_cannot_be_used_is_told_so_among_the_outcomes() {
    run(async {
        let world = listening().await;
        world.subscribe(json!({"trigger": "meeting_ended", "url": OWN})).await;
        world.zoom.revoke_user(ADA).unwrap();
        world.pass(TOO_LATE);
        assert_eq!(world.ask("u1").await.status, 401);
        assert_eq!(world.happens("meeting.ended", &[]).await.len(), 0);
        assert_eq!(world.list("events").await[0]["outcomes"][0]["outcome"], "grant_invalid");
    });
}

#[test]
fn the_triggers_are_listed_with_examples() {
    run(async {
        let world = World::new().await;
        let triggers = world.list("triggers").await;
        assert_eq!(triggers.len(), TRIGGERS.len());
        for (shown, trigger) in triggers.iter().zip(TRIGGERS) {
            let example: Value = serde_json::from_str(trigger.example).unwrap();
            let expected = json!({"id": trigger.id, "label": trigger.label, "event": trigger.event,
                "description": trigger.description, "example": example});
            assert_eq!(shown, &expected);
        }
        assert_eq!(world.list("triggers?offset=8&limit=5").await.len(), 1);
        assert_eq!(world.list("triggers?offset=9").await.len(), 0);
    });
}

#[test]
fn while_the_store_is_away_nobody_is_told_that_there_is_nothing() {
    run(async {
        let world = listening().await;
        world.happens("meeting.ended", &[]).await;
        let event = ids(&world.list("events").await).remove(0);
        for path in ["events".to_owned(), format!("events/{event}"), "subscriptions".to_owned()] {
            world.host.fault_once("tables", Fault::Fail);
            let told = world.server(Method::GET, &path, None).await;
            assert_eq!(told.refused(), (503, "store_unavailable".to_owned()), "{path}");
        }
    });
}
