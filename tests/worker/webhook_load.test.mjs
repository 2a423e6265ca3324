// Many webhooks at once: what is sent 10,000 times, a third of it twice, in any order, over 50 connections and for 50 hosts,
// is kept once and told once. CI runs a part of it; `cargo xtask load` all of it, with the figures of the README.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Runtime, until } from "./runtime.mjs";
import { BareServer } from "./webhooks/bare_server.mjs";
import { Endpoint } from "./webhooks/endpoint.mjs";
import { inWords, ratio, shuffled, statuses } from "./webhooks/figures.mjs";
import { Project } from "./webhooks/project.mjs";
import { Connections, ManyUsers, zoomJson } from "./webhooks/zoom.mjs";

const WHOLE = process.env.ISTHMUS_LOAD === "whole";
/** Deliveries, a third of them repeated ones. */
const DELIVERIES = WHOLE ? 10_000 : 1_500;
/** Deliveries that nothing else keeps waiting, to see how long one takes by itself. */
const CALM = 200;
const HOSTS = 50;
const PARTICIPANTS = 2_000;
const SUBSCRIPTIONS = 500;

const HOST = (number) => `host-${number % HOSTS}`;

/** The event of this number, different from that of any other. */
const meeting = (number) =>
  event("meeting.created", number, { topic: `Meeting ${number} 🚒` });

const joined = (number) =>
  event("meeting.participant_joined", 0, {
    participant: {
      user_id: `${16_778_240 + number}`,
      user_name: `Guest ${number}`,
      participant_uuid: `uuid-${number}`,
    },
  });

function event(name, number, more) {
  const object = {
    uuid: `uuid-${number}==`,
    id: 90_000_000_000 + number,
    host_id: HOST(number),
    type: 2,
    duration: 60,
    timezone: "UTC",
    ...more,
  };
  const payload = { account_id: "acme", object };
  return zoomJson({ event: name, event_ts: 1_700_000_000_000, payload });
}

