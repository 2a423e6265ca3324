//! Telling the endpoints of subscriptions: when a failed one is tried again, when it is given up or disabled, and that
//! a delivery is made once more with its history.

use std::{collections::BTreeSet, time::Duration};

use http::Method;
use isthmus::{
    connection::{Answer, Question, Refusal, Replay},
    host::{Host, Request},
    record::event::Event,
};
use serde_json::{Value, json};

use crate::{
    endpoint::{ENDPOINTS, HOOKS, verifies},
    event_moves::subscribed,
    interference::ended,
    moves::{connected, interleaved},
    run,
    subscriptions::OWN,
    world::{GRACE, World},
};

const SCHEDULE: [i64; 7] = [5, 300, 1800, 7200, 18_000, 36_000, 36_000];

fn attempts(world: &World) -> Vec<Value> {
    let sql = "SELECT attempts FROM deliveries WHERE subscription_id IS NOT NULL";
    serde_json::from_str(world.host.sql(sql, [])[0]["attempts"].as_str().unwrap()).unwrap()
}

/// Rings whenever an alarm is due until the only delivery has ended; how long it waited between attempts, in seconds.
async fn waits(world: &World) -> Vec<i64> {
    let mut heard = Vec::new();
    for _ in 0..400 {
        ended(world.host.ring_alarms()).await;
        let now = world.host.now();
        heard.resize(world.heard.requests.borrow().len(), now);
        if world.ends()[0].0 != "pending" {
            break;
        }
        let next = world.host.alarm_of(&world.adas()).unwrap();
        world.host.pass(next.since(now).max(0));
    }
    heard.windows(2).map(|pair| pair[1].since(pair[0]) / 1000).collect()
}

fn one_message(requests: &[Request]) -> bool {
    let ids = requests.iter().map(|request| request.headers.get("webhook-id").unwrap());
    let messages: BTreeSet<_> = ids.zip(requests.iter().map(|one| one.body.bytes())).collect();
    messages.len() == 1
}

#[test]
fn a_failing_endpoint_is_tried_eight_times_with_the_same_message_and_then_given_up() {
    run(async {
        let world = connected().await;
        let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        world.let_alarms_ring().await;
        world.heard.always.set(500);
        world.heard.answers.borrow_mut().extend([Some(302), None, Some(429)]);
        world.take_in_surely("e1").await;
        assert_eq!(waits(&world).await, SCHEDULE);
        assert_eq!(world.ends(), [("failed".to_owned(), String::new())]);
        let statuses: Vec<_> = attempts(&world).iter().map(|one| one["status"].clone()).collect();
        assert_eq!(json!(statuses), json!([302, null, 429, 500, 500, 500, 500, 500]));
        assert_eq!(attempts(&world)[1]["error"], "timeout");
        let requests = world.heard.requests.take();
        assert!(one_message(&requests));
        assert!(requests.iter().all(|one| verifies(made["secret"].as_str().unwrap(), one)));
        // Its text is forgotten then, and for a day it is known that it came.
        world.assert_forgotten();
    });
}

impl World {
    fn assert_forgotten(&self) {
        let left = "SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM events WHERE sealed IS NOT NULL) AS n";
        assert_eq!(self.count_in_object(left), 0);
    }

    /// The only delivery, as the server asks to make it once more.
    fn replay_of_it(&self) -> Question {
        let row = &self.host.sql("SELECT * FROM deliveries WHERE event_id IS NOT NULL", [])[0];
        let event = &self.host.sql("SELECT *, 0 AS by_host FROM events", [])[0];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Question::Replay {
            replay: Box::new(Replay {
                id: text(&row["id"]),
                event: Event {
                    received_at: isthmus::time::Timestamp(event["received_at"].as_i64().unwrap()),
                    sealed: text(&event["body_sealed"]),
                    ..self.event("e1")
                },
                subscription_id: text(&row["subscription_id"]),
                grant_id: text(&row["grant_id"]),
                attempts: text(&row["attempts"]),
            }),
        }
    }
}

