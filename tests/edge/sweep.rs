//! The sweep: what is old is forgotten, one part that fails does not stop the others, and the cron says what it did.

use std::time::Duration;

use http::Method;
use isthmus::{edge, host::Host, testing::Fault, time::DAY};
use serde_json::json;

use crate::{
    links, run,
    world::{ADA, World},
};

const SESSIONS: &str = "SELECT count(*) AS n FROM sessions";
const LOGINS: &str = "SELECT count(*) AS n FROM logins";
const DELIVERIES: &str = "SELECT count(*) AS n FROM deliveries";

impl World {
    /// A login link that ends at `ends`, and was spent at `spent`, if it was.
    fn put_login(&self, id: &str, ends: i64, spent: Option<i64>) {
        let sql = "INSERT INTO logins (id, project_id, integration_id, redirect_uri, wish_sealed, created_at, expires_at, spent_at)
            VALUES (?1, 'p', 'i', 'r', 'v1.k1.a.b', 0, ?2, ?3)";
        self.host.sql(sql, [json!(id), json!(ends), json!(spent)]);
    }

    fn put_delivery(&self, id: &str, status: &str, at: i64) {
        let sql = "INSERT INTO deliveries (id, project_id, type, grant_id, url, status, attempts, created_at, next_at)
            VALUES (?1, ?2, 'grant.created', 'g', 'https://hooks.acme.example/', ?3, ?4, ?5, NULL)";
        let attempts = json!([{"at": at, "status": 500}, {"at": at + 5000, "error": "timeout"}]);
        let values =
            [json!(id), json!(self.project), json!(status), json!(attempts.to_string()), json!(at)];
        self.host.sql(sql, values);
    }
}

#[test]
fn what_is_of_no_use_any_more_is_forgotten() {
    run(async {
        let world = World::new().await;
        world.connect("u1", ADA).await;
        let now = world.host.now().0;
        for (id, ends, spent) in [
            ("ended long ago", now - DAY - 1, None),
            ("spent long ago", now + DAY, Some(now - DAY - 1)),
            ("just ended", now - 1, None),
            ("just spent", now + DAY, Some(now - 1)),
            ("good", now + DAY, None),
        ] {
            world.put_login(id, ends, spent);
        }
        world.put_delivery("old", "failed", now - 30 * DAY - 1);
        world.put_delivery("younger", "delivered", now - 30 * DAY + 1);
        let noted = world.count("SELECT count(*) AS n FROM audit");
        world.sweep().await;
        assert_eq!(
            (world.count(SESSIONS), world.count(LOGINS), world.count(DELIVERIES)),
            (1, 3, 1)
        );
        world.pass(Duration::from_secs(86_400 + 601));
        world.sweep().await;
        assert_eq!((world.count(SESSIONS), world.count(LOGINS)), (0, 1));
        assert_eq!(world.count("SELECT count(*) AS n FROM audit"), noted);
    });
}

impl World {
    /// So many events and deliveries from before anybody wants to know of them, and who hosted so many meetings.
    fn put_old(&self, number: usize) {
        let numbers = json!((0..number).collect::<Vec<_>>()).to_string();
        let at = self.host.now().0 - 400 * DAY;
        for sql in [
            "INSERT INTO events (id, project_id, integration_id, provider_user_id, event, event_ts, body_sealed, sealed_with,
               received_at) SELECT value, 'p', 'i', 'z', 'meeting.ended', 1, 'v1.k1.a.b', 'k1', ?2 FROM json_each(?1)",
            "INSERT INTO outcomes SELECT value, 'g', 'p', 'u', 'matched', ?2, 0 FROM json_each(?1)",
            "INSERT INTO meetings SELECT 'i', value, 'z', ?2 FROM json_each(?1)",
            "INSERT INTO deliveries (id, project_id, type, grant_id, url, status, attempts, created_at)
               SELECT value, 'p', 't', 'g', 'u', 'failed', '[]', ?2 FROM json_each(?1)",
        ] {
            self.host.sql(sql, [json!(numbers), json!(at)]);
        }
    }

    fn old(&self) -> i64 {
        self.count(
            "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM outcomes)
               + (SELECT count(*) FROM meetings) + (SELECT count(*) FROM deliveries) AS n",
        )
    }
}

#[test]
fn one_round_forgets_everything_that_is_old_however_much_came_since_the_last_one() {
    run(async {
        let world = World::new().await;
        world.put_old(7000);
        world.sweep().await;
        assert_eq!(world.old(), 0);
    });
}

#[test]
fn an_old_event_stays_while_a_run_lives_that_it_started() {
    run(async {
        let world = World::new().await;
        world.put_old(3);
        world.put_run(json!({"id": "r_1", "status": "waiting", "event_id": "1"}));
        world.put_run(json!({"id": "r_2", "event_id": "2"}));
        world.sweep().await;
        assert_eq!(world.host.sql("SELECT id FROM events", [])[0]["id"], "1");
        assert_eq!(world.old(), 2, "the event and its outcome");
    });
}

