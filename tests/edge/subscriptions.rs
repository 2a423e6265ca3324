//! Subscriptions as a project's server makes, sees, changes and deletes them.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use http::Method;
use serde_json::{Value, json};

use crate::{
    endpoint::{HOOKS, verifies},
    run,
    webhook_moves::{example, listening},
    world::{Answer, World},
};

/// An endpoint of a subscription's own.
pub const OWN: &str = "https://hooks.acme.example/zoom/subscription";

impl World {
    /// Makes a subscription; answers what is shown of it.
    pub async fn subscribe(&self, wish: Value) -> Value {
        let made = self.server(Method::POST, "subscriptions", Some(wish)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["data"].clone()
    }

    pub async fn subscription(&self, id: &Value) -> Answer {
        let path = format!("subscriptions/{}", id.as_str().unwrap());
        self.server(Method::GET, &path, None).await
    }

    pub async fn change_subscription(&self, id: &Value, change: Value) -> Answer {
        let path = format!("subscriptions/{}", id.as_str().unwrap());
        self.server(Method::PATCH, &path, Some(change)).await
    }

    async fn rotate(&self, id: &Value) -> Answer {
        let path = format!("subscriptions/{}/rotate-secret", id.as_str().unwrap());
        self.server(Method::POST, &path, None).await
    }

    /// The `data` of a list.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let listed = self.server(Method::GET, path, None).await;
        assert_eq!(listed.status, 200, "{path}: {}", listed.text);
        listed.json()["data"].as_array().unwrap().clone()
    }

    /// What the audit trail says of subscriptions: what, of which, by whom.
    fn subscription_audit(&self) -> Vec<Value> {
        let sql =
            "SELECT what, target, who FROM audit WHERE what LIKE 'subscription.%' ORDER BY id";
        self.host.sql(sql, []).into_iter().map(Value::Object).collect()
    }
}

fn refused(answer: &Answer) -> (u16, String, String) {
    let (status, code) = answer.refused();
    (status, code, answer.field("/error/message"))
}

#[test]
fn a_subscription_of_its_own_address_has_a_secret_that_is_shown_once_and_sealed() {
    run(async {
        let world = World::new().await;
        let filter = json!({"operator": "$exists", "field": "object.topic"});
        let wish =
            json!({"trigger": "meeting.ended", "url": OWN, "filter": filter, "account_id": "u1"});
        let made = world.subscribe(wish).await;
        let (secret, at) = (made["secret"].as_str().unwrap(), made["created_at"].as_i64().unwrap());
        let shown = json!({"id": made["id"], "trigger": "meeting_ended", "url": OWN, "filter": filter,
            "account_id": "u1", "status": "active", "created_at": at, "updated_at": at});
        let mut with_secret = shown.clone();
        with_secret["secret"] = json!(secret);
        assert_eq!(made, with_secret);
        let bytes = secret.strip_prefix("whsec_").unwrap();
        assert_eq!(Base64::decode_vec(bytes).unwrap().len(), 32);
        assert!(!world.host.everything_at_rest().contains(bytes));
        let one = world.subscription(&made["id"]).await;
        assert_eq!(one.json(), json!({"success": true, "data": shown}));
        assert_eq!(world.list("subscriptions").await, [shown]);
        let noted = json!({"what": "subscription.created", "target": made["id"], "who": "project"});
        assert_eq!(world.subscription_audit(), [noted]);
    });
}

