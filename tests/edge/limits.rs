//! Zoom's limits: a second's limit is waited for, a day's limit puts the step off, and neither counts as an attempt.

use std::time::Duration;

use isthmus::{
    host::Host,
    zoom::limit::{Category, LimitQuestion, LimitedAccount, Plan},
};
use isthmus_sandbox::{Fault, Kind, Limit, Limits};
use serde_json::{Value, json};

use crate::{attempt_moves::ready, run, world::World};

fn list() -> Value {
    json!([{"id": "list", "type": "zoom.get_meetings", "inputs": {}}])
}

fn medium(limit: Limit) -> Limits {
    Limits { medium: limit, ..Limits::none() }
}

fn account(world: &World) -> LimitedAccount {
    let row = world.host.sql("SELECT account_id FROM grants", []).remove(0);
    let account_id = row["account_id"].as_str().unwrap().to_owned();
    LimitedAccount { integration_id: world.integration.clone(), account_id }
}

#[test]
fn a_seconds_limit_is_waited_for_and_counts_as_no_attempt() {
    run(async {
        let world = ready().await;
        world.zoom.fail_next_times(Kind::ListMeetings, 3, Fault::status(429));
        let ended = world.runs_through(list()).await;
        assert_eq!(ended.how, "succeeded");
        assert_eq!((world.step(&ended, "list").2, world.asked().len()), (1, 4));
    });
}

#[test]
fn a_days_limit_puts_the_step_off_until_the_day_is_over() {
    run(async {
        let world = ready().await;
        world.zoom.set_limits(medium(Limit { per_second: None, per_day: Some(1) }));
        assert_eq!(world.runs_through(list()).await.how, "succeeded");
        let id = world.sets_out(&list(), &json!({})).await;
        world.host.turn_runs().await;
        let run = world.host.sql("SELECT * FROM runs WHERE id = ?1", [json!(id)]).remove(0);
        let midnight = 1_795_305_600_000_i64;
        assert_eq!(run["status"], "waiting");
        assert!(run["due_at"].as_i64().unwrap() > midnight);
        let step =
            world.host.sql("SELECT * FROM run_steps WHERE run_id = ?1", [json!(id)]).remove(0);
        assert_eq!((step["status"].as_str(), &step["problem"]), (Some("waiting"), &Value::Null));
        // Nobody else asks Zoom meanwhile.
        let asked = world.asked().len();
        world.sets_out(&list(), &json!({})).await;
        world.host.turn_runs().await;
        assert_eq!(world.asked().len(), asked);
        let question =
            LimitQuestion::Lease { category: Category::Light, plan: Plan::Pro, calls: 1 };
        let light = world.host.ask_limiter(&account(&world), question).await.unwrap();
        assert_eq!(light.calls, 1, "the other categories stay open");
        world.zoom.set_limits(Limits::none());
        let ended = world.comes_to_its_end(id).await;
        assert_eq!(ended.how, "succeeded");
        assert!(world.host.now().0 >= midnight);
    });
}

#[test]
fn a_limit_of_one_user_puts_off_that_step_only() {
    run(async {
        let world = ready().await;
        world.zoom.set_limits(Limits { changes_per_user_per_day: Some(1), ..Limits::none() });
        let create =
            json!([{"id": "create", "type": "zoom.create_meeting", "inputs": {"topic": "x"}}]);
        assert_eq!(world.runs_through(create.clone()).await.how, "succeeded");
        let id = world.sets_out(&create, &json!({})).await;
        world.host.turn_runs().await;
        assert_eq!(world.runs_through(list()).await.how, "succeeded", "the account is not closed");
        let ended = world.comes_to_its_end(id).await;
        assert_eq!(ended.how, "succeeded");
        assert_eq!(world.topics().await, ["x", "x"]);
    });
}

#[test]
fn what_goes_on_side_by_side_leases_its_calls_and_waits_for_them() {
    run(async {
        let world = ready().await;
        let items: Vec<i64> = (0..25).collect();
        let steps = json!([{"id": "each", "type": "fan_out", "over": "{{trigger.items}}", "steps": list()}]);
        let began = world.host.now();
        let ended = world.runs_on(steps, json!({"items": items})).await;
        assert_eq!((ended.how.as_str(), world.asked().len()), ("succeeded", 25));
        // Twenty in the first second, as a Pro account may; the others as time passes.
        assert!(world.host.now().since(began) >= 200);
        let done = "SELECT count(*) AS n FROM run_steps WHERE type = 'zoom.get_meetings' AND status = 'succeeded'
            AND attempts = 1";
        assert_eq!(world.host.sql(done, [])[0]["n"], 25);
    });
}

#[test]
fn when_what_keeps_count_does_not_answer_calls_are_made_all_the_same() {
    run(async {
        let world = ready().await;
        world.host.fault_always("ask_limiter", Some(isthmus::testing::Fault::Fail));
        assert_eq!(world.runs_through(list()).await.how, "succeeded");
        world.pass(Duration::from_secs(2));
    });
}
