//! Two tabs of one user, and two users of one Zoom login: consents that meet at every point end in one live pair.

use isthmus_sandbox::Kind;

use crate::{
    moves::{Attempt, interleaved},
    run,
    world::{ADA, Browser, World},
};

/// However the two redirects meet: both end, the grants of those that are done work, Zoom knows one live pair.
async fn assert_one_live_pair(world: &World, attempts: &[&Attempt], steps: usize) {
    let mut done = 0;
    for attempt in attempts {
        let polled = world.ended(attempt).await;
        if polled.field("/status") == "done" {
            assert!(world.works(&attempt.user).await, "after {steps} steps");
            done += 1;
        } else {
            // Overtaken by the other between the exchange and the question whose account it is.
            assert_eq!(polled.field("/problem/code"), "exchange_interrupted");
        }
    }
    assert!(done > 0, "after {steps} steps nobody is connected");
    assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "after {steps} steps");
    assert_eq!(world.zoom.token_requests().refresh, 0);
}

#[test]
fn two_tabs_of_one_user_end_in_one_grant_wherever_they_meet() {
    run(async {
        let mut met = 0;
        for steps in 1.. {
            let world = World::new().await;
            let mut one = world.attempt("u1", ADA).await;
            let mut two = world.attempt("u1", ADA).await;
            let both = interleaved(steps, world.come_back(&mut one), world.come_back(&mut two));
            if both.await.is_none() {
                break;
            }
            met += 1;
            assert_one_live_pair(&world, &[&one, &two], steps).await;
            assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
        }
        assert!(met > 20, "{met}");
    });
}

#[test]
fn two_users_of_one_zoom_login_share_one_live_pair_wherever_they_meet() {
    run(async {
        let mut met = 0;
        for steps in 1.. {
            let world = World::new().await;
            let mut one = world.attempt("u1", ADA).await;
            let mut two = world.attempt("u2", ADA).await;
            let both = interleaved(steps, world.come_back(&mut one), world.come_back(&mut two));
            if both.await.is_none() {
                break;
            }
            met += 1;
            assert_one_live_pair(&world, &[&one, &two], steps).await;
        }
        assert!(met > 20, "{met}");
    });
}

#[test]
fn tabs_that_run_at_once_in_any_order_end_in_one_live_pair() {
    run(async {
        for seed in 1..60 {
            let world = World::new().await;
            let mut one = world.attempt("u1", ADA).await;
            let mut two = world.attempt("u1", ADA).await;
            let mut three = world.attempt("u2", ADA).await;
            world.host.shuffle(seed);
            futures_util::future::join3(
                world.come_back(&mut one),
                world.come_back(&mut two),
                world.come_back(&mut three),
            )
            .await;
            assert_one_live_pair(&world, &[&one, &two, &three], 0).await;
        }
    });
}

#[test]
fn two_polls_and_a_reload_at_once_finish_an_interrupted_session_once() {
    run(async {
        for seed in 1..30 {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let crashed = world.host.until_crash(Some(7), world.come_back(&mut attempt)).await;
            assert!(crashed.is_err());
            world.pass(std::time::Duration::from_secs(46));
            world.host.shuffle(seed);
            let session = attempt.session.clone();
            futures_util::future::join3(
                world.poll("u1", &session),
                world.poll("u1", &session),
                world.come_back(&mut attempt),
            )
            .await;
            assert_eq!(world.ended(&attempt).await.field("/status"), "done");
            assert_eq!(world.zoom.calls_of(Kind::Exchange).len(), 1);
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
            assert!(world.works("u1").await);
        }
    });
}

#[test]
fn a_redirect_that_arrives_twice_at_once_takes_the_code_once() {
    run(async {
        for steps in 1.. {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let back = attempt.back.clone();
            let cookies = attempt.browser.cookies.clone();
            let mut same = Browser { cookies };
            let both = interleaved(
                steps,
                world.come_back(&mut attempt),
                world.visit(&mut same, &back, None),
            );
            let Some((first, second)) = both.await else {
                break;
            };
            assert_eq!((first.status, second.status), (200, 200), "{steps}");
            assert_eq!(world.ended(&attempt).await.field("/status"), "done");
            assert_eq!(world.zoom.calls_of(Kind::Exchange).len(), 1, "{steps}");
            assert!(world.works("u1").await);
        }
    });
}
