//! Outgoing events: what the project's endpoint hears, how often, what is kept of it, and that nothing is lost when
//! anything dies in between.

use std::time::Duration;

use http::Method;
use isthmus::{host::Host, testing::Fault as HostFault};
use serde_json::{Value, json};

use crate::{
    endpoint::{HOOKS, verifies},
    faults::faults_of,
    interference::{TOO_LATE, ended},
    run,
    world::{ADA, CLIENT_SECRET, World},
};

async fn listening() -> (World, String) {
    let world = World::new().await;
    world.zoom.set_limits(isthmus_sandbox::Limits::none());
    let secret = world.listen(json!({"url": HOOKS})).await.unwrap();
    (world, secret)
}

#[test]
fn a_new_grant_is_told_at_once_with_ids_only_and_a_signature() {
    run(async {
        let (world, secret) = listening().await;
        let grant = world.connect("u1", ADA).await;
        assert!(ended(world.host.ring_alarms()).await > 0);
        let requests = world.heard.requests.take();
        assert_eq!(requests.len(), 1);
        assert!(verifies(&secret, &requests[0]));
        assert_eq!(requests[0].headers.get("content-type"), Some("application/json"));
        assert_eq!((requests[0].url.as_str(), &requests[0].method), (HOOKS, &Method::POST));
        let event: Value = serde_json::from_slice(requests[0].body.bytes().unwrap()).unwrap();
        let data = json!({"grant_id": grant, "integration_id": world.integration, "provider": "zoom",
            "account_id": "u1", "grant_status": "valid"});
        let at = world.host.now().rfc3339();
        assert_eq!(event, json!({"type": "grant.created", "timestamp": at, "data": data}));
        let (row, id) = (&world.deliveries()[0], requests[0].headers.get("webhook-id").unwrap());
        assert!(id.starts_with("evt_") && id.len() == 26, "{id}");
        let told = json!({"id": id, "project_id": world.project, "type": "grant.created", "grant_id": grant,
            "url": HOOKS, "status": "delivered", "created_at": world.host.now(), "next_at": null,
            "attempts": format!(r#"[{{"at":{},"status":204}}]"#, world.host.now().0),
            "body": event.to_string(), "user_id": "u1", "event_id": null, "subscription_id": null,
            "integration_id": world.integration, "provider_user_id": world.adas().provider_user_id});
        assert_eq!(row, &told);
        world.let_alarms_end().await;
        assert_eq!(world.heard.events().len(), 0, "once");
    });
}

#[test]
fn the_grant_can_be_read_before_it_is_told() {
    run(async {
        let (world, _) = listening().await;
        // The row cannot be written when the consent joins, nor at the first alarm.
        let mut attempt = world.attempt("u1", ADA).await;
        world.host.fault_after(4, "tables", HostFault::Fail);
        world.come_back(&mut attempt).await;
        world.host.fault_always("tables", Some(HostFault::Fail));
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.heard.events().len(), 0);
        world.host.clear_faults();
        world.pass(Duration::from_secs(60));
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.heard.types(), ["grant.created"]);
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
    });
}

