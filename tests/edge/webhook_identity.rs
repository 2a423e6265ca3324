//! The same event is taken once, however often Zoom sends it, and with whatever headers.

use std::time::Duration;

use isthmus::host::Host;
use serde_json::json;

use crate::{
    run,
    webhook_moves::{SECRET, example, listening},
};

#[test]
fn an_event_that_is_sent_again_is_answered_and_starts_nothing_twice() {
    run(async {
        let world = listening().await;
        for trigger in isthmus::zoom::trigger::TRIGGERS {
            let mut body = example(trigger.event, &world.ada());
            body["payload"]["operator_id"] = json!(world.ada());
            // At once, then as Zoom repeats it, each time with another timestamp in the header.
            for minutes in [0, 0, 5, 20, 60] {
                world.pass(Duration::from_secs(minutes * 60));
                assert_eq!(world.hear(&body).await.status, 204);
                world.host.ring_alarms().await;
            }
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM events"), 9);
        assert_eq!(world.count("SELECT count(*) AS n FROM outcomes"), 9);
        assert_eq!(world.counted(&world.integration, "taken").await, 9);
        assert_eq!(world.counted(&world.integration, "repeated").await, 36);
    });
}

#[test]
fn one_event_written_in_two_ways_is_one() {
    run(async {
        let world = listening().await;
        let mut body = example("meeting.ended", &world.ada());
        body["payload"]["object"]["topic"] = json!("Caf\u{e9} \u{1f692}");
        let raw = body.to_string();
        let escaped = raw.replace('\u{1f692}', "\\uD83D\\uDE92");
        assert_ne!(raw, escaped);
        for bytes in [&raw, &escaped, &escaped] {
            let heard =
                world.hear_bytes(SECRET, world.host.now().seconds(), bytes.as_bytes()).await;
            assert_eq!(heard.status, 204);
        }
        assert_eq!(world.taken(&world.adas()).len(), 1);
    });
}

#[test]
fn without_ids_the_bytes_tell_one_event_from_another() {
    run(async {
        let world = listening().await;
        let body = |topic: &str| {
            let object = json!({"host_id": world.ada(), "topic": topic});
            json!({"event": "meeting.ended", "payload": {"object": object}})
        };
        for (topic, seconds) in [("a", 0), ("a", 1), ("b", 1), ("a", 2)] {
            let (bytes, now) = (body(topic).to_string(), world.host.now().seconds());
            let heard = world.hear_bytes(SECRET, now - seconds, bytes.as_bytes()).await;
            assert_eq!(heard.status, 204);
        }
        assert_eq!(world.taken(&world.adas()).len(), 2);
    });
}

#[test]
fn many_people_in_one_millisecond_are_as_many_events() {
    run(async {
        let world = listening().await;
        let mut body = example("meeting.participant_joined", &world.ada());
        for n in 0..20 {
            let guest = json!({"user_id": n.to_string(), "user_name": "Guest", "id": ""});
            body["payload"]["object"]["participant"] = guest;
            assert_eq!(world.hear(&body).await.status, 204);
        }
        assert_eq!(world.taken(&world.adas()).len(), 20);
    });
}
