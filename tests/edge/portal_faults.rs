//! The portal with a crash, a lost answer or a failing store at every point: nothing is lost, whatever was done is told
//! once, and every step can be taken again. And what goes with a user, an integration, and the time.

use std::time::Duration;

use http::Method;
use isthmus::testing::Fault;
use serde_json::{Value, json};

use crate::{
    enablement::with_settings,
    faults::{CALLS, faults_at},
    portal_moves::Window,
    run,
    world::{ADA, Answer, Browser, GRACE, PAGE, World},
};

/// What the page is told was done, and the numbers of that.
fn done(told: &Value) -> Vec<String> {
    let changes = told["changes"].as_array().unwrap();
    let numbers: Vec<i64> = changes.iter().map(|change| change["n"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{told}");
    changes.iter().map(|change| change["what"].as_str().unwrap().to_owned()).collect()
}

/// What the page is told in the end, a minute of patience between two polls.
async fn told_in_the_end(world: &World, window: &Window) -> Value {
    for _ in 0..12 {
        let path = format!("portals/{}", window.id);
        let answer = world.call(Method::GET, &window.user, &path, None).await;
        assert!([200, 503].contains(&answer.status), "{}", answer.text);
        if answer.status == 200 && answer.json()["connecting"] == false {
            return answer.json();
        }
        world.pass(Duration::from_secs(60));
    }
    panic!("the connect never ended");
}

/// A window of a user, in a world in which Zoom limits nothing.
async fn opened() -> (World, Window) {
    let world = World::new().await;
    world.zoom.set_limits(isthmus_sandbox::Limits::none());
    let window = world.window("u1").await;
    (world, window)
}

/// The way back from Zoom to a window's portal, its address too, after a crash at a point; `None` when it was over before.
async fn crashed_on_the_way_back(point: u64) -> Option<(World, Window, String)> {
    let (world, mut window) = opened().await;
    let back = world.go_from(&mut window, ADA).await;
    let journey = world.visit(&mut window.browser, &back, None);
    let crash = world.host.until_crash(Some(point), journey).await;
    crash.is_err().then_some((world, window, back))
}

/// A window of a user with an account and a workflow that is filled in.
async fn with_account() -> (World, Window, String, String) {
    let (world, mut window) = opened().await;
    let workflow = world.in_service(with_settings(json!({"type": "integration_enabled"}))).await;
    let grant = world.connect_in(&mut window, ADA).await;
    let path = format!("grants/{grant}/workflows/{workflow}");
    let settings = Some(json!({"settings": {"email": "a@b.example"}}));
    let filled = world.within(&mut window, Method::PATCH, &path, settings).await;
    assert_eq!(filled.status, 200, "{}", filled.text);
    (world, window, grant, workflow)
}

#[test]
fn after_a_crash_at_any_point_of_opening_the_ticket_or_another_one_opens() {
    run(async {
        for point in 1.. {
            let world = World::new().await;
            let (_, ticket) = world.ticket("u1").await;
            let mut browser = Browser::default();
            let entering = world.enter(&mut browser, &ticket, Some(PAGE));
            if world.host.until_crash(Some(point), entering).await.is_ok() {
                assert!(point > 1);
                break;
            }
            let again = world.enter(&mut Browser::default(), &ticket, Some(PAGE)).await;
            assert!([303, 404].contains(&again.status), "{}", again.text);
            let mut window = world.window("u1").await;
            world.shown(&mut window).await;
        }
    });
}

#[test]
fn after_a_crash_at_any_point_of_connecting_the_account_is_told_once() {
    run(async {
        let (mut connected, mut failed) = (0, 0);
        for point in 1.. {
            let Some((world, window, _)) = crashed_on_the_way_back(point).await else { break };
            let told = told_in_the_end(&world, &window).await;
            world.host.ring_alarms().await;
            if world.works("u1").await {
                assert_eq!(done(&told), ["installed"], "crash at {point}");
                connected += 1;
            } else {
                assert_eq!(done(&told), [""; 0], "crash at {point}");
                failed += 1;
            }
            // The window is not closed by it: connecting again helps in any case.
            let mut window = world.window("u1").await;
            world.connect_in(&mut window, ADA).await;
            assert!(world.works("u1").await, "crash at {point}");
        }
        assert!(connected > 20 && failed <= 8, "{connected} connected, {failed} failed");
    });
}

#[test]
fn after_a_crash_at_any_point_of_connecting_a_reload_comes_back_to_the_portal() {
    run(async {
        for point in 1.. {
            let Some((world, mut window, back)) = crashed_on_the_way_back(point).await else {
                break;
            };
            world.pass(Duration::from_secs(46));
            let again = world.visit(&mut window.browser, &back, None).await;
            assert_eq!(again.status, 303, "crash at {point}: {}", again.text);
            let home = format!("/portal/{}", window.id);
            assert!(again.header("location").starts_with(&home), "crash at {point}");
            let told = world.told_of(&window).await;
            let failed = again.header("location").contains("?failed=exchange_interrupted");
            assert_eq!(done(&told).len(), usize::from(!failed), "crash at {point}");
        }
    });
}

#[test]
fn when_a_call_fails_or_loses_its_answer_while_connecting_the_account_is_told_once() {
    run(async {
        for (call, fault, before) in faults_at(CALLS, 8) {
            let (world, mut window) = opened().await;
            let back = world.go_from(&mut window, ADA).await;
            world.host.fault_after(before, call, fault);
            world.visit(&mut window.browser, &back, None).await;
            world.host.clear_faults();
            let told = told_in_the_end(&world, &window).await;
            let disturbance = format!("{call} {before} {fault:?}");
            let works = world.works("u1").await;
            assert_eq!(done(&told).len(), usize::from(works), "{disturbance}");
        }
    });
}

#[test]
fn a_window_that_is_closed_on_the_way_back_leaves_the_end_to_the_poll() {
    run(async {
        let landed = "SELECT count(*) AS n FROM sessions WHERE tokens_sealed IS NOT NULL";
        for point in 1.. {
            let (world, window, _) = crashed_on_the_way_back(point).await.unwrap();
            if world.count(landed) == 1 {
                let told = world.told_of(&window).await;
                assert_eq!((done(&told).len(), &told["connecting"]), (0, &json!(true)));
                assert_eq!(done(&told_in_the_end(&world, &window).await), ["installed"]);
                assert!(world.works("u1").await);
                break;
            }
        }
    });
}

/// Asks until it is done; an account that has gone is gone.
async fn leaves(world: &World, window: &mut Window, grant: &str) -> Answer {
    let path = format!("grants/{grant}");
    for _ in 0..5 {
        let left = world.within(window, Method::DELETE, &path, None).await;
        if left.status != 503 {
            return left;
        }
        world.pass(Duration::from_secs(60));
        world.host.ring_alarms().await;
    }
    panic!("it never left");
}

async fn assert_left(world: &World, window: &mut Window, grant: &str, disturbance: &str) {
    let left = leaves(world, window, grant).await;
    assert!([202, 204].contains(&left.status), "{disturbance}: {}", left.text);
    world.let_alarms_end().await;
    assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0, "{disturbance}");
    let told = world.told_of(window).await;
    assert_eq!(done(&told), ["installed", "workflow", "uninstalled"], "{disturbance}");
    assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "{disturbance}");
}

