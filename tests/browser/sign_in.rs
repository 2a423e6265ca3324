//! Signing in and out, metadata, disconnecting.

use js_sys::JSON;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{
    authenticate, calls, error, evaluate, json, sdk, signed_in, stub, text, token_of,
};

#[wasm_bindgen_test]
async fn a_user_is_known_once_the_worker_agreed() {
    stub();
    let sdk = sdk();
    assert_eq!(json(&sdk.user()), r#"{"authenticated":false}"#);
    authenticate(&sdk, &token_of("ada", 3_600)).await.expect("signs in");
    assert_eq!(text(&sdk.user(), "userId"), "ada");
    assert_eq!(calls(), ["GET /me", "GET /integrations"]);
    let metadata = r#"[{"type":"zoom","name":"Zoom","brandColor":"blue","icon":"i"}]"#;
    assert_eq!(json(&sdk.integration_metadata()), metadata);
    sdk.logout();
    assert_eq!(json(&sdk.user()), r#"{"authenticated":false}"#);
}

#[wasm_bindgen_test]
async fn a_user_is_a_copy_and_holds_no_token() {
    stub();
    let sdk = signed_in().await;
    js_sys::Reflect::set(&sdk.user(), &"userId".into(), &"eve".into()).expect("a plain object");
    assert_eq!(text(&sdk.user(), "userId"), "ada");
    let token = token_of("ada", 3_600);
    let payload = token.split('.').nth(1).expect("three parts");
    assert!(!json(&sdk.user()).contains(payload));
    assert!(!json(&evaluate("({ ...localStorage, ...sessionStorage })")).contains(payload));
}

#[wasm_bindgen_test]
async fn a_token_that_cannot_be_good_is_not_sent() {
    stub();
    let sdk = sdk();
    let prefix = "Failed to authenticate user with Paragon:";
    for (token, code, message) in [
        (
            "",
            "invalid_request",
            "projectId or token not specified to paragon.authenticate()".into(),
        ),
        (
            "no token",
            "user_token_invalid",
            "A well-formed JWT was not provided to paragon.authenticate()".into(),
        ),
        (
            token_of("ada", -1).as_str(),
            "user_token_expired",
            format!("{prefix} JWT token provided has expired."),
        ),
    ] {
        let told = error(authenticate(&sdk, token).await);
        assert_eq!(told, ["Error".to_owned(), code.to_owned(), message]);
    }
    assert!(calls().is_empty());
}

#[wasm_bindgen_test]
async fn a_refused_token_signs_out_and_says_why() {
    stub();
    let sdk = signed_in().await;
    evaluate(
        r#"stub.answers["GET /me"] = [401, { code: "user_token_invalid", message: "Refused." }]"#,
    );
    let told = error(authenticate(&sdk, &token_of("ada", 60)).await);
    let message = "Failed to authenticate user with Paragon: Refused.";
    assert_eq!(told, ["Error", "user_token_invalid", message]);
    assert_eq!(json(&sdk.user()), r#"{"authenticated":false}"#);
}

#[wasm_bindgen_test]
async fn a_token_that_runs_out_later_signs_out_too() {
    stub();
    let sdk = signed_in().await;
    evaluate(
        r#"stub.answers["PATCH /me"] = [401, { code: "user_token_expired", message: "Late." }]"#,
    );
    let written =
        JsFuture::from(sdk.set_user_metadata(JSON::parse(r#"{"a":1}"#).expect("JSON"))).await;
    assert_eq!(error(written), ["Error", "user_token_expired", "Late."]);
    assert_eq!(json(&sdk.user()), r#"{"authenticated":false}"#);
}

#[wasm_bindgen_test]
async fn a_later_sign_in_wins_over_an_earlier_one() {
    stub();
    let sdk = sdk();
    let [ada, ben] = ["ada", "ben"]
        .map(|user| sdk.authenticate("prj".into(), token_of(user, 60).into(), JsValue::UNDEFINED));
    let (ada, ben) = (JsFuture::from(ada).await, JsFuture::from(ben).await);
    assert_eq!(error(ada)[1], "superseded");
    assert!(ben.is_ok());
}

#[wasm_bindgen_test]
async fn a_worker_that_does_not_answer_is_named() {
    stub();
    let sdk = sdk();
    evaluate(r#"stub.answers["GET /me"] = "reject:not even an Error""#);
    let [_, code, message] = error(authenticate(&sdk, &token_of("ada", 60)).await);
    assert_eq!(code, "worker_unreachable");
    assert!(message.contains("not even an Error"), "{message}");
    sdk.configure("".into(), "".into());
    let [_, code, _] = error(authenticate(&sdk, &token_of("ada", 60)).await);
    assert_eq!(code, "host_not_configured");
}

#[wasm_bindgen_test]
async fn only_new_metadata_is_written() {
    stub();
    evaluate(r#"stub.answers["PATCH /me"] = {}"#);
    let sdk = sdk();
    for (metadata, written) in [(r#"{" name ":"Ada"}"#, false), (r#"{"EMAIL":"a@b.c"}"#, true)] {
        let options = JSON::parse(&format!(r#"{{"metadata":{metadata}}}"#)).expect("JSON");
        let promise = sdk.authenticate("prj".into(), token_of("ada", 60).into(), options);
        JsFuture::from(promise).await.expect("signs in");
        assert_eq!(calls().contains(&"PATCH /me".to_owned()), written);
    }
    let body = evaluate("stub.calls.at(-1).body").as_string();
    assert_eq!(body.as_deref(), Some(r#"{"meta":{"Email":"a@b.c"}}"#));
    assert_eq!(text(&sdk.user(), "meta"), r#"{"Name":"Ada","Email":"a@b.c"}"#);
}

#[wasm_bindgen_test]
async fn disconnecting_names_the_account_and_tells_the_page() {
    stub();
    evaluate(
        r#"
        stub.answers["GET /me"] = stub.me({ id: "cred_1", status: "VALID" }, { id: "cred_2", status: "VALID" });
        stub.answers["DELETE /integrations/int_1"] = [204];
        "#,
    );
    let sdk = signed_in().await;
    for (credential, left) in [("cred_1", "cred_2"), ("cred_2", "")] {
        JsFuture::from(sdk.uninstall_integration("zoom".into(), JsValue::UNDEFINED))
            .await
            .expect("ends");
        let named = evaluate(r#"stub.calls.at(-1).headers["x-paragon-credential"]"#).as_string();
        assert_eq!(named.as_deref(), Some(credential));
        let zoom = js_sys::Reflect::get(&sdk.user(), &"integrations".into()).unwrap_or_default();
        let zoom = js_sys::Reflect::get(&zoom, &"zoom".into()).unwrap_or_default();
        assert_eq!(text(&zoom, "credentialId"), left);
    }
    let heard = json(&evaluate("stub.heard.map(([name, event]) => [name, event])"));
    let one = r#"["onIntegrationUninstall",{"integrationId":"int_1","integrationType":"zoom"}]"#;
    assert_eq!(heard, format!("[{one},{one}]"));
    let again = JsFuture::from(sdk.uninstall_integration("zoom".into(), JsValue::UNDEFINED)).await;
    let message = "Integration \"zoom\" is not installed.";
    assert_eq!(error(again), ["IntegrationNotInstalledError", "not_installed", message]);
}