#[test]
fn a_round_ends_in_time_and_the_next_one_goes_on() {
    run(async {
        let world = World::new().await;
        world.put_old(20_000);
        let clock = async {
            loop {
                world.host.pass(1000);
                tokio::task::yield_now().await;
            }
        };
        let round = std::pin::pin!(world.sweep());
        let futures_util::future::Either::Left((swept, _)) =
            futures_util::future::select(round, std::pin::pin!(clock)).await;
        assert_eq!(swept["failed"], json!([]));
        assert!((4..4 * 16_000).contains(&world.old()), "{}", world.old());
        world.sweep().await;
        assert_eq!(world.old(), 0);
    });
}

#[test]
fn one_part_that_fails_does_not_stop_the_others_and_is_told() {
    run(async {
        let world = World::new().await;
        world.connect("u1", ADA).await;
        world.put_login("old", 1, None);
        let left = |swept: serde_json::Value| swept["failed"].clone();
        assert_eq!(left(world.sweep().await), json!([]));
        for before in 0..3 {
            world.put_login("old", 1, None);
            world.host.fault_after(before, "tables", Fault::Fail);
            let swept = world.sweep().await;
            assert_eq!(swept["failed"].as_array().unwrap().len(), 1, "{before}: {swept}");
            world.host.clear_faults();
            world.sweep().await;
            assert_eq!(world.count(LOGINS), 0);
        }
        world.host.fault_always("tables", Some(Fault::Fail));
        let swept = world.admin(Method::POST, "/admin/sweep", &json!(null)).await;
        assert_eq!(swept.told(), (503, "store_unavailable".to_owned()));
    });
}

#[test]
fn the_cron_says_in_one_line_what_it_did_and_never_fails() {
    run(async {
        let world = World::new().await;
        let line = edge::scheduled(&world.host).await;
        let wanted = json!({"level": "info", "route": "scheduled", "resealed": 0, "runs": 0, "left": {},
            "deletions_left": 0, "failed": []});
        assert_eq!(line, wanted);
        world.host.fault_always("tables", Some(Fault::Fail));
        let line = edge::scheduled(&world.host).await;
        assert_eq!((&line["level"], &line["code"]), (&json!("error"), &json!("store_unavailable")));
    });
}

#[test]
fn two_sweeps_at_once_do_no_harm() {
    run(async {
        for seed in 1..10 {
            let world = World::new().await;
            world.connect("u1", ADA).await;
            world.host.shuffle(seed);
            let (one, two) = futures_util::future::join(world.sweep(), world.sweep()).await;
            assert_eq!((&one["failed"], &two["failed"]), (&json!([]), &json!([])));
            assert!(world.works("u1").await);
        }
    });
}

#[test]
fn a_connect_that_was_interrupted_is_finished_although_nobody_comes_back() {
    run(async {
        for point in 1.. {
            let world = links::world().await;
            let link = world.link(json!({"account_id": "u1"})).await;
            let mut opened = world.open(&link, ADA).await;
            let ended = world.host.until_crash(Some(point), world.back(&mut opened)).await;
            world.pass(Duration::from_secs(60));
            world.sweep().await;
            // Unless the code had not been taken, or was sent and its answer lost: that is told to who reloads.
            let session = &world.host.sql("SELECT status FROM sessions", [])[0];
            assert_ne!(session["status"], "returned", "point {point}");
            if session["status"] == "done" {
                let grants = world.server(Method::GET, "grants", None).await;
                let grant = grants.field("/data/0/id");
                assert!(world.opens(&grant).await, "point {point}");
            }
            if ended.is_ok() {
                return;
            }
        }
    });
}

#[test]
fn only_the_operator_sweeps_and_counts_keys() {
    run(async {
        let world = World::new().await;
        for (method, path) in [(Method::POST, "/admin/sweep"), (Method::GET, "/admin/keys")] {
            let refused = world.send(method, path, &[], isthmus::host::Body::Empty).await;
            assert_eq!(refused.told(), (401, "admin_secret_invalid".to_owned()));
        }
    });
}

#[test]
fn deliveries_are_listed_the_newest_first_with_their_attempts() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        let now = world.host.now().0;
        world.put_delivery("first", "delivered", now - 2000);
        world.put_delivery("second", "failed", now - 1000);
        world.put_delivery("third", "pending", now);
        other.put_delivery("foreign", "pending", now);
        let ids = async |query: &str| {
            let page = world.server(Method::GET, &format!("deliveries{query}"), None).await;
            assert_eq!(page.status, 200, "{}", page.text);
            let data = page.json()["data"].as_array().unwrap().clone();
            data.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids("").await, ["third", "second", "first"]);
        assert_eq!(ids("?limit=1&offset=1").await, ["second"]);
        assert_eq!(ids("?status=failed").await, ["second"]);
        assert!(ids("?offset=3").await.is_empty());
        let page = world.server(Method::GET, "deliveries?status=failed", None).await.json();
        let at = (now - 1000) / 1000;
        let wanted = json!({"id": "second", "type": "grant.created", "grant_id": "g", "status": "failed",
            "url": "https://hooks.acme.example/", "created_at": at, "attempts": [
                {"at": at, "status": 500}, {"at": at + 5, "error": "timeout"}]});
        assert_eq!(page["data"], json!([wanted]));
        let refused = world.server(Method::GET, "deliveries?status=lost", None).await;
        assert_eq!(refused.refused(), (400, "invalid_request".to_owned()));
        assert!(refused.text.contains("status: one of pending"), "{}", refused.text);
    });
}
