//! Everything of one user goes: grants, what was noted of the user, what was under way.

use std::time::Duration;

use http::Method;
use isthmus::{host::Host, testing::Fault};
use serde_json::json;

use crate::{
    deletion::ALAN,
    faults::faults_at,
    interference::ended,
    links,
    moves::interleaved,
    run,
    world::{ADA, Answer, GRACE, World},
};

const OF_USER: &str = "SELECT (SELECT count(*) FROM users WHERE id = 'u1') + (SELECT count(*) FROM grants WHERE user_id = 'u1')
    + (SELECT count(*) FROM sessions WHERE user_id = 'u1') + (SELECT count(*) FROM logins WHERE user_id = 'u1') AS n";

impl World {
    async fn erase(&self, user: &str) -> Answer {
        ended(self.server(Method::DELETE, &format!("users/{user}"), None)).await
    }

    /// A user with two grants, metadata, an open session and a login link.
    async fn busy(&self, user: &str) {
        self.connect(user, ADA).await;
        self.connect(user, GRACE).await;
        let meta = json!({"meta": {"team": "a"}});
        assert_eq!(self.call(Method::PATCH, user, "me", Some(meta)).await.status, 200);
        self.begin(user).await;
        let uris = json!({"redirect_uris": ["https://app.example/done"]});
        assert_eq!(self.change_integration(uris).await.status, 200);
        let auth = json!({"provider": "zoom", "redirect_uri": "https://app.example/done", "account_id": user});
        let asked = self.server(Method::POST, "auth", Some(auth)).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
    }
}

async fn world() -> World {
    let world = World::new().await;
    world.zoom.set_limits(isthmus_sandbox::Limits::none());
    world.busy("u1").await;
    world
}

#[test]
fn everything_of_one_user_goes_and_nothing_of_another() {
    run(async {
        let world = world().await;
        world.connect("u2", GRACE).await;
        let other = world.another_project().await;
        other.connect("u1", ALAN).await;
        let sql = "SELECT count(*) AS n FROM users";
        assert_eq!((world.count(OF_USER) > 5, world.count(sql)), (true, 1));
        let erased = world.erase("u1").await;
        let wanted = json!({"success": true, "data": {"id": "u1", "grants": 2}});
        assert_eq!((erased.status, erased.json()), (200, wanted));
        let of_user = "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM logins) AS n";
        assert_eq!(world.count(of_user), 0);
        assert_eq!(world.ask("u1").await.told().1, "not_connected");
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
        assert!(world.works("u2").await && other.works("u1").await);
        let noted = world.host.sql("SELECT who, target FROM audit WHERE what = 'user.erased'", []);
        assert_eq!(json!(noted), json!([{"who": "project", "target": "u1"}]));
    });
}

#[test]
fn erasing_again_or_somebody_unknown_is_no_failure() {
    run(async {
        let world = world().await;
        world.erase("u1").await;
        for user in ["u1", "nobody", "a%40b%2Fc", "zoom:x"] {
            let erased = world.erase(user).await;
            assert_eq!((erased.status, &erased.json()["data"]["grants"]), (200, &json!(0)));
        }
        assert_eq!(world.erase("a%40b%2Fc").await.field("/data/id"), "a@b/c");
        assert_eq!(world.erase("%ff").await.refused(), (400, "invalid_request".to_owned()));
        assert_eq!(world.count("SELECT count(*) AS n FROM audit WHERE what = 'user.erased'"), 1);
    });
}

#[test]
fn while_zoom_cannot_be_reached_the_grants_are_gone_and_zoom_is_told_later() {
    run(async {
        let world = world().await;
        world.host.fault_always("send", Some(Fault::Fail));
        let erased = world.erase("u1").await;
        assert_eq!((erased.status, erased.field("/data/revocation")), (202, "pending".to_owned()));
        assert_eq!(world.count(OF_USER), 0);
        world.host.clear_faults();
        assert_eq!(world.ask("u1").await.told().1, "not_connected");
        world.let_alarms_end().await;
        assert_eq!((world.zoom.live_pairs(ADA), world.zoom.live_pairs(GRACE)), (Ok(0), Ok(0)));
    });
}

#[test]
fn after_any_fault_or_crash_erasing_again_ends_it() {
    run(async {
        for (call, fault, before) in
            faults_at(["tables", "ask", "send", "read", "write", "wake_at", "delete_copy"], 5)
        {
            let world = world().await;
            world.host.fault_after(before, call, fault);
            let told = world.erase("u1").await;
            let place = format!("{call} {fault:?} {before}");
            assert!([200, 202, 503].contains(&told.status), "{place}: {}", told.text);
            world.host.clear_faults();
            world.gone_after_all(&place).await;
        }
        for point in 1.. {
            let world = world().await;
            let crash = ended(world.host.until_crash(Some(point), world.erase("u1"))).await;
            world.gone_after_all(&format!("point {point}")).await;
            if crash.is_ok() {
                assert!(point > 20, "it was interrupted often: {point}");
                return;
            }
        }
    });
}

