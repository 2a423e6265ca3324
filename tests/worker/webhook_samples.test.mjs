// The seven samples of Zoom's documentation through the whole Worker: signed as Zoom signs, taken in, handed on, and verified
// at the project's endpoint by the published library of the Standard Webhooks (npm `standardwebhooks`).

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";

import { Webhook } from "standardwebhooks";

import { Runtime, until } from "./runtime.mjs";
import { User } from "./user.mjs";
import { Endpoint } from "./webhooks/endpoint.mjs";
import { Project } from "./webhooks/project.mjs";
import { SAMPLES, zoomHeaders, zoomJson } from "./webhooks/zoom.mjs";

const ACCOUNT = "ada@acme.example";

describe("webhooks in", () => {
  let runtime, project, endpoint, grant, host;
  const subscriptions = {};

  before(async () => {
    endpoint = await Endpoint.open();
    runtime = await Runtime.start({ vars: { ALLOW_LOOPBACK: "1" } });
    project = await Project.of(runtime);
    const user = new User(runtime, "ada");
    ({ credential_id: grant } = await user.connect(ACCOUNT));
    ({ provider_user_id: host } = await project.ask("GET", `grants/${grant}`));
    for (const { trigger } of SAMPLES) {
      const wish = { url: endpoint.url };
      subscriptions[trigger] = await project.subscribe(trigger, wish);
    }
  });
  beforeEach(() => (endpoint.received = []));
  after(async () => {
    await runtime?.end();
    endpoint?.end();
  });

  const post = (body, headers = zoomHeaders(project.secret, body)) =>
    fetch(project.url, { method: "POST", body, headers });

  /** The one delivery that comes next, verified. */
  async function told(trigger) {
    await until("it is told", () => endpoint.received.length > 0);
    const [{ headers, body }] = endpoint.received;
    return new Webhook(subscriptions[trigger].secret).verify(body, headers);
  }

  /** The sample as this test's host would have caused it: an update says who made it, and not who the host is. */
  function about(sample, changes = {}) {
    const { payload, ...rest } = structuredClone(sample);
    const { object } = payload;
    if (object.host_id) object.host_id = host;
    else payload.operator_id = host;
    Object.assign(object, changes);
    return { ...rest, payload };
  }

  for (const { trigger, payload } of SAMPLES) {
    test(`${payload.event} is told to whoever subscribed to ${trigger}`, async () => {
      const sent = about(payload);
      const answer = await post(zoomJson(sent));
      assert.equal(answer.status, 204, await answer.text());

      const { type, timestamp, data } = await told(trigger);
      assert.equal(type, payload.event);
      assert.equal(Date.parse(timestamp), payload.event_ts);
      assert.deepEqual(data.original, sent);
      assert.equal(typeof data.output.object.id, "string");
      assert.equal(data.output.object.id, String(sent.payload.object.id));
      assert.equal(data.output.event, payload.event);
      const { event_id, output, original, ...names } = data;
      assert.deepEqual(names, {
        trigger,
        subscription_id: subscriptions[trigger].id,
        grant_id: grant,
        account_id: "ada",
        integration_id: runtime.project.integration,
        provider: "zoom",
      });

      const again = await post(zoomJson(sent));
      assert.equal(again.status, 204);
      const [event, ...others] = await until(
        "the event is listed",
        async () => {
          const events = await project.all(`events?trigger=${trigger}`);
          return events.length > 0 && events;
        },
      );
      assert.deepEqual(others, [], "the same event twice is one");
      assert.equal(event.id, event_id);
      assert.equal(event.event, payload.event);
      const [outcome] = event.outcomes;
      assert.equal(outcome.outcome, "matched");
      assert.equal(outcome.grant_id, grant);
      const shown = JSON.stringify(
        await project.ask("GET", `events/${event.id}`),
      );
      for (const text of secretsIn(sent)) {
        assert.ok(!shown.includes(text), `${text} is shown`);
      }
      const listed = await until("the delivery has ended", async () => {
        const found = await project.all(`deliveries?event_id=${event.id}`);
        return found.every(({ status }) => status === "delivered") && found;
      });
      assert.equal(listed.length, 1);
      assert.equal(endpoint.received.length, 1);
    });
  }

  test("a signature counts over the bytes as they came: emoji escaped, other letters raw", async () => {
    const [{ trigger, payload }] = SAMPLES;
    const topic = 'Brand 🚒 Übung 漢字 \\ "q" \u2028';
    const sent = about({ ...payload, event_ts: Date.now() }, { topic });
    const body = zoomJson(sent);
    assert.ok(body.includes("\\uD83D\\uDE92 Übung 漢字"), body);
    assert.notEqual(JSON.stringify(JSON.parse(body)), body);
    const answer = await post(body);
    assert.equal(answer.status, 204, await answer.text());
    const { data } = await told(trigger);
    assert.equal(data.output.object.topic, topic);

    const headers = zoomHeaders(project.secret, body);
    const rewritten = JSON.stringify(JSON.parse(body));
    headers["content-length"] = Buffer.byteLength(rewritten);
    const refused = await post(rewritten, headers);
    assert.equal(refused.status, 401);
    assert.equal((await refused.json()).code, "webhook_signature_invalid");
  });

  test("the URL validation is answered under the secret that was saved just before", async () => {
    const plainToken = "xys8n8PGS7mAU0m5-YJjRA";
    const event = "endpoint.url_validation";
    const body = zoomJson({ payload: { plainToken }, event_ts: 1, event });
    const answer = await post(body);
    assert.equal(answer.status, 200);
    const hmac = createHmac("sha256", project.secret).update(plainToken);
    const encryptedToken = hmac.digest("hex");
    assert.deepEqual(await answer.json(), { plainToken, encryptedToken });
    const forged = await post(body, zoomHeaders("another secret", body));
    assert.equal(forged.status, 401);
    assert.ok(!(await forged.text()).includes(encryptedToken));
  });

  test("no secret of a meeting and no secret token is in the log", () => {
    const log = runtime.log();
    assert.match(log, /"route"/);
    const samples = SAMPLES.flatMap(({ payload }) => secretsIn(payload));
    for (const text of [project.secret, ...samples, "whsec_"]) {
      assert.ok(!log.includes(text), `the log has ${text.slice(0, 6)}…`);
    }
  });
});

/** The texts in a payload that nobody may see. */
function secretsIn({ download_token, payload: { object } }) {
  const { password, recording_play_passcode, registrant, join_url } = object;
  const secrets = [download_token, password, recording_play_passcode];
  secrets.push(registrant?.join_url, join_url?.split("pwd=")[1]);
  if (registrant) secrets.push(`:${registrant.participant_pin_code}`);
  return secrets.filter((text) => text !== undefined);
}