#[test]
fn a_subscription_without_an_address_is_told_at_the_projects_endpoint_and_has_no_secret() {
    run(async {
        let world = World::new().await;
        let wish = json!({"trigger": "new_meeting"});
        let none = world.server(Method::POST, "subscriptions", Some(wish.clone())).await;
        assert_eq!(none.refused(), (400, "event_endpoint_missing".to_owned()));
        world.listen(json!({"url": HOOKS})).await;
        let made = world.subscribe(wish).await;
        let at = &made["created_at"];
        let shown = json!({"id": made["id"], "trigger": "new_meeting", "url": null, "filter": null,
            "account_id": null, "status": "active", "created_at": at, "updated_at": at});
        assert_eq!(made, shown);
        let rotated = world.rotate(&made["id"]).await;
        let (status, code, message) = refused(&rotated);
        assert_eq!((status, code.as_str()), (400, "invalid_request"));
        assert!(message.contains("no url of its own"), "{message}");
    });
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    run(async {
        let world = World::new().await;
        let id = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await["id"].clone();
        let condition = |one: Value| json!({"operator": "OR", "conditions": [one]});
        let long = "x".repeat(256);
        for (field, wrong, said) in [
            ("url", json!(7), "url: a text is wanted, not this number"),
            (
                "url",
                json!("http://hooks.acme.example/"),
                "url: an address that begins with https://",
            ),
            ("url", json!("https://127.0.0.1/"), "url: a host name with a dot is wanted"),
            ("url", json!("https://edge.example/x"), "url: an address of this service itself"),
            ("url", json!("https://a.example:8443/"), "url: port 443 is wanted"),
            ("account_id", json!(["u1"]), "account_id: a text is wanted, not a list"),
            ("account_id", json!(""), "account_id: a text that is not empty is wanted"),
            ("account_id", json!(long), "account_id: at most 255 characters are wanted"),
            ("filter", json!("a"), "filter: an object is wanted, not this text"),
            ("filter", json!({}), "filter.operator: a text is wanted, not nothing"),
            (
                "filter",
                condition(json!({"operator": "$exists", "field": "a..b"})),
                "filter.conditions[0].field: a path such as object.participant.email is wanted",
            ),
            (
                "filter",
                condition(json!({"operator": "$regex", "field": "a"})),
                "filter.conditions[0].operator: an operator such as $stringContains is wanted, not $regex",
            ),
        ] {
            let mut body = json!({"trigger": "new_meeting", "url": OWN});
            body[field] = wrong.clone();
            let made = world.server(Method::POST, "subscriptions", Some(body)).await;
            let changed = world.change_subscription(&id, json!({field: wrong})).await;
            for answer in [made, changed] {
                let (status, code, message) = refused(&answer);
                assert_eq!((status, code.as_str()), (400, "invalid_request"), "{field}");
                assert!(message.contains(said), "{field}: {message}");
            }
        }
        for (body, said) in [
            (json!({"url": OWN}), "trigger: a text is wanted, not nothing"),
            (json!([]), "an object is wanted, not a list"),
        ] {
            let made = world.server(Method::POST, "subscriptions", Some(body)).await;
            assert!(refused(&made).2.contains(said), "{}", made.text);
        }
        let disabled = world.change_subscription(&id, json!({"status": "disabled"})).await;
        let said = "status: one of active, paused is wanted, not this text";
        assert!(refused(&disabled).2.contains(said), "{}", disabled.text);
        let unknown = json!({"trigger": "meeting.deleted", "url": OWN});
        let made = world.server(Method::POST, "subscriptions", Some(unknown)).await;
        assert_eq!(made.refused(), (400, "trigger_unknown".to_owned()));
        let large = json!({"trigger": "new_meeting", "url": "x".repeat(64 * 1024)});
        let made = world.server(Method::POST, "subscriptions", Some(large)).await;
        assert_eq!(made.refused(), (413, "payload_too_large".to_owned()));
        assert_eq!(world.list("subscriptions").await.len(), 1);
        assert_eq!(world.subscription_audit().len(), 1);
    });
}

