//! A user removes the app at Zoom: the grants of that Zoom user end, and what is known of its events is erased. A
//! removal that is older than the last consent changes nothing.

use std::time::Duration;

use isthmus::{host::Host, time::Timestamp};
use serde_json::{Value, json};

use crate::{
    endpoint::HOOKS,
    run,
    webhook_moves::{example, listening, removal, subscribe},
    world::{ADA, GRACE, World},
};

/// Ada's login, used by two, and Grace's, by another; of each an event.
async fn used() -> World {
    let world = listening().await;
    world.connect("u2", ADA).await;
    world.connect("u3", GRACE).await;
    world.listen(json!({"url": HOOKS})).await;
    subscribe(&world, "meeting_ended");
    for (event_ts, email) in [(1, ADA), (2, GRACE)] {
        let mut body = example("meeting.ended", &world.connection_of(email).provider_user_id);
        body["event_ts"] = json!(event_ts);
        world.hear(&body).await;
        world.host.ring_alarms().await;
    }
    world.pass(Duration::from_secs(3600));
    world.heard.events();
    world
}

/// What is stored, but for what is sealed as a whole: that is another text whenever it is written.
fn in_the_tables(world: &World) -> Vec<String> {
    let mut stored = world.stored();
    stored.retain(|line| !line.starts_with("v1."));
    stored
}

fn now(world: &World) -> Value {
    json!(world.host.now().rfc3339())
}

#[test]
fn a_removal_ends_every_grant_of_that_zoom_user_and_erases_its_events() {
    run(async {
        let world = used().await;
        world.called.borrow_mut().clear();
        let answer = world.hear(&removal(&world.ada(), &now(&world))).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        world.host.ring_alarms().await;
        // Zoom has killed the tokens already.
        assert!(!world.called.borrow().iter().any(|origin| origin == "http://zoom.test"));
        let grants = world.host.sql("SELECT user_id FROM grants", []);
        assert_eq!(json!(grants), json!([{"user_id": "u3"}]));
        assert_eq!(world.ask("u1").await.told(), (404, "not_connected".into()));
        assert!(world.works("u3").await);
        assert_eq!(world.heard.types(), ["grant.deleted", "grant.deleted"]);
        let gone = world.audit().into_iter().filter(|(_, who)| who == "zoom").count();
        assert_eq!(gone, 2);
        let left = "SELECT count(*) AS n FROM events";
        assert_eq!((world.count(left), world.count("SELECT count(*) AS n FROM outcomes")), (1, 1));
        let sealed = "SELECT sealed FROM events WHERE sealed IS NOT NULL";
        assert!(world.host.object_sql(&world.adas(), sealed).is_empty());
        assert_eq!(world.counted(&world.integration, "deauthorized").await, 1);
        // Events that were on the way are nobody's, and so is another removal.
        let mut late = example("meeting.ended", &world.ada());
        late["event_ts"] = json!(7);
        assert_eq!(world.hear(&late).await.status, 204);
        assert_eq!(world.counted(&world.integration, "nobody").await, 1);
        world.host.pass(1);
        assert_eq!(world.hear(&removal(&world.ada(), &now(&world))).await.status, 204);
        assert_eq!(world.counted(&world.integration, "deauthorized_before").await, 1);
    });
}

#[test]
fn a_removal_that_is_older_than_the_last_consent_changes_nothing() {
    run(async {
        let world = used().await;
        let removed = removal(&world.ada(), &now(&world));
        world.hear(&removed).await;
        world.let_alarms_end().await;
        world.connect("u1", ADA).await;
        world.heard.events();
        let consented = world.host.now();
        let second = Timestamp(consented.seconds() * 1000);
        let before = in_the_tables(&world);
        for at in [
            removed["payload"]["deauthorization_time"].clone(),
            json!(consented.0),
            json!(consented.plus(-1).rfc3339()),
            json!(second.rfc3339().replace(".000Z", "Z")),
        ] {
            assert_eq!(world.hear(&removal(&world.ada(), &at)).await.status, 204, "{at}");
        }
        assert_eq!(in_the_tables(&world), before);
        assert!(world.works("u1").await && world.heard.types().is_empty());
        assert_eq!(world.counted(&world.integration, "deauthorized_before").await, 3);
        let again = world.counted(&world.integration, "deauthorized").await;
        assert_eq!(again, 2, "the first one is the removal of before once more");
        let at = json!(consented.plus(1).rfc3339());
        world.hear(&removal(&world.ada(), &at)).await;
        assert!(!world.works("u1").await);
    });
}

#[test]
fn a_removal_by_somebody_who_is_not_here_leaves_nothing_behind() {
    run(async {
        let world = used().await;
        let before = world.stored();
        for user in ["a-stranger", &world.adas().text()] {
            assert_eq!(world.hear(&removal(user, &now(&world))).await.status, 204);
        }
        assert_eq!(world.counted(&world.integration, "nobody").await, 2);
        world.assert_stored(&before, "it left something");
    });
}

#[test]
fn a_removal_that_does_not_say_when_leaves_a_consent_that_may_have_come_after_it() {
    run(async {
        let world = used().await;
        let body = removal(&world.ada(), &json!(null));
        // Zoom's first attempt did not arrive; it is repeated for 85 minutes, each time with the time of that attempt.
        world.connect("u1", ADA).await;
        for _ in 0..3 {
            world.pass(Duration::from_secs(25 * 60));
            assert_eq!(world.hear(&body).await.status, 204);
            assert_eq!(world.grant_status("u1").await.as_deref(), Some("VALID"));
        }
        world.pass(Duration::from_secs(20 * 60));
        world.hear(&body).await;
        assert!(!world.works("u1").await);
    });
}

#[test]
fn when_the_app_was_removed_may_be_told_in_another_place_or_form() {
    run(async {
        let world = used().await;
        let at = world.host.now();
        for (place, value) in [
            ("event_ts", json!(at.0)),
            ("event_ts", json!(at.rfc3339())),
            ("deauthorization_time", json!(at.0)),
        ] {
            let mut body = removal(&world.ada(), &json!(null));
            body["payload"][place] = value;
            world.hear(&body).await;
            assert!(!world.works("u1").await, "{body}");
            world.host.ring_alarms().await;
            world.host.pass(-1);
            world.connect("u1", ADA).await;
            world.host.pass(1);
        }
    });
}
