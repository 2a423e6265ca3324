//! What these tests do as a page: sign in, listen, and replace the page's `fetch` where no Worker is needed.

use isthmus::browser::Sdk;
use js_sys::{Array, Function, JSON, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(inline_js = r#"
export function installStub() {
    const stub = { calls: [], answers: {}, heard: [] };
    const real = globalThis.stub?.real ?? globalThis.fetch;
    stub.real = real;
    globalThis.stub = stub;
    globalThis.fetch = async (request) => {
        const path = request.url.replace("https://worker.test/projects/prj/sdk", "");
        const call = `${request.method} ${path}`;
        const headers = Object.fromEntries(request.headers);
        stub.calls.push({ call, url: request.url, headers, body: await request.text() });
        const answer = stub.answers[call];
        if (answer === undefined) throw new TypeError(`nothing stubbed for ${call}`);
        if (typeof answer === "string" && answer.startsWith("reject:")) throw answer.slice(7);
        const [status, body, kind] = Array.isArray(answer) && typeof answer[0] === "number" ? answer : [200, answer];
        const text = kind === undefined ? JSON.stringify(body) : body;
        const init = { status, headers: { "content-type": kind ?? "application/json; charset=utf-8" } };
        return new Response(status === 204 ? null : text, init);
    };
    return stub;
}
export function removeStub() {
    if (globalThis.stub) globalThis.fetch = globalThis.stub.real;
}
export function evaluate(code) { return (0, eval)(code); }
export function tokenOf(user, expiresIn) {
    const now = Math.floor(Date.now() / 1000);
    const part = (value) => btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    return `${part({ alg: "RS256" })}.${part({ sub: user, iat: now, exp: now + expiresIn })}.x`;
}
export function sleep(ms) { return new Promise((done) => setTimeout(done, ms)); }
"#)]
extern "C" {
    #[wasm_bindgen(js_name = installStub)]
    fn install_stub() -> JsValue;
    #[wasm_bindgen(js_name = removeStub)]
    pub(crate) fn remove_stub();
    /// Runs JavaScript in the page.
    pub(crate) fn evaluate(code: &str) -> JsValue;
    /// An unsigned token that runs out in so many seconds.
    #[wasm_bindgen(js_name = tokenOf)]
    pub(crate) fn token_of(user: &str, expires_in: i32) -> String;
    fn sleep(milliseconds: i32) -> Promise;
}

/// Replaces `fetch` with answers: `stub.answers["GET /me"] = body`, or `[status, body, content type]`.
/// What was asked is in `stub.calls`; what the page's listeners heard in `stub.heard`.
pub(crate) fn stub() {
    install_stub();
    evaluate(
        r#"
        stub.me = (...credentials) => ({
            authenticated: true, userId: "ada", meta: { Name: "Ada" }, resources: [],
            integrations: { zoom: {
                enabled: credentials.length > 0, allCredentials: credentials, allConfigurations: [],
                ...(credentials[0] && { credentialId: credentials[0].id, credentialStatus: "VALID" }),
            } },
        });
        stub.answers["GET /me"] = stub.me();
        stub.answers["GET /integrations"] = [
            { id: "int_1", type: "zoom", name: "Zoom", brandColor: "blue", icon: "i", isActive: true },
            { id: "int_2", type: "idle", name: "Idle", brandColor: "red", icon: "i", isActive: false },
        ];
        "#,
    );
}

/// An SDK whose listeners write down what they hear.
pub(crate) fn sdk() -> Sdk {
    let heard = "target, payload, user";
    let emit = Function::new_with_args(
        heard,
        "typeof target === 'function' ? target(payload, user) : target && stub.heard.push([target, payload, user])",
    );
    let enter = Function::new_with_args("...entered", "stub.entered = entered");
    let sdk = Sdk::new(emit, enter);
    sdk.configure("https://worker.test".into(), "https://worker.test".into());
    sdk
}

/// An SDK with Ada signed in.
pub(crate) async fn signed_in() -> Sdk {
    let sdk = sdk();
    authenticate(&sdk, &token_of("ada", 3_600)).await.expect("signs in");
    sdk
}

pub(crate) async fn authenticate(sdk: &Sdk, token: &str) -> Result<JsValue, JsValue> {
    let promise = sdk.authenticate("prj".into(), token.into(), JsValue::UNDEFINED);
    JsFuture::from(promise).await
}

pub(crate) async fn rest(milliseconds: i32) {
    JsFuture::from(sleep(milliseconds)).await.expect("a timer does not fail");
}

/// A property as text.
pub(crate) fn text(value: &JsValue, name: &str) -> String {
    let value = Reflect::get(value, &name.into()).unwrap_or_default();
    value.as_string().unwrap_or_else(|| json(&value))
}

/// A value as JSON.
pub(crate) fn json(value: &JsValue) -> String {
    JSON::stringify(value).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// Name, code and message of an error.
pub(crate) fn error(result: Result<JsValue, JsValue>) -> [String; 3] {
    let error = result.expect_err("fails");
    assert!(error.is_instance_of::<js_sys::Error>(), "a real Error");
    ["name", "code", "message"].map(|name| text(&error, name))
}

/// What was asked, in order.
pub(crate) fn calls() -> Vec<String> {
    let calls: Array = evaluate("stub.calls.map(({ call }) => call)").unchecked_into();
    calls.iter().filter_map(|call| call.as_string()).collect()
}
