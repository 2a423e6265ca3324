//! A connection takes an event in: mark and text are one write, whatever dies; a repeated event does nothing; and the
//! alarm rings for it, whoever else sets it.

use std::time::Duration;

use futures_util::future::join;
use isthmus::{
    connection::{Actor, Answer, Question, Refusal, Replay},
    host::Host,
    record::delivery::{Delivery, DeliveryStatus},
    testing::Fault,
    time::Timestamp,
};

use crate::{
    event_moves::subscribed,
    faults::{CALLS, faults_of},
    interference::ended,
    moves::interleaved,
    run,
    world::{ADA, World},
};

#[test]
fn an_event_is_kept_beside_the_record_and_told() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        let before = world.host.size_of_records(&world.adas());
        for number in 0..50 {
            assert!(!world.take_in_surely(&format!("e{number}")).await);
        }
        let now = world.host.size_of_records(&world.adas());
        assert!(now <= before + 100, "{before} {now}");
        let waiting =
            "SELECT count(*) AS n FROM events WHERE sealed LIKE 'v1.k1.%' AND handed_on = 0";
        assert_eq!(world.count_in_object(waiting), 50);
        world.let_alarms_ring().await;
        let (mut told, messages) = world.told();
        told.sort();
        told.dedup();
        assert_eq!((told.len(), messages.len()), (50, 50));
        assert!(!world.host.everything_at_rest().contains("topic of"));
    });
}

#[test]
fn a_repeated_event_does_nothing_for_a_day_and_then_the_mark_goes_and_the_alarm_is_silent() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        let silent = world.host.alarm_of(&world.adas()).unwrap();
        let came = world.host.now();
        assert!(!world.take_in_surely("e1").await);
        assert!(world.take_in_surely("e1").await, "before it is handed on");
        world.let_alarms_ring().await;
        world.assert_passed_on("once");
        assert_eq!(world.told().0, ["e1"]);
        let ring = world.host.alarm_of(&world.adas()).unwrap();
        assert_eq!(ring.since(came), 24 * 3600 * 1000);
        while world.host.now().since(came) < 24 * 3_600_000 {
            assert!(world.take_in_surely("e1").await, "its text is forgotten");
            world.let_alarms_ring().await;
            world.pass(Duration::from_secs(3600));
        }
        assert!(world.told().0.is_empty());
        world.let_alarms_ring().await;
        assert_eq!(world.count_in_object("SELECT count(*) AS n FROM events"), 0);
        assert_eq!(world.host.alarm_of(&world.adas()), Some(silent), "only to keep the pair alive");
    });
}

#[test]
fn an_object_that_is_only_asked_leaves_nothing_behind() {
    run(async {
        let world = World::new().await;
        let not_here =
            |answer: Answer| matches!(answer, Answer::Refused { refusal: Refusal::NotMember });
        assert!(not_here(world.take_in("e1").await));
        let at = world.host.now();
        assert!(not_here(world.question(Question::Deauthorized { at }).await));
        let replay = Box::new(Replay {
            id: "evt_1".to_owned(),
            event: world.event("e1"),
            subscription_id: "s".to_owned(),
            grant_id: "g".to_owned(),
            attempts: "[]".to_owned(),
        });
        assert!(not_here(world.question(Question::Replay { replay }).await));
        let delivery = Box::new(own("evt_1", at));
        assert!(not_here(world.question(Question::ReplayOwn { delivery }).await));
        world.question(Question::Token { grant_id: "g".to_owned(), refused: None }).await;
        world.question(Question::Reseal {}).await;
        world.question(Question::Erase { by: Actor::here("admin") }).await;
        assert!(!world.host.was_used(&world.adas()));
    });
}

fn own(id: &str, at: Timestamp) -> Delivery {
    Delivery {
        id: id.to_owned(),
        project_id: "p".to_owned(),
        kind: "grant.created".to_owned(),
        grant_id: "g".to_owned(),
        url: String::new(),
        status: DeliveryStatus::Failed,
        attempts: "[]".to_owned(),
        created_at: at,
        next_at: None,
        event_id: None,
        subscription_id: None,
        body: Some("{}".to_owned()),
        user_id: None,
        integration_id: None,
        provider_user_id: None,
    }
}

#[test]
fn after_a_crash_at_any_point_of_taking_in_a_repeated_event_has_its_effect_once() {
    run(async {
        for point in 1.. {
            let world = subscribed().await;
            world.let_alarms_ring().await;
            let crashed = world.host.until_crash(Some(point), world.take_in("e1")).await.is_err();
            if !crashed {
                assert!(point > 4);
                break;
            }
            world.take_in_surely("e1").await;
            world.let_alarms_ring().await;
            world.assert_passed_on(&format!("crash at {point}"));
            assert_eq!(world.told().0, ["e1"], "crash at {point}");
        }
    });
}

#[test]
fn an_event_that_was_acknowledged_is_told_although_nobody_repeats_it() {
    run(async {
        // The process dies right after; the alarm is all that is left.
        let world = subscribed().await;
        world.let_alarms_ring().await;
        world.take_in_surely("e1").await;
        world.host.restart();
        assert!(world.let_alarms_ring().await > 0);
        world.assert_passed_on("restart");
    });
}

