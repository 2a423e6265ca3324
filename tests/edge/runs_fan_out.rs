//! Steps that fan out: side by side, in runs of their own where there are many items, and together again.

use std::{collections::BTreeSet, time::Duration};

use isthmus::{
    edge::Code,
    host::EngineState,
    host::Host,
    run,
    testing::{Fault, Manner},
};
use serde_json::{Value, json};

use crate::{
    run as run_test,
    runs::{connected, tells, with},
    world::World,
};

fn fans_out(over: &str, steps: Value) -> Value {
    json!({"id": "each", "type": "fan_out", "over": over, "steps": steps})
}

fn items(count: usize) -> Value {
    json!({"items": (0..count).map(|n| format!("item {n}")).collect::<Vec<_>>()})
}

impl World {
    fn parts(&self) -> i64 {
        self.count("SELECT count(*) AS n FROM runs WHERE parent_id IS NOT NULL")
    }
}

#[test]
fn a_few_items_are_done_side_by_side_in_the_run_itself() {
    run_test(async {
        let world = connected().await;
        world.does(
            "w",
            json!([
                fans_out("{{trigger.items}}", json!([tells("note", "{{each.instance}}")])),
                tells("last", "{{each.output.items}} {{each.output.failed}}")
            ]),
        );
        let id = world.calls_for("w", "1", items(20)).await;
        world.host.turn_runs().await;
        assert_eq!(world.state(&id).0, "succeeded");
        let said = world.heard.types();
        assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), 21);
        assert_eq!((said[20].as_str(), world.parts()), ("20 0", 0));
        let none = world.calls_for("w", "2", items(0)).await;
        world.host.turn_runs().await;
        assert_eq!(
            (world.state(&none).0.as_str(), world.heard.types()),
            ("succeeded", vec!["0 0".to_owned()])
        );
    });
}

#[test]
fn a_thousand_items_are_done_by_runs_of_their_own_each_once() {
    run_test(async {
        let world = connected().await;
        world.does(
            "w",
            json!([
                fans_out("{{trigger.items}}", json!([tells("note", "{{each.instance}}")])),
                tells("last", "{{each.output.items}} {{each.output.failed}}")
            ]),
        );
        // The engine fails in between, and what it was told of is told again.
        world.host.fault_after(1, "start_runs", Fault::LoseAnswer);
        let id = world.calls_for("w", "1", items(1000)).await;
        world.runs_end().await;
        assert_eq!(world.state(&id).0, "succeeded", "{:?}", world.steps_of(&id));
        let mut said = world.heard.types();
        assert_eq!(said.pop().unwrap(), "1000 0");
        assert_eq!((said.len(), said.iter().collect::<BTreeSet<_>>().len()), (1000, 1000));
        assert_eq!(world.parts(), 40);
        assert!(world.host.steps_begun(&id).unwrap() < 30);
        let most = world.host.sql("SELECT id FROM runs", []);
        let begun = |row: &isthmus::host::Row| world.host.steps_begun(row["id"].as_str().unwrap());
        assert!(most.iter().filter_map(begun).max().unwrap() < 60);
    });
}

#[test]
fn runs_of_a_wide_step_that_die_again_and_again_do_each_item_once_and_end() {
    run_test(async {
        for seed in 1..=6 {
            let world = connected().await;
            world.host.run_engine(Manner {
                resumes: seed % 2 == 0,
                forgets: seed % 3 == 0,
                hibernates: false,
            });
            world.does(
                "w",
                json!([fans_out("{{trigger.items}}", json!([tells("note", "{{each.instance}}")]))]),
            );
            let id = world.calls_for("w", "1", items(60)).await;
            world.host.shuffle(seed);
            for death in 1..=4 {
                let point = death * 97 + seed * 13;
                let _ = world.host.until_crash(Some(point), world.runs_end()).await;
            }
            world.runs_end().await;
            assert_eq!(world.state(&id).0, "succeeded", "{seed}");
            let said = world.heard.types();
            assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), 60);
            // What was under way when the process died is done again; six at a time are, in each of three runs.
            assert!(said.len() <= 60 + 4 * 18, "{}", said.len());
        }
    });
}

#[test]
fn all_items_are_done_although_some_fail_and_then_the_step_fails() {
    run_test(async {
        for count in [10, 100] {
            for goes_on in [false, true] {
                let world = connected().await;
                let step =
                    fans_out("{{trigger.items}}", json!([tells("note", "{{each.instance.name}}")]));
                let step = with(step, json!({"continue_on_error": goes_on}));
                world.does("w", json!([step, tells("last", "{{each.output.failed}} failed")]));
                let item = |n: usize| if n % 10 == 3 { json!({}) } else { json!({"name": "it"}) };
                let payload = json!({"items": (0..count).map(item).collect::<Vec<_>>()});
                let id = world.calls_for("w", "1", payload).await;
                world.runs_end().await;
                let mut said = world.heard.types();
                if goes_on {
                    assert_eq!(said.pop(), Some(format!("{} failed", count / 10)));
                }
                assert_eq!(said.len(), count * 9 / 10);
                let wanted =
                    if goes_on { ("succeeded", None) } else { ("failed", Some("value_missing")) };
                let (status, problem) = world.state(&id);
                assert_eq!((status.as_str(), problem.as_deref()), wanted);
                let step = world.steps_of(&id).into_iter().find(|step| step[0] == "each").unwrap();
                assert_eq!((&step[1], &step[2]), (&json!("failed"), &json!("value_missing")));
            }
        }
    });
}

