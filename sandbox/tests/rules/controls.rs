//! The HTTP controls, the log and the index page.

use isthmus_sandbox::Kind;
use serde_json::{Value, json};

use crate::rig::{ADA, ALAN, Rig, encoded, parameter};

#[tokio::test]
async fn a_users_tokens_can_be_expired_and_revoked() {
    let rig = Rig::new();
    let (pair, alan) = (rig.connect(ADA).await, rig.connect(ALAN).await);
    assert_eq!(rig.control(&format!("users/{ADA}/expire"), &Value::Null).await.status, 200);
    assert_eq!(rig.whoami(&pair.access).await.json["message"], "Access token is expired.");
    let pair = crate::rig::tokens(&rig.refresh(&pair.refresh).await);
    assert_eq!(rig.control(&format!("users/{ADA}/revoke"), &Value::Null).await.status, 200);
    assert_eq!(rig.whoami(&pair.access).await.status, 401);
    assert_eq!(rig.refresh(&pair.refresh).await.json["error"], "invalid_grant");
    assert_eq!(rig.whoami(&alan.access).await.status, 200);
    let got = rig.control("users/nobody/expire", &Value::Null).await;
    assert_eq!(got.status, 400);
    assert!(got.text.contains("there are ada@acme.example"), "{}", got.text);
}

#[tokio::test]
async fn faults_settings_clock_app_and_meetings_can_be_set() {
    let rig = Rig::new();
    let fault = json!({"kind": "users_me", "times": 2, "fault": {"type": "answer", "status": 500}});
    assert_eq!(rig.control("faults", &fault).await.status, 200);
    assert_eq!(rig.read("/_sandbox/faults").await.json[0]["times"], 2);
    assert_eq!(rig.whoami("x").await.status, 500);
    assert_eq!(rig.send("DELETE", "/_sandbox/faults", &[], "").await.status, 200);
    assert_eq!(rig.whoami("x").await.status, 401);
    let once = json!({"kind": "any", "fault": {"type": "lost"}});
    rig.control("faults", &once).await;
    assert_eq!(rig.read("/_sandbox/faults").await.json[0]["times"], 1);
    assert_eq!(rig.whoami("x").await.header("x-sandbox-lost"), "1");

    assert_eq!(rig.control("settings", &json!({"coop": true})).await.status, 200);
    assert_eq!(rig.read("/_sandbox/state").await.json["settings"]["coop"], true);
    let before = rig.sandbox.clock().now();
    rig.control("clock", &json!({"advance_ms": 5000})).await;
    assert_eq!(rig.sandbox.clock().now(), before + 5_000);
    let uri = "http://127.0.0.1:4321/oauth";
    assert_eq!(rig.control("app", &json!({"redirect_uris": [uri]})).await.status, 200);
    let state = rig.read("/_sandbox/state").await.json;
    assert_eq!(state["redirect_uris"]["sandbox-client-id"][1], uri);
    let meeting = json!({"user": ADA, "topic": "T", "uuid": "/x=="});
    let id = rig.control("meetings", &meeting).await.json["id"].clone();
    assert_eq!(rig.control(&format!("meetings/{id}/start"), &Value::Null).await.status, 200);
    let state = rig.read("/_sandbox/state").await.json;
    assert_eq!(
        (&state["meetings"][0]["uuid"], &state["meetings"][0]["phase"]),
        (&json!("/x=="), &json!("started"))
    );
    assert_eq!(rig.control("reset", &Value::Null).await.status, 200);
    assert_eq!(rig.read("/_sandbox/state").await.json["meetings"], json!([]));
}

#[tokio::test]
async fn a_wrong_control_says_what_is_wrong() {
    let rig = Rig::new();
    for (path, body) in [("faults", json!({"kind": "x"})), ("settings", json!({"cop": true}))] {
        let got = rig.control(path, &body).await;
        assert_eq!(got.status, 400);
        assert!(got.json["error"].as_str().unwrap().starts_with("the body is not as expected"));
    }
    assert_eq!(rig.control("nonsense", &Value::Null).await.status, 400);
    assert_eq!(rig.read("/_sandbox/nonsense").await.status, 400);
}

