//! Encryption at rest: `v1.<key id>.<nonce>.<ciphertext>`, AES-256-GCM under a key derived (HKDF-SHA256) from a
//! master key and the record's name, the name also as associated data: a text moved to another record does not open.
//! The host's clock and randomness stay outside: the nonce is an argument.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

/// The master keys, first the one that seals. Configured as `kid:base64url(32 bytes)`, comma separated.
pub struct KeyRing(Vec<MasterKey>);

struct MasterKey {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
}

/// Ninety-six random bits, used once.
pub type Nonce = [u8; 12];

/// All that a piece of code outside needs to seal one record, once.
pub struct LandingKey {
    /// The master key's id, for the sealed text.
    pub key_id: String,
    /// The derived key of this one record.
    pub key: Zeroizing<[u8; 32]>,
    /// The nonce to use.
    pub nonce: Nonce,
    /// The record's name: the associated data.
    pub record: String,
}

/// Why a key ring was refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RingError {
    /// Nothing configured.
    #[error("MASTER_KEYS is empty: set it to `k1:` and 32 random bytes in base64url")]
    Empty,
    /// One entry is not `kid:base64url(32 bytes)`.
    #[error("entry {0} of MASTER_KEYS is not `kid:` and 32 bytes in base64url")]
    Malformed(usize),
}

/// Why a sealed text did not open.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OpenError {
    /// Sealed with a key that this ring does not hold: our fault, never the record's.
    #[error("sealed with key `{0}`, which MASTER_KEYS does not hold")]
    UnknownKey(String),
    /// Not sealed by us for this record, or changed since.
    #[error("the sealed text does not open")]
    Broken,
}

impl KeyRing {
    /// Reads the configured ring.
    pub fn new(configured: &str) -> Result<Self, RingError> {
        let keys = configured
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .enumerate()
            .map(|(index, entry)| MasterKey::new(entry).ok_or(RingError::Malformed(index + 1)))
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(RingError::Empty) } else { Ok(Self(keys)) }
    }

    /// The ids of the keys, first the one that seals.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.id.as_str())
    }

    /// Seals a text for one record.
    pub fn seal(&self, record: &str, plain: &[u8], nonce: Nonce) -> String {
        self.landing_key(record, nonce).seal(plain)
    }

    /// Opens a sealed text of one record.
    pub fn open(&self, record: &str, sealed: &str) -> Result<Zeroizing<String>, OpenError> {
        let mut parts = sealed.split('.');
        let (Some("v1"), Some(id), Some(nonce), Some(text), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(OpenError::Broken);
        };
        let master = self
            .0
            .iter()
            .find(|key| key.id == id)
            .ok_or_else(|| OpenError::UnknownKey(id.chars().take(32).collect()))?;
        let mut bytes = Nonce::default();
        let read = Base64UrlUnpadded::decode(nonce, &mut bytes).map(<[u8]>::len);
        let text = Base64UrlUnpadded::decode_vec(text).map_err(|_| OpenError::Broken)?;
        if read != Ok(bytes.len()) {
            return Err(OpenError::Broken);
        }
        let plain = cipher(&master.derive(record))
            .decrypt(&bytes.into(), Payload { msg: &text, aad: record.as_bytes() })
            .map_err(|_| OpenError::Broken)?;
        String::from_utf8(plain).map(Zeroizing::new).map_err(|_| OpenError::Broken)
    }

    /// What code outside Rust needs to seal one record with the writing key.
    pub fn landing_key(&self, record: &str, nonce: Nonce) -> LandingKey {
        let (key_id, key) = self.0.first().map_or_else(
            || (String::new(), Zeroizing::default()),
            |key| (key.id.clone(), key.derive(record)),
        );
        LandingKey { key_id, key, nonce, record: record.to_owned() }
    }

    /// A code for a text that only holders of this ring can make, for one purpose: 256 bits, base64url.
    pub fn code(&self, purpose: &str, text: &str) -> Vec<String> {
        self.0
            .iter()
            .map(|key| key.derive(&format!("{purpose}\n{text}")))
            .map(|code| Base64UrlUnpadded::encode_string(code.as_slice()))
            .collect()
    }
}

