//! Connecting with a real window, real messages and a stubbed Worker.

use isthmus::browser::Sdk;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{calls, error, evaluate, json, rest, signed_in, stub, text};

/// Opens a session `ses_1` whose start page is an empty page of our own, in a window that says it is the Worker's.
fn stub_session() {
    stub();
    evaluate(
        r#"
        document.hasFocus = () => true;
        const start = URL.createObjectURL(new Blob(["<p>Consent</p>"], { type: "text/html" }));
        stub.answers["POST /sessions"] = [201, { id: "ses_1", start_url: start, expires_at: Date.now() + 600000 }];
        stub.answers["GET /sessions/ses_1"] = { id: "ses_1", status: "open" };
        stub.finish = (session) => {
            stub.answers["GET /sessions/ses_1"] = { id: "ses_1", ...session };
            if (session.status === "done")
                stub.answers["GET /me"] = stub.me({ id: session.credential_id, status: "VALID" });
        };
        stub.popup = window.open("", "isthmus-test-" + Math.random(), "width=300,height=300");
        stub.options = { onSuccess: () => stub.heard.push(["onSuccess"]), onOpen: () => stub.heard.push(["onOpen"]),
            onClose: () => { throw new Error("a page's own mistake"); } };
        "#,
    );
}

fn connect(sdk: &Sdk, install: bool) -> Promise {
    let [options, popup] = ["stub.options", "stub.popup"].map(evaluate);
    sdk.connect("zoom".into(), options, install, popup, JsValue::UNDEFINED)
}

async fn outcome(connected: Promise) -> Result<JsValue, JsValue> {
    JsFuture::from(connected).await
}

fn heard() -> String {
    json(&evaluate("stub.heard.map(([name]) => name)"))
}

async fn until_polled() {
    while !calls().contains(&"GET /sessions/ses_1".to_owned()) {
        rest(50).await;
    }
}

#[wasm_bindgen_test]
async fn the_poll_alone_brings_success_and_the_page_hears_it_once() {
    stub_session();
    let sdk = signed_in().await;
    let connected = connect(&sdk, true);
    until_polled().await;
    evaluate(r#"stub.finish({ status: "done", credential_id: "cred_1" })"#);
    let event = outcome(connected).await.expect("connects");
    assert_eq!(text(&event, "credentialId"), "cred_1");
    assert_eq!(text(&event, "credential"), r#"{"id":"cred_1","status":"VALID"}"#);
    assert_eq!(heard(), r#"["onSuccess","onIntegrationInstall"]"#);
    assert!(evaluate("stub.popup.closed").is_truthy());
    let body =
        evaluate(r#"stub.calls.find(({ call }) => call === "POST /sessions").body"#).as_string();
    assert_eq!(body.as_deref(), Some(r#"{"integration":"zoom"}"#));
}

#[wasm_bindgen_test]
async fn what_is_installed_is_not_installed_again_but_has_a_portal() {
    stub_session();
    let sdk = signed_in().await;
    let connected = connect(&sdk, true);
    evaluate(r#"stub.finish({ status: "done", credential_id: "cred_1" })"#);
    outcome(connected).await.expect("connects");
    assert!(sdk.is_refused("zoom".into(), JsValue::UNDEFINED, true));
    assert!(!sdk.is_refused("zoom".into(), JsValue::UNDEFINED, false));
}

#[wasm_bindgen_test]
async fn only_a_message_of_the_workers_origin_and_of_the_window_wakes_the_poll() {
    stub_session();
    let sdk = signed_in().await;
    sdk.configure(evaluate("location.origin"), evaluate("location.origin"));
    evaluate(
        r#"
        const real = stub.answers;
        stub.answers = new Proxy({}, { get: (_, call) => real[call.replace(/ .*\/sdk/, " ")] });
        "#,
    );
    crate::page::authenticate(&sdk, &crate::page::token_of("ada", 60)).await.expect("signs in");
    let connected = connect(&sdk, true);
    let polls = || calls().iter().filter(|call| call.contains("/sessions/")).count();
    while polls() < 3 {
        rest(50).await;
    }
    // The next poll is due in three seconds; a message that counts brings one at once.
    let before = polls();
    evaluate(r#"postMessage({ type: "isthmus", session: "ses_1" }, "*")"#);
    evaluate(
        r#"dispatchEvent(new MessageEvent("message", { origin: "https://elsewhere.test",
        source: stub.popup, data: { type: "isthmus", session: "ses_1" } }))"#,
    );
    evaluate(
        r#"dispatchEvent(new MessageEvent("message", { origin: location.origin,
        source: stub.popup, data: { type: "isthmus", session: "ses_other" } }))"#,
    );
    rest(300).await;
    assert_eq!(polls(), before);
    evaluate(
        r#"dispatchEvent(new MessageEvent("message", { origin: location.origin,
        source: stub.popup, data: { type: "isthmus", session: "ses_1" } }))"#,
    );
    rest(300).await;
    assert_eq!(polls(), before + 1);
    sdk.logout();
    assert_eq!(error(outcome(connected).await)[1], "superseded");
}

