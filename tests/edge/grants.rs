//! Grants as a project's server sees and changes them.

use std::time::Duration;

use http::Method;
use isthmus_sandbox::{Fault, Kind};
use serde_json::{Value, json};

use crate::{
    links::{ada, world},
    run,
    world::{ADA, Answer, GRACE, World},
};

async fn list(world: &World, query: &str) -> Value {
    let listed = world.server(Method::GET, &format!("grants?{query}"), None).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    listed.json()
}

async fn patch(world: &World, id: &str, body: Value) -> Answer {
    world.server(Method::PATCH, &format!("grants/{id}"), Some(body)).await
}

async fn delete(world: &World, id: &str) -> Answer {
    world.server(Method::DELETE, &format!("grants/{id}"), None).await
}

async fn sync(world: &World, id: &str) -> Answer {
    world.server(Method::POST, &format!("grants/{id}/sync?sync_from=7"), None).await
}

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[test]
fn an_empty_filter_is_refused_by_its_name_and_never_shows_everybody() {
    run(async {
        let world = world().await;
        ada(&world, "u1").await;
        for (path, name) in [
            ("grants?account_id=", "account_id"),
            ("grants?account_id", "account_id"),
            ("grants?account_id=u1&account_id=", "account_id"),
            ("grants?limit=1&email=", "email"),
            ("grants?provider=", "provider"),
            ("grants?grant_status=", "grant_status"),
            ("deliveries?status=", "status"),
        ] {
            let refused = world.server(Method::GET, path, None).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()), "{path}");
            let wanted = format!("({name}: a text that is not empty is wanted");
            assert!(refused.field("/message").contains(&wanted), "{}", refused.text);
        }
    });
}

#[test]
fn a_list_is_filtered_and_paged_to_an_empty_end() {
    run(async {
        let world = world().await;
        assert_eq!(list(&world, "").await["data"], json!([]));
        let mut all = Vec::new();
        for (user, zoom_user) in [("u1", ADA), ("u2", ADA), ("u1", GRACE)] {
            all.push(world.hosted(json!({"account_id": user}), zoom_user).await);
            world.pass(Duration::from_secs(1));
        }
        assert_eq!(ids(&list(&world, "").await), all);
        let (one, two, three) = (all[0].as_str(), all[1].as_str(), all[2].as_str());
        for (query, wanted) in [
            ("provider=zoom", vec![one, two, three]),
            ("provider=slack", vec![]),
            ("account_id=u1", vec![one, three]),
            ("account_id=u1&email=ada%40acme.example", vec![one]),
            ("email=ADA%40Acme.example", vec![one, two]),
            ("email=%25", vec![]),
            ("account_id=%27+OR+1%3D1+--", vec![]),
            ("grant_status=valid", vec![one, two, three]),
            ("grant_status=invalid", vec![]),
            ("offset=0&limit=2", vec![one, two]),
            ("offset=2&limit=2", vec![three]),
            ("offset=3&limit=2", vec![]),
            ("offset=1000000", vec![]),
        ] {
            assert_eq!(ids(&list(&world, query).await), wanted, "{query}");
        }
        let page = list(&world, "offset=1&limit=1").await;
        assert_eq!(
            (&page["offset"], &page["limit"], &page["success"]),
            (&json!(1), &json!(1), &json!(true))
        );
        for query in ["limit=0", "limit=201", "limit=x", "offset=-1", "grant_status=VALID"] {
            let refused = world.server(Method::GET, &format!("grants?{query}"), None).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()), "{query}");
        }
    });
}

#[test]
fn a_grant_of_another_project_is_not_there() {
    run(async {
        let world = world().await;
        let other = world.another_project().await;
        let grant = ada(&world, "u1").await;
        assert_eq!(list(&other, "").await["data"], json!([]));
        for path in [format!("grants/{grant}"), format!("grants/{grant}/sync")] {
            let answer = other.server(Method::GET, &path, None).await;
            assert_eq!(answer.refused(), (404, "grant_not_found".to_owned()), "{path}");
        }
        let change = patch(&other, &grant, json!({"metadata": {}})).await;
        assert_eq!(change.refused(), (404, "grant_not_found".to_owned()));
        assert_eq!(delete(&other, &grant).await.refused(), (404, "grant_not_found".to_owned()));
        assert!(world.opens(&grant).await);
    });
}

