//! Calls through the proxy: what is sent, what the page gets, what a failure is.

use isthmus::browser::Sdk;
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{calls, error, evaluate, json, sdk, signed_in, stub, text};

/// A call with options written in JavaScript.
async fn request(sdk: &Sdk, path: &str, options: &str) -> Result<JsValue, JsValue> {
    let options = evaluate(&format!("({options})"));
    JsFuture::from(sdk.request("zoom".into(), path.into(), options)).await
}

/// A field of the last call.
fn sent(field: &str) -> String {
    let call = evaluate("stub.calls.at(-1)");
    text(&call, field)
}

fn header(name: &str) -> String {
    let headers = evaluate("stub.calls.at(-1).headers");
    let value = Reflect::get(&headers, &name.into()).unwrap_or_default();
    value.as_string().unwrap_or_default()
}

#[wasm_bindgen_test]
async fn a_path_arrives_byte_for_byte_with_the_token_and_the_current_account() {
    stub();
    evaluate(
        r#"
        stub.answers["GET /me"] = stub.me({ id: "cred_1", status: "VALID" });
        stub.answers["GET /proxy/zoom/past/%252Fa%3D%3D?x=%2F&y='"] = { ok: true };
        stub.answers["GET /proxy/zoom/past/%252Fa%3D%3D?x=%2F&y=%27"] = { ok: true };
        "#,
    );
    let sdk = signed_in().await;
    let answer = request(&sdk, "/past/%252Fa%3D%3D?x=%2F&y='", "{}").await.expect("answers");
    assert_eq!(json(&answer), r#"{"ok":true}"#);
    assert!(header("authorization").starts_with("Bearer "));
    assert_eq!(header("x-paragon-credential"), "cred_1");
    assert_eq!(header("x-paragon-use-raw-response"), "1");
    assert_eq!(header("content-type"), "");
}

#[wasm_bindgen_test]
async fn bodies_are_written_as_fetch_needs_them() {
    stub();
    evaluate(r#"stub.answers["POST /proxy/zoom/x"] = {}"#);
    let sdk = signed_in().await;
    for (body, kind, text) in [
        ("{ topic: 'A' }", "application/json", r#"{"topic":"A"}"#),
        ("[1]", "application/json", "[1]"),
        ("'{}'", "application/json", "{}"),
        ("new (class { a = 1 })()", "application/json", r#"{"a":1}"#),
        ("new URLSearchParams({ a: 1 })", "application/x-www-form-urlencoded;charset=UTF-8", "a=1"),
        ("new Blob(['b'], { type: 'text/plain' })", "text/plain", "b"),
        ("null", "", ""),
        ("undefined", "", ""),
    ] {
        let options = format!("{{ method: 'post', body: {body} }}");
        request(&sdk, "x", &options).await.expect("answers");
        assert_eq!((header("content-type"), sent("body")), (kind.into(), text.into()), "{body}");
    }
}

#[wasm_bindgen_test]
async fn the_pages_own_headers_are_sent_in_any_form_but_never_in_place_of_the_token() {
    stub();
    evaluate(r#"stub.answers["PUT /proxy/zoom/x"] = {}"#);
    let sdk = signed_in().await;
    for form in ["", "new Headers", "Object.entries"] {
        let own = "{ 'Content-Type': 'text/x', 'X-Own': '1', Authorization: 'Basic x' }";
        let options = format!(
            "{{ method: 'PUT', body: 'b', selectedCredentialId: 'c', headers: {form}({own}) }}"
        );
        request(&sdk, "x", &options).await.expect("answers");
        assert_eq!((header("content-type"), header("x-own")), ("text/x".into(), "1".into()));
        assert!(header("authorization").starts_with("Bearer "));
        assert_eq!(header("x-paragon-credential"), "c");
    }
    for options in
        ["{ headers: { 'a b': 'c' } }", "{ selectedCredentialId: 'a\\nb' }", "{ method: 'A B' }"]
    {
        assert_eq!(error(request(&sdk, "x", options).await)[1], "invalid_request", "{options}");
    }
}

#[wasm_bindgen_test]
async fn an_answer_is_what_its_content_type_says() {
    stub();
    evaluate(
        r#"
        stub.answers["GET /proxy/zoom/json"] = [200, '{"output":1}', "application/json"];
        stub.answers["GET /proxy/zoom/text"] = [200, '{"a":1}', "text/plain"];
        stub.answers["GET /proxy/zoom/broken"] = [200, '{"a"', "application/json"];
        stub.answers["GET /proxy/zoom/empty"] = [200, "", "application/json"];
        stub.answers["DELETE /proxy/zoom/gone"] = [204];
        "#,
    );
    let sdk = signed_in().await;
    assert_eq!(json(&request(&sdk, "json", "{}").await.expect("answers")), r#"{"output":1}"#);
    assert_eq!(request(&sdk, "text", "{}").await, Ok(r#"{"a":1}"#.into()));
    assert_eq!(request(&sdk, "broken", "{}").await, Ok(r#"{"a""#.into()));
    assert_eq!(request(&sdk, "empty", "{}").await, Ok(JsValue::UNDEFINED));
    assert_eq!(request(&sdk, "gone", "{ method: 'DELETE' }").await, Ok(JsValue::UNDEFINED));
}

#[wasm_bindgen_test]
async fn the_providers_error_keeps_its_body_and_the_workers_its_code() {
    stub();
    evaluate(
        r#"
        stub.answers["GET /proxy/zoom/a"] = [404, { code: 3001, message: "Meeting 9 is not found." }];
        stub.answers["GET /proxy/zoom/b"] = [409, { code: "reconnect_required", message: "Again." }];
        stub.answers["GET /proxy/zoom/c"] = [502, "Bad gateway", "text/html"];
        stub.answers["GET /proxy/zoom/d"] = [400, { code: "9400", message: "x",
            meta: { isIntegrationError: true, code: 3001 } }];
        "#,
    );
    let sdk = signed_in().await;
    let name = "ProxyRequestError";
    let provider = "provider_error";
    let failed = request(&sdk, "a", "{}").await;
    let response = text(failed.as_ref().expect_err("fails"), "response");
    assert_eq!(response, r#"{"code":3001,"message":"Meeting 9 is not found."}"#);
    assert_eq!(text(failed.as_ref().expect_err("fails"), "status"), "404");
    assert_eq!(error(failed), [name, provider, "Meeting 9 is not found."]);
    let looks = || calls().iter().filter(|call| *call == "GET /me").count();
    let before = looks();
    assert_eq!(error(request(&sdk, "b", "{}").await), [name, "reconnect_required", "Again."]);
    assert_eq!(looks(), before + 1, "the user is looked at again");
    assert_eq!(error(request(&sdk, "c", "{}").await), [name, provider, "Bad gateway"]);
    let meta = r#"{"isIntegrationError":true,"code":3001}"#;
    assert_eq!(error(request(&sdk, "d", "{}").await), [name, provider, meta]);
}

#[wasm_bindgen_test]
async fn a_path_that_would_leave_the_proxy_is_not_sent() {
    stub();
    let sdk = signed_in().await;
    let before = calls().len();
    for path in ["../../credentials", "a/%2e%2E/b", "a\\..\\b", ".\t./x"] {
        assert_eq!(error(request(&sdk, path, "{}").await)[1], "path_refused", "{path}");
    }
    assert_eq!(calls().len(), before);
}

#[wasm_bindgen_test]
async fn nobody_signed_in_calls_nothing() {
    stub();
    let told = error(request(&sdk(), "users/me", "{}").await);
    assert_eq!(told[..2], ["UserNotAuthenticatedError", "not_authenticated"]);
}