#[test]
fn a_change_leaves_alone_what_it_does_not_name_and_null_takes_away() {
    run(async {
        let world = World::new().await;
        world.listen(json!({"url": HOOKS})).await;
        let made = world.subscribe(json!({"trigger": "new_meeting"})).await;
        let id = &made["id"];
        world.pass(Duration::from_secs(60));
        let filter = json!({"operator": "$exists", "field": "object"});
        let changed = world.change_subscription(id, json!({"filter": filter})).await.json();
        let mut expected = made.clone();
        expected["filter"] = filter;
        expected["updated_at"] = json!(made["created_at"].as_i64().unwrap() + 60);
        assert_eq!(changed["data"], expected);
        let changed = world.change_subscription(id, json!({"account_id": "u1"})).await.json();
        expected["account_id"] = json!("u1");
        assert_eq!(changed["data"], expected);
        let changed = world.change_subscription(id, json!({"url": OWN})).await.json();
        expected["url"] = json!(OWN);
        assert!(changed["data"]["secret"].as_str().unwrap().starts_with("whsec_"));
        expected["secret"] = changed["data"]["secret"].clone();
        assert_eq!(changed["data"], expected);
        let elsewhere = json!({"url": format!("{OWN}/2")});
        let changed = world.change_subscription(id, elsewhere).await.json();
        assert_eq!(changed["data"].get("secret"), None, "the secret stays with another address");
        let away = json!({"url": null, "filter": null, "account_id": null, "status": "paused"});
        let changed = world.change_subscription(id, away).await.json();
        expected = made.clone();
        expected["status"] = json!("paused");
        expected["updated_at"] = changed["data"]["updated_at"].clone();
        assert_eq!(changed["data"], expected);
        assert_eq!(
            world.count("SELECT count(*) AS n FROM subscriptions WHERE secrets_sealed IS NOT NULL"),
            0
        );
        let whats: Vec<_> =
            world.subscription_audit().into_iter().map(|row| row["what"].clone()).collect();
        assert_eq!(whats[1..], ["subscription.changed"; 5].map(|what| json!(what)));
    });
}

#[test]
fn the_last_place_where_it_is_told_cannot_be_taken_away() {
    run(async {
        let world = World::new().await;
        let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        let changed = world.change_subscription(&made["id"], json!({"url": null})).await;
        assert_eq!(changed.refused(), (400, "event_endpoint_missing".to_owned()));
        assert_eq!(world.subscription(&made["id"]).await.field("/data/url"), OWN);
    });
}

#[test]
fn a_disabled_subscription_begins_anew_when_it_is_made_active() {
    run(async {
        let world = World::new().await;
        let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        let id = &made["id"];
        let disable = "UPDATE subscriptions SET status = 'disabled', failing_since = 5000, disabled_at = 7000";
        world.host.sql(disable, []);
        let shown = world.subscription(id).await.json();
        let times = (&shown["data"]["failing_since"], &shown["data"]["disabled_at"]);
        assert_eq!((times, &shown["data"]["status"]), ((&json!(5), &json!(7)), &json!("disabled")));
        let narrowed = world.change_subscription(id, json!({"account_id": "u1"})).await.json();
        let times = (&narrowed["data"]["failing_since"], &narrowed["data"]["disabled_at"]);
        assert_eq!(
            (times, &narrowed["data"]["status"]),
            ((&json!(5), &json!(7)), &json!("disabled"))
        );
        let active = world.change_subscription(id, json!({"status": "active"})).await.json();
        assert_eq!(active["data"]["status"], "active");
        assert!(
            active["data"].get("failing_since").or(active["data"].get("disabled_at")).is_none()
        );
        world.host.sql(disable, []);
        let moved = world.change_subscription(id, json!({"url": format!("{OWN}/2")})).await.json();
        assert_eq!(moved["data"].get("failing_since"), None, "another address has not failed yet");
        let paused = world.change_subscription(id, json!({"status": "paused"})).await.json();
        assert_eq!(
            (&paused["data"]["status"], paused["data"].get("disabled_at")),
            (&json!("paused"), None)
        );
    });
}

#[test]
fn after_a_rotation_both_secrets_sign_until_the_one_before_ends() {
    run(async {
        let world = listening().await;
        let made = world.subscribe(json!({"trigger": "meeting_ended", "url": OWN})).await;
        let rotated = world.rotate(&made["id"]).await;
        assert_eq!(rotated.status, 200, "{}", rotated.text);
        let (old, new) = (made["secret"].as_str().unwrap(), rotated.field("/data/secret"));
        assert_ne!(old, new);
        for (hours, old_signs) in [(0, true), (25, false)] {
            world.pass(Duration::from_secs(hours * 3600));
            let mut event = example("meeting.ended", &world.ada());
            event["event_ts"] = json!(hours);
            assert_eq!(world.hear(&event).await.status, 204);
            world.let_alarms_end().await;
            let request = world.heard.requests.take().remove(0);
            assert_eq!(request.url, OWN);
            assert!(verifies(&new, &request));
            assert_eq!(verifies(old, &request), old_signs, "after {hours} hours");
        }
        let again = world.rotate(&made["id"]).await.field("/data/secret");
        let at_rest = world.host.everything_at_rest();
        for secret in [old, &new, &again] {
            assert!(!at_rest.contains(secret.strip_prefix("whsec_").unwrap()));
        }
    });
}

