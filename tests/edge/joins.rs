//! What runs once a user has connected: it starts once for each who joins, whatever dies in between, and not again when
//! one connects again.

use std::time::Duration;

use serde_json::json;

use crate::{
    faults::{CALLS, faults_of},
    moves::connected,
    run,
    world::{ADA, GRACE, World},
};

async fn working() -> World {
    let world = World::new().await;
    world.zoom.set_limits(isthmus_sandbox::Limits::none());
    world.deployed("hello", json!({"type": "integration_enabled"}), true);
    world.deployed("asked", json!({"type": "integration_enabled"}), false);
    world
}

#[test]
fn who_connects_starts_what_is_on_by_itself_and_once() {
    run(async {
        let world = working().await;
        world.connect("u1", ADA).await;
        world.let_alarms_ring().await;
        assert_eq!((world.running(), world.begun().await), (vec!["hello u1 queued".to_owned()], 1));
        for _ in 0..2 {
            world.pass(Duration::from_secs(60));
            world.connect("u1", ADA).await;
            world.let_alarms_ring().await;
        }
        assert_eq!(world.runs().len(), 1, "to connect again is nothing new");
        world.connect("u2", ADA).await;
        world.connect("u1", GRACE).await;
        world.let_alarms_ring().await;
        assert_eq!((world.runs().len(), world.begun().await), (3, 3), "each grant");
    });
}

#[test]
fn who_comes_back_starts_it_again() {
    run(async {
        let world = working().await;
        world.connect("u1", ADA).await;
        world.let_alarms_ring().await;
        world.pass(Duration::from_secs(60));
        world.disconnect("u1").await;
        world.connect("u1", ADA).await;
        world.let_alarms_ring().await;
        let running = ["hello u1 queued", "hello u1 stopped not_connected"];
        let mut there = world.running();
        there.sort();
        assert_eq!(there, running);
    });
}

#[test]
fn who_leaves_before_the_alarm_rings_starts_nothing() {
    run(async {
        let world = working().await;
        world.connect("u1", ADA).await;
        world.disconnect("u1").await;
        world.let_hours_pass(1).await;
        assert!(world.runs().is_empty());
    });
}

#[test]
fn after_a_crash_at_any_point_it_starts_once() {
    run(async {
        let mut connected = 0;
        for point in 1.. {
            let world = working().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let back = async {
                world.come_back(&mut attempt).await;
                world.host.ring_alarms().await;
            };
            let crashed = world.host.until_crash(Some(point), back).await.is_err();
            world.ended(&attempt).await;
            world.let_hours_pass(1).await;
            let grants = world.list("grants").await.len();
            connected += grants;
            assert_eq!(
                (world.runs().len(), world.begun().await),
                (grants, grants),
                "crash at {point}"
            );
            if !crashed {
                assert!(connected > 40, "{connected} of {point}");
                break;
            }
        }
    });
}

#[test]
fn when_any_one_call_of_the_alarm_fails_or_loses_its_answer_it_starts_once() {
    run(async {
        for (call, fault) in faults_of(CALLS.into_iter().chain(["start_runs"])) {
            for before in 0..12 {
                let world = working().await;
                world.connect("u1", ADA).await;
                world.host.fault_after(before, call, fault);
                world.let_alarms_ring().await;
                let unused = world.host.clear_faults();
                world.let_hours_pass(1).await;
                let what = format!("{call} {before} {fault:?}");
                assert_eq!((world.runs().len(), world.begun().await), (1, 1), "{what}");
                if unused == 1 {
                    break;
                }
            }
        }
    });
}

#[test]
fn what_users_have_to_enable_or_fill_in_waits_for_that() {
    run(async {
        let world = connected().await;
        world.deployed("hello", json!({"type": "integration_enabled"}), true);
        world.host.sql("UPDATE workflows SET required = '[\"email\"]'", []);
        world.connect("u2", ADA).await;
        world.let_alarms_ring().await;
        assert!(world.runs().is_empty(), "for nobody");
    });
}
