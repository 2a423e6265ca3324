//! How an integration goes: its grants leave, Zoom forgets its tokens, and it can be gone on with after anything.

use std::time::Duration;

use http::Method;
use isthmus::testing::Fault;
use isthmus_sandbox::{Fault as Refusal, Kind};
use serde_json::{Value, json};

use crate::{
    interference::ended,
    moves::interleaved,
    run,
    world::{ADA, Answer, GRACE, World},
};

/// Somebody whom no other test's project knows.
pub const ALAN: &str = "alan@acme.example";
const LEFT: &str = "SELECT (SELECT count(*) FROM integrations) + (SELECT count(*) FROM grants)
    + (SELECT count(*) FROM connections) + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM logins) AS n";

/// Two users of one Zoom login, and one of another.
async fn crowd() -> World {
    let world = World::new().await;
    world.zoom.set_limits(isthmus_sandbox::Limits::none());
    world.connect("u1", ADA).await;
    world.connect("u2", ADA).await;
    world.connect("u3", GRACE).await;
    world
}

impl World {
    pub async fn delete_integration(&self) -> Answer {
        ended(self.server(Method::DELETE, "integrations/zoom", None)).await
    }

    /// One round of the sweep; the test fails when it does.
    pub async fn sweep(&self) -> Value {
        let swept = ended(self.admin(Method::POST, "/admin/sweep", &json!(null))).await;
        assert_eq!(swept.status, 200, "{}", swept.text);
        swept.json()
    }

    /// Sweeps until no deletion is left.
    async fn sweep_deletions(&self) {
        for _ in 0..20 {
            if self.sweep().await["deletions_left"] == 0 {
                return;
            }
            self.pass(Duration::from_secs(60));
        }
        panic!("the deletion never ends");
    }

    /// Nothing is left of the integration, here and at Zoom.
    fn is_clean(&self) -> bool {
        self.count(LEFT) == 0
            && self.zoom.live_pairs(ADA) == Ok(0)
            && self.zoom.live_pairs(GRACE) == Ok(0)
    }
}

#[test]
fn one_without_grants_is_gone_at_once_and_can_be_set_up_again() {
    run(async {
        let world = World::new().await;
        let gone = world.delete_integration().await;
        let wanted =
            json!({"success": true, "data": {"id": world.integration, "status": "deleted"}});
        assert_eq!((gone.status, gone.json()), (200, wanted));
        for method in [Method::GET, Method::DELETE] {
            let refused = world.server(method, "integrations/zoom", None).await;
            assert_eq!(refused.refused(), (404, "integration_not_found".to_owned()));
        }
        let mut wish = crate::integrations::wish();
        wish["scope"] = json!([]);
        let again = world.server(Method::POST, "integrations", Some(wish)).await;
        assert_eq!(again.field("/data/id"), world.integration);
        world.connect("u1", ADA).await;
        assert!(world.works("u1").await);
    });
}

#[test]
fn with_it_go_its_grants_and_what_zoom_knows_of_them() {
    run(async {
        let world = crowd().await;
        let other = world.another_project().await;
        other.connect("u1", ALAN).await;
        let gone = world.delete_integration().await;
        assert_eq!(
            (gone.status, gone.field("/data/status")),
            (200, "deleted".to_owned()),
            "{}",
            gone.text
        );
        assert_eq!(world.ask("u1").await.told().0, 404);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
        let of_it = "SELECT count(*) AS n FROM audit WHERE what IN ('integration.deleting', 'integration.deleted')";
        assert_eq!(world.count(of_it), 2);
        assert_eq!(world.count("SELECT count(*) AS n FROM audit WHERE what = 'grant.deleted'"), 3);
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 1);
        assert!(other.works("u1").await);
    });
}

