//! Runs whose process dies, at every point; whose stores fail; that stand still: they come to the same end, and nothing
//! that is recorded is done twice.

use std::{collections::BTreeSet, time::Duration};

use isthmus::{
    host::{EngineState, Host},
    run,
    testing::{Crash, Fault, Manner},
    time::MINUTE,
};
use serde_json::{Value, json};

use crate::{
    run as run_test,
    runs::{connected, tells, with},
    world::World,
};

/// A bit of everything.
fn steps() -> Value {
    let test =
        json!({"field": "{{trigger.topic}}", "operator": "$stringContains", "value": "Demo"});
    let pause = json!({"id": "pause", "type": "delay", "inputs": {"value": 5, "unit": "seconds"}});
    json!([
        with(tells("first", "first"), json!({"retry": true})),
        {"id": "check", "type": "condition", "if": test, "then": [pause], "else": [tells("no", "no")]},
        {"id": "each", "type": "fan_out", "over": "{{trigger.items}}", "steps": [
            tells("note", "{{each.instance}} of {{first.output.status_code}}")]},
        tells("last", "{{each.output.items}}"),
    ])
}

fn payload() -> Value {
    json!({"topic": "Demo", "items": ["a", "b", "c"]})
}

impl World {
    /// The steps of a run that are recorded as done.
    fn recorded(&self, id: &str) -> BTreeSet<String> {
        let sql = "SELECT step FROM run_steps WHERE run_id = ?1 AND ended_at IS NOT NULL";
        let rows = self.host.sql(sql, [json!(id)]);
        rows.iter().map(|row| row["step"].as_str().unwrap().to_owned()).collect()
    }

    /// The steps that the endpoint was told of, each time it was.
    fn told_steps(&self) -> Vec<String> {
        let requests = self.heard.requests.borrow_mut().split_off(0);
        let step = |key: &str| key.rsplit_once('/').unwrap().1.to_owned();
        requests
            .iter()
            .map(|request| step(request.headers.get("idempotency-key").unwrap()))
            .collect()
    }

    /// A run whose process dies at a point; whether it did. Then all goes on.
    async fn dies_at(&self, name: &str, point: u64, wanted: &[Value]) -> bool {
        let id = self.calls_for("w", name, payload()).await;
        let crashed = self.host.until_crash(Some(point), self.runs_end()).await == Err(Crash);
        let (recorded, before) = (self.recorded(&id), self.told_steps());
        self.runs_end().await;
        assert_eq!(self.state(&id).0, "succeeded", "{name}: {:?}", self.steps_of(&id));
        assert_eq!(self.outcome(&id), wanted, "{name}");
        let after = self.told_steps();
        let twice = after.iter().find(|step| recorded.contains(*step));
        assert_eq!(twice, None, "{name}: is recorded, and was done again");
        for step in ["first", "each[0].note", "each[1].note", "each[2].note", "last"] {
            let times = before.iter().chain(&after).filter(|told| *told == step).count();
            assert!((1..=2).contains(&times), "{name}: {step} {times} times");
        }
        crashed
    }

    /// What became of its steps, whenever.
    fn outcome(&self, id: &str) -> Vec<Value> {
        let mut steps = self.steps_of(id);
        // Until when it waited.
        steps.iter_mut().filter(|step| step[0] == "pause").for_each(|step| step[3] = json!(null));
        steps
    }

    async fn without_a_crash(&self) -> Vec<Value> {
        let id = self.calls_for("w", "none", payload()).await;
        self.runs_end().await;
        assert_eq!(self.state(&id).0, "succeeded", "{:?}", self.steps_of(&id));
        assert_eq!(self.told_steps().len(), 5);
        self.outcome(&id)
    }
}

#[test]
fn a_run_that_dies_at_any_point_comes_to_the_same_end_and_does_nothing_recorded_again() {
    run_test(async {
        for (resumes, forgets, hibernates) in
            [(false, false, false), (false, true, false), (true, false, true), (true, true, false)]
        {
            let world = connected().await;
            world.host.run_engine(Manner { resumes, forgets, hibernates });
            world.does("w", steps());
            let wanted = world.without_a_crash().await;
            let mut point = 1;
            while world.dies_at(&format!("{point}"), point, &wanted).await {
                point += 1;
            }
            assert!(point > 60, "{point}");
        }
    });
}

