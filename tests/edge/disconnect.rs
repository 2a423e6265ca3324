//! The Disconnect journey, also of connections that several users share: who may still use it, what Zoom is told and
//! when, and what is left when something fails in the middle.

use std::{collections::BTreeMap, future::Future, time::Duration};

use futures_util::future::join;
use http::Method;
use isthmus::testing::Fault as HostFault;
use isthmus_sandbox::{Fault, Kind, Limits};

use crate::{
    interference::{LATE, TOO_LATE, ended},
    run,
    world::{ADA, CLIENT_SECRET, World},
};

/// A copy of the same token is not saved twice within that time.
const A_MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_disconnected_user_is_gone_here_and_at_zoom() {
    run(async {
        let world = connected(&["u1"]).await;
        let left = world.disconnect("u1").await;
        assert_eq!((left.status, left.text.as_str()), (204, ""));
        assert_gone(&world, "u1").await;
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
        assert_eq!(world.zoom.calls_of(Kind::Revoke).len(), 1);
        let audit =
            world.host.sql("SELECT what FROM audit ORDER BY at DESC, rowid DESC LIMIT 1", []);
        assert_eq!(audit[0]["what"], "grant.deleted");
        world.let_alarms_end().await;
    });
}

#[test]
fn disconnecting_twice_says_that_nothing_is_connected() {
    run(async {
        let world = connected(&["u1"]).await;
        world.zoom.fail_always(Kind::Revoke, Fault::status(503));
        assert_eq!(world.disconnect("u1").await.status, 202);
        assert_eq!(world.disconnect("u1").await.told(), not_connected());
        world.zoom.clear_faults();
        world.let_alarms_end().await;
        assert_eq!(world.disconnect("u1").await.told(), not_connected());
        assert_eq!(world.disconnect("nobody").await.told(), not_connected());
    });
}

#[test]
fn disconnecting_an_unknown_integration_is_told_as_such() {
    run(async {
        let world = connected(&["u1"]).await;
        let answer = world.call(Method::DELETE, "u1", "integrations/hubspot", None).await;
        assert_eq!(answer.told(), (404, "integration_not_found".to_owned()));
        assert_eq!(world.ask("u1").await.status, 200);
    });
}

#[test]
fn of_two_users_of_one_zoom_login_one_leaves_and_the_other_stays() {
    run(async {
        let world = connected(&["u1", "u2"]).await;
        for user in ["u1", "u2"] {
            assert_eq!(world.ask(user).await.status, 200, "the second consent kept {user}");
        }
        assert_eq!(world.disconnect("u1").await.status, 204);
        assert_eq!(world.zoom.calls_of(Kind::Revoke).len(), 0);
        assert_gone(&world, "u1").await;
        assert_eq!(world.ask("u2").await.status, 200);
        world.pass(TOO_LATE);
        assert_eq!(world.ask("u2").await.status, 200);
        assert_eq!(world.disconnect("u2").await.status, 204);
        assert_eq!(world.zoom.calls_of(Kind::Revoke).len(), 1);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
    });
}

#[test]
fn a_second_consent_kills_the_first_tokens_and_the_first_user_goes_on_without_a_refresh() {
    run(async {
        let world = connected(&["u1"]).await;
        assert_eq!(world.ask("u1").await.status, 200);
        world.connect("u2", ADA).await;
        world.zoom.reset_calls();
        assert_eq!(world.ask("u1").await.status, 200);
        assert_eq!(world.refreshes(), 0, "the shared connection had the newer pair");
        assert_eq!(world.grant_status("u1").await.unwrap(), "VALID");
    });
}

#[test]
fn one_who_left_a_shared_connection_cannot_name_the_old_credential_either() {
    run(async {
        let world = connected(&["u2"]).await;
        let credential = world.connect("u1", ADA).await;
        world.disconnect("u1").await;
        let header = [("x-paragon-credential", credential.as_str())];
        let path = "proxy/zoom/users/me";
        let answer = world.call_with(Method::GET, "u1", path, &header, None).await;
        assert_eq!(answer.told(), (404, "credential_not_found".to_owned()));
    });
}

#[test]
fn a_copy_that_is_saved_after_its_grant_left_does_not_stay() {
    run(async {
        let world = connected(&["u2"]).await;
        let credential = world.connect("u1", ADA).await;
        world.host.drop_copies();
        world.pass(A_MINUTE);
        world.grant_status("u1").await;
        world.host.fault_once("save_copy", HostFault::Late);
        let (asked, _) = ended(join(world.ask("u1"), a_second_later(world.disconnect("u1")))).await;
        assert_eq!(asked.told(), not_connected());
        let header = [("x-paragon-credential", credential.as_str())];
        let path = "proxy/zoom/users/me";
        let answer = world.call_with(Method::GET, "u1", path, &header, None).await;
        assert_eq!(answer.told(), (404, "credential_not_found".to_owned()));
    });
}

