//! What came is handed on: an outcome for each grant, a delivery for each subscription that wants it, each exactly once
//! whatever dies in between.

use std::time::Duration;

use isthmus::{
    connection::{Actor, Change, Question},
    host::Host,
    shape::Given,
    testing::Fault,
};
use serde_json::{Value, json};

use crate::{
    endpoint::verifies,
    event_moves::{body, subscribed},
    faults::{CALLS, faults_of},
    interference::ended,
    moves::connected,
    run,
    subscriptions::OWN,
    world::{ADA, World},
};

fn outcomes(world: &World) -> Value {
    let sql = "SELECT user_id, outcome, subscriptions FROM outcomes ORDER BY user_id, event_id";
    json!(world.host.sql(sql, []))
}

#[test]
fn each_grant_has_its_outcome_and_each_subscription_its_own_delivery() {
    run(async {
        let world = connected().await;
        let second = world.connect("u2", ADA).await;
        world.connect("u3", ADA).await;
        let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        world.subscribe(json!({"trigger": "new_meeting", "url": OWN, "account_id": "u2"})).await;
        world.subscribe(json!({"trigger": "meeting_ended", "url": OWN})).await;
        let paused = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        world.change_subscription(&paused["id"], json!({"status": "paused"})).await;
        let at = Given::Value(world.host.now().plus(1000));
        let change = Change { metadata: None, expires_at: at, account: None };
        let grants = world.list("grants").await;
        let grant = grants.iter().find(|grant| grant["account_id"] == "u3").unwrap();
        let grant_id = grant["id"].as_str().unwrap().to_owned();
        world.question(Question::Amend { grant_id, change, by: Actor::here("admin") }).await;
        world.pass(Duration::from_secs(2));
        world.take_in_surely("e1").await;
        world.let_alarms_ring().await;
        let expected = json!([
            {"user_id": "u1", "outcome": "matched", "subscriptions": 1},
            {"user_id": "u2", "outcome": "matched", "subscriptions": 2},
            {"user_id": "u3", "outcome": "grant_invalid", "subscriptions": 0},
        ]);
        assert_eq!(outcomes(&world), expected);
        let requests = world.heard.requests.take();
        assert_eq!(requests.len(), 3);
        let first = requests.iter().find(|one| verifies(made["secret"].as_str().unwrap(), one));
        let message: Value = serde_json::from_slice(first.unwrap().body.bytes().unwrap()).unwrap();
        assert_eq!(
            (&message["type"], &message["timestamp"]),
            (&json!("meeting.created"), &json!("2021-07-14T02:44:51.572Z"))
        );
        assert_eq!(message["data"]["original"], body("e1"));
        assert_eq!(message["data"]["output"]["object"]["id"], "123456");
        assert_eq!(
            (&message["data"]["trigger"], &message["data"]["subscription_id"]),
            (&json!("new_meeting"), &made["id"])
        );
        let of_second = requests.iter().filter(|one| {
            let message: Value = serde_json::from_slice(one.body.bytes().unwrap()).unwrap();
            message["data"]["grant_id"] == second.as_str() && message["data"]["account_id"] == "u2"
        });
        assert_eq!(of_second.count(), 2);
    });
}

#[test]
fn an_event_without_a_subscription_is_unmatched_and_its_meeting_s_host_is_remembered() {
    run(async {
        let world = subscribed().await;
        let event = Box::new(world.event_of("meeting.ended", "e1"));
        world.question(Question::TakeIn { event }).await;
        world.let_alarms_ring().await;
        assert_eq!(
            outcomes(&world),
            json!([{"user_id": "u1", "outcome": "unmatched", "subscriptions": 0}])
        );
        let host = world.host.sql("SELECT id, host_id FROM meetings", []);
        assert_eq!(
            json!(host),
            json!([{"id": "123456", "host_id": world.adas().provider_user_id}])
        );
        assert!(world.told().0.is_empty());
        assert_eq!(
            world.count_in_object("SELECT count(*) AS n FROM events WHERE sealed IS NULL"),
            1
        );
    });
}

#[test]
fn after_a_crash_at_any_point_of_the_alarm_each_outcome_and_each_message_is_there_once() {
    run(async {
        let mut twice = 0;
        for point in 1.. {
            let world = subscribed().await;
            world.let_alarms_ring().await;
            world.take_in_surely("e1").await;
            let crashed =
                world.host.until_crash(Some(point), world.host.ring_alarms()).await.is_err();
            if !crashed {
                assert!(point > 30, "{point}");
                break;
            }
            world.host.pass(31_000);
            world.let_alarms_ring().await;
            world.assert_passed_on(&format!("crash at {point}"));
            let (told, messages) = world.told();
            assert_eq!(messages.len(), 1, "crash at {point}");
            assert!((1..=2).contains(&told.len()), "crash at {point}");
            twice += told.len() - 1;
        }
        // Only between the answer and the write.
        assert!((1..=3).contains(&twice), "{twice}");
    });
}

#[test]
fn when_any_one_call_of_the_alarm_fails_or_loses_its_answer_nothing_is_lost_or_told_twice() {
    run(async {
        for (call, fault) in faults_of(CALLS) {
            for before in 0..20 {
                let world = subscribed().await;
                world.let_alarms_ring().await;
                world.take_in_surely("e1").await;
                world.host.fault_after(before, call, fault);
                world.let_alarms_ring().await;
                let unused = world.host.clear_faults();
                for _ in 0..3 {
                    world.pass(Duration::from_secs(61));
                    world.let_alarms_ring().await;
                }
                let what = format!("{call} {before} {fault:?}");
                world.assert_passed_on(&what);
                let (told, messages) = world.told();
                assert_eq!(messages.len(), 1, "{what}");
                let again = call == "send" && fault == Fault::LoseAnswer || call == "rows";
                assert!(told.len() == 1 || again && told.len() == 2, "{what}");
                if unused == 1 {
                    break;
                }
            }
        }
    });
}