#[test]
fn whatever_overtakes_what_it_comes_to_the_same_end() {
    run_test(async {
        let world = connected().await;
        world.does("w", steps());
        let wanted = world.without_a_crash().await;
        for seed in 1..=20 {
            world.host.run_engine(Manner {
                resumes: seed % 2 == 0,
                forgets: seed % 3 == 0,
                hibernates: seed % 5 == 0,
            });
            world.host.shuffle(seed);
            for point in (seed % 11 + 1..120).step_by(11) {
                world.dies_at(&format!("{seed}/{point}"), point, &wanted).await;
            }
        }
    });
}

#[test]
fn stores_that_fail_or_lose_their_answers_do_not_change_the_end() {
    run_test(async {
        let world = connected().await;
        world.does("w", steps());
        let wanted = world.without_a_crash().await;
        for fault in [Fault::Fail, Fault::LoseAnswer] {
            for before in 0..40 {
                let id = world.calls_for("w", &format!("{fault:?}/{before}"), payload()).await;
                world.host.fault_after(before, "tables", fault);
                world.runs_end().await;
                world.host.clear_faults();
                assert_eq!(world.outcome(&id), wanted, "{fault:?} {before}");
                assert_eq!(world.state(&id).0, "succeeded");
            }
        }
    });
}

#[test]
fn a_run_that_stands_still_is_taken_up_and_after_five_times_shows_as_interrupted() {
    run_test(async {
        let world = connected().await;
        world.does("w", json!([tells("tell", "it")]));
        let id = world.calls_for("w", "1", json!({})).await;
        let mut revived = 0;
        while world.live_runs() > 0 {
            // It gets as far as its first call, and the process dies.
            let died = world.host.until_crash(Some(4), world.host.turn_runs()).await;
            assert_eq!(died, Err(Crash));
            while world.live_runs() > 0
                && world
                    .host
                    .sql("SELECT 1 FROM runs WHERE due_at < ?1", [json!(world.host.now())])
                    .is_empty()
            {
                world.pass(Duration::from_secs(60));
            }
            assert_eq!(run::revive_due(&world.host, false).await.ok(), Some(1));
            revived += 1;
            assert!(revived < 20);
        }
        assert_eq!(world.state(&id), ("interrupted".to_owned(), Some("interrupted".to_owned())));
        assert_eq!(world.host.engine_state(&id).await.unwrap(), EngineState::Ended);
        assert_eq!(revived, 6);
        assert!(world.told_steps().is_empty());
        let again = run::replay(&world.host, &world.run_of(&id)).await.unwrap();
        world.host.turn_runs().await;
        assert_eq!(world.state(&again.id).0, "succeeded");
        assert_eq!(world.told_steps(), ["tell"]);
    });
}

#[test]
fn a_run_that_the_engine_was_never_told_of_is_started_by_the_sweep() {
    run_test(async {
        let world = connected().await;
        world.does("w", json!([tells("tell", "it")]));
        world.host.fault_once("start_runs", Fault::Fail);
        let begins = std::panic::AssertUnwindSafe(world.calls_for("w", "1", json!({})));
        assert!(futures_util::FutureExt::catch_unwind(begins).await.is_err());
        world.host.turn_runs().await;
        assert_eq!((world.live_runs(), world.told_steps().len()), (1, 0));
        world.runs_end().await;
        assert_eq!(world.told_steps(), ["tell"]);
    });
}

