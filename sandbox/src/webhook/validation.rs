//! URL validation, pure: Zoom's question, and whether an answer is the right one.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;

use crate::clock::Millis;
use crate::webhook::json::Json;
use crate::webhook::signature::encrypted_token;

/// A token to be encrypted: 22 characters of base64url.
pub(super) fn mint_plain_token() -> String {
    let bytes: [u8; 16] = rand::random();
    Base64UrlUnpadded::encode_string(&bytes)
}

/// The question's body.
pub(super) fn question(plain_token: &str, now: Millis) -> String {
    Json::object()
        .and("payload", Json::object().and("plainToken", plain_token))
        .and("event_ts", now)
        .and("event", "endpoint.url_validation")
        .text()
}

/// Whether an answer is 200 with both tokens; otherwise what is wrong with it.
pub(super) fn check(
    (status, body): (u16, &[u8]),
    secret_token: &str,
    plain_token: &str,
) -> Result<(), String> {
    if status != 200 {
        return Err(format!("it answered {status}; URL validation needs 200"));
    }
    let Ok(Value::Object(answer)) = serde_json::from_slice(body) else {
        return Err("its answer is no JSON object".to_owned());
    };
    let text = |name: &str| {
        let value = answer.get(name).and_then(Value::as_str);
        value.ok_or_else(|| format!("its answer has no text in {name}"))
    };
    if text("plainToken")? != plain_token {
        return Err("its plainToken is not the one that was sent".to_owned());
    }
    if text("encryptedToken")? != encrypted_token(secret_token, plain_token) {
        let rule = "the lower-case hex HMAC-SHA256 of plainToken under the app's secret token";
        return Err(format!("its encryptedToken is wrong: it must be {rule}"));
    }
    Ok(())
}
