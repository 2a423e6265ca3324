//! The master keys: a new one comes, everything comes under it, the old one goes. In between and afterwards everything
//! works.

use std::time::Duration;

use http::Method;
use isthmus::{
    host::Host,
    record::{
        delivery,
        event::{self, Event},
        integration,
    },
    settings::Settings,
};
use serde_json::{Value, json};

use crate::{
    faults::faults_of,
    interference::{TOO_LATE, ended},
    links::END,
    run,
    world::{ADA, ADMIN_SECRET, GRACE, World},
};

pub const K1: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
pub const K2: &str = "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

/// The settings of all tests, with another ring.
fn with_ring(ring: &[&str]) -> Settings {
    let ring = ring.join(",");
    Settings::new(|name| {
        Some(match name {
            "MASTER_KEYS" => ring.clone(),
            "ADMIN_SECRET" => ADMIN_SECRET.to_owned(),
            "ZOOM_OAUTH_URL" | "ZOOM_API_URL" => "http://zoom.test".to_owned(),
            _ => return None,
        })
    })
}

impl World {
    pub fn deploy(&self, ring: &[&str]) {
        self.host.deploy(with_ring(ring));
    }

    async fn keys(&self) -> Value {
        let keys = self.admin(Method::GET, "/admin/keys", &json!(null)).await;
        assert_eq!(keys.status, 200, "{}", keys.text);
        keys.json()["keys"].clone()
    }

    /// How many records a key has, among the keys that are told.
    async fn records(&self, id: &str) -> i64 {
        let keys = self.keys().await;
        let found = keys.as_array().unwrap().iter().find(|key| key["id"] == id);
        found.map_or(0, |key| key["records"].as_i64().unwrap())
    }

    /// Sweeps until every record is under the first key.
    async fn reseal_all(&self) {
        for _ in 0..20 {
            if self.sweep().await["left"] == json!({}) {
                return;
            }
        }
        panic!("the re-sealing never ends: {}", self.keys().await);
    }

    /// The webhook secret and the event secret, as the journeys read them.
    async fn secrets_at_rest(&self) -> (String, String) {
        let found = integration::by_id(&self.host, &self.integration).await.unwrap().unwrap();
        let webhook = found.webhook_secret(&self.host).unwrap().unwrap();
        let endpoint = delivery::endpoint(&self.host, &self.project).await.unwrap().unwrap();
        (webhook.expose().to_owned(), endpoint.secrets[0].secret.expose().to_owned())
    }
}

/// Two connections, a webhook secret, an event endpoint, a login link, an open session.
async fn world() -> World {
    let world = World::new().await;
    world.zoom.set_limits(isthmus_sandbox::Limits::none());
    let change = json!({"settings": {"webhook_secret_token": "of-zoom"}, "redirect_uris": [END]});
    assert_eq!(world.change_integration(change).await.status, 200);
    let path = format!("/admin/projects/{}/event-endpoint", world.project);
    let url = json!({"url": "https://hooks.acme.example/"});
    assert_eq!(world.admin(Method::PUT, &path, &url).await.status, 200);
    world.connect("u1", ADA).await;
    world.connect("u2", GRACE).await;
    world
}

async fn login_link(world: &World) -> String {
    let auth = json!({"provider": "zoom", "redirect_uri": END, "account_id": "u3"});
    let asked = world.server(Method::POST, "auth", Some(auth)).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    asked.field("/data/url")
}