#[test]
fn after_a_crash_at_any_point_of_disconnecting_the_account_goes_and_that_is_told_once() {
    run(async {
        for point in 1.. {
            let (world, mut window, grant, _) = with_account().await;
            let path = format!("grants/{grant}");
            let journey = world.within(&mut window, Method::DELETE, &path, None);
            if world.host.until_crash(Some(point), journey).await.is_ok() {
                assert!(point > 8, "{point}");
                break;
            }
            assert_left(&world, &mut window, &grant, &format!("crash at {point}")).await;
        }
    });
}

#[test]
fn when_a_call_fails_or_loses_its_answer_while_disconnecting_the_account_goes_all_the_same() {
    run(async {
        for (call, fault, before) in faults_at(CALLS, 5) {
            let (world, mut window, grant, _) = with_account().await;
            world.host.fault_after(before, call, fault);
            let path = format!("grants/{grant}");
            world.within(&mut window, Method::DELETE, &path, None).await;
            world.host.clear_faults();
            let disturbance = format!("{call} {before} {fault:?}");
            assert_left(&world, &mut window, &grant, &disturbance).await;
        }
    });
}

#[test]
fn that_an_account_leaves_is_told_when_it_has_left_and_not_before() {
    run(async {
        let (world, mut window, grant, _) = with_account().await;
        let path = format!("grants/{grant}");
        world.host.fault_always("ask", Some(Fault::Fail));
        let refused = world.within(&mut window, Method::DELETE, &path, None).await;
        assert_eq!(refused.status, 503, "{}", refused.text);
        assert_eq!(done(&world.told_of(&window).await), ["installed", "workflow"]);
        world.host.fault_always("ask", None);
        // Then it leaves by the user's own page.
        assert_eq!(world.disconnect("u1").await.status, 204);
        assert_eq!(done(&world.told_of(&window).await), ["installed", "workflow", "uninstalled"]);
    });
}

#[test]
fn after_a_crash_at_any_point_of_switching_a_workflow_it_is_on_and_that_is_told_once() {
    run(async {
        for point in 1.. {
            let (world, mut window, grant, workflow) = with_account().await;
            let path = format!("grants/{grant}/workflows/{workflow}");
            let on = || Some(json!({"enabled": true}));
            let journey = world.within(&mut window, Method::PATCH, &path, on());
            if world.host.until_crash(Some(point), journey).await.is_ok() {
                assert!(point > 2, "{point}");
                break;
            }
            let again = world.within(&mut window, Method::PATCH, &path, on()).await;
            assert_eq!(again.status, 200, "crash at {point}: {}", again.text);
            assert_eq!(again.json()["enabled"], true);
            let told = world.told_of(&window).await;
            assert_eq!(done(&told), ["installed", "workflow", "workflow"], "crash at {point}");
            assert_eq!(world.count("SELECT count(*) AS n FROM runs"), 1, "crash at {point}");
        }
    });
}

