//! Idle pairs are renewed by the alarm before Zoom forgets them, each at its own time.

use std::time::Duration;

use isthmus_sandbox::{Fault, Kind};

use crate::{
    interference::ended,
    moves::connected,
    run,
    world::{ADA, GRACE, World},
};

const HOUR: Duration = Duration::from_secs(3600);

/// After how many hours the alarm renews a pair, at most `most`.
async fn renewed_after(world: &World, most: u32) -> Option<u32> {
    for hour in 1..=most {
        world.pass(HOUR);
        let before = world.refreshes();
        ended(world.host.ring_alarms()).await;
        if world.refreshes() > before {
            return Some(hour);
        }
    }
    None
}

#[test]
fn an_idle_pair_is_renewed_about_every_seven_days() {
    run(async {
        let world = connected().await;
        let mut times = Vec::new();
        for _ in 0..6 {
            let after = renewed_after(&world, 24 * 8).await.unwrap();
            assert!((151..=185).contains(&after), "{after} hours");
            times.push(after);
        }
        times.sort_unstable();
        times.dedup();
        assert!(times.len() > 1, "not all at the same time: {times:?}");
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
        assert_eq!(world.ask("u1").await.status, 200);
    });
}

#[test]
fn a_pair_that_is_used_is_not_renewed_besides() {
    run(async {
        let world = connected().await;
        for day in 0..20 {
            world.pass(24 * HOUR);
            assert_eq!(world.ask("u1").await.status, 200);
            ended(world.host.ring_alarms()).await;
            assert_eq!(world.refreshes(), day + 1);
        }
    });
}

#[test]
fn a_renewal_that_fails_is_tried_again_and_one_that_is_refused_is_told() {
    run(async {
        let world = connected().await;
        world.zoom.fail_always(Kind::Refresh, Fault::status(503));
        assert!(renewed_after(&world, 24 * 8).await.is_some());
        ended(world.host.ring_alarms()).await;
        assert_eq!(world.refreshes(), 1, "the token endpoint is left alone");
        world.zoom.clear_faults();
        assert_eq!(renewed_after(&world, 2).await, Some(1));
        assert_eq!(world.ask("u1").await.status, 200);
        world.zoom.revoke_user(ADA).unwrap();
        assert!(renewed_after(&world, 24 * 8).await.is_some());
        assert_eq!(world.grant_status("u1").await.unwrap(), "INVALID");
        let rows = world.host.sql("SELECT refused_age FROM grants", []);
        let age = rows[0]["refused_age"].as_i64().unwrap() / 1000 / 3600;
        assert!((151..=185).contains(&age), "{age}");
        assert_eq!(renewed_after(&world, 24 * 8).await, None, "a dead pair is not");
    });
}

#[test]
fn what_nobody_uses_any_more_is_not_renewed() {
    run(async {
        let world = connected().await;
        world.connect("u1", GRACE).await;
        for _ in 0..2 {
            world.disconnect("u1").await;
        }
        assert_eq!(renewed_after(&world, 24 * 8).await, None);
    });
}

#[test]
fn an_alarm_that_dies_in_a_renewal_costs_the_pair_only_when_zooms_answer_was_lost() {
    run(async {
        let mut lost = 0;
        for point in 1.. {
            let world = connected().await;
            ended(world.host.ring_alarms()).await;
            world.pass(24 * 8 * HOUR);
            let alarm = world.host.until_crash(Some(point), world.host.ring_alarms());
            let crash = ended(alarm).await;
            world.let_alarms_end().await;
            let answer = world.ask("u1").await;
            if answer.status != 200 {
                assert!(answer.text.contains("its answer never arrived"), "{}", answer.text);
                lost += 1;
            }
            if crash.is_ok() {
                assert!(point > 10 && lost == 1, "{point} points, {lost} lost");
                return;
            }
        }
    });
}

#[test]
fn a_dead_integration_is_tried_once_a_day_and_whoever_asks_is_served_at_once() {
    run(async {
        let world = connected().await;
        world.let_alarms_end().await;
        world.set_client_secret("wrong").await;
        world.pass(8 * 24 * HOUR);
        world.zoom.reset_calls();
        for _ in 0..48 * 10 {
            world.pass(HOUR / 2);
            ended(world.host.ring_alarms()).await;
        }
        let tried = world.refreshes();
        assert!((15..=25).contains(&tried), "{tried} in ten days");
        world.set_client_secret(crate::world::CLIENT_SECRET).await;
        assert_eq!(world.ask("u1").await.status, 200);
    });
}