#[test]
fn the_whole_rotation_is_done_while_everything_works() {
    run(async {
        let world = world().await;
        let secrets = world.secrets_at_rest().await;
        let all = world.records("k1").await;
        assert_eq!(
            world.keys().await,
            json!([{"id": "k1", "seals": true, "known": true, "records": all}])
        );
        let (link, mut under_way) = (login_link(&world).await, world.attempt("u4", ADA).await);

        // The new key is appended: every isolate can open what it seals before any does seal with it.
        world.deploy(&[K1, K2]);
        assert_eq!(world.records("k2").await, 0);
        assert!(world.works("u1").await);
        assert_eq!(world.sweep().await["resealed"], 0);

        // Then it comes to the front.
        world.deploy(&[K2, K1]);
        assert!(world.works("u1").await && world.works("u2").await);
        assert_eq!(world.secrets_at_rest().await, secrets);
        assert!(world.records("k1").await > 5);
        world.reseal_all().await;
        assert_eq!(world.records("k1").await, 0);
        let swept = world.sweep().await;
        assert_eq!((&swept["resealed"], &swept["failed"]), (&json!(0), &json!([])));

        // Who is on the way to Zoom has a cookie of the old key; ten minutes later nobody has.
        world.come_back(&mut under_way).await;
        assert_eq!(world.poll("u4", &under_way.session).await.field("/status"), "done");
        world.pass(Duration::from_secs(600));

        // Nothing needs the old one any more.
        world.deploy(&[K2]);
        let all = world.records("k2").await;
        assert_eq!(
            world.keys().await,
            json!([{"id": "k2", "seals": true, "known": true, "records": all}])
        );
        world.host.drop_copies();
        assert!(!world.host.everything_at_rest().contains("v1.k1."));
        assert_eq!(world.secrets_at_rest().await, secrets);
        for user in ["u1", "u2"] {
            assert!(world.works(user).await, "{user}");
        }
        let opened = world.send(Method::GET, &link, &[], isthmus::host::Body::Empty).await;
        assert_eq!(opened.status, 200, "{}", opened.text);
        world.pass(TOO_LATE);
        for user in ["u1", "u2", "u4"] {
            assert!(world.works(user).await, "{user} after a refresh");
        }
        assert_eq!(world.disconnect("u2").await.status, 204);
        assert_eq!(world.zoom.live_pairs(GRACE), Ok(0));
    });
}

#[test]
fn a_key_that_is_missing_is_told_and_nothing_under_it_is_lost() {
    run(async {
        let world = world().await;
        let secrets = world.secrets_at_rest().await;
        let all = world.records("k1").await;
        world.deploy(&[K2]);
        let keys = world.keys().await;
        assert_eq!(keys[1], json!({"id": "k1", "seals": false, "known": false, "records": all}));
        for _ in 0..3 {
            let swept = world.sweep().await;
            assert_eq!((&swept["resealed"], &swept["left"]), (&json!(0), &json!({"k1": all})));
        }
        let refused = world.ask("u1").await;
        assert_eq!(refused.told(), (503, "key_unknown".to_owned()), "{}", refused.text);
        world.deploy(&[K2, K1]);
        world.reseal_all().await;
        world.deploy(&[K2]);
        assert_eq!(world.secrets_at_rest().await, secrets);
        assert!(world.works("u1").await);
    });
}

#[test]
fn what_does_not_open_is_told_and_does_not_keep_the_others_from_it() {
    run(async {
        let world = world().await;
        let broken = "v1.k1.AAAAAAAAAAAAAAAA.AAAA";
        for number in 0..40 {
            let sql = "INSERT INTO logins (id, project_id, integration_id, redirect_uri, wish_sealed, created_at, expires_at)
                VALUES (?1, 'p', 'i', 'r', ?2, 0, 4000000000000)";
            world.host.sql(sql, [json!(format!("broken-{number}")), json!(broken)]);
        }
        world.deploy(&[K2, K1]);
        for _ in 0..60 {
            world.sweep().await;
        }
        assert_eq!(world.sweep().await["left"], json!({"k1": 40}));
        let told = world.host.log_lines().iter().any(|line| line["what"] == "not_resealed");
        assert!(told);
        let kept =
            "SELECT count(*) AS n FROM logins WHERE wish_sealed = 'v1.k1.AAAAAAAAAAAAAAAA.AAAA'";
        assert_eq!(world.count(kept), 40);
    });
}

