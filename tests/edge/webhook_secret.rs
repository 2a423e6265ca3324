//! The secret token of the Zoom app: set, changed, removed; what counts meanwhile, and on isolates that did not hear of
//! it.

use std::time::Duration;

use http::Method;
use isthmus::host::Host;
use serde_json::{Value, json};

use crate::{
    moves::connected,
    run,
    webhook_moves::{SECRET, example, listening},
    world::{CLIENT_SECRET, World},
};

const DAY: u64 = 24 * 3600;

/// The status of an event that is signed with a secret.
async fn heard(world: &World, secret: &str) -> u16 {
    let body = example("meeting.ended", &world.ada()).to_string();
    world.hear_bytes(secret, world.host.now().seconds(), body.as_bytes()).await.status
}

/// The columns of the secret, as they are stored.
fn columns(world: &World) -> Value {
    let sql = "SELECT webhook_secret_sealed AS now, webhook_secret_before_sealed AS before,
        webhook_secret_changed_at AS at FROM integrations WHERE id = ?1";
    json!(world.host.sql(sql, [json!(world.integration)])[0])
}

#[test]
fn a_validation_right_after_the_secret_was_saved_works_whoever_saved_it() {
    run(async {
        let world = connected().await;
        assert_eq!(world.validate(SECRET).await.status, 503);
        world.set_webhook_secret(&json!(SECRET)).await;
        assert_eq!(world.validate(SECRET).await.status, 200);
        // The operator can set it too.
        let path = format!("/admin/projects/{}/integrations/zoom", world.project);
        let wish = json!({"client_id": "zoom-client", "client_secret": CLIENT_SECRET, "webhook_secret_token": "new"});
        assert_eq!(world.admin(Method::PUT, &path, &wish).await.status, 200);
        assert_eq!(world.validate("new").await.status, 200);
    });
}

#[test]
fn an_isolate_that_remembers_the_old_secret_takes_the_new_one_at_once() {
    run(async {
        let world = listening().await;
        let old = columns(&world);
        world.set_webhook_secret(&json!("new")).await;
        let new = columns(&world);
        let store = |columns: &Value| {
            let sql = "UPDATE integrations SET webhook_secret_sealed = ?1, webhook_secret_before_sealed = ?2,
                webhook_secret_changed_at = ?3";
            world.host.sql(sql, ["now", "before", "at"].map(|name| columns[name].clone()));
        };
        // Another isolate saved it: this one has heard a webhook just before, and nothing since.
        store(&old);
        assert_eq!(heard(&world, SECRET).await, 204);
        store(&new);
        assert_eq!(world.validate("new").await.status, 200);
        assert_eq!(heard(&world, SECRET).await, 204);
    });
}

#[test]
fn the_secret_of_before_is_good_for_a_day() {
    run(async {
        let world = listening().await;
        world.set_webhook_secret(&json!("new")).await;
        for secret in [SECRET, "new"] {
            assert_eq!(heard(&world, secret).await, 204);
        }
        // What proves that we have a secret proves it of the one that asked.
        let (old, new) = (world.validate(SECRET).await, world.validate("new").await);
        assert_ne!(old.field("/encryptedToken"), new.field("/encryptedToken"));
        world.pass(Duration::from_secs(DAY - 1));
        assert_eq!(heard(&world, SECRET).await, 204);
        // Also where it was remembered while it was good.
        world.pass(Duration::from_secs(1));
        assert_eq!((heard(&world, SECRET).await, heard(&world, "new").await), (401, 204));
    });
}

#[test]
fn the_same_secret_again_changes_nothing_and_nothing_said_changes_nothing() {
    run(async {
        let world = listening().await;
        world.set_webhook_secret(&json!("new")).await;
        let before = columns(&world);
        world.pass(Duration::from_secs(60));
        world.set_webhook_secret(&json!("new")).await;
        let rename =
            world.server(Method::PATCH, "integrations/zoom", Some(json!({"name": "Z"}))).await;
        assert_eq!(rename.status, 200);
        world.set_client_secret(CLIENT_SECRET).await;
        assert_eq!(columns(&world), before);
        assert_eq!(heard(&world, SECRET).await, 204);
    });
}

