//! A new refresh token for a grant that is there: it renews the pair and nothing else, once, and brings nothing back that
//! was taken back.

use std::time::Duration;

use http::Method;
use isthmus::{host::Host, testing::Fault};
use serde_json::{Value, json};

use crate::{
    endpoint::HOOKS,
    links::{self, ada},
    moves::interleaved,
    run,
    world::{ADA, Answer, GRACE, World},
};

async fn patch(world: &World, id: &str, body: Value) -> Answer {
    world.server(Method::PATCH, &format!("grants/{id}"), Some(body)).await
}

fn with(token: &str) -> Value {
    json!({"settings": {"refresh_token": token}})
}

/// A grant for a minute, and the minute is over.
async fn over(world: &World) -> String {
    let more = json!({"account_id": "u1", "settings": {"grant_expires_in": 60}});
    let id = world.hosted(more, ADA).await;
    world.pass(Duration::from_secs(61));
    id
}

#[test]
fn a_grant_that_was_deleted_does_not_come_back_by_an_interrupted_renewal() {
    run(async {
        for call in ["send", "ask"] {
            let world = links::world().await;
            let id = ada(&world, "u1").await;
            let token = world.refresh_token(ADA).await;
            // The pair has landed, and the grant is not told.
            world.host.fault_after(0, call, Fault::Fail);
            let patched = patch(&world, &id, with(&token)).await;
            assert_eq!(patched.status, 502, "{}", patched.text);
            world.host.clear_faults();
            let gone = world.server(Method::DELETE, &format!("grants/{id}"), None).await;
            assert_eq!(gone.status, 200, "{}", gone.text);
            world.pass(Duration::from_secs(60));
            world.sweep().await;
            world.let_alarms_end().await;
            assert_eq!(world.grant(&id).await.refused(), (404, "grant_not_found".to_owned()));
            assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
            let problem =
                world.host.sql("SELECT problem FROM sessions WHERE dialect = 'import'", []);
            assert_eq!(problem[0]["problem"], "grant_not_found");
        }
    });
}

#[test]
fn a_grant_that_is_deleted_while_its_token_comes_is_gone_however_they_interleave() {
    run(async {
        let mut refused = 0;
        for steps in 1.. {
            let world = links::world().await;
            let id = ada(&world, "u1").await;
            let token = world.refresh_token(ADA).await;
            let path = format!("grants/{id}");
            let renewal = patch(&world, &id, with(&token));
            let deletion = world.server(Method::DELETE, &path, None);
            let Some((renewed, deleted)) = interleaved(steps, renewal, deletion).await else {
                break;
            };
            world.let_alarms_end().await;
            assert!([200, 202].contains(&deleted.status), "{steps}: {}", deleted.text);
            assert!([200, 400, 404].contains(&renewed.status), "{steps}: {}", renewed.text);
            assert_eq!(world.grant(&id).await.status, 404, "{steps}");
            if world.zoom.token_requests().refresh > 0 {
                refused += usize::from(renewed.status == 404);
                assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "{steps}");
            }
        }
        assert!(refused > 5, "{refused}");
    });
}

#[test]
fn others_who_use_that_zoom_login_keep_the_pair_that_came_for_a_deleted_grant() {
    run(async {
        let world = links::world().await;
        let (one, other) = (ada(&world, "u1").await, ada(&world, "u2").await);
        let token = world.refresh_token(ADA).await;
        world.host.fault_after(0, "send", Fault::Fail);
        assert_eq!(patch(&world, &one, with(&token)).await.status, 502);
        world.host.clear_faults();
        world.server(Method::DELETE, &format!("grants/{one}"), None).await;
        world.pass(Duration::from_secs(60));
        world.sweep().await;
        assert_eq!(world.grant(&one).await.status, 404);
        assert!(world.opens(&other).await);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
    });
}

#[test]
fn a_new_token_does_not_lengthen_a_consent_that_has_ended() {
    run(async {
        let world = links::world().await;
        let id = over(&world).await;
        let token = world.refresh_token(ADA).await;
        let refused = patch(&world, &id, with(&token)).await;
        assert_eq!(refused.refused(), (401, "grant_expired".to_owned()));
        assert_eq!(world.zoom.token_requests().refresh, 0, "the token is still good");
        // Only who says so anew.
        let mut body = with(&token);
        body["settings"]["grant_expires_in"] = json!(3600);
        let renewed = patch(&world, &id, body).await;
        assert_eq!(renewed.status, 200, "{}", renewed.text);
        assert_eq!(renewed.json()["data"]["expires_at"], world.host.now().seconds() + 3600);
        assert!(world.opens(&id).await);
    });
}

