//! The end of a connection's grants while events are on their way: the user removes the app at Zoom, the last grant
//! leaves, the integration is deleted. Nothing is told afterwards, nothing sealed stays behind; and a new master key.

use std::time::Duration;

use futures_util::future::join;
use isthmus::{
    connection::{Actor, Answer, Question},
    host::Host,
    time::Timestamp,
};
use serde_json::json;

use crate::{
    endpoint::HOOKS,
    event_moves::subscribed,
    faults::{CALLS, faults_of},
    interference::ended,
    keys::{K1, K2},
    moves::interleaved,
    offer::{consented, offer},
    run,
    world::{ADA, World},
};

/// A subscription, an endpoint for our own events, two grants, and events that wait, were tried, and were told.
async fn busy() -> World {
    let world = subscribed().await;
    world.connect("u2", ADA).await;
    world.listen(json!({"url": HOOKS})).await;
    world.take_in_surely("told").await;
    world.let_alarms_ring().await;
    world.heard.answers.borrow_mut().extend([Some(500), None]);
    world.take_in_surely("tried").await;
    ended(world.host.ring_alarms()).await;
    world.heard.requests.take();
    world.zoom.reset_calls();
    world.pass(Duration::from_secs(6));
    for number in 0..3 {
        world.take_in_surely(&format!("waits{number}")).await;
    }
    world
}

async fn remove(world: &World) -> Answer {
    let at = world.host.now();
    let name = world.adas();
    let asked = world.host.ask(&name, Question::Deauthorized { at }).await;
    asked.unwrap_or(Answer::Unavailable { part: "connection".to_owned(), reason: String::new() })
}

/// Zoom repeats it until it is acknowledged.
async fn remove_surely(world: &World) {
    for _ in 0..5 {
        if matches!(ended(remove(world)).await, Answer::Left { .. } | Answer::Done {}) {
            return;
        }
    }
    panic!("the removal never comes through");
}

fn assert_erased(world: &World, what: &str) {
    let of_events = "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM outcomes) + (SELECT count(*) FROM meetings)
        + (SELECT count(*) FROM deliveries WHERE event_id IS NOT NULL) AS n";
    assert_eq!(world.count(of_events), 0, "{what}");
    assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0, "{what}");
    assert_nothing_waits(world, what);
    let revoked = world.zoom.calls().iter().any(|call| call.path.contains("revoke"));
    assert!(!revoked, "{what}: Zoom has killed the tokens itself");
}

fn assert_nothing_waits(world: &World, what: &str) {
    let left = "SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM events WHERE sealed IS NOT NULL OR handed_on = 0) AS n";
    assert_eq!(world.count_in_object(left), 0, "{what}");
}

/// Our own events about grants that were told, each once under its id.
fn grants_told(world: &World) -> Vec<String> {
    let mut requests = world.heard.requests.take();
    let id =
        |request: &isthmus::host::Request| request.headers.get("webhook-id").map(str::to_owned);
    requests.sort_by_key(id);
    requests.dedup_by_key(|request| id(request));
    let body = |request: &isthmus::host::Request| -> serde_json::Value {
        serde_json::from_slice(request.body.bytes().unwrap()).unwrap()
    };
    let mut told: Vec<_> = requests
        .iter()
        .map(body)
        .filter(|event| event["data"]["event_id"].is_null())
        .map(|event| {
            format!(
                "{} {}",
                event["type"].as_str().unwrap(),
                event["data"]["account_id"].as_str().unwrap()
            )
        })
        .collect();
    told.sort();
    told
}

#[test]
fn a_removal_ends_everything_at_any_moment_of_the_alarm() {
    run(async {
        for steps in 0.. {
            let world = busy().await;
            let name = world.adas();
            let at = world.host.now();
            let ask = world.host.ask(&name, Question::Deauthorized { at });
            let rung = Box::pin(ended(world.host.ring_alarms()));
            let Some((_, answer)) = interleaved(steps, rung, Box::pin(ask)).await else {
                assert!(steps > 30, "{steps}");
                break;
            };
            assert!(matches!(answer.unwrap(), Answer::Left { .. }), "{steps}");
            world.let_hours_pass(1).await;
            let what = format!("after {steps} steps");
            assert_erased(&world, &what);
            assert_eq!(grants_told(&world), ["grant.deleted u1", "grant.deleted u2"], "{what}");
            assert!(!world.take_in_surely_refused("later").await, "{what}");
        }
    });
}