#[test]
fn while_zoom_cannot_be_reached_it_is_being_deleted_and_nothing_new_connects() {
    run(async {
        let world = crowd().await;
        let attempt = world.attempt("u4", GRACE).await;
        world.host.fault_always("send", Some(Fault::Fail));
        let marked = world.delete_integration().await;
        let data = &marked.json()["data"];
        assert_eq!((marked.status, &data["status"]), (202, &json!("deleting")), "{}", marked.text);
        assert_eq!((&data["grants_left"], &data["connections_left"]), (&json!(0), &json!(2)));
        let shown = world.shown_integration().await;
        assert_eq!((&shown["status"], &shown["connections_left"]), (&json!("deleting"), &json!(2)));
        let listed = world.server(Method::GET, "integrations", None).await.json();
        assert_eq!(listed["data"][0]["status"], "deleting");
        assert_eq!(world.delete_integration().await.status, 202);
        world.host.clear_faults();

        let wish = Some(crate::integrations::wish());
        let auth = json!({"provider": "zoom", "redirect_uri": "https://app.example/done"});
        let import = json!({"provider": "zoom", "settings": {"refresh_token": "x"}});
        for (method, path, body) in [
            (Method::POST, "integrations", wish),
            (Method::PATCH, "integrations/zoom", Some(json!({"name": "x"}))),
            (Method::POST, "auth", Some(auth)),
            (Method::POST, "grants", Some(import)),
        ] {
            let refused = world.server(method, path, body).await;
            assert_eq!(refused.refused(), (409, "integration_deleting".to_owned()), "{path}");
        }
        let path = format!("/admin/projects/{}/integrations/zoom", world.project);
        let put = json!({"client_id": "zoom-client", "client_secret": "x"});
        let refused = world.admin(Method::PUT, &path, &put).await;
        assert_eq!(refused.told(), (409, "integration_deleting".to_owned()));
        let begun = json!({"integration": "zoom"});
        let begun = world.call(Method::POST, "u5", "sessions", Some(begun)).await;
        assert!([404, 409].contains(&begun.status), "{}", begun.text);
        let mut attempt = attempt;
        world.come_back(&mut attempt).await;
        let polled = world.poll("u4", &attempt.session).await;
        assert_eq!(polled.field("/problem/code"), "integration_deleting", "{}", polled.text);
        let me = world.call(Method::GET, "u1", "me", None).await.json();
        assert!(me["integrations"].get("zoom").is_none(), "{me}");

        world.sweep_deletions().await;
        assert!(world.is_clean());
    });
}

#[test]
fn what_waits_for_zoom_is_done_by_the_alarms_and_then_by_the_sweep() {
    run(async {
        let world = crowd().await;
        world.host.fault_always("send", Some(Fault::Fail));
        assert_eq!(world.delete_integration().await.status, 202);
        assert_eq!(world.sweep().await["deletions_left"], 1);
        world.host.clear_faults();
        world.let_alarms_end().await;
        assert_eq!((world.zoom.live_pairs(ADA), world.zoom.live_pairs(GRACE)), (Ok(0), Ok(0)));
        world.sweep_deletions().await;
        assert!(world.is_clean());
    });
}

#[test]
fn a_large_one_goes_in_rounds_and_shows_how_far_it_is() {
    run(async {
        let world = crowd().await;
        for number in 0..58 {
            let sql = "INSERT INTO connections (integration_id, provider_user_id, sealed_with) VALUES (?1, ?2, 'k1')";
            world.host.sql(sql, [json!(world.integration), json!(format!("empty-{number}"))]);
        }
        let first = world.delete_integration().await;
        assert_eq!((first.status, &first.json()["data"]["connections_left"]), (202, &json!(35)));
        let second = world.delete_integration().await;
        assert_eq!(second.json()["data"]["connections_left"], 10);
        let swept = world.sweep().await;
        assert_eq!(swept["deletions_left"], 0, "{swept}");
        assert!(world.is_clean());
    });
}

#[test]
fn after_a_crash_at_any_point_it_is_gone_on_with() {
    run(async {
        for point in 1.. {
            let world = crowd().await;
            let deletion = world.host.until_crash(Some(point), world.delete_integration());
            if ended(deletion).await.is_ok() {
                assert!(point > 20, "it was interrupted often: {point}");
                return;
            }
            if world.count("SELECT count(*) AS n FROM integrations WHERE deleting_at IS NULL") == 1
            {
                assert!(world.works("u1").await, "point {point}: nothing was begun");
                world.delete_integration().await;
            }
            world.sweep_deletions().await;
            assert!(world.is_clean(), "point {point}");
            let noted = "SELECT count(*) AS n FROM audit WHERE what = 'integration.deleted'";
            assert_eq!(world.count(noted), 1, "point {point}");
        }
    });
}

