//! The SDK against the running Worker, when `cargo xtask test` says where it is (`ISTHMUS_TEST_SETUP`).

use isthmus::browser::Sdk;
use js_sys::{Function, JSON, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{error, json, remove_stub, text};

/// The line of `start --json` with tokens of two users; nothing when these tests run by themselves.
fn setup() -> Option<JsValue> {
    remove_stub();
    JSON::parse(option_env!("ISTHMUS_TEST_SETUP")?).ok()
}

async fn signed_in(setup: &JsValue, user: &str) -> Sdk {
    let sdk = Sdk::new(Function::new_no_args(""), Function::new_no_args(""));
    sdk.configure(text(setup, "worker").into(), text(setup, "worker").into());
    let tokens = Reflect::get(setup, &"tokens".into()).unwrap_or_default();
    let token = text(&tokens, user);
    let promise =
        sdk.authenticate(text(setup, "project_id").into(), token.into(), JsValue::UNDEFINED);
    JsFuture::from(promise).await.expect("the Worker knows the user");
    sdk
}

#[wasm_bindgen_test]
async fn the_worker_signs_in_and_shows_the_integration() {
    let Some(setup) = setup() else { return };
    let sdk = signed_in(&setup, "ada").await;
    assert!(json(&sdk.user()).contains(r#""authenticated":true"#));
    let metadata = json(&sdk.integration_metadata());
    for part in [r#""type":"zoom""#, r#""name":"Zoom""#, r#""icon":"#] {
        assert!(metadata.contains(part), "{metadata}");
    }
}

#[wasm_bindgen_test]
async fn metadata_written_is_there_at_the_next_look() {
    let Some(setup) = setup() else { return };
    let sdk = signed_in(&setup, "ben").await;
    let metadata = JSON::parse(r#"{"name":"Ben","plan":"gold"}"#).expect("JSON");
    let user = JsFuture::from(sdk.set_user_metadata(metadata)).await.expect("writes");
    assert!(json(&user).contains(r#""plan":"gold""#));
    let again = signed_in(&setup, "ben").await;
    assert!(json(&again.user()).contains(r#""Name":"Ben""#));
}

#[wasm_bindgen_test]
async fn a_call_without_an_account_and_a_token_of_another_project_are_refused_by_code() {
    let Some(setup) = setup() else { return };
    let sdk = signed_in(&setup, "ada").await;
    let options = JSON::parse(r#"{"selectedCredentialId":"none"}"#).expect("JSON");
    let refused = JsFuture::from(sdk.request("zoom".into(), "users/me".into(), options)).await;
    assert_eq!(error(refused)[1], "credential_not_found");
    let tokens = Reflect::get(&setup, &"tokens".into()).unwrap_or_default();
    let token = text(&tokens, "ada");
    let promise = sdk.authenticate("no-such-project".into(), token.into(), JsValue::UNDEFINED);
    let [_, code, _] = error(JsFuture::from(promise).await);
    assert_eq!(code, "project_not_found");
}
