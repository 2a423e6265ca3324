//! Copies that are late, wrong or gone: they may say yes, and never do what the user did not mean.

use http::Method;
use isthmus_sandbox::{Kind, Limits};
use serde_json::json;

use crate::{
    interference::TOO_LATE,
    run,
    world::{ADA, Answer, GRACE, World},
};

/// Longer than any test.
const FOR_EVER: i64 = 365 * 24 * 3_600_000;

#[test]
fn after_a_change_of_account_nothing_is_made_in_the_old_one_however_late_the_copies_are() {
    run(async {
        for late_from in ["the beginning", "the first use", "the disconnect", "the second connect"]
        {
            let world = World::new().await;
            world.zoom.set_limits(Limits::none());
            let lags = |moment: &str| {
                if moment == late_from {
                    world.host.lag(FOR_EVER);
                }
            };
            lags("the beginning");
            let old = world.connect("u1", ADA).await;
            lags("the first use");
            assert_eq!(create(&world, None).await.status, 201);
            assert_eq!(create(&world, Some(&old)).await.status, 201);
            lags("the disconnect");
            let left = world.disconnect("u1").await;
            assert_eq!(left.status, 204);
            let none = create(&world, None).await;
            assert_eq!(none.told(), (404, "not_connected".to_owned()));
            lags("the second connect");
            let new = world.connect("u1", GRACE).await;
            assert_eq!(create(&world, None).await.status, 201);
            assert_eq!(create(&world, Some(&new)).await.status, 201);
            // Who names the old one is refused, by us or by Zoom; and a second time too.
            for _ in 0..2 {
                let refused = create(&world, Some(&old)).await;
                assert_eq!(refused.status, 404, "{late_from}: {}", refused.text);
            }
            assert_eq!(meetings(&world, ADA), 2, "late from {late_from}");
            assert_eq!(meetings(&world, GRACE), 2, "late from {late_from}");
        }
    });
}

#[test]
fn a_copy_that_is_never_seen_is_never_missed() {
    run(async {
        let world = World::new().await;
        world.host.lag(FOR_EVER);
        world.connect("u1", ADA).await;
        for _ in 0..3 {
            assert_eq!(world.ask("u1").await.status, 200);
            world.pass(TOO_LATE);
        }
        assert_eq!(world.refreshes(), 2);
    });
}

#[test]
fn copies_that_are_lost_or_broken_cost_no_refresh() {
    run(async {
        let world = World::new().await;
        world.connect("u1", ADA).await;
        world.host.drop_copies();
        assert_eq!(world.ask("u1").await.status, 200);
        let calls = ["load_copy", "save_copy", "delete_copy"];
        for call in calls {
            world.host.fault_always(call, Some(isthmus::testing::Fault::Fail));
        }
        assert_eq!(world.ask("u1").await.status, 200);
        assert_eq!(world.refreshes(), 0);
        // The copy is still there: the alarm deletes it.
        assert_eq!(world.disconnect("u1").await.status, 202);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
    });
}

#[test]
fn a_late_copy_of_a_disconnected_account_is_refused_by_zoom_and_then_by_us() {
    run(async {
        let world = World::new().await;
        let credential = world.connect("u1", ADA).await;
        world.host.lag(FOR_EVER);
        world.disconnect("u1").await;
        world.zoom.reset_calls();
        let refused = create(&world, Some(&credential)).await;
        assert_eq!(refused.status, 404, "{}", refused.text);
        let seen = world.zoom.calls_of(Kind::CreateMeeting);
        assert_eq!(seen[0].status, Some(401), "the copy said yes");
        assert_eq!(world.refreshes(), 0);
    });
}

#[test]
fn a_reconnected_account_works_under_a_copy_from_before() {
    run(async {
        let world = World::new().await;
        let credential = world.connect("u1", ADA).await;
        world.host.lag(FOR_EVER);
        world.disconnect("u1").await;
        assert_eq!(world.connect("u1", ADA).await, credential);
        world.zoom.reset_calls();
        assert_eq!(create(&world, Some(&credential)).await.status, 201);
        assert_eq!(world.refreshes(), 0, "the connection had a newer pair");
    });
}

async fn create(world: &World, credential: Option<&str>) -> Answer {
    let headers: Vec<_> = credential.into_iter().map(|id| ("x-paragon-credential", id)).collect();
    let meeting = Some(json!({"topic": "Where am I?"}));
    let path = "proxy/zoom/users/me/meetings";
    world.call_with(Method::POST, "u1", path, &headers, meeting).await
}

fn meetings(world: &World, email: &str) -> usize {
    let users = world.zoom.snapshot().users;
    let user = users.into_iter().find(|user| user.email == email);
    user.unwrap().meetings
}
