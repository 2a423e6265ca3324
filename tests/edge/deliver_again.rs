//! A delivery is made once more: the same message under the same id, of events and of what we tell ourselves; and why one
//! may not be.

use std::time::Duration;

use http::Method;
use isthmus::host::Host;
use serde_json::{Value, json};

use crate::{
    deletion::ALAN,
    endpoint::verifies,
    faults::faults_at,
    interference::ended,
    run,
    subscriptions::OWN,
    webhook_moves::listening,
    world::{Answer, World},
};

impl World {
    async fn replay(&self, id: &str) -> Answer {
        ended(self.server(Method::POST, &format!("deliveries/{id}/replay"), None)).await
    }

    async fn delivery(&self, id: &str) -> Value {
        self.server(Method::GET, &format!("deliveries/{id}"), None).await.json()["data"].clone()
    }
}

/// A world in which a subscription was told of an event; the delivery's id, and the subscription.
async fn told() -> (World, String, Value) {
    let world = listening().await;
    let subscription = world.subscribe(json!({"trigger": "meeting_ended", "url": OWN})).await;
    let id = delivered(&world).await;
    (world, id, subscription)
}

async fn delivered(world: &World) -> String {
    assert_eq!(world.happens("meeting.ended", &[]).await.len(), 1);
    world.list("deliveries?account_id=u1").await[0]["id"].as_str().unwrap().to_owned()
}

/// A world whose endpoint was told of a new grant of Alan's; the delivery's id.
async fn told_own() -> (World, String) {
    let world = listening().await;
    world.listen_from_now().await;
    world.connect("u2", ALAN).await;
    world.let_alarms_end().await;
    assert_eq!(world.heard.types(), ["grant.created"]);
    let id = world.list("deliveries").await[0]["id"].as_str().unwrap().to_owned();
    (world, id)
}

fn why(answer: &Answer) -> String {
    assert_eq!(answer.refused(), (409, "delivery_not_replayable".to_owned()), "{}", answer.text);
    answer.field("/error/message")
}

#[test]
fn a_delivery_of_an_event_is_made_again_under_its_id_and_the_attempts_stay_on_record() {
    run(async {
        let (world, id, subscription) = told().await;
        for made in 2..4 {
            world.pass(Duration::from_secs(60));
            let now = world.host.now().seconds();
            let again = world.replay(&id).await;
            assert_eq!(again.status, 202, "{}", again.text);
            let data = &again.json()["data"];
            assert_eq!((&data["id"], &data["status"]), (&json!(id), &json!("pending")));
            assert_eq!(data["next_at"], now);
            world.let_alarms_end().await;
            let request = world.heard.requests.take().remove(0);
            assert_eq!(request.headers.get("webhook-id"), Some(id.as_str()));
            assert!(verifies(subscription["secret"].as_str().unwrap(), &request));
            let body: Value = serde_json::from_slice(request.body.bytes().unwrap()).unwrap();
            assert_eq!(body["data"]["output"]["object"]["topic"], "My Meeting");
            let delivery = world.delivery(&id).await;
            assert_eq!(delivery["status"], "delivered");
            assert_eq!(delivery["attempts"].as_array().unwrap().len(), made);
        }
        assert_eq!(world.list("deliveries").await.len(), 1);
    });
}

