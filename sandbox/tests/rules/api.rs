//! Who may call `/v2`, and what everything below it has in common.

use isthmus_sandbox::{AppConfig, Config, Sandbox};
use serde_json::{Value, json};

use crate::rig::{ADA, ALAN, REDIRECT, Rig, config, problem};

#[tokio::test]
async fn a_dead_or_missing_token_is_401_with_code_124() {
    let rig = Rig::new();
    let got = rig.whoami("nonsense").await;
    assert_eq!(problem(&got), (401, 124, "Invalid access token."));
    let got = rig.read("/v2/users/me").await;
    assert_eq!(problem(&got), (401, 124, "Invalid access token."));
    let pair = rig.connect(ADA).await;
    let got = rig.whoami(&pair.refresh).await;
    assert_eq!(problem(&got), (401, 124, "Invalid access token."));
    rig.sandbox.expire_access_tokens(ADA).unwrap();
    let got = rig.whoami(&pair.access).await;
    assert_eq!(problem(&got), (401, 124, "Access token is expired."));
}

#[tokio::test]
async fn users_me_says_whose_token_it_is() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    let me = rig.whoami(&pair.access).await;
    assert_eq!(me.status, 200);
    assert_eq!(me.json["display_name"], "Ada Lovelace");
    assert_eq!(me.json["account_id"], "Acme-zoom-account-0001");
    let id = me.json["id"].as_str().unwrap();
    let by_id = rig.api("GET", &format!("/users/{id}"), &pair.access, &Value::Null).await;
    assert_eq!(by_id.json, me.json);
}

#[tokio::test]
async fn a_user_may_ask_only_for_themselves() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    let colleague =
        rig.api("GET", &format!("/users/{ALAN}/meetings"), &pair.access, &Value::Null).await;
    let text = "Invalid access token, does not contain scopes:[meeting:read:list_meetings:admin].";
    assert_eq!(problem(&colleague), (400, 4711, text));
    for stranger in ["GraceHopper-zoomuser03", "nobody"] {
        let got = rig.api("GET", &format!("/users/{stranger}"), &pair.access, &Value::Null).await;
        assert_eq!(problem(&got).1, 1001);
        assert_eq!(got.status, 404);
    }
}

#[tokio::test]
async fn an_operation_needs_its_scope() {
    let app = AppConfig {
        redirect_uris: vec![REDIRECT.to_owned()],
        scopes: vec!["user:read:user".to_owned(), "meeting:read".to_owned()],
        ..AppConfig::default()
    };
    let rig = Rig { sandbox: Sandbox::new(Config { app, ..config() }) };
    let pair = rig.connect(ADA).await;
    let got = rig.api("POST", "/users/me/meetings", &pair.access, &json!({})).await;
    let text = "Invalid access token, does not contain \
                scopes:[meeting:write:meeting, meeting:write:meeting:admin].";
    assert_eq!(problem(&got), (400, 4711, text));
    let got = rig.api("GET", "/users/me/meetings", &pair.access, &Value::Null).await;
    assert_eq!(got.status, 200, "a classic scope does as well");
}

#[tokio::test]
async fn unknown_endpoints_are_2300() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    for (method, path) in [("GET", "/webinars"), ("PUT", "/users/me/meetings"), ("GET", "")] {
        let got = rig.api(method, path, &pair.access, &Value::Null).await;
        assert_eq!(problem(&got), (404, 2300, "This API endpoint is not recognized."));
    }
}

#[tokio::test]
async fn a_body_of_more_than_two_megabytes_is_refused() {
    let rig = Rig::new();
    let pair = rig.connect(ADA).await;
    let body = json!({"agenda": "x".repeat(2 * 1024 * 1024)});
    let got = rig.api("POST", "/users/me/meetings", &pair.access, &body).await;
    assert_eq!(got.status, 413);
}