#[test]
fn when_any_one_call_fails_or_loses_its_answer_an_event_has_its_effect_once() {
    run(async {
        for (call, fault) in faults_of(CALLS) {
            for before in 0..14 {
                let world = subscribed().await;
                world.let_alarms_ring().await;
                world.host.fault_after(before, call, fault);
                world.take_in_surely("e1").await;
                for _ in 0..3 {
                    world.let_alarms_ring().await;
                    world.pass(Duration::from_secs(61));
                }
                let unused = world.host.clear_faults();
                let what = format!("{call} {before} {fault:?}");
                let (told, messages) = world.told();
                assert!(!told.is_empty() && messages.len() == 1, "{what}: {told:?}");
                let outcomes = world.count("SELECT count(*) AS n FROM outcomes");
                assert_eq!(
                    (world.ends(), outcomes),
                    (vec![("delivered".to_owned(), String::new())], 1),
                    "{what}"
                );
                if unused == 1 {
                    break;
                }
            }
        }
    });
}

#[test]
fn an_event_that_comes_while_the_alarm_is_at_work_is_told_soon() {
    run(async {
        for seed in 1..80 {
            let world = subscribed().await;
            world.let_alarms_ring().await;
            world.take_in_surely("e1").await;
            world.host.shuffle(seed);
            let began = world.host.now();
            let late = async {
                for _ in 0..seed {
                    tokio::task::yield_now().await;
                }
                (world.take_in("e2").await, world.take_in("e1").await)
            };
            let (_, (second, first)) = join(ended(world.host.ring_alarms()), late).await;
            assert!(matches!(second, Answer::Taken { again: false }), "{seed}");
            assert!(matches!(first, Answer::Taken { again: true }), "{seed}");
            world.let_alarms_ring().await;
            assert!(world.host.now().since(began) <= 3000, "{seed}");
            world.take_in_surely("e3").await;
            world.let_alarms_ring().await;
            let mut told = world.told().0;
            told.sort();
            assert_eq!(told, ["e1", "e2", "e3"], "{seed}");
        }
    });
}

#[test]
fn an_event_that_comes_as_an_older_alarm_rings_leaves_the_next_one_an_alarm() {
    run(async {
        for polls in 0..40 {
            let world = subscribed().await;
            world.let_alarms_ring().await;
            // The mark of the first is due to go when the second comes.
            world.take_in_surely("e1").await;
            world.let_alarms_ring().await;
            world.pass(Duration::from_secs(24 * 3600));
            let name = world.adas();
            let event = Box::new(world.event("e2"));
            let taken = world.host.ask(&name, Question::TakeIn { event });
            let rung = Box::pin(ended(world.host.ring_alarms()));
            if interleaved(polls, Box::pin(taken), rung).await.is_none() {
                assert!(polls > 4);
                break;
            }
            world.let_alarms_ring().await;
            world.take_in_surely("e3").await;
            world.let_alarms_ring().await;
            assert_eq!(world.told().0, ["e1", "e2", "e3"], "{polls}");
        }
    });
}

#[test]
fn whoever_else_sets_the_alarm_does_not_put_off_an_event() {
    run(async {
        for restart in [false, true] {
            let world = subscribed().await;
            world.let_alarms_ring().await;
            world.take_in_surely("e1").await;
            if restart {
                world.host.restart();
            }
            // A consent that brings an expiry in an hour.
            world.connect("u2", ADA).await;
            let rings = world.host.alarm_of(&world.adas()).unwrap();
            assert!(rings <= world.host.now(), "{restart}");
            world.let_alarms_ring().await;
            assert_eq!(world.told().0.len(), 2, "one of each grant");
        }
    });
}

#[test]
fn while_the_tables_are_down_for_hours_the_alarm_backs_off_and_nothing_is_lost() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        world.host.fault_always("tables", Some(Fault::Fail));
        let mut rounds = 0;
        for number in 0..30 {
            assert!(!world.take_in_surely(&format!("e{number}")).await);
            for _ in 0..12 {
                rounds += ended(world.host.ring_alarms()).await;
                world.host.pass(60_000);
            }
        }
        assert!((8..20).contains(&rounds), "{rounds} in six hours");
        assert!(world.told().0.is_empty());
        world.host.clear_faults();
        world.let_hours_pass(2).await;
        let (told, messages) = world.told();
        assert_eq!((told.len(), messages.len()), (30, 30));
        assert_eq!(world.ends().len(), 30);
    });
}

#[test]
fn after_a_failure_that_is_over_an_event_is_told_at_once_again() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        world.host.fault_always("tables", Some(Fault::Fail));
        world.take_in_surely("e1").await;
        world.let_alarms_ring().await;
        world.host.clear_faults();
        world.pass(Duration::from_secs(31));
        world.let_alarms_ring().await;
        assert_eq!(world.told().0, ["e1"]);
        world.take_in_surely("e2").await;
        assert!(world.host.alarm_of(&world.adas()).unwrap() <= world.host.now());
        world.let_alarms_ring().await;
        assert_eq!(world.told().0, ["e2"]);
    });
}
