//! A pair that no grant of ours asked for: for those who use that Zoom login already, else Zoom forgets it.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use http::{Method, StatusCode};
use isthmus::{
    connection::{Actor, Answer, Landed, Question, joining_record},
    headers::Headers,
    host::{Body, Host, Request},
    record::{copy, grant::Grant, read_row},
    testing::Fault as HostFault,
    time::Timestamp,
};
use isthmus_sandbox::{Decision, Fault, Kind};

use crate::{
    endpoint::HOOKS,
    interference::{TOO_LATE, ended},
    moves::connected,
    run,
    world::{ADA, CLIENT_SECRET, WORKER, World},
};

/// Ada consents at Zoom; the pair as it is offered, and since when it is there.
pub async fn consented(world: &World) -> (String, Timestamp) {
    let redirect = format!("{WORKER}/oauth").replace(':', "%3A").replace('/', "%2F");
    let url = format!(
        "http://zoom.test/oauth/authorize?response_type=code&client_id=zoom-client&redirect_uri={redirect}&state=s"
    );
    let back = world.zoom.consent(&url, ADA, Decision::Allow).unwrap();
    let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let mut headers = Headers::default();
    let basic = Base64::encode_string(format!("zoom-client:{CLIENT_SECRET}").as_bytes());
    headers.set("authorization", &format!("Basic {basic}"));
    headers.set("content-type", "application/x-www-form-urlencoded");
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}");
    let request = Request {
        method: Method::POST,
        url: "http://zoom.test/oauth/token".to_owned(),
        headers,
        body: Body::Bytes(form.into_bytes()),
        deadline_ms: 10_000,
    };
    let answer = world.host.send(request).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    let landed = Landed::new(answer.status, &answer.body);
    let sealed = copy::seal(&world.host, &joining_record(&world.adas()), &landed).unwrap();
    (sealed, world.host.now())
}

pub async fn offer(world: &World, tokens: &str, obtained_at: Timestamp) {
    let question = Question::Offer { grant_id: None, tokens: tokens.to_owned(), obtained_at };
    let answer = ended(world.question(question)).await;
    assert!(matches!(answer, Answer::Done {}), "{answer:?}");
}

#[test]
fn those_who_use_the_connection_go_on_with_it() {
    run(async {
        let world = connected().await;
        let (tokens, at) = consented(&world).await;
        offer(&world, &tokens, at).await;
        world.zoom.reset_calls();
        assert_eq!(world.ask("u1").await.status, 200);
        assert_eq!(world.refreshes(), 0, "the new pair was in hand");
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
        world.pass(TOO_LATE);
        // Offered once more after the pair was refreshed: it is known, and nothing happens.
        assert_eq!(world.ask("u1").await.status, 200);
        offer(&world, &tokens, at).await;
        world.pass(TOO_LATE);
        assert_eq!(world.ask("u1").await.status, 200);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
    });
}

#[test]
fn a_dead_connection_lives_again_and_each_of_its_grants_is_told() {
    run(async {
        let world = connected().await;
        world.connect("u2", ADA).await;
        world.let_alarms_end().await;
        world.listen(serde_json::json!({"url": HOOKS})).await;
        world.zoom.revoke_user(ADA).unwrap();
        world.pass(TOO_LATE);
        assert_eq!(world.ask("u1").await.status, 401);
        let (tokens, at) = consented(&world).await;
        offer(&world, &tokens, at).await;
        world.let_alarms_end().await;
        let types = world.heard.types();
        let (invalid, updated) = ("grant.invalid".to_owned(), "grant.updated".to_owned());
        assert_eq!(types, [invalid.clone(), invalid, updated.clone(), updated]);
        for user in ["u1", "u2"] {
            assert_eq!(world.ask(user).await.status, 200);
            assert_eq!(world.grant_status(user).await.unwrap(), "VALID");
        }
    });
}

