// What a limiter keeps: one text. `limiter.rs` says what for.

const KEY = "kept";

/** The text, or nothing. @param {DurableObjectState} state */
export function keptText(state) {
  return state.storage.kv.get(KEY);
}

/** Keeps a text instead of the one before. It is on disk before the object's next answer leaves. */
export function keepText(state, text) {
  if (text === undefined) state.storage.kv.delete(KEY);
  else state.storage.kv.put(KEY, text);
}