#[test]
fn a_delivery_that_is_made_once_more_begins_its_schedule_anew_and_keeps_its_history() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        world.heard.always.set(500);
        world.take_in_surely("e1").await;
        waits(&world).await;
        let first = world.heard.requests.take();
        // Also after the mark has gone.
        world.pass(Duration::from_secs(2 * 24 * 3600));
        world.let_alarms_ring().await;
        assert_eq!(world.count_in_object("SELECT count(*) AS n FROM events"), 0);
        for _ in 0..2 {
            assert!(matches!(world.question(world.replay_of_it()).await, Answer::Done {}));
        }
        let began = world.host.now();
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.host.now(), began);
        let pending =
            world.host.sql("SELECT status, next_at FROM deliveries WHERE event_id IS NOT NULL", []);
        assert_eq!(json!(pending), json!([{"status": "pending", "next_at": began.0 + 5000}]));
        world.heard.requests.borrow_mut().clear();
        world.host.pass(5000);
        let waited = waits(&world).await;
        assert_eq!(waited, SCHEDULE[1..]);
        assert_eq!(attempts(&world).len(), 16);
        let again = world.heard.requests.take();
        assert!(one_message(&[first, again].concat_requests()));
        world.heard.always.set(204);
        world.question(world.replay_of_it()).await;
        world.let_alarms_ring().await;
        assert_eq!((attempts(&world).len(), world.ends()[0].0.as_str()), (17, "delivered"));
        // However often, only the last attempts stay on record.
        world.heard.always.set(500);
        for kept in [25, 32, 32] {
            world.heard.requests.take();
            world.pass(Duration::from_secs(1));
            world.question(world.replay_of_it()).await;
            assert_eq!(waits(&world).await, SCHEDULE);
            assert_eq!(attempts(&world).len(), kept);
        }
        world.assert_forgotten();
        assert_eq!(world.count("SELECT count(*) AS n FROM outcomes"), 1);
        assert!(!world.take_in_surely("e2").await);
    });
}

trait Concat {
    fn concat_requests(self) -> Vec<Request>;
}

impl Concat for [Vec<Request>; 2] {
    fn concat_requests(self) -> Vec<Request> {
        self.into_iter().flatten().collect()
    }
}

#[test]
fn a_replay_survives_a_crash_and_is_refused_when_the_grant_has_left() {
    run(async {
        for point in 1.. {
            let world = subscribed().await;
            world.let_alarms_ring().await;
            world.take_in_surely("e1").await;
            world.let_alarms_ring().await;
            let question = world.replay_of_it();
            let name = world.adas();
            let asked = Box::pin(async {
                world.host.ask(&name, question).await.unwrap();
                world.host.ring_alarms().await
            });
            if world.host.until_crash(Some(point), asked).await.is_ok() {
                assert!(point > 10);
                let question = world.replay_of_it();
                world.disconnect("u1").await;
                let refused = world.question(question).await;
                assert!(matches!(refused, Answer::Refused { refusal: Refusal::NotMember }));
                break;
            }
            world.host.pass(31_000);
            world.let_alarms_ring().await;
            world.assert_passed_on(&format!("crash at {point}"));
            assert_eq!(world.told().1.len(), 1, "crash at {point}");
        }
    });
}

