//! A webhook with a crash, a failing store or a vanished Zoom at every point: whatever was not answered with success is
//! sent again, and at the end each event had its effect once.

use std::{cell::Cell, collections::HashSet, pin::pin, time::Duration};

use isthmus::{host::Host, testing::Fault};
use serde_json::{Value, json};

use crate::{
    endpoint::HOOKS,
    faults::faults_at,
    interference::idle,
    moves::part_of,
    run,
    webhook_moves::{example, listening, removal, subscribe},
    world::World,
};

const CALLS: [&str; 5] = ["tables", "ask", "read", "rows", "wake_at"];

/// A world that wants to hear of meetings that end, on an isolate that remembers nothing.
async fn fresh() -> World {
    let world = listening().await;
    world.listen(json!({"url": HOOKS})).await;
    subscribe(&world, "meeting_ended");
    world.host.restart();
    world
}

/// Zoom sends a body again until it is answered with success.
async fn sent_until_taken(world: &World, body: &Value) {
    for minutes in [5, 20, 60] {
        world.pass(Duration::from_secs(minutes * 60));
        if world.hear(body).await.status == 204 {
            return;
        }
    }
    panic!("it was never taken");
}

/// Zoom sends, and when it is answered the alarms ring; whether it was answered with success.
async fn heard(world: &World, body: &Value, taken: &Cell<bool>) {
    taken.set(world.hear(body).await.status == 204);
    world.host.ring_alarms().await;
}

/// The event had its effect, once.
async fn once(world: &World, disturbance: &str) {
    world.let_alarms_end().await;
    let tables = ["SELECT count(*) AS n FROM events", "SELECT count(*) AS n FROM outcomes"];
    assert_eq!(tables.map(|sql| world.count(sql)), [1, 1], "{disturbance}");
    let deliveries = world.deliveries();
    assert_eq!(deliveries.len(), 1, "{disturbance}");
    assert_eq!(deliveries[0]["status"], "delivered", "{disturbance}");
    // One that was sent again says so by its id.
    let heard = world.heard.requests.borrow();
    let ids: HashSet<_> = heard.iter().filter_map(|one| one.headers.get("webhook-id")).collect();
    assert_eq!(ids.len(), 1, "{disturbance}");
}

#[test]
fn after_a_crash_at_any_point_each_event_has_its_effect_once() {
    run(async {
        for point in 1.. {
            let (world, taken) = (fresh().await, Cell::new(false));
            let body = example("meeting.ended", &world.ada());
            let journey = world.host.until_crash(Some(point), heard(&world, &body, &taken));
            if journey.await.is_ok() {
                assert!(point > 20, "only {point} points");
                break;
            }
            if !taken.get() {
                sent_until_taken(&world, &body).await;
            }
            once(&world, &format!("crash at {point}")).await;
        }
    });
}

#[test]
fn when_any_one_call_fails_or_loses_its_answer_zoom_is_told_so_and_sends_again() {
    run(async {
        let mut refused = 0;
        for (call, fault, before) in faults_at(CALLS, 4) {
            let world = fresh().await;
            let body = example("meeting.ended", &world.ada());
            world.host.fault_after(before, call, fault);
            let (answer, disturbance) =
                (world.hear(&body).await, format!("{call} {fault:?} {before}"));
            world.host.clear_faults();
            if answer.status != 204 {
                let told = answer.refused();
                assert_eq!(told, (503, "store_unavailable".into()), "{disturbance}");
                sent_until_taken(&world, &body).await;
                refused += 1;
            }
            once(&world, &disturbance).await;
        }
        assert!(refused >= 8, "{refused}");
    });
}

#[test]
fn while_a_store_is_down_nothing_is_taken_and_afterwards_it_is() {
    run(async {
        for call in CALLS {
            let world = fresh().await;
            let body = example("meeting.ended", &world.ada());
            world.host.fault_always(call, Some(Fault::Fail));
            for _ in 0..3 {
                let answer = world.hear(&body).await;
                assert_eq!(answer.refused(), (503, "store_unavailable".into()), "{call}");
            }
            world.host.clear_faults();
            assert!(world.taken(&world.adas()).is_empty(), "{call}");
            sent_until_taken(&world, &body).await;
            once(&world, call).await;
        }
    });
}

#[test]
fn when_zoom_hangs_up_at_any_point_what_it_sends_again_has_its_effect_once() {
    run(async {
        for steps in 1.. {
            let world = fresh().await;
            let body = example("meeting.ended", &world.ada());
            let answered = {
                let journey = pin!(world.hear(&body));
                part_of(journey, steps).await.is_some()
            };
            if answered {
                assert!(steps > 8, "only {steps} steps");
                break;
            }
            idle().await;
            sent_until_taken(&world, &body).await;
            once(&world, &format!("gone after {steps} steps")).await;
        }
    });
}

#[test]
fn after_a_crash_at_any_point_a_removal_of_the_app_ends_everything_once() {
    run(async {
        for point in 1.. {
            let (world, taken) = (fresh().await, Cell::new(false));
            world.hear(&example("meeting.ended", &world.ada())).await;
            world.host.ring_alarms().await;
            world.pass(Duration::from_secs(60));
            world.heard.events();
            world.host.restart();
            let at = json!(world.host.now().rfc3339());
            let body = removal(&world.ada(), &at);
            let journey = world.host.until_crash(Some(point), heard(&world, &body, &taken));
            let ended = journey.await.is_ok();
            if !ended && !taken.get() {
                sent_until_taken(&world, &body).await;
            }
            world.let_alarms_end().await;
            let left = [
                "SELECT count(*) AS n FROM grants",
                "SELECT count(*) AS n FROM events",
                "SELECT count(*) AS n FROM outcomes",
            ];
            assert_eq!(left.map(|sql| world.count(sql)), [0, 0, 0], "crash at {point}");
            let noted =
                "SELECT count(*) AS n FROM audit WHERE what = 'grant.deleted' AND who = 'zoom'";
            assert_eq!(world.count(noted), 1, "crash at {point}");
            let mut types = world.heard.types();
            types.dedup();
            assert_eq!(types, ["grant.deleted"], "crash at {point}");
            if ended {
                assert!(point > 20, "only {point} points");
                break;
            }
        }
    });
}