#[test]
fn every_change_of_a_grant_is_told_and_noted_once() {
    run(async {
        let (world, _) = listening().await;
        world.connect("u1", ADA).await;
        world.connect("u1", ADA).await;
        world.zoom.revoke_user(ADA).unwrap();
        world.pass(TOO_LATE);
        assert_eq!(world.ask("u1").await.status, 401);
        world.connect("u2", ADA).await;
        world.disconnect("u1").await;
        world.let_alarms_end().await;
        let events = world.heard.events();
        let told: Vec<_> = events
            .iter()
            .map(|event| {
                (event["type"].as_str().unwrap(), event["data"]["account_id"].as_str().unwrap())
            })
            .collect();
        let expected = [
            ("grant.created", "u1"),
            ("grant.updated", "u1"),
            ("grant.invalid", "u1"),
            ("grant.updated", "u1"),
            ("grant.created", "u2"),
            ("grant.deleted", "u1"),
        ];
        assert_eq!(told, expected);
        let age = 61 * 60 * 1000;
        assert_eq!(events[2]["data"]["reason"], "refresh_token_refused");
        assert_eq!(events[2]["data"]["age"], age / 1000);
        assert_eq!(events[2]["data"]["grant_status"], "invalid");
        let noted = world.audit();
        let noted: Vec<_> = noted.iter().map(|(what, who)| (what.as_str(), who.as_str())).collect();
        let expected = [
            ("grant.created", "user:u1"),
            ("grant.updated", "user:u1"),
            ("grant.invalid", "connection"),
            ("grant.updated", "connection"),
            ("grant.created", "user:u2"),
            ("grant.deleted", "user:u1"),
        ];
        assert_eq!(noted, expected);
        let line = world.host.log_lines().into_iter().find(|line| line["what"] == "refresh");
        assert_eq!(line.unwrap()["age"], age);
    });
}

#[test]
fn a_failing_endpoint_is_tried_eight_times_with_the_same_id_and_body() {
    run(async {
        let (world, secret) = listening().await;
        world.heard.always.set(500);
        world.heard.answers.borrow_mut().extend([Some(302), None, Some(429)]);
        world.connect("u1", ADA).await;
        let began = world.host.now();
        let mut offsets = Vec::new();
        for _ in 0..14_000 {
            ended(world.host.ring_alarms()).await;
            let heard = world.heard.requests.borrow().len();
            offsets.resize(heard, world.host.now().since(began) / 1000);
            if world.deliveries()[0]["status"] == "failed" {
                break;
            }
            world.pass(Duration::from_secs(if heard < 2 { 1 } else { 10 }));
        }
        let (minute, hour) = (60, 3600);
        let waits: Vec<_> = offsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let expected = [5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour];
        assert_eq!(waits.len(), expected.len());
        for (waited, expected) in waits.iter().zip(expected) {
            assert!((expected..expected + 11).contains(waited), "{waits:?}");
        }
        let requests = world.heard.requests.take();
        let ids = requests.iter().map(|request| request.headers.get("webhook-id").unwrap());
        let mut messages: Vec<_> = ids.zip(requests.iter().map(|r| r.body.bytes())).collect();
        messages.dedup();
        assert_eq!(messages.len(), 1);
        assert!(requests.iter().all(|request| verifies(&secret, request)));
        let attempts = world.deliveries()[0]["attempts"].as_str().unwrap().to_owned();
        let attempts: Vec<Value> = serde_json::from_str(&attempts).unwrap();
        assert_eq!(attempts.len(), 8);
        assert_eq!(
            (&attempts[0]["status"], &attempts[1]["error"]),
            (&json!(302), &json!("timeout"))
        );
        world.let_alarms_end().await;
        assert_eq!(world.heard.events().len(), 0);
    });
}

#[test]
fn an_endpoint_that_is_gone_is_not_asked_again() {
    run(async {
        let (world, _) = listening().await;
        world.heard.always.set(410);
        world.connect("u1", ADA).await;
        world.let_alarms_end().await;
        assert_eq!(world.heard.events().len(), 1);
        assert_eq!(world.deliveries()[0]["status"], "failed");
    });
}

#[test]
fn without_an_endpoint_nothing_is_kept_or_sent() {
    run(async {
        let world = World::new().await;
        world.connect("u1", ADA).await;
        world.let_alarms_end().await;
        assert_eq!(world.deliveries().len(), 0);
        world.listen(json!({"url": HOOKS})).await;
        world.let_alarms_end().await;
        assert_eq!(world.heard.events().len(), 0, "what was before it is not told");
    });
}

