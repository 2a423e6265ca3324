//! After refreshes that failed, the token endpoint is left alone: 30 s, doubling, half an hour at most, also across
//! restarts. Meanwhile a live token is given, and a dead one refused at once.

use std::time::Duration;

use isthmus_sandbox::{Fault, Kind};

use crate::{
    interference::{LATE, TOO_LATE},
    moves::connected,
    run,
    world::{ADA, CLIENT_SECRET, World},
};

const A_SECOND: Duration = Duration::from_secs(1);

/// After how many seconds the token endpoint is asked again, so many times, one failure after the other.
async fn waits(world: &World, failures: usize) -> Vec<u64> {
    let mut waits = Vec::new();
    for _ in 0..failures {
        let before = world.refreshes();
        let mut waited = 0;
        while world.refreshes() == before {
            world.pass(10 * A_SECOND);
            waited += 10;
            world.host.restart();
            assert_eq!(world.ask("u1").await.status, 502);
        }
        waits.push(waited);
    }
    waits
}

#[test]
fn it_doubles_up_to_half_an_hour_and_outlives_every_restart() {
    run(async {
        let world = connected().await;
        world.pass(TOO_LATE);
        world.zoom.fail_always(Kind::Refresh, Fault::status(503));
        assert_eq!(world.ask("u1").await.status, 502);
        assert_eq!(waits(&world, 8).await, [30, 60, 120, 240, 480, 960, 1800, 1800]);
        world.zoom.clear_faults();
        assert_eq!(world.ask("u1").await.told(), (502, "zoom_unreachable".to_owned()));
        world.pass(30 * 60 * A_SECOND);
        assert_eq!(world.ask("u1").await.status, 200);
        // A success ends it, and the next failure begins from the start.
        world.pass(TOO_LATE);
        world.zoom.fail_always(Kind::Refresh, Fault::status(503));
        assert_eq!(world.ask("u1").await.status, 502);
        assert_eq!(waits(&world, 2).await, [30, 60]);
    });
}

#[test]
fn every_trouble_begins_it_and_says_the_same_until_it_ends() {
    run(async {
        let eleven = Duration::from_secs(11);
        for trouble in [Fault::Refused, Fault::hold(eleven), Fault::garbage(), Fault::status(429)] {
            let world = connected().await;
            world.pass(TOO_LATE);
            world.zoom.fail_next(Kind::Refresh, trouble.clone());
            let first = world.ask("u1").await.told();
            for _ in 0..5 {
                assert_eq!(world.ask("u1").await.told(), first, "{trouble:?}");
                world.pass(A_SECOND);
            }
            assert!(world.refreshes() <= 1, "{trouble:?}");
        }
    });
}

#[test]
fn a_forced_refresh_keeps_to_it_too() {
    run(async {
        let world = connected().await;
        world.pass(LATE);
        world.zoom.fail_always(Kind::Refresh, Fault::status(500));
        assert_eq!(world.ask("u1").await.status, 200, "the token still lives");
        world.zoom.expire_access_tokens(ADA).unwrap();
        for _ in 0..3 {
            assert_eq!(world.ask("u1").await.told(), (502, "zoom_unreachable".to_owned()));
        }
        assert_eq!(world.refreshes(), 1);
    });
}

#[test]
fn a_crowd_does_not_ask_one_after_the_other() {
    run(async {
        let world = connected().await;
        for seed in 1..10 {
            world.host.shuffle(seed);
            world.pass(TOO_LATE);
            world.zoom.reset_calls();
            world.zoom.fail_always(Kind::Refresh, Fault::status(500));
            let crowd = (0..30).map(|_| world.ask("u1"));
            for answer in futures_util::future::join_all(crowd).await {
                assert_eq!(answer.status, 502);
            }
            assert_eq!(world.refreshes(), 1, "seed {seed}");
            world.zoom.clear_faults();
            world.pass(TOO_LATE);
            assert_eq!(world.ask("u1").await.status, 200);
        }
    });
}

#[test]
fn a_corrected_integration_is_asked_with_at_once_and_one_left_alone_is_not() {
    run(async {
        let world = connected().await;
        world.pass(TOO_LATE);
        world.set_client_secret("wrong").await;
        let refused = (502, "client_refused".to_owned());
        for _ in 0..3 {
            assert_eq!(world.ask("u1").await.told(), refused);
            world.pass(A_SECOND);
        }
        assert_eq!(world.refreshes(), 1);
        world.set_client_secret("wrong too").await;
        assert_eq!(world.ask("u1").await.told(), refused);
        assert_eq!(world.refreshes(), 2);
        world.pass(A_SECOND);
        world.set_client_secret(CLIENT_SECRET).await;
        assert_eq!(world.ask("u1").await.status, 200);
    });
}

#[test]
fn a_new_consent_ends_it() {
    run(async {
        let world = connected().await;
        world.pass(TOO_LATE);
        world.zoom.fail_next(Kind::Refresh, Fault::status(503));
        assert_eq!(world.ask("u1").await.status, 502);
        world.connect("u1", ADA).await;
        assert_eq!(world.ask("u1").await.status, 200);
        world.zoom.expire_access_tokens(ADA).unwrap();
        assert_eq!(world.ask("u1").await.status, 200, "a forced refresh is allowed");
    });
}
