//! Identifiers: random ones in UUID form, and those derived from what they name.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::{host::Host, secret::hex};

/// 122 random bits in UUID form (RFC 9562 §5.4, version 4).
pub fn random_uuid(host: &impl Host) -> String {
    let mut bytes = [0_u8; 16];
    host.fill_random(&mut bytes);
    uuid(bytes, 4)
}

/// So many random bytes, base64url.
pub fn random_text<const BYTES: usize>(host: &impl Host) -> String {
    let mut bytes = [0_u8; BYTES];
    host.fill_random(&mut bytes);
    Base64UrlUnpadded::encode_string(&bytes)
}

/// Always the same UUID for the same parts: making a record twice makes one record. It carries the version of name-based
/// UUIDs (RFC 9562 §5.5, though hashed with SHA-256), since a published client takes versions above 5 for no UUID.
pub fn derived_uuid(parts: &[&str]) -> String {
    uuid(derived(parts), 5)
}

/// Always the same 128 bits for the same parts, as hex, with a prefix that says what it names.
pub fn derived_id(prefix: &str, parts: &[&str]) -> String {
    format!("{prefix}_{}", hex(&derived(parts)))
}

/// Whether a text has the form of the UUIDs that are made here: nothing else can be the id of a record.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

fn derived(parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        // The length in front keeps `ab`,`c` apart from `a`,`bc`.
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes = [0_u8; 16];
    for (byte, source) in bytes.iter_mut().zip(hash.finalize()) {
        *byte = source;
    }
    bytes
}

fn uuid(mut bytes: [u8; 16], version: u8) -> String {
    // Octets 6 and 8 carry version and variant (RFC 9562 §4).
    let [.., octet_6, _, octet_8, _, _, _, _, _, _, _] = &mut bytes;
    *octet_6 = (*octet_6 & 0x0f) | (version << 4);
    *octet_8 = (*octet_8 & 0x3f) | 0x80;
    let text = hex(&bytes);
    let parts =
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| text.get(part).unwrap_or_default());
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_are_stable_and_tell_their_parts_apart() {
        let id = derived_uuid(&["ab", "c"]);
        assert_eq!(id, derived_uuid(&["ab", "c"]));
        assert_ne!(id, derived_uuid(&["a", "bc"]));
        assert_eq!((id.len(), id.as_bytes()[14]), (36, b'5'));
    }
}
