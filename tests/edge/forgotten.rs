//! Where connection objects are, under which key, and how one is forgotten for good: erased, with nothing owed to
//! anybody. Also what is given up at last: a revocation that Zoom never takes.

use std::time::Duration;

use isthmus::connection::{Actor, Answer, Question};
use isthmus_sandbox::{Fault, Kind};
use serde_json::json;

use crate::{
    endpoint::HOOKS,
    faults::faults_at,
    interference::ended,
    moves::connected,
    run,
    world::{ADA, World},
};

async fn erase(world: &World) -> Option<bool> {
    let question = Question::Erase { by: Actor::here("project") };
    match ended(world.question(question)).await {
        Answer::Left { revocation_pending } => Some(!revocation_pending),
        _ => None,
    }
}

fn registered(world: &World) -> i64 {
    world.count("SELECT count(*) AS n FROM connections WHERE sealed_with = 'k1'")
}

/// Nothing of the connection is left but what the audit trail says.
fn assert_forgotten(world: &World, told: &str) {
    assert_eq!(registered(world), 0, "{told}");
    assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0, "{told}");
    assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "{told}");
    assert!(!world.host.has_records(&world.adas()), "{told}");
}

#[test]
fn a_connection_is_in_the_tables_from_its_first_grant_to_its_end() {
    run(async {
        let world = connected().await;
        world.connect("u2", ADA).await;
        assert_eq!(registered(&world), 1);
        assert_eq!(erase(&world).await, Some(true));
        assert_forgotten(&world, "at once");
        assert_eq!(erase(&world).await, Some(true), "again");
        world.let_alarms_end().await;
        assert_forgotten(&world, "after the alarms");
        // It begins anew, and its changes are noted anew.
        world.connect("u1", ADA).await;
        assert_eq!(world.ask("u1").await.status, 200);
        let audit = world.audit();
        assert_eq!(audit.iter().filter(|(what, _)| what == "grant.created").count(), 3);
        assert_eq!(audit.iter().filter(|(what, _)| what == "grant.deleted").count(), 2);
    });
}

#[test]
fn the_endpoint_is_told_before_the_connection_is_forgotten() {
    run(async {
        let world = connected().await;
        world.let_alarms_end().await;
        world.listen(json!({"url": HOOKS})).await;
        world.heard.answers.borrow_mut().extend([Some(500), None]);
        assert_eq!(erase(&world).await, Some(false));
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0);
        ended(world.host.ring_alarms()).await;
        assert_eq!(erase(&world).await, Some(false), "it is tried again");
        world.let_alarms_end().await;
        assert_eq!(world.heard.types(), ["grant.deleted"; 3]);
        assert_eq!(world.deliveries()[0]["status"], "delivered");
        assert_forgotten(&world, "it was told");
        assert_eq!(erase(&world).await, Some(true));
    });
}

#[test]
fn an_endpoint_that_never_answers_is_given_up_and_the_connection_forgotten() {
    run(async {
        let world = connected().await;
        world.let_alarms_end().await;
        world.listen(json!({"url": HOOKS})).await;
        world.heard.always.set(500);
        assert_eq!(erase(&world).await, Some(false));
        for _ in 0..8 {
            ended(world.host.ring_alarms()).await;
            world.pass(Duration::from_secs(10 * 3600));
        }
        assert_eq!(world.heard.types(), ["grant.deleted"; 8]);
        assert_eq!(world.deliveries()[0]["status"], "failed");
        assert_forgotten(&world, "it was given up");
    });
}

#[test]
fn while_zoom_cannot_be_told_it_stays_and_the_alarm_forgets_it() {
    run(async {
        let world = connected().await;
        world.zoom.fail_always(Kind::Revoke, Fault::status(503));
        assert_eq!(erase(&world).await, Some(false));
        assert_eq!(registered(&world), 1);
        world.zoom.clear_faults();
        world.let_alarms_end().await;
        assert_forgotten(&world, "the alarm");
    });
}

