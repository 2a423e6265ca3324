//! The way back to the product with a crash, a vanished caller or a failing store at every point: a reload comes to an
//! end, a grant that is reported works, the link is spent once, and no secret is found anywhere.

use std::{pin::pin, time::Duration};

use http::Method;
use isthmus::testing::Fault;
use serde_json::json;

use crate::{
    faults::{CALLS, faults_at},
    links::{Opened, end_of, outcome_of, world},
    moves::part_of,
    run,
    world::{ADA, Answer, GRACE, WORKER, World},
};

/// Reloads the page that Zoom sent the browser to until the person is sent on, a minute of patience between two.
async fn ended(world: &World, opened: &mut Opened) -> Answer {
    for _ in 0..12 {
        let answer = world.back(opened).await;
        if answer.status == 303 {
            return answer;
        }
        assert!([200, 503].contains(&answer.status), "{}", answer.text);
        world.pass(Duration::from_secs(50));
    }
    panic!("it never ended");
}

/// How a disturbed attempt ends, looked at from all sides; whether it ended well.
async fn sound_end(world: &World, link: &str, opened: &mut Opened, disturbance: &str) -> bool {
    let end = end_of(&ended(world, opened).await);
    world.host.ring_alarms().await;
    let (grants, spent) = (
        world.count("SELECT count(*) AS n FROM grants"),
        world.count("SELECT count(*) AS n FROM logins WHERE spent_at IS NOT NULL"),
    );
    let done = end["success"] == "true";
    if done {
        assert!(world.opens(&end["grant_id"]).await, "{disturbance}");
        assert_eq!((grants, spent), (1, 1), "{disturbance}");
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "{disturbance}");
    } else {
        let clear = ["exchange_interrupted", "session_expired", "zoom_timeout", "zoom_unreachable"];
        assert!(clear.contains(&end["error"].as_str()), "{disturbance}: {end:?}");
        assert_eq!((grants, spent), (0, 0), "{disturbance}");
        // The link is free again.
        let mut again = world.open(link, ADA).await;
        assert_eq!(outcome_of(&world.back(&mut again).await), "true", "{disturbance}");
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1), "{disturbance}");
    }
    // A pair that landed although the attempt failed.
    world.sweep().await;
    let left = "SELECT count(*) AS n FROM sessions WHERE code_sealed IS NOT NULL OR tokens_sealed IS NOT NULL";
    assert_eq!(world.count(left), 0, "{disturbance}");
    let pressed = world.press_login(link, &[("origin", WORKER)]).await;
    assert_eq!(pressed.refused(), (409, "login_spent".to_owned()), "{disturbance}");
    done
}

async fn begun() -> (World, String, Opened) {
    let world = world().await;
    let link = world.link(json!({"account_id": "u1", "expires_in": 86400})).await;
    let opened = world.open(&link, ADA).await;
    (world, link, opened)
}

#[test]
fn after_a_crash_at_any_point_of_the_callback_a_reload_comes_to_an_end() {
    run(async {
        let (mut done, mut failed) = (0, 0);
        for point in 1.. {
            let (world, link, mut opened) = begun().await;
            let journey = world.host.until_crash(Some(point), world.back(&mut opened));
            if journey.await.is_ok() {
                break;
            }
            match sound_end(&world, &link, &mut opened, &format!("crash at {point}")).await {
                true => done += 1,
                false => failed += 1,
            }
        }
        assert!(done > 20 && failed <= 4, "{done} done, {failed} failed");
    });
}

#[test]
fn after_a_crash_at_any_point_another_browser_gets_the_link_or_is_told_that_it_is_spent() {
    run(async {
        for point in 1.. {
            let (world, link, mut opened) = begun().await;
            let mut other = world.open(&link, GRACE).await;
            let journey = world.host.until_crash(Some(point), world.back(&mut opened));
            if journey.await.is_ok() {
                break;
            }
            let end = outcome_of(&ended(&world, &mut other).await);
            assert!(["true", "login_spent"].contains(&end.as_str()), "crash at {point}: {end}");
            let first = outcome_of(&ended(&world, &mut opened).await);
            assert_eq!(first == "true", end == "login_spent", "crash at {point}: {first}, {end}");
            world.host.ring_alarms().await;
            assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1, "crash at {point}");
        }
    });
}

