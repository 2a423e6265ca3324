// Requests and answers, taken apart and put together. `wire.rs` says what for. Headers travel as one flat list:
// name, value, name, value (one pair for each Set-Cookie). A body is null, bytes, or a stream.

// The same as `BUFFER_LIMIT` in src/host.rs.
const BUFFER_LIMIT = 1024 * 1024;

// RFC 9110: these answers have no body, not even an empty one.
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

/** A request that came in: `[method, url, headers, body]`. */
export async function readRequest(request) {
  const { method, url, headers } = request;
  const body = await smallBody(request.body, headers.get("content-length"));
  return [method, url, [...headers].flat(), body];
}

/** An answer for the one who asked us. */
export function makeResponse(status, headers, body) {
  const bodiless = WITHOUT_BODY.has(status);
  const pairs = headerPairs(headers, body !== null || bodiless);
  return new Response(bodiless ? null : body, { status, headers: pairs });
}

/** An answer that came from outside: `[status, headers, body]`. */
export async function readResponse(response) {
  const headers = new Headers(response.headers);
  let length = headers.get("content-length");
  if (headers.has("content-encoding")) {
    // What we read is decoded already: neither header is true of it.
    headers.delete("content-encoding");
    headers.delete("content-length");
    length = null;
  }
  const body = await smallBody(response.body, length);
  return [response.status, [...headers].flat(), body];
}

/** Headers from a flat list; the runtime itself counts a body's length. */
export function headerPairs(headers, withoutLength) {
  const pairs = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (withoutLength && headers[i] === "content-length") continue;
    pairs.push([headers[i], headers[i + 1]]);
  }
  return pairs;
}

/** The bytes of a small body, a stream of a larger one; whoever does not tell the length is read up to the limit. */
async function smallBody(stream, length) {
  if (!stream) return null;
  if (Number(length) > BUFFER_LIMIT) return stream;
  const reader = stream.getReader();
  const chunks = [];
  let size = 0;
  while (size <= BUFFER_LIMIT) {
    const { done, value } = await reader.read();
    if (done) return joined(chunks, size);
    chunks.push(value);
    size += value.byteLength;
  }
  return new ReadableStream({
    async pull(controller) {
      if (chunks.length > 0) return controller.enqueue(chunks.shift());
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** Chunks as one array of bytes. */
export function joined(chunks, size) {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