#[test]
fn a_row_that_is_deleted_late_is_not_the_row_of_who_reconnected_meanwhile() {
    run(async {
        let world = connected(&["u1"]).await;
        let mut attempt = world.attempt("u1", ADA).await;
        // The first two looks are for the integration and the grant, the third brings the news.
        world.host.fault_after(2, "tables", HostFault::Late);
        let back = a_second_later(world.come_back(&mut attempt));
        let (left, back) = ended(join(world.disconnect("u1"), back)).await;
        assert_eq!((left.status, back.status), (204, 200));
        assert_eq!(world.grant_status("u1").await.as_deref(), Some("VALID"));
        assert_eq!(world.ask("u1").await.status, 200);
    });
}

#[test]
fn a_copy_that_is_saved_while_its_grant_leaves_does_not_stay() {
    run(async {
        let world = connected(&["u2"]).await;
        for seed in 1..60 {
            let credential = world.connect("u1", ADA).await;
            world.host.drop_copies();
            world.pass(A_MINUTE);
            world.host.shuffle(seed);
            ended(join(world.ask("u1"), world.disconnect("u1"))).await;
            let header = [("x-paragon-credential", credential.as_str())];
            let path = "proxy/zoom/users/me";
            let answer = world.call_with(Method::GET, "u1", path, &header, None).await;
            assert_eq!(answer.status, 404, "seed {seed}: {}", answer.text);
        }
    });
}

#[test]
fn while_zoom_cannot_be_told_the_revocation_is_pending_and_the_alarm_does_it() {
    run(async {
        for fault in [
            Fault::Refused,
            Fault::status(500),
            Fault::status(429),
            Fault::hold(Duration::from_secs(11)),
            // What Zoom says to a client secret that is not good any more.
            Fault::Answer {
                status: 400,
                body: Some(r#"{"error":"invalid_client"}"#.to_owned()),
                headers: BTreeMap::new(),
                after_effect: false,
            },
        ] {
            let world = connected(&["u1"]).await;
            world.zoom.fail_always(Kind::Revoke, fault);
            let left = world.disconnect("u1").await;
            assert_eq!(left.status, 202);
            assert_eq!(left.field("/revocation"), "pending");
            assert_gone(&world, "u1").await;
            for _ in 0..10 {
                world.pass(TOO_LATE);
                assert_eq!(ended(world.host.ring_alarms()).await, 1, "it is set again");
                assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
            }
            world.zoom.clear_faults();
            world.let_alarms_end().await;
            assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
        }
    });
}

#[test]
fn a_wrong_client_secret_delays_the_revocation_until_it_is_corrected() {
    run(async {
        let world = connected(&["u1"]).await;
        world.set_client_secret("wrong").await;
        assert_eq!(world.disconnect("u1").await.status, 202);
        assert_gone(&world, "u1").await;
        world.set_client_secret(CLIENT_SECRET).await;
        world.let_alarms_end().await;
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
    });
}

#[test]
fn a_revocation_whose_answer_was_lost_is_repeated_and_does_no_harm() {
    run(async {
        let world = connected(&["u1"]).await;
        world.zoom.fail_next(Kind::Revoke, Fault::Lost);
        assert_eq!(world.disconnect("u1").await.status, 202);
        world.let_alarms_end().await;
        assert_eq!(world.zoom.calls_of(Kind::Revoke).len(), 2);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
    });
}

#[test]
fn who_reconnects_while_a_revocation_is_pending_keeps_the_new_pair() {
    run(async {
        for user in ["u1", "u2"] {
            let world = connected(&["u1"]).await;
            world.zoom.fail_always(Kind::Revoke, Fault::Refused);
            assert_eq!(world.disconnect("u1").await.status, 202);
            world.connect(user, ADA).await;
            world.zoom.clear_faults();
            world.let_alarms_end().await;
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
            assert_eq!(world.ask(user).await.status, 200);
        }
    });
}

#[test]
fn who_reconnects_while_the_revocation_is_on_its_way_keeps_the_new_pair() {
    run(async {
        for seed in 1..60_u64 {
            let world = connected(&["u1"]).await;
            world.host.shuffle(seed);
            let slow = Fault::delay(Duration::from_millis(seed % 5 * 700));
            world.zoom.fail_next(Kind::Revoke, slow);
            ended(join(world.disconnect("u1"), world.connect("u2", ADA))).await;
            world.let_alarms_end().await;
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "seed {seed}");
            assert_eq!(world.ask("u2").await.status, 200, "seed {seed}");
            assert_gone(&world, "u1").await;
        }
    });
}

