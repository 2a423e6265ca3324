//! A consent that ends by itself: no token a moment later, not even from a copy; the grant is there and says so; a new
//! consent brings it back.

use std::time::Duration;

use isthmus::{
    connection::{Actor, Answer, Change, Question, Refusal},
    host::Host,
    shape::Given,
    testing::Fault as HostFault,
};
use isthmus_sandbox::Kind;
use serde_json::json;

use crate::{
    endpoint::HOOKS,
    faults::faults_of,
    interference::ended,
    moves::connected,
    run,
    world::{ADA, World},
};

const MINUTE: Duration = Duration::from_secs(60);

/// The user's grant of Ada's login ends after so long.
async fn end_after(world: &World, grant_id: &str, after: Duration) -> Answer {
    let at = world.host.now().plus(i64::try_from(after.as_millis()).unwrap());
    let change = Change { metadata: None, expires_at: Given::Value(at), account: None };
    let (grant_id, by) = (grant_id.to_owned(), Actor::here("project"));
    world.question(Question::Amend { grant_id, change, by }).await
}

fn grant_of(world: &World, user: &str) -> String {
    let rows = world.host.sql("SELECT id FROM grants WHERE user_id = ?1", [json!(user)]);
    rows[0]["id"].as_str().unwrap().to_owned()
}

fn expired() -> (u16, String) {
    (401, "grant_expired".to_owned())
}

#[test]
fn no_token_is_given_after_the_end_and_the_alarm_cleans_up() {
    run(async {
        let world = connected().await;
        world.let_alarms_end().await;
        world.listen(json!({"url": HOOKS})).await;
        assert_eq!(world.ask("u1").await.status, 200);
        let grant = grant_of(&world, "u1");
        assert!(matches!(end_after(&world, &grant, 10 * MINUTE).await, Answer::Done {}));
        world.pass(Duration::from_millis(10 * 60 * 1000 - 1));
        assert_eq!(world.ask("u1").await.status, 200);
        world.pass(Duration::from_millis(1));
        assert_eq!(world.ask("u1").await.told(), expired());
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.grant_status("u1").await.unwrap(), "INVALID");
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "nobody else uses it");
        assert_eq!(world.zoom.calls_of(Kind::Revoke).len(), 1);
        world.let_alarms_end().await;
        let types = world.heard.types();
        assert_eq!(types.last().unwrap(), "grant.expired");
        assert_eq!(world.audit().last().unwrap().0, "grant.expired");
        assert_eq!(world.ask("u1").await.told(), expired());
        world.connect("u1", ADA).await;
        assert_eq!(world.ask("u1").await.status, 200);
        world.pass(60 * MINUTE);
        assert_eq!(world.ask("u1").await.status, 200, "a new consent has no end of its own accord");
        assert_eq!(grant_of(&world, "u1"), grant);
    });
}

#[test]
fn others_who_use_the_connection_keep_it() {
    run(async {
        let world = connected().await;
        world.connect("u2", ADA).await;
        let grant = grant_of(&world, "u1");
        end_after(&world, &grant, MINUTE).await;
        world.pass(MINUTE);
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.ask("u1").await.told(), expired());
        assert_eq!(world.ask("u2").await.status, 200);
        world.connect("u2", ADA).await;
        assert_eq!(world.ask("u1").await.told(), expired(), "another's consent is not theirs");
        assert_eq!(world.grant_status("u1").await.unwrap(), "INVALID");
        world.disconnect("u2").await;
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
        assert_eq!(world.disconnect("u1").await.status, 204);
    });
}

#[test]
fn what_has_ended_is_not_brought_back_by_a_later_end() {
    run(async {
        let world = connected().await;
        let grant = grant_of(&world, "u1");
        end_after(&world, &grant, MINUTE).await;
        world.pass(MINUTE);
        let refusal = Refusal::GrantExpired;
        for _ in 0..2 {
            let answer = end_after(&world, &grant, 60 * MINUTE).await;
            assert!(matches!(answer, Answer::Refused { refusal: said } if said == refusal));
            ended(world.host.ring_alarms()).await;
        }
        assert_eq!(world.ask("u1").await.told(), expired());
    });
}

