// Webhooks that are not as they should be, in workerd: what is refused is refused with its status and counted, an endpoint
// that never answers keeps no webhook waiting, and a user who removes the app in Zoom is gone here.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";

import { Runtime, until } from "./runtime.mjs";
import { User } from "./user.mjs";
import { Endpoint } from "./webhooks/endpoint.mjs";
import { Project } from "./webhooks/project.mjs";
import { zoomHeaders, zoomJson } from "./webhooks/zoom.mjs";

const ADA = "ada@acme.example";
const SUBSCRIPTIONS = 5;
/** In seconds: Zoom repeats for less than the one, and its clock is not ahead by the other. */
const [TOO_OLD, TOO_EARLY] = [-91 * 60, 6 * 60];

let events = 0;

/** An event that came never before; `more` is what else is in its object. */
function event(name, more = {}) {
  const id = 90_000_000_000 + (events += 1);
  const object = { uuid: `uuid-${id}==`, id, type: 2, topic: "🚒", ...more };
  const payload = { account_id: "acme", object };
  return zoomJson({ event: name, event_ts: Date.now(), payload });
}

/** Where no request is ever answered. */
class Silence {
  #server = createServer((request) => {
    request.resume();
    this.asked += 1;
  });
  asked = 0;

  static async open() {
    const silence = new Silence();
    const server = silence.#server;
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    silence.url = `http://127.0.0.1:${server.address().port}/events`;
    return silence;
  }

  end() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe("webhooks that are not as they should be", () => {
  let runtime, project, endpoint, silence, grant, host;

  before(async () => {
    [endpoint, silence] = [await Endpoint.open(), await Silence.open()];
    runtime = await Runtime.start({ vars: { ALLOW_LOOPBACK: "1" } });
    project = await Project.of(runtime);
    ({ credential_id: grant } = await new User(runtime, "ada").connect(ADA));
    ({ provider_user_id: host } = await project.ask("GET", `grants/${grant}`));
    await project.tell(endpoint.url);
  });
  after(async () => {
    await runtime?.end();
    silence?.end();
    endpoint?.end();
  });

  /** Sends it, signed as it should be unless said; answers the status and the problem's code. */
  async function post(body, { url = project.url, secret, later } = {}) {
    const headers = zoomHeaders(secret ?? project.secret, body, later);
    const answer = await fetch(url, { method: "POST", body, headers });
    const code = answer.headers.get("x-isthmus-code");
    await answer.arrayBuffer();
    return [answer.status, code];
  }

  test("what is refused says why, and everything is counted", async () => {
    const body = event("meeting.created", { host_id: host });
    const unknown = event("meeting.never_heard_of", { host_id: host });
    const huge = event("meeting.created", { agenda: "x".repeat(10_000_000) });
    const url = project.url.replace(/[^/]+$/, crypto.randomUUID());
    const secret = "another";
    assert.deepEqual(await post(body), [204, null]);
    assert.deepEqual(await post(body), [204, null]);
    assert.deepEqual(await post(unknown), [204, null]);
    for (const [status, code, odd, sent = body] of [
      [413, "payload_too_large", {}, huge],
      [401, "webhook_stale", { later: TOO_OLD }],
      [401, "webhook_stale", { later: TOO_EARLY }],
      [401, "webhook_signature_invalid", { secret }],
      [404, "integration_not_found", { url }],
    ]) {
      assert.deepEqual(await post(sent, odd), [status, code]);
    }

    const { integration } = runtime.project;
    const line = (outcome, n, id = integration) =>
      `isthmus_webhooks_total{integration="${id}",outcome="${outcome}"} ${n}`;
    const lines = await runtime.metrics();
    assert.deepEqual(
      lines.filter((one) => one.startsWith("isthmus_webhooks_total")),
      [
        line("integration_not_found", 1, ""),
        line("payload_too_large", 1),
        line("repeated", 1),
        line("taken", 1),
        line("unknown_event", 1),
        line("webhook_signature_invalid", 1),
        line("webhook_stale", 2),
      ],
    );
    const kept = await project.all("events");
    assert.equal(kept.length, 1, "what was refused is not kept");
  });

  test(`${SUBSCRIPTIONS} subscriptions whose endpoint never answers keep no webhook waiting`, async () => {
    for (let number = 0; number < SUBSCRIPTIONS; number += 1) {
      await project.subscribe("meeting_ended", { url: silence.url });
    }
    const ended = () => event("meeting.ended", { host_id: host });
    assert.deepEqual(await post(ended()), [204, null]);
    await until("all are asked", () => silence.asked >= SUBSCRIPTIONS);
    // From here on the connection waits for its endpoint, and hears more.
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(ended())),
    );
    for (const answer of answers) assert.deepEqual(answer, [204, null]);
    await until("all are kept", async () => {
      const kept = await project.all("events?trigger=meeting_ended");
      return kept.length === answers.length + 1;
    });
    const delivered = await project.all("deliveries?status=delivered");
    assert.ok(delivered.every(({ subscription_id }) => !subscription_id));
  });

  test("a user who removes the app in Zoom is gone, with all events", async () => {
    const wish = { url: project.url, secret_token: project.secret };
    await runtime.zoom.control("POST", "webhooks", wish);
    // A consent counts within the second that Zoom names.
    await runtime.zoom.control("POST", "clock", { advance_ms: 2_000 });
    assert.notEqual((await project.all("events")).length, 0);
    await runtime.zoom.control("POST", `users/${host}/remove`);

    const told = await until("the project is told", () =>
      endpoint.received
        .map(({ body }) => JSON.parse(body))
        .find(({ type }) => type === "grant.deleted"),
    );
    assert.equal(told.data.grant_id, grant);
    assert.equal(told.data.account_id, "ada");
    await project.ask("GET", `grants/${grant}`, undefined, 404);
    assert.deepEqual(await project.all("grants"), []);
    await until("its events are gone", async () => {
      return (await project.all("events")).length === 0;
    });
    const { integration } = runtime.project;
    const line = `isthmus_webhooks_total{integration="${integration}",outcome="deauthorized"} 1`;
    await until("it is counted", async () => {
      return (await runtime.metrics()).includes(line);
    });
  });
});
