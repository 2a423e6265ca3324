// The runtime is killed without a chance to clean up, in the middle of 1,000 webhooks, and started again on the same files,
// while Zoom (the sandbox, with shorter pauses) tries again what was not answered: at the end each event is there once, and
// each was told under one id.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Runtime, until } from "./runtime.mjs";
import { User } from "./user.mjs";
import { Endpoint } from "./webhooks/endpoint.mjs";
import { Project } from "./webhooks/project.mjs";
import { zoomJson } from "./webhooks/zoom.mjs";

const EVENTS = 1_000;
const TRIGGER = "meeting_participant_joined";
/** Zoom's are 5, 20 and 60 minutes. As there, together they are longer than any start of the Worker. */
const PAUSES = [1_000, 15_000, 60_000];

const joined = (number, host_id) =>
  zoomJson({
    event: "meeting.participant_joined",
    event_ts: 1_700_000_000_000,
    payload: {
      account_id: "acme",
      object: {
        uuid: "4444AAAiAAAAAiAiAiiAii==",
        id: "90000000001",
        host_id,
        topic: "Everybody 🚒",
        participant: { user_id: `${16_778_240 + number}`, user_name: "Guest" },
      },
    },
  });

describe("kill -9 in the middle of webhooks", () => {
  let runtime, project, endpoint, host;

  before(async () => {
    endpoint = await Endpoint.open();
    runtime = await Runtime.start({ vars: { ALLOW_LOOPBACK: "1" } });
    project = await Project.of(runtime);
    const user = new User(runtime, "ada");
    const { credential_id } = await user.connect("ada@acme.example");
    const grant = await project.ask("GET", `grants/${credential_id}`);
    host = grant.provider_user_id;
    await project.tell(endpoint.url);
    await project.subscribe(TRIGGER);
    const wish = { url: project.url, secret_token: project.secret };
    await runtime.zoom.control("POST", "webhooks", wish);
    await runtime.zoom.control("POST", "settings", {
      webhook_retry_ms: PAUSES,
    });
  });
  after(async () => {
    await runtime?.end();
    endpoint?.end();
  });

  const counts = async () => {
    const path = "webhooks/deliveries?limit=1";
    return (await runtime.zoom.control("GET", path)).counts;
  };

  test(`${EVENTS} events, and each had its effect exactly once`, async (t) => {
    const bodies = Array.from({ length: EVENTS }, (_, number) =>
      joined(number, host),
    );
    await runtime.zoom.control("POST", "webhooks/send", { bodies });
    const enough = EVENTS * (0.2 + Math.random() * 0.5);
    await until("some are delivered", async () => {
      return (await counts()).delivered >= enough;
    });
    await runtime.kill();
    const { delivered } = await counts();
    t.diagnostic(`killed after ${delivered} answers`);
    assert.ok(delivered < EVENTS, "it was killed in the middle");
    await runtime.startWorker();
    const { given_up } = await until("Zoom is done", async () => {
      const all = await counts();
      return all.pending === 0 && all;
    });
    assert.equal(given_up, 0, "everything was answered in the end");
    const told = () => endpoint.idsOf(TRIGGER);
    await until("everything is told", () => told().size >= EVENTS);
    await until("no delivery is pending", async () => {
      const path = "deliveries?status=pending&limit=1";
      return (await project.ask("GET", path)).length === 0;
    });

    const events = await project.all(`events?trigger=${TRIGGER}`);
    assert.equal(events.length, EVENTS, "each event is there once");
    assert.equal(new Set(events.map(({ id }) => id)).size, EVENTS);
    for (const { outcomes } of events) {
      assert.deepEqual(
        outcomes.map(({ outcome, subscriptions }) => [outcome, subscriptions]),
        [["matched", 1]],
      );
    }
    const deliveries = (await project.all("deliveries")).filter(
      ({ event_id }) => event_id,
    );
    assert.equal(deliveries.length, EVENTS, "each is told under one id");
    assert.ok(deliveries.every(({ status }) => status === "delivered"));
    assert.equal(
      new Set(deliveries.map(({ event_id }) => event_id)).size,
      EVENTS,
    );
    const ids = deliveries.map(({ id }) => id);
    assert.deepEqual([...told()].sort(), ids.sort());
    // A message that was sent just before the kill was not noted as sent. That is why it has an id.
    const repeated = endpoint.of(TRIGGER).length - EVENTS;
    t.diagnostic(`${repeated} messages came twice, under the id they had`);
  });
});
