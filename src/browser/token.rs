//! Reads a user token (a JWT, RFC 7519) without checking its signature: the Worker does that.
//! Here it only spares a round trip for a token that cannot be good.

use js_sys::JSON;
use wasm_bindgen::prelude::*;

use super::field::{field, text};
use super::problem::Problem;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn atob(base64: &str) -> Result<String, JsValue>;
}

/// What the page's side needs from a token.
pub(super) struct Claims {
    /// The user's id: `sub`, else `id`.
    pub(super) user: Option<String>,
    /// Seconds since 1970; 0 when absent.
    pub(super) expires_at: f64,
}

/// Reads the claims of a token. Fails when it is no JWT.
pub(super) fn read_claims(token: &str) -> Result<Claims, Problem> {
    let claims = decoded(token).ok_or_else(|| {
        let message = "A well-formed JWT was not provided to paragon.authenticate()";
        Problem::plain("user_token_invalid", message)
    })?;
    Ok(Claims {
        user: text(&claims, "sub").or_else(|| text(&claims, "id")),
        expires_at: field(&claims, "exp").as_f64().unwrap_or(0.0),
    })
}

fn decoded(token: &str) -> Option<JsValue> {
    let payload = token.as_bytes().split(|byte| *byte == b'.').nth(1)?;
    let payload: String = payload.iter().map(|byte| plain_base64(*byte)).collect();
    // `atob` is the page's base64 reader; the ids that matter here are compared, never shown, so that its Latin-1
    // reading of UTF-8 does no harm.
    let claims = atob(&payload).ok()?;
    JSON::parse(&claims).ok().filter(JsValue::is_object)
}

/// Base64 as `atob` reads it, from its form for URLs.
fn plain_base64(byte: u8) -> char {
    match byte {
        b'-' => '+',
        b'_' => '/',
        other => char::from(other),
    }
}