#[test]
fn metadata_and_the_end_of_a_consent_can_be_changed() {
    run(async {
        let world = world().await;
        let grant = world.hosted(json!({"account_id": "u1", "metadata": {"a": 1}}), ADA).await;
        let now = isthmus::host::Host::now(&world.host).seconds();
        let changed = patch(&world, &grant, json!({"metadata": {"b": [2]}})).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        assert_eq!(changed.json()["data"]["metadata"], json!({"b": [2]}));
        let ends = patch(&world, &grant, json!({"settings": {"grant_expires_in": 3600}})).await;
        assert_eq!(ends.json()["data"]["expires_at"], json!(now + 3600));
        // What is not named stays, also empty settings, as the Python client sends them.
        let scope = changed.json()["data"]["scope"].clone();
        let kept = json!({"settings": {}, "scope": scope});
        let same = patch(&world, &grant, kept).await.json();
        assert_eq!(same["data"]["expires_at"], json!(now + 3600));
        assert_eq!(same["data"]["metadata"], json!({"b": [2]}));
        let never = patch(&world, &grant, json!({"settings": {"grant_expires_in": null}})).await;
        assert_eq!(never.json()["data"].get("expires_at"), None);
        // Connecting again keeps what was noted.
        assert_eq!(world.connect("u1", ADA).await, grant);
        assert_eq!(world.grant(&grant).await.json()["data"]["metadata"], json!({"b": [2]}));
        assert_eq!(world.grant(&grant).await.json(), {
            let read = patch(&world, &grant, json!({})).await;
            read.json()
        });
    });
}

#[test]
fn a_change_that_cannot_be_is_refused_with_its_place() {
    run(async {
        let world = world().await;
        let grant = ada(&world, "u1").await;
        for (body, place) in [
            (json!({"metadata": []}), "metadata: an object is wanted, not a list"),
            (json!({"settings": {"grant_expires_in": 1}}), "settings.grant_expires_in: seconds"),
            (json!({"settings": {"refresh_token": 7}}), "settings.refresh_token: a text is wanted"),
            (
                json!({"settings": {"refresh_token": ""}}),
                "settings.refresh_token: a text that is not",
            ),
            (json!({"scope": ["meeting:delete:everything"]}), "scope: it is what was granted"),
        ] {
            let refused = patch(&world, &grant, body).await;
            assert_eq!(refused.refused(), (400, "invalid_request".to_owned()));
            assert!(refused.field("/message").contains(place), "{}", refused.text);
        }
        let large = json!({"metadata": {"x": "y".repeat(17_000)}});
        assert_eq!(patch(&world, &grant, large).await.refused().0, 413);
    });
}

#[test]
fn the_end_of_a_consent_that_is_over_cannot_be_put_off() {
    run(async {
        let world = world().await;
        let more = json!({"account_id": "u1", "settings": {"grant_expires_in": 60}});
        let grant = world.hosted(more, ADA).await;
        world.pass(Duration::from_secs(61));
        let later = json!({"settings": {"grant_expires_in": 3600}, "metadata": {"a": 1}});
        for body in [later, json!({"settings": {"grant_expires_in": null}})] {
            let refused = patch(&world, &grant, body).await;
            assert_eq!(refused.refused(), (401, "grant_expired".to_owned()));
            assert!(refused.field("/message").contains("nothing was changed"));
        }
        assert_eq!(world.grant(&grant).await.json()["data"]["metadata"], json!({}));
        let noted = patch(&world, &grant, json!({"metadata": {"a": 1}})).await;
        assert_eq!(noted.json()["data"]["metadata"], json!({"a": 1}));
    });
}