#[tokio::test]
async fn a_consent_without_a_browser() {
    let rig = Rig::new();
    let body =
        json!({"authorize_url": rig.authorize_url(&[]), "zoom_user": ADA, "decision": "allow"});
    let got = rig.control("consent", &body).await;
    let url = got.json["redirect_url"].as_str().unwrap();
    let pair = rig.exchange(&parameter(url, "code").unwrap()).await;
    assert_eq!(pair.status, 200);
}

#[tokio::test]
async fn another_app_can_be_registered_and_does_not_share_tokens() {
    let rig = Rig::new();
    let ours = rig.connect(ADA).await;
    let uri = "https://other.example/oauth";
    let app = json!({"client_id": "other", "client_secret": "s", "redirect_uris": [uri]});
    assert_eq!(rig.control("app", &app).await.status, 200);
    let query =
        encoded(&[("response_type", "code"), ("client_id", "other"), ("redirect_uri", uri)]);
    let body = json!({"authorize_url": format!("/oauth/authorize?{query}"), "zoom_user": ADA, "decision": "allow"});
    let got = rig.control("consent", &body).await;
    let code = parameter(got.json["redirect_url"].as_str().unwrap(), "code").unwrap();
    let basic = crate::rig::basic("other", "s");
    let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", uri)];
    let headers = [("authorization", basic.as_str()), ("content-type", crate::rig::FORM)];
    let got = rig.send("POST", "/oauth/token", &headers, &encoded(&form)).await;
    assert_eq!(got.status, 200);
    assert_eq!(rig.whoami(&ours.access).await.status, 200, "tokens belong to app and user");
    assert_eq!(rig.sandbox.live_pairs(ADA).unwrap(), 2);
}

#[tokio::test]
async fn the_log_knows_every_call_and_no_secret() {
    let rig = Rig::new();
    let code = rig.code(ADA, &[]);
    let pair = crate::rig::tokens(&rig.exchange(&code).await);
    rig.refresh(&pair.refresh).await;
    rig.whoami(&pair.access).await;
    rig.api("GET", "/users/me/meetings?page_size=5", &pair.access, &Value::Null).await;
    rig.api("GET", &format!("/users/me?access_token={}", pair.access), "x", &Value::Null).await;
    let kinds: Vec<Kind> = rig.sandbox.calls().iter().map(|call| call.kind).collect();
    let expected = [
        Kind::Authorize,
        Kind::Consent,
        Kind::Exchange,
        Kind::Refresh,
        Kind::UsersMe,
        Kind::ListMeetings,
        Kind::UsersMe,
    ];
    assert_eq!(kinds, expected);
    let calls = rig.read("/_sandbox/calls").await;
    for secret in [&code, &pair.access, &pair.refresh, "sandbox-client-secret", "xyz"] {
        assert!(!calls.text.contains(secret), "the log holds a secret");
    }
    assert_eq!(calls.json["token_requests"], json!({"exchange": 1, "refresh": 1, "other": 0}));
    let me = &rig.sandbox.calls()[4];
    assert_eq!(
        (me.status, me.token, me.user_id.as_deref()),
        (Some(401), Some(1), Some("AdaLovelace-zoomuser01"))
    );
    assert!(me.header_names.contains(&"authorization".to_owned()));
    assert_eq!(rig.sandbox.calls()[5].path, "/v2/users/me/meetings?page_size=5");
    assert_eq!(rig.sandbox.calls()[2].issued, Some(1));
    rig.send("DELETE", "/_sandbox/calls", &[], "").await;
    assert!(rig.sandbox.calls().is_empty());
    assert_eq!(rig.sandbox.token_requests().refresh, 0);
}

#[tokio::test]
async fn the_index_page_lists_people_meetings_and_controls() {
    let rig = Rig::new();
    rig.sandbox.add_meeting(ADA, "Plan <b>", None).unwrap();
    let page = rig.read("/").await;
    assert_eq!(page.status, 200);
    for part in ["Grace Hopper", "Plan &lt;b&gt;", "/_sandbox/faults", "sandbox-client-id"] {
        assert!(page.text.contains(part), "{part} is missing");
    }
    assert!(!page.text.contains("sandbox-client-secret"));
}
