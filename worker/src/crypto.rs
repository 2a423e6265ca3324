//! Randomness and RSA signatures by the runtime's WebCrypto; the calls themselves are in `crypto.js`.

use isthmus::host::{HostError, PublicKey};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::wire;

#[wasm_bindgen(module = "/src/crypto.js")]
extern "C" {
    #[wasm_bindgen(js_name = fillRandom)]
    fn fill(buffer: &mut [u8]);

    #[wasm_bindgen(js_name = verifyRs256)]
    fn verify(n: &str, e: &str, message: Uint8Array, signature: Uint8Array) -> Promise;

    #[wasm_bindgen(js_name = generateRs256)]
    fn generate() -> Promise;
}

/// Fills the buffer with strong random bytes.
pub(crate) fn fill_random(buffer: &mut [u8]) {
    fill(buffer);
}

/// Checks a signature; an error when the key itself cannot be used.
pub(crate) async fn verify_rs256(
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, HostError> {
    // Copies: the views of our memory would not survive the first await.
    let answer = wire::settled(verify(&key.n, &key.e, message.into(), signature.into())).await;
    answer.map(|valid| valid.is_truthy()).map_err(|error| wire::host_error("crypto", &error))
}

/// A new RSA-2048 pair: the public half, and the private one as PKCS#8 PEM.
pub(crate) async fn generate_rs256() -> Result<(PublicKey, String), HostError> {
    let answer =
        wire::settled(generate()).await.map_err(|error| wire::host_error("crypto", &error))?;
    let mut texts = Array::from(&answer).into_iter().filter_map(|text| text.as_string());
    match (texts.next(), texts.next(), texts.next()) {
        (Some(n), Some(e), Some(pem)) => Ok((PublicKey { n, e }, pem)),
        _ => Err(HostError::new("crypto", "the new key could not be exported")),
    }
}
