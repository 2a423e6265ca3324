//! How the Worker is: one list of figures, for Prometheus and for the console; and what is written about connections so
//! that it can be told.

use std::time::Duration;

use http::Method;
use isthmus::{host::Host, testing::Fault as HostFault};
use isthmus_sandbox::{Fault, Kind};
use serde_json::{Value, json};

use crate::{
    interference::TOO_LATE,
    moves::connected,
    run,
    webhook_moves::{example, listening},
    world::{ADA, World},
};

const MINUTE: Duration = Duration::from_secs(60);

impl World {
    /// The samples of a figure: labels and value.
    async fn figure(&self, name: &str) -> Vec<(Value, i64)> {
        let answer = self.admin(Method::GET, "/admin/health", &json!(null)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let metrics = answer.json()["metrics"].clone();
        let metric = metrics.as_array().unwrap().iter().find(|metric| metric["name"] == name);
        let samples = metric.unwrap_or_else(|| panic!("no {name}"))["samples"].clone();
        let pair = |sample: &Value| (sample["labels"].clone(), sample["value"].as_i64().unwrap());
        samples.as_array().unwrap().iter().map(pair).collect()
    }

    /// A figure that has one value.
    async fn only_figure(&self, name: &str) -> i64 {
        let samples = self.figure(name).await;
        let [(labels, value)] = samples.as_slice() else { panic!("{name}: {samples:?}") };
        assert_eq!(*labels, json!({}));
        *value
    }

    fn refreshed_at(&self, user: &str) -> Option<i64> {
        let sql = "SELECT refreshed_at FROM grants WHERE user_id = ?1";
        self.host.sql(sql, [json!(user)])[0]["refreshed_at"].as_i64()
    }
}

#[test]
fn prometheus_and_the_console_are_told_the_same() {
    run(async {
        let world = listening().await;
        world.hear(&example("meeting.ended", &world.ada())).await;
        let health = world.admin(Method::GET, "/admin/health", &json!(null)).await.json();
        let mut text = String::new();
        for metric in health["metrics"].as_array().unwrap() {
            let field = |name: &str| metric[name].as_str().unwrap().to_owned();
            let (name, help) = (field("name"), field("help"));
            assert!(!help.is_empty(), "{name}");
            text += &format!("# HELP {name} {help}\n# TYPE {name} {}\n", field("kind"));
            for sample in metric["samples"].as_array().unwrap() {
                let labels = sample["labels"].as_object().unwrap();
                let labels: Vec<_> =
                    labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let labels = if labels.is_empty() {
                    String::new()
                } else {
                    format!("{{{}}}", labels.join(","))
                };
                text += &format!("{name}{labels} {}\n", sample["value"]);
            }
        }
        assert_eq!(world.metrics().await, text);
        let refused =
            world.send(Method::GET, "/admin/health", &[], isthmus::host::Body::Empty).await;
        assert_eq!(refused.refused(), (401, "admin_secret_invalid".into()));
    });
}

#[test]
fn what_a_connection_owes_is_told_once_it_could_not_be_done_and_until_it_is() {
    run(async {
        let world = connected().await;
        assert_eq!(world.only_figure("isthmus_outbox_oldest_seconds").await, 0);
        world.zoom.fail_always(Kind::Revoke, Fault::status(503));
        assert_eq!(world.disconnect("u1").await.status, 202);
        assert_eq!(world.only_figure("isthmus_outbox_oldest_seconds").await, 0);
        for minute in 1..=10 {
            world.pass(MINUTE);
            world.host.ring_alarms().await;
            let owed = world.only_figure("isthmus_outbox_oldest_seconds").await;
            assert_eq!(owed, minute * 60, "since it was owed, not since it was tried last");
        }
        world.zoom.clear_faults();
        world.let_alarms_end().await;
        assert_eq!(world.only_figure("isthmus_outbox_oldest_seconds").await, 0);
    });
}

#[test]
fn what_is_owed_is_told_and_taken_back_whatever_crashes_in_between() {
    run(async {
        for point in 0..80 {
            let world = connected().await;
            world.zoom.fail_always(Kind::Revoke, Fault::status(503));
            assert_eq!(world.disconnect("u1").await.status, 202);
            world.pass(MINUTE);
            let first = world.host.until_crash(Some(point), world.host.ring_alarms()).await;
            world.pass(10 * MINUTE);
            world.host.ring_alarms().await;
            assert_eq!(
                world.only_figure("isthmus_outbox_oldest_seconds").await,
                660,
                "point {point}"
            );
            world.zoom.clear_faults();
            world.pass(60 * MINUTE);
            let last = world.host.until_crash(Some(point), world.host.ring_alarms()).await;
            for _ in 0..4 {
                world.pass(60 * MINUTE);
                world.host.ring_alarms().await;
            }
            assert_eq!(
                world.only_figure("isthmus_outbox_oldest_seconds").await,
                0,
                "point {point}"
            );
            if first.is_ok() && last.is_ok() {
                return;
            }
        }
        panic!("never came to its end");
    });
}

#[test]
fn what_is_done_at_once_is_not_told() {
    run(async {
        let world = connected().await;
        world.disconnect("u1").await;
        let sql = "SELECT count(*) AS n FROM connections WHERE owes_since IS NOT NULL";
        assert_eq!(world.count(sql), 0);
        world.connect("u1", ADA).await;
        // A store that fails for a moment is no debt either: the alarm has done it before it could be told.
        world.host.fault_once("tables", HostFault::Fail);
        world.disconnect("u1").await;
        world.let_alarms_end().await;
        assert_eq!(world.count(sql), 0);
    });
}

#[test]
fn refreshes_that_fail_are_counted_by_reason_and_grants_that_wait_for_their_user() {
    run(async {
        let world = connected().await;
        assert_eq!(world.only_figure("isthmus_reconnects_needed").await, 0);
        world.pass(TOO_LATE);
        world.zoom.fail_next(Kind::Refresh, Fault::status(503));
        assert_eq!(world.ask("u1").await.status, 502);
        let labels = |reason: &str| json!({"integration": world.integration, "reason": reason});
        let expected = vec![(labels("provider_unreachable"), 1)];
        assert_eq!(world.figure("isthmus_refresh_failures_total").await, expected);
        world.pass(MINUTE);
        assert_eq!(world.ask("u1").await.status, 200);
        world.pass(TOO_LATE);
        world.zoom.revoke_user(ADA).unwrap();
        assert_eq!(world.ask("u1").await.status, 401);
        let counted = world.figure("isthmus_refresh_failures_total").await;
        assert!(counted.contains(&(labels("refresh_token_refused"), 1)), "{counted:?}");
        assert_eq!(world.only_figure("isthmus_reconnects_needed").await, 1);
        world.connect("u1", ADA).await;
        world.pass(MINUTE);
        assert_eq!(world.only_figure("isthmus_reconnects_needed").await, 0);
    });
}

#[test]
fn how_things_stand_is_asked_of_the_tables_once_a_minute_and_counters_each_time() {
    run(async {
        let world = listening().await;
        let insert =
            "INSERT INTO subscriptions (id, project_id, trigger, status, created_at, updated_at)
            VALUES (?1, 'p', 'new_meeting', 'active', 1, 1)";
        let active = |n: i64| vec![(json!({"status": "active"}), n)];
        world.host.sql(insert, [json!("a")]);
        assert_eq!(world.figure("isthmus_subscriptions").await, active(1));
        world.host.sql(insert, [json!("b")]);
        world.hear(&example("meeting.ended", &world.ada())).await;
        world.pass(Duration::from_millis(59_999));
        assert_eq!(world.figure("isthmus_subscriptions").await, active(1));
        assert_eq!(world.counted(&world.integration, "taken").await, 1);
        world.pass(Duration::from_millis(1));
        assert_eq!(world.figure("isthmus_subscriptions").await, active(2));
        // An isolate that remembers nothing asks.
        world.host.sql(insert, [json!("c")]);
        world.host.restart();
        assert_eq!(world.figure("isthmus_subscriptions").await, active(3));
    });
}

#[test]
fn how_long_something_waits_is_told_to_the_second_from_what_is_remembered() {
    run(async {
        let world = World::new().await;
        let insert = "INSERT INTO deliveries (id, project_id, grant_id, type, url, status, attempts, created_at)
            VALUES ('a', 'p', 'g', 't', 'u', 'pending', '[]', ?1)";
        world.host.sql(insert, [json!(world.host.now().0 - 7_000)]);
        assert_eq!(world.only_figure("isthmus_delivery_oldest_pending_seconds").await, 7);
        world.pass(Duration::from_secs(5));
        assert_eq!(world.only_figure("isthmus_delivery_oldest_pending_seconds").await, 12);
    });
}

#[test]
fn a_grant_says_when_its_token_pair_was_last_renewed() {
    run(async {
        let world = connected().await;
        let began = world.host.now().0;
        assert_eq!(world.refreshed_at("u1"), Some(began), "by the consent");
        world.connect("u2", ADA).await;
        world.pass(TOO_LATE);
        let now = world.host.now().0;
        assert_eq!(world.ask("u1").await.status, 200);
        // Nobody waits for it.
        world.metrics().await;
        assert_eq!([world.refreshed_at("u1"), world.refreshed_at("u2")], [Some(now), Some(now)]);
        // What changes about a grant later does not put it back.
        world.pass(TOO_LATE);
        let later = world.host.now().0;
        world.host.fault_once("tables", HostFault::Fail);
        world.ask("u1").await;
        world.pass(MINUTE);
        world.ask("u1").await;
        world.connect("u2", ADA).await;
        assert!(world.refreshed_at("u2") > Some(later));
        assert!(world.refreshed_at("u1") >= Some(now));
    });
}

#[test]
fn webhooks_that_were_our_own_fault_are_told_apart() {
    run(async {
        let world = listening().await;
        let mut event = example("meeting.ended", &world.ada());
        world.hear(&event).await;
        let mine = json!({"integration": world.integration});
        assert_eq!(world.figure("isthmus_webhook_errors_total").await, [(mine.clone(), 0)]);
        event["event_ts"] = json!(2);
        world.host.fault_once("ask", HostFault::Fail);
        assert_eq!(world.hear(&event).await.status, 503);
        assert_eq!(world.figure("isthmus_webhook_errors_total").await, [(mine, 1)]);
    });
}

#[test]
fn deliveries_given_up_and_runs_are_counted_by_status() {
    run(async {
        let world = World::new().await;
        let now = world.host.now().0;
        let insert = "INSERT INTO deliveries (id, project_id, grant_id, type, url, status, attempts, created_at)
            VALUES (?1, 'p', 'g', 't', 'u', ?2, '[]', 1)";
        for (id, status) in [("a", "failed"), ("b", "failed"), ("c", "delivered")] {
            world.host.sql(insert, [json!(id), json!(status)]);
        }
        let insert = "INSERT INTO runs (id, project_id, integration_id, provider_user_id, grant_id, user_id, workflow_id,
              version, trigger_key, status, due_at, created_at)
            VALUES (?1, 'p', 'i', 'z', 'g', 'u', 'w', 1, 'k', ?2, ?3, ?4)";
        let day = 24 * 3_600_000;
        for (id, status, due_at, age) in [
            ("a", "succeeded", None, 1),
            ("b", "succeeded", None, day),
            ("c", "succeeded", None, day + 1),
            ("d", "waiting", Some(now), 9 * day),
            ("e", "failed", None, 2),
        ] {
            world.host.sql(insert, [json!(id), json!(status), json!(due_at), json!(now - age)]);
        }
        assert_eq!(world.only_figure("isthmus_deliveries_failed").await, 2);
        let status = |status: &str| json!({"status": status});
        let expected = [(status("failed"), 1), (status("succeeded"), 2), (status("waiting"), 1)];
        assert_eq!(world.figure("isthmus_runs").await, expected);
    });
}
