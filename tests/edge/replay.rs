//! What was told twice, and what others keep late: a consent that is finished again, a copy that cannot be deleted, a
//! token endpoint that fails, all on connections that somebody else may share.

use std::time::Duration;

use http::Method;
use isthmus::testing::Fault as HostFault;
use isthmus_sandbox::{Fault, Kind, Limits, SettingsChange};

use crate::{
    interference::LATE,
    run,
    world::{ADA, World},
};

#[test]
fn a_consent_that_is_finished_again_after_a_refresh_does_not_bring_its_old_pair_back() {
    run(async {
        let mut replayed = 0;
        for call in 0..14 {
            let world = World::new().await;
            let lenient =
                SettingsChange { access_token_survives_refresh: Some(true), ..Default::default() };
            world.zoom.change_settings(lenient);
            let mut attempt = world.attempt("u1", ADA).await;
            world.host.fault_after(call, "tables", HostFault::Fail);
            world.come_back(&mut attempt).await;
            if world.grant_status("u1").await.as_deref() != Some("VALID") {
                continue;
            }
            world.host.clear_faults();
            world.pass(LATE);
            assert_eq!(world.ask("u1").await.status, 200);
            world.come_back(&mut attempt).await;
            world.pass(LATE);
            assert_eq!(world.ask("u1").await.status, 200, "table call {call}");
            replayed += 1;
        }
        assert!(replayed > 0);
    });
}

#[test]
fn who_has_left_is_not_brought_back_by_a_consent_that_is_told_again() {
    run(async {
        for shared in [true, false] {
            let mut told_again = 0;
            for call in 0..16 {
                let world = World::new().await;
                world.zoom.set_limits(Limits::none());
                if shared {
                    world.connect("u2", ADA).await;
                }
                let mut attempt = world.attempt("u1", ADA).await;
                world.host.fault_after(call, "tables", HostFault::Fail);
                world.come_back(&mut attempt).await;
                world.host.clear_faults();
                let returned = "SELECT count(*) AS n FROM sessions WHERE status = 'returned'";
                let joined = world.grant_status("u1").await.as_deref() == Some("VALID");
                if !joined || world.count(returned) == 0 {
                    continue;
                }
                told_again += 1;
                assert_eq!(world.disconnect("u1").await.status, 204);
                world.pass(Duration::from_secs(60));
                world.sweep().await;
                assert_eq!(world.grant_status("u1").await, None, "table call {call}");
                assert_eq!(world.ask("u1").await.told().1, "not_connected");
                let polled = world.poll("u1", &attempt.session).await;
                assert_eq!(polled.field("/status"), "failed", "table call {call}");
                let pairs = usize::from(shared);
                assert_eq!(world.zoom.live_pairs(ADA), Ok(pairs), "table call {call}");
                assert!(!shared || world.works("u2").await);
            }
            assert!(told_again > 0);
        }
    });
}

#[test]
fn one_who_left_a_shared_connection_is_told_so_once_the_copy_can_be_deleted() {
    run(async {
        let world = World::new().await;
        world.connect("u2", ADA).await;
        let credential = world.connect("u1", ADA).await;
        world.host.fault_always("delete_copy", Some(HostFault::Fail));
        assert_eq!(world.disconnect("u1").await.status, 202);
        world.host.fault_always("delete_copy", None);
        world.pass(Duration::from_secs(60));
        assert!(world.host.ring_alarms().await > 0);
        let header = [("x-paragon-credential", credential.as_str())];
        let after = world.call_with(Method::GET, "u1", "proxy/zoom/users/me", &header, None).await;
        assert_eq!(after.told(), (404, "credential_not_found".to_owned()));
        assert_eq!(world.ask("u2").await.status, 200);
    });
}

#[test]
fn a_failing_token_endpoint_is_left_alone_for_a_while_as_long_as_the_token_lives() {
    run(async {
        let world = World::new().await;
        world.zoom.set_limits(Limits::none());
        world.connect("u1", ADA).await;
        world.pass(LATE);
        world.zoom.reset_calls();
        world.zoom.fail_always(Kind::Refresh, Fault::status(503));
        for _ in 0..20 {
            assert_eq!(world.ask("u1").await.status, 200);
        }
        assert_eq!(world.refreshes(), 1);
        world.zoom.clear_faults();
        world.pass(Duration::from_secs(30));
        assert_eq!(world.ask("u1").await.status, 200);
        assert_eq!(world.refreshes(), 2);
    });
}

#[test]
fn a_crowd_with_a_stale_copy_writes_one_copy() {
    run(async {
        let world = World::new().await;
        world.zoom.set_limits(Limits::none());
        let credential = world.connect("u1", ADA).await;
        world.host.drop_copies();
        world.host.lag(i64::MAX);
        let header = [("x-paragon-credential", credential.as_str())];
        let before = world.host.copies_written();
        for _ in 0..20 {
            let answer = world.call_with(Method::GET, "u1", "proxy/zoom/users/me", &header, None);
            assert_eq!(answer.await.status, 200);
        }
        assert!(world.host.copies_written() - before <= 2);
    });
}
