//! A connect that is given up after its token pair has landed: the pair does not stay alive without an owner, and what
//! the person was told agrees with what there is.

use std::time::Duration;

use http::Method;
use isthmus::testing::Fault;
use serde_json::json;

use crate::{
    faults::{faults_at, faults_of},
    interference::ended,
    links, run,
    world::{ADA, World},
};

const PAIRS: &str = "SELECT count(*) AS n FROM sessions WHERE tokens_sealed IS NOT NULL";
const GRANTS: &str = "SELECT count(*) AS n FROM grants";

/// Some rounds of the sweep and of the alarms, a minute apart.
async fn time_goes_by(world: &World) {
    for _ in 0..5 {
        world.pass(Duration::from_secs(60));
        world.host.ring_alarms().await;
        world.sweep().await;
    }
}

/// A connect of u1 that failed since the connection could not be asked; its session.
async fn given_up(world: &World) -> String {
    let mut attempt = world.attempt("u1", ADA).await;
    world.host.fault_always("ask", Some(Fault::Fail));
    world.come_back(&mut attempt).await;
    let end = world.ended(&attempt).await;
    assert_eq!(end.field("/problem/code"), "store_unavailable");
    world.host.clear_faults();
    assert_eq!((world.count(PAIRS), world.zoom.live_pairs(ADA)), (1, Ok(1)));
    attempt.session
}

#[test]
fn after_an_outage_that_outlasts_every_attempt_zoom_forgets_the_pair() {
    run(async {
        for (call, fault) in faults_of(["ask", "send"]) {
            let place = format!("{call} {fault:?}");
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            world.host.fault_always(call, Some(fault));
            world.come_back(&mut attempt).await;
            let told = world.ended(&attempt).await.field("/status");
            world.host.clear_faults();
            time_goes_by(&world).await;
            let polled = world.poll("u1", &attempt.session).await;
            assert_eq!(polled.field("/status"), told, "{place}");
            let grants = i64::from(told == "done");
            assert_eq!(world.count(GRANTS), grants, "{place}");
            assert_eq!(world.zoom.live_pairs(ADA), Ok(usize::from(told == "done")), "{place}");
            assert_eq!(world.count(PAIRS), 0, "{place}");
            // Only the connection's answer was lost: the grant is there.
            let found = (call, fault) == ("ask", Fault::LoseAnswer);
            assert_eq!((told == "done", world.works("u1").await), (found, found), "{place}");
        }
    });
}

#[test]
fn a_short_outage_does_not_end_a_connect_however_often_the_page_asks() {
    run(async {
        for call in ["ask", "send"] {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            world.host.fault_always(call, Some(Fault::Fail));
            world.come_back(&mut attempt).await;
            for _ in 0..25 {
                world.pass(Duration::from_secs(1));
                let polled = world.poll("u1", &attempt.session).await;
                assert_eq!(polled.field("/status"), "open", "{call}: {}", polled.text);
            }
            world.host.clear_faults();
            world.pass(Duration::from_secs(5));
            let polled = world.poll("u1", &attempt.session).await;
            assert_eq!(polled.field("/status"), "done", "{call}: {}", polled.text);
            assert!(world.works("u1").await);
        }
    });
}

#[test]
fn those_who_use_that_zoom_login_go_on_with_the_pair() {
    run(async {
        let world = World::new().await;
        world.connect("u2", ADA).await;
        given_up(&world).await;
        time_goes_by(&world).await;
        assert_eq!((world.count(PAIRS), world.zoom.live_pairs(ADA)), (0, Ok(1)));
        assert!(world.works("u2").await);
        assert_eq!(world.count(GRANTS), 1);
    });
}

#[test]
fn whatever_dies_or_fails_while_the_pair_is_settled_it_comes_to_an_end() {
    run(async {
        for point in 1.. {
            let world = World::new().await;
            given_up(&world).await;
            let crash = ended(world.host.until_crash(Some(point), world.sweep())).await;
            time_goes_by(&world).await;
            let left = (world.count(PAIRS), world.zoom.live_pairs(ADA));
            assert_eq!(left, (0, Ok(0)), "crash at {point}");
            if crash.is_ok() {
                assert!(point > 20, "{point}");
                break;
            }
        }
        for (call, fault, before) in
            faults_at(["tables", "ask", "send", "read", "write", "wake_at"], 8)
        {
            let world = World::new().await;
            given_up(&world).await;
            world.host.fault_after(before, call, fault);
            world.admin(Method::POST, "/admin/sweep", &json!(null)).await;
            world.host.clear_faults();
            time_goes_by(&world).await;
            let left = (world.count(PAIRS), world.zoom.live_pairs(ADA));
            assert_eq!(left, (0, Ok(0)), "{call} {fault:?} {before}");
            assert_eq!(world.count(GRANTS), 0, "{call} {fault:?} {before}");
        }
    });
}

#[test]
fn a_deletion_and_an_erasure_wait_until_the_pair_is_settled() {
    run(async {
        let world = World::new().await;
        given_up(&world).await;
        world.host.fault_always("send", Some(Fault::Fail));
        let deleting = world.delete_integration().await;
        assert_eq!(
            (deleting.status, &deleting.json()["data"]["connections_left"]),
            (202, &json!(1))
        );
        world.host.clear_faults();
        time_goes_by(&world).await;
        assert_eq!(world.count("SELECT count(*) AS n FROM integrations"), 0);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));

        let world = World::new().await;
        given_up(&world).await;
        world.host.fault_always("send", Some(Fault::Fail));
        let erased = world.server(Method::DELETE, "users/u1", None).await;
        assert_eq!(erased.status, 202, "{}", erased.text);
        world.host.clear_faults();
        time_goes_by(&world).await;
        assert_eq!((world.count(PAIRS), world.zoom.live_pairs(ADA)), (0, Ok(0)));
        assert_eq!(world.server(Method::DELETE, "users/u1", None).await.status, 200);
        assert_eq!(world.count("SELECT count(*) AS n FROM sessions"), 0);
    });
}

#[test]
fn a_pair_does_not_go_with_its_old_session() {
    run(async {
        let world = links::world().await;
        let token = world.refresh_token(ADA).await;
        world.host.fault_always("ask", Some(Fault::Fail));
        let body =
            json!({"provider": "zoom", "settings": {"refresh_token": token}, "account_id": "u1"});
        let pending = world.server(Method::POST, "grants", Some(body)).await;
        assert_eq!(pending.status, 502, "{}", pending.text);
        world.pass(Duration::from_secs(25 * 3600));
        world.begin("u2").await;
        assert_eq!((world.count(PAIRS), world.zoom.live_pairs(ADA)), (1, Ok(1)));
        world.host.clear_faults();
        // Its access token has ended: nobody will know whose it is.
        time_goes_by(&world).await;
        assert_eq!((world.count(PAIRS), world.zoom.live_pairs(ADA)), (0, Ok(0)));
    });
}

#[test]
fn a_pair_that_nothing_can_be_done_about_is_forgotten_after_a_month() {
    run(async {
        let world = World::new().await;
        given_up(&world).await;
        world.host.fault_always("send", Some(Fault::Fail));
        world.pass(Duration::from_secs(30 * 86_400));
        world.sweep().await;
        assert_eq!(world.count(PAIRS), 1);
        world.pass(Duration::from_secs(86_400));
        world.sweep().await;
        assert_eq!(world.count("SELECT count(*) AS n FROM sessions"), 0);
    });
}
