//! Zoom's two HMACs: over a request, and over the token of URL validation.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `x-zm-signature` of a body sent at `timestamp` (seconds since 1970).
pub fn signature(secret_token: &str, timestamp: i64, body: &[u8]) -> String {
    let start = format!("v0:{timestamp}:");
    format!("v0={}", hmac_sha256(secret_token, &[start.as_bytes(), body]))
}

/// `encryptedToken`: the right answer to URL validation.
pub fn encrypted_token(secret_token: &str, plain_token: &str) -> String {
    hmac_sha256(secret_token, &[plain_token.as_bytes()])
}

fn hmac_sha256(key: &str, parts: &[&[u8]]) -> String {
    // A key of any length will do, so this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    for part in parts {
        mac.update(part);
    }
    hex(&mac.finalize().into_bytes())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{encrypted_token, signature};

    const SECRET: &str = "4fv1RkqGQUq5sWbEz6hA5A";

    #[test]
    fn a_request_signed_by_zoom_has_this_signature() {
        let body = r#"{"payload":{"plainToken":"xys8n8PGS7mAU0m5-YJjRA"},"event_ts":1720705455858,"event":"endpoint.url_validation"}"#;
        let expected = "v0=93a1a675965ceb9c5a50c5dfb31f20e50f763be37a54ef74cd2d16a1a8e5c0d6";
        assert_eq!(signature(SECRET, 1_720_705_455, body.as_bytes()), expected);
    }

    #[test]
    fn the_token_of_that_request_is_answered_with_this_one() {
        let expected = "2fffc6a967dde4f68024025a5bd991c5ae1e5313b4e6365be4883e3e81d479b3";
        assert_eq!(encrypted_token(SECRET, "xys8n8PGS7mAU0m5-YJjRA"), expected);
    }
}
