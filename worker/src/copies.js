// Copies in a KV namespace. `copies.rs` says what for.

/** The text under a key, or null. */
export async function loadCopy(store, key) {
  return store.get(key);
}

/** Saves a text for so many seconds, at least 60. */
export async function saveCopy(store, key, value, seconds) {
  await store.put(key, value, { expirationTtl: seconds });
}

/** Deletes the text under a key. */
export async function deleteCopy(store, key) {
  await store.delete(key);
}