#[test]
fn of_two_changes_the_secret_between_counts_and_the_first_does_not() {
    run(async {
        let world = listening().await;
        for secret in ["second", "third"] {
            world.set_webhook_secret(&json!(secret)).await;
        }
        let taken = [SECRET, "second", "third"].map(|secret| (secret, secret != SECRET));
        for (secret, good) in taken {
            assert_eq!(heard(&world, secret).await == 204, good, "{secret}");
        }
    });
}

#[test]
fn a_secret_that_is_removed_is_gone_with_the_one_before() {
    run(async {
        let world = listening().await;
        world.set_webhook_secret(&json!("new")).await;
        world.set_webhook_secret(&json!(null)).await;
        assert_eq!(columns(&world)["now"], json!(null));
        assert_eq!(columns(&world)["before"], json!(null));
        for secret in [SECRET, "new", ""] {
            assert_eq!(heard(&world, secret).await, 503);
        }
        world.set_webhook_secret(&json!("third")).await;
        assert_eq!((heard(&world, "new").await, heard(&world, "third").await), (401, 204));
    });
}

const BROKEN: &str = "v1.k1.AAAAAAAAAAAAAAAA.AAAA";

#[test]
fn a_secret_of_before_that_does_not_open_is_none_and_is_told() {
    run(async {
        let world = listening().await;
        world.set_webhook_secret(&json!("new")).await;
        let sql = "UPDATE integrations SET webhook_secret_before_sealed = ?1";
        world.host.sql(sql, [json!(BROKEN)]);
        world.pass(Duration::from_secs(61));
        assert_eq!((heard(&world, "new").await, heard(&world, SECRET).await), (204, 401));
        let told = |line: &Value| line["what"] == "webhook_secret_broken";
        assert!(world.host.log_lines().iter().any(told));
        // One that is over is not even opened: its key may be gone.
        world.host.sql(sql, [json!(BROKEN.replace("k1", "k9"))]);
        world.pass(Duration::from_secs(DAY));
        assert_eq!(heard(&world, "new").await, 204);
    });
}

#[test]
fn a_secret_that_does_not_open_can_be_replaced() {
    run(async {
        for broken in [BROKEN.to_owned(), BROKEN.replace("k1", "k9")] {
            let world = listening().await;
            let sql = "UPDATE integrations SET webhook_secret_sealed = ?1";
            world.host.sql(sql, [json!(broken)]);
            world.pass(Duration::from_secs(61));
            assert_eq!(heard(&world, SECRET).await, 503);
            world.set_webhook_secret(&json!(SECRET)).await;
            assert_eq!(heard(&world, SECRET).await, 204);
            assert_eq!(columns(&world)["before"], json!(null));
        }
    });
}

#[test]
fn the_sweep_forgets_a_secret_of_before_after_its_day() {
    run(async {
        let world = listening().await;
        world.set_webhook_secret(&json!("new")).await;
        let before = columns(&world);
        world.pass(Duration::from_secs(DAY - 1));
        world.sweep().await;
        assert_eq!(columns(&world), before);
        world.pass(Duration::from_secs(1));
        world.sweep().await;
        let gone = json!({"now": before["now"], "before": null, "at": null});
        assert_eq!(columns(&world), gone);
        assert_eq!(heard(&world, "new").await, 204);
    });
}

#[test]
fn both_secrets_come_under_a_new_key_and_stay_good() {
    run(async {
        let world = listening().await;
        world.set_webhook_secret(&json!("new")).await;
        let ring = "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI,k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
        let with = |ring: &'static str| {
            isthmus::settings::Settings::new(|name| match name {
                "MASTER_KEYS" => Some(ring.to_owned()),
                "ADMIN_SECRET" => Some(crate::world::ADMIN_SECRET.to_owned()),
                "ZOOM_OAUTH_URL" | "ZOOM_API_URL" => Some("http://zoom.test".to_owned()),
                _ => None,
            })
        };
        world.host.deploy(with(ring));
        while isthmus::edge::sweep(&world.host).await.unwrap().resealed > 0 {}
        world.host.deploy(with("k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"));
        assert_eq!((heard(&world, SECRET).await, heard(&world, "new").await), (204, 204));
        world.host.deploy(with("k3:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM"));
        assert_eq!(heard(&world, SECRET).await, 503);
    });
}
