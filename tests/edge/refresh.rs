//! The Refresh journey: when there is one, that it is one, and what a failed one means.

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use isthmus::testing::Fault as HostFault;
use isthmus_sandbox::{Fault, Kind};
use serde_json::json;

use crate::{
    interference::{LATE, TOO_LATE, ended},
    moves::connected,
    run,
    world::{ADA, Answer, CLIENT_SECRET, World},
};

/// How many callers a crowd has.
const CROWD: usize = 100;
/// After the first refresh that failed, the token endpoint is left alone for so long, after the second for twice that.
const REST: Duration = Duration::from_secs(30);
const MINUTE: Duration = Duration::from_secs(60);
const A_SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_crowd_at_the_moment_of_expiry_causes_one_refresh() {
    run(async {
        let world = connected().await;
        for seed in 0..10 {
            world.host.shuffle(seed);
            for late in [LATE, TOO_LATE] {
                world.pass(late);
                world.zoom.reset_calls();
                for answer in crowd(&world).await {
                    assert_eq!(answer.status, 200, "{}", answer.text);
                }
                assert_eq!(world.refreshes(), 1, "seed {seed}");
                assert_eq!(world.zoom.calls_of(Kind::UsersMe).len(), CROWD);
            }
        }
    });
}

#[test]
fn a_crowd_with_a_copy_from_before_a_refresh_causes_none() {
    run(async {
        let world = connected().await;
        for seed in 0..10 {
            world.host.shuffle(seed);
            world.host.lag(10 * 60 * 1000);
            world.zoom.expire_access_tokens(ADA).unwrap();
            world.zoom.reset_calls();
            assert_eq!(world.ask("u1").await.status, 200);
            assert_eq!(world.refreshes(), 1);
            for answer in crowd(&world).await {
                assert_eq!(answer.status, 200, "{}", answer.text);
            }
            assert_eq!(world.refreshes(), 1, "seed {seed}");
            let refused = world.zoom.calls_of(Kind::UsersMe);
            let refused = refused.iter().filter(|call| call.status == Some(401));
            assert_eq!(refused.count(), CROWD + 1, "the copies were old");
            world.pass(11 * MINUTE);
        }
    });
}

#[test]
fn a_crowd_that_was_refused_with_one_version_causes_one_forced_refresh() {
    run(async {
        let world = connected().await;
        for seed in 0..10 {
            world.host.shuffle(seed);
            world.zoom.expire_access_tokens(ADA).unwrap();
            world.zoom.reset_calls();
            for answer in crowd(&world).await {
                assert_eq!(answer.status, 200, "{}", answer.text);
            }
            assert_eq!(world.refreshes(), 1, "seed {seed}");
            world.pass(2 * MINUTE);
        }
    });
}

