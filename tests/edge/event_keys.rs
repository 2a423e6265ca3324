//! The texts of events and the master keys: a key that the text of a waiting event needs is not told to be free, however
//! the text came to be under it.

use std::time::Duration;

use http::Method;
use isthmus::connection::{Answer, Question};
use serde_json::json;

use crate::{
    event_moves::subscribed,
    interference::ended,
    keys::{K1, K2},
    moves::connected,
    run,
    subscriptions::OWN,
    world::{ADA, World},
};

const UNDER_K1: &str = "SELECT count(*) AS n FROM events WHERE sealed LIKE 'v1.k1.%'";

impl World {
    /// Sweeps until nothing is left under another key than the first.
    async fn sweep_to_the_end(&self) {
        for _ in 0..30 {
            if self.sweep().await["left"] == json!({}) {
                return;
            }
        }
        panic!("the re-sealing never ends");
    }
}

#[test]
fn after_any_write_of_the_record_a_waiting_text_still_holds_the_old_key() {
    run(async {
        let world = subscribed().await;
        world.connect("u2", ADA).await;
        world.let_alarms_ring().await;
        world.heard.always.set(500);
        world.take_in_surely("e1").await;
        for _ in 0..3 {
            ended(world.host.ring_alarms()).await;
            world.pass(Duration::from_secs(6));
        }
        world.deploy(&[K2, K1]);
        world.disconnect("u2").await;
        assert_ne!(world.sweep().await["resealed"], 0);
        world.sweep_to_the_end().await;
        assert_eq!(world.count_in_object(UNDER_K1), 0);
        world.deploy(&[K2]);
        world.heard.always.set(204);
        world.let_hours_pass(1).await;
        assert!(world.ends().contains(&("delivered".to_owned(), String::new())));
    });
}

#[test]
fn an_event_that_waited_for_its_filter_is_handed_on_after_the_rotation() {
    run(async {
        let world = connected().await;
        let filter = json!({"operator": "$exists", "field": "object.topic"});
        world.subscribe(json!({"trigger": "new_meeting", "url": OWN, "filter": filter})).await;
        world.connect("u2", ADA).await;
        world.let_alarms_ring().await;
        world.take_in_surely("e1").await;
        world.deploy(&[K2, K1]);
        world.disconnect("u2").await;
        world.sweep_to_the_end().await;
        world.deploy(&[K2]);
        world.take_in_surely("e2").await;
        world.let_alarms_ring().await;
        let mut told = world.told().0;
        told.sort();
        assert_eq!(told, ["e1", "e2"]);
    });
}

#[test]
fn a_replayed_text_comes_under_the_first_key_before_it_is_kept() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        world.heard.always.set(500);
        world.take_in_surely("e1").await;
        world.let_hours_pass(30).await;
        world.deploy(&[K2, K1]);
        world.question(Question::Reseal {}).await;
        let id = world.list("deliveries").await[0]["id"].as_str().unwrap().to_owned();
        let replayed = world.server(Method::POST, &format!("deliveries/{id}/replay"), None).await;
        assert_eq!(replayed.status, 202, "{}", replayed.text);
        let waits = "SELECT count(*) AS n FROM events WHERE sealed LIKE 'v1.k2.%'";
        assert_eq!((world.count_in_object(UNDER_K1), world.count_in_object(waits)), (0, 1));
    });
}

#[test]
fn an_event_sealed_where_the_old_key_was_still_first_comes_under_the_new_one_or_is_refused() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        let events = ["e1", "e2"].map(|id| Box::new(world.event(id)));
        let [first, second] = events.map(|event| Question::TakeIn { event });
        world.deploy(&[K2, K1]);
        world.sweep_to_the_end().await;
        assert!(matches!(world.question(first).await, Answer::Taken { again: false }));
        assert_eq!(world.count_in_object(UNDER_K1), 0);
        world.deploy(&[K2]);
        let refused = world.question(second).await;
        assert!(matches!(refused, Answer::Unavailable { ref part, .. } if part == "seal_key"));
        world.let_alarms_ring().await;
        assert_eq!(world.told().0, ["e1"]);
    });
}

#[test]
fn a_rotation_that_is_taken_back_and_begun_again_loses_nothing() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        world.deploy(&[K2, K1]);
        world.sweep_to_the_end().await;
        world.deploy(&[K1, K2]);
        world.heard.always.set(500);
        world.take_in_surely("e1").await;
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.count_in_object(UNDER_K1), 1);
        world.deploy(&[K2, K1]);
        world.sweep_to_the_end().await;
        assert_eq!(world.count_in_object(UNDER_K1), 0);
        world.deploy(&[K2]);
        assert!(world.works("u1").await);
    });
}
