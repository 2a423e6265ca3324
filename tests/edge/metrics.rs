//! `GET /metrics`: what is counted, in the form that Prometheus reads.

use http::Method;
use isthmus::{host::Body, testing::Fault};
use serde_json::json;

use crate::{
    run,
    webhook_moves::{example, listening},
};

#[test]
fn every_line_is_there_from_the_start_and_none_names_more_than_ids() {
    run(async {
        let world = listening().await;
        let answer = world.admin(Method::GET, "/metrics", &json!(null)).await;
        assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        let expected = "# HELP isthmus_webhooks_total Webhooks that came, by what became of them.
# TYPE isthmus_webhooks_total counter
# HELP isthmus_webhook_errors_total Webhooks that were answered with a 5xx: Zoom sends them again.
# TYPE isthmus_webhook_errors_total counter
# HELP isthmus_deliveries_pending Deliveries that wait to be made, or to be made again.
# TYPE isthmus_deliveries_pending gauge
isthmus_deliveries_pending 0
# HELP isthmus_delivery_oldest_pending_seconds For how long the oldest of them has waited.
# TYPE isthmus_delivery_oldest_pending_seconds gauge
isthmus_delivery_oldest_pending_seconds 0
# HELP isthmus_deliveries_failed Deliveries that were given up, of those that are kept.
# TYPE isthmus_deliveries_failed gauge
isthmus_deliveries_failed 0
# HELP isthmus_subscriptions Subscriptions.
# TYPE isthmus_subscriptions gauge
# HELP isthmus_outbox_oldest_seconds For how long a connection has owed rows or revocations without a break, the longest of all.
# TYPE isthmus_outbox_oldest_seconds gauge
isthmus_outbox_oldest_seconds 0
# HELP isthmus_refresh_failures_total Refreshes of a token pair that failed.
# TYPE isthmus_refresh_failures_total counter
# HELP isthmus_reconnects_needed Grants that cannot be used until their user connects again.
# TYPE isthmus_reconnects_needed gauge
isthmus_reconnects_needed 0
# HELP isthmus_runs Runs that live, and those called for in the last 24 hours.
# TYPE isthmus_runs gauge
";
        assert_eq!(answer.text, expected);
        world.hear(&example("meeting.ended", &world.ada())).await;
        let line = format!(
            "isthmus_webhooks_total{{integration=\"{}\",outcome=\"taken\"}} 1",
            world.integration
        );
        assert!(world.metrics().await.lines().any(|found| found == line));
    });
}

#[test]
fn deliveries_that_wait_and_subscriptions_are_counted() {
    run(async {
        let world = listening().await;
        let insert = "INSERT INTO deliveries (id, project_id, grant_id, type, url, status, attempts, created_at)
            VALUES (?1, 'p', 'g', 't', 'u', ?2, '[]', ?3)";
        let now = isthmus::host::Host::now(&world.host).0;
        for (id, status, age) in
            [("a", "pending", 7_999), ("b", "pending", 1), ("c", "failed", 9_000)]
        {
            world.host.sql(insert, [json!(id), json!(status), json!(now - age)]);
        }
        let insert = "INSERT INTO subscriptions (id, project_id, trigger, status, created_at, updated_at) VALUES
            (?1, 'p', 'new_meeting', ?2, 1, 1)";
        for (id, status) in [("a", "active"), ("b", "active"), ("c", "disabled")] {
            world.host.sql(insert, [json!(id), json!(status)]);
        }
        let metrics = world.metrics().await;
        for line in [
            "isthmus_deliveries_pending 2",
            "isthmus_delivery_oldest_pending_seconds 7",
            "isthmus_subscriptions{status=\"active\"} 2",
            "isthmus_subscriptions{status=\"disabled\"} 1",
        ] {
            assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
        }
    });
}

#[test]
fn counts_are_stored_now_and_then_and_those_that_cannot_be_are_kept() {
    run(async {
        let world = listening().await;
        let stored = |outcome: &'static str| {
            let sql = "SELECT coalesce(sum(n), 0) AS n FROM counts WHERE outcome = ?1 AND metric = 'webhooks'";
            world.host.sql(sql, [json!(outcome)])[0]["n"].as_i64().unwrap()
        };
        let event = |n: i64| {
            let mut body = example("meeting.ended", &world.ada());
            body["event_ts"] = json!(n);
            body
        };
        world.hear(&event(1)).await;
        assert_eq!(stored("taken"), 1);
        for n in 2..5 {
            world.hear(&event(n)).await;
        }
        assert_eq!(stored("taken"), 1);
        world.host.pass(10_000);
        // That they cannot be stored is not Zoom's concern.
        world.host.fault_always("tables", Some(Fault::Fail));
        assert_eq!(world.hear(&event(5)).await.status, 204);
        world.host.clear_faults();
        world.hear(&event(6)).await;
        assert_eq!(stored("taken"), 1);
        assert_eq!(world.counted(&world.integration, "taken").await, 6);
        // A day later they are counted on.
        world.host.pass(24 * 3_600_000);
        world.hear(&event(7)).await;
        assert_eq!(world.count("SELECT count(*) AS n FROM counts WHERE outcome = 'taken'"), 1);
        assert_eq!(world.counted(&world.integration, "taken").await, 7);
    });
}

#[test]
fn an_event_that_is_stored_is_answered_as_such_whatever_becomes_of_the_counts() {
    run(async {
        for fault in [Fault::Fail, Fault::LoseAnswer, Fault::Late] {
            let world = listening().await;
            let mut event = example("meeting.ended", &world.ada());
            world.hear(&event).await;
            world.host.pass(10_000);
            // What the webhook is checked with is remembered: nothing else asks the tables.
            world.host.fault_once("tables", fault);
            event["event_ts"] = json!(2);
            assert_eq!(world.hear(&event).await.status, 204, "{fault:?}");
            assert_eq!(world.host.clear_faults(), 0, "{fault:?}");
            assert_eq!(world.taken(&world.adas()).len(), 2, "{fault:?}");
        }
    });
}

#[test]
fn only_the_operator_sees_them() {
    run(async {
        let world = listening().await;
        let answer = world.send(Method::GET, "/metrics", &[], Body::Empty).await;
        assert_eq!(answer.refused(), (401, "admin_secret_invalid".into()));
        world.host.fault_always("tables", Some(Fault::Fail));
        let answer = world.admin(Method::GET, "/metrics", &json!(null)).await;
        assert_eq!(answer.refused(), (503, "store_unavailable".into()));
    });
}
