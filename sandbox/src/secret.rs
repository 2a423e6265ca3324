//! Minting secrets and recognising them again. Only fingerprints are kept, so neither the state
//! file nor the log can leak a token.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

/// A new secret of 256 random bits, with a prefix that makes it easy to search for in files.
pub(crate) fn mint(prefix: &str) -> String {
    let bytes: [u8; 32] = rand::random();
    format!("{prefix}{}", Base64UrlUnpadded::encode_string(&bytes))
}

/// SHA-256 in base64url: what is kept of a secret, and PKCE's S256 (RFC 7636, 4.2).
pub(crate) fn fingerprint(text: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(text.as_bytes()))
}
