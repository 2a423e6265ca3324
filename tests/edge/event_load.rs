//! Much at once: many events for one host, many subscriptions to one event, many grants; every round is bounded.

use std::rc::Rc;

use isthmus::{
    connection::Question,
    host::Host,
    record::event::{Event, seal_body},
};
use serde_json::json;

use crate::{
    endpoint::{ENDPOINTS, HOOKS},
    event_moves::subscribed,
    interference::ended,
    moves::connected,
    run,
    world::{ADA, World},
};

/// Rings until nothing is due; how many messages the busiest round sent.
async fn busiest_round(world: &World) -> usize {
    let mut busiest = 0;
    for _ in 0..1000 {
        let before = world.heard.requests.borrow().len();
        if ended(world.host.ring_alarms()).await == 0 {
            return busiest;
        }
        busiest = busiest.max(world.heard.requests.borrow().len() - before);
        world.host.pass(1000);
    }
    panic!("it never ends");
}

/// So many subscriptions to new meetings, which the project's event endpoint is told of.
fn subscribe_many(world: &World, number: usize) {
    let sql = "INSERT INTO subscriptions (id, project_id, trigger, status, created_at, updated_at)
        SELECT 's' || value, ?1, 'new_meeting', 'active', 1, 1 FROM json_each(?2)";
    let all: Vec<usize> = (0..number).collect();
    world.host.sql(sql, [json!(world.project), json!(json!(all).to_string())]);
}

#[test]
fn two_thousand_events_for_one_host_are_told_each_once_in_bounded_rounds() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        for number in 0..2000 {
            let event = Box::new(world.event(&format!("e{number}")));
            world.question(Question::TakeIn { event }).await;
        }
        let busiest = busiest_round(&world).await;
        assert!((7..=24).contains(&busiest), "{busiest}");
        let (mut told, messages) = world.told();
        assert_eq!((told.len(), messages.len()), (2000, 2000));
        told.sort();
        told.dedup();
        assert_eq!(told.len(), 2000);
        assert_eq!(
            world.count("SELECT count(*) AS n FROM outcomes WHERE outcome = 'matched'"),
            2000
        );
        assert_eq!(
            world.count("SELECT count(*) AS n FROM deliveries WHERE status = 'delivered'"),
            2000
        );
        assert_eq!(world.count_in_object("SELECT count(*) AS n FROM deliveries"), 0);
    });
}

#[test]
fn what_waits_is_handed_on_in_bounded_rounds_of_which_one_follows_the_other_at_once() {
    run(async {
        let world = connected().await;
        world.let_alarms_ring().await;
        for number in 0..1000 {
            let event = Box::new(world.event(&format!("e{number}")));
            world.question(Question::TakeIn { event }).await;
        }
        for handed_on in [400, 800, 1000] {
            ended(world.host.ring_alarms()).await;
            assert_eq!(world.count("SELECT count(*) AS n FROM outcomes"), handed_on);
            let next = world.host.alarm_of(&world.adas()).unwrap();
            assert_eq!(next <= world.host.now(), handed_on < 1000);
        }
    });
}

#[test]
fn one_event_for_five_hundred_subscriptions_is_told_to_each_once() {
    run(async {
        let world = connected().await;
        world.listen(json!({"url": HOOKS})).await;
        subscribe_many(&world, 500);
        world.let_alarms_ring().await;
        world.heard.requests.take();
        world.take_in_surely("e1").await;
        let busiest = busiest_round(&world).await;
        assert!((7..=24).contains(&busiest), "{busiest}");
        let (told, messages) = world.told();
        assert_eq!((told.len(), messages.len()), (500, 500));
        assert_eq!(world.ends().len(), 500);
        assert!(world.ends().iter().all(|(status, _)| status == "delivered"));
        let outcomes = world.host.sql("SELECT outcome, subscriptions FROM outcomes", []);
        assert_eq!(json!(outcomes), json!([{"outcome": "matched", "subscriptions": 500}]));
    });
}

