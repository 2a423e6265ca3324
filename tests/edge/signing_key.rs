//! Changes of a project's user-token keys: how soon they count, and what is remembered meanwhile.

use std::time::Duration;

use isthmus::testing::{Fault, TestKey};
use serde_json::json;

use crate::{
    run,
    token::{assert_refused, jws, rs256},
    world::World,
};

#[test]
fn a_new_signing_key_is_used_at_once_also_right_after_a_refusal() {
    run(async {
        for lag in [0, 3_600_000] {
            let world = World::new().await;
            world.host.lag(lag);
            let key = TestKey::generate();
            let token = key.token(&world.claims("u1"));
            assert_refused(&world.me_with(&token).await, "user_token_invalid");
            world.add_key(&key.public_pem()).await;
            assert_eq!(world.me_with(&token).await.status, 200, "copies {lag} ms late");
            assert_eq!(world.me_with(&world.token("u1")).await.status, 200);
        }
    });
}

#[test]
fn a_new_project_is_there_at_once_although_its_copy_is_late() {
    run(async {
        let world = World::new().await;
        world.host.lag(3_600_000);
        let new = world.another_project().await;
        assert_eq!(new.me_with(&new.token("u1")).await.status, 200);
        // Another isolate, which has seen nothing of it.
        world.host.restart();
        assert_eq!(new.me_with(&new.token("u1")).await.status, 200);
    });
}

#[test]
fn a_withdrawn_key_is_refused_at_once_where_it_was_withdrawn() {
    run(async {
        let world = World::new().await;
        let (old, key) = (world.key_ids()[0].clone(), TestKey::generate());
        let (token, new) = (world.token("u1"), key.token(&world.claims("u1")));
        assert_eq!(world.me_with(&token).await.status, 200);
        world.add_key(&key.public_pem()).await;
        assert_eq!(world.me_with(&token).await.status, 200);
        assert_eq!(world.withdraw_key(&old).await.status, 204);
        assert_refused(&world.me_with(&token).await, "user_token_invalid");
        assert_eq!(world.me_with(&new).await.status, 200);
        assert_eq!(world.withdraw_key(&old).await.code(), "not_found");
    });
}

#[test]
fn a_withdrawn_key_is_refused_within_five_minutes_however_late_copies_are() {
    run(async {
        for elsewhere in [false, true] {
            let world = World::new().await;
            let token = world.token("u1");
            assert_eq!(world.me_with(&token).await.status, 200);
            world.host.lag(3_600_000);
            let lost = elsewhere.then_some(Fault::Fail);
            world.host.fault_always("save_copy", lost);
            world.withdraw_key(&world.key_ids()[0]).await;
            if elsewhere {
                // Another isolate, which has only the old copy.
                world.host.restart();
                world.pass(Duration::from_secs(5 * 60));
            }
            assert_refused(&world.me_with(&token).await, "user_token_invalid");
        }
    });
}

#[test]
fn a_verified_token_is_remembered_for_a_minute_and_no_longer() {
    run(async {
        let world = World::new().await;
        let token = world.token("u1");
        assert_eq!(world.me_with(&token).await.status, 200);
        // Behind everybody's back: the version of the project stays, so only the memory can still say yes.
        world.host.sql("DELETE FROM signing_keys", []);
        world.host.drop_copies();
        world.pass(Duration::from_millis(59_999));
        assert_eq!(world.me_with(&token).await.status, 200);
        world.pass(Duration::from_millis(1));
        assert_refused(&world.me_with(&token).await, "user_token_invalid");
    });
}

#[test]
fn a_token_that_names_its_key_is_checked_with_that_key_alone() {
    run(async {
        let world = World::new().await;
        let other = TestKey::generate();
        let other_id = world.add_key(&other.public_pem()).await;
        let named = |kid: &str, key: &TestKey| {
            jws(&json!({"alg": "RS256", "kid": kid}), &world.claims("u1"), rs256(key))
        };
        assert_eq!(world.me_with(&named(&other_id, &other)).await.status, 200);
        assert_eq!(world.me_with(&named("named by the customer", &other)).await.status, 200);
        assert_refused(&world.me_with(&named(&other_id, &world.key)).await, "user_token_invalid");
    });
}

#[test]
fn the_source_is_asked_about_refusals_at_most_once_a_second() {
    run(async {
        let world = World::new().await;
        let stranger = TestKey::generate().token(&world.claims("u1"));
        world.pass(Duration::from_secs(1));
        assert_refused(&world.me_with(&stranger).await, "user_token_invalid");
        // A source that fails shows who asks it.
        world.host.fault_always("tables", Some(Fault::Fail));
        world.pass(Duration::from_millis(999));
        assert_refused(&world.me_with(&stranger).await, "user_token_invalid");
        world.pass(Duration::from_millis(1));
        let unsure = world.me_with(&stranger).await;
        assert_eq!((unsure.status, unsure.code().as_str()), (503, "store_unavailable"));
    });
}
