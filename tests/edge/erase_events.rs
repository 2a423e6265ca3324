//! When a user is erased: what Zoom said that was for this user only goes, with what came of it and what was told; what
//! others have stays theirs.

use http::Method;
use isthmus::{
    host::Host,
    record::{event, user},
    testing::Fault,
};
use serde_json::{Value, json};

use crate::{
    deletion::ALAN,
    interference::ended,
    moves::interleaved,
    run,
    subscriptions::OWN,
    webhook_moves::{example, listening},
    world::{ADA, World},
};

/// Ada's login is used by `u1` and `u2`, Alan's by `u1` alone; each had an event that was told.
async fn world() -> World {
    let world = listening().await;
    world.listen_from_now().await;
    world.connect("u2", ADA).await;
    world.connect("u1", ALAN).await;
    world.subscribe(json!({"trigger": "meeting_ended", "url": OWN})).await;
    for (ts, login) in [(5, ADA), (6, ALAN)] {
        let mut event = example("meeting.ended", &world.connection_of(login).provider_user_id);
        event["event_ts"] = json!(ts);
        event["payload"]["object"]["id"] = json!(ts);
        assert_eq!(world.hear(&event).await.status, 204);
    }
    world.let_alarms_end().await;
    world
}

fn rows(world: &World, sql: &'static str) -> Vec<Value> {
    world.host.sql(sql, []).into_iter().map(Value::Object).collect()
}

const LEFT: &str = "SELECT user_id, type FROM deliveries ORDER BY user_id, type";

#[test]
fn what_was_for_this_user_only_goes_and_what_others_have_stays() {
    run(async {
        let world = world().await;
        assert_eq!((world.list("events").await.len(), world.heard.events().len()), (2, 5));
        assert_eq!(ended(world.server(Method::DELETE, "users/u1", None)).await.status, 200);
        world.let_alarms_end().await;
        let events = world.list("events").await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["provider_user_id"], world.ada());
        let outcomes = events[0]["outcomes"].as_array().unwrap();
        assert_eq!(outcomes.len(), 1);
        assert_eq!(outcomes[0]["account_id"], "u2");
        let hosts = rows(&world, "SELECT host_id FROM meetings");
        assert_eq!(hosts, [json!({"host_id": world.ada()})]);
        // That the grants have gone was still to be told.
        let told = [
            ("u1", "grant.deleted"),
            ("u1", "grant.deleted"),
            ("u2", "grant.created"),
            ("u2", "meeting.ended"),
        ];
        let told = told.map(|(user, kind)| json!({"user_id": user, "type": kind}));
        assert_eq!(rows(&world, LEFT), told);
        assert_eq!(world.server(Method::DELETE, "users/u1", None).await.status, 200);
        assert_eq!(rows(&world, LEFT), told[2..]);
        assert_eq!(world.count("SELECT count(*) AS n FROM outcomes WHERE user_id = 'u1'"), 0);
    });
}

#[test]
fn a_user_of_another_project_with_the_same_name_keeps_everything() {
    run(async {
        let world = world().await;
        let other = world.another_project().await;
        assert_eq!(ended(other.server(Method::DELETE, "users/u1", None)).await.status, 200);
        assert_eq!(world.list("events").await.len(), 2);
        assert_eq!(world.list("deliveries?account_id=u1").await.len(), 3);
    });
}

impl World {
    /// So many events of a login more, for this user only, each of them told.
    fn put_many(&self, user: &str, number: usize, login: &str) {
        let numbers = json!((0..number).collect::<Vec<_>>()).to_string();
        let name = self.connection_of(login);
        let values = [&self.project, user, &name.integration_id, &name.provider_user_id, &numbers];
        for sql in [
            "INSERT INTO events (id, project_id, integration_id, provider_user_id, event, event_ts, body_sealed, sealed_with,
               received_at) SELECT 'e' || value, ?1, ?3, ?4, 'meeting.ended', 1, ?2, 'k1', 1 FROM json_each(?5)",
            "INSERT INTO outcomes SELECT 'e' || value, 'g', ?1, ?2, 'matched', ?3 || ?4, 0 FROM json_each(?5)",
            "INSERT INTO deliveries (id, project_id, type, grant_id, url, status, attempts, created_at, event_id, user_id)
               SELECT 'd' || value, ?1, ?3, 'g', ?4, 'failed', '[]', 1, 'e' || value, ?2 FROM json_each(?5)",
        ] {
            self.host.sql(sql, values.map(|value| json!(value)));
        }
    }
}