#[test]
fn a_switch_whose_answer_is_lost_is_told_once_and_one_that_failed_not_at_all() {
    run(async {
        for (fault, before) in [(Fault::Fail, 3), (Fault::LoseAnswer, 3)] {
            let (world, mut window, grant, workflow) = with_account().await;
            let path = format!("grants/{grant}/workflows/{workflow}");
            world.host.fault_after(before, "tables", fault);
            let on = Some(json!({"enabled": true}));
            let answer = world.within(&mut window, Method::PATCH, &path, on).await;
            assert_eq!(answer.status, 503, "{}", answer.text);
            world.host.clear_faults();
            let switched = usize::from(fault == Fault::LoseAnswer);
            assert_eq!(done(&world.told_of(&window).await).len(), 2 + switched);
            let account = world.shown(&mut window).await["grants"][0].clone();
            assert_eq!(account["workflows"][&workflow]["enabled"], switched == 1);
        }
    });
}

#[test]
fn two_portals_that_switch_one_workflow_at_once_tell_it_once_each_at_most() {
    run(async {
        for seed in 1..20 {
            let (world, mut one, grant, workflow) = with_account().await;
            let mut two = world.window("u1").await;
            let path = format!("grants/{grant}/workflows/{workflow}");
            world.host.shuffle(seed);
            let on = || Some(json!({"enabled": true}));
            let (first, second) = futures_util::future::join(
                world.within(&mut one, Method::PATCH, &path, on()),
                world.within(&mut two, Method::PATCH, &path, on()),
            )
            .await;
            assert_eq!((first.status, second.status), (200, 200));
            let (one, two) = (world.told_of(&one).await, world.told_of(&two).await);
            let told = (done(&one).len() - 2, done(&two).len());
            assert!([(1, 0), (0, 1), (1, 1)].contains(&told), "seed {seed}: {told:?}");
            assert_eq!(world.count("SELECT count(*) AS n FROM runs"), 1, "seed {seed}");
        }
    });
}

const OF_PORTALS: &str =
    "SELECT (SELECT count(*) FROM portals) + (SELECT count(*) FROM portal_changes) AS n";

#[test]
fn a_day_after_its_end_a_portal_is_forgotten_with_its_changes() {
    run(async {
        let (world, window, _, _) = with_account().await;
        world.pass(Duration::from_secs(24 * 3600 + 900));
        world.sweep().await;
        assert_eq!(world.told_of(&window).await["status"], "expired");
        let younger = world.window("u1").await;
        world.pass(Duration::from_secs(1));
        world.sweep().await;
        let gone = world.call(Method::GET, "u1", &format!("portals/{}", window.id), None).await;
        assert_eq!(gone.told(), (404, "portal_not_found".to_owned()));
        assert_eq!(world.told_of(&younger).await["status"], "open");
        assert_eq!(world.count(OF_PORTALS), 1);
    });
}

#[test]
fn the_portals_of_a_user_go_with_the_user_also_in_the_middle_of_a_consent() {
    run(async {
        let (world, mut window, _, _) = with_account().await;
        let mut other = world.window("u2").await;
        let back = world.go_from(&mut window, GRACE).await;
        let erased = world.server(Method::DELETE, "users/u1", None).await;
        assert_eq!(erased.status, 200, "{}", erased.text);
        let state = world.within(&mut window, Method::GET, "state", None).await;
        assert_eq!(state.told(), (404, "portal_not_found".to_owned()));
        let last = world.visit(&mut window.browser, &back, None).await;
        assert_eq!(last.refused(), (400, "state_unknown".to_owned()));
        world.shown(&mut other).await;
        assert_eq!(world.count(OF_PORTALS), 1);
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0);
    });
}

#[test]
fn a_consent_that_was_back_when_its_user_was_erased_leaves_nothing_of_a_portal() {
    run(async {
        for point in 1.. {
            let Some((world, ..)) = crashed_on_the_way_back(point).await else { break };
            world.pass(Duration::from_secs(60));
            for _ in 0..3 {
                world.server(Method::DELETE, "users/u1", None).await;
                world.let_alarms_end().await;
                world.pass(Duration::from_secs(60));
            }
            assert_eq!(world.count(OF_PORTALS), 0, "crash at {point}");
            assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0, "crash at {point}");
        }
    });
}

#[test]
fn the_portals_of_an_integration_go_with_the_integration() {
    run(async {
        let (world, window, _, _) = with_account().await;
        let deleted = world.server(Method::DELETE, "integrations/zoom", None).await;
        assert!([200, 202].contains(&deleted.status), "{}", deleted.text);
        for _ in 0..3 {
            world.let_alarms_end().await;
            world.sweep().await;
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM integrations"), 0);
        assert_eq!(world.count(OF_PORTALS), 0);
        let gone = world.call(Method::GET, "u1", &format!("portals/{}", window.id), None).await;
        assert_eq!(gone.told(), (404, "portal_not_found".to_owned()));
    });
}
