// Randomness and RSA signatures (RFC 7518 §3.3) by the runtime's WebCrypto. `crypto.rs` says what each is for.

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

// Imported keys by modulus and exponent. Keys, never promises: a promise belongs to the request that made it.
const keys = new Map();
const REMEMBERED_KEYS = 256;

/** @param {Uint8Array} buffer at most 65,536 bytes, in the wasm instance's memory */
export function fillRandom(buffer) {
  crypto.getRandomValues(buffer);
}

/** Whether `signature` is the key's signature of `message`; throws when the key is none. */
export async function verifyRs256(n, e, message, signature) {
  const name = `${n}.${e}`;
  let key = keys.get(name);
  if (!key) {
    key = await crypto.subtle.importKey(
      "jwk",
      { kty: "RSA", alg: "RS256", n, e },
      RS256,
      false,
      ["verify"],
    );
    if (keys.size >= REMEMBERED_KEYS) keys.clear();
    keys.set(name, key);
  }
  return crypto.subtle.verify(RS256, key, signature, message);
}

/** A new RSA-2048 pair: `[n, e, private key as PKCS#8 PEM]`. */
export async function generateRs256() {
  const pair = await crypto.subtle.generateKey(
    {
      ...RS256,
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    true,
    ["sign", "verify"],
  );
  const { n, e } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const bytes = new Uint8Array(
    await crypto.subtle.exportKey("pkcs8", pair.privateKey),
  );
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,64}/g);
  return [
    n,
    e,
    [
      "-----BEGIN PRIVATE KEY-----",
      ...lines,
      "-----END PRIVATE KEY-----",
      "",
    ].join("\n"),
  ];
}
