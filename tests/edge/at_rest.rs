//! No token and no client secret is found anywhere, whatever happens to a connection: not in an answer, not in the
//! log, not in anything that is stored.

use http::Method;
use isthmus::testing::Fault as HostFault;
use isthmus_sandbox::{Fault, Kind};

use crate::{
    interference::TOO_LATE,
    run,
    world::{ADA, CLIENT_SECRET, GRACE, World},
};

#[test]
fn no_token_and_no_client_secret_is_found_after_all_that_can_happen_to_a_connection() {
    run(async {
        let world = World::new().await;
        let credential = world.connect("u1", ADA).await;
        world.connect("u2", ADA).await;
        world.connect("u1", GRACE).await;
        at_rest(&world);
        for trouble in [
            Fault::status(500),
            Fault::status(401),
            Fault::garbage(),
            Fault::Lost,
            Fault::body(400, r#"{"error":"invalid_grant","reason":"sandbox-refresh-xyz"}"#),
        ] {
            world.pass(TOO_LATE);
            world.zoom.fail_next(Kind::Refresh, trouble);
            for user in ["u1", "u2"] {
                world.ask(user).await;
                world.ask(user).await;
            }
            let header = [("x-paragon-credential", credential.as_str())];
            let path = "proxy/zoom/users/me";
            world.call_with(Method::GET, "u1", path, &header, None).await;
            at_rest(&world);
            world.connect("u2", ADA).await;
            world.connect("u1", GRACE).await;
        }
        world.pass(TOO_LATE);
        for point in 1..60 {
            let _ = world.host.until_crash(Some(point), world.ask("u1")).await;
            at_rest(&world);
        }
        for call in ["tables", "write", "send", "ask"] {
            world.host.fault_always(call, Some(HostFault::LoseAnswer));
            world.disconnect("u1").await;
            world.ask("u1").await;
            world.host.clear_faults();
            at_rest(&world);
        }
        world.disconnect("u2").await;
        world.let_alarms_end().await;
        at_rest(&world);
        let answered = world.answered.borrow();
        assert!(answered.contains("reconnect_required") && answered.contains(ADA));
        assert_clean("an answer", &answered);
    });
}

#[test]
fn a_token_that_zoom_repeats_in_an_error_of_its_token_endpoint_is_not_logged() {
    run(async {
        let world = World::new().await;
        world.connect("u1", ADA).await;
        world.pass(TOO_LATE);
        let echo = r#"{"error":"sandbox-refresh-abc","reason":"sandbox-access-abc"}"#;
        world.zoom.fail_next(Kind::Refresh, Fault::body(400, echo));
        assert_eq!(world.ask("u1").await.status, 401);
        let log = world.host.log_lines();
        let noted = log.iter().any(|line| line["what"] == "refresh");
        assert!(noted, "the refusal is in the log");
        at_rest(&world);
    });
}

fn at_rest(world: &World) {
    let everything = world.host.everything_at_rest();
    assert!(everything.contains("v1.k1."), "something is sealed");
    assert_clean("what is at rest", &everything);
}

fn assert_clean(place: &str, text: &str) {
    for secret in [CLIENT_SECRET, "sandbox-access-", "sandbox-refresh-", "sandbox-code-"] {
        if let Some(at) = text.find(secret) {
            let around: String = text.chars().skip(at.saturating_sub(200)).take(300).collect();
            panic!("{secret} in {place}: {around}");
        }
    }
}