#[test]
fn a_list_is_narrowed_and_paged() {
    run(async {
        let world = World::new().await;
        let mut ids = Vec::new();
        for (trigger, account) in
            [("new_meeting", Some("u1")), ("meeting_ended", None), ("new_meeting", Some("u2"))]
        {
            let wish = json!({"trigger": trigger, "url": OWN, "account_id": account});
            ids.push(world.subscribe(wish).await["id"].clone());
            world.pass(Duration::from_secs(1));
        }
        world.change_subscription(&ids[1], json!({"status": "paused"})).await;
        for (query, expected) in [
            ("", vec![0, 1, 2]),
            ("?limit=2", vec![0, 1]),
            ("?limit=2&offset=2", vec![2]),
            ("?offset=3", vec![]),
            ("?trigger=new_meeting", vec![0, 2]),
            ("?trigger=meeting.created&account_id=u2", vec![2]),
            ("?status=paused", vec![1]),
            ("?status=disabled", vec![]),
            ("?account_id=u1", vec![0]),
        ] {
            let found = world.list(&format!("subscriptions{query}")).await;
            let found: Vec<_> = found.into_iter().map(|one| one["id"].clone()).collect();
            let expected: Vec<_> =
                expected.into_iter().map(|index: usize| ids[index].clone()).collect();
            assert_eq!(found, expected, "{query}");
        }
        for (query, code) in [
            ("status=lost", "invalid_request"),
            ("account_id=", "invalid_request"),
            ("limit=201", "invalid_request"),
            ("trigger=meeting", "trigger_unknown"),
        ] {
            let listed = world.server(Method::GET, &format!("subscriptions?{query}"), None).await;
            assert_eq!(listed.refused(), (400, code.to_owned()), "{query}");
        }
    });
}

#[test]
fn a_project_has_a_thousand_subscriptions_at_most() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        world.host.sql(
            "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 999)
             INSERT INTO subscriptions (id, project_id, trigger, status, created_at, updated_at)
             SELECT 'many' || n, project_id, trigger, status, 0, 0 FROM subscriptions, many",
            [],
        );
        let wish = json!({"trigger": "new_meeting", "url": OWN});
        let made = world.server(Method::POST, "subscriptions", Some(wish.clone())).await;
        assert_eq!(made.refused(), (409, "too_many_subscriptions".to_owned()));
        assert_eq!(world.subscription_audit().len(), 1);
        other.subscribe(wish.clone()).await;
        assert_eq!(world.server(Method::DELETE, "subscriptions/many7", None).await.status, 200);
        world.subscribe(wish).await;
    });
}

#[test]
fn a_deleted_subscription_is_gone_and_another_projects_is_not_there() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        let id = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await["id"].clone();
        let gone = (404, "subscription_not_found".to_owned());
        let path = format!("subscriptions/{}", id.as_str().unwrap());
        for (method, below, body) in [
            (Method::GET, "", None),
            (Method::PATCH, "", Some(json!({"status": "paused"}))),
            (Method::DELETE, "", None),
            (Method::POST, "/rotate-secret", None),
        ] {
            let path = format!("{path}{below}");
            let told = other.server(method.clone(), &path, body.clone()).await;
            assert_eq!(told.refused(), gone, "{method} of another project");
            let told = world.server(method.clone(), "subscriptions/nobody", body);
            if below.is_empty() {
                assert_eq!(told.await.refused(), gone, "{method} of none");
            }
        }
        assert_eq!(other.list("subscriptions").await.len(), 0);
        assert_eq!(world.subscription(&id).await.field("/data/status"), "active");
        let deleted = world.server(Method::DELETE, &path, None).await;
        let data = json!({"id": id, "status": "deleted"});
        assert_eq!((deleted.status, deleted.json()), (200, json!({"success": true, "data": data})));
        assert_eq!(world.server(Method::DELETE, &path, None).await.refused(), gone);
        let whats: Vec<_> =
            world.subscription_audit().into_iter().map(|row| row["what"].clone()).collect();
        assert_eq!(whats, ["subscription.created", "subscription.deleted"].map(|what| json!(what)));
    });
}
