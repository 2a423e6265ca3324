//! The token and revocation endpoints.

use std::time::Duration;

use isthmus_sandbox::{AppConfig, Decision, SettingsChange};
use serde_json::json;

use crate::rig::{ADA, ALAN, FORM, REDIRECT, Rig, basic, encoded, our_app, parameter, tokens};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CODE_GRANT: (&str, &str) = ("grant_type", "authorization_code");

#[tokio::test]
async fn a_code_becomes_a_pair_with_zooms_answer() {
    let rig = Rig::new();
    let got = rig.exchange(&rig.code(ADA, &[])).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.header("cache-control"), "no-store");
    assert_eq!(got.json["token_type"], "bearer");
    assert_eq!(got.json["expires_in"], 3600);
    assert_eq!(got.json["api_url"], "http://localhost:8789");
    let scope = got.json["scope"].as_str().unwrap();
    assert_eq!(scope.split(' ').count(), 12);
    assert_eq!(rig.whoami(&tokens(&got).access).await.json["email"], ADA);
}

#[tokio::test]
async fn parameters_may_be_in_the_query() {
    let rig = Rig::new();
    let code = rig.code(ADA, &[]);
    let query = encoded(&[CODE_GRANT, ("code", &code), ("redirect_uri", REDIRECT)]);
    let path = format!("/oauth/token?{query}");
    let got = rig.send("POST", &path, &[("authorization", &our_app())], "").await;
    assert_eq!(got.status, 200, "{}", got.text);
}

#[tokio::test]
async fn only_http_basic_with_the_right_secret_is_let_in() {
    let rig = Rig::new();
    let code = rig.code(ADA, &[]);
    let body = [CODE_GRANT, ("code", &code), ("redirect_uri", REDIRECT)];
    let mut in_body = body.to_vec();
    in_body
        .extend([("client_id", "sandbox-client-id"), ("client_secret", "sandbox-client-secret")]);
    let wrong = [
        (basic("sandbox-client-id", "wrong"), encoded(&body)),
        (basic("nobody", "sandbox-client-secret"), encoded(&body)),
        ("Bearer x".to_owned(), encoded(&in_body)),
    ];
    for (authorization, body) in wrong {
        let headers = [("authorization", authorization.as_str()), ("content-type", FORM)];
        let got = rig.send("POST", "/oauth/token", &headers, &body).await;
        assert_eq!((got.status, &got.json["error"]), (401, &json!("invalid_client")));
    }
    assert_eq!(rig.exchange(&code).await.status, 200, "the code is still unused");
}

#[tokio::test]
async fn other_grants_and_missing_ones_are_refused() {
    let rig = Rig::new();
    let got = rig.token(&[("grant_type", "client_credentials")]).await;
    assert_eq!((got.status, &got.json["error"]), (400, &json!("unsupported_grant_type")));
    let got = rig.token(&[("code", "x")]).await;
    assert_eq!(got.json, json!({"reason": "Missing grant type.", "error": "invalid_request"}));
    let got = rig.token(&[CODE_GRANT, CODE_GRANT]).await;
    assert_eq!(got.json["error"], "invalid_request");
}

#[tokio::test]
async fn a_code_used_twice_is_refused_and_kills_what_came_of_it() {
    let rig = Rig::new();
    let code = rig.code(ADA, &[]);
    let first = tokens(&rig.exchange(&code).await);
    let second = tokens(&rig.refresh(&first.refresh).await);
    let again = rig.exchange(&code).await;
    assert_eq!((again.status, &again.json["error"]), (400, &json!("invalid_grant")));
    assert_eq!(rig.whoami(&second.access).await.status, 401);
    assert_eq!(rig.refresh(&second.refresh).await.status, 400);
}

#[tokio::test]
async fn an_old_code_used_again_leaves_a_later_consent_alone() {
    let rig = Rig::new();
    let code = rig.code(ADA, &[]);
    rig.exchange(&code).await;
    let later = rig.connect(ADA).await;
    assert_eq!(rig.exchange(&code).await.status, 400);
    assert_eq!(rig.whoami(&later.access).await.status, 200);
}

#[tokio::test]
async fn a_code_ends_after_five_minutes() {
    let rig = Rig::new();
    let (late, in_time) = (rig.code(ADA, &[]), rig.code(ALAN, &[]));
    rig.sandbox.advance(Duration::from_secs(299));
    assert_eq!(rig.exchange(&in_time).await.status, 200);
    rig.sandbox.advance(Duration::from_secs(1));
    assert_eq!(rig.exchange(&late).await.json["error"], "invalid_grant");
}