#[test]
fn when_the_runtime_starts_every_run_that_lives_is_taken_up_at_once_and_it_is_not_held_against_them()
 {
    run_test(async {
        let world = connected().await;
        let pause = json!({"id": "pause", "type": "delay", "inputs": {"value": 3, "unit": "days"}});
        world.does("w", json!([pause, tells("tell", "it")]));
        let waits = world.calls_for("w", "1", json!({})).await;
        world.host.turn_runs().await;
        let until = world.host.next_waking();
        let queued = world.calls_for("w", "2", json!({})).await;
        for _ in 0..10 {
            world.host.restart();
            world.pass(Duration::from_secs(1));
            let swept =
                world.admin(http::Method::POST, "/admin/sweep?runs=all", &json!(null)).await;
            assert_eq!(
                (swept.json()["runs"].clone(), swept.json()["failed"].clone()),
                (json!(2), json!([]))
            );
        }
        world.host.turn_runs().await;
        // What it waited before counts.
        assert_eq!(world.host.next_waking(), until);
        assert!(world.run_of(&waits).revivals <= 0 && world.run_of(&queued).revivals <= 0);
        world.runs_end().await;
        assert_eq!(world.told_steps(), ["tell", "tell"]);
    });
}

#[test]
fn a_queue_in_front_of_the_engine_is_not_taken_for_standing_still() {
    run_test(async {
        let world = connected().await;
        world.does("w", json!([tells("tell", "it")]));
        let id = world.calls_for("w", "1", json!({})).await;
        for _ in 0..60 {
            world.pass(Duration::from_secs(60));
            run::revive_due(&world.host, false).await.unwrap();
        }
        assert_eq!(world.state(&id).0, "queued");
        world.runs_end().await;
        assert_eq!(world.state(&id).0, "succeeded");
    });
}

#[test]
fn runs_are_forgotten_after_their_days_with_all_that_is_known_of_them_and_what_lives_stays() {
    run_test(async {
        let world = connected().await;
        let pause =
            json!({"id": "pause", "type": "delay", "inputs": {"value": 60, "unit": "days"}});
        world.does("long", json!([pause, tells("tell", "it")]));
        world.does("w", json!([tells("tell", "it")]));
        let old = world.calls_for("w", "old", json!({})).await;
        let lives = world.calls_for("long", "lives", json!({})).await;
        world.host.turn_runs().await;
        world.pass(Duration::from_secs(86_400 * 29));
        let replayed = run::replay(&world.host, &world.run_of(&old)).await.unwrap();
        let younger = world.calls_for("w", "younger", json!({})).await;
        world.pass(Duration::from_secs(86_400 + 1));
        let ids = || {
            let rows = world.host.sql("SELECT id FROM runs", []);
            rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
        };
        world.host.sql(
            "INSERT INTO made VALUES ('i', 'meeting/1', 'r', 0, 1, ?1)",
            [json!(world.host.now().plus(-1))],
        );
        world.host.sql(
            "INSERT INTO made VALUES ('i', 'meeting/2', 'r', 0, 1, ?1)",
            [json!(world.host.now().plus(MINUTE))],
        );
        world.sweep().await;
        // The replay still needs what the first one was started with.
        assert_eq!(ids(), [&old, &lives, &replayed.id, &younger].map(String::clone).into());
        world.host.turn_runs().await;
        world.sweep().await;
        assert_eq!(ids(), [&lives, &replayed.id, &younger].map(String::clone).into());
        let left = |table: &'static str| world.count(table);
        assert_eq!(
            left("SELECT count(*) AS n FROM run_texts WHERE run_id NOT IN (SELECT id FROM runs)"),
            0
        );
        assert_eq!(
            left("SELECT count(*) AS n FROM run_steps WHERE run_id NOT IN (SELECT id FROM runs)"),
            0
        );
        assert_eq!(left("SELECT count(*) AS n FROM made"), 1);
    });
}

#[test]
fn what_cannot_be_taken_up_keeps_no_other_from_it_and_is_told() {
    run_test(async {
        let world = connected().await;
        world.does("w", json!([tells("tell", "it")]));
        for name in ["1", "2", "3"] {
            world.calls_for("w", name, json!({})).await;
        }
        let _ = world.host.until_crash(Some(6), world.host.turn_runs()).await;
        world.pass(Duration::from_secs(600));
        world.host.fault_once("revive_run", Fault::Fail);
        world.host.sql("UPDATE runs SET status = 'running'", []);
        let swept = world.sweep().await;
        assert_eq!(swept["failed"], json!(["runs"]));
        world.runs_end().await;
        assert_eq!(world.count("SELECT count(*) AS n FROM runs WHERE status = 'succeeded'"), 3);
    });
}
