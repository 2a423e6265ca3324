//! Every call at the host's door goes wrong, once at each place and always, in the journeys Request, Refresh and
//! Disconnect: a clear problem meanwhile, everything well afterwards.

use std::time::Duration;

use isthmus::testing::Fault;

use crate::{
    interference::{LATE, TOO_LATE},
    moves::connected,
    run,
    world::{ADA, Answer, World},
};

/// Everything that a journey may ask of the host and of the connection's storage.
pub const CALLS: [&str; 11] = [
    "tables",
    "load_copy",
    "save_copy",
    "delete_copy",
    "ask",
    "send",
    "send_and_land",
    "read",
    "write",
    "rows",
    "wake_at",
];
/// Longer than the token endpoint is left alone after refreshes that failed.
const COOLED: Duration = Duration::from_secs(30 * 60);

#[test]
fn a_request_under_any_fault_is_answered_clearly_and_works_afterwards() {
    run(async {
        let world = connected().await;
        for (call, fault) in faults_of(CALLS) {
            for copies in ["copies", "no copies"] {
                for plan in plans() {
                    if copies == "no copies" {
                        world.host.drop_copies();
                    }
                    plan.make(&world, call, fault);
                    let answer = world.ask("u1").await;
                    clear(&answer, call);
                    world.host.clear_faults();
                    let after = world.ask("u1").await;
                    assert_eq!(after.status, 200, "{call} {fault:?} {plan:?}: {}", after.text);
                }
            }
        }
        assert_eq!(world.refreshes(), 0);
    });
}

#[test]
fn a_refresh_under_any_fault_is_answered_clearly_and_works_afterwards() {
    run(async {
        for late in [LATE, TOO_LATE] {
            let world = connected().await;
            for (call, fault) in faults_of(CALLS) {
                for plan in plans() {
                    world.pass(late);
                    plan.make(&world, call, fault);
                    for _ in 0..2 {
                        clear(&world.ask("u1").await, call);
                    }
                    world.host.clear_faults();
                    world.let_alarms_end().await;
                    let after = world.ask("u1").await;
                    let lost = call == "send_and_land" && fault == Fault::LoseAnswer;
                    if after.status == 401 && lost {
                        assert!(after.text.contains("its answer never arrived"));
                        assert_eq!(world.grant_status("u1").await.unwrap(), "INVALID");
                        world.connect("u1", ADA).await;
                    } else {
                        assert_eq!(after.status, 200, "{call} {fault:?} {plan:?}: {}", after.text);
                    }
                    assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "{call} {fault:?} {plan:?}");
                }
            }
        }
    });
}

#[test]
fn a_dead_refresh_token_under_any_fault_ends_in_reconnect_required_and_an_invalid_grant() {
    run(async {
        let world = connected().await;
        for (call, fault) in faults_of(CALLS) {
            for plan in plans() {
                world.pass(TOO_LATE);
                world.zoom.revoke_user(ADA).unwrap();
                plan.make(&world, call, fault);
                clear(&world.ask("u1").await, call);
                world.host.clear_faults();
                world.pass(COOLED);
                let after = world.ask("u1").await.told();
                assert_eq!(after.1, "reconnect_required", "{call} {fault:?} {plan:?}");
                world.let_alarms_end().await;
                let status = world.grant_status("u1").await.unwrap();
                assert_eq!(status, "INVALID", "{call} {fault:?} {plan:?}");
                world.connect("u1", ADA).await;
            }
        }
    });
}

#[test]
fn a_disconnect_under_any_fault_is_answered_clearly_and_is_done_afterwards() {
    run(async {
        let world = connected().await;
        for (call, fault) in faults_of(CALLS) {
            for plan in plans() {
                plan.make(&world, call, fault);
                let answer = world.disconnect("u1").await;
                clear(&answer, call);
                world.host.clear_faults();
                if answer.status >= 400 {
                    let again = world.disconnect("u1").await.status;
                    assert!([202, 204, 404].contains(&again), "{call} {fault:?} {plan:?}");
                }
                world.let_alarms_end().await;
                assert_eq!(world.grant_status("u1").await, None, "{call} {fault:?} {plan:?}");
                assert_eq!(world.ask("u1").await.told().1, "not_connected");
                assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "{call} {fault:?} {plan:?}");
                world.connect("u1", ADA).await;
            }
        }
    });
}

#[test]
fn an_alarm_under_any_fault_is_set_again_until_its_work_is_done() {
    run(async {
        let world = connected().await;
        for (call, fault) in faults_of(CALLS) {
            for plan in plans() {
                world.host.fault_always("send", Some(Fault::Fail));
                assert_eq!(world.disconnect("u1").await.status, 202);
                world.host.clear_faults();
                world.pass(TOO_LATE);
                plan.make(&world, call, fault);
                crate::interference::ended(world.host.ring_alarms()).await;
                world.host.clear_faults();
                world.let_alarms_end().await;
                assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "{call} {fault:?} {plan:?}");
                world.connect("u1", ADA).await;
            }
        }
    });
}

#[test]
fn an_alarm_that_dies_in_the_middle_is_rung_again() {
    run(async {
        let world = connected().await;
        for point in 1.. {
            world.host.fault_always("send", Some(Fault::Fail));
            assert_eq!(world.disconnect("u1").await.status, 202);
            world.host.clear_faults();
            world.pass(TOO_LATE);
            let alarm = world.host.until_crash(Some(point), world.host.ring_alarms());
            let crash = crate::interference::ended(alarm).await;
            world.let_alarms_end().await;
            assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "point {point}");
            world.connect("u1", ADA).await;
            if crash.is_ok() {
                assert!(point > 10, "it was interrupted often: {point}");
                return;
            }
        }
    });
}

/// When the fault comes.
#[derive(Debug, Clone, Copy)]
enum Plan {
    /// Once, after so many calls of its kind.
    After(usize),
    Always,
}

impl Plan {
    fn make(self, world: &World, call: &'static str, fault: Fault) {
        match self {
            Self::After(before) => world.host.fault_after(before, call, fault),
            Self::Always => world.host.fault_always(call, Some(fault)),
        }
    }
}

fn plans() -> impl Iterator<Item = Plan> {
    (0..6).map(Plan::After).chain([Plan::Always])
}

/// Each of these calls failing, and losing its answer.
pub fn faults_of(
    calls: impl IntoIterator<Item = &'static str>,
) -> impl Iterator<Item = (&'static str, Fault)> {
    let faults = [Fault::Fail, Fault::LoseAnswer];
    calls.into_iter().flat_map(move |call| faults.map(|fault| (call, fault)))
}

/// The same, after each number below `times` of calls of the kind that went well.
pub fn faults_at(
    calls: impl IntoIterator<Item = &'static str>,
    times: usize,
) -> impl Iterator<Item = (&'static str, Fault, usize)> {
    faults_of(calls)
        .flat_map(move |(call, fault)| (0..times).map(move |before| (call, fault, before)))
}

/// A success, or one of the problems that say what to do.
fn clear(answer: &Answer, call: &str) {
    let expected = [
        (502, "zoom_unreachable"),
        (503, "store_unavailable"),
        (504, "zoom_timeout"),
        (401, "reconnect_required"),
        (404, "not_connected"),
    ];
    let (status, code) = answer.told();
    let known = (200..300).contains(&status) || expected.contains(&(status, code.as_str()));
    assert!(known, "{call}: {status} {}", answer.text);
}
