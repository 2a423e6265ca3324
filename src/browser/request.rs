//! A call to the provider's API through the Worker's proxy: what is sent, and what the page gets.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::field::{field, json, text};
use super::path::proxy_path;
use super::problem::Problem;
use super::sdk::Sdk;
use super::session::SignedIn;
use super::wire::{self, Exchange, Started};

#[wasm_bindgen]
extern "C" {
    /// `[object <class>]`: what a body is for `fetch` (a Blob, a FormData, …) has a class of its own.
    #[wasm_bindgen(js_namespace = ["Object", "prototype", "toString"], js_name = call)]
    fn class_of(value: &JsValue) -> String;
}

/// Codes that mean that what is known about the user is out of date.
const OUT_OF_DATE: [&str; 3] = ["not_connected", "reconnect_required", "credential_not_found"];

/// Sends one call and answers the provider's body: parsed JSON, else text, `undefined` when empty.
pub(super) async fn request(
    sdk: &Rc<Sdk>,
    integration: &str,
    path: &str,
    options: &JsValue,
) -> Result<JsValue, Problem> {
    let who = sdk.signed_in()?;
    let answer = send(&who, integration, path, options)?.finish().await?;
    if answer.is_ok() {
        return Ok(answer.body);
    }
    let problem = Problem::proxied(&answer);
    if problem.is_about_the_token() || OUT_OF_DATE.contains(&problem.code().as_str()) {
        // The call's own failure is what the page hears about; a failed look at the user changes nothing.
        let _ = sdk.refresh().await;
    }
    Err(problem)
}

fn send(
    who: &SignedIn,
    integration: &str,
    path: &str,
    options: &JsValue,
) -> Result<Started, Problem> {
    let path = proxy_path(integration, path).map_err(|_| {
        let message = "The path has a . or .. segment or a control character.";
        Problem::plain("path_refused", message)
    })?;
    let (body, is_json) = body_of(&field(options, "body"));
    let selected = text(options, "selectedCredentialId");
    let credential = selected.or_else(|| who.user.borrow().current_credential(integration));
    let headers = who.headers(&field(options, "headers"), credential.as_deref(), is_json)?;
    // Its name and value are constants, so that it cannot be refused.
    let _ = headers.set("X-Paragon-Use-Raw-Response", "1");
    wire::start(&Exchange {
        method: &text(options, "method")
            .map_or("GET".to_owned(), |method| method.to_ascii_uppercase()),
        url: &format!("{}{path}", who.proxy),
        headers,
        body,
        hurried: false,
    })
}

/// What `fetch` is given, and whether it is JSON: objects are written as JSON, text is taken to be JSON already.
fn body_of(body: &JsValue) -> (JsValue, bool) {
    if body.is_null() || body.is_undefined() {
        return (JsValue::UNDEFINED, false);
    }
    let is_plain = ["[object Object]", "[object Array]"].contains(&class_of(body).as_str());
    match json(body) {
        Some(written) if is_plain => (written.into(), true),
        _ => (body.clone(), body.is_string()),
    }
}
