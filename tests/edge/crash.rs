//! The way back from Zoom with a crash, a vanished caller or a failing store at every point: whoever polls comes to an
//! end, a grant that is reported works, and nothing is there twice.

use std::{pin::pin, time::Duration};

use isthmus::testing::Fault;

use crate::{
    faults::{CALLS, faults_at},
    moves::{Attempt, part_of},
    run,
    world::{ADA, World},
};

/// Waits for the end of a disturbed connect and looks at what is there; whether it ended well.
async fn sound_end(world: &World, attempt: &Attempt, disturbance: &str) -> bool {
    let polled = world.ended(attempt).await;
    world.host.ring_alarms().await;
    let grants = world.count("SELECT count(*) AS n FROM grants");
    let noted = world.count("SELECT count(*) AS n FROM audit WHERE what = 'grant.created'");
    assert!(world.zoom.live_pairs(ADA).unwrap() <= 1, "{disturbance}");
    assert!(world.zoom.token_requests().exchange <= 2, "{disturbance}");
    let done = polled.field("/status") == "done";
    if done {
        assert!(world.works(&attempt.user).await, "{disturbance}: {}", polled.text);
        assert_eq!((grants, noted), (1, 1), "{disturbance}");
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "{disturbance}");
    } else {
        let code = polled.field("/problem/code");
        let clear = ["exchange_interrupted", "session_expired", "zoom_timeout", "zoom_unreachable"];
        assert!(clear.contains(&code.as_str()), "{disturbance}: {code}");
        assert_eq!((grants, noted), (0, 0), "{disturbance}");
    }
    let left = "SELECT count(*) AS n FROM sessions WHERE code_sealed IS NOT NULL OR tokens_sealed IS NOT NULL";
    assert_eq!(world.count(left), 0, "{disturbance}");
    // Connecting again helps in any case.
    world.connect(&attempt.user, ADA).await;
    assert!(world.works(&attempt.user).await, "{disturbance}");
    assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "{disturbance}");
    done
}

#[test]
fn after_a_crash_at_any_point_the_poll_comes_to_an_end() {
    run(async {
        let (mut done, mut failed) = (0, 0);
        for point in 1.. {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let journey = world.host.until_crash(Some(point), world.come_back(&mut attempt));
            if journey.await.is_ok() {
                break;
            }
            match sound_end(&world, &attempt, &format!("crash at {point}")).await {
                true => done += 1,
                false => failed += 1,
            }
        }
        // Lost are only the points before the code was taken, and those between Zoom's answer and its landing.
        assert!(done > 20 && failed <= 6, "{done} done, {failed} failed");
    });
}

#[test]
fn after_a_crash_at_any_point_a_reload_of_the_page_helps() {
    run(async {
        let mut failed = 0;
        for point in 1.. {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let journey = world.host.until_crash(Some(point), world.come_back(&mut attempt));
            if journey.await.is_ok() {
                break;
            }
            world.pass(Duration::from_secs(46));
            let again = world.come_back(&mut attempt).await;
            assert!([200, 502].contains(&again.status), "crash at {point}: {}", again.text);
            failed += i32::from(again.status == 502);
            sound_end(&world, &attempt, &format!("crash at {point}, reload")).await;
        }
        assert!(failed <= 2, "{failed}");
    });
}

#[test]
fn when_the_caller_goes_away_at_any_point_the_poll_comes_to_an_end() {
    run(async {
        for steps in 1.. {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let gone = {
                let journey = pin!(world.come_back(&mut attempt));
                part_of(journey, steps).await.is_none()
            };
            if !gone {
                assert!(steps > 20);
                break;
            }
            sound_end(&world, &attempt, &format!("gone after {steps} steps")).await;
        }
    });
}

#[test]
fn when_any_one_call_fails_or_loses_its_answer_the_poll_comes_to_an_end() {
    run(async {
        for (call, fault, before) in faults_at(CALLS, 8) {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            world.host.fault_after(before, call, fault);
            world.come_back(&mut attempt).await;
            world.host.clear_faults();
            let disturbance = format!("{call} {before} {fault:?}");
            let done = sound_end(&world, &attempt, &disturbance).await;
            let may_fail = call == "send_and_land" || (call == "tables" && before < 2);
            assert!(done || may_fail, "{disturbance}");
        }
    });
}

#[test]
fn while_a_store_is_down_nothing_ends_and_afterwards_it_does() {
    run(async {
        for call in ["tables", "ask", "read", "write", "wake_at"] {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            world.host.fault_always(call, Some(Fault::Fail));
            world.come_back(&mut attempt).await;
            for _ in 0..3 {
                let polled = world.poll("u1", &attempt.session).await;
                let open = polled.status == 503 || polled.field("/status") == "open";
                assert!(open, "{call}: {}", polled.text);
            }
            world.host.fault_always(call, None);
            // The page may be loaded again where nothing was taken.
            world.pass(Duration::from_secs(46));
            world.come_back(&mut attempt).await;
            assert!(sound_end(&world, &attempt, call).await, "{call}");
        }
    });
}

#[test]
fn a_connect_that_crashes_each_time_ends_all_the_same() {
    run(async {
        for point in 13..18 {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let crashed = world.host.until_crash(Some(5), world.come_back(&mut attempt)).await;
            assert!(crashed.is_err());
            let mut polls = 0;
            loop {
                polls += 1;
                assert!(polls < 12, "it goes on for ever, crashing at {point}");
                world.pass(Duration::from_secs(46));
                let poll = world.poll("u1", &attempt.session);
                match world.host.until_crash(Some(point), poll).await {
                    Ok(polled) if polled.field("/status") != "open" => break,
                    _ => {}
                }
            }
        }
    });
}

#[test]
fn crashes_while_many_connect_leave_each_with_its_own_end() {
    run(async {
        for point in [11, 23, 37, 53, 71] {
            let world = World::new().await;
            let mut one = world.attempt("u1", ADA).await;
            let mut two = world.attempt("u2", ADA).await;
            world.host.shuffle(point);
            let both =
                futures_util::future::join(world.come_back(&mut one), world.come_back(&mut two));
            let _ = world.host.until_crash(Some(point), both).await;
            for attempt in [&one, &two] {
                let polled = world.ended(attempt).await;
                if polled.field("/status") == "done" {
                    assert!(world.works(&attempt.user).await, "crash at {point}: {}", attempt.user);
                }
            }
            assert!(world.zoom.live_pairs(ADA).unwrap() <= 1);
        }
    });
}
