//! Writes JavaScript values: what callbacks, listeners and the Worker are given.
//! The only file with serde-wasm-bindgen; reading is `field.rs`'s, for a tenth of its size.

use serde::Serialize;
use wasm_bindgen::JsValue;

/// What callbacks and listeners get first.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IntegrationEvent<'a> {
    pub(super) integration_id: &'a str,
    pub(super) integration_type: &'a str,
}

/// The body of `POST …/sdk/sessions`.
#[derive(Serialize)]
pub(super) struct SessionRequest<'a> {
    pub(super) integration: &'a str,
    /// Another page than the Worker's for Zoom to go back to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) redirect_url: Option<String>,
}

/// `{authenticated: false}`.
#[derive(Serialize)]
pub(super) struct SignedOut {
    pub(super) authenticated: bool,
}

/// The value as JavaScript sees it; these few types always have one.
pub(super) fn to_js(value: &impl Serialize) -> JsValue {
    serde_wasm_bindgen::to_value(value).unwrap_or(JsValue::UNDEFINED)
}
