// What passes between a page and Zoom, in workerd: large bodies both ways, compressed answers, redirects, failures. A
// server of the test stands between the Worker and the sandbox and answers in the ways the sandbox does not.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createServer, request as forward } from "node:http";
import { after, before, describe, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { Runtime } from "./runtime.mjs";
import { User } from "./user.mjs";

/** Two megabytes of text, twice what the Worker buffers. */
const BIG = randomBytes(1_000_000).toString("hex");
const PIECE = 65536;
const digestOf = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** What the sandbox does not do: answers below `/v2/front/`. */
const ANSWERS = {
  async digest(request, response) {
    const hash = createHash("sha256");
    for await (const chunk of request) hash.update(chunk);
    json(response, { digest: hash.digest("hex"), headers: request.headers });
  },
  big: (_, response) => json(response, { big: BIG }),
  chunked(_, response) {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"big":"');
    for (let at = 0; at < BIG.length; at += PIECE) {
      response.write(BIG.slice(at, at + PIECE));
    }
    response.end('"}');
  },
  gzip: (_, response) => json(response, { small: 1 }, "gzip", gzipSync),
  "big-gzip": (_, response) => json(response, { big: BIG }, "gzip", gzipSync),
  br: (_, response) => json(response, { small: 1 }, "br", brotliCompressSync),
};

/** Answers JSON, and says how long it is. */
function json(response, value, coding = "identity", encode = Buffer.from) {
  const body = encode(JSON.stringify(value));
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": body.length,
    ...(coding !== "identity" && { "content-encoding": coding }),
  });
  response.end(body);
}

/** The server between; everything else goes on to the sandbox. */
async function startFront(sandbox) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    const own = ANSWERS[request.url.split("/v2/front/")[1]];
    if (own) return own(request, response);
    const { method, headers } = request;
    const onward = forward(
      new URL(request.url, sandbox),
      { method, headers },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    onward.once("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const end = () =>
    new Promise((done) => (server.close(done), server.closeAllConnections()));
  return { url: `http://127.0.0.1:${server.address().port}`, asked, end };
}

describe("a request to Zoom", () => {
  let runtime, front, user;
  before(async () => {
    runtime = await Runtime.start();
    front = await startFront(runtime.zoom.url);
    await runtime.kill();
    runtime.zoom.url = front.url;
    await runtime.startWorker();
    user = new User(runtime, "ada");
    await user.connect("ada@acme.example");
  });
  after(async () => {
    await runtime?.end();
    await front?.end();
  });

  const send = (method, path, options) =>
    user.ask(method, `proxy/zoom/${path}`, undefined, options);

  /** The next call of this kind goes another way. */
  const plan = (kind, answer) =>
    runtime.zoom.control("POST", "faults", {
      kind,
      fault: { type: "answer", ...answer },
    });

  /** The JSON of a good answer, in the `output` that others' clients want around it or not. */
  async function output(answer) {
    const text = await answer.text();
    assert.equal(answer.status, 200, text.slice(0, 1000));
    const value = JSON.parse(text);
    return value.output ?? value;
  }

  test("of two megabytes reaches Zoom whole, and with its length", async () => {
    const { digest, headers } = await output(
      await send("POST", "front/digest", { body: BIG }),
    );
    assert.equal(digest, digestOf(BIG));
    assert.equal(headers["content-length"], String(BIG.length));
  });

  test("of two megabytes in chunks reaches Zoom whole", async () => {
    const pieces = Array.from(
      { length: Math.ceil(BIG.length / PIECE) },
      (_, index) => BIG.slice(index * PIECE, (index + 1) * PIECE),
    );
    const body = ReadableStream.from(pieces.map((piece) => Buffer.from(piece)));
    const { digest, headers } = await output(
      await send("POST", "front/digest", { body, duplex: "half" }),
    );
    assert.equal(digest, digestOf(BIG));
    assert.equal(headers["transfer-encoding"], "chunked");
  });

  for (const way of ["big", "chunked"]) {
    test(`is answered with more than a mebibyte, ${way}`, async () => {
      const { big } = await output(await send("GET", `front/${way}`));
      assert.equal(big?.length, BIG.length);
      assert.equal(digestOf(big), digestOf(BIG));
    });
  }

  for (const coding of ["gzip", "br"]) {
    test(`is answered readably when Zoom compresses with ${coding}`, async () => {
      const answer = await send("GET", `front/${coding}`);
      assert.deepEqual(await output(answer), { small: 1 });
    });
  }

  test("is answered readably when what Zoom compressed is large", async () => {
    const { big } = await output(await send("GET", "front/big-gzip"));
    assert.equal(digestOf(big), digestOf(BIG));
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`that Zoom redirects with ${status} is told so and not followed`, async () => {
      const location = `${front.url}/v2/front/elsewhere?from=${status}`;
      await plan("users_me", { status, headers: { location } });
      const answer = await user.request();
      assert.equal(answer.status, 502);
      assert.equal(answer.headers.get("location"), null);
      const told = await answer.json();
      assert.equal(told.code, "zoom_redirected");
      assert.equal(told.location, location);
      const followed = front.asked.filter((url) => url.includes("elsewhere"));
      assert.deepEqual(followed, []);
    });
  }

  test("that changes or deletes is answered with an empty 204", async () => {
    const meeting = (fields) => ({
      body: new Blob([JSON.stringify(fields)], { type: "application/json" }),
    });
    const wish = meeting({ topic: "Proxy", type: 1 });
    const made = await send("POST", "users/me/meetings", wish);
    const text = await made.text();
    assert.equal(made.status, 201, text);
    const { id } = JSON.parse(text).output;
    const change = meeting({ topic: "Other" });
    for (const [method, options] of [["PATCH", change], ["DELETE"]]) {
      const answer = await send(method, `meetings/${id}`, options);
      assert.equal(await answer.text(), "");
      assert.equal(answer.status, 204);
    }
  });

  test("over Zoom's rate is answered with its 429 and its headers", async () => {
    await plan("users_me", { status: 429 });
    const answer = await user.request();
    assert.equal(answer.status, 429);
    assert.equal(answer.headers.get("x-ratelimit-type"), "QPS");
    assert.equal(answer.headers.get("x-ratelimit-remaining"), "0");
    assert.match(answer.headers.get("x-ratelimit-reset"), /^\d+$/);
    assert.match(answer.headers.get("retry-after"), /^\d{4}-.*Z$/);
    assert.equal(answer.headers.get("access-control-expose-headers"), "*");
    assert.equal(answer.headers.get("x-isthmus-code"), null);
    const { code, message } = await answer.json();
    assert.equal(code, 429);
    assert.match(message, /rate limit/);
  });
});
