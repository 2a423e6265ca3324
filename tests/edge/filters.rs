//! Who is told of an event: subscriptions to its trigger, of its user, whose filter wants it. What is mistyped widens none.

use http::Method;
use serde_json::{Value, json};

use crate::{
    endpoint::HOOKS,
    run,
    subscriptions::OWN,
    webhook_moves::{example, listening},
    world::{ADA, World},
};

impl World {
    /// The project's endpoint is told of what happens from now on.
    pub async fn listen_from_now(&self) {
        self.let_alarms_end().await;
        self.listen(json!({"url": HOOKS})).await;
    }

    /// Zoom says something about a meeting of Ada's; `changes` by JSON pointer. Answers what was told of it.
    pub async fn happens(&self, event: &str, changes: &[(&str, Value)]) -> Vec<Value> {
        let mut body = example(event, &self.ada());
        for (pointer, value) in changes {
            *body.pointer_mut(pointer).unwrap() = value.clone();
        }
        let answer = self.hear(&body).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
        self.let_alarms_end().await;
        self.heard.events()
    }
}

fn topic(operator: &str, value: &str) -> Value {
    json!({"operator": "OR", "conditions": [{"operator": "AND", "conditions": [
        {"field": "object.topic", "operator": operator, "value": value}]}]})
}

#[test]
fn only_what_a_filter_wants_is_told() {
    run(async {
        let world = listening().await;
        let wish = |filter: Value| json!({"trigger": "new_meeting", "url": OWN, "filter": filter});
        let demo = world.subscribe(wish(topic("$stringContains", "Demo"))).await;
        let other = world.subscribe(wish(topic("$stringDoesNotContain", "Demo"))).await;
        world.subscribe(json!({"trigger": "meeting_ended", "url": OWN})).await;
        for (ts, title, wanted) in [(1, "Demo for Acme", &demo), (2, "Standup", &other)] {
            let changes = [("/payload/object/topic", json!(title)), ("/event_ts", json!(ts))];
            let told = world.happens("meeting.created", &changes).await;
            assert_eq!(told.len(), 1, "{title}");
            assert_eq!(told[0]["type"], "meeting.created");
            assert_eq!(told[0]["data"]["subscription_id"], wanted["id"]);
            assert_eq!(told[0]["data"]["output"]["object"]["topic"], title);
        }
    });
}

#[test]
fn a_filter_sees_what_the_trigger_brings_not_what_zoom_wrote() {
    run(async {
        let world = listening().await;
        // Zoom writes the id as a number.
        let filter = json!({"field": "object.id", "operator": "$stringExactlyMatches", "value": "1234567890"});
        world.subscribe(json!({"trigger": "new_meeting", "url": OWN, "filter": filter})).await;
        let payload = json!({"field": "payload.object.id", "operator": "$exists"});
        world.subscribe(json!({"trigger": "new_meeting", "url": OWN, "filter": payload})).await;
        let told = world.happens("meeting.created", &[]).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["data"]["output"]["object"]["id"], "1234567890");
        assert_eq!(told[0]["data"]["original"]["payload"]["object"]["id"], 1_234_567_890);
    });
}

#[test]
fn a_subscription_of_one_user_hears_of_that_user_only() {
    run(async {
        let world = listening().await;
        world.connect("u2", ADA).await;
        let everybody = world.subscribe(json!({"trigger": "meeting_ended", "url": OWN})).await;
        let of_u2 = json!({"trigger": "meeting_ended", "url": OWN, "account_id": "u2"});
        let of_u2 = world.subscribe(of_u2).await;
        let nobodys = json!({"trigger": "meeting_ended", "url": OWN, "account_id": "u3"});
        world.subscribe(nobodys).await;
        let told = world.happens("meeting.ended", &[]).await;
        let mut told: Vec<_> = told
            .iter()
            .map(|one| (one["data"]["subscription_id"].clone(), one["data"]["account_id"].clone()))
            .collect();
        told.sort_by_key(|(id, account)| format!("{id}{account}"));
        let mut expected = vec![
            (everybody["id"].clone(), json!("u1")),
            (everybody["id"].clone(), json!("u2")),
            (of_u2["id"].clone(), json!("u2")),
        ];
        expected.sort_by_key(|(id, account)| format!("{id}{account}"));
        assert_eq!(told, expected);
    });
}

#[test]
fn a_field_that_is_not_known_is_refused_by_its_name_and_nothing_changes() {
    run(async {
        let world = World::new().await;
        let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        let one = |more: Value| {
            let mut one = json!({"operator": "$exists", "field": "object"});
            one.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
            json!({"operator": "OR", "conditions": [{"operator": "AND", "conditions": [one]}]})
        };
        let mut both = one(json!({}));
        both["condition"] = json!(3);
        for (field, wish, place) in [
            ("acount_id", json!("u1"), "acount_id"),
            ("fitler", one(json!({})), "fitler"),
            ("filter", both, "filter.condition"),
            ("filter", one(json!({"vaule": 1})), "filter.conditions[0].conditions[0].vaule"),
        ] {
            let mut body = json!({"trigger": "new_meeting", "url": OWN});
            body[field] = wish.clone();
            let new = world.server(Method::POST, "subscriptions", Some(body)).await;
            let changed = world.change_subscription(&made["id"], json!({field: wish})).await;
            for answer in [new, changed] {
                let message = answer.field("/error/message");
                assert_eq!(answer.refused(), (400, "invalid_request".to_owned()), "{place}");
                let said = format!("{place}: a known field is wanted, not this one (there are ");
                assert!(message.contains(&said), "{place}: {message}");
            }
        }
        let moved =
            world.change_subscription(&made["id"], json!({"trigger": "meeting_ended"})).await;
        assert!(moved.text.contains("trigger: a known field is wanted"), "{}", moved.text);
        assert_eq!(world.subscription(&made["id"]).await.field("/data/trigger"), "new_meeting");
        assert_eq!(world.list("subscriptions").await.len(), 1);
    });
}

#[test]
fn what_is_paused_or_changed_is_told_by_what_it_is_then() {
    run(async {
        let world = listening().await;
        world.listen_from_now().await;
        let id = world.subscribe(json!({"trigger": "meeting_ended"})).await["id"].clone();
        assert_eq!(world.happens("meeting.ended", &[("/event_ts", json!(1))]).await.len(), 1);
        world.change_subscription(&id, json!({"status": "paused"})).await;
        assert_eq!(world.happens("meeting.ended", &[("/event_ts", json!(2))]).await.len(), 0);
        let change = json!({"status": "active", "filter": topic("$stringContains", "no")});
        assert_eq!(world.change_subscription(&id, change).await.status, 200);
        assert_eq!(world.happens("meeting.ended", &[("/event_ts", json!(3))]).await.len(), 0);
        assert_eq!(world.change_subscription(&id, json!({"filter": null})).await.status, 200);
        assert_eq!(world.happens("meeting.ended", &[("/event_ts", json!(4))]).await.len(), 1);
        let path = format!("subscriptions/{}", id.as_str().unwrap());
        assert_eq!(world.server(Method::DELETE, &path, None).await.status, 200);
        assert_eq!(world.happens("meeting.ended", &[("/event_ts", json!(5))]).await.len(), 0);
        let outcomes = world.list("events").await;
        let outcomes: Vec<_> =
            outcomes.iter().map(|one| one["outcomes"][0]["outcome"].as_str().unwrap()).collect();
        assert_eq!(
            outcomes.iter().filter(|outcome| **outcome == "matched").count(),
            2,
            "{outcomes:?}"
        );
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == "unmatched").count(), 3);
    });
}