impl World {
    /// Whether a connection that nobody uses takes an event in.
    async fn take_in_surely_refused(&self, id: &str) -> bool {
        matches!(self.take_in(id).await, Answer::Taken { .. })
    }
}

#[test]
fn a_removal_ends_everything_whatever_overtakes_what() {
    run(async {
        for seed in 1..60 {
            let world = busy().await;
            world.host.shuffle(seed);
            let late = async {
                for _ in 0..seed * 3 {
                    tokio::task::yield_now().await;
                }
                remove_surely(&world).await;
            };
            join(ended(world.host.ring_alarms()), late).await;
            world.host.shuffle(0);
            world.let_hours_pass(1).await;
            assert_erased(&world, &format!("{seed}"));
            let told = ["grant.deleted u1", "grant.deleted u2"];
            assert_eq!(grants_told(&world), told, "{seed}");
            let notes = world.host.sql("SELECT * FROM audit WHERE who = 'zoom'", []);
            assert_eq!(notes.len(), 2, "{seed}");
            assert!(!json!(notes).to_string().contains(ADA), "ids only");
        }
    });
}

#[test]
fn after_a_crash_at_any_point_of_a_removal_the_repeated_one_ends_everything() {
    run(async {
        for point in 1.. {
            let world = busy().await;
            let both = join(Box::pin(world.host.ring_alarms()), remove(&world));
            let crashed = world.host.until_crash(Some(point), both).await.is_err();
            remove_surely(&world).await;
            world.let_hours_pass(2).await;
            let what = format!("crash at {point}");
            assert_erased(&world, &what);
            assert_eq!(grants_told(&world), ["grant.deleted u1", "grant.deleted u2"], "{what}");
            if !crashed {
                assert!(point > 30, "{point}");
                break;
            }
        }
    });
}

#[test]
fn when_any_one_call_of_a_removal_fails_or_loses_its_answer_it_ends_everything() {
    run(async {
        for (call, fault) in faults_of(CALLS) {
            for before in 0..12 {
                let world = busy().await;
                world.host.fault_after(before, call, fault);
                remove_surely(&world).await;
                world.let_hours_pass(1).await;
                let unused = world.host.clear_faults();
                assert_erased(&world, &format!("{call} {before} {fault:?}"));
                if unused == 1 {
                    break;
                }
            }
        }
    });
}

#[test]
fn a_removal_older_than_the_last_consent_changes_nothing_also_when_that_came_as_an_offer() {
    run(async {
        let world = busy().await;
        let removed = world.host.now();
        world.pass(Duration::from_secs(1));
        let (tokens, at) = consented(&world).await;
        offer(&world, &tokens, at).await;
        for at in [removed, at, Timestamp(0)] {
            let answer = world.question(Question::Deauthorized { at }).await;
            assert!(matches!(answer, Answer::Done {}));
        }
        assert!(world.works("u1").await && world.works("u2").await);
        world.let_alarms_ring().await;
        let events = "SELECT count(*) AS n FROM events";
        assert_eq!(world.count(events), 5);
        let at = at.plus(1);
        assert!(matches!(world.question(Question::Deauthorized { at }).await, Answer::Left { .. }));
        assert_eq!(world.count(events), 0);
    });
}

#[test]
fn a_removal_after_everybody_has_left_erases_what_is_left() {
    run(async {
        let world = busy().await;
        world.let_alarms_ring().await;
        world.disconnect("u1").await;
        world.disconnect("u2").await;
        assert_eq!(world.count("SELECT count(*) AS n FROM events"), 5);
        world.pass(Duration::from_secs(60));
        world.zoom.reset_calls();
        assert!(matches!(remove(&world).await, Answer::Done {}));
        world.let_hours_pass(1).await;
        assert_erased(&world, "afterwards");
    });
}