#[test]
fn an_own_event_is_sent_once_more_and_the_tables_know() {
    run(async {
        let world = connected().await;
        world.listen(json!({"url": HOOKS})).await;
        world.heard.always.set(410);
        world.connect("u2", crate::world::ADA).await;
        world.let_alarms_ring().await;
        let failed = world.list("deliveries?status=failed&account_id=u2").await;
        assert_eq!(failed.len(), 1);
        world.heard.requests.take();
        world.heard.always.set(204);
        let path = format!("deliveries/{}/replay", failed[0]["id"].as_str().unwrap());
        let answer = world.server(Method::POST, &path, None).await;
        assert_eq!((answer.status, answer.field("/data/status")), (202, "pending".to_owned()));
        world.let_alarms_ring().await;
        assert_eq!(world.heard.types(), ["grant.created"]);
        let delivered = world.list("deliveries?status=delivered").await;
        assert_eq!(delivered[0]["attempts"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn an_endpoint_that_says_it_is_gone_is_disabled_at_once_and_the_project_hears_it_once() {
    run(async {
        let world = connected().await;
        world.listen(json!({"url": HOOKS})).await;
        let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        world.let_alarms_ring().await;
        world.heard.events();
        world.heard.by_url.borrow_mut().insert(OWN.to_owned(), 410);
        for number in 0..20 {
            world.take_in_surely(&format!("e{number}")).await;
        }
        ended(world.host.ring_alarms()).await;
        let shown = world.subscription(&made["id"]).await.json();
        assert_eq!(shown["data"]["status"], "disabled");
        world.let_hours_pass(1).await;
        let events = world.heard.events();
        let own: Vec<_> =
            events.iter().filter(|event| event["type"] == "subscription.disabled").collect();
        assert_eq!(own.len(), 1);
        let data = json!({"subscription_id": made["id"], "trigger": "new_meeting", "url": OWN,
            "failing_since": shown["data"]["failing_since"]});
        assert_eq!(own[0]["data"], data);
        assert_eq!(events.len() - 1, 6, "as many as were sent side by side");
        let disabled =
            world.ends().iter().filter(|(_, why)| why == "subscription_disabled").count();
        assert_eq!(disabled, 14);
        // Nothing new begins.
        world.take_in_surely("later").await;
        world.let_alarms_ring().await;
        assert!(world.heard.events().is_empty());
        assert_eq!(world.ends().len(), 20);
    });
}

#[test]
fn what_an_address_of_before_answers_is_nothing_to_the_subscription() {
    run(async {
        let mut changed = 0;
        for steps in 0.. {
            let world = connected().await;
            world.listen(json!({"url": HOOKS})).await;
            let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
            world.let_alarms_ring().await;
            world.heard.by_url.borrow_mut().insert(OWN.to_owned(), 410);
            world.take_in_surely("e1").await;
            let change = json!({"url": format!("{ENDPOINTS}new")});
            let change = world.change_subscription(&made["id"], change);
            let alarm = Box::pin(ended(world.host.ring_alarms()));
            let Some((_, answer)) = interleaved(steps, alarm, change).await else { break };
            let was = answer.json()["data"]["status"].clone();
            world.let_alarms_ring().await;
            let shown = world.subscription(&made["id"]).await.json();
            assert_eq!(shown["data"]["status"], was, "after {steps} steps");
            changed += usize::from(was == "active");
        }
        assert!(changed > 20, "{changed}");
    });
}

#[test]
fn after_five_days_of_failures_a_subscription_is_disabled_and_told_under_one_id_whoever_finds_it() {
    run(async {
        let world = connected().await;
        world.connect("u2", GRACE).await;
        let grace = world.connection_of(GRACE);
        world.listen(json!({"url": HOOKS})).await;
        let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        world.let_alarms_ring().await;
        world.heard.by_url.borrow_mut().insert(OWN.to_owned(), 500);
        let began = world.host.now();
        let mut days = 0;
        while days < 6 {
            for login in ["ada", "grace"] {
                let event = Box::new(world.event(&format!("{login}{days}")));
                let name = if login == "ada" { world.adas() } else { grace.clone() };
                ended(world.host.ask(&name, Question::TakeIn { event })).await.unwrap();
            }
            // Both find it in the same moment.
            world.host.shuffle(7);
            world.host.ring_alarms().await;
            let shown = world.subscription(&made["id"]).await.json();
            let disabled = shown["data"]["status"] == "disabled";
            assert_eq!(disabled, world.host.now().since(began) >= 5 * 24 * 3_600_000, "{days}");
            world.pass(Duration::from_secs(24 * 3600));
            days += 1;
        }
        world.let_hours_pass(1).await;
        let ids = |request: &Request| {
            let body: Value = serde_json::from_slice(request.body.bytes().unwrap()).unwrap();
            let id = request.headers.get("webhook-id").unwrap().to_owned();
            (body["type"] == "subscription.disabled").then_some(id)
        };
        let told: BTreeSet<_> = world.heard.requests.take().iter().filter_map(ids).collect();
        assert_eq!(told.len(), 1);
        let rows = "SELECT count(*) AS n FROM deliveries WHERE type = 'subscription.disabled'";
        assert_eq!(world.count(rows), 1);
    });
}

#[test]
fn a_success_ends_the_time_of_failing() {
    run(async {
        let world = connected().await;
        let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        world.let_alarms_ring().await;
        for day in 0..12 {
            world.heard.always.set(if day % 4 == 3 { 204 } else { 500 });
            world.take_in_surely(&format!("e{day}")).await;
            world.let_alarms_ring().await;
            let shown = world.subscription(&made["id"]).await.json();
            assert_eq!(shown["data"]["status"], "active");
            assert_eq!(shown["data"]["failing_since"].is_null(), day % 4 == 3, "{day}");
            world.pass(Duration::from_secs(24 * 3600));
        }
    });
}

#[test]
fn what_is_queued_fails_with_the_reason_when_nobody_is_to_be_told_any_more() {
    run(async {
        for why in ["subscription_paused", "subscription_deleted", "grant_left", "endpoint_missing"]
        {
            let world = connected().await;
            world.connect("u2", crate::world::ADA).await;
            let own = why != "endpoint_missing";
            let wish = json!({"trigger": "new_meeting", "account_id": "u1"});
            if !own {
                world.listen(json!({"url": HOOKS})).await;
            }
            let with_url = json!({"trigger": "new_meeting", "account_id": "u1", "url": OWN});
            let made = world.subscribe(if own { with_url } else { wish }).await;
            world.let_alarms_ring().await;
            world.heard.events();
            world.heard.always.set(500);
            world.take_in_surely("e1").await;
            ended(world.host.ring_alarms()).await;
            assert_eq!(world.heard.events().len(), 1);
            let path = format!("subscriptions/{}", made["id"].as_str().unwrap());
            match why {
                "subscription_paused" => {
                    world.change_subscription(&made["id"], json!({"status": "paused"})).await;
                }
                "subscription_deleted" => drop(world.server(Method::DELETE, &path, None).await),
                "grant_left" => drop(world.disconnect("u1").await),
                _ => {
                    let path = format!("/admin/projects/{}/event-endpoint", world.project);
                    world.admin(Method::DELETE, &path, &json!(null)).await;
                }
            }
            world.let_hours_pass(1).await;
            assert_eq!(world.ends(), [("failed".to_owned(), why.to_owned())], "{why}");
            assert!(world.heard.events().is_empty(), "{why}");
            if why != "grant_left" {
                assert_eq!(attempts(&world).len(), 2, "{why}: the attempt made stays on record");
            }
            world.assert_forgotten();
        }
    });
}

#[test]
fn secrets_that_do_not_open_hold_up_only_their_own_subscription() {
    run(async {
        let world = connected().await;
        let good = format!("{ENDPOINTS}good");
        let made = world.subscribe(json!({"trigger": "new_meeting", "url": OWN})).await;
        world.subscribe(json!({"trigger": "new_meeting", "url": good})).await;
        world.let_alarms_ring().await;
        let row = &world
            .host
            .sql("SELECT secrets_sealed FROM subscriptions WHERE id = ?1", [made["id"].clone()])[0];
        let sealed = row["secrets_sealed"].clone();
        let set = "UPDATE subscriptions SET secrets_sealed = ?2 WHERE id = ?1";
        world.host.sql(set, [made["id"].clone(), json!("v1.k9.AAAA.AAAA")]);
        for number in 0..10 {
            world.take_in_surely(&format!("e{number}")).await;
        }
        world.let_alarms_ring().await;
        let heard: Vec<_> = world.heard.requests.take().iter().map(|one| one.url.clone()).collect();
        assert_eq!(heard, vec![good; 10]);
        // The key comes back.
        world.host.sql(set, [made["id"].clone(), sealed]);
        world.let_hours_pass(1).await;
        assert_eq!(world.told().0.len(), 10);
        assert!(world.ends().iter().all(|(status, _)| status == "delivered"));
    });
}
