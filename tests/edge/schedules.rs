//! What the clock starts: at its time in its time zone and a little later for each grant, once each time whatever dies in
//! between; and the connections learn of what changes.

use std::time::Duration;

use http::Method;
use isthmus::{
    connection::{Answer, Question},
    host::Host,
    record::start,
    testing::Fault,
    time::Timestamp,
};
use serde_json::json;

use crate::{
    faults::{CALLS, faults_of},
    moves::connected,
    run,
    world::{ADA, World},
};

fn daily(cron: &str, zone: &str) -> serde_json::Value {
    json!({"type": "schedule", "cron": cron, "timezone": zone})
}

/// A world in which every hour something starts for `u1`, and the connection knows it.
async fn working() -> World {
    let world = connected().await;
    world.deployed("hourly", daily("0 0 * * * *", "UTC"), true);
    world.let_alarms_ring().await;
    world.reschedule().await;
    world.let_alarms_ring().await;
    world
}

impl World {
    async fn reschedule(&self) {
        assert!(matches!(self.question(Question::Reschedule {}).await, Answer::Done {}));
    }

    /// When what is scheduled is due, and when it starts.
    fn scheduled(&self) -> Vec<(Timestamp, Timestamp)> {
        let sql = "SELECT due_at, next_at FROM schedules ORDER BY workflow_id, grant_id";
        let rows = self.host.object_sql(&self.adas(), sql);
        let time = |value: &serde_json::Value| Timestamp(value.as_i64().unwrap());
        rows.iter().map(|row| (time(&row["due_at"]), time(&row["next_at"]))).collect()
    }

    /// Lets time pass up to this, with the alarm ringing when it is due.
    async fn let_pass_until(&self, until: Timestamp) {
        while self.host.now() < until {
            let next = self.host.alarm_of(&self.adas()).unwrap_or(until);
            let ahead = next.min(until).since(self.host.now()).max(1000);
            self.pass(Duration::from_millis(u64::try_from(ahead).unwrap()));
            self.host.ring_alarms().await;
        }
        self.let_alarms_ring().await;
    }
}

#[test]
fn something_starts_each_hour_a_little_later_for_each_grant() {
    run(async {
        let world = working().await;
        world.connect("u2", ADA).await;
        world.let_alarms_ring().await;
        let first = world.scheduled();
        assert_eq!(first.len(), 2);
        for (due, next) in &first {
            assert_eq!(due.0 % 3_600_000, 0);
            assert!((0..60_000).contains(&next.since(*due)));
        }
        assert_ne!(first[0].1, first[1].1, "not in one tick");
        let alarm = world.host.alarm_of(&world.adas()).unwrap();
        assert_eq!(alarm, first[0].1.min(first[1].1));
        world.let_pass_until(first[0].0.plus(2 * 3_600_000 + 120_000)).await;
        assert_eq!((world.runs().len(), world.begun().await), (6, 6), "three hours for two");
        assert_eq!(world.runs()[0]["trigger_key"], "schedule");
        for ((due, next), (later, then)) in first.iter().zip(world.scheduled()) {
            assert_eq!((later.since(*due), then.since(*next)), (3 * 3_600_000, 3 * 3_600_000));
        }
    });
}

#[test]
fn the_clocks_of_a_time_zone_count_also_when_they_change() {
    run(async {
        let world = connected().await;
        // The 27th of March 2027: clocks go forward the night after.
        world.let_pass_until(Timestamp(1_806_105_600_000)).await;
        world.deployed("morning", daily("0 0 9 * * *", "Europe/Berlin"), true);
        world.reschedule().await;
        world.let_alarms_ring().await;
        let hour = |due: Timestamp| due.rfc3339().get(..16).unwrap_or_default().to_owned();
        assert_eq!(hour(world.scheduled()[0].0), "2027-03-27T08:00");
        world.let_pass_until(world.scheduled()[0].1.plus(1000)).await;
        assert_eq!(hour(world.scheduled()[0].0), "2027-03-28T07:00");
        world.let_pass_until(world.scheduled()[0].1.plus(1000)).await;
        assert_eq!(hour(world.scheduled()[0].0), "2027-03-29T07:00");
        assert_eq!(world.runs().len(), 2);
    });
}

#[test]
fn after_a_crash_at_any_point_each_time_is_one_run() {
    run(async {
        for point in 1.. {
            let world = working().await;
            let next = world.scheduled()[0].1;
            world.host.pass(next.since(world.host.now()));
            let rung = world.host.ring_alarms();
            let crashed = world.host.until_crash(Some(point), rung).await.is_err();
            world.host.pass(31_000);
            world.let_alarms_ring().await;
            assert_eq!((world.runs().len(), world.begun().await), (1, 1), "crash at {point}");
            assert_eq!(world.scheduled()[0].1.since(next), 3_600_000, "crash at {point}");
            if !crashed {
                assert!(point > 15, "{point}");
                break;
            }
        }
    });
}

#[test]
fn when_any_one_call_fails_or_loses_its_answer_each_time_is_one_run() {
    run(async {
        for (call, fault) in faults_of(CALLS.into_iter().chain(["start_runs"])) {
            for before in 0..12 {
                let world = working().await;
                let next = world.scheduled()[0].1;
                world.host.pass(next.since(world.host.now()));
                world.host.fault_after(before, call, fault);
                world.let_alarms_ring().await;
                let unused = world.host.clear_faults();
                for _ in 0..4 {
                    world.pass(Duration::from_secs(61));
                    world.let_alarms_ring().await;
                }
                let what = format!("{call} {before} {fault:?}");
                assert_eq!((world.runs().len(), world.begun().await), (1, 1), "{what}");
                if unused == 1 {
                    break;
                }
            }
        }
    });
}

