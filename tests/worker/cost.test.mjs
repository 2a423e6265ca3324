// What one proxied call, one webhook and one run cost in the units that the platform bills, as meters at the Worker's
// bindings count them; and what its free plan carries a day.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Server } from "./runs/server.mjs";
import { assistant, deploy, ended, ends } from "./runs/workflows.mjs";
import { Runtime, until } from "./runtime.mjs";
import { User } from "./user.mjs";
import { Project } from "./webhooks/project.mjs";

/** What the free plan has a day (Cloudflare: "Pricing" of Workers, D1, KV, Durable Objects). */
const FREE = {
  requests: 100_000,
  "table rows read": 5_000_000,
  "table rows written": 100_000,
  "copy reads": 100_000,
  "copy writes": 1000,
  "connection requests": 100_000,
  "limiter requests": 100_000,
  "object rows read": 5_000_000,
  "object rows written": 100_000,
};

describe("the cost", () => {
  let runtime, project, backend, user;

  before(async () => {
    backend = await Server.open();
    const entry = join(import.meta.dirname, "cost/entry.mjs");
    runtime = await Runtime.start({ entry, vars: { ALLOW_LOOPBACK: "1" } });
    project = await Project.of(runtime);
    user = new User(runtime, "ada");
    await user.connect("ada@acme.example");
    const wish = { url: project.url, secret_token: project.secret };
    await runtime.zoom.control("POST", "webhooks", wish);
  });
  after(async () => {
    await runtime?.end();
    backend?.end();
  });

  const asked = async (method) =>
    (await fetch(`${runtime.url}/metered`, { method })).json();

  /** Once nothing more is counted for a while. */
  const quiet = async () => {
    let last;
    return until("the Worker is quiet", async () => {
      const before = (last = JSON.stringify(await asked("GET")));
      await pause(1500);
      return JSON.stringify(await asked("GET")) === before && JSON.parse(last);
    });
  };

  /** What something costs, and how often the free plan carries that a day. */
  const cost = async (t, what, act) => {
    await quiet();
    await asked("DELETE");
    await act();
    const used = await quiet();
    const times = Object.entries(FREE)
      .filter(([unit]) => used[unit] > 0)
      .map(([unit, most]) => [Math.floor(most / used[unit]), unit]);
    const [most, unit] = times.sort(([one], [other]) => one - other)[0];
    t.diagnostic(`${what}: ${JSON.stringify(used)}`);
    t.diagnostic(`${what}: the free plan carries ${most} a day (${unit})`);
    return used;
  };

  const meeting = (topic) =>
    runtime.zoom.control("POST", "meetings", {
      user: "ada@acme.example",
      topic,
      registration: "automatic",
    });

  test("of a proxied call: one request, two copies, no row", async (t) => {
    const call = async () =>
      assert.equal((await user.request("users/me")).status, 200);
    await call();
    const used = await cost(t, "a proxied call", call);
    assert.equal(used.requests, 1);
    assert.equal(used["table rows written"] ?? 0, 0);
    assert.equal(used["copy writes"] ?? 0, 0);
    assert.ok((used["copy reads"] ?? 0) <= 2);
  });

  test("of a webhook that nobody wants: a few rows", async (t) => {
    await meeting("Warm");
    const used = await cost(t, "a webhook", () => meeting("Cold"));
    assert.equal(used.requests, 1);
    assert.ok(used["table rows written"] <= 16, "rows of the tables");
    assert.ok(used["object rows written"] <= 16, "rows of the object");
    assert.equal(used["copy writes"] ?? 0, 0);
  });

  test("of a run with five steps: no copy is written", async (t) => {
    await project.ask("PUT", "workflow-secrets/backend", { value: "known" });
    const workflow = await deploy(project, assistant(backend));
    const query = `workflow_id=${workflow}`;
    await meeting("Demo, first");
    assert.deepEqual(ends(await ended(project, 1, query)), { succeeded: 1 });
    // Its own reading of the runs is not counted: it waits for the backend, and then for quiet.
    const run = async () => {
      await meeting("Demo, second");
      await until("the backend is told", () => backend.received.length > 1);
    };
    const used = await cost(t, "a run with its webhooks", run);
    // Zoom tells of the registrant too.
    assert.equal(used.requests, 2);
    assert.equal(used["workflow instances"], 1);
    assert.equal(used["copy writes"] ?? 0, 0);
    assert.ok(used["table rows written"] <= 120, "rows of the tables");
  });
});
