//! A refresh token that the project brings becomes a grant; the token is good once, and nothing of it is lost.

use std::time::Duration;

use futures_util::future::join;
use http::Method;
use isthmus::testing::Fault as HostFault;
use isthmus_sandbox::{Fault, Kind};
use serde_json::{Value, json};

use crate::{
    faults::{CALLS, faults_at},
    links::{ada, world},
    run,
    world::{ADA, Answer, CLIENT_SECRET, GRACE, World},
};

async fn import(world: &World, token: &str, more: Value) -> Answer {
    let mut body = json!({"provider": "zoom", "settings": {"refresh_token": token}, "metadata": {}, "scope": []});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    world.server(Method::POST, "grants", Some(body)).await
}

/// Repeats an import until it has ended, a minute of patience between two calls.
async fn ended(world: &World, token: &str, more: &Value) -> Answer {
    for _ in 0..12 {
        let answer = import(world, token, more.clone()).await;
        if ![502, 503, 504].contains(&answer.status) {
            return answer;
        }
        world.pass(Duration::from_secs(60));
    }
    panic!("the import never ended");
}

fn unread_tokens(world: &World) -> i64 {
    world.count(
        "SELECT count(*) AS n FROM sessions WHERE code_sealed IS NOT NULL OR tokens_sealed IS NOT NULL",
    )
}

#[test]
fn a_refresh_token_becomes_a_grant_that_works() {
    run(async {
        let world = world().await;
        let token = world.refresh_token(ADA).await;
        let more = json!({"account_id": "u1", "metadata": {"old": 7}});
        let imported = import(&world, &token, more).await;
        assert_eq!(imported.status, 201, "{}", imported.text);
        let grant = imported.field("/data/id");
        assert_eq!(imported.field("/data/account_id"), "u1");
        assert_eq!(imported.field("/data/email"), ADA);
        assert_eq!(imported.json()["data"]["metadata"], json!({"old": 7}));
        assert_eq!(imported.json()["data"]["settings"], json!({}));
        assert_eq!(world.grant(&grant).await.json(), imported.json());
        assert!(world.opens(&grant).await && world.works("u1").await);
        assert_eq!(world.zoom.token_requests().refresh, 1);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
        // The person may consent later, and it is the same grant.
        assert_eq!(ada(&world, "u1").await, grant);
    });
}

#[test]
fn without_an_account_id_the_user_is_named_after_zooms() {
    run(async {
        let world = world().await;
        let token = world.refresh_token(ADA).await;
        let imported = import(&world, &token, json!({})).await;
        let wanted = format!("zoom:{}", imported.field("/data/provider_user_id"));
        assert_eq!(imported.field("/data/account_id"), wanted);
    });
}

#[test]
fn the_same_call_again_answers_the_same_grant_and_asks_zoom_nothing() {
    run(async {
        let world = world().await;
        let token = world.refresh_token(ADA).await;
        let first = import(&world, &token, json!({"account_id": "u1"})).await;
        let again = import(&world, &token, json!({"account_id": "u1"})).await;
        assert_eq!((again.status, again.json()), (201, first.json()));
        assert_eq!(world.zoom.token_requests().refresh, 1);
        // For another user the token is of no use any more; and so it is when the grant has gone.
        let other = import(&world, &token, json!({"account_id": "u2"})).await;
        assert_eq!(other.refused(), (400, "refresh_token_refused".to_owned()));
        let path = format!("grants/{}", first.field("/data/id"));
        world.server(Method::DELETE, &path, None).await;
        let gone = import(&world, &token, json!({"account_id": "u1"})).await;
        assert_eq!(gone.refused(), (400, "refresh_token_refused".to_owned()));
    });
}

#[test]
fn the_same_call_twice_at_once_uses_the_token_once() {
    run(async {
        for seed in 1..30 {
            let world = world().await;
            let token = world.refresh_token(ADA).await;
            world.host.shuffle(seed);
            let more = json!({"account_id": "u1"});
            let both =
                join(import(&world, &token, more.clone()), import(&world, &token, more.clone()));
            let (one, two) = both.await;
            assert!(one.status == 201 || two.status == 201, "{} {}", one.text, two.text);
            assert_eq!(world.zoom.token_requests().refresh, 1, "seed {seed}");
            assert_eq!(ended(&world, &token, &more).await.status, 201);
            assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
        }
    });
}

