//! One part of a connection that is broken keeps its events waiting no longer than a healthy one: what else the alarm
//! does, and a storage that failed once.

use std::time::Duration;

use isthmus::{host::Host, testing::Fault};
use serde_json::json;

use crate::{
    endpoint::HOOKS,
    event_moves::subscribed,
    interference::{TOO_LATE, ended},
    run,
    subscriptions::OWN,
    world::{ADA, World},
};

impl World {
    /// Whether each of some events is told within a minute.
    async fn assert_told_at_once(&self) {
        self.heard.requests.take();
        for number in 0..4 {
            self.pass(Duration::from_secs(60));
            let began = self.host.now();
            self.take_in_surely(&format!("e{number}")).await;
            let told = || self.heard.requests.borrow().iter().any(|request| request.url == OWN);
            while !told() {
                ended(self.host.ring_alarms()).await;
                self.pass(Duration::from_secs(5));
                assert!(self.host.now().since(began) < 60_000, "the event {number} is late");
            }
            self.heard.requests.take();
        }
    }
}

#[test]
fn a_pair_that_cannot_be_kept_alive_keeps_no_event_waiting_and_is_not_tried_without_a_pause() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        // The client secret does not open, and the pair is due to be kept alive.
        world.host.sql("UPDATE integrations SET client_secret_sealed = 'v1.k1.AAAA.AAAA'", []);
        world.pass(Duration::from_secs(400 * 24 * 3600));
        let rounds = world.let_hours_pass(10).await;
        assert!((5..30).contains(&rounds), "{rounds}");
        world.assert_told_at_once().await;
    });
}

#[test]
fn a_broken_endpoint_of_the_project_keeps_no_event_of_another_endpoint_waiting() {
    run(async {
        let world = subscribed().await;
        world.listen(json!({"url": HOOKS})).await;
        world.let_alarms_ring().await;
        world.host.sql("UPDATE projects SET event_secrets_sealed = 'v1.k9.AAAA.AAAA'", []);
        world.connect("u2", ADA).await;
        let rounds = world.let_hours_pass(8).await;
        assert!((5..30).contains(&rounds), "{rounds}");
        world.assert_told_at_once().await;
    });
}

#[test]
fn after_the_storage_failed_once_the_next_event_has_an_alarm_at_once() {
    run(async {
        let world = subscribed().await;
        // Each pair has its own time to be kept alive. Once that is earlier than the one before, the alarm is set to it.
        for _ in 0..20 {
            world.let_alarms_ring().await;
            world.host.fault_once("rows", Fault::Fail);
            world.take_in("e1").await;
            world.pass(TOO_LATE);
            assert!(world.works("u1").await);
            let alarm = || world.host.alarm_of(&world.adas()).unwrap();
            if alarm() > world.host.now() {
                world.take_in_surely("e1").await;
                assert!(alarm() <= world.host.now());
                return;
            }
        }
        panic!("the alarm was never set to another time");
    });
}