#[test]
fn when_the_caller_goes_away_at_any_point_a_reload_comes_to_an_end() {
    run(async {
        for steps in 1.. {
            let (world, link, mut opened) = begun().await;
            let gone = {
                let journey = pin!(world.back(&mut opened));
                part_of(journey, steps).await.is_none()
            };
            if !gone {
                assert!(steps > 20);
                break;
            }
            sound_end(&world, &link, &mut opened, &format!("gone after {steps} steps")).await;
        }
    });
}

#[test]
fn when_any_one_call_fails_or_loses_its_answer_a_reload_comes_to_an_end() {
    run(async {
        for (call, fault, before) in faults_at(CALLS, 10) {
            let (world, link, mut opened) = begun().await;
            world.host.fault_after(before, call, fault);
            world.back(&mut opened).await;
            world.host.clear_faults();
            let disturbance = format!("{call} {before} {fault:?}");
            let done = sound_end(&world, &link, &mut opened, &disturbance).await;
            assert!(done || call == "send_and_land", "{disturbance}");
        }
    });
}

#[test]
fn tables_that_fail_at_any_statement_lose_no_link_and_no_opening() {
    run(async {
        for before in 0..8 {
            for fault in [Fault::Fail, Fault::LoseAnswer] {
                let world = world().await;
                world.host.fault_after(before, "tables", fault);
                let body = crate::links::wish(&json!({"account_id": "u1"}));
                let asked = world.server(Method::POST, "auth", Some(body)).await;
                assert!([200, 503].contains(&asked.status), "{}", asked.text);
                world.host.clear_faults();
                let link = world.link(json!({"account_id": "u1"})).await;
                world.host.fault_after(before, "tables", fault);
                let opening = world.press_login(&link, &[("origin", WORKER)]).await;
                assert!([303, 503].contains(&opening.status), "{}", opening.text);
                world.host.clear_faults();
                let mut opened = world.open(&link, ADA).await;
                assert_eq!(outcome_of(&world.back(&mut opened).await), "true");
            }
        }
    });
}

#[test]
fn nothing_secret_of_a_hosted_authentication_or_an_import_is_found_at_rest_or_in_the_log() {
    run(async {
        for point in (1..200).step_by(7) {
            let world = world().await;
            let (state, note) = ("the-products-own-state", "a-note-of-the-products");
            let more = json!({"account_id": "the-products-user", "state": state, "metadata": {"note": note},
                "login_hint": "hinted@acme.example"});
            let link = world.link(more).await;
            let mut opened = world.open(&link, ADA).await;
            let sealed = world.host.everything_at_rest();
            for secret in [state, note, "hinted@acme.example"] {
                assert!(!sealed.contains(secret), "{secret} is at rest before there is a grant");
            }
            let _ = world.host.until_crash(Some(point), world.back(&mut opened)).await;
            let token = world.refresh_token(GRACE).await;
            let body = json!({"provider": "zoom", "settings": {"refresh_token": token}});
            let import = world.server(Method::POST, "grants", Some(body));
            let _ = world.host.until_crash(Some(point), import).await;
            let (at_rest, log) =
                (world.host.everything_at_rest(), json!(world.host.log_lines()).to_string());
            let code = opened.back.split("code=").nth(1).unwrap().split('&').next().unwrap();
            let minted = world.client.1.as_str();
            for secret in [token.as_str(), code, minted, "sandbox-access-", "sandbox-refresh-"] {
                assert!(!at_rest.contains(secret), "crash at {point}: {secret} is at rest");
                assert!(!log.contains(secret), "crash at {point}: {secret} is in the log");
            }
            for secret in [state, note, "the-products-user", ADA, "app.example"] {
                assert!(!log.contains(secret), "crash at {point}: {secret} is in the log");
            }
        }
    });
}
