//! Public RSA keys as people paste them: a JWK (RFC 7517, RFC 7518 §6.3) or PEM (`PUBLIC KEY` of RFC 5280,
//! `RSA PUBLIC KEY` of RFC 8017). Read into modulus and exponent; nothing else of a key is of interest here.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use serde_json::Value;
use thiserror::Error;

use crate::host::PublicKey;

/// The shortest modulus, in bytes: RS256 wants 2048 bits (RFC 7518 §3.3).
const SHORTEST: usize = 256;
/// The longest modulus, in bytes.
const LONGEST: usize = 1024;

/// Why a key was not taken.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// A private key was pasted.
    #[error("this is a private key: give the public one, and keep this one on your server")]
    Private,
    /// Not a key in any form that we read.
    #[error("not an RSA public key as PEM (BEGIN PUBLIC KEY) or JWK (kty RSA, n, e)")]
    Malformed,
    /// Too short or too long.
    #[error("the key must have 2048 to 8192 bits")]
    Size,
}

/// Reads a JWK.
pub fn from_jwk(jwk: &Value) -> Result<PublicKey, KeyError> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    if jwk.get("d").is_some() {
        return Err(KeyError::Private);
    }
    let (Some("RSA"), Some(n), Some(e)) = (text("kty"), text("n"), text("e")) else {
        return Err(KeyError::Malformed);
    };
    let decode = |text| Base64UrlUnpadded::decode_vec(text).map_err(|_| KeyError::Malformed);
    checked(&decode(n)?, &decode(e)?)
}

/// Reads PEM.
pub fn from_pem(pem: &str) -> Result<PublicKey, KeyError> {
    let mut lines = pem.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN "));
    let label = lines.next().unwrap_or_default();
    let body: String = lines.take_while(|line| !line.starts_with("-----END ")).collect();
    let der = Base64::decode_vec(&body).map_err(|_| KeyError::Malformed)?;
    let key = match label {
        "-----BEGIN PUBLIC KEY-----" => subject_public_key(&der).ok_or(KeyError::Malformed)?,
        "-----BEGIN RSA PUBLIC KEY-----" => der.as_slice(),
        _ if label.contains("PRIVATE KEY") => return Err(KeyError::Private),
        _ => return Err(KeyError::Malformed),
    };
    let (n, e) = modulus_and_exponent(key).ok_or(KeyError::Malformed)?;
    checked(n, e)
}

/// The key inside a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7): algorithm, then a bit string.
fn subject_public_key(der: &[u8]) -> Option<&[u8]> {
    /// 1.2.840.113549.1.1.1, rsaEncryption.
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    let (info, _) = element(der, 0x30)?;
    let (algorithm, rest) = element(info, 0x30)?;
    let (name, _) = element(algorithm, 0x06)?;
    let (bits, _) = element(rest, 0x03)?;
    let (unused, key) = bits.split_first()?;
    (name == RSA && *unused == 0).then_some(key)
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1): two integers.
fn modulus_and_exponent(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (pair, _) = element(der, 0x30)?;
    let (n, rest) = element(pair, 0x02)?;
    let (e, _) = element(rest, 0x02)?;
    Some((n, e))
}

/// One DER element of this tag, and what follows it (X.690 §8.1).
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 | 0x82 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    (*found == tag).then(|| rest.split_at_checked(length))?
}

fn checked(n: &[u8], e: &[u8]) -> Result<PublicKey, KeyError> {
    let plain = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.get(zeros..).unwrap_or_default().to_vec()
    };
    let (n, e) = (plain(n), plain(e));
    if !(SHORTEST..=LONGEST).contains(&n.len()) {
        return Err(KeyError::Size);
    }
    let odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte & 1 == 1);
    // An exponent of 1 would make every text its own signature.
    if !odd(&n) || !odd(&e) || e == [1] || e.len() > 8 {
        return Err(KeyError::Malformed);
    }
    let encode = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
    Ok(PublicKey { n: encode(&n), e: encode(&e) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn jwk(bytes: usize, e: &[u8]) -> Value {
        let encode = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
        json!({"kty": "RSA", "n": encode(&vec![0xff; bytes]), "e": encode(e)})
    }

    #[test]
    fn a_jwk_is_read_and_weak_ones_are_refused() {
        assert_eq!(from_jwk(&jwk(256, &[1, 0, 1])).unwrap().e, "AQAB");
        assert_eq!(from_jwk(&jwk(128, &[1, 0, 1])), Err(KeyError::Size));
        assert_eq!(from_jwk(&jwk(256, &[1])), Err(KeyError::Malformed));
        assert_eq!(from_jwk(&json!({"kty": "EC"})), Err(KeyError::Malformed));
        let mut private = jwk(256, &[1, 0, 1]);
        private["d"] = json!("x");
        assert_eq!(from_jwk(&private), Err(KeyError::Private));
    }

    #[test]
    fn pem_that_is_no_public_rsa_key_is_refused() {
        for pem in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "hello"] {
            assert_eq!(from_pem(pem), Err(KeyError::Malformed), "{pem}");
        }
        let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        assert_eq!(from_pem(private), Err(KeyError::Private));
    }
}