#[test]
fn while_our_tables_are_down_the_alarm_backs_off_and_what_was_missed_is_done_once() {
    run(async {
        let world = working().await;
        let next = world.scheduled()[0].1;
        world.host.pass(next.since(world.host.now()));
        world.host.fault_always("tables", Some(Fault::Fail));
        let mut rounds = 0;
        for _ in 0..5 * 60 + 10 {
            rounds += world.host.ring_alarms().await;
            world.host.pass(60_000);
        }
        assert!((5..30).contains(&rounds), "{rounds} in five hours");
        world.host.clear_faults();
        world.let_hours_pass(2).await;
        let runs = world.runs().len();
        assert!((2..=3).contains(&runs), "{runs}: the one that was missed, and the next");
        assert!(world.scheduled()[0].1 > world.host.now());
    });
}

#[test]
fn what_is_off_gone_or_not_to_be_used_does_not_start() {
    run(async {
        for change in [
            "UPDATE workflows SET version = NULL",
            "DELETE FROM workflows",
            "UPDATE workflows SET default_enabled = 0",
            "UPDATE workflows SET required = '[\"email\"]'",
        ] {
            let world = working().await;
            world.host.sql(change, []);
            let next = world.scheduled()[0].1;
            world.let_pass_until(next.plus(1000)).await;
            assert!(world.runs().is_empty(), "{change}");
        }
        let world = working().await;
        let next = world.scheduled()[0].1;
        world.connect("u2", ADA).await;
        world.let_alarms_ring().await;
        world.disconnect("u1").await;
        world.let_pass_until(next.plus(61_000)).await;
        assert_eq!(world.running(), ["hourly u2 queued"]);
        world.disconnect("u2").await;
        assert!(world.scheduled().is_empty(), "nobody is left");
        world.let_hours_pass(3).await;
        assert_eq!(world.runs().len(), 1);
    });
}

#[test]
fn what_is_deployed_anew_starts_at_its_new_time() {
    run(async {
        let world = working().await;
        let before = world.scheduled()[0];
        world.reschedule().await;
        assert_eq!(world.scheduled()[0], before, "nothing has changed");
        let sql = "UPDATE workflow_versions SET definition = json_replace(definition, '$.trigger.cron', '0 30 * * * *')";
        world.host.sql(sql, []);
        world.let_pass_until(before.1.plus(1000)).await;
        assert!(world.runs().is_empty(), "also when the connection has not heard of it");
        assert_eq!(world.scheduled()[0].0.0 % 3_600_000, 1_800_000);
        let next = world.scheduled()[0].1;
        world.let_pass_until(next.plus(1000)).await;
        assert_eq!(world.runs().len(), 1);
    });
}

#[test]
fn a_change_reaches_every_connection_by_the_sweep_and_is_not_told_twice() {
    run(async {
        let world = connected().await;
        world.connect("u2", crate::world::GRACE).await;
        world.let_alarms_ring().await;
        world.deployed("hourly", daily("0 0 * * * *", "UTC"), true);
        let behind = "SELECT count(*) AS n FROM connections JOIN integrations ON integrations.id = integration_id
            WHERE connections.schedules < integrations.schedules";
        assert_eq!(world.count(behind), 0);
        world.host.tables(vec![start::schedules_changed("hourly")]).await.unwrap();
        assert_eq!(world.count(behind), 2);
        world.host.fault_once("ask", Fault::Fail);
        world.sweep().await;
        assert_eq!(world.count(behind), 1);
        world.sweep().await;
        assert_eq!(world.count(behind), 0);
        assert_eq!(world.scheduled().len(), 1);
        let grant = world.list("grants").await[0]["id"].as_str().unwrap().to_owned();
        world.host.tables(vec![start::schedules_of_grant_changed(&grant)]).await.unwrap();
        assert_eq!(world.count(behind), 1);
        world.sweep().await;
        assert_eq!(world.count(behind), 0);
        world.deployed("said", json!({"type": "event", "name": "x"}), true);
        world.host.tables(vec![start::schedules_changed("said")]).await.unwrap();
        assert_eq!(world.count(behind), 0, "the clock does not start it");
    });
}

#[test]
fn what_changes_while_a_connection_looks_is_looked_at_again() {
    run(async {
        for steps in 0.. {
            let world = working().await;
            let grant = world.list("grants").await[0]["id"].as_str().unwrap().to_owned();
            world.host.tables(vec![start::schedules_of_grant_changed(&grant)]).await.unwrap();
            let switched = async {
                world.enables("hourly", &grant, false, json!({}));
                let changed = start::schedules_of_grant_changed(&grant);
                world.host.tables(vec![changed]).await.unwrap();
            };
            let looks = Box::pin(world.reschedule());
            if crate::moves::interleaved(steps, looks, Box::pin(switched)).await.is_none() {
                assert!(steps > 3, "{steps}");
                break;
            }
            world.sweep().await;
            assert!(world.scheduled().is_empty(), "after {steps} steps");
        }
    });
}

#[test]
fn who_joins_and_who_comes_back_has_what_is_scheduled() {
    run(async {
        let world = World::new().await;
        world.zoom.set_limits(isthmus_sandbox::Limits::none());
        world.deployed("hourly", daily("0 0 * * * *", "UTC"), true);
        world.connect("u1", ADA).await;
        world.let_alarms_ring().await;
        assert_eq!(world.scheduled().len(), 1);
        world.disconnect("u1").await;
        assert!(world.scheduled().is_empty());
        world.connect("u1", ADA).await;
        world.let_alarms_ring().await;
        assert_eq!(world.scheduled().len(), 1);
        world.server(Method::DELETE, "integrations/zoom", None).await;
        world.let_hours_pass(1).await;
        world.sweep().await;
        assert!(!world.host.has_records(&world.adas()));
    });
}