#[test]
fn a_replay_is_tried_again_on_the_whole_schedule_and_one_that_is_pending_is_made_now() {
    run(async {
        let (world, id, _) = told().await;
        world.heard.answers.borrow_mut().extend([Some(500), Some(500)]);
        assert_eq!(world.replay(&id).await.status, 202);
        ended(world.host.ring_alarms()).await;
        let waiting = world.delivery(&id).await;
        assert_eq!(
            (&waiting["status"], waiting["attempts"].as_array().unwrap().len()),
            (&json!("pending"), 2)
        );
        assert_eq!(waiting["next_at"].as_i64().unwrap(), world.host.now().seconds() + 5);
        assert_eq!(world.replay(&id).await.status, 202);
        ended(world.host.ring_alarms()).await;
        let waiting = world.delivery(&id).await;
        assert_eq!(waiting["attempts"].as_array().unwrap().len(), 3);
        assert_eq!(waiting["next_at"].as_i64().unwrap(), world.host.now().seconds() + 5);
        world.let_alarms_end().await;
        let done = world.delivery(&id).await;
        let statuses: Vec<_> =
            done["attempts"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
        assert_eq!(
            (json!(statuses), &done["status"]),
            (json!([204, 500, 500, 204]), &json!("delivered"))
        );
    });
}

#[test]
fn it_is_told_where_the_subscription_wants_it_today() {
    run(async {
        let (world, id, subscription) = told().await;
        let elsewhere = format!("{OWN}/elsewhere");
        world.change_subscription(&subscription["id"], json!({"url": elsewhere})).await;
        assert_eq!(world.replay(&id).await.status, 202);
        world.let_alarms_end().await;
        assert_eq!(world.heard.requests.take().remove(0).url, elsewhere);
    });
}

#[test]
fn it_is_not_told_again_whom_the_subscription_leaves_out_today_or_what_its_filter_does() {
    run(async {
        let (world, id, subscription) = told().await;
        let topic = |value: &str| json!({"field": "object.topic", "operator": "$stringContains", "value": value});
        for (change, wanted) in [
            (json!({"account_id": "u2"}), false),
            (json!({"account_id": "u1"}), true),
            (json!({"filter": topic("Demo")}), false),
            (json!({"filter": topic("My Meeting")}), true),
        ] {
            let changed = world.change_subscription(&subscription["id"], change.clone()).await;
            assert_eq!(changed.status, 200, "{}", changed.text);
            let again = world.replay(&id).await;
            if wanted {
                assert_eq!(again.status, 202, "{change}: {}", again.text);
            } else {
                let said = why(&again);
                assert!(said.contains("the subscription does not want it any more"), "{said}");
            }
            world.let_alarms_end().await;
            assert_eq!(world.heard.requests.take().len(), usize::from(wanted), "{change}");
        }
    });
}

#[test]
fn what_failed_in_a_pause_is_told_after_it() {
    run(async {
        let world = listening().await;
        let subscription = world.subscribe(json!({"trigger": "meeting_ended", "url": OWN})).await;
        world.heard.answers.borrow_mut().push_back(Some(500));
        let body = crate::webhook_moves::example("meeting.ended", &world.ada());
        assert_eq!(world.hear(&body).await.status, 204);
        ended(world.host.ring_alarms()).await;
        world.change_subscription(&subscription["id"], json!({"status": "paused"})).await;
        world.let_alarms_end().await;
        let id = world.list("deliveries").await[0]["id"].as_str().unwrap().to_owned();
        let failed = world.delivery(&id).await;
        assert_eq!(failed["status"], "failed");
        assert_eq!(failed["attempts"][1]["error"], "subscription_paused");
        assert!(why(&world.replay(&id).await).contains("make it active first"));
        world.change_subscription(&subscription["id"], json!({"status": "active"})).await;
        assert_eq!(world.replay(&id).await.status, 202);
        world.let_alarms_end().await;
        assert_eq!(world.delivery(&id).await["status"], "delivered");
    });
}

#[test]
fn one_of_our_own_events_is_told_again_with_the_same_bytes() {
    run(async {
        let world = listening().await;
        world.listen_from_now().await;
        world.connect("u2", ALAN).await;
        world.let_alarms_end().await;
        let first = world.heard.requests.take().remove(0);
        let id = first.headers.get("webhook-id").unwrap().to_owned();
        let again = world.replay(&id).await;
        assert_eq!((again.status, again.field("/data/status")), (202, "pending".to_owned()));
        world.let_alarms_end().await;
        let second = world.heard.requests.take().remove(0);
        assert_eq!(second.headers.get("webhook-id"), Some(id.as_str()));
        assert_eq!(second.body.bytes(), first.body.bytes());
        let delivery = world.delivery(&id).await;
        assert_eq!(
            (&delivery["status"], delivery["attempts"].as_array().unwrap().len()),
            (&json!("delivered"), 2)
        );
    });
}

#[test]
fn that_a_grant_has_gone_is_told_again_although_it_has() {
    run(async {
        let (world, _) = told_own().await;
        world.disconnect("u2").await;
        world.let_alarms_end().await;
        let event = world.heard.events().remove(0);
        assert_eq!(event["type"], "grant.deleted");
        let all = world.list("deliveries").await;
        let id = all.iter().find(|one| one["type"] == "grant.deleted").unwrap()["id"].clone();
        assert_eq!(world.replay(id.as_str().unwrap()).await.status, 202);
        world.let_alarms_end().await;
        assert_eq!(world.heard.events(), [event]);
    });
}

#[test]
fn a_delivery_of_an_event_that_cannot_be_made_again_says_why() {
    run(async {
        for (what, said) in [
            ("event", "its event is forgotten"),
            ("subscription", "its subscription was deleted"),
            ("disabled", "paused or disabled: make it active first"),
            ("endpoint", "the project has no event endpoint"),
            ("grant", "its grant has left"),
            ("old", "it was made before deliveries could be replayed"),
            ("deleting", "its integration is being deleted"),
            ("deleted", "its integration was deleted"),
        ] {
            let (world, id, subscription) = told().await;
            match what {
                "event" => world.host.sql("DELETE FROM events", []).clear(),
                "subscription" => {
                    let path = format!("subscriptions/{}", subscription["id"].as_str().unwrap());
                    world.server(Method::DELETE, &path, None).await;
                }
                "disabled" => {
                    world.host.sql("UPDATE subscriptions SET status = 'disabled'", []).clear();
                }
                "endpoint" => world.host.sql("UPDATE subscriptions SET url = NULL", []).clear(),
                "grant" => assert_eq!(world.disconnect("u1").await.status, 204),
                "old" => world.host.sql("UPDATE deliveries SET integration_id = NULL", []).clear(),
                "deleting" => world.host.sql("UPDATE integrations SET deleting_at = 1", []).clear(),
                _ => world.host.sql("DELETE FROM integrations", []).clear(),
            }
            let refused = why(&world.replay(&id).await);
            assert!(refused.contains(said), "{what}: {refused}");
            world.let_alarms_end().await;
            assert_eq!(world.heard.requests.take().len(), 0, "{what}");
            assert_eq!(world.delivery(&id).await["status"], "delivered", "{what}");
        }
    });
}

#[test]
fn one_of_our_own_events_that_cannot_be_told_again_says_why() {
    run(async {
        for (sql, said) in [
            (
                "UPDATE deliveries SET body = NULL",
                "it was made before deliveries could be replayed",
            ),
            ("UPDATE deliveries SET provider_user_id = NULL", "it was made before"),
            ("UPDATE deliveries SET provider_user_id = 'nobody'", "nobody uses the connection"),
            ("UPDATE projects SET event_url = NULL", "the project has no event endpoint"),
            ("UPDATE integrations SET deleting_at = 1", "its integration is being deleted"),
        ] {
            let (world, id) = told_own().await;
            world.host.sql(sql, []);
            let refused = why(&world.replay(&id).await);
            assert!(refused.contains(said), "{sql}: {refused}");
            assert_eq!(world.delivery(&id).await["status"], "delivered", "{sql}");
        }
    });
}

#[test]
fn in_doubt_the_answer_says_so_and_asking_again_tells_once_more_at_most_each_time() {
    run(async {
        for (call, fault, before) in faults_at(["tables", "ask", "rows", "wake_at"], 8) {
            let (world, id, _) = told().await;
            world.host.fault_after(before, call, fault);
            let first = world.replay(&id).await;
            let place = format!("{call} {fault:?} {before}");
            assert!([202, 503].contains(&first.status), "{place}: {}", first.text);
            world.host.clear_faults();
            world.let_alarms_end().await;
            assert_eq!(world.replay(&id).await.status, 202, "{place}");
            world.let_alarms_end().await;
            let heard = world.heard.requests.take().len();
            assert!((1..=2).contains(&heard), "{place}: {heard}");
            let delivery = world.delivery(&id).await;
            assert_eq!(delivery["status"], "delivered", "{place}");
            assert_eq!(delivery["attempts"].as_array().unwrap().len(), 1 + heard, "{place}");
        }
    });
}