#[test]
fn a_sweep_that_dies_at_any_point_is_gone_on_with() {
    run(async {
        for point in 1.. {
            let world = crowd().await;
            world.host.fault_always("send", Some(Fault::Fail));
            assert_eq!(world.delete_integration().await.status, 202);
            world.host.clear_faults();
            let sweep = world.host.until_crash(Some(point), world.sweep());
            let crash = ended(sweep).await;
            world.sweep_deletions().await;
            assert!(world.is_clean(), "point {point}");
            if crash.is_ok() {
                assert!(point > 20, "it was interrupted often: {point}");
                return;
            }
        }
    });
}

#[test]
fn under_any_fault_it_is_told_clearly_and_done_afterwards() {
    run(async {
        for call in ["tables", "ask", "send", "read", "write", "wake_at", "delete_copy"] {
            for fault in [Fault::Fail, Fault::LoseAnswer] {
                for before in 0..6 {
                    let world = crowd().await;
                    world.host.fault_after(before, call, fault);
                    let told = world.delete_integration().await;
                    let place = format!("{call} {fault:?} {before}");
                    assert!([200, 202, 503].contains(&told.status), "{place}: {}", told.text);
                    world.host.clear_faults();
                    if told.status == 503 {
                        let again = world.delete_integration().await.status;
                        assert!([200, 202, 404].contains(&again), "{place}");
                    }
                    world.let_alarms_end().await;
                    world.sweep_deletions().await;
                    assert!(world.is_clean(), "{place}");
                }
            }
        }
    });
}

#[test]
fn whoever_is_just_back_from_zoom_comes_to_an_end_first() {
    run(async {
        let mut alive = 0;
        for point in 1.. {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let journey = world.host.until_crash(Some(point), world.come_back(&mut attempt));
            let crash = journey.await;
            world.delete_integration().await;
            world.pass(Duration::from_secs(60));
            world.sweep_deletions().await;
            assert_eq!(world.count(LEFT), 0, "point {point}");
            alive += world.zoom.live_pairs(ADA).unwrap();
            if crash.is_ok() {
                break;
            }
        }
        // Only what was lost between Zoom's answer and its landing is known to nobody.
        assert!(alive <= 2, "{alive}");
    });
}

#[test]
fn who_is_just_back_from_zoom_counts_as_something_left() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        // Zoom takes its time, and so does whoever is at it.
        world.host.fault_always("send_and_land", Some(Fault::Late));
        let both = interleaved(6, world.come_back(&mut attempt), world.delete_integration()).await;
        let (_, deleting) = both.unwrap();
        let data = &deleting.json()["data"];
        assert_eq!((deleting.status, &data["connections_left"]), (202, &json!(1)));
        world.host.clear_faults();
        world.pass(Duration::from_secs(60));
        world.sweep_deletions().await;
        assert!(world.is_clean());
    });
}

#[test]
fn what_a_connection_owes_is_not_written_down_again_after_it_was_forgotten() {
    run(async {
        for steps in 1.. {
            let world = World::new().await;
            world.connect("u1", ADA).await;
            for _ in 0..2 {
                world.zoom.fail_next(Kind::Revoke, Refusal::status(503));
            }
            assert_eq!(world.disconnect("u1").await.status, 202);
            world.pass(Duration::from_secs(60));
            let alarm = world.host.ring_alarms();
            let both = interleaved(steps, alarm, world.delete_integration()).await;
            if both.is_none() {
                assert!(steps > 10, "it was interrupted often: {steps}");
                return;
            }
            world.zoom.clear_faults();
            world.let_alarms_end().await;
            world.sweep_deletions().await;
            assert!(world.is_clean(), "step {steps}");
        }
    });
}
