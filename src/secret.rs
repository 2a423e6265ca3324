//! A type for each secret: prints as redacted, cannot be cloned or serialized, is wiped when dropped.
//! `expose` is the one verb that reads it. What is stored is sealed by `seal`.

use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::shape::{Misfit, Shape};

/// Declares a secret text type.
macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Takes the text in.
            pub fn new(text: impl Into<String>) -> Self {
                Self(Zeroizing::new(text.into()))
            }

            /// Reads the secret. Every use of a secret is a call of this.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    )*};
}

secrets! {
    /// What opens the provider's API for one hour (RFC 6749 §1.4).
    AccessToken;
    /// What gets the next token pair, once (RFC 6749 §1.5).
    RefreshToken;
    /// The integration's secret at the provider (RFC 6749 §2.3.1).
    ClientSecret;
    /// What the redirect brings, exchanged once (RFC 6749 §4.1.2).
    AuthorizationCode;
    /// The half of PKCE that stays with us (RFC 7636 §4.1).
    CodeVerifier;
    /// What a redirect must bring back unchanged (RFC 6749 §10.12).
    State;
    /// A secret that we mint and show once: a project's client secret.
    ProjectSecret;
    /// A user token as it arrived (a JWT, RFC 7519).
    UserToken;
}

/// The text of a secret inside a record that is sealed as a whole: the one secret that is written as JSON.
pub struct Text(Zeroizing<String>);

impl Text {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Reads the secret.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Hands the text on, to a secret with a name.
    pub fn take(mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text([redacted])")
    }
}

impl Shape for Text {
    fn read(value: Value) -> Result<Self, Misfit> {
        String::read(value).map(Self::new)
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }

    #[cfg(feature = "documents")]
    fn schema() -> Value {
        String::schema()
    }
}

/// The SHA-256 of a text, as hex: how minted secrets are stored and looked up.
pub fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Whether two texts are equal, in a time that does not tell where they differ. Lengths may differ.
pub fn equal(left: &str, right: &str) -> bool {
    Sha256::digest(left.as_bytes()).ct_eq(&Sha256::digest(right.as_bytes())).into()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| DIGITS.get(usize::from(half)))
        .map(|digit| char::from(*digit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_redacted() {
        assert_eq!(format!("{:?}", AccessToken::new("abc")), "AccessToken([redacted])");
    }

    #[test]
    fn the_digest_is_sha_256_in_hex() {
        assert_eq!(
            digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn equal_compares_the_whole_text() {
        assert!(equal("secret", "secret"));
        assert!(!equal("secret", "secreT"));
        assert!(!equal("secret", ""));
    }
}