#[test]
fn what_fans_out_within_an_item_knows_both_items() {
    run_test(async {
        for (outer, inner) in [(3, 2), (40, 2), (2, 40)] {
            let world = connected().await;
            let within = json!({"id": "inner", "type": "fan_out", "over": "{{each.instance.list}}",
                "steps": [tells("note", "{{each.instance.name}}/{{inner.instance}}")]});
            world.does("w", json!([fans_out("{{trigger.items}}", json!([within]))]));
            let list: Vec<_> = (0..inner).collect();
            let item = |n: usize| json!({"name": n, "list": list});
            let payload = json!({"items": (0..outer).map(item).collect::<Vec<_>>()});
            let id = world.calls_for("w", "1", payload).await;
            world.runs_end().await;
            assert_eq!(world.state(&id).0, "succeeded", "{:?}", world.steps_of(&id));
            let said: BTreeSet<_> = world.heard.types().into_iter().collect();
            assert_eq!(said.len(), outer * inner);
            assert!(said.contains(&format!("{}/{}", outer - 1, inner - 1)));
        }
    });
}

#[test]
fn stopping_a_run_stops_its_parts_and_what_fails_in_them_is_not_lost() {
    run_test(async {
        let world = connected().await;
        let pause = json!({"id": "pause", "type": "delay", "inputs": {"value": 1, "unit": "days"}});
        world
            .does("w", json!([fans_out("{{trigger.items}}", json!([pause, tells("note", "it")]))]));
        let id = world.calls_for("w", "1", items(60)).await;
        world.host.turn_runs().await;
        assert!(world.parts() > 1 && world.live_runs() == world.parts() + 1);
        run::stop(&world.host, &world.run_of(&id), Code::RunStopped).await.unwrap();
        assert_eq!(world.live_runs(), 0);
        world.pass(Duration::from_secs(86_400));
        world.host.turn_runs().await;
        assert!(world.heard.types().is_empty());
        assert_eq!(world.host.engine_state(&id).await.unwrap(), EngineState::Ended);
        let other = world.calls_for("w", "2", items(60)).await;
        world.host.turn_runs().await;
        let sql = "SELECT id FROM runs WHERE parent_id = ?1 LIMIT 1";
        let part = world.host.sql(sql, [json!(other)])[0]["id"].as_str().unwrap().to_owned();
        run::stop(&world.host, &world.run_of(&part), Code::RunStopped).await.unwrap();
        world.runs_end().await;
        assert_eq!(world.state(&other), ("failed".to_owned(), Some("run_stopped".to_owned())));
    });
}

#[test]
fn a_part_whose_run_is_over_by_the_time_it_begins_does_nothing() {
    run_test(async {
        let world = connected().await;
        world.does("w", json!([fans_out("{{trigger.items}}", json!([tells("note", "it")]))]));
        let id = world.calls_for("w", "1", items(60)).await;
        // The parts are stored, and the engine is told of them, after the run was stopped.
        world.host.fault_always("start_runs", Some(Fault::Fail));
        world.host.turn_runs().await;
        world.host.fault_always("start_runs", None);
        world
            .host
            .sql("UPDATE runs SET status = 'stopped', due_at = NULL WHERE id = ?1", [json!(id)]);
        assert!(world.live_runs() > 0);
        world.runs_end().await;
        assert!(world.heard.types().is_empty());
        assert_eq!(
            world.count("SELECT count(*) AS n FROM runs WHERE status = 'stopped'"),
            world.parts() + 1
        );
    });
}

#[test]
fn items_that_sleep_for_longer_than_others_are_not_taken_for_lost() {
    run_test(async {
        let world = connected().await;
        let each = |id: &str, pause: &str, note: &str| {
            let item = format!("{{{{{id}.instance}}}}");
            let wait = json!({"value": item, "unit": "minutes"});
            let pause = json!({"id": pause, "type": "delay", "inputs": wait});
            let steps = json!([pause, tells(note, &format!("after {item}"))]);
            json!({"id": id, "type": "fan_out", "over": "{{trigger.items}}", "steps": steps})
        };
        let twice = [each("each", "pause", "note"), each("again", "pause_again", "note_again")];
        world.does("w", json!(twice));
        let minutes = [20, 40, 60, 80, 100, 120];
        let id = world.calls_for("w", "1", json!({"items": minutes})).await;
        world.runs_end().await;
        assert_eq!(world.state(&id), ("succeeded".to_owned(), None));
        assert_eq!(world.heard.types().len(), 12);
    });
}

#[test]
fn parts_of_a_run_that_is_erased_meanwhile_do_not_begin() {
    run_test(async {
        let world = connected().await;
        world.does("w", json!([fans_out("{{trigger.items}}", json!([tells("note", "it")]))]));
        let id = world.calls_for("w", "1", items(60)).await;
        let parent = world.run_of(&id);
        world.host.sql("DELETE FROM runs WHERE id = ?1", [json!(id)]);
        let part = |parent_id: &str| isthmus::record::run::Run {
            id: format!("r_{parent_id}"),
            parent_id: Some(parent_id.to_owned()),
            parent_step: Some("each".to_owned()),
            first_item: Some(0),
            last_item: Some(25),
            ..parent.clone()
        };
        run::begin(&world.host, &vec![part(&id)], Vec::new()).await.unwrap();
        world.host.turn_runs().await;
        assert_eq!(
            (world.count("SELECT count(*) AS n FROM runs"), world.heard.types().len()),
            (0, 0)
        );
    });
}