#[test]
fn one_event_for_many_grants_and_many_subscriptions_takes_several_transactions() {
    run(async {
        let world = connected().await;
        world.listen(json!({"url": HOOKS})).await;
        for user in 2..=6 {
            world.connect(&format!("u{user}"), ADA).await;
        }
        subscribe_many(&world, 250);
        world.let_alarms_ring().await;
        world.heard.requests.take();
        for point in [None, Some(40), Some(60)] {
            let id = format!("e{point:?}");
            world.take_in_surely(&id).await;
            let _ = world.host.until_crash(point, world.host.ring_alarms()).await;
            world.host.pass(31_000);
            busiest_round(&world).await;
            let (told, messages) = world.told();
            assert_eq!(messages.len(), 6 * 250, "{point:?}");
            // A crash may cost as many as are sent side by side.
            assert!(told.len() <= 6 * 250 + 6, "{point:?}: {}", told.len());
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM outcomes"), 3 * 6);
    });
}

#[test]
fn long_events_for_many_subscriptions_with_long_addresses_and_many_grants_fit_the_tables() {
    run(async {
        for (grants, number, address, text) in
            [(1, 1000, 2000, 10), (3, 998, 120, 10), (1, 300, 2000, 1_000_000)]
        {
            let world = connected().await;
            for user in 2..=grants {
                world.connect(&format!("u{user}"), ADA).await;
            }
            world.listen(json!({"url": HOOKS})).await;
            subscribe_many(&world, number);
            let url = format!("{ENDPOINTS}{}", "a".repeat(address));
            world.host.sql("UPDATE subscriptions SET url = ?1", [json!(url)]);
            world.let_alarms_ring().await;
            world.heard.requests.take();
            for id in ["e1", "e2"] {
                let body = json!({"event": "meeting.created", "text": "x".repeat(text)});
                let sealed = seal_body(&world.host, id, body.to_string().as_bytes()).unwrap();
                let event = Box::new(Event { sealed, ..world.event(id) });
                world.question(Question::TakeIn { event }).await;
            }
            ended(world.host.ring_alarms()).await;
            let begun = i64::try_from(2 * grants * number).unwrap();
            assert_eq!(
                world.count("SELECT count(*) AS n FROM deliveries WHERE event_id IS NOT NULL"),
                begun
            );
            assert_eq!(
                world.count("SELECT count(*) AS n FROM outcomes WHERE outcome = 'matched'"),
                i64::try_from(2 * grants).unwrap()
            );
            let left = world.count_in_object("SELECT count(*) AS n FROM deliveries");
            let told = i64::try_from(world.heard.requests.take().len()).unwrap();
            assert_eq!(left + told, begun);
        }
    });
}

#[test]
fn a_slow_endpoint_holds_up_neither_what_comes_nor_others_nor_our_own_events() {
    run(async {
        let world = Rc::new(connected().await);
        world.listen(json!({"url": HOOKS})).await;
        world.let_alarms_ring().await;
        world.heard.requests.take();
        let slow = format!("{ENDPOINTS}slow");
        let good = format!("{ENDPOINTS}good");
        world.subscribe(json!({"trigger": "new_meeting", "url": slow})).await;
        world.heard.by_url.borrow_mut().insert(slow.clone(), 0);
        for number in 0..100 {
            world.take_in_surely(&format!("e{number}")).await;
        }
        let quick = |world: &World, url: &str| {
            world.heard.requests.borrow().iter().filter(|request| request.url == url).count()
        };
        // Six at a time take ten seconds.
        let host = world.host.clone();
        let of_slow = slow.clone();
        let counted = std::cell::Cell::new(0);
        *world.heard.meanwhile.borrow_mut() = Some(Box::new(move |request| {
            if request.url == of_slow {
                counted.set(counted.get() + 1);
                if counted.get() % 6 == 0 {
                    host.pass(10_000);
                }
            }
        }));
        ended(world.host.ring_alarms()).await;
        assert_eq!(quick(&world, &slow), 6, "a round that is slow ends");
        assert_eq!(world.count("SELECT count(*) AS n FROM outcomes"), 100);
        // Somebody else's subscription, a new event, and an event of our own.
        world.subscribe(json!({"trigger": "new_meeting", "url": good})).await;
        for number in 0..20 {
            world.take_in_surely(&format!("f{number}")).await;
        }
        world.connect("u2", ADA).await;
        let began = world.host.now();
        while quick(&world, &good) < 20 * 2 || quick(&world, HOOKS) < 1 {
            ended(world.host.ring_alarms()).await;
            world.host.pass(1000);
            assert!(world.host.now().since(began) < 60_000);
        }
        // While it is slow, it is asked less and less.
        let before = quick(&world, &slow);
        let began = world.host.now();
        while world.host.now().since(began) < 3_600_000 {
            ended(world.host.ring_alarms()).await;
            world.host.pass(5000);
        }
        let tried = quick(&world, &slow) - before;
        assert!((6..360).contains(&tried), "{tried} in an hour");
    });
}

#[test]
fn an_event_that_comes_while_an_endpoint_is_slow_is_handed_on_before_the_round_is_over() {
    run(async {
        let world = Rc::new(subscribed().await);
        world.let_alarms_ring().await;
        for number in 0..13 {
            world.take_in_surely(&format!("e{number}")).await;
        }
        let during = Rc::clone(&world);
        let once = std::cell::Cell::new(false);
        *world.heard.meanwhile.borrow_mut() = Some(Box::new(move |_| {
            if !once.replace(true) {
                let world = Rc::clone(&during);
                tokio::task::spawn_local(async move { world.take_in_surely("late").await });
            }
        }));
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.count("SELECT count(*) AS n FROM events WHERE id = 'late'"), 1);
        *world.heard.meanwhile.borrow_mut() = None;
    });
}