#[test]
fn an_address_that_may_not_be_called_is_not_called_although_it_was_stored() {
    run(async {
        for url in ["http://hooks.acme.example/zoom", "https://2130706433/", "https://localhost./"]
        {
            let (world, _) = listening().await;
            world.host.sql("UPDATE projects SET event_url = ?1", [json!(url)]);
            world.connect("u1", ADA).await;
            ended(world.host.ring_alarms()).await;
            let called = world.called.borrow();
            assert!(called.iter().all(|origin| origin == "http://zoom.test"), "{called:?}");
            let attempts = world.deliveries()[0]["attempts"].as_str().unwrap().to_owned();
            assert!(attempts.contains("address_refused"), "{attempts}");
        }
    });
}

#[test]
fn after_a_rotation_both_secrets_sign_until_the_old_one_ends() {
    run(async {
        let (world, old) = listening().await;
        let new = world.listen(json!({"url": HOOKS, "rotate": true})).await.unwrap();
        for (passed, old_signs) in [(0, true), (25, false)] {
            world.pass(Duration::from_secs(passed * 3600));
            world.connect("u1", ADA).await;
            ended(world.host.ring_alarms()).await;
            let request = world.heard.requests.take().remove(0);
            assert!(verifies(&new, &request));
            assert_eq!(verifies(&old, &request), old_signs);
        }
    });
}

#[test]
fn no_event_and_no_row_of_one_holds_a_secret_or_a_name() {
    run(async {
        let (world, secret) = listening().await;
        world.connect("u1", ADA).await;
        world.disconnect("u1").await;
        world.let_alarms_end().await;
        let (id, said) =
            (world.adas().provider_user_id, (world.heard.events(), world.deliveries()));
        let said = format!("{said:?}").replace(&id, "an id");
        for hidden in [ADA, "Ada", &secret, CLIENT_SECRET] {
            assert!(!said.contains(hidden), "{hidden}");
        }
        assert!(!world.host.everything_at_rest().contains(secret.trim_start_matches("whsec_")));
    });
}

#[test]
fn a_crash_anywhere_between_the_change_and_its_event_loses_none() {
    run(async {
        let mut twice = 0;
        for point in 1.. {
            let (world, _) = listening().await;
            world.connect("u1", ADA).await;
            let alarm = world.host.until_crash(Some(point), world.host.ring_alarms());
            let crash = ended(alarm).await;
            world.let_alarms_end().await;
            let requests = world.heard.requests.take();
            let mut ids: Vec<_> =
                requests.iter().map(|r| r.headers.get("webhook-id").unwrap()).collect();
            twice += usize::from(ids.len() > 1);
            ids.dedup();
            assert_eq!(ids.len(), 1, "point {point}");
            let rows = world.deliveries();
            assert_eq!((rows.len(), &rows[0]["status"]), (1, &json!("delivered")), "point {point}");
            if crash.is_ok() {
                assert!(point > 20 && twice < 10, "{point} points, {twice} told twice");
                return;
            }
        }
    });
}

#[test]
fn any_one_call_that_fails_or_loses_its_answer_loses_no_event() {
    run(async {
        for (call, fault) in
            faults_of(["tables", "read", "write", "wake_at", "send", "delete_copy"])
        {
            let mut left = 0;
            for before in 0..8 {
                let (world, _) = listening().await;
                world.connect("u1", ADA).await;
                if call == "delete_copy" {
                    // Only whoever leaves has one deleted, at once.
                    world.host.fault_after(before, call, fault);
                }
                world.disconnect("u1").await;
                if call != "delete_copy" {
                    world.host.fault_after(before, call, fault);
                }
                ended(world.host.ring_alarms()).await;
                left += world.host.clear_faults();
                world.let_alarms_end().await;
                let mut types = world.heard.types();
                types.sort();
                types.dedup();
                let told = format!("{call} {fault:?} after {before}: {types:?}");
                assert_eq!(types, ["grant.created", "grant.deleted"], "{told}");
                let done = "SELECT count(*) AS n FROM deliveries WHERE status = 'delivered'";
                assert_eq!(world.count(done), 2, "{told}");
            }
            assert!(left < 8, "{call} {fault:?} never happened");
        }
    });
}