describe("many webhooks at once", () => {
  let runtime, project, endpoint, users;
  const connections = new Connections(50);
  const calm = new Connections(1);
  /** So many may be under way at once that at the pace below none waits for an answer of less than a second. */
  const crowd = new Connections(400);

  before(async () => {
    endpoint = await Endpoint.open();
    users = await ManyUsers.start();
    const { url } = users;
    runtime = await Runtime.start({
      vars: { ALLOW_LOOPBACK: "1", ZOOM_OAUTH_URL: url, ZOOM_API_URL: url },
    });
    project = await Project.of(runtime);
    for (let number = 0; number < HOSTS; number += 1) {
      await project.connect(`user-${number}`, HOST(number));
    }
    await project.tell(endpoint.url);
    await project.subscribe("new_meeting");
    await project.subscribe("meeting_participant_joined");
  });
  after(async () => {
    connections.end();
    calm.end();
    crowd.end();
    await runtime?.end();
    users?.end();
    endpoint?.end();
  });

  /** Waits until the endpoint was told so much of this trigger, and nothing is left to be told. */
  async function allTold(trigger, count) {
    const told = () => endpoint.idsOf(trigger).size;
    // Whatever takes long goes on as long as something still comes.
    let last = -1;
    while (told() < count && told() > last) {
      last = told();
      await until("more is told", () => told() > last).catch(() => {});
    }
    await until("no delivery is pending", async () => {
      const path = "deliveries?status=pending&limit=1";
      return (await project.ask("GET", path)).length === 0;
    });
  }

  /** Everything was kept once and told once. */
  async function keptAndTold(trigger, count) {
    const events = await project.all(`events?trigger=${trigger}`);
    assert.equal(events.length, count, "none is lost, none is doubled");
    assert.equal(new Set(events.map(({ id }) => id)).size, count);
    const of = endpoint.of(trigger);
    assert.equal(of.length, count, "each is told once");
    const told = of.map(({ body }) => JSON.parse(body).data.event_id);
    assert.equal(new Set(told).size, count);
    assert.deepEqual(
      told.sort(),
      events.map(({ id }) => id).sort(),
      "what was kept is what was told",
    );
  }

  test(`${DELIVERIES} deliveries, a third of them repeated: none lost, none doubled`, async (t) => {
    const unique = Math.ceil((DELIVERIES * 2) / 3);
    const bodies = Array.from({ length: unique }, (_, number) =>
      meeting(number),
    );
    const repeated = shuffled(bodies, 7).slice(0, DELIVERIES - unique);
    const sent = shuffled([...bodies, ...repeated]);
    const run = await connections.send(project.url, project.secret, sent);
    assert.deepEqual(statuses(run.answers), { 204: DELIVERIES });
    t.diagnostic(`at once, this Worker: ${inWords(run)}`);

    const began = performance.now();
    await allTold("new_meeting", unique);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    t.diagnostic(`the last was told ${seconds} s after the last answer`);
    await keptAndTold("new_meeting", unique);
    await compare(t, run, sent, unique);
  });

  /** The same for a Worker that only checks the signature: how many times longer ours takes, all at once and one by one. */
  async function compare(t, run, sent, unique) {
    const bare = await BareServer.start(project.secret);
    try {
      const one = (url, list) => calm.send(url, project.secret, list);
      const same = await connections.send(bare.url, project.secret, sent);
      assert.deepEqual(statuses(same.answers), { 204: DELIVERIES });
      t.diagnostic(`at once, bare Worker: ${inWords(same)}`);
      t.diagnostic(`at once, this to bare: ${ratio(run, same)}`);

      const more = Array.from({ length: CALM }, (_, number) =>
        meeting(1_000_000 + number),
      );
      const ours = await one(project.url, more);
      assert.deepEqual(statuses(ours.answers), { 204: CALM });
      const theirs = await one(bare.url, more);
      t.diagnostic(`one by one, this Worker: ${inWords(ours)}`);
      t.diagnostic(`one by one, bare Worker: ${inWords(theirs)}`);
      t.diagnostic(`one by one, this to bare: ${ratio(ours, theirs)}`);
      await allTold("new_meeting", unique + CALM);
    } finally {
      await bare.end();
    }
  }

  test(`${PARTICIPANTS} participants of one host, due within five seconds`, async (t) => {
    endpoint.received = [];
    const bodies = Array.from({ length: PARTICIPANTS }, (_, number) =>
      joined(number),
    );
    const pace = PARTICIPANTS / 5;
    const run = await crowd.send(project.url, project.secret, bodies, {
      pace,
    });
    assert.deepEqual(statuses(run.answers), { 204: PARTICIPANTS });
    const [sent, answered] = [run.sent, run.seconds].map((s) => s.toFixed(2));
    t.diagnostic(`${inWords(run)}`);
    t.diagnostic(
      `the last was sent after ${sent} s, answered after ${answered} s; at most ${run.most} were under way`,
    );
    await allTold("meeting_participant_joined", PARTICIPANTS);
    await keptAndTold("meeting_participant_joined", PARTICIPANTS);
  });

  test(`one event that ${SUBSCRIPTIONS} subscriptions want is told to each of them once`, async (t) => {
    for (let number = 0; number < SUBSCRIPTIONS; number += 1) {
      await project.subscribe("meeting_ended");
    }
    endpoint.received = [];
    const body = event("meeting.ended", 1, {
      end_time: "2026-01-01T00:00:00Z",
    });
    const began = performance.now();
    const run = await connections.send(project.url, project.secret, [body]);
    assert.deepEqual(statuses(run.answers), { 204: 1 });
    await allTold("meeting_ended", SUBSCRIPTIONS);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    t.diagnostic(`${inWords(run)}; all were told after ${seconds} s`);
    const told = endpoint
      .of("meeting_ended")
      .map(({ body }) => JSON.parse(body).data.subscription_id);
    assert.equal(told.length, SUBSCRIPTIONS);
    assert.equal(new Set(told).size, SUBSCRIPTIONS);
    assert.equal(endpoint.idsOf("meeting_ended").size, SUBSCRIPTIONS);
    const [listed, ...others] = await project.all(
      "events?trigger=meeting_ended",
    );
    assert.deepEqual(others, []);
    assert.equal(listed.outcomes[0].subscriptions, SUBSCRIPTIONS);
  });
});