impl LandingKey {
    /// Seals a text, once.
    pub fn seal(&self, plain: &[u8]) -> String {
        let payload = Payload { msg: plain, aad: self.record.as_bytes() };
        // Fails only for texts over 64 GiB.
        let sealed = cipher(&self.key).encrypt(&self.nonce.into(), payload).unwrap_or_default();
        let nonce = Base64UrlUnpadded::encode_string(&self.nonce);
        format!("v1.{}.{nonce}.{}", self.key_id, Base64UrlUnpadded::encode_string(&sealed))
    }
}

impl MasterKey {
    fn new(entry: &str) -> Option<Self> {
        let (id, encoded) = entry.split_once(':')?;
        let sound = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if id.is_empty() || id.len() > 32 || !id.bytes().all(sound) {
            return None;
        }
        let mut bytes = Zeroizing::new([0_u8; 32]);
        let read = Base64UrlUnpadded::decode(encoded, bytes.as_mut_slice()).ok()?.len();
        (read == 32).then(|| Self { id: id.to_owned(), bytes })
    }

    fn derive(&self, record: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0_u8; 32]);
        let info = format!("isthmus v1\n{record}");
        // Fails only for outputs over 8,160 bytes.
        let _ = Hkdf::<Sha256>::new(None, self.bytes.as_slice())
            .expand(info.as_bytes(), key.as_mut_slice());
        key
    }
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(key.into())
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

impl std::fmt::Debug for LandingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LandingKey({})", self.record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(ids: &[(&str, u8)]) -> KeyRing {
        let entries: Vec<_> = ids
            .iter()
            .map(|(id, byte)| format!("{id}:{}", Base64UrlUnpadded::encode_string(&[*byte; 32])))
            .collect();
        KeyRing::new(&entries.join(",")).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_own_record_only() {
        let ring = ring(&[("k1", 1)]);
        let sealed = ring.seal("grant/1", b"token", [7; 12]);
        assert!(sealed.starts_with("v1.k1.") && !sealed.contains("token"));
        assert_eq!(ring.open("grant/1", &sealed).unwrap().as_str(), "token");
        assert_eq!(ring.open("grant/2", &sealed), Err(OpenError::Broken));
    }

    #[test]
    fn a_new_key_in_front_seals_and_the_old_one_still_opens() {
        let old = ring(&[("k1", 1)]).seal("r", b"text", [1; 12]);
        let both = ring(&[("k2", 2), ("k1", 1)]);
        assert_eq!(both.open("r", &old).unwrap().as_str(), "text");
        assert!(both.seal("r", b"text", [2; 12]).starts_with("v1.k2."));
        assert_eq!(ring(&[("k2", 2)]).open("r", &old), Err(OpenError::UnknownKey("k1".to_owned())));
    }

    #[test]
    fn changed_or_malformed_texts_do_not_open() {
        let ring = ring(&[("k1", 1)]);
        let sealed = ring.seal("r", b"text", [1; 12]);
        for broken in ["", "v1", "v1.k1..", "v2.k1.a.b", "v1.k1.AA.AA", &sealed[..sealed.len() - 2]]
        {
            assert_eq!(ring.open("r", broken), Err(OpenError::Broken), "{broken}");
        }
    }

    #[test]
    fn an_empty_or_short_ring_is_refused() {
        assert_eq!(KeyRing::new(" ").unwrap_err(), RingError::Empty);
        assert_eq!(KeyRing::new("k1:c2hvcnQ").unwrap_err(), RingError::Malformed(1));
        assert_eq!(KeyRing::new("nokey").unwrap_err(), RingError::Malformed(1));
    }
}