#[test]
fn of_two_alarms_at_once_each_event_is_told_by_one() {
    run(async {
        for seed in 1..20_u64 {
            let (world, _) = listening().await;
            world.connect("u1", ADA).await;
            world.host.shuffle(seed);
            let alarms =
                futures_util::future::join(world.host.ring_alarms(), world.host.ring_alarms());
            ended(alarms).await;
            world.let_alarms_end().await;
            assert_eq!(world.heard.types(), ["grant.created"], "seed {seed}");
        }
    });
}

#[test]
fn what_is_too_much_is_given_up_with_a_row_and_a_line_in_the_log() {
    run(async {
        let (world, _) = listening().await;
        for user in 0..70 {
            world.connect(&format!("u{user}"), ADA).await;
        }
        world.let_alarms_end().await;
        world.host.sql("DELETE FROM deliveries", []);
        world.heard.events();
        world.zoom.revoke_user(ADA).unwrap();
        world.pass(TOO_LATE);
        assert_eq!(world.ask("u1").await.status, 401);
        world.let_alarms_end().await;
        let heard = world.heard.types();
        assert!(heard.len() == 64 && heard.iter().all(|kind| kind == "grant.invalid"), "{heard:?}");
        let rows = world.deliveries();
        let dropped: Vec<_> = rows.iter().filter(|row| row["status"] == "failed").collect();
        assert_eq!((rows.len(), dropped.len(), &dropped[0]["attempts"]), (70, 6, &json!("[]")));
        let log = world.host.log_lines();
        let line = log.iter().rfind(|line| line["what"] == "event_dropped").unwrap();
        assert_eq!(line["events"], 6);
    });
}

#[test]
fn of_too_much_the_oldest_of_the_same_grant_goes_first() {
    run(async {
        let (world, _) = listening().await;
        let quiet = world.connect("u1", ADA).await;
        for _ in 0..70 {
            world.connect("u2", ADA).await;
        }
        world.let_alarms_end().await;
        let heard = world.heard.events();
        assert_eq!(heard[0]["data"]["grant_id"], json!(quiet));
        assert_eq!(heard.len(), 64);
    });
}

#[test]
fn an_endpoint_that_goes_hears_no_more_and_one_that_fails_or_is_slow_ends_the_round() {
    run(async {
        for (disturbance, most) in [("gone", 2), ("slow", 2), ("failing", 1)] {
            let (world, _) = listening().await;
            for user in 0..10 {
                world.connect(&format!("u{user}"), ADA).await;
            }
            world.host.fault_always("send", Some(HostFault::Late));
            let meanwhile = async {
                tokio::time::sleep(Duration::from_secs(2)).await;
                match disturbance {
                    "failing" => world.heard.always.set(500),
                    "slow" => world.pass(Duration::from_secs(59)),
                    _ => world.host.sql("UPDATE projects SET event_url = NULL", []).clear(),
                }
                tokio::time::sleep(Duration::from_secs(5)).await;
                world.pass(Duration::from_secs(1));
            };
            ended(futures_util::future::join(world.host.ring_alarms(), meanwhile)).await;
            let heard = world.heard.events().len();
            assert!((1..=most).contains(&heard), "{disturbance}: {heard}");
            world.host.clear_faults();
            world.heard.always.set(0);
            world.let_alarms_end().await;
            let rest = if disturbance == "gone" { 0 } else { 10 };
            let told = "SELECT count(*) AS n FROM deliveries WHERE status = 'delivered'";
            assert_eq!(world.count(told).max(rest), world.count(told), "{disturbance}");
        }
    });
}

#[test]
fn an_alarm_that_could_not_set_itself_rings_again() {
    run(async {
        let (world, _) = listening().await;
        world.connect("u1", ADA).await;
        world.host.fault_always("wake_at", Some(HostFault::Fail));
        world.heard.answers.borrow_mut().extend([Some(500)]);
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.heard.types().len(), 1);
        world.host.clear_faults();
        world.let_alarms_end().await;
        assert_eq!(world.heard.types(), ["grant.created"]);
    });
}
