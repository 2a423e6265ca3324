// Requests to the outside. `outside.rs` says what for. What is thrown is a word for the log, never an address or a
// header: "timeout", "not landed: …", or why the connection failed.

import { readRecord, writeRecord } from "./object.js";
import { headerPairs, joined, readResponse } from "./wire.js";

// A token response is a kilobyte or two; what a broken server sends beyond this is cut off.
const TOKEN_RESPONSE_LIMIT = 64 * 1024;

// How long a body may be on its way, in milliseconds, once its head is there.
const READ_DEADLINE = 30_000;

// The last token request of each object. It outlives a restart of the wasm instance; an object that was itself
// restarted has a new state, and does not wait for a promise of its former life.
const flights = new WeakMap();

/** Sends `[method, url, headers, body, deadline]`; answers `[status, headers, body]`. */
export async function sendRequest(request) {
  return withDeadline(request, readResponse);
}

/** The bytes of a stream; null when there are more than `limit`. */
export async function readBody(stream, limit) {
  const reader = stream.getReader();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // Whoever waits for more is told that there is none.
    reader.cancel().catch(() => {});
  }, READ_DEADLINE);
  try {
    const chunks = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (late) throw "timeout";
      if (done) return joined(chunks, size);
      chunks.push(value);
      size += value.byteLength;
      if (size > limit) {
        reader.cancel().catch(() => {});
        return null;
      }
    }
  } catch (error) {
    throw late ? "timeout" : `the connection failed (${error?.name})`;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Sends a token request, and writes the sealed answer into a record of the object. A second request with the same id
 * gets the first one's answer: while that is on its way, and until it is taken out of the record.
 */
export async function landInObject(request, seal, state, key, id) {
  const last = flights.get(state);
  const isUnread = () => !last.sealed || readRecord(state, key) === last.sealed;
  if (last?.id === id && isUnread()) return last.answer;
  const flight = { id };
  flight.answer = land(request, seal, async (sealed) => {
    writeRecord(state, key, sealed);
    flight.sealed = sealed;
    await state.storage.sync();
  });
  flights.set(state, flight);
  const forget = () => flights.get(state) === flight && flights.delete(state);
  keep(state, flight.answer.catch(forget));
  return flight.answer;
}

/** Sends a token request, and writes the sealed answer with a statement: `?1` is the answer, `params` the rest. */
export async function landInTable(
  request,
  seal,
  context,
  database,
  sql,
  params,
) {
  const flight = land(request, seal, (sealed) =>
    database
      .prepare(sql)
      .bind(sealed, ...JSON.parse(params))
      .run(),
  );
  keep(context, flight);
  return flight;
}

async function land(request, seal, store) {
  const [status, headers, body] = await withDeadline(
    request,
    readTokenResponse,
  );
  try {
    await store(await sealed(seal, JSON.stringify({ status, body })));
  } catch (error) {
    throw `not landed: ${error?.message ?? "the store failed"}`;
  }
  return [status, headers, new TextEncoder().encode(body)];
}

/** Goes on although whoever started it went away. */
function keep(context, flight) {
  context.waitUntil(flight.catch(() => {}));
}

async function withDeadline([method, url, headers, body, deadline], read) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), deadline);
  try {
    const response = await fetch(url, {
      method,
      headers: headerPairs(headers, true),
      body,
      redirect: "manual",
      signal: abort.signal,
    });
    return await read(response);
  } catch (error) {
    throw abort.signal.aborted
      ? "timeout"
      : `the connection failed (${error?.name})`;
  } finally {
    clearTimeout(timer);
  }
}

async function readTokenResponse(response) {
  const chunks = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > TOKEN_RESPONSE_LIMIT) break;
  }
  const bytes = joined(chunks, size).subarray(0, TOKEN_RESPONSE_LIMIT);
  return [
    response.status,
    [...response.headers].flat(),
    new TextDecoder().decode(bytes),
  ];
}

/** The same text as `KeyRing::seal` in src/seal.rs makes. */
async function sealed([keyId, bytes, nonce, record], plain) {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [
    "encrypt",
  ]);
  bytes.fill(0);
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: encoder.encode(record) },
    key,
    encoder.encode(plain),
  );
  return `v1.${keyId}.${base64url(nonce)}.${base64url(new Uint8Array(ciphertext))}`;
}

function base64url(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text)
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
