//! What is wrong with an integration, as a check finds it: credentials, redirect URL, scopes, webhook.

use http::Method;
use isthmus::{host::Host, settings::Settings, testing};
use isthmus_sandbox::{AppConfig, Config, Fault, Kind};
use serde_json::{Value, json};

use crate::{
    run,
    webhook_moves::SECRET,
    workflows_api::definition,
    world::{ADA, CLIENT_SECRET, GRACE, WORKER, World, sandbox_config},
};

/// All findings by what was checked: status, message, scopes.
async fn check(world: &World) -> Value {
    let checked = world.server(Method::POST, "integrations/zoom/check", None).await;
    assert_eq!(checked.status, 200, "{}", checked.text);
    let body = checked.json();
    assert_eq!(body["data"]["checked_at"], world.host.now().seconds());
    let findings = body["data"]["findings"].as_array().unwrap();
    let names: Vec<_> = findings.iter().map(|one| one["check"].as_str().unwrap()).collect();
    assert_eq!(names, ["credentials", "redirect_url", "scopes", "webhook"]);
    findings.iter().map(|one| (one["check"].as_str().unwrap().to_owned(), one.clone())).collect()
}

/// One finding: its status, and whether its message says all of this.
#[track_caller]
fn found(findings: &Value, name: &str, status: &str, says: &[&str]) {
    let one = &findings[name];
    let message = one["message"].as_str().unwrap();
    assert_eq!(one["status"], status, "{name}: {message}");
    for words in says {
        assert!(message.contains(words), "{name}: {words} is not in {message}");
    }
}

