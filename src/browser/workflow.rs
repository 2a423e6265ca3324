//! Workflows from a page: what starts them, and what users make of them. Each is one call to the Worker, which decides.

use std::rc::Rc;

use js_sys::{Object, encode_uri_component};
use wasm_bindgen::JsValue;

use super::field::{copy, field, json, set, text};
use super::problem::Problem;
use super::sdk::Sdk;
use super::wire::{self, Exchange};

/// One call to the Worker, written but for who makes it.
pub(super) struct Call {
    method: &'static str,
    path: String,
    body: JsValue,
    /// The page's own.
    headers: JsValue,
    credential: Option<String>,
    /// Whether the user is another one afterwards.
    changes: bool,
}

/// Makes one call and answers its body: parsed JSON, else text.
pub(super) async fn make(sdk: Rc<Sdk>, call: Result<Call, Problem>) -> Result<JsValue, Problem> {
    let (call, who) = (call?, sdk.signed_in()?);
    let written = json(&call.body);
    let started = wire::start(&Exchange {
        method: call.method,
        url: &format!("{}{}", who.api, call.path),
        headers: who.headers(&call.headers, call.credential.as_deref(), written.is_some())?,
        body: written.map_or(JsValue::UNDEFINED, JsValue::from),
        // The Worker waits for a workflow that answers, and says when that takes too long.
        hurried: call.changes,
    })?;
    let answer = started.finish().await?;
    if !answer.is_ok() {
        let problem = Problem::refused(&answer);
        sdk.note(&who, &problem);
        return Err(problem);
    }
    if call.changes {
        sdk.refresh().await?;
    }
    Ok(answer.body)
}

/// Tells of something that happened in the product.
pub(super) fn event(name: &JsValue, payload: &JsValue, options: &JsValue) -> Call {
    Call {
        method: "POST",
        path: "/events/trigger".to_owned(),
        body: object([("name", name), ("payload", payload)]),
        headers: JsValue::UNDEFINED,
        credential: selected(options),
        changes: false,
    }
}

/// Starts a workflow by a request; what its Response step answers is the call's answer.
pub(super) fn start(id: &str, query: &str, options: &JsValue) -> Result<Call, Problem> {
    let body = field(options, "body");
    Ok(Call {
        method: "POST",
        path: format!("{}?{query}", path_of("/triggers/", id)?),
        body: if body.is_undefined() { object([]) } else { body },
        headers: field(options, "headers"),
        credential: selected(options),
        changes: false,
    })
}

/// Switches a workflow on or off for the selected account, else the current one.
pub(super) fn switch(id: &str, on: bool, options: &JsValue) -> Result<Call, Problem> {
    Ok(Call {
        method: if on { "POST" } else { "DELETE" },
        path: path_of("/workflows/", id)?,
        body: JsValue::UNDEFINED,
        headers: JsValue::UNDEFINED,
        credential: selected(options),
        changes: true,
    })
}

/// Fills in settings of a workflow; those not named stay.
pub(super) fn fill_in(
    sdk: &Sdk,
    integration: &str,
    id: &str,
    update: &JsValue,
    options: &JsValue,
) -> Result<Call, Problem> {
    let credential = sdk.signed_in()?.selected(integration, options)?;
    let settings = object([("settings", update)]);
    Ok(Call {
        method: "PATCH",
        path: format!("/credentials/{credential}"),
        body: object([("workflows", &object([(id, &settings)]))]),
        headers: JsValue::UNDEFINED,
        credential: None,
        changes: true,
    })
}

/// What an integration is for its pages: its `configs[0].values`; `undefined` when there is no such integration.
pub(super) fn config(sdk: &Sdk, integration: &str) -> JsValue {
    let found = sdk.signed_in().ok().and_then(|who| who.integration(integration));
    let configs = field(&found.unwrap_or_default(), "configs");
    copy(&field(&field(&configs, "0"), "values"))
}

fn selected(options: &JsValue) -> Option<String> {
    text(options, "selectedCredentialId")
}

/// The id comes from the page: in a path it must be one segment.
fn path_of(start: &str, id: &str) -> Result<String, Problem> {
    if id.is_empty() {
        return Err(Problem::invalid_request("workflowId is required."));
    }
    Ok(format!("{start}{}", String::from(encode_uri_component(id))))
}

fn object<const N: usize>(fields: [(&str, &JsValue); N]) -> JsValue {
    let object = Object::new().into();
    for (name, value) in fields {
        set(&object, name, value);
    }
    object
}