#[test]
fn what_began_before_a_crash_has_its_end_although_its_subscription_has_gone() {
    run(async {
        for gone in ["paused", "deleted"] {
            let mut ended_well = 0;
            for point in 1.. {
                let world = connected().await;
                let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
                world.let_alarms_ring().await;
                world.take_in_surely("e1").await;
                if world.host.until_crash(Some(point), world.host.ring_alarms()).await.is_ok() {
                    break;
                }
                let path = format!("subscriptions/{}", made["id"].as_str().unwrap());
                match gone {
                    "paused" => drop(
                        world.change_subscription(&made["id"], json!({"status": "paused"})).await,
                    ),
                    _ => drop(world.server(http::Method::DELETE, &path, None).await),
                }
                world.host.pass(31_000);
                world.let_alarms_ring().await;
                let pending = world.ends().iter().filter(|(status, _)| status == "pending").count();
                assert_eq!(pending, 0, "{gone}, crash at {point}");
                let reason = format!("subscription_{gone}");
                ended_well += world.ends().iter().filter(|(_, error)| *error == reason).count();
            }
            assert!(ended_well > 0);
        }
    });
}

#[test]
fn a_text_that_never_opens_keeps_nobody_waiting() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        let mut broken = world.event("e1");
        broken.sealed = world.event("another").sealed;
        world.question(Question::TakeIn { event: Box::new(broken) }).await;
        world.take_in_surely("e2").await;
        world.let_alarms_ring().await;
        assert_eq!(world.told().0, ["e2"]);
        let mut ends = world.ends();
        ends.sort();
        let failed = ("failed".to_owned(), "event_unreadable".to_owned());
        assert_eq!(ends, [("delivered".to_owned(), String::new()), failed]);
    });
}

#[test]
fn a_text_under_an_unknown_key_waits_without_keeping_those_behind_it_and_has_an_end() {
    run(async {
        for filtered in [true, false] {
            let world = connected().await;
            let filter = json!({"operator": "$exists", "field": "object.topic"});
            let filter = filtered.then_some(filter);
            let wish = json!({"trigger": "new_meeting", "url": OWN, "filter": filter});
            world.subscribe(wish).await;
            world.let_alarms_ring().await;
            world.take_in_surely("e1").await;
            let lose = "UPDATE events SET sealed = replace(sealed, 'v1.k1.', 'v1.k9.')";
            world.host.object_sql(&world.adas(), lose);
            for number in 0..3 {
                world.take_in_surely(&format!("f{number}")).await;
            }
            world.let_alarms_ring().await;
            let mut told = world.told().0;
            told.sort();
            assert_eq!(told, ["f0", "f1", "f2"]);
            let rounds = world.let_hours_pass(10).await;
            assert!((100..=130).contains(&rounds), "{rounds}: every five minutes");
            let waiting = "SELECT count(*) AS n FROM events WHERE handed_on = 0";
            assert_eq!(world.count_in_object(waiting), i64::from(filtered));
            for _ in 0..31 {
                world.pass(Duration::from_secs(24 * 3600));
                world.let_alarms_ring().await;
            }
            let mut ends = world.ends();
            ends.retain(|(status, _)| status != "delivered");
            let failed = ("failed".to_owned(), "event_unreadable".to_owned());
            assert_eq!(ends, vec![failed; usize::from(!filtered)]);
            assert_eq!(world.count_in_object("SELECT count(*) AS n FROM events"), 0);
            assert!(world.told().0.is_empty());
        }
    });
}

#[test]
fn a_filter_that_cannot_be_read_matches_nothing_and_is_named_in_the_log() {
    run(async {
        let world = subscribed().await;
        world.host.sql("UPDATE subscriptions SET filter = '{\"operator\": \"$of_old\"}'", []);
        world.let_alarms_ring().await;
        world.take_in_surely("e1").await;
        world.let_alarms_ring().await;
        assert!(world.told().0.is_empty());
        let unmatched = json!([{"user_id": "u1", "outcome": "unmatched", "subscriptions": 0}]);
        assert_eq!(outcomes(&world), unmatched);
        let lines = world.host.log_lines();
        let line = lines.iter().find(|line| line["what"] == "filter_unreadable").unwrap();
        assert_eq!(line["subscription_id"], world.list("subscriptions").await[0]["id"]);
    });
}

#[test]
fn two_connections_hand_on_the_same_meeting_each_to_its_own_grants() {
    run(async {
        let world = subscribed().await;
        world.connect("u2", crate::world::GRACE).await;
        let name = world.connection_of(crate::world::GRACE);
        let event = Box::new(world.event("e2"));
        ended(world.host.ask(&name, Question::TakeIn { event })).await.unwrap();
        world.take_in_surely("e1").await;
        world.let_alarms_ring().await;
        let expected = json!([
            {"user_id": "u1", "outcome": "matched", "subscriptions": 1},
            {"user_id": "u2", "outcome": "matched", "subscriptions": 1},
        ]);
        assert_eq!(outcomes(&world), expected);
    });
}