#[wasm_bindgen_test]
async fn a_failed_session_has_its_code_and_leaves_the_window_open_to_be_read() {
    stub_session();
    let sdk = signed_in().await;
    let connected = connect(&sdk, true);
    evaluate(
        r#"stub.finish({ status: "failed", problem: { code: "consent_declined", message: "No." } })"#,
    );
    assert_eq!(error(outcome(connected).await), ["Error", "consent_declined", "No."]);
    assert!(evaluate("stub.popup.closed").is_falsy());
    evaluate("stub.popup.close()");
}

#[wasm_bindgen_test]
async fn a_window_closed_before_anything_happened_is_an_error_at_once() {
    stub_session();
    let sdk = signed_in().await;
    evaluate("stub.popup.close()");
    while evaluate("stub.popup.closed").is_falsy() {
        rest(20).await;
    }
    let told = error(outcome(connect(&sdk, true)).await);
    assert_eq!(told[..2], ["OAuthWindowClosedError", "popup_closed"]);
    assert_eq!(heard(), "[]");
}

#[wasm_bindgen_test]
async fn a_window_closed_later_is_believed_when_the_page_has_the_focus() {
    stub_session();
    let sdk = signed_in().await;
    evaluate("document.hasFocus = () => false");
    let connected = connect(&sdk, true);
    until_polled().await;
    rest(1_000).await;
    evaluate("stub.popup.close()");
    rest(3_000).await;
    assert_eq!(heard(), "[]");
    evaluate("document.hasFocus = () => true");
    assert_eq!(error(outcome(connected).await)[1], "popup_closed");
    evaluate(r#"stub.finish({ status: "done", credential_id: "cred_1" })"#);
    while !heard().contains("onIntegrationInstall") {
        rest(100).await;
    }
    assert_eq!(heard(), r#"["onSuccess","onIntegrationInstall"]"#);
}

#[wasm_bindgen_test]
async fn a_token_refused_while_polling_ends_the_attempt_with_that_code() {
    stub_session();
    let sdk = signed_in().await;
    let connected = connect(&sdk, true);
    evaluate(
        r#"stub.answers["GET /sessions/ses_1"] = [401, { code: "user_token_expired", message: "Old." }]"#,
    );
    assert_eq!(error(outcome(connected).await), ["Error", "user_token_expired", "Old."]);
    assert_eq!(json(&sdk.user()), r#"{"authenticated":false}"#);
}

#[wasm_bindgen_test]
async fn a_blocked_window_and_an_unknown_integration_are_typed_errors() {
    stub_session();
    let sdk = signed_in().await;
    evaluate("stub.popup.close(); stub.popup = null");
    let told = error(outcome(connect(&sdk, true)).await);
    assert_eq!(told, ["OAuthBlockedError", "popup_blocked", "Popup was blocked by the browser."]);
    for (install, name, message) in [
        (false, "nope", "Integration with name nope not found"),
        (
            true,
            "idle",
            "integration \"idle\" has not been set up in your Paragon project yet.\n\n- \"zoom\"\n- \"idle\"",
        ),
    ] {
        let [options, popup] = ["stub.options", "stub.popup"].map(evaluate);
        let refused = sdk.connect(name.into(), options, install, popup, JsValue::UNDEFINED);
        let [_, code, said] = error(outcome(refused).await);
        assert_eq!((code.as_str(), said.as_str()), ("integration_not_found", message));
    }
}
