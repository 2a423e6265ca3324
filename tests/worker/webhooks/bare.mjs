// What a receiver of Zoom's webhooks comes to at the least: a Worker that checks the signature with WebCrypto, and no more.
// The load test runs it to have something to compare with.

let key;

const bytesOf = (hex) =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

export default {
  async fetch(request, env) {
    const body = await request.arrayBuffer();
    const timestamp = request.headers.get("x-zm-request-timestamp");
    const signature = request.headers.get("x-zm-signature");
    key ??= await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(env.SECRET),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["verify"],
    );
    const start = new TextEncoder().encode(`v0:${timestamp}:`);
    const message = new Uint8Array(start.length + body.byteLength);
    message.set(start);
    message.set(new Uint8Array(body), start.length);
    const mac = bytesOf(signature.slice("v0=".length));
    const right = await crypto.subtle.verify("HMAC", key, mac, message);
    return new Response(null, { status: right ? 204 : 401 });
  },
};
