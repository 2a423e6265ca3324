//! Refreshes that are cut off: the caller goes away, the process dies between any two steps, a consent comes in the
//! middle. Nothing is lost but what Zoom's own lost answer takes along.

use std::time::Duration;

use futures_util::future::{join, join_all};
use isthmus::{connection::ConnectionName, record::copy, testing::Fault as HostFault};
use isthmus_sandbox::{Fault, Kind, Limits};

use crate::{
    interference::{LATE, TOO_LATE, ended, gone_after, idle},
    moves::connected,
    run,
    world::{ADA, World},
};

#[test]
fn a_caller_may_go_away_at_any_moment_and_the_pair_is_stored() {
    run(async {
        let world = connected().await;
        let slow = Fault::delay(Duration::from_secs(3));
        for polls in 1.. {
            world.pass(TOO_LATE);
            world.zoom.reset_calls();
            world.zoom.fail_next(Kind::Refresh, slow.clone());
            let gone = ended(gone_after(polls, world.ask("u1"))).await;
            idle().await;
            let began = world.zoom.calls_of(Kind::Refresh);
            assert!(began.iter().all(|call| call.status == Some(200)), "{polls}: it went on");
            // What nobody waited for is not in anybody's memory either.
            world.host.restart();
            let answer = world.ask("u1").await;
            assert_eq!(answer.status, 200, "{polls}: {}", answer.text);
            assert_eq!(world.refreshes(), 1, "{polls}");
            world.zoom.clear_faults();
            if gone.is_some() {
                assert!(polls > 20, "it was interrupted often: {polls}");
                return;
            }
        }
    });
}

#[test]
fn a_crash_anywhere_in_a_refresh_costs_the_connection_only_when_zooms_answer_was_lost() {
    run(async {
        for late in [LATE, TOO_LATE] {
            let world = connected().await;
            let mut lost = 0;
            for point in 1.. {
                world.pass(late);
                world.zoom.reset_calls();
                let crash = ended(world.host.until_crash(Some(point), world.ask("u1"))).await;
                let reached = world.refreshes();
                let answer = world.ask("u1").await;
                if answer.status == 200 {
                    assert_eq!(world.refreshes(), 1, "point {point}: the pair was durable");
                } else {
                    assert_eq!(answer.told(), reconnect(), "point {point}");
                    assert!(answer.text.contains("its answer never arrived"));
                    assert_eq!(reached, 1, "point {point}: Zoom had been asked");
                    lost += 1;
                    world.connect("u1", ADA).await;
                }
                assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "point {point}");
                if crash.is_ok() {
                    break;
                }
            }
            assert_eq!(lost, 1, "only between Zoom's answer and our storage");
        }
    });
}

#[test]
fn a_crash_in_the_middle_of_a_crowd_leaves_a_connection_that_works() {
    run(async {
        let world = connected().await;
        for seed in 1..40_u64 {
            world.host.shuffle(seed);
            world.pass(TOO_LATE);
            let crowd = join_all((0..8).map(|_| world.ask("u1")));
            let _ = ended(world.host.until_crash(Some(seed * 5), crowd)).await;
            let answer = world.ask("u1").await;
            if answer.status != 200 {
                assert_eq!(answer.told(), reconnect(), "seed {seed}");
                assert!(answer.text.contains("its answer never arrived"));
                world.connect("u1", ADA).await;
            }
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "seed {seed}");
        }
    });
}

#[test]
fn a_pair_that_landed_before_a_crash_ends_when_zoom_said_so() {
    run(async {
        let world = connected().await;
        let landed = landing_point(&world).await;
        world.pass(TOO_LATE);
        world.zoom.reset_calls();
        let _ = world.host.until_crash(Some(landed), world.ask("u1")).await;
        assert_eq!(world.refreshes(), 1);
        // Nobody comes for most of its hour.
        world.pass(LATE);
        assert_eq!(world.ask("u1").await.status, 200);
        assert_eq!(world.refreshes(), 2, "it was due again");
        assert_eq!(world.zoom.calls_of(Kind::UsersMe).len(), 1, "no 401 was needed");
    });
}

#[test]
fn a_landed_answer_that_cannot_be_stored_for_a_moment_is_not_asked_for_again() {
    run(async {
        let world = connected().await;
        for seed in 0..30 {
            world.host.shuffle(seed);
            world.pass(TOO_LATE);
            world.zoom.reset_calls();
            // The first write begins the refresh, the second takes its answer in.
            world.host.fault_after(1, "write", HostFault::Fail);
            let answers = ended(join_all((0..6).map(|_| world.ask("u1")))).await;
            for answer in answers {
                let fine = answer.status == 200 || answer.told().1 == "store_unavailable";
                assert!(fine, "seed {seed}: {}", answer.text);
            }
            assert_eq!(world.ask("u1").await.status, 200, "seed {seed}");
            assert_eq!(world.refreshes(), 1, "seed {seed}");
        }
    });
}

#[test]
fn a_landed_answer_for_a_pair_that_is_gone_is_thrown_away() {
    run(async {
        let world = connected().await;
        let name = ConnectionName {
            integration_id: world.integration.clone(),
            provider_user_id: ada_at_zoom(&world),
        };
        let old = copy::seal(&world.host, "landed/of/another/pair", &"{}".to_owned()).unwrap();
        for refreshing in [false, true] {
            world.pass(TOO_LATE);
            if refreshing {
                // Begun, and Zoom could not be reached.
                world.zoom.fail_next(Kind::Refresh, Fault::Refused);
                assert_eq!(world.ask("u1").await.status, 502);
                world.pass(Duration::from_secs(30));
            }
            world.host.leave_record(&name, "landed", old.clone());
            assert_eq!(world.ask("u1").await.status, 200);
            assert!(!world.host.everything_at_rest().contains(&old));
        }
    });
}

