//! Signing an outgoing event as Standard Webhooks says (standardwebhooks.com, "Webhook scheme", symmetric signatures):
//! the headers that any of its libraries verifies. The body is signed byte for byte as it is sent.

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{headers::Headers, secret::Text, time::Timestamp};

/// The three headers of one message, signed by every secret, the newest first. Nothing when there is no secret that can
/// sign.
pub fn signed_headers<'a>(
    secrets: impl IntoIterator<Item = &'a Text>,
    id: &str,
    now: Timestamp,
    body: &[u8],
) -> Option<Headers> {
    let signatures: Vec<String> =
        secrets.into_iter().filter_map(|secret| signature(secret, id, now, body)).collect();
    if signatures.is_empty() {
        return None;
    }
    let mut headers = Headers::default();
    headers.append("webhook-id", id);
    headers.append("webhook-timestamp", &now.seconds().to_string());
    headers.append("webhook-signature", &signatures.join(" "));
    Some(headers)
}

/// `v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.body`. Nothing when the secret is not `whsec_` and base64.
pub fn signature(secret: &Text, id: &str, now: Timestamp, body: &[u8]) -> Option<String> {
    let encoded = secret.expose().strip_prefix("whsec_")?;
    // Decoding takes the same time whatever the secret is.
    let key = Zeroizing::new(Base64::decode_vec(encoded).ok()?);
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{}.", now.seconds()).as_bytes());
    mac.update(body);
    Some(format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_614_265_330_000);
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn known() -> Text {
        Text::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    }

    #[test]
    fn the_vector_of_the_published_libraries_comes_out() {
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature(&known(), ID, AT, BODY).as_deref(), Some(expected));
    }

    #[test]
    fn every_part_of_the_message_counts() {
        let signed = signature(&known(), ID, AT, BODY);
        assert_ne!(signature(&known(), "msg_other", AT, BODY), signed);
        assert_ne!(signature(&known(), ID, AT.plus(1000), BODY), signed);
        assert_ne!(signature(&known(), ID, AT, b"{}"), signed);
        let other = Text::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        assert_ne!(signature(&other, ID, AT, BODY), signed);
    }

    #[test]
    fn two_secrets_sign_with_a_space_between_and_one_that_cannot_is_left_out() {
        let other = Text::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        let (broken, known) = (Text::new("whsec_!"), known());
        let headers = signed_headers([&other, &known, &broken], ID, AT, BODY).unwrap();
        let parts: Vec<_> = headers.get("webhook-signature").unwrap().split(' ').collect();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[1], signature(&known, ID, AT, BODY).unwrap());
        assert_eq!(headers.get("webhook-timestamp"), Some("1614265330"));
        assert_eq!(headers.get("webhook-id"), Some(ID));
        assert!(signed_headers([&broken], ID, AT, BODY).is_none());
        assert!(signature(&Text::new("no prefix"), ID, AT, BODY).is_none());
    }
}
