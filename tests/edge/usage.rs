//! What a project used, day by day: calls, events, runs, each counted once.

use futures_util::future::join3;
use http::Method;
use isthmus::{
    host::Host,
    record::{count, grant::Grant, read_row},
    run::Cause,
    testing::Fault,
};
use serde_json::{Value, json};

use crate::{
    enablement_starts::{filled, working},
    run,
    runs::{connected, tells},
    webhook_moves::{example, listening},
    world::World,
};

const DAY: i64 = 24 * 3_600_000;

impl World {
    async fn usage(&self, query: &str) -> Value {
        let answer = self.server(Method::GET, &format!("usage{query}"), None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["data"]["days"].clone()
    }

    /// What was used on the last day.
    async fn today(&self) -> Value {
        let mut today = self.usage("?days=1").await[0].clone();
        today.as_object_mut().unwrap().remove("day");
        today
    }

    fn used(&self, metric: &str) -> i64 {
        let sql = "SELECT coalesce(sum(n), 0) AS n FROM usage WHERE metric = ?1";
        self.host.sql(sql, [json!(metric)])[0]["n"].as_i64().unwrap()
    }
}

#[test]
fn every_day_of_the_range_is_told_the_oldest_first() {
    run(async {
        let world = World::new().await;
        let days = world.usage("").await;
        assert_eq!(days.as_array().unwrap().len(), 30);
        let nothing = json!({"day": "2026-11-21", "requests": 0, "request_failures": 0, "events": 0,
            "runs": 0, "run_failures": 0});
        assert_eq!(days[29], nothing);
        assert_eq!(days[0]["day"], "2026-10-23");
        assert_eq!(world.usage("?days=400").await.as_array().unwrap().len(), 400);
        for days in ["0", "401", "-1", "x", "1.5"] {
            let answer = world.server(Method::GET, &format!("usage?days={days}"), None).await;
            assert_eq!(answer.refused(), (400, "invalid_request".into()), "{days}");
        }
    });
}

#[test]
fn calls_of_pages_and_servers_are_counted_and_their_failures() {
    run(async {
        let world = listening().await;
        let other = world.another_project().await;
        let grant = world.host.sql("SELECT id FROM grants", [])[0]["id"].clone();
        world.zoom(Method::GET, "u1", "users/me", None).await;
        world.zoom(Method::GET, "u1", "nowhere", None).await;
        // Nobody is connected.
        world.zoom(Method::GET, "u2", "users/me", None).await;
        let path = format!("grants/{}/request/users/me", grant.as_str().unwrap());
        assert_eq!(world.server(Method::GET, &path, None).await.status, 200);
        assert_eq!(other.server(Method::GET, &path, None).await.status, 404);
        // Who is not known uses nothing.
        let headers = [("authorization", "Bearer x")];
        let path = format!("/projects/{}/sdk/proxy/zoom/users/me", world.project);
        world.send(Method::GET, &path, &headers, isthmus::host::Body::Empty).await;
        let expected = |requests, failures| json!({"requests": requests, "request_failures": failures, "events": 0, "runs": 0, "run_failures": 0});
        assert_eq!(world.today().await, expected(4, 2));
        assert_eq!(other.today().await, expected(1, 1));
    });
}

#[test]
fn a_call_waits_for_no_table_and_is_counted_on_its_day_within_seconds() {
    run(async {
        let world = listening().await;
        world.zoom(Method::GET, "u1", "users/me", None).await;
        assert_eq!(world.used("requests"), 0);
        // The first is stored at once, those that follow within ten seconds together.
        let wait = count::wait_to_settle(&world.host).unwrap();
        count::settle(&world.host, wait).await;
        assert_eq!((wait, world.used("requests")), (0, 1));
        for _ in 0..3 {
            world.zoom(Method::GET, "u1", "users/me", None).await;
        }
        assert_eq!(count::wait_to_settle(&world.host), Some(10_000));
        // One waits, not three.
        assert_eq!(count::wait_to_settle(&world.host), None);
        count::settle(&world.host, 10_000).await;
        assert_eq!(world.used("requests"), 4);
        assert_eq!(count::wait_to_settle(&world.host), None);
        // What cannot be stored is stored later, under the day of the call.
        world.zoom(Method::GET, "u1", "users/me", None).await;
        world.host.fault_once("tables", Fault::Fail);
        count::settle(&world.host, 10_000).await;
        assert_eq!(world.used("requests"), 4);
        world.host.pass(DAY);
        world.zoom(Method::GET, "u1", "users/me", None).await;
        let days = world.usage("?days=2").await;
        assert_eq!([&days[0]["requests"], &days[1]["requests"]], [5, 1]);
    });
}

#[test]
fn an_event_and_its_run_are_counted_once_however_often_the_event_is_handed_on() {
    run(async {
        for point in 0..80 {
            let world = listening().await;
            world.deployed("w", json!({"type": "zoom.meeting_ended"}), true);
            let mut body = example("meeting.ended", &world.ada());
            for n in 1..4 {
                body["event_ts"] = json!(n);
                world.hear(&body).await;
                world.hear(&body).await;
            }
            let rung = world.host.until_crash(Some(point), world.host.ring_alarms()).await;
            for _ in 0..4 {
                world.pass(std::time::Duration::from_mins(2));
                world.host.ring_alarms().await;
            }
            assert_eq!([world.used("events"), world.used("runs")], [3, 3], "point {point}");
            if rung.is_ok() {
                return;
            }
        }
        panic!("never came to its end");
    });
}

#[test]
fn a_run_is_counted_once_when_it_is_called_for_and_when_it_fails_but_not_its_parts() {
    run(async {
        let world = connected().await;
        world.does("good", json!([tells("told", "{{trigger.n}}")]));
        for n in ["1", "1", "2"] {
            world.calls_for("good", n, json!({"n": n})).await;
        }
        let items: Vec<_> = (0..60).map(|n| json!({"n": n})).collect();
        let each = json!({"id": "each", "type": "fan_out", "over": "{{trigger.items}}",
            "steps": [tells("note", "{{each.instance.missing}}")]});
        world.does("wide", json!([each]));
        let wide = world.calls_for("wide", "3", json!({"items": items})).await;
        world.runs_end().await;
        assert_eq!(world.state(&wide).0, "failed");
        assert!(world.count("SELECT count(*) AS n FROM runs WHERE parent_id IS NOT NULL") > 0);
        assert_eq!([world.used("runs"), world.used("run_failures")], [3, 1]);
        // One that is stopped did not fail.
        world.does(
            "long",
            json!([{"id": "pause", "type": "delay", "inputs": {"value": 1, "unit": "days"}}]),
        );
        world.calls_for("long", "4", json!({})).await;
        world.disconnect("u1").await;
        assert_eq!([world.used("runs"), world.used("run_failures")], [4, 1]);
    });
}

#[test]
fn a_run_that_begins_because_a_workflow_is_turned_on_is_counted_once_whatever_crashes() {
    run(async {
        for point in 1.. {
            let (world, workflow, grant) = working().await;
            let change = world.configure("u1", &grant, filled(&workflow));
            let crashed = world.host.until_crash(Some(point), change).await.is_err();
            assert_eq!(world.used("runs"), i64::try_from(world.runs().len()).unwrap(), "{point}");
            assert_eq!(world.configure("u1", &grant, filled(&workflow)).await.status, 200);
            world.let_hours_pass(1).await;
            world.sweep().await;
            assert_eq!((world.runs().len(), world.used("runs")), (1, 1), "crash at {point}");
            if !crashed {
                world.switch("u1", &workflow, false).await;
                world.switch("u1", &workflow, true).await;
                assert_eq!((world.runs().len(), world.used("runs")), (2, 2));
                return;
            }
        }
    });
}

#[test]
fn a_run_is_counted_as_often_as_it_is_stored_whoever_turns_its_workflow_on_or_off_meanwhile() {
    run(async {
        for seed in 1..40 {
            let (world, workflow, grant) = working().await;
            world.configure("u1", &grant, filled(&workflow)).await;
            world.switch("u1", &workflow, false).await;
            world.pass(std::time::Duration::from_secs(1));
            world.host.shuffle(seed);
            let (one, other, off) = join3(
                world.switch("u1", &workflow, true),
                world.configure("u1", &grant, filled(&workflow)),
                world.switch("u1", &workflow, false),
            )
            .await;
            assert_eq!([one.status, other.status, off.status], [200; 3], "seed {seed}");
            let stored = i64::try_from(world.runs().len()).unwrap();
            assert_eq!(world.used("runs"), stored, "seed {seed}");
        }
    });
}

#[test]
fn a_run_whose_grant_has_left_before_it_is_stored_is_not_counted() {
    run(async {
        let world = connected().await;
        world.does("good", json!([tells("told", "x")]));
        let grant: Grant = read_row(world.host.sql("SELECT * FROM grants", [])[0].clone()).unwrap();
        let called = |event| {
            let (workflow_id, version, trigger_key) = ("good", 1, "event/Task Created");
            let cause = Cause { event, workflow_id, version, trigger_key, replay: 0 };
            isthmus::run::new_run(&grant, &cause, world.host.now())
        };
        world.host.sql("DELETE FROM grants", []);
        for _ in 0..2 {
            let with_text = [(called("1"), "{}".to_owned())];
            isthmus::run::begin_with(&world.host, &with_text).await.unwrap();
            isthmus::run::begin(&world.host, &vec![called("2")], Vec::new()).await.unwrap();
        }
        assert_eq!((world.runs().len(), world.used("runs")), (0, 0));
    });
}

#[test]
fn days_long_past_are_forgotten() {
    run(async {
        let world = World::new().await;
        let insert =
            "INSERT INTO usage (project_id, day, metric, n) VALUES (?1, ?2, 'requests', 1)";
        let day =
            |days: i64| json!(isthmus::record::usage::day(world.host.now().plus(-days * DAY)));
        for days in [0, 400, 401, 500] {
            world.host.sql(insert, [json!(world.project), day(days)]);
        }
        world.sweep().await;
        assert_eq!(world.used("requests"), 2);
    });
}
