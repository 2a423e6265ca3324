//! A user removes the app: the removal that overtakes a consent, the one that is repeated, and the one with more to erase
//! than goes at once.

use std::time::Duration;

use isthmus::{
    connection::{Answer, Question},
    host::Host,
    testing::Fault,
};
use serde_json::json;

use crate::{
    event_moves::subscribed,
    offer::{consented, offer},
    run,
    webhook_moves::{listening, removal},
    world::{ADA, World},
};

async fn removed_now(world: &World) -> u16 {
    let at = json!(world.host.now().rfc3339());
    world.hear(&removal(&world.ada(), &at)).await.status
}

#[test]
fn a_consent_that_a_removal_overtook_joins_as_one_that_has_to_be_given_again() {
    run(async {
        let world = listening().await;
        let mut attempt = world.attempt("u2", ADA).await;
        world.host.fault_always("ask", Some(Fault::Fail));
        world.come_back(&mut attempt).await;
        world.host.clear_faults();
        world.pass(Duration::from_secs(5));
        assert_eq!(removed_now(&world).await, 204);
        world.pass(Duration::from_secs(5));
        world.ended(&attempt).await;
        assert_eq!(world.grant_status("u2").await.as_deref(), Some("INVALID"));
        world.connect("u2", ADA).await;
        assert_eq!(world.grant_status("u2").await.as_deref(), Some("VALID"));
        assert!(world.works("u2").await);
    });
}

#[test]
fn a_pair_that_a_removal_overtook_is_not_offered_to_anybody_nor_revoked() {
    run(async {
        let world = subscribed().await;
        let (tokens, at) = consented(&world).await;
        world.pass(Duration::from_secs(5));
        let removed_at = world.host.now();
        world.question(Question::Deauthorized { at: removed_at }).await;
        world.zoom.reset_calls();
        offer(&world, &tokens, at).await;
        assert!(!world.zoom.calls().iter().any(|call| call.path.contains("revoke")));
    });
}

#[test]
fn a_removal_that_failed_counts_when_it_is_repeated() {
    run(async {
        for before in 0..6 {
            let world = listening().await;
            world.pass(Duration::from_secs(60));
            let said = removal(&world.ada(), &json!(world.host.now().rfc3339()));
            world.host.fault_after(before, "tables", Fault::Fail);
            let mut first = world.hear(&said).await.status;
            world.host.clear_faults();
            if first != 204 {
                world.let_hours_pass(1).await;
                first = world.hear(&said).await.status;
            }
            assert_eq!(first, 204, "{before}");
            let of = &world.integration;
            assert_eq!(world.counted(of, "deauthorized").await, 1, "{before}");
            assert_eq!(world.counted(of, "deauthorized_before").await, 0, "{before}");
        }
    });
}

#[test]
fn a_removal_that_is_repeated_or_ignored_writes_nothing() {
    run(async {
        let world = listening().await;
        let older = json!(world.host.now().rfc3339());
        world.pass(Duration::from_secs(60));
        world.connect("u1", ADA).await;
        world.let_alarms_ring().await;
        let before = world.stored();
        world.hear(&removal(&world.ada(), &older)).await;
        world.assert_stored(&before, "a later consent stands");
        world.pass(Duration::from_secs(60));
        let said = removal(&world.ada(), &json!(world.host.now().rfc3339()));
        world.hear(&said).await;
        world.let_alarms_ring().await;
        let before = world.stored();
        for again in [&said, &removal(&world.ada(), &older)] {
            assert_eq!(world.hear(again).await.status, 204);
            world.assert_stored(&before, "nobody is left");
        }
    });
}

#[test]
fn many_events_are_erased_some_at_a_time_and_keep_no_letter_and_no_later_event_waiting() {
    run(async {
        let world = subscribed().await;
        world.let_alarms_ring().await;
        let all: Vec<usize> = (0..9_500).collect();
        world.host.sql(
            "INSERT INTO events (id, project_id, integration_id, provider_user_id, event, event_ts, body_sealed,
               sealed_with, received_at)
             SELECT 'old' || value, ?1, ?2, ?3, 'meeting.ended', 1, 'v1.k1.a.b', 'k1', 1 FROM json_each(?4)",
            [
                json!(world.project),
                json!(world.integration),
                json!(world.adas().provider_user_id),
                json!(json!(all).to_string()),
            ],
        );
        world.pass(Duration::from_secs(60));
        let at = world.host.now();
        assert!(matches!(world.question(Question::Deauthorized { at }).await, Answer::Left { .. }));
        let events = "SELECT count(*) AS n FROM events";
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0);
        assert_eq!(world.count(events), 5_500, "a bounded part at once");
        world.connect("u1", ADA).await;
        assert!(world.works("u1").await);
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
        world.take_in_surely("e1").await;
        assert!(world.let_alarms_ring().await < 10);
        assert_eq!(world.count(events), 1, "what came later stays");
        assert_eq!(world.told().0, ["e1"]);
    });
}