#[test]
fn a_refresh_under_way_leaves_no_pair_behind_when_the_last_one_disconnects() {
    run(async {
        for seed in 1..80_u64 {
            let world = connected(&["u1"]).await;
            world.host.shuffle(seed);
            world.pass(if seed % 2 == 0 { LATE } else { TOO_LATE });
            let slow = Fault::delay(Duration::from_millis(seed % 4 * 700));
            world.zoom.fail_next(Kind::Refresh, slow);
            ended(join(world.ask("u1"), world.disconnect("u1"))).await;
            world.let_alarms_end().await;
            assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "seed {seed}");
            assert_gone(&world, "u1").await;
        }
    });
}

#[test]
fn a_crash_anywhere_in_a_disconnect_is_made_good_by_the_alarm_and_a_second_press() {
    run(async {
        for again in [true, false] {
            for point in 1.. {
                let world = connected(&["u1"]).await;
                let journey = world.disconnect("u1");
                let crash = ended(world.host.until_crash(Some(point), journey)).await;
                let left = world.grant_status("u1").await;
                if again {
                    let status = world.disconnect("u1").await.status;
                    assert!([202, 204, 404].contains(&status), "point {point}: {status}");
                }
                world.let_alarms_end().await;
                if again || world.grant_status("u1").await.is_none() {
                    assert_gone(&world, "u1").await;
                    assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "point {point}");
                } else {
                    // It had not begun: everything is as it was.
                    assert_eq!(left.as_deref(), Some("VALID"), "point {point}");
                    assert_eq!(world.ask("u1").await.status, 200, "point {point}");
                }
                if crash.is_ok() {
                    assert!(point > 20, "it was interrupted often: {point}");
                    break;
                }
            }
        }
    });
}

#[test]
fn tables_that_fail_in_the_middle_of_a_disconnect_get_to_know_it_later() {
    run(async {
        for fault in [HostFault::Fail, HostFault::LoseAnswer] {
            for before in 0.. {
                let world = connected(&["u1"]).await;
                world.host.fault_after(before, "tables", fault);
                let answer = world.disconnect("u1").await;
                world.host.clear_faults();
                if answer.status == 204 {
                    assert!(before >= 3, "{before}");
                    break;
                }
                let told = answer.status == 202 || answer.told().1 == "store_unavailable";
                assert!(told, "{}", answer.text);
                if answer.status == 202 {
                    // The row may still be there, but nothing can be done with it.
                    assert_eq!(world.ask("u1").await.told(), not_connected());
                }
                world.let_alarms_end().await;
                if answer.status == 503 {
                    world.disconnect("u1").await;
                }
                assert_gone(&world, "u1").await;
                assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
            }
        }
    });
}

#[test]
fn a_row_that_came_back_after_its_grant_left_goes_with_the_next_disconnect() {
    run(async {
        let world = connected(&["u1"]).await;
        let row = world.host.sql("SELECT * FROM grants", [])[0].clone();
        world.disconnect("u1").await;
        let names = row.keys().cloned().collect::<Vec<_>>().join(", ");
        let places = (1..=row.len()).map(|place| format!("?{place}")).collect::<Vec<_>>();
        let insert = format!("INSERT INTO grants ({names}) VALUES ({})", places.join(", "));
        let columns: Vec<_> = row.values().cloned().collect();
        world.host.sql(Box::leak(insert.into_boxed_str()), columns);
        assert_eq!(world.grant_status("u1").await.unwrap(), "VALID");
        assert_eq!(world.ask("u1").await.told(), not_connected());
        assert_eq!(world.disconnect("u1").await.status, 204);
        assert_gone(&world, "u1").await;
    });
}

/// A world in which these users have connected Ada's Zoom account, one after the other; the log of calls is empty.
async fn connected(users: &[&str]) -> World {
    let world = World::new().await;
    world.zoom.set_limits(Limits::none());
    for user in users {
        world.connect(user, ADA).await;
    }
    world.zoom.reset_calls();
    world
}

async fn a_second_later<T>(journey: impl Future<Output = T>) -> T {
    tokio::time::sleep(Duration::from_secs(1)).await;
    journey.await
}

async fn assert_gone(world: &World, user: &str) {
    assert_eq!(world.grant_status(user).await, None);
    assert_eq!(world.ask(user).await.told(), not_connected());
}

fn not_connected() -> (u16, String) {
    (404, "not_connected".to_owned())
}