#[test]
fn whoever_is_just_connecting_comes_to_an_end_first() {
    run(async {
        for point in 1.. {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let journey = world.host.until_crash(Some(point), world.come_back(&mut attempt));
            let crash = journey.await;
            let erased = world.erase("u1").await;
            assert!([200, 202].contains(&erased.status), "point {point}: {}", erased.text);
            world.pass(Duration::from_secs(60));
            world.gone_after_all(&format!("point {point}")).await;
            if crash.is_ok() {
                return;
            }
        }
    });
}

#[test]
fn who_is_just_coming_back_is_told_and_the_erasure_is_to_be_asked_for_again() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        world.host.fault_always("ask", Some(Fault::Fail));
        world.come_back(&mut attempt).await;
        world.host.clear_faults();
        // Somebody else is at it.
        world.host.sql("UPDATE sessions SET attempt_at = ?1", [json!(world.host.now())]);
        let erased = world.erase("u1").await;
        let wanted = json!({"success": true, "data": {"id": "u1", "grants": 0, "connecting": 1}});
        assert_eq!((erased.status, erased.json()), (202, wanted));
        world.pass(Duration::from_secs(60));
        let again = world.erase("u1").await;
        let wanted = json!({"success": true, "data": {"id": "u1", "grants": 1}});
        assert_eq!((again.status, again.json()), (200, wanted));
        assert_eq!((world.count(OF_USER), world.zoom.live_pairs(ADA)), (0, Ok(0)));
    });
}

#[test]
fn a_link_for_nobody_in_particular_that_was_interrupted_brings_no_erased_user_back() {
    run(async {
        let world = links::world().await;
        let id = world.hosted(json!({}), ADA).await;
        let user = world.grant(&id).await.field("/data/account_id");
        world.pass(Duration::from_secs(1));
        let mut opened = world.open(&world.link(json!({})).await, ADA).await;
        world.host.fault_always("ask", Some(Fault::Fail));
        world.back(&mut opened).await;
        world.host.clear_faults();
        world.pass(Duration::from_secs(60));
        // It is nobody's yet, so the erasure of a user with another kind of name has no business with it.
        assert_eq!(world.erase("u1").await.status, 200);
        let returned = "SELECT count(*) AS n FROM sessions WHERE status = 'returned'";
        assert_eq!(world.count(returned), 1);
        assert_eq!(world.erase(&user).await.status, 200);
        world.pass(Duration::from_secs(60));
        world.sweep().await;
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0);
        assert_eq!((world.count(returned), world.zoom.live_pairs(ADA)), (0, Ok(0)));
    });
}

/// Lets somebody come back while the user is erased; a grant that is there afterwards, although it was said to be done
/// and Zoom had been asked for tokens before.
async fn comes_while_erased(steps: usize, anonymous: bool) -> Option<bool> {
    let world = links::world().await;
    let id = world.hosted(json!({}), ADA).await;
    let zoom_user = world.grant(&id).await.field("/data/account_id");
    world.pass(Duration::from_secs(1));
    let user = if anonymous { zoom_user } else { "u1".to_owned() };
    let wish = if anonymous { json!({}) } else { json!({"account_id": "u1"}) };
    let mut opened = world.open(&world.link(wish).await, ADA).await;
    let erase = async {
        let returned = world.count("SELECT count(*) AS n FROM sessions WHERE status = 'returned'");
        (returned > 0, world.erase(&user).await.status)
    };
    let (_, (returned, status)) = interleaved(steps, world.back(&mut opened), erase).await?;
    for _ in 0..3 {
        world.pass(Duration::from_secs(60));
        world.let_alarms_end().await;
        world.sweep().await;
    }
    let rows = world.host.sql("SELECT id FROM grants WHERE user_id = ?1", [json!(user)]);
    Some(status == 200 && returned && !rows.is_empty())
}

#[test]
fn whoever_is_back_from_zoom_when_a_user_is_erased_is_gone_or_told() {
    run(async {
        for anonymous in [false, true] {
            for steps in 1.. {
                match comes_while_erased(steps, anonymous).await {
                    None => {
                        assert!(steps > 10, "there was something to come between: {steps}");
                        break;
                    }
                    Some(untold) => assert!(!untold, "anonymous: {anonymous}, after {steps} steps"),
                }
            }
        }
    });
}

impl World {
    async fn gone_after_all(&self, place: &str) {
        let again = self.erase("u1").await;
        assert!([200, 202].contains(&again.status), "{place}: {}", again.text);
        self.let_alarms_end().await;
        assert_eq!(self.erase("u1").await.status, 200, "{place}");
        assert_eq!(self.count(OF_USER), 0, "{place}");
        assert_eq!(self.ask("u1").await.told().1, "not_connected", "{place}");
        assert!(self.zoom.live_pairs(ADA).unwrap() <= 1, "{place}");
    }
}
