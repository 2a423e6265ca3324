// The client of these tests sends, byte for byte, what the published one was recorded to send, and reads failures as it
// does: a server on loopback takes its calls and gives the answers of the recording.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";

import { Client, MessageRejectedError, RateLimitError } from "./client.mjs";

const recording = JSON.parse(
  readFileSync(join(import.meta.dirname, "calls.json"), "utf8"),
);
const { integration, grant } = recording.answers;
const PAGE = integration.redirect_uris[0];

/** What to do with the client for each recorded operation; the values are the recording's. */
const OPERATIONS = {
  async "integrations: create"({ integrations }) {
    const one = integrations.create();
    const { name, provider, redirect_uris, expires_in } = integration;
    const settings = { client_id: "zoom-id", client_secret: "zoom-secret" };
    Object.assign(one, { name, provider, settings, redirect_uris, expires_in });
    await one.save();
    assert.equal(one.id, "zoom");
  },
  async "integrations: create without a lifetime, save again"(client) {
    const one = client.integrations.create();
    Object.assign(one, { name: 'Bare 🚀 "\\/\u007f\n', provider: "zoom" });
    one.settings = { client_id: "a", client_secret: "b" };
    one.redirect_uris = [];
    await one.save();
    one.name = "n";
    await one.save();
  },
  "integrations: iterate": ({ integrations }) => every(integrations),
  "integrations: all": ({ integrations }) => integrations.all(),
  "integrations: first": ({ integrations }) => integrations.first(),
  async "integrations: save what first() gave"({ integrations }) {
    const one = await integrations.first();
    await assert.rejects(one.save(), /has no attribute '_patch_resource'/);
  },
  async "integrations: get"({ integrations }) {
    const one = await integrations.get("zoom");
    assert.deepEqual({ ...one }, { ...integration, id: "zoom", settings: {} });
  },
  "integrations: get, save": async (client, sent) => {
    const one = await client.integrations.get("zoom");
    sent.length = 0;
    one.name = "Renamed";
    await one.save();
  },
  "integrations: delete": ({ integrations }) => integrations.delete("zoom"),
  "hosted authentication": async (client) => {
    const login = await client.hostedAuthentication("zoom", PAGE);
    assert.equal(login.id, "1");
  },
  "hosted authentication with everything": (client) =>
    client.hostedAuthentication("zoom", PAGE, {
      scope: ["meeting:write"],
      metadata: { plan: "zoë" },
      settings: { grant_expires_in: 100 },
      expires_in: 43200,
      state: "my state",
      login_hint: "ada@acme.example",
      grant_id: grant.id,
    }),
  "hosted authentication for events": (client) =>
    client.hostedAuthenticationForEvents("zoom", PAGE, "user-1"),
  "grants: iterate": ({ grants }) => every(grants),
  "grants: first": ({ grants }) => grants.first(),
  "grants: iterate where, with a limit": ({ grants }) =>
    every(
      grants.where({ provider: "zoom", email: "ada+x@acme.example", limit: 5 }),
    ),
  "grants: iterate where": ({ grants }) =>
    every(grants.where({ provider: "zoom", grant_status: "valid" })),
  "grants: slice": ({ grants }) => grants.slice(2, 4),
  "grants: all where": ({ grants }) =>
    grants.where({ provider: "zoom" }).all({ limit: 60 }),
  "grants: first where": ({ grants }) =>
    grants.where({ provider: "zoom" }).first(),
  "grants: iterate where, odd characters": ({ grants }) =>
    every(grants.where({ account_id: "zoom:Ada L's (1)*~!" })),
  async "grants: get"({ grants }) {
    assert.deepEqual({ ...(await grants.get(grant.id)) }, grant);
  },
  "grants: create with a state": ({ grants }) =>
    saved(grants.create(), { state: "s" }),
  "grants: create": ({ grants }) =>
    saved(grants.create(), { metadata: { k: 1 }, scope: ["meeting:write"] }),
  "grants: get, save": async ({ grants }, sent) => {
    const one = await grants.get(grant.id);
    sent.length = 0;
    one.metadata = { sample: "data" };
    await one.save();
  },
  "grants: save again": async ({ grants }, sent) => {
    const one = await grants.get(grant.id);
    sent.length = 0;
    one.metadata = { sample: "data" };
    one.settings = { refresh_token: "another" };
    await one.save();
  },
  async "grants: on-demand sync"({ grants }) {
    assert.deepEqual({ ...(await grants.onDemandSync(grant.id)) }, grant);
  },
  "grants: on-demand sync from a time": ({ grants }) =>
    grants.onDemandSync(grant.id, 123456),
  "grants: delete": ({ grants }) => grants.delete(grant.id),
};