#[test]
fn whoever_connects_meanwhile_is_kept() {
    run(async {
        for seed in 1..30 {
            let world = connected().await;
            let mut attempt = world.attempt("u2", ADA).await;
            world.host.shuffle(seed);
            let both = futures_util::future::join(erase(&world), world.come_back(&mut attempt));
            let (_, back) = ended(both).await;
            assert_eq!(back.status, 200, "seed {seed}");
            world.let_alarms_end().await;
            if world.grant_status("u2").await.is_some() {
                assert_eq!(world.ask("u2").await.status, 200, "seed {seed}");
                assert_eq!(registered(&world), 1, "seed {seed}");
            } else {
                assert_forgotten(&world, &format!("seed {seed}"));
            }
        }
    });
}

#[test]
fn whatever_dies_or_fails_asking_again_or_the_alarm_ends_it() {
    run(async {
        for again in [true, false] {
            for point in 1.. {
                let world = connected().await;
                let crash = ended(world.host.until_crash(Some(point), erase(&world))).await;
                if again {
                    assert!(erase(&world).await.is_some(), "point {point}");
                }
                world.let_alarms_end().await;
                if again || world.grant_status("u1").await.is_none() {
                    assert_forgotten(&world, &format!("point {point}, again {again}"));
                } else {
                    assert_eq!(world.ask("u1").await.status, 200, "it had not begun");
                }
                if crash.is_ok() {
                    assert!(point > 20, "{point}");
                    break;
                }
            }
        }
        for (call, fault, before) in
            faults_at(["tables", "read", "write", "wake_at", "send", "delete_copy"], 8)
        {
            let world = connected().await;
            world.host.fault_after(before, call, fault);
            erase(&world).await;
            world.host.clear_faults();
            erase(&world).await;
            world.let_alarms_end().await;
            assert_forgotten(&world, &format!("{call} {fault:?} after {before}"));
        }
    });
}

#[test]
fn sealing_anew_a_connection_that_holds_nothing_takes_its_row_away() {
    run(async {
        let world = World::new().await;
        let name = world.adas();
        world.host.sql(
            "INSERT INTO connections (integration_id, provider_user_id, sealed_with) VALUES (?1, ?2, 'old')",
            [json!(name.integration_id), json!(name.provider_user_id)],
        );
        assert!(matches!(world.question(Question::Reseal {}).await, Answer::Done {}));
        assert_eq!(world.count("SELECT count(*) AS n FROM connections"), 0);
        assert!(!world.host.has_records(&name));
    });
}

#[test]
fn a_revocation_that_zoom_never_takes_is_given_up_after_three_days_and_noted() {
    run(async {
        let world = connected().await;
        world.zoom.fail_always(Kind::Revoke, Fault::status(503));
        assert_eq!(world.disconnect("u1").await.status, 202);
        let mut hours = 0;
        while world.audit().last().unwrap().0 != "revocation.abandoned" {
            world.pass(Duration::from_secs(3600));
            ended(world.host.ring_alarms()).await;
            hours += 1;
            assert!(hours < 100, "it is never given up");
        }
        assert!((65..=75).contains(&hours), "{hours}");
        let calls = world.zoom.calls_of(Kind::Revoke).len();
        world.let_alarms_end().await;
        assert_eq!(world.zoom.calls_of(Kind::Revoke).len(), calls);
        let logged = world.host.log_lines();
        assert!(logged.iter().any(|line| line["what"] == "revocation_abandoned"));
        // The connection is of use as before.
        world.zoom.clear_faults();
        world.connect("u1", ADA).await;
        assert_eq!(world.ask("u1").await.status, 200);
    });
}

#[test]
fn whoever_joins_while_an_empty_connection_is_sealed_anew_has_a_row() {
    run(async {
        let mut raced = 0;
        for seed in 1..100 {
            let world = World::new().await;
            world.zoom.set_limits(isthmus_sandbox::Limits::none());
            let mut attempt = world.attempt("u1", ADA).await;
            world.host.shuffle(seed);
            let reseal = async {
                for _ in 0..8 {
                    world.question(Question::Reseal {}).await;
                }
            };
            let both = futures_util::future::join(world.come_back(&mut attempt), reseal);
            ended(both).await;
            world.host.shuffle(0);
            let told = format!("seed {seed}");
            assert_eq!(world.poll("u1", &attempt.session).await.field("/status"), "done", "{told}");
            assert_eq!(world.grant_status("u1").await.as_deref(), Some("VALID"), "{told}");
            assert_eq!(registered(&world), 1, "{told}");
            raced += 1;
        }
        assert_eq!(raced, 99);
    });
}
