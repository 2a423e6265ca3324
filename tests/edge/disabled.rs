//! That a subscription was disabled is told when it was, and only then.

use serde_json::json;

use crate::{
    endpoint::HOOKS,
    interference::ended,
    moves::{connected, interleaved},
    run,
    subscriptions::OWN,
};

#[test]
fn a_subscription_that_took_something_at_the_last_moment_is_neither_disabled_nor_told_to_be() {
    run(async {
        let mut ends = [0, 0];
        for steps in 0.. {
            let world = connected().await;
            world.listen(json!({"url": HOOKS})).await;
            let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
            world.let_alarms_ring().await;
            world.heard.by_url.borrow_mut().insert(OWN.to_owned(), 410);
            world.take_in_surely("e1").await;
            // Another connection's event came through.
            let took = async {
                world.host.sql("UPDATE subscriptions SET failing_since = NULL", []);
            };
            let rung = Box::pin(ended(world.host.ring_alarms()));
            if interleaved(steps, rung, took).await.is_none() {
                break;
            }
            world.let_hours_pass(1).await;
            let shown = world.subscription(&made["id"]).await.json();
            let disabled = usize::from(shown["data"]["status"] == "disabled");
            let told = world.heard.types();
            let told = told.iter().filter(|kind| *kind == "subscription.disabled").count();
            assert_eq!(told, disabled, "after {steps} steps");
            ends[disabled] += 1;
        }
        assert!(ends[0] > 0 && ends[1] > 0, "{ends:?}");
    });
}