#[test]
fn two_refresh_tokens_of_one_zoom_user_share_one_connection_and_the_live_pair_wins() {
    run(async {
        for (first, second) in [("u1", "u1"), ("u1", "u2")] {
            let world = world().await;
            let old = world.refresh_token(ADA).await;
            let one = import(&world, &old, json!({"account_id": first})).await.field("/data/id");
            // The person consents elsewhere, to the same app: the first pair is dead from now on.
            let new = world.refresh_token(ADA).await;
            let two = import(&world, &new, json!({"account_id": second})).await;
            assert_eq!(two.status, 201, "{}", two.text);
            let two = two.field("/data/id");
            assert_eq!(one == two, first == second);
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
            let refreshes = world.zoom.token_requests().refresh;
            assert!(world.opens(&one).await && world.opens(&two).await);
            assert_eq!(world.zoom.token_requests().refresh, refreshes);
            // The older of two tokens is of no use, and harms nobody.
            let dead = import(&world, &old, json!({"account_id": "u3"})).await;
            assert_eq!(dead.refused(), (400, "refresh_token_refused".to_owned()));
            assert!(world.opens(&one).await && world.opens(&two).await);
        }
    });
}

#[test]
fn a_token_that_zoom_refuses_is_named_so() {
    run(async {
        let world = world().await;
        let token = world.refresh_token(ADA).await;
        world.zoom.revoke_user(ADA).unwrap();
        for token in ["nonsense", token.as_str()] {
            let refused = import(&world, token, json!({})).await;
            assert_eq!(refused.refused(), (400, "refresh_token_refused".to_owned()));
        }
        for (body, code) in [
            (json!({"provider": "slack", "settings": {"refresh_token": "x"}}), "provider_unknown"),
            (json!({"provider": "zoom", "settings": {}}), "invalid_request"),
            (json!({"provider": "zoom"}), "invalid_request"),
            (json!({"provider": "zoom", "settings": {"refresh_token": ""}}), "invalid_request"),
            (
                json!({"provider": "zoom", "settings": {"refresh_token": "x"}, "account_id": ""}),
                "invalid_request",
            ),
        ] {
            let refused = world.server(Method::POST, "grants", Some(body)).await;
            assert_eq!(refused.refused(), (400, code.to_owned()));
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0);
        assert_eq!(unread_tokens(&world), 0);
    });
}

#[test]
fn when_zoom_does_not_answer_the_same_call_goes_on() {
    run(async {
        for (kind, fault, status) in [
            (Kind::Refresh, Fault::Refused, 502),
            (Kind::Refresh, Fault::status(503), 502),
            (Kind::Refresh, Fault::status(429), 502),
            (Kind::Refresh, Fault::hold(Duration::from_secs(60)), 504),
            (Kind::UsersMe, Fault::Refused, 502),
            (Kind::UsersMe, Fault::status(503), 502),
            (Kind::UsersMe, Fault::hold(Duration::from_secs(60)), 502),
        ] {
            let world = world().await;
            let token = world.refresh_token(ADA).await;
            world.zoom.fail_always(kind, fault.clone());
            // Longer than any person's attempt would be kept up.
            for _ in 0..12 {
                assert_eq!(import(&world, &token, json!({})).await.status, status, "{fault:?}");
            }
            world.zoom.clear_faults();
            let imported = import(&world, &token, json!({})).await;
            assert_eq!(imported.status, 201, "{fault:?}: {}", imported.text);
            assert!(world.opens(&imported.field("/data/id")).await);
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
        }
    });
}

#[test]
fn an_answer_that_is_lost_on_the_way_is_not_hidden() {
    run(async {
        for fault in [Fault::Lost, Fault::hold(Duration::from_secs(60)).after_effect()] {
            let world = world().await;
            let token = world.refresh_token(ADA).await;
            world.zoom.fail_next(Kind::Refresh, fault);
            assert!(import(&world, &token, json!({})).await.status >= 502);
            let again = import(&world, &token, json!({})).await;
            assert_eq!(again.refused(), (400, "refresh_token_refused".to_owned()));
        }
    });
}

#[test]
fn a_wrong_client_secret_can_be_corrected_and_the_token_is_still_good() {
    run(async {
        let world = world().await;
        let token = world.refresh_token(ADA).await;
        world.set_client_secret("wrong").await;
        let refused = import(&world, &token, json!({})).await;
        assert_eq!(refused.refused(), (502, "client_refused".to_owned()));
        world.set_client_secret(CLIENT_SECRET).await;
        assert_eq!(import(&world, &token, json!({})).await.status, 201);
    });
}