#[tokio::test]
async fn a_code_needs_the_same_redirect_uri_and_the_same_app() {
    let rig = Rig::new();
    let code = rig.code(ADA, &[]);
    let got = rig.token(&[CODE_GRANT, ("code", &code), ("redirect_uri", "https://x")]).await;
    let reason = json!({"reason": "Redirect URI mismatch.", "error": "invalid_request"});
    assert_eq!((got.status, got.json), (400, reason));
    assert_eq!(rig.token(&[CODE_GRANT, ("code", &code)]).await.status, 400);
    let other = AppConfig { client_id: "other".into(), ..AppConfig::default() };
    rig.sandbox.register_app(&other);
    let (app, body) = (
        basic("other", "sandbox-client-secret"),
        encoded(&[CODE_GRANT, ("code", &code), ("redirect_uri", REDIRECT)]),
    );
    let headers = [("authorization", app.as_str()), ("content-type", FORM)];
    let got = rig.send("POST", "/oauth/token", &headers, &body).await;
    assert_eq!(got.json["error"], "invalid_grant");
    assert_eq!(rig.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn pkce_demands_the_verifier_behind_the_challenge() {
    let rig = Rig::new();
    let s256 = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let plain = [("code_challenge", VERIFIER)];
    for challenge in [s256.as_slice(), plain.as_slice()] {
        let code = rig.code(ADA, challenge);
        assert_eq!(rig.exchange(&code).await.json["error"], "invalid_grant");
        let grant = [CODE_GRANT, ("code", &code), ("redirect_uri", REDIRECT)];
        let with = |verifier| [grant.as_slice(), &[("code_verifier", verifier)]].concat();
        let wrong = "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong";
        assert_eq!(rig.token(&with(wrong)).await.json["error"], "invalid_grant");
        assert_eq!(rig.token(&with(VERIFIER)).await.status, 200);
    }
    let code = rig.code(ADA, &[]);
    let grant =
        [CODE_GRANT, ("code", &code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
    assert_eq!(rig.token(&grant).await.json["error"], "invalid_grant", "a downgrade");
}

#[tokio::test]
async fn a_refresh_rotates_and_kills_the_old_pair_at_once() {
    let rig = Rig::new();
    let old = rig.connect(ADA).await;
    let got = rig.refresh(&old.refresh).await;
    assert_eq!(got.status, 200);
    let new = tokens(&got);
    assert_ne!(new.refresh, old.refresh);
    let dead = rig.refresh(&old.refresh).await;
    assert_eq!(dead.status, 400);
    assert_eq!(dead.text, r#"{"error":"invalid_grant","reason":"Invalid Token!"}"#);
    assert_eq!(rig.whoami(&old.access).await.status, 401);
    assert_eq!(rig.whoami(&new.access).await.status, 200);
    assert_eq!(rig.sandbox.live_pairs(ADA).unwrap(), 1);
}

#[tokio::test]
async fn an_access_token_survives_the_refresh_when_a_control_says_so() {
    let rig = Rig::new();
    let change = SettingsChange { access_token_survives_refresh: Some(true), ..Default::default() };
    rig.sandbox.change_settings(change);
    let old = rig.connect(ADA).await;
    let new = tokens(&rig.refresh(&old.refresh).await);
    assert_eq!(rig.whoami(&old.access).await.status, 200);
    assert_eq!(rig.refresh(&old.refresh).await.status, 400);
    rig.revoke(&new.access).await;
    assert_eq!(rig.whoami(&old.access).await.status, 401);
}

#[tokio::test]
async fn a_new_consent_revokes_the_users_earlier_tokens() {
    let rig = Rig::new();
    let (first, alan) = (rig.connect(ADA).await, rig.connect(ALAN).await);
    let second = rig.connect(ADA).await;
    assert_eq!(rig.whoami(&first.access).await.status, 401);
    assert_eq!(rig.refresh(&first.refresh).await.status, 400);
    assert_eq!(rig.whoami(&second.access).await.status, 200);
    assert_eq!(rig.whoami(&alan.access).await.status, 200, "somebody else's stay");
    let ended: Vec<_> = rig.sandbox.snapshot().pairs.into_iter().map(|p| p.ended_by).collect();
    assert_eq!(ended, [Some("superseded".to_owned()), None, None]);
}

#[tokio::test]
async fn consent_alone_revokes_nothing() {
    let rig = Rig::new();
    let tokens = rig.connect(ADA).await;
    let url = rig.sandbox.consent(&rig.authorize_url(&[]), ADA, Decision::Allow).unwrap();
    assert!(parameter(&url, "code").is_some());
    assert_eq!(rig.whoami(&tokens.access).await.status, 200);
}

#[tokio::test]
async fn an_access_token_ends_after_an_hour_and_a_refresh_token_after_ninety_days() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    rig.sandbox.advance(Duration::from_secs(3_599));
    assert_eq!(rig.whoami(&pair.access).await.status, 200);
    rig.sandbox.advance(Duration::from_secs(1));
    let got = rig.whoami(&pair.access).await;
    assert_eq!(got.json, json!({"code": 124, "message": "Access token is expired."}));
    let pair = tokens(&rig.refresh(&pair.refresh).await);
    rig.sandbox.advance(Duration::from_hours(90 * 24));
    assert_eq!(rig.refresh(&pair.refresh).await.json["error"], "invalid_grant");
}

#[tokio::test]
async fn revoking_either_token_kills_the_pair() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    let got = rig.revoke(&pair.access).await;
    assert_eq!((got.status, got.json), (200, json!({"status": "success"})));
    assert_eq!(rig.whoami(&pair.access).await.status, 401);
    assert_eq!(rig.refresh(&pair.refresh).await.status, 400);
    let pair = rig.connect(ADA).await;
    assert_eq!(rig.revoke(&pair.refresh).await.status, 200);
    assert_eq!(rig.whoami(&pair.access).await.status, 401);
    assert_eq!(rig.revoke("unknown").await.status, 200, "RFC 7009, 2.2");
    assert_eq!(rig.revoke("").await.status, 400);
    let got = rig.send("POST", "/oauth/revoke", &[("content-type", FORM)], "token=x").await;
    assert_eq!(got.status, 401);
}