#[test]
fn a_deleted_grant_is_gone_at_once_and_zoom_forgets_it() {
    run(async {
        let world = world().await;
        let grant = ada(&world, "u1").await;
        let deleted = delete(&world, &grant).await;
        assert_eq!(deleted.status, 200, "{}", deleted.text);
        assert_eq!(deleted.json()["data"], json!({"id": grant, "status": "deleted"}));
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
        assert_eq!(world.grant(&grant).await.refused(), (404, "grant_not_found".to_owned()));
        assert_eq!(delete(&world, &grant).await.refused(), (404, "grant_not_found".to_owned()));
        let called = world.by_server(Method::GET, &grant, "users/me").await;
        assert_eq!(called.refused(), (404, "grant_not_found".to_owned()));
    });
}

#[test]
fn while_zoom_cannot_be_told_a_deletion_says_so_and_is_finished_later() {
    run(async {
        let world = world().await;
        let grant = ada(&world, "u1").await;
        world.zoom.fail_always(Kind::Revoke, Fault::status(503));
        let deleted = delete(&world, &grant).await;
        assert_eq!(deleted.status, 202, "{}", deleted.text);
        assert_eq!(deleted.field("/data/revocation"), "pending");
        assert_eq!(world.grant(&grant).await.status, 404);
        world.zoom.clear_faults();
        world.pass(Duration::from_secs(60));
        world.host.ring_alarms().await;
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
    });
}

#[test]
fn a_sync_asks_zoom_again_whose_account_it_is() {
    run(async {
        let world = world().await;
        let grant = ada(&world, "u1").await;
        let id = world.grant(&grant).await.field("/data/provider_user_id");
        let moved = json!({"id": id, "account_id": "a2", "email": "ada@new.example", "display_name": "Ada L."});
        world.zoom.fail_next(Kind::UsersMe, Fault::body(200, moved.to_string()));
        let synced = sync(&world, &grant).await;
        assert_eq!(synced.status, 200, "{}", synced.text);
        assert_eq!(synced.field("/data/email"), "ada@new.example");
        assert_eq!(synced.field("/data/name"), "Ada L.");
        // By GET too, and with a token that has to be renewed.
        world.zoom.expire_access_tokens(ADA).unwrap();
        let path = format!("grants/{grant}/sync");
        let synced = world.server(Method::GET, &path, None).await;
        assert_eq!(synced.field("/data/email"), ADA);
        assert_eq!(world.zoom.token_requests().refresh, 1);
    });
}

#[test]
fn a_sync_that_fails_says_why_and_changes_nothing() {
    run(async {
        let world = world().await;
        let grant = ada(&world, "u1").await;
        let before = world.grant(&grant).await.json();
        let other = json!({"id": "somebody-else"}).to_string();
        for (fault, status, code) in [
            (Fault::status(503), 502, "zoom_unreachable"),
            (Fault::Refused, 502, "zoom_unreachable"),
            (Fault::hold(Duration::from_secs(60)), 504, "zoom_timeout"),
            (Fault::status(403), 502, "account_unreadable"),
            (Fault::body(200, other), 502, "account_unreadable"),
        ] {
            world.zoom.fail_next(Kind::UsersMe, fault.clone());
            assert_eq!(
                sync(&world, &grant).await.refused(),
                (status, code.to_owned()),
                "{fault:?}"
            );
        }
        assert_eq!(world.grant(&grant).await.json(), before);
        world.zoom.revoke_user(ADA).unwrap();
        assert_eq!(sync(&world, &grant).await.refused(), (401, "reconnect_required".to_owned()));
        assert_eq!(world.grant(&grant).await.field("/data/grant_status"), "invalid");
        assert_eq!(ids(&list(&world, "grant_status=invalid").await), [grant]);
    });
}

#[test]
fn no_answer_shows_a_token() {
    run(async {
        let world = world().await;
        let token = world.refresh_token(GRACE).await;
        let body = json!({"provider": "zoom", "settings": {"refresh_token": token}});
        let imported = world.server(Method::POST, "grants", Some(body)).await;
        assert_eq!(imported.status, 201, "{}", imported.text);
        let grant = ada(&world, "u1").await;
        sync(&world, &grant).await;
        patch(&world, &grant, json!({"metadata": {}})).await;
        list(&world, "").await;
        delete(&world, &grant).await;
        let answered = world.answered.borrow();
        for secret in ["sandbox-access-", "sandbox-refresh-", "sandbox-code-", token.as_str()] {
            assert!(!answered.contains(secret), "{secret}");
        }
    });
}