#[test]
fn a_new_token_keeps_the_end_to_the_millisecond() {
    run(async {
        let world = links::world().await;
        let more = json!({"account_id": "u1", "settings": {"grant_expires_in": 3600}});
        let id = world.hosted(more, ADA).await;
        let end = "SELECT expires_at AS n FROM grants";
        let before = world.count(end);
        for _ in 0..3 {
            world.pass(Duration::from_millis(700));
            let token = world.refresh_token(ADA).await;
            assert_eq!(patch(&world, &id, with(&token)).await.status, 200);
        }
        assert_eq!(world.count(end), before);
    });
}

#[test]
fn a_token_whose_grant_ended_while_it_was_on_the_way_leaves_no_pair() {
    run(async {
        let world = links::world().await;
        let more = json!({"account_id": "u1", "settings": {"grant_expires_in": 60}});
        let id = world.hosted(more, ADA).await;
        let token = world.refresh_token(ADA).await;
        world.host.fault_after(0, "ask", Fault::Fail);
        assert_eq!(patch(&world, &id, with(&token)).await.status, 502);
        world.host.clear_faults();
        world.pass(Duration::from_secs(61));
        world.sweep().await;
        world.let_alarms_end().await;
        assert_eq!(world.grant(&id).await.field("/data/grant_status"), "invalid");
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
    });
}

#[test]
fn a_token_and_what_is_said_besides_are_one_change() {
    run(async {
        let world = links::world().await;
        let id = ada(&world, "u1").await;
        world.let_alarms_end().await;
        world.listen(json!({"url": HOOKS})).await;
        let token = world.refresh_token(ADA).await;
        let mut body = with(&token);
        body["settings"]["grant_expires_in"] = json!(3600);
        body["metadata"] = json!({"a": 1});
        let patched = patch(&world, &id, body.clone()).await;
        assert_eq!(patched.status, 200, "{}", patched.text);
        assert_eq!(patched.json()["data"]["metadata"], json!({"a": 1}));
        let end = world.host.now().seconds() + 3600;
        assert_eq!(patched.json()["data"]["expires_at"], end);
        let noted = "SELECT count(*) AS n FROM audit WHERE what = 'grant.updated'";
        assert_eq!(world.count(noted), 1);
        world.host.ring_alarms().await;
        assert_eq!(world.heard.types(), ["grant.updated"]);
        // The token is known by now; what is said besides is heard all the same.
        body["metadata"] = json!({"a": 2});
        let again = patch(&world, &id, body).await;
        assert_eq!(again.json()["data"]["metadata"], json!({"a": 2}));
        assert_eq!(world.zoom.token_requests().refresh, 1);
    });
}

#[test]
fn a_token_that_was_used_before_does_not_pass_for_a_good_one_when_its_pair_has_died() {
    run(async {
        let world = links::world().await;
        let id = ada(&world, "u1").await;
        let token = world.refresh_token(ADA).await;
        for _ in 0..2 {
            assert_eq!(patch(&world, &id, with(&token)).await.status, 200);
        }
        let import =
            json!({"provider": "zoom", "settings": {"refresh_token": token}, "account_id": "u1"});
        assert_eq!(world.server(Method::POST, "grants", Some(import.clone())).await.status, 201);
        // A consent elsewhere kills the pair.
        world.refresh_token(ADA).await;
        assert!(!world.opens(&id).await);
        let refused = (400, "refresh_token_refused".to_owned());
        assert_eq!(patch(&world, &id, with(&token)).await.refused(), refused);
        assert_eq!(world.server(Method::POST, "grants", Some(import)).await.refused(), refused);
    });
}

#[test]
fn a_repeated_import_changes_nothing() {
    run(async {
        let world = links::world().await;
        let token = world.refresh_token(ADA).await;
        let import = async |note: i64| {
            let body = json!({"provider": "zoom", "settings": {"refresh_token": token},
                "account_id": "u1", "metadata": {"note": note}});
            world.server(Method::POST, "grants", Some(body)).await
        };
        let (first, again) = (import(1).await, import(2).await);
        assert_eq!((again.status, again.json()), (201, first.json()));
    });
}

#[test]
fn a_token_that_made_another_grant_of_the_same_user_does_not_pass_for_this_one() {
    run(async {
        let world = links::world().await;
        let id = ada(&world, "u1").await;
        let token = world.refresh_token(GRACE).await;
        let import =
            json!({"provider": "zoom", "settings": {"refresh_token": token}, "account_id": "u1"});
        let other = world.server(Method::POST, "grants", Some(import)).await.field("/data/id");
        let refused = patch(&world, &id, with(&token)).await;
        assert_eq!(refused.refused(), (409, "account_mismatch".to_owned()));
        assert!(world.opens(&id).await && world.opens(&other).await);
    });
}