#[test]
fn when_the_last_grant_leaves_nothing_is_told_any_more_at_any_moment_of_the_alarm() {
    run(async {
        for steps in 0.. {
            let world = busy().await;
            let leave = async {
                world.disconnect("u1").await;
                world.disconnect("u2").await;
                world.heard.requests.borrow().len()
            };
            let rung = Box::pin(ended(world.host.ring_alarms()));
            let Some((_, heard)) = interleaved(steps, rung, Box::pin(leave)).await else {
                assert!(steps > 30, "{steps}");
                break;
            };
            let what = format!("after {steps} steps");
            world.let_hours_pass(1).await;
            assert_nothing_waits(&world, &what);
            let pending = world.ends().iter().filter(|(status, _)| status == "pending").count();
            assert_eq!(pending, 0, "{what}");
            // What was being sent at that moment is through.
            let later = world.heard.requests.borrow_mut().split_off(heard);
            let events = later.iter().filter(|request| request.url != HOOKS).count();
            assert!(events <= 6, "{what}: {events}");
        }
    });
}

#[test]
fn what_began_before_a_crash_has_its_end_although_everybody_has_left() {
    run(async {
        for point in 1.. {
            let world = busy().await;
            if world.host.until_crash(Some(point), world.host.ring_alarms()).await.is_ok() {
                assert!(point > 30, "{point}");
                break;
            }
            world.disconnect("u1").await;
            world.disconnect("u2").await;
            world.let_hours_pass(1).await;
            let pending = world.ends().iter().filter(|(status, _)| status == "pending").count();
            assert_eq!(pending, 0, "crash at {point}");
            assert_nothing_waits(&world, &format!("crash at {point}"));
        }
    });
}

#[test]
fn when_one_of_two_leaves_the_other_is_told() {
    run(async {
        for steps in (0..60).step_by(3) {
            let world = busy().await;
            let leave = world.disconnect("u1");
            interleaved(steps, Box::pin(ended(world.host.ring_alarms())), Box::pin(leave)).await;
            world.let_hours_pass(1).await;
            let sql = "SELECT count(*) AS n FROM deliveries WHERE event_id IS NOT NULL AND user_id = 'u2' AND status <> 'delivered'";
            assert_eq!(world.count(sql), 0, "{steps}");
            let sql = "SELECT count(*) AS n FROM deliveries WHERE event_id IS NOT NULL AND status = 'pending'";
            assert_eq!(world.count(sql), 0, "{steps}");
            assert_nothing_waits(&world, &format!("{steps}"));
        }
    });
}

#[test]
fn when_the_integration_is_deleted_the_object_forgets_all_rows() {
    run(async {
        for steps in (0..60).step_by(2) {
            let world = busy().await;
            let name = world.adas();
            let by = Actor::here("project");
            let erase = world.host.ask(&name, Question::Erase { by: by.clone() });
            interleaved(steps, Box::pin(ended(world.host.ring_alarms())), Box::pin(erase)).await;
            world.let_hours_pass(3).await;
            ended(world.host.ask(&name, Question::Erase { by })).await.unwrap();
            assert!(!world.host.has_records(&name), "{steps}");
            let rows =
                "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM outcomes) AS n";
            assert_eq!(world.count(rows), 0, "{steps}");
        }
    });
}

#[test]
fn texts_of_events_come_under_the_new_key_and_are_told_under_it() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        for number in 0..50 {
            world.take_in_surely(&format!("e{number}")).await;
        }
        // One that never opens again stands in nobody's way.
        let mut broken = world.event("broken");
        broken.sealed = world.event("another").sealed;
        world.question(Question::TakeIn { event: Box::new(broken) }).await;
        world.deploy(&[K2, K1]);
        world.question(Question::Reseal {}).await;
        let old = "SELECT count(*) AS n FROM events WHERE sealed LIKE 'v1.k1.%'";
        assert_eq!(world.count_in_object(old), 1);
        world.sweep().await;
        world.deploy(&[K2]);
        world.let_alarms_ring().await;
        assert_eq!(world.told().1.len(), 50);
    });
}
