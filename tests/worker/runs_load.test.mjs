// Many runs at once: all of them come to their end, and nothing is done twice that can be told apart. `cargo xtask load`
// begins 1,000 and prints the figures of the README; no test depends on one.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Server } from "./runs/server.mjs";
import { assistant, deploy, ended, ends } from "./runs/workflows.mjs";
import { manyUsers, newMeeting, token } from "./runs/zoom.mjs";
import { Runtime, until } from "./runtime.mjs";
import { percentile } from "./webhooks/figures.mjs";
import { Project } from "./webhooks/project.mjs";
import { Connections } from "./webhooks/zoom.mjs";

const WHOLE = process.env.ISTHMUS_LOAD === "whole";
const [HOSTS, WORKFLOWS] = WHOLE ? [50, 20] : [10, 10];
/** Runs that nothing else keeps waiting, to see how long it takes until one is at work. */
const CALM = WHOLE ? 50 : 5;
const KEY = "idempotency-key";
const HOST = (number) => `host-${number % HOSTS}`;

describe("many runs at once", () => {
  let runtime, project, backend, zoom;
  const connections = new Connections(HOSTS);

  before(async () => {
    [backend, zoom] = [await Server.open(), await manyUsers()];
    const { url } = zoom;
    runtime = await Runtime.start({
      vars: { ALLOW_LOOPBACK: "1", ZOOM_OAUTH_URL: url, ZOOM_API_URL: url },
    });
    project = await Project.of(runtime);
    await project.ask("PUT", "workflow-secrets/backend", { value: "secret" });
    for (let number = 0; number < HOSTS; number += 1) {
      const refresh = token("refresh", HOST(number));
      await project.connect(`user-${number}`, refresh);
    }
  });
  after(async () => {
    connections.end();
    await runtime?.end();
    backend?.end();
    zoom?.end();
  });

  async function send(first, count) {
    const bodies = Array.from({ length: count }, (_, number) =>
      newMeeting(first + number, HOST(number)),
    );
    const { url, secret } = project;
    const { answers } = await connections.send(url, secret, bodies);
    assert.ok(answers.every(({ status }) => status === 204));
  }

  test("an event is at Zoom and at the backend soon", async (t) => {
    await deploy(project, assistant(backend));
    const times = { zoom: [], backend: [] };
    for (let number = 0; number < CALM; number += 1) {
      zoom.received = [];
      const sent = performance.now();
      await send(number, 1);
      const told = () => backend.to("/told")[number];
      await until("the backend is told", told);
      const [call] = zoom.to("/meetings/");
      times.zoom.push({ ms: call.at - sent });
      times.backend.push({ ms: told().at - sent });
    }
    await ended(project, CALM);
    for (const [where, answers] of Object.entries(times)) {
      const [half, most] = [0.5, 0.99].map((part) =>
        percentile(answers, part).toFixed(0),
      );
      t.diagnostic(`event to ${where}: p50 ${half} ms, p99 ${most} ms`);
    }
  });

  test(`${HOSTS * WORKFLOWS} runs of five steps, begun at once`, async (t) => {
    const names = Array.from({ length: WORKFLOWS - 1 }, (_, at) => `W ${at}`);
    for (const name of names) {
      await deploy(project, { ...assistant(backend), name });
    }
    const since = Math.floor(Date.now() / 1000);
    [zoom.received, backend.received] = [[], []];
    const began = performance.now();
    await send(100_000, HOSTS);
    const count = HOSTS * WORKFLOWS;
    const runs = await ended(project, CALM + count);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    assert.deepEqual(ends(runs), { succeeded: CALM + count });
    const keys = backend.received.map((call) => call.headers[KEY]);
    assert.equal(new Set(keys).size, count, "each is told under one key");
    // On a machine that is slower than the deadline.
    t.diagnostic(`${keys.length - count} were told twice, under the same key`);
    assert.equal(zoom.to("/registrants$", "POST").length, count);
    t.diagnostic(`${count} runs of five steps took ${seconds} s`);
    const waits = runs
      .filter(({ created_at }) => created_at >= since)
      .map((run) => ({ ms: (run.ended_at - run.created_at) * 1000 }));
    const [half, most] = [0.5, 0.99].map((part) => percentile(waits, part));
    t.diagnostic(`from its event to its end: p50 ${half} ms, p99 ${most} ms`);
  });
});