#[test]
fn a_landed_answer_sealed_with_a_key_that_is_missing_is_kept_until_the_key_is_back() {
    run(async {
        let world = connected().await;
        let name = ConnectionName {
            integration_id: world.integration.clone(),
            provider_user_id: ada_at_zoom(&world),
        };
        let sealed = copy::seal(&world.host, "landed", &"{}".to_owned()).unwrap();
        let sealed = sealed.replacen("v1.k1.", "v1.k9.", 1);
        world.pass(TOO_LATE);
        world.host.leave_record(&name, "landed", sealed.clone());
        assert_eq!(world.ask("u1").await.status, 503);
        assert_eq!(world.refreshes(), 0);
        assert!(world.host.everything_at_rest().contains(&sealed));
    });
}

#[test]
fn a_consent_wins_over_a_refresh_in_flight_however_they_interleave() {
    run(async {
        let world = connected().await;
        for seed in 1..120_u64 {
            world.host.shuffle(seed);
            world.pass(if seed % 2 == 0 { LATE } else { TOO_LATE });
            let slow = |bit: u64| Fault::delay(Duration::from_millis((seed >> bit) % 4 * 700));
            world.zoom.fail_next(Kind::Refresh, slow(1));
            world.zoom.fail_next(Kind::Exchange, slow(3));
            world.zoom.fail_next_times(Kind::UsersMe, 3, slow(5));
            let who = if seed % 3 == 0 { "u2" } else { "u1" };
            let crowd = join_all((0..4).map(|_| world.ask("u1")));
            ended(join(crowd, world.connect(who, ADA))).await;
            world.zoom.clear_faults();
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "seed {seed}");
            for user in ["u1", who] {
                let answer = world.ask(user).await;
                assert_eq!(answer.status, 200, "seed {seed}, {user}: {}", answer.text);
                assert_eq!(world.grant_status(user).await.unwrap(), "VALID", "seed {seed}");
            }
        }
    });
}

#[test]
fn of_two_consents_at_once_the_pair_that_zoom_kept_is_the_one_in_hand() {
    run(async {
        let mut both = 0;
        for seed in 1..80_u64 {
            let world = World::new().await;
            world.zoom.set_limits(Limits::none());
            world.host.shuffle(seed);
            let slow = |bit: u64| Fault::delay(Duration::from_millis((seed >> bit) % 4 * 700));
            world.zoom.fail_next(Kind::Exchange, slow(0));
            world.zoom.fail_next(Kind::UsersMe, slow(2));
            // Whose token was dead before it could say whose it is, has to press Connect again.
            let connect = async |user| {
                let mut attempt = world.attempt(user, ADA).await;
                let last = world.come_back(&mut attempt).await;
                (last.status == 200).then_some(user)
            };
            let (one, two) = ended(join(connect("u1"), connect("u2"))).await;
            world.zoom.clear_faults();
            assert!(one.or(two).is_some(), "seed {seed}");
            both += usize::from(one.and(two).is_some());
            for user in one.into_iter().chain(two) {
                let answer = world.ask(user).await;
                assert_eq!(answer.status, 200, "seed {seed}, {user}: {}", answer.text);
                assert_eq!(world.grant_status(user).await.unwrap(), "VALID", "seed {seed}");
            }
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "seed {seed}");
        }
        assert!(both > 5, "both joined in only {both} of the orders");
    });
}

#[test]
fn a_consent_that_was_overtaken_while_it_joined_does_not_take_the_live_pairs_place() {
    run(async {
        let world = World::new().await;
        let mut first = world.attempt("u1", ADA).await;
        let mut second = world.attempt("u2", ADA).await;
        // The first consent is told to the connection late; the second is there by then, but not written down.
        world.host.fault_once("ask", HostFault::Late);
        world.host.fault_once("wake_at", HostFault::Late);
        let overtaking = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            world.come_back(&mut second).await
        };
        let (first, second) = ended(join(world.come_back(&mut first), overtaking)).await;
        assert_eq!((first.status, second.status), (200, 200));
        for user in ["u1", "u2"] {
            assert_eq!(world.ask(user).await.status, 200, "{user}");
        }
        assert_eq!(world.refreshes(), 0);
    });
}

/// The point right after the answer of a refresh has landed: the first whose crash costs neither pair nor refresh.
async fn landing_point(world: &World) -> u64 {
    for point in 1.. {
        world.pass(TOO_LATE);
        world.zoom.reset_calls();
        let _ = world.host.until_crash(Some(point), world.ask("u1")).await;
        let reached = world.refreshes();
        if world.ask("u1").await.status != 200 {
            world.connect("u1", ADA).await;
        } else if reached == 1 {
            return point;
        }
    }
    unreachable!()
}

fn ada_at_zoom(world: &World) -> String {
    let users = world.zoom.snapshot().users;
    users.into_iter().find(|user| user.email == ADA).unwrap().id
}

fn reconnect() -> (u16, String) {
    (401, "reconnect_required".to_owned())
}
