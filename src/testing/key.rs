//! A user-token key as a customer's server holds it, and tokens made with it.

use base64ct::{Base64UrlUnpadded, Encoding};
use rsa::{
    BigUint, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey,
    pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding},
    rand_core::OsRng,
    sha2::{Digest, Sha256},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};

use crate::host::PublicKey;

/// An RSA-2048 pair.
#[derive(Debug, Clone)]
pub struct TestKey(RsaPrivateKey);

impl TestKey {
    /// Makes a new pair.
    ///
    /// # Panics
    /// When the machine has no randomness.
    #[expect(clippy::expect_used, reason = "a test cannot go on without a key")]
    pub fn generate() -> Self {
        Self(RsaPrivateKey::new(&mut OsRng, 2048).expect("an RSA key"))
    }

    /// The public half as a JWK's members.
    pub fn public(&self) -> PublicKey {
        let encode = |number: &BigUint| Base64UrlUnpadded::encode_string(&number.to_bytes_be());
        PublicKey { n: encode(self.0.n()), e: encode(self.0.e()) }
    }

    /// The public half as PEM.
    pub fn public_pem(&self) -> String {
        self.0.to_public_key().to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }

    /// The private half as PKCS#8 PEM.
    pub fn private_pem(&self) -> String {
        self.0.to_pkcs8_pem(LineEnding::LF).map(|pem| pem.to_string()).unwrap_or_default()
    }

    /// A user token with these claims, RS256.
    pub fn token(&self, claims: &Value) -> String {
        self.signed(&json!({"alg": "RS256", "typ": "JWT"}), claims)
    }

    /// A token whose header names the key.
    pub fn token_by(&self, key_id: &str, claims: &Value) -> String {
        self.signed(&json!({"alg": "RS256", "typ": "JWT", "kid": key_id}), claims)
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let input = format!("{}.{}", part(header), part(claims));
        let digest = Sha256::digest(input.as_bytes());
        let signature = self.0.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).unwrap_or_default();
        format!("{input}.{}", Base64UrlUnpadded::encode_string(&signature))
    }
}

/// One part of a JWS.
fn part(value: &Value) -> String {
    Base64UrlUnpadded::encode_string(value.to_string().as_bytes())
}

/// RS256 by the `rsa` crate.
pub(super) fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) -> Option<bool> {
    let number = |text: &str| {
        Base64UrlUnpadded::decode_vec(text).ok().map(|bytes| BigUint::from_bytes_be(&bytes))
    };
    let key = RsaPublicKey::new(number(&key.n)?, number(&key.e)?).ok()?;
    let digest = Sha256::digest(message);
    Some(key.verify(Pkcs1v15Sign::new::<Sha256>(), &digest, signature).is_ok())
}