#[test]
fn a_pair_of_nobody_knows_whom_does_not_stay_alive() {
    run(async {
        let world = world().await;
        let token = world.refresh_token(ADA).await;
        world.zoom.fail_next(Kind::UsersMe, Fault::status(403));
        let refused = import(&world, &token, json!({})).await;
        assert_eq!(refused.refused(), (502, "account_unreadable".to_owned()));
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
        assert_eq!(unread_tokens(&world), 0);
    });
}

#[test]
fn a_grant_takes_a_new_refresh_token_of_the_same_zoom_user_only() {
    run(async {
        let world = world().await;
        let more = json!({"account_id": "u1", "metadata": {"a": 1}, "state": "s",
            "settings": {"grant_expires_in": 86400}});
        let grant = world.hosted(more, ADA).await;
        let before = world.grant(&grant).await.json();
        let patch = async |token: &str| {
            let body =
                json!({"settings": {"refresh_token": token}, "metadata": null, "scope": null});
            world.server(Method::PATCH, &format!("grants/{grant}"), Some(body)).await
        };
        world.pass(Duration::from_secs(10));
        let other = world.refresh_token(GRACE).await;
        assert_eq!(patch(&other).await.refused(), (409, "account_mismatch".to_owned()));
        assert_eq!(world.zoom.live_pairs(GRACE), Ok(0));
        assert!(world.opens(&grant).await);
        let renewed = patch(&world.refresh_token(ADA).await).await;
        assert_eq!(renewed.status, 200, "{}", renewed.text);
        for name in ["id", "account_id", "metadata", "state", "created_at", "expires_at"] {
            assert_eq!(renewed.json()["data"][name], before["data"][name], "{name}");
        }
        assert!(world.opens(&grant).await);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
    });
}

#[test]
fn after_a_crash_at_any_point_the_same_call_comes_to_an_end_and_nothing_is_there_twice() {
    run(async {
        let (mut done, mut lost) = (0, 0);
        for point in 1.. {
            let world = world().await;
            let token = world.refresh_token(ADA).await;
            let more = json!({"account_id": "u1"});
            let journey = import(&world, &token, more.clone());
            if world.host.until_crash(Some(point), journey).await.is_ok() {
                break;
            }
            let end = ended(&world, &token, &more).await;
            world.host.ring_alarms().await;
            if end.status == 201 {
                done += 1;
                assert!(world.opens(&end.field("/data/id")).await, "crash at {point}");
                assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "crash at {point}");
                assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
            } else {
                lost += 1;
                assert_eq!(end.refused(), (400, "refresh_token_refused".to_owned()), "{point}");
                assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0);
            }
            assert_eq!(world.zoom.token_requests().refresh, 1 + lost_twice(&end), "{point}");
            assert_eq!(unread_tokens(&world), 0, "crash at {point}");
        }
        // Lost is only what Zoom had answered and what had not landed yet.
        assert!(done > 20 && lost <= 2, "{done} done, {lost} lost");
    });
}

/// A token whose answer was lost has been sent once more, in vain.
fn lost_twice(end: &Answer) -> usize {
    usize::from(end.status != 201)
}

#[test]
fn when_any_one_call_fails_or_loses_its_answer_the_same_call_comes_to_an_end() {
    run(async {
        for (call, fault, before) in faults_at(CALLS, 10) {
            let world = world().await;
            let token = world.refresh_token(ADA).await;
            let more = json!({"account_id": "u1"});
            world.host.fault_after(before, call, fault);
            import(&world, &token, more.clone()).await;
            world.host.clear_faults();
            let end = ended(&world, &token, &more).await;
            let disturbance = format!("{call} {before} {fault:?}: {}", end.text);
            world.host.ring_alarms().await;
            if call == "send_and_land" && fault == HostFault::LoseAnswer && end.status != 201 {
                assert_eq!(end.code_of_server(), "refresh_token_refused", "{disturbance}");
                continue;
            }
            assert_eq!(end.status, 201, "{disturbance}");
            assert!(world.opens(&end.field("/data/id")).await, "{disturbance}");
            assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "{disturbance}");
            assert_eq!(unread_tokens(&world), 0, "{disturbance}");
        }
    });
}

impl Answer {
    fn code_of_server(&self) -> String {
        self.field("/error/code")
    }
}