#[test]
fn a_pair_that_nobody_uses_is_revoked_once() {
    run(async {
        let world = World::new().await;
        let (tokens, at) = consented(&world).await;
        world.zoom.fail_next(Kind::Revoke, Fault::status(503));
        offer(&world, &tokens, at).await;
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
        offer(&world, &tokens, at).await;
        world.let_alarms_end().await;
        assert_eq!(world.zoom.live_pairs(ADA), Ok(0));
        assert_eq!(world.zoom.calls_of(Kind::Revoke).len(), 2);
        assert_eq!(world.count("SELECT count(*) AS n FROM grants"), 0);
        offer(&world, &tokens, at).await;
        assert_eq!(world.zoom.calls_of(Kind::Revoke).len(), 2);
    });
}

#[test]
fn a_pair_that_is_dead_already_does_not_take_the_live_ones_place() {
    run(async {
        let world = World::new().await;
        let (tokens, at) = consented(&world).await;
        world.pass(Duration::from_secs(1));
        world.connect("u1", ADA).await;
        offer(&world, &tokens, at).await;
        assert_eq!(world.ask("u1").await.status, 200);
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
        assert_eq!(world.refreshes(), 0);
    });
}

#[test]
fn a_crash_anywhere_in_an_offer_leaves_one_pair_that_works_or_none() {
    run(async {
        for point in 1.. {
            let world = connected().await;
            let (tokens, at) = consented(&world).await;
            let question =
                Question::Offer { grant_id: None, tokens: tokens.clone(), obtained_at: at };
            let crash = world.host.until_crash(Some(point), world.question(question)).await;
            offer(&world, &tokens, at).await;
            assert_eq!(world.ask("u1").await.status, 200, "point {point}");
            world.disconnect("u1").await;
            world.let_alarms_end().await;
            assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "point {point}");
            if crash.is_ok() {
                assert!(point > 8, "{point}");
                return;
            }
        }
    });
}

#[test]
fn a_pair_that_came_with_a_grant_before_is_said_to_have_joined() {
    run(async {
        let world = connected().await;
        let row = world.host.sql("SELECT * FROM grants", []).remove(0);
        let known: Grant = read_row(row).unwrap();
        world.pass(Duration::from_secs(1));
        let (tokens, obtained_at) = consented(&world).await;
        let grant = Grant { connected_at: obtained_at, ..known.clone() };
        let asked =
            Question::Offer { grant_id: Some(known.id), tokens: tokens.clone(), obtained_at };
        let by = Actor::here("user:u1");
        let join =
            Question::Join { grant: Box::new(grant), tokens, obtained_at, by, renews: false };
        assert!(matches!(world.question(join).await, Answer::Joined {}));
        assert!(matches!(world.question(asked).await, Answer::Joined {}));
        assert_eq!(world.zoom.live_pairs(ADA), Ok(1));
    });
}

#[test]
fn a_deletion_after_a_disturbed_connect_leaves_nothing_that_nobody_knows_of() {
    run(async {
        for fault in [HostFault::Fail, HostFault::LoseAnswer] {
            for first in 0..9 {
                for second in 0..14 {
                    let world = World::new().await;
                    let mut attempt = world.attempt("u1", ADA).await;
                    world.host.fault_after(first, "tables", fault);
                    world.come_back(&mut attempt).await;
                    world.host.clear_faults();
                    world.pass(Duration::from_secs(60));
                    world.host.fault_after(second, "tables", HostFault::Fail);
                    world.delete_integration().await;
                    world.host.clear_faults();
                    for _ in 0..4 {
                        world.pass(Duration::from_secs(60));
                        world.let_alarms_end().await;
                        world.sweep().await;
                    }
                    let place = format!("{fault:?} {first} {second}");
                    if world.count("SELECT count(*) AS n FROM integrations") == 0 {
                        let rows = "SELECT (SELECT count(*) FROM grants) + (SELECT count(*) FROM connections) AS n";
                        assert_eq!(world.count(rows), 0, "{place}");
                        assert_eq!(world.zoom.live_pairs(ADA), Ok(0), "{place}");
                    }
                }
            }
        }
    });
}
