//! How a portal ends: in its time, with its page, and never before a connect that was begun in it; and that what was done
//! in it is told however long that goes on.

use std::time::Duration;

use http::Method;
use isthmus::{host::Host, testing::Fault as HostFault};
use serde_json::{Value, json};

use crate::{
    portal_moves::Window,
    run,
    world::{ADA, GRACE, PAGE, World},
};

const MINUTE: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);

/// What was done, without its numbers.
fn done(told: &Value) -> Vec<&str> {
    let changes = told["changes"].as_array().unwrap().iter();
    changes.map(|change| change["what"].as_str().unwrap()).collect()
}

impl World {
    async fn status_of(&self, window: &Window) -> Value {
        self.told_of(window).await["status"].clone()
    }

    /// The window's page goes: it is closed, or loaded again.
    async fn hide(&self, window: &mut Window) {
        let gone = self.within(window, Method::POST, "close?gone=true", None).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
        assert!(!gone.headers.contains_key("set-cookie"));
    }
}

#[test]
fn a_portal_does_not_end_before_a_connect_that_begins_in_it() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        world.pass(14 * MINUTE);
        let zoom = world.zoom_from(&mut window, json!({})).await;
        world.pass(9 * MINUTE);
        assert_eq!(world.status_of(&window).await, "open");
        let back = world.allow(&zoom, ADA);
        let ended = world.visit(&mut window.browser, &back, None).await;
        assert_eq!(ended.header("location"), format!("/portal/{}", window.id), "{}", ended.text);
        let told = world.told_of(&window).await;
        assert_eq!((done(&told), &told["status"]), (vec!["installed"], &json!("open")));
        world.shown(&mut window).await;
        world.pass(MINUTE);
        assert_eq!(world.status_of(&window).await, "expired");
    });
}

#[test]
fn no_connect_keeps_a_portal_open_for_longer_than_its_browser_keeps_the_cookie() {
    run(async {
        let world = World::new().await;
        let began = world.host.now();
        let (id, ticket) = world.ticket("u1").await;
        let mut window =
            Window { user: "u1".to_owned(), id, browser: crate::world::Browser::default() };
        let entered = world.enter(&mut window.browser, &ticket, Some(PAGE)).await;
        assert!(entered.header("set-cookie").ends_with("; Max-Age=1500"));
        for _ in 0..3 {
            world.zoom_from(&mut window, json!({})).await;
            world.pass(8 * MINUTE);
        }
        let ends = world.shown(&mut window).await["expires_at"].as_i64().unwrap();
        assert_eq!(ends - began.0, 25 * 60_000);
        let zoom = world.zoom_from(&mut window, json!({})).await;
        world.pass(MINUTE);
        assert_eq!(world.status_of(&window).await, "expired");
        let back = world.visit(&mut window.browser, &world.allow(&zoom, ADA), None).await;
        assert!(!back.text.contains("Connected"), "{}", back.text);
        assert_eq!(done(&world.told_of(&window).await), [""; 0]);
    });
}

#[test]
fn a_ticket_that_nobody_used_is_told_apart_from_a_portal_whose_time_is_over() {
    run(async {
        let world = World::new().await;
        let (id, _) = world.ticket("u1").await;
        let unopened =
            Window { user: "u1".to_owned(), id, browser: crate::world::Browser::default() };
        assert_eq!(world.status_of(&unopened).await, "new");
        world.pass(MINUTE);
        assert_eq!(world.status_of(&unopened).await, "unopened");
    });
}

#[test]
fn a_page_that_goes_and_does_not_come_back_closes_its_portal_after_ten_seconds() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        world.shown(&mut window).await;
        world.hide(&mut window).await;
        world.pass(9 * SECOND);
        world.hide(&mut window).await;
        assert_eq!(world.status_of(&window).await, "open");
        world.pass(SECOND);
        assert_eq!(world.status_of(&window).await, "closed");
        let state = world.within(&mut window, Method::GET, "state", None).await;
        assert_eq!(state.told(), (410, "portal_expired".to_owned()));
    });
}

#[test]
fn a_page_that_is_loaded_again_or_leads_to_zoom_closes_nothing() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        world.hide(&mut window).await;
        world.pass(9 * SECOND);
        world.shown(&mut window).await;
        world.pass(MINUTE);
        assert_eq!(world.status_of(&window).await, "open");
        world.hide(&mut window).await;
        let back = world.go_from(&mut window, ADA).await;
        world.pass(MINUTE);
        let ended = world.visit(&mut window.browser, &back, None).await;
        assert_eq!(ended.header("location"), format!("/portal/{}", window.id));
        assert_eq!(world.status_of(&window).await, "open");
        // Whoever says so is done at once, and stays so.
        world.hide(&mut window).await;
        let closed = world.within(&mut window, Method::POST, "close", None).await;
        assert_eq!(closed.status, 204);
        assert_eq!(world.status_of(&window).await, "closed");
    });
}

#[test]
fn an_account_that_comes_and_goes_in_one_portal_is_told_each_time_with_the_next_number() {
    run(async {
        let world = World::new().await;
        world.zoom.set_limits(isthmus_sandbox::Limits::none());
        let mut window = world.window("u1").await;
        for _ in 0..40 {
            let grant = world.connect_in(&mut window, ADA).await;
            let path = format!("grants/{grant}");
            let left = world.within(&mut window, Method::DELETE, &path, None).await;
            assert_eq!(left.status, 204, "{}", left.text);
        }
        let told = world.told_of(&window).await;
        let (all, changes) = (done(&told), told["changes"].as_array().unwrap());
        assert_eq!(all, ["installed", "uninstalled"].repeat(40));
        assert!(changes.last().unwrap()["n"].as_i64().unwrap() <= 120, "{told}");
    });
}

#[test]
fn a_portal_is_shown_although_a_connect_in_it_cannot_go_on() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        world.connect_in(&mut window, ADA).await;
        let back = world.go_from(&mut window, GRACE).await;
        let landed = "SELECT count(*) AS n FROM sessions WHERE tokens_sealed IS NOT NULL";
        for point in 1.. {
            let journey = world.visit(&mut window.browser, &back, None);
            let ended = world.host.until_crash(Some(point), journey).await;
            assert!(ended.is_err(), "it was never in between");
            if world.count(landed) == 1 {
                break;
            }
            world.pass(MINUTE);
        }
        // Nobody can read what landed.
        world
            .host
            .sql("UPDATE sessions SET tokens_sealed = 'x' WHERE tokens_sealed IS NOT NULL", []);
        world.pass(MINUTE);
        let state = world.shown(&mut window).await;
        assert_eq!(state["grants"].as_array().unwrap().len(), 1);
        assert_eq!(state["grants"][0]["email"], ADA);
    });
}

#[test]
fn a_poll_of_the_page_is_one_call_of_the_store() {
    run(async {
        let world = World::new().await;
        let mut window = world.window("u1").await;
        world.connect_in(&mut window, ADA).await;
        world.told_of(&window).await;
        // The first call that comes after it would fail.
        world.host.fault_after(1, "tables", HostFault::Fail);
        world.told_of(&window).await;
        assert_eq!(world.host.clear_faults(), 1);
    });
}