#[test]
fn a_token_refused_once_is_refreshed_and_the_call_repeated_once() {
    run(async {
        for refusal in [
            Fault::status(401),
            Fault::body(400, r#"{"code":124,"message":"Access token is expired."}"#),
            Fault::body(401, "nothing readable"),
        ] {
            let world = connected().await;
            world.zoom.fail_next(Kind::CreateMeeting, refusal);
            let meeting = Some(json!({"topic": "Once"}));
            let path = "users/me/meetings";
            let answer = world.zoom(Method::POST, "u1", path, meeting).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
            assert_eq!(world.refreshes(), 1);
            assert_eq!(world.zoom.calls_of(Kind::CreateMeeting).len(), 2);
            assert_eq!(world.zoom.snapshot().meetings.len(), 1);
        }
    });
}

#[test]
fn a_token_that_is_always_refused_is_refreshed_once_a_minute_and_means_reconnect() {
    run(async {
        let world = connected().await;
        world.zoom.fail_always(Kind::Api, Fault::status(401));
        for refreshes in [1, 1, 1] {
            assert_eq!(world.ask("u1").await.told(), reconnect());
            assert_eq!(world.refreshes(), refreshes);
            world.pass(MINUTE / 4);
        }
        for answer in crowd(&world).await {
            assert_eq!(answer.told(), reconnect());
        }
        assert_eq!(world.refreshes(), 1);
        world.pass(MINUTE);
        assert_eq!(world.ask("u1").await.told(), reconnect());
        assert_eq!(world.refreshes(), 2);
        world.zoom.clear_faults();
        assert_eq!(world.ask("u1").await.status, 200);
    });
}

#[test]
fn a_user_who_removed_the_app_at_zoom_has_to_reconnect_and_zoom_is_asked_once() {
    run(async {
        for late in [Duration::ZERO, LATE, TOO_LATE] {
            let world = connected().await;
            world.pass(late);
            world.zoom.revoke_user(ADA).unwrap();
            for _ in 0..3 {
                assert_eq!(world.ask("u1").await.told(), reconnect());
                world.pass(2 * MINUTE);
            }
            assert_eq!(world.refreshes(), 1);
            assert_eq!(world.grant_status("u1").await.unwrap(), "INVALID");
            world.connect("u1", ADA).await;
            assert_eq!(world.grant_status("u1").await.unwrap(), "VALID");
            assert_eq!(world.ask("u1").await.status, 200);
        }
    });
}

#[test]
fn a_token_endpoint_in_trouble_is_a_temporary_error_and_the_connection_stays() {
    run(async {
        for fault in troubles() {
            let world = connected().await;
            world.pass(TOO_LATE);
            world.zoom.fail_next_times(Kind::Refresh, 2, fault.clone());
            for _ in 0..2 {
                let told = world.ask("u1").await.told();
                assert_eq!(told, (502, "zoom_unreachable".to_owned()), "{fault:?}");
                assert_eq!(world.grant_status("u1").await.unwrap(), "VALID");
                world.pass(2 * REST);
            }
            let answer = world.ask("u1").await;
            assert_eq!(answer.status, 200, "{fault:?}: {}", answer.text);
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
        }
    });
}

#[test]
fn a_token_that_still_lives_is_used_while_the_token_endpoint_is_in_trouble() {
    run(async {
        for fault in troubles() {
            let world = connected().await;
            world.pass(LATE);
            world.zoom.fail_next(Kind::Refresh, fault.clone());
            for refreshes in [1, 2] {
                let answer = world.ask("u1").await;
                assert_eq!(answer.status, 200, "{fault:?}: {}", answer.text);
                assert_eq!(world.refreshes(), refreshes);
                world.pass(REST);
            }
        }
    });
}

#[test]
fn a_token_that_still_lives_is_used_while_our_own_tables_are_in_trouble() {
    run(async {
        let world = connected().await;
        world.pass(LATE);
        // The first look is for the project, the second for the grant, the third for the client secret.
        world.host.fault_after(2, "tables", HostFault::Fail);
        assert_eq!(world.ask("u1").await.status, 200);
        assert_eq!(world.refreshes(), 0);
        world.pass(REST);
        assert_eq!(world.ask("u1").await.status, 200);
        assert_eq!(world.refreshes(), 1);
    });
}

#[test]
fn an_answer_that_was_lost_after_zoom_rotated_is_told_as_such() {
    run(async {
        let eleven = Duration::from_secs(11);
        for lost in [
            Fault::Lost,
            Fault::hold(eleven).after_effect(),
            Fault::delay(eleven),
            Fault::garbage().after_effect(),
            Fault::status(500).after_effect(),
        ] {
            let world = connected().await;
            world.pass(TOO_LATE);
            world.zoom.fail_next(Kind::Refresh, lost.clone());
            let first = world.ask("u1").await.told();
            assert_eq!(first, (502, "zoom_unreachable".to_owned()), "{lost:?}");
            world.pass(REST);
            let second = world.ask("u1").await;
            assert_eq!(second.told(), reconnect(), "{lost:?}");
            assert!(second.text.contains("its answer never arrived"));
            assert_eq!(world.grant_status("u1").await.unwrap(), "INVALID");
            world.connect("u1", ADA).await;
            assert_eq!(world.ask("u1").await.status, 200);
        }
    });
}

#[test]
fn a_wrong_client_secret_is_the_operators_to_correct_and_costs_no_connection() {
    run(async {
        let world = connected().await;
        world.pass(TOO_LATE);
        world.set_client_secret("wrong").await;
        let refused = (502, "client_refused".to_owned());
        assert_eq!(world.ask("u1").await.told(), refused);
        assert_eq!(world.grant_status("u1").await.unwrap(), "VALID");
        world.pass(A_SECOND);
        world.set_client_secret(CLIENT_SECRET).await;
        assert_eq!(world.ask("u1").await.status, 200);
    });
}

#[test]
fn a_wrong_client_secret_does_not_hide_that_an_answer_was_lost_before() {
    run(async {
        let world = connected().await;
        world.pass(TOO_LATE);
        world.zoom.fail_next(Kind::Refresh, Fault::Lost);
        world.ask("u1").await;
        world.pass(REST);
        world.set_client_secret("wrong").await;
        world.ask("u1").await;
        world.pass(A_SECOND);
        world.set_client_secret(CLIENT_SECRET).await;
        let answer = world.ask("u1").await;
        assert_eq!(answer.told(), reconnect());
        assert!(answer.text.contains("its answer never arrived"));
    });
}

#[test]
fn without_a_new_refresh_token_the_old_one_is_kept() {
    run(async {
        let world = connected().await;
        world.pass(TOO_LATE);
        let short = json!({"access_token": "known-to-nobody", "expires_in": 3600});
        world.zoom.fail_next(Kind::Refresh, Fault::body(200, short.to_string()));
        // Zoom refuses the token that it did not make; the refresh that this forces needs the old refresh token.
        let answer = world.ask("u1").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(world.refreshes(), 2);
    });
}

#[test]
fn a_token_that_ends_as_soon_as_it_comes_is_used_and_not_refreshed_for_ever() {
    run(async {
        let world = connected().await;
        world.pass(TOO_LATE);
        let short = json!({"access_token": "short", "expires_in": 0});
        let short = Fault::body(200, short.to_string());
        world.zoom.fail_always(Kind::Refresh, short);
        world.zoom.fail_always(Kind::UsersMe, Fault::body(200, "{}"));
        assert_eq!(world.ask("u1").await.status, 200);
        assert_eq!(world.refreshes(), 1);
    });
}

/// What Zoom's token endpoint may do without doing anything.
fn troubles() -> Vec<Fault> {
    vec![
        Fault::status(500),
        Fault::status(503),
        Fault::status(429),
        Fault::body(502, "<html>bad gateway</html>"),
        Fault::garbage(),
        Fault::body(200, "{}"),
        Fault::Refused,
        Fault::hold(Duration::from_secs(11)),
    ]
}

async fn crowd(world: &World) -> Vec<Answer> {
    ended(join_all((0..CROWD).map(|_| world.ask("u1")))).await
}

fn reconnect() -> (u16, String) {
    (401, "reconnect_required".to_owned())
}
