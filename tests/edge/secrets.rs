//! Nothing secret is at rest in clear, in an answer, a page or the log, however a connect goes.

use http::Method;
use isthmus::record::session;
use isthmus_sandbox::{Fault, Kind};
use serde_json::json;

use crate::{
    moves::Attempt,
    run,
    world::{ADA, ADMIN_SECRET, CLIENT_SECRET, World},
};

/// What must not be found, by name.
async fn secrets_of(world: &World, attempt: &Attempt) -> Vec<(&'static str, String)> {
    let session = session::by_id(&world.host, &attempt.session).await.unwrap().unwrap();
    let secrets = session.secrets(&world.host).unwrap();
    assert!(attempt.back.ends_with(secrets.state.expose()));
    let code = attempt.back.split("code=").nth(1).unwrap().split('&').next().unwrap();
    vec![
        ("Zoom's client secret", CLIENT_SECRET.to_owned()),
        ("the admin secret", ADMIN_SECRET.to_owned()),
        ("the state", secrets.state.expose().to_owned()),
        ("the verifier", secrets.verifier.expose().to_owned()),
        ("the code", code.to_owned()),
        ("a code", "sandbox-code-".to_owned()),
        ("an access token", "sandbox-access-".to_owned()),
        ("a refresh token", "sandbox-refresh-".to_owned()),
        ("the user token", world.token(&attempt.user)),
    ]
}

/// The world's project secret, as its creation showed it.
fn project_secret(world: &World) -> String {
    let answered = world.answered.borrow();
    let after = answered.split("\"client_secret\":\"").nth(1).unwrap();
    after.split('"').next().unwrap().to_owned()
}

async fn assert_kept(world: &World, attempt: &Attempt, journey: &str) {
    let (at_rest, log) =
        (world.host.everything_at_rest(), json!(world.host.log_lines()).to_string());
    for (name, secret) in secrets_of(world, attempt).await {
        assert!(!at_rest.contains(&secret), "{journey}: {name} is at rest");
        assert!(!log.contains(&secret), "{journey}: {name} is in the log");
        let told = world.answered.borrow().matches(&secret).count();
        // The state goes to Zoom, once.
        let wanted = usize::from(name == "the state");
        assert_eq!(told, wanted, "{journey}: {name} was answered");
    }
    let minted = project_secret(world);
    assert!(minted.len() == 43 && !at_rest.contains(&minted) && !log.contains(&minted));
    assert_eq!(world.answered.borrow().matches(&minted).count(), 1);
}

#[test]
fn a_connect_and_what_follows_keeps_every_secret() {
    run(async {
        let world = World::new().await;
        let mut attempt = world.attempt("u1", ADA).await;
        assert_kept(&world, &attempt, "before the return").await;
        world.come_back(&mut attempt).await;
        assert_eq!(world.ended(&attempt).await.field("/status"), "done");
        world.come_back(&mut attempt).await;
        for path in ["me", "integrations", "metadata", "credentials"] {
            world.call(Method::GET, "u1", path, None).await;
        }
        assert!(world.works("u1").await);
        world.pass(std::time::Duration::from_secs(3600));
        assert!(world.works("u1").await);
        assert_kept(&world, &attempt, "connected").await;
        world.call(Method::DELETE, "u1", "integrations/zoom", None).await;
        assert_kept(&world, &attempt, "disconnected").await;
    });
}

#[test]
fn a_connect_that_fails_keeps_every_secret() {
    run(async {
        let echo = |code: &str| {
            let text = json!({"reason": format!("Invalid code {code}"), "error": "invalid_grant"});
            Fault::body(400, text.to_string())
        };
        let long = "sandbox-access-".repeat(3);
        for (kind, fault) in [
            (Kind::Exchange, None),
            (Kind::Exchange, Some(Fault::garbage())),
            (Kind::Exchange, Some(Fault::Lost)),
            (Kind::Exchange, Some(Fault::body(400, json!({"error": long}).to_string()))),
            (Kind::UsersMe, Some(Fault::status(500))),
            (Kind::UsersMe, Some(Fault::body(403, json!({"message": long}).to_string()))),
            (Kind::UsersMe, Some(Fault::body(200, json!({"id": 7, "email": long}).to_string()))),
        ] {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let code = attempt.back.split("code=").nth(1).unwrap().split('&').next().unwrap();
            let fault = fault.unwrap_or_else(|| echo(code));
            world.zoom.fail_always(kind, fault.clone());
            world.come_back(&mut attempt).await;
            assert_kept(&world, &attempt, &format!("{fault:?}, at once")).await;
            world.ended(&attempt).await;
            assert_kept(&world, &attempt, &format!("{fault:?}, ended")).await;
        }
    });
}

#[test]
fn a_connect_that_crashes_at_any_point_keeps_every_secret() {
    run(async {
        for point in 1.. {
            let world = World::new().await;
            let mut attempt = world.attempt("u1", ADA).await;
            let journey = world.host.until_crash(Some(point), world.come_back(&mut attempt));
            let ended = journey.await.is_ok();
            assert_kept(&world, &attempt, &format!("crash at {point}")).await;
            if ended {
                break;
            }
        }
    });
}

#[test]
fn tokens_that_were_sent_wrongly_are_not_repeated() {
    run(async {
        let world = World::new().await;
        let attempt = world.attempt("u1", ADA).await;
        let mut sent = world.token("u1");
        sent.push('x');
        world.me_with(&sent).await;
        let path = format!("/projects/{sent}/sdk/me?userToken={sent}");
        world.visit(&mut crate::world::Browser::default(), &path, None).await;
        let log = json!(world.host.log_lines()).to_string();
        let third = &sent[sent.len() - 80..];
        assert!(!log.contains(third) && !world.answered.borrow().contains(third));
        assert_kept(&world, &attempt, "after nonsense").await;
    });
}