const EVENTS: &str = "SELECT count(*) AS n FROM events";
const OF_USER: &str = "SELECT (SELECT count(*) FROM outcomes WHERE user_id = 'u1')
    + (SELECT count(*) FROM deliveries WHERE user_id = 'u1' AND event_id IS NOT NULL) AS n";

#[test]
fn many_events_go_some_at_a_time_and_the_answer_says_when_there_is_more() {
    run(async {
        let world = world().await;
        world.put_many("u1", 20_500, ALAN);
        let clock = async {
            loop {
                world.host.pass(2000);
                tokio::task::yield_now().await;
            }
        };
        let erase = std::pin::pin!(world.server(Method::DELETE, "users/u1", None));
        let futures_util::future::Either::Left((erased, _)) =
            futures_util::future::select(erase, std::pin::pin!(clock)).await;
        assert_eq!((erased.status, erased.field("/data/events")), (202, "pending".to_owned()));
        assert!((2..40_000).contains(&world.count(OF_USER)), "{}", world.count(OF_USER));
        let again = ended(world.server(Method::DELETE, "users/u1", None)).await;
        assert_eq!((again.status, &again.json()["data"]["events"]), (200, &Value::Null));
        assert_eq!((world.count(OF_USER), world.list("events").await.len()), (0, 1));
    });
}

#[test]
fn no_transaction_erases_more_than_a_thousand_events() {
    run(async {
        let world = world().await;
        world.put_many("u1", 2500, ALAN);
        let name = world.connection_of(ALAN);
        let mut left = Vec::new();
        for _ in 0..3 {
            let statements = event::erase_of_connection(&name);
            let said = world.host.tables(statements).await.unwrap().pop().unwrap();
            left.push((said[0]["more"].as_i64().unwrap(), world.count(EVENTS)));
        }
        // Besides those, one of Alan's was heard, and one of Ada's.
        assert_eq!(left, [(1, 1502), (1, 502), (0, 1)]);
        assert_eq!(world.count("SELECT count(*) AS n FROM outcomes WHERE user_id = 'u1'"), 1);
        world.put_many("u1", 2500, ALAN);
        let rows =
            "SELECT (SELECT count(*) FROM outcomes) + (SELECT count(*) FROM deliveries) AS n";
        let before = world.count(rows);
        let statements = user::forget_events(&world.project, "u1");
        let said = world.host.tables(statements).await.unwrap().pop().unwrap();
        assert_eq!((said[0]["more"].as_i64(), before - world.count(rows)), (Some(1), 2000));
    });
}

#[test]
fn subscriptions_to_the_events_of_this_user_only_go_and_it_is_noted() {
    run(async {
        let world = world().await;
        let other = world.another_project().await;
        other.listen_from_now().await;
        for (world, user) in [(&world, "u1"), (&world, "u2"), (&other, "u1")] {
            world
                .subscribe(json!({"trigger": "new_meeting", "url": OWN, "account_id": user}))
                .await;
        }
        let gone = world.list("subscriptions?account_id=u1").await[0]["id"].clone();
        assert_eq!(ended(world.server(Method::DELETE, "users/u1", None)).await.status, 200);
        assert!(world.list("subscriptions?account_id=u1").await.is_empty());
        assert_eq!(world.list("subscriptions").await.len(), 2);
        assert_eq!(other.list("subscriptions").await.len(), 1);
        let sql = "SELECT project_id, who, target FROM audit WHERE what = 'subscription.deleted'";
        let noted = json!([{"project_id": world.project, "who": "project", "target": gone}]);
        assert_eq!(json!(rows(&world, sql)), noted);
    });
}