#[test]
fn an_end_that_is_taken_back_in_time_does_not_come() {
    run(async {
        let world = connected().await;
        let grant_id = grant_of(&world, "u1");
        end_after(&world, &grant_id, MINUTE).await;
        let change = Change { metadata: None, expires_at: Given::Null, account: None };
        let by = Actor::here("project");
        world.question(Question::Amend { grant_id, change, by }).await;
        world.let_alarms_end().await;
        assert_eq!(world.ask("u1").await.status, 200);
    });
}

#[test]
fn whatever_dies_or_fails_at_the_end_it_comes_and_the_pair_goes() {
    run(async {
        for point in 1.. {
            let world = connected().await;
            ended(world.host.ring_alarms()).await;
            end_after(&world, &grant_of(&world, "u1"), MINUTE).await;
            world.pass(MINUTE);
            let alarm = world.host.until_crash(Some(point), world.host.ring_alarms());
            let crash = ended(alarm).await;
            assert_eq!(world.ask("u1").await.told(), expired(), "point {point}");
            over(&world, &format!("point {point}")).await;
            if crash.is_ok() {
                assert!(point > 10, "{point}");
                break;
            }
        }
        for (call, fault) in
            faults_of(["tables", "read", "write", "wake_at", "send", "delete_copy"])
        {
            let mut left = 0;
            for before in 0..6 {
                let world = connected().await;
                ended(world.host.ring_alarms()).await;
                end_after(&world, &grant_of(&world, "u1"), MINUTE).await;
                world.pass(MINUTE);
                world.host.fault_after(before, call, fault);
                ended(world.host.ring_alarms()).await;
                left += world.host.clear_faults();
                over(&world, &format!("{call} {fault:?} after {before}")).await;
            }
            assert!(left < 6, "{call} {fault:?} never happened");
        }
    });
}

async fn over(world: &World, disturbance: &str) {
    world.let_alarms_end().await;
    assert_eq!(world.grant_status("u1").await.unwrap(), "INVALID", "{disturbance}");
    assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "{disturbance}");
    let noted = "SELECT count(*) AS n FROM audit WHERE what = 'grant.expired'";
    assert_eq!(world.count(noted), 1, "{disturbance}");
}

#[test]
fn a_consent_that_had_ended_when_it_joined_is_told_and_its_pair_goes() {
    run(async {
        let mut late = 0;
        for call in 0..16 {
            let world = crate::links::world().await;
            world.zoom.set_limits(isthmus_sandbox::Limits::none());
            world.listen(json!({"url": HOOKS})).await;
            let wish = json!({"account_id": "u1", "settings": {"grant_expires_in": 60}});
            let link = world.link(wish).await;
            let mut opened = world.open(&link, ADA).await;
            world.host.fault_after(call, "tables", HostFault::Fail);
            world.back(&mut opened).await;
            world.host.clear_faults();
            let landed = "SELECT count(*) AS n FROM sessions WHERE tokens_sealed IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM connections)";
            if world.count(landed) == 0 {
                continue;
            }
            late += 1;
            world.pass(2 * MINUTE);
            world.sweep().await;
            over(&world, &format!("table call {call}")).await;
            assert_eq!(world.heard.types(), ["grant.created", "grant.expired"]);
            assert_eq!(world.ask("u1").await.told(), expired());
        }
        assert!(late > 0);
    });
}

#[test]
fn a_late_copy_does_not_admit_whom_the_tables_know_to_have_ended() {
    run(async {
        let world = connected().await;
        world.connect("u2", ADA).await;
        let grant = grant_of(&world, "u1");
        assert_eq!(world.ask("u1").await.status, 200);
        world.host.lag(3_600_000);
        end_after(&world, &grant, MINUTE).await;
        world.pass(MINUTE);
        assert_eq!(world.ask("u1").await.told(), expired(), "before the alarm");
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.grant_status("u1").await.unwrap(), "INVALID");
        assert_eq!(world.ask("u1").await.told(), expired());
    });
}
