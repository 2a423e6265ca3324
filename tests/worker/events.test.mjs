// Outgoing events on the network: what arrives at a project's endpoint is verified by the published library of the
// Standard Webhooks (npm `standardwebhooks`), comes again until it was taken, and is found among the deliveries.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, describe, test } from "node:test";

import { Webhook, WebhookVerificationError } from "standardwebhooks";

import { Runtime, until } from "./runtime.mjs";
import { json, User } from "./user.mjs";

/** The pause before the first repetition, in seconds. */
const FIRST_PAUSE = 5;

/** The project's endpoint, on a free port of loopback: it notes what comes and answers as told, else 200. */
class Endpoint {
  received = [];
  /** How to answer the next ones: `[status, headers]` each. */
  answers = [];
  #server;

  static async open() {
    const endpoint = new Endpoint();
    endpoint.#server = createServer(async (request, answer) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const { method, url, headers } = request;
      const body = Buffer.concat(parts).toString();
      endpoint.received.push({ method, url, headers, body, at: Date.now() });
      answer.writeHead(...(endpoint.answers.shift() ?? [200])).end();
    });
    await new Promise((listening) =>
      endpoint.#server.listen(0, "127.0.0.1", listening),
    );
    endpoint.url = `http://127.0.0.1:${endpoint.#server.address().port}/events`;
    return endpoint;
  }

  /** Waits for so many deliveries of this kind for a grant; answers them. */
  async told(type, grant, count = 1) {
    const those = () =>
      this.received.filter(({ body }) => {
        const event = JSON.parse(body);
        return event.type === type && event.data.grant_id === grant;
      });
    await until(`${type} has come`, () => those().length >= count);
    return those();
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const flipped = (body) => {
  const bytes = Buffer.from(body);
  bytes[bytes.length >> 1] ^= 1;
  return bytes.toString();
};

describe("outgoing events", () => {
  let runtime, endpoint, secret;
  const secrets = [];

  before(async () => {
    endpoint = await Endpoint.open();
    runtime = await Runtime.start({ vars: { ALLOW_LOOPBACK: "1" } });
    ({ secret } = await register({ url: endpoint.url }));
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  });
  afterEach(() => {
    assert.deepEqual(endpoint.answers, [], "every answer was given");
    endpoint.received = [];
  });
  after(async () => {
    await runtime?.end();
    endpoint?.close();
  });

  async function register(wanted) {
    const path = `projects/${runtime.project.id}/event-endpoint`;
    const registered = await runtime.admin("PUT", path, wanted);
    if (registered.secret) secrets.push(registered.secret);
    return registered;
  }

  /** Asks below `/connect` as the project's server. */
  async function ask(method, path, body) {
    const credential = Buffer.from(runtime.project.client).toString("base64");
    const answer = await fetch(`${runtime.url}/connect/${path}`, {
      method,
      headers: { authorization: `Basic ${credential}` },
      body: body && JSON.stringify(body),
    });
    return (await json(answer, 200)).data;
  }

  /** A new user's grant. */
  async function connected(name, account) {
    const user = new User(runtime, name);
    const { credential_id: grant } = await user.connect(account);
    return { user, grant };
  }

  /** The deliveries of a grant, as the project's server finds them. */
  async function deliveriesOf(grant) {
    const all = await ask("GET", "deliveries?limit=200");
    return all.filter(({ grant_id }) => grant_id === grant);
  }

  const verified = ({ body, headers }, key = secret) =>
    new Webhook(key).verify(body, headers);

  test("a new grant is told, signed; told again as the same event when the endpoint failed", async () => {
    endpoint.answers.push([500]);
    const { grant } = await connected("ada", "ada@acme.example");
    const [first, second] = await endpoint.told("grant.created", grant, 2);

    for (const delivery of [first, second]) {
      const { type, timestamp, data } = verified(delivery);
      assert.equal(delivery.method, "POST");
      assert.equal(delivery.headers["content-type"], "application/json");
      assert.equal(type, "grant.created");
      assert.equal(new Date(timestamp).toISOString().slice(0, 2), "20");
      assert.deepEqual(data, {
        grant_id: grant,
        integration_id: runtime.project.integration,
        provider: "zoom",
        account_id: "ada",
        grant_status: "valid",
      });
    }
    const id = first.headers["webhook-id"];
    assert.equal(second.headers["webhook-id"], id);
    assert.equal(second.body, first.body);
    // Time itself is tested; a pause that is longer than wanted is no failure.
    assert.ok(second.at - first.at > (FIRST_PAUSE - 1) * 1000);

    const [delivery, ...others] = await until("it is delivered", async () => {
      const deliveries = await deliveriesOf(grant);
      return deliveries[0].status === "delivered" && deliveries;
    });
    assert.deepEqual(others, []);
    assert.equal(delivery.id, id);
    assert.equal(delivery.type, "grant.created");
    assert.deepEqual(
      delivery.attempts.map(({ status }) => status),
      [500, 200],
    );
    const [failed, taken] = delivery.attempts.map(({ at }) => at);
    assert.ok(Number.isInteger(failed) && taken > failed);
  });

  test("one flipped bit, another id, another time or another key is not ours", async () => {
    const { grant } = await connected("bit", "alan@acme.example");
    const [{ body, headers }] = await endpoint.told("grant.created", grant);
    verified({ body, headers });
    const later = String(Number(headers["webhook-timestamp"]) + 1);
    for (const [text, changes, key] of [
      [flipped(body), {}],
      [body, { "webhook-id": `${headers["webhook-id"]}x` }],
      [body, { "webhook-timestamp": later }],
      [body, {}, `whsec_${Buffer.alloc(32).toString("base64")}`],
    ]) {
      const changed = { body: text, headers: { ...headers, ...changes } };
      assert.throws(() => verified(changed, key), WebhookVerificationError);
    }
  });

  test("what happens to a grant is told: changed, thrown out by Zoom, mended, deleted", async () => {
    const account = "grace@globex.example";
    const { user, grant } = await connected("grace", account);
    await endpoint.told("grant.created", grant);

    await ask("PATCH", `grants/${grant}`, { metadata: { seats: 2 } });
    await endpoint.told("grant.updated", grant);

    await runtime.zoom.control("POST", `users/${account}/revoke`);
    assert.equal((await user.request()).status, 401);
    const [invalid] = await endpoint.told("grant.invalid", grant);
    const { data } = verified(invalid);
    assert.equal(data.grant_status, "invalid");
    assert.ok(data.reason);

    await user.connect(account);
    const updates = await endpoint.told("grant.updated", grant, 2);
    assert.equal(verified(updates.at(-1)).data.grant_status, "valid");

    await ask("DELETE", `grants/${grant}`);
    await endpoint.told("grant.deleted", grant);
    endpoint.received.forEach((delivery) => verified(delivery));
    const ids = endpoint.received.map(({ headers }) => headers["webhook-id"]);
    assert.equal(new Set(ids).size, ids.length);
  });

  test("a redirect is not followed: the event comes again to the same address", async () => {
    endpoint.answers.push([307, { location: "/elsewhere" }]);
    const { grant } = await connected("moved", "alan@acme.example");
    await endpoint.told("grant.created", grant, 2);
    const paths = endpoint.received.map(({ url }) => url);
    assert.deepEqual([...new Set(paths)], ["/events"]);
  });

  test("after the secret was changed, the new one and the one before verify", async () => {
    const kept = await register({ url: endpoint.url });
    assert.equal(kept.secret, undefined);
    const next = await register({ url: endpoint.url, rotate: true });
    assert.notEqual(next.secret, secret);
    const { grant } = await connected("rotated", "ada@acme.example");
    const [delivery] = await endpoint.told("grant.created", grant);
    assert.deepEqual(verified(delivery), verified(delivery, next.secret));
  });

  test("no secret, token or signature is in the log", () => {
    const log = runtime.log();
    assert.match(log, /"route"/);
    const [, client_secret] = runtime.project.client.split(":");
    const hidden = secrets.map((text) => text.slice("whsec_".length));
    for (const text of ["whsec_", "v1,", client_secret, ...hidden]) {
      assert.ok(!log.includes(text), `the log has ${text.slice(0, 6)}…`);
    }
    assert.doesNotMatch(log, /sandbox-(access|refresh|code)-/);
  });
});
