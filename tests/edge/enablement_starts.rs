//! What turning a workflow on starts: once each time, whatever dies in between and whoever does it at the same moment.

use std::time::Duration;

use futures_util::future::join3;
use serde_json::{Value, json};

use crate::{
    enablement::with_settings,
    faults::{CALLS, faults_of},
    run,
    world::{ADA, World},
};

/// A world with a user, and a workflow that starts once it is on; it asks for an address.
pub async fn working() -> (World, String, String) {
    let world = World::new().await;
    world.zoom.set_limits(isthmus_sandbox::Limits::none());
    let workflow = world.in_service(with_settings(json!({"type": "integration_enabled"}))).await;
    let grant = world.connect("u1", ADA).await;
    world.let_alarms_ring().await;
    (world, workflow, grant)
}

/// Turns it on and fills it in.
pub fn filled(workflow: &str) -> Value {
    json!({"workflows": {workflow: {"enabled": true, "settings": {"email": ADA}}}})
}

#[test]
fn it_starts_when_it_is_on_and_filled_in_and_again_when_it_was_off() {
    run(async {
        let (world, workflow, grant) = working().await;
        world.switch("u1", &workflow, true).await;
        assert!(world.runs().is_empty(), "an address is missing");
        let fill_in = json!({"workflows": {workflow.clone(): {"settings": {"email": ADA}}}});
        for _ in 0..2 {
            world.configure("u1", &grant, fill_in.clone()).await;
            world.switch("u1", &workflow, true).await;
            assert_eq!((world.runs().len(), world.begun().await), (1, 1));
        }
        world.switch("u1", &workflow, false).await;
        world.switch("u1", &workflow, true).await;
        assert_eq!(
            (world.runs().len(), world.begun().await),
            (2, 2),
            "in the same millisecond, too"
        );
        world.pass(Duration::from_secs(60));
        world.connect("u1", ADA).await;
        world.let_hours_pass(1).await;
        assert_eq!(world.runs().len(), 2, "to connect again is nothing new");
    });
}

#[test]
fn what_the_clock_starts_is_told_to_the_connection_at_once() {
    run(async {
        let (world, _, _) = working().await;
        let hourly = json!({"type": "schedule", "cron": "0 0 * * * *", "timezone": "UTC"});
        let id = world.in_service(with_settings(hourly)).await;
        world.let_alarms_ring().await;
        let scheduled = || {
            let rows = world.host.object_sql(&world.adas(), "SELECT workflow_id FROM schedules");
            json!(rows)
        };
        let path = format!(
            "grants/{}/workflows/{id}",
            world.list("grants").await[0]["id"].as_str().unwrap()
        );
        let changes = async |body: Value| {
            let patched = world.server(http::Method::PATCH, &path, Some(body)).await;
            assert_eq!(patched.status, 200, "{}", patched.text);
        };
        assert_eq!(scheduled(), json!([]));
        changes(json!({"enabled": true, "settings": {"email": ADA}})).await;
        assert_eq!(scheduled(), json!([{"workflow_id": id}]));
        changes(json!({"enabled": false})).await;
        assert_eq!(scheduled(), json!([]));
    });
}

#[test]
fn changes_at_the_same_moment_all_count_and_one_run_begins() {
    run(async {
        for seed in 1..60 {
            let (world, workflow, grant) = working().await;
            world.host.shuffle(seed);
            let other = json!({"workflows": {workflow.clone(): {"settings": {"count": 9}}}});
            let (one, two, three) = join3(
                world.configure("u1", &grant, filled(&workflow)),
                world.configure("u1", &grant, filled(&workflow)),
                world.configure("u1", &grant, other),
            )
            .await;
            assert_eq!(
                [one.status, two.status, three.status],
                [200; 3],
                "seed {seed}: {}",
                one.text
            );
            let made = world.made_of("u1", &grant).await;
            let all = json!({"enabled": true, "settings": {"email": ADA, "count": 9}});
            assert_eq!(made[&workflow], all, "seed {seed}");
            assert_eq!((world.runs().len(), world.begun().await), (1, 1), "seed {seed}");
        }
    });
}

#[test]
fn after_a_crash_at_any_point_it_starts_once() {
    run(async {
        for point in 1.. {
            let (world, workflow, grant) = working().await;
            let change = world.configure("u1", &grant, filled(&workflow));
            let crashed = world.host.until_crash(Some(point), change).await.is_err();
            let again = world.configure("u1", &grant, filled(&workflow)).await;
            assert_eq!(again.status, 200, "crash at {point}: {}", again.text);
            world.let_hours_pass(1).await;
            world.sweep().await;
            assert_eq!((world.runs().len(), world.begun().await), (1, 1), "crash at {point}");
            if !crashed {
                assert!(point > 4, "{point}");
                break;
            }
        }
    });
}

#[test]
fn when_any_one_call_fails_or_loses_its_answer_it_starts_once() {
    run(async {
        for (call, fault) in faults_of(CALLS.into_iter().chain(["start_runs"])) {
            for before in 0..6 {
                let (world, workflow, grant) = working().await;
                world.host.fault_after(before, call, fault);
                world.configure("u1", &grant, filled(&workflow)).await;
                let unused = world.host.clear_faults();
                world.configure("u1", &grant, filled(&workflow)).await;
                world.let_hours_pass(1).await;
                world.sweep().await;
                let what = format!("{call} {before} {fault:?}");
                assert_eq!((world.runs().len(), world.begun().await), (1, 1), "{what}");
                if unused == 1 {
                    break;
                }
            }
        }
    });
}
