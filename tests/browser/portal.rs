//! The portal's window as the wasm looks after it, with a real window and a stubbed Worker.

use isthmus::browser::Sdk;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{calls, error, evaluate, json, rest, signed_in, stub, text};

/// Opens a portal `por_1`; `stub.tell(status, ...changes)` says what a poll is answered from now on.
fn stub_portal() {
    stub();
    evaluate(
        r#"
        document.hasFocus = () => true;
        stub.answers["POST /portals"] = [201, { id: "por_1", url: "https://worker.test/portal", ticket: "t" }];
        stub.changes = [];
        stub.tell = (status, ...changes) => {
            for (const change of changes) stub.changes.push({ n: stub.changes.length + 3, ...change });
            for (let after = 0; after < 9; after++)
                stub.answers[`GET /portals/por_1?after=${after}`] =
                    { status, connecting: false, changes: stub.changes.filter(({ n }) => n > after) };
        };
        stub.tell("new");
        stub.popup = window.open("", "isthmus-test-" + Math.random(), "width=300,height=300");
        const hear = (name) => ({ credentialId }) => stub.heard.push([name, credentialId]);
        stub.options = Object.fromEntries(["onInstall", "onUninstall", "onWorkflowChange", "onOpen", "onClose"]
            .map((name) => [name, hear(name)]));
        "#,
    );
}

fn connect(sdk: &Sdk) -> Promise {
    let [options, popup] = ["stub.options", "stub.popup"].map(evaluate);
    sdk.connect("zoom".into(), options, false, popup, JsValue::UNDEFINED)
}

fn heard() -> String {
    json(&evaluate("stub.heard.map(([name]) => name)"))
}

async fn until_heard(name: &str) {
    while !heard().contains(name) {
        rest(50).await;
    }
}

async fn until_polled() {
    while !calls().iter().any(|call| call.starts_with("GET /portals/")) {
        rest(50).await;
    }
}

#[wasm_bindgen_test]
async fn the_window_is_sent_there_with_its_ticket_and_each_account_is_told_once() {
    stub_portal();
    let sdk = signed_in().await;
    let connected = connect(&sdk);
    until_polled().await;
    assert_eq!(json(&evaluate("stub.entered")), r#"["zoom","https://worker.test/portal","t"]"#);
    evaluate(
        r#"stub.answers["GET /me"] = stub.me({ id: "cred_1", status: "VALID" }, { id: "cred_2", status: "VALID" });
        stub.tell("open", { what: "installed", grant_id: "cred_1" })"#,
    );
    let event = JsFuture::from(connected).await.expect("connects");
    assert_eq!(text(&event, "credentialId"), "cred_1");
    assert!(evaluate("stub.popup.closed").is_falsy());
    evaluate(r#"stub.tell("open", { what: "installed", grant_id: "cred_2" })"#);
    while evaluate("stub.heard.filter(([name]) => name === 'onInstall').length < 2").is_truthy() {
        rest(50).await;
    }
    evaluate(r#"stub.tell("closed", { what: "uninstalled", grant_id: "cred_1" })"#);
    until_heard("onPortalClose").await;
    let names = r#"["onOpen","onPortalOpen","onInstall","onIntegrationInstall","onInstall","onIntegrationInstall","onUninstall","onIntegrationUninstall","onClose","onPortalClose"]"#;
    assert_eq!(heard(), names);
    evaluate("stub.popup.close()");
}

#[wasm_bindgen_test]
async fn a_switched_workflow_is_told_and_is_reason_enough_to_have_come() {
    stub_portal();
    let sdk = signed_in().await;
    let connected = connect(&sdk);
    evaluate(
        r#"stub.tell("closed", { what: "workflow", grant_id: "cred_1", workflow_id: "wf_1", enabled: true })"#,
    );
    assert!(JsFuture::from(connected).await.expect("is content").is_undefined());
    let names = r#"["onOpen","onPortalOpen","onWorkflowChange","onWorkflowChange","onClose","onPortalClose"]"#;
    assert_eq!(heard(), names);
    evaluate("stub.popup.close()");
}

#[wasm_bindgen_test]
async fn a_portal_that_ended_without_anything_is_a_closed_window() {
    for status in ["closed", "expired"] {
        stub_portal();
        let sdk = signed_in().await;
        let connected = connect(&sdk);
        evaluate(&format!("stub.tell('{status}')"));
        assert_eq!(error(JsFuture::from(connected).await)[1], "popup_closed");
        evaluate("stub.popup.close()");
    }
}

#[wasm_bindgen_test]
async fn a_page_can_close_its_portal() {
    stub_portal();
    let sdk = signed_in().await;
    let connected = connect(&sdk);
    until_polled().await;
    sdk.close_portal();
    assert_eq!(error(JsFuture::from(connected).await)[1], "popup_closed");
    assert!(evaluate("stub.popup.closed").is_truthy());
    assert_eq!(heard(), r#"["onOpen","onPortalOpen","onClose","onPortalClose"]"#);
}

#[wasm_bindgen_test]
async fn a_window_that_leaves_for_the_provider_and_reads_closed_then_was_cut_off() {
    stub_portal();
    let sdk = signed_in().await;
    let connected = connect(&sdk);
    until_polled().await;
    rest(1_500).await;
    evaluate(
        r#"dispatchEvent(new MessageEvent("message", { origin: "https://worker.test", source: stub.popup,
        data: { type: "isthmus-portal", portal: "por_1", leaves: true } })); stub.popup.close()"#,
    );
    rest(4_000).await;
    evaluate(
        r#"stub.answers["GET /me"] = stub.me({ id: "cred_1", status: "VALID" });
        stub.tell("open", { what: "installed", grant_id: "cred_1" })"#,
    );
    let event = JsFuture::from(connected).await.expect("connects");
    assert_eq!(text(&event, "credentialId"), "cred_1");
    sdk.logout();
}