async fn patch(world: &World, change: Value) {
    let changed = world.server(Method::PATCH, "integrations/zoom", Some(change)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
}

/// A Zoom whose app has these scopes.
fn with_scopes(scopes: &[&str]) -> Config {
    let config = sandbox_config();
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Config { app: AppConfig { scopes, ..config.app }, ..config }
}

#[test]
fn all_is_well_once_somebody_has_connected_and_zoom_has_validated_the_webhook() {
    run(async {
        let world = World::new().await;
        patch(&world, json!({"settings": {"webhook_secret_token": SECRET}})).await;
        let before = check(&world).await;
        found(&before, "credentials", "ok", &["accepts"]);
        let url = format!("{WORKER}/oauth");
        found(
            &before,
            "redirect_url",
            "unknown",
            &[&url, "OAuth Redirect URL", "connect an account"],
        );
        found(&before, "scopes", "unknown", &["user:read:user", "Scopes page"]);
        let webhook = format!("{WORKER}/webhook/triggers/connect/zoom/{}", world.integration);
        found(&before, "webhook", "wrong", &["never validated", &webhook, "press Validate"]);
        world.connect("u1", ADA).await;
        assert_eq!(world.validate(SECRET).await.status, 200);
        let after = check(&world).await;
        for name in ["credentials", "redirect_url", "scopes", "webhook"] {
            found(&after, name, "ok", &[]);
        }
        assert!(after["scopes"].get("scopes").is_none());
        let answered = world.answered.borrow();
        assert!(!answered.contains(SECRET) && !answered.contains(CLIENT_SECRET));
    });
}

#[test]
fn a_wrong_secret_is_told_from_a_client_id_that_zoom_does_not_know() {
    run(async {
        let world = World::new().await;
        patch(&world, json!({"settings": {"client_secret": "another secret"}})).await;
        let findings = check(&world).await;
        found(
            &findings,
            "credentials",
            "wrong",
            &["refuses the Client ID or the Client Secret", "App Credentials"],
        );
        found(&findings, "redirect_url", "unknown", &[]);
        patch(&world, json!({"settings": {"client_id": "nobody"}})).await;
        let findings = check(&world).await;
        found(&findings, "credentials", "wrong", &["no app with this Client ID"]);
        found(&findings, "redirect_url", "unknown", &["once it knows the Client ID"]);
        assert!(!world.answered.borrow().contains("another secret"));
    });
}

#[test]
fn a_redirect_url_that_is_not_registered_is_named_to_the_letter() {
    run(async {
        let config = sandbox_config();
        let redirect_uris = vec![format!("{WORKER}/oauth/")];
        let world =
            World::with(Config { app: AppConfig { redirect_uris, ..config.app }, ..config }).await;
        let findings = check(&world).await;
        found(&findings, "credentials", "ok", &[]);
        let url = format!("put {WORKER}/oauth, to the letter");
        found(
            &findings,
            "redirect_url",
            "wrong",
            &[&url, "OAuth Redirect URL", "OAuth Allow Lists"],
        );
    });
}

#[test]
fn a_visitor_who_is_sent_to_the_sign_in_sees_what_it_says_there() {
    run(async {
        let world = World::new().await;
        let to = |location: &str| Fault::Answer {
            status: 302,
            body: None,
            headers: [("location".to_owned(), location.to_owned())].into(),
            after_effect: false,
        };
        world.zoom.fail_next(Kind::Authorize, to("/oauth/signin?client_id=x"));
        found(&check(&world).await, "redirect_url", "unknown", &["signed in"]);
        // The page that the sign-in leads to says it.
        world.zoom.fail_next(
            Kind::Authorize,
            to("/oauth/authorize?client_id=zoom-client&redirect_uri=x"),
        );
        found(&check(&world).await, "redirect_url", "wrong", &[]);
        world.called.borrow_mut().clear();
        world.zoom.fail_next(Kind::Authorize, to("https://evil.example/"));
        found(&check(&world).await, "redirect_url", "unknown", &[]);
        assert!(world.called.borrow().iter().all(|origin| origin == "http://zoom.test"));
    });
}

#[test]
fn a_consent_from_before_the_last_change_or_a_token_that_was_brought_shows_nothing() {
    run(async {
        let world = World::new().await;
        let token = world.refresh_token(ADA).await;
        let wish =
            json!({"provider": "zoom", "account_id": "u1", "settings": {"refresh_token": token}});
        let brought = world.server(Method::POST, "grants", Some(wish)).await;
        assert_eq!(brought.status, 201, "{}", brought.text);
        found(&check(&world).await, "redirect_url", "unknown", &[]);
        world.connect("u2", GRACE).await;
        found(&check(&world).await, "redirect_url", "ok", &[]);
        world.pass(std::time::Duration::from_secs(1));
        patch(&world, json!({"name": "Zoom"})).await;
        found(&check(&world).await, "redirect_url", "unknown", &[]);
    });
}

#[test]
fn a_consent_that_was_sent_back_to_another_address_or_is_long_past_is_no_sign_of_this_one() {
    run(async {
        let config = sandbox_config();
        let moved = "https://moved.example";
        let redirect_uris = vec![format!("{WORKER}/oauth"), format!("{moved}/oauth")];
        let world =
            World::with(Config { app: AppConfig { redirect_uris, ..config.app }, ..config }).await;
        let day = isthmus::record::usage::day(world.host.now());
        world.connect("u1", ADA).await;
        found(&check(&world).await, "redirect_url", "ok", &[&format!("{WORKER}/oauth on {day}")]);
        // It was a person with a browser, which is what tells a consent from a token that was brought.
        world.host.sql("UPDATE grants SET user_agent = 'Mozilla/5.0'", []);
        let at = |public_url: &'static str| {
            Settings::new(move |name| match name {
                "MASTER_KEYS" => Some("k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned()),
                "ZOOM_OAUTH_URL" | "ZOOM_API_URL" => Some("http://zoom.test".to_owned()),
                "PUBLIC_URL" => Some(public_url.to_owned()),
                _ => None,
            })
        };
        let connected = format!("Somebody connected on {day}, but it is not known");
        world.host.deploy(at(moved));
        let url = format!("{moved}/oauth stands, to the letter");
        found(&check(&world).await, "redirect_url", "unknown", &[&connected, &url]);
        world.host.deploy(at(WORKER));
        found(&check(&world).await, "redirect_url", "ok", &[]);
        // What is known of a consent is forgotten with its session.
        world.host.sql("DELETE FROM sessions", []);
        found(&check(&world).await, "redirect_url", "unknown", &[&connected]);
    });
}

#[test]
fn what_workflows_and_subscriptions_need_is_asked_for_in_the_integration_too() {
    run(async {
        let world = World::new().await;
        let mut wish = definition();
        wish["trigger"] = json!({"type": "zoom.meeting_participant_joined"});
        wish["steps"] = json!([{"id": "if", "type": "condition", "if": {"operator": "$exists",
            "field": "{{trigger.object.topic}}"}, "then": [
            {"id": "list", "type": "zoom.get_meetings", "inputs": {}},
            {"id": "again", "type": "zoom.get_meetings", "inputs": {}}]}]);
        let made = world.define(wish).await;
        patch(&world, json!({"scope": ["user:read:user", "meeting:read:meeting"]})).await;
        found(&check(&world).await, "scopes", "wrong", &["exactly those on the Scopes page"]);
        world.zoom.fail_always(Kind::Authorize, Fault::status(200));
        found(&check(&world).await, "scopes", "ok", &[]);
        world.deploy_workflow(&made["id"]).await;
        let subscribe = json!({"trigger": "new_recording", "url": "https://hooks.acme.example/x"});
        let subscribed = world.server(Method::POST, "subscriptions", Some(subscribe)).await;
        assert_eq!(subscribed.status, 201, "{}", subscribed.text);
        let findings = check(&world).await;
        let missing = json!([
            "meeting:read:list_meetings",
            "meeting:read:participant",
            "cloud_recording:read:recording"
        ]);
        found(
            &findings,
            "scopes",
            "wrong",
            &["Get Meetings, Meeting Participant Joined, New Recording", "and here"],
        );
        let mut scopes = findings["scopes"]["scopes"].as_array().unwrap().clone();
        scopes.sort_by_key(|scope| missing.as_array().unwrap().iter().position(|one| one == scope));
        assert_eq!(json!(scopes), missing);
        patch(&world, json!({"scope": ["user:read", "meeting:read"]})).await;
        assert_eq!(check(&world).await["scopes"]["scopes"], json!(["recording:read"]));
        let other = world.another_project().await;
        found(&check(&other).await, "scopes", "unknown", &[]);
    });
}

#[test]
fn what_was_granted_is_what_counts_the_newest_first() {
    run(async {
        let world = World::with(with_scopes(&["user:read:user", "meeting:read:meeting"])).await;
        world.connect("u1", ADA).await;
        found(&check(&world).await, "scopes", "ok", &["has been granted"]);
        let mut wish = definition();
        wish["steps"] =
            json!([{"id": "create", "type": "zoom.create_meeting", "inputs": {"topic": "x"}}]);
        let made = world.define(wish).await;
        world.deploy_workflow(&made["id"]).await;
        let findings = check(&world).await;
        found(
            &findings,
            "scopes",
            "wrong",
            &["Create Meeting", "connected last was not granted meeting:write:meeting"],
        );
        assert_eq!(findings["scopes"]["scopes"], json!(["meeting:write:meeting"]));
        // Somebody else's consent has it: the app has it, and the first account has to connect again.
        world.pass(std::time::Duration::from_secs(1));
        world.connect("u2", GRACE).await;
        let all = "user:read:user meeting:read:meeting meeting:write:meeting";
        world.host.sql("UPDATE grants SET scope = ?1 WHERE user_id = 'u2'", [json!(all)]);
        let findings = check(&world).await;
        found(
            &findings,
            "scopes",
            "wrong",
            &["lack meeting:write:meeting", "by now: 1.", "connect again"],
        );
        world.host.sql("UPDATE grants SET status = 'INVALID' WHERE user_id = 'u1'", []);
        found(&check(&world).await, "scopes", "ok", &[]);
    });
}

#[test]
fn a_webhook_without_a_secret_or_not_validated_since_is_wrong() {
    run(async {
        let world = World::new().await;
        found(&check(&world).await, "webhook", "wrong", &["No Secret Token", "Features → Access"]);
        patch(&world, json!({"settings": {"webhook_secret_token": SECRET}})).await;
        assert_eq!(world.validate(SECRET).await.status, 200);
        found(&check(&world).await, "webhook", "ok", &[]);
        world.pass(std::time::Duration::from_secs(8 * 24 * 3600));
        found(&check(&world).await, "webhook", "unknown", &["every 72 hours", "press Validate"]);
        patch(&world, json!({"settings": {"webhook_secret_token": "another token of zooms"}}))
            .await;
        found(&check(&world).await, "webhook", "wrong", &["since the Secret Token was changed"]);
    });
}

#[test]
fn a_zoom_that_cannot_be_reached_or_fails_is_unknown_and_no_failure() {
    run(async {
        let world = World::new().await;
        for (fault, says) in [
            (Fault::Refused, "could not be reached"),
            (Fault::status(503), "answered 503"),
            (Fault::status(500), "answered 500"),
        ] {
            world.zoom.fail_always(Kind::Any, fault);
            let findings = check(&world).await;
            found(&findings, "credentials", "unknown", &[says, "Check again"]);
            found(&findings, "redirect_url", "unknown", &[says]);
            found(&findings, "webhook", "wrong", &[]);
            world.zoom.clear_faults();
        }
        world.zoom.fail_always(Kind::Token, Fault::status(429));
        found(&check(&world).await, "credentials", "unknown", &["answered 429"]);
        world.host.fault_always("send", Some(testing::Fault::Fail));
        found(&check(&world).await, "credentials", "unknown", &[]);
    });
}

#[test]
fn our_own_failure_is_said_as_such_and_others_integrations_are_not_there() {
    run(async {
        let world = World::new().await;
        let other = world.another_project().await;
        let foreign = format!("integrations/{}/check", other.integration);
        let refused = world.server(Method::POST, &foreign, None).await;
        assert_eq!(refused.refused(), (404, "integration_not_found".to_owned()));
        let wrong = world.server(Method::GET, "integrations/zoom/check", None).await;
        assert_eq!(wrong.status, 405);
        for after in 0..2 {
            world.host.fault_after(after, "tables", testing::Fault::Fail);
            let answer = world.server(Method::POST, "integrations/zoom/check", None).await;
            assert_eq!(answer.refused(), (503, "store_unavailable".to_owned()), "{after}");
            world.host.clear_faults();
        }
    });
}