#[test]
fn many_events_come_under_the_new_key_in_a_few_rounds_and_long_ones_too() {
    run(async {
        let world = world().await;
        let long = "x".repeat(isthmus::zoom::webhook::LONGEST_BODY);
        let bodies = (0..450).map(|number| format!("body of {number}"));
        let bodies: Vec<_> = bodies.chain([long.clone(), long]).collect();
        for (number, body) in bodies.iter().enumerate() {
            let id = format!("e{number}");
            let event = Event {
                sealed: event::seal_body(&world.host, &id, body.as_bytes()).unwrap(),
                id,
                ..world.event("e")
            };
            world.host.tables(vec![event::put(&world.adas(), "p", &[&event])]).await.unwrap();
        }
        world.deploy(&[K2, K1]);
        assert!(world.records("k1").await > 452);
        for _ in 0..6 {
            world.sweep().await;
        }
        assert_eq!(world.records("k1").await, 0);
        world.deploy(&[K2]);
        for (number, body) in bodies.iter().enumerate() {
            let sql = "SELECT body_sealed FROM events WHERE id = ?1";
            let row = &world.host.sql(sql, [json!(format!("e{number}"))])[0];
            let sealed = row["body_sealed"].as_str().unwrap();
            let opened = event::open_body(&world.host, &format!("e{number}"), sealed);
            assert!(&opened.unwrap() == body, "{number}");
        }
    });
}

#[test]
fn a_connection_that_the_tables_do_not_know_of_is_found_by_its_grants() {
    run(async {
        let world = world().await;
        world.host.sql("DELETE FROM connections", []);
        assert_eq!(world.records("").await, 2);
        world.deploy(&[K2, K1]);
        world.reseal_all().await;
        assert_eq!(world.records("").await, 0);
        world.deploy(&[K2]);
        assert!(world.works("u1").await && world.works("u2").await);
    });
}

#[test]
fn a_rotation_under_any_fault_or_crash_loses_nothing() {
    run(async {
        for (call, fault) in faults_of(["tables", "ask", "read", "write", "wake_at"]) {
            for before in [0, 1, 2, 3, 5] {
                let world = world().await;
                world.deploy(&[K2, K1]);
                world.host.fault_after(before, call, fault);
                let swept = world.admin(Method::POST, "/admin/sweep", &json!(null)).await;
                assert!([200, 503].contains(&swept.status), "{}", swept.text);
                world.host.clear_faults();
                world.all_under_the_new_key(&format!("{call} {fault:?} {before}")).await;
            }
        }
        for point in 1.. {
            let world = world().await;
            world.deploy(&[K2, K1]);
            let crash = ended(world.host.until_crash(Some(point), world.sweep())).await;
            world.all_under_the_new_key(&format!("point {point}")).await;
            if crash.is_ok() {
                assert!(point > 10, "it was interrupted often: {point}");
                return;
            }
        }
    });
}

#[test]
fn a_change_in_the_middle_of_a_sweep_is_not_undone() {
    run(async {
        for seed in 1..20 {
            let world = world().await;
            world.deploy(&[K2, K1]);
            world.host.shuffle(seed);
            let change = json!({"settings": {"webhook_secret_token": "another-of-zoom"}});
            futures_util::future::join(world.sweep(), world.change_integration(change)).await;
            world.reseal_all().await;
            assert_eq!(world.secrets_at_rest().await.0, "another-of-zoom");
        }
    });
}

impl World {
    async fn all_under_the_new_key(&self, place: &str) {
        self.reseal_all().await;
        self.deploy(&[K2]);
        assert!(self.works("u1").await && self.works("u2").await, "{place}");
        assert_eq!(self.secrets_at_rest().await.0, "of-zoom", "{place}");
        self.pass(TOO_LATE);
        assert!(self.works("u1").await && self.works("u2").await, "{place}");
    }
}