#[test]
fn what_still_waits_to_be_told_of_an_event_is_not_told_any_more() {
    run(async {
        let world = world().await;
        world.heard.events();
        world.heard.always.set(500);
        let mut event = example("meeting.ended", &world.connection_of(ALAN).provider_user_id);
        event["event_ts"] = json!(1);
        world.hear(&event).await;
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.heard.types(), ["meeting.ended"]);
        assert_eq!(ended(world.server(Method::DELETE, "users/u1", None)).await.status, 200);
        world.heard.always.set(204);
        world.let_alarms_end().await;
        assert!(world.heard.types().iter().all(|kind| kind == "grant.deleted"));
        assert_eq!(
            world.count(
                "SELECT count(*) AS n FROM deliveries WHERE user_id = 'u1' AND event_id IS NOT NULL"
            ),
            0
        );
    });
}

#[test]
fn after_any_fault_erasing_again_ends_it() {
    run(async {
        for fault in [Fault::Fail, Fault::LoseAnswer] {
            for before in 0..8 {
                let world = world().await;
                world.host.fault_after(before, "tables", fault);
                let first = ended(world.server(Method::DELETE, "users/u1", None)).await;
                assert!([200, 202, 503].contains(&first.status), "{before}: {}", first.text);
                world.host.clear_faults();
                world.let_alarms_end().await;
                assert_eq!(world.server(Method::DELETE, "users/u1", None).await.status, 200);
                let of_user = "SELECT (SELECT count(*) FROM outcomes WHERE user_id = 'u1')
                    + (SELECT count(*) FROM deliveries WHERE user_id = 'u1') AS n";
                assert_eq!(world.count(of_user), 0, "{fault:?} {before}");
                assert_eq!(world.list("events").await.len(), 1, "{fault:?} {before}");
            }
        }
    });
}

#[test]
fn an_event_that_is_just_being_handed_on_leaves_nothing_of_who_is_erased_meanwhile() {
    run(async {
        for steps in 1.. {
            let world = world().await;
            let mut event = example("meeting.ended", &world.connection_of(ALAN).provider_user_id);
            event["event_ts"] = json!(1);
            assert_eq!(world.hear(&event).await.status, 204);
            let erase = world.server(Method::DELETE, "users/u1", None);
            let Some((_, erased)) = interleaved(steps, world.host.ring_alarms(), erase).await
            else {
                assert!(steps > 5, "there was something to come between: {steps}");
                return;
            };
            world.let_alarms_end().await;
            if erased.status == 200 {
                let of_user = "SELECT (SELECT count(*) FROM outcomes WHERE user_id = 'u1')
                    + (SELECT count(*) FROM deliveries WHERE user_id = 'u1' AND event_id IS NOT NULL) AS n";
                assert_eq!(world.count(of_user), 0, "after {steps} steps");
                let alans = "SELECT count(*) AS n FROM events WHERE event_ts = 1";
                assert_eq!(world.count(alans), 0, "after {steps} steps");
            }
        }
    });
}

#[test]
fn an_event_of_our_own_that_is_replayed_meanwhile_does_not_bring_the_erased_row_back() {
    run(async {
        for steps in 0.. {
            let world = listening().await;
            world.listen_from_now().await;
            world.connect("u1", ADA).await;
            world.connect("u2", ADA).await;
            world.let_alarms_ring().await;
            let found = world.list("deliveries?account_id=u1").await;
            let path = format!("deliveries/{}/replay", found[0]["id"].as_str().unwrap());
            let replay = Box::pin(world.server(Method::POST, &path, None));
            let erase = Box::pin(async {
                world.server(Method::DELETE, "users/u1", None).await;
                world.let_alarms_ring().await;
                world.server(Method::DELETE, "users/u1", None).await;
            });
            if interleaved(steps, replay, erase).await.is_none() {
                assert!(steps > 5, "there was something to come between: {steps}");
                return;
            }
            world.let_hours_pass(1).await;
            let left = "SELECT count(*) AS n FROM deliveries WHERE user_id = 'u1'";
            assert_eq!(world.count(left), 0, "after {steps} steps");
        }
    });
}