async function every(list) {
  const all = [];
  for await (const one of list) all.push(one);
  return all;
}

function saved(one, values) {
  const settings = { refresh_token: "a-refresh-token" };
  Object.assign(one, { provider: "zoom", settings, ...values });
  return one.save();
}

/** A server on a free port of loopback that notes every call and answers it by `answerTo`. */
async function listen(sent, answerTo) {
  const server = createServer(async (call, answer) => {
    const parts = [];
    for await (const part of call) parts.push(part);
    const { method, url, rawHeaders } = call;
    const body = Buffer.concat(parts).toString();
    sent.push({ method, path: url, rawHeaders, body });
    const [status, headers, value] = answerTo(method, url);
    answer.writeHead(status, headers).end(value);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

/** The answers of the recording. */
function recorded(method, url) {
  const { pathname, searchParams } = new URL(url, "http://127.0.0.1");
  const [, , noun, id] = pathname.split("/");
  const one = noun === "integrations" ? integration : grant;
  const page = searchParams.get("offset") === "0" ? [one] : [];
  const list = method === "GET" && id === undefined;
  const login = {
    url: "https://x/connect/login?id=1",
    id: "1",
    expires_at: 1,
    request: {},
  };
  const data = noun === "auth" ? login : list ? page : one;
  return [200, {}, JSON.stringify({ success: true, data })];
}

describe(`the client sends what ${recording.package.name} ${recording.package.version} sends`, () => {
  const sent = [];
  let server, address, client;
  before(async () => {
    server = await listen(sent, recorded);
    address = `127.0.0.1:${server.address().port}`;
    client = new Client(
      `http://${address}`,
      "project-client-id",
      "project-client-secret",
    );
  });
  beforeEach(() => (sent.length = 0));
  after(() => server?.close());

  /** A recorded call as it must arrive here. */
  function expected({ method, path, headers, body = "" }) {
    const places = { "{host}": address, "{length}": String(body.length) };
    const rawHeaders = Object.entries(recording.headers[headers])
      .map(([name, value]) => [name, places[value] ?? value])
      .flat();
    return { method, path, rawHeaders, body };
  }

  for (const [name, calls] of Object.entries(recording.calls)) {
    test(name, async () => {
      await OPERATIONS[name](client, sent);
      assert.deepEqual(sent, calls.map(expected));
    });
  }
});

describe("the client reads failures as the published one does", () => {
  let server, answer, client;
  before(async () => {
    server = await listen([], () => answer);
    const address = `http://127.0.0.1:${server.address().port}`;
    client = new Client(address, "id", "secret");
  });
  after(() => server?.close());

  const failure = () =>
    client.integrations.get("zoom").then(
      () => assert.fail("it went well"),
      (error) => error,
    );

  test("a body with message and type on top becomes a sentence", async () => {
    answer = [400, {}, '{"message": "No such thing", "type": "api_error"}'];
    assert.equal(
      (await failure()).message,
      "400 Bad Request. Reason: No such thing. Nylas Error Type: api_error",
    );
  });

  test("any other body is the message itself", async () => {
    for (const text of ['{"error":{"message":"inside"}}', "plain"]) {
      answer = [404, {}, text];
      assert.equal((await failure()).message, text);
    }
  });

  test("429 tells the limit and when it ends", async () => {
    const headers = { "X-RateLimit-Limit": 50, "X-RateLimit-Reset": 10 };
    answer = [429, headers, "slow down"];
    const error = await failure();
    assert.ok(error instanceof RateLimitError);
    assert.equal(error.rate_limit, 50);
    assert.equal(error.rate_limit_reset, 10);
  });

  test("402 is a rejected message", async () => {
    answer = [402, {}, "{}"];
    assert.ok((await failure()) instanceof MessageRejectedError);
  });
});
