// Runs from start to end in workerd, as the sandbox's Zoom, the product and its backend see them.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Server } from "./runs/server.mjs";
import { assistant, deploy, ended, ends } from "./runs/workflows.mjs";
import { Runtime, until } from "./runtime.mjs";
import { User } from "./user.mjs";
import { Project } from "./webhooks/project.mjs";

const SECRET = "known-to-the-backend-alone";

describe("runs", () => {
  let runtime, project, backend, grant;

  before(async () => {
    backend = await Server.open();
    runtime = await Runtime.start({ vars: { ALLOW_LOOPBACK: "1" } });
    project = await Project.of(runtime);
    const user = new User(runtime, "ada");
    grant = (await user.connect("ada@acme.example")).credential_id;
    const wish = { url: project.url, secret_token: project.secret };
    await runtime.zoom.control("POST", "webhooks", wish);
    await project.ask("PUT", "workflow-secrets/backend", { value: SECRET });
  });
  after(async () => {
    await runtime?.end();
    backend?.end();
  });

  const meeting = (topic) =>
    runtime.zoom.control("POST", "meetings", {
      user: "ada@acme.example",
      topic,
      registration: "automatic",
    });

  /** The events that the user's page sends, and so many runs that begin. */
  const event = (name, payload) =>
    project.ask("POST", "users/ada/events", { name, payload }, 201);

  const step = (id, type, inputs, more = {}) => ({ id, type, inputs, ...more });

  const on = (name, ...steps) =>
    deploy(project, {
      name,
      integration: "zoom",
      trigger: { type: "event", name },
      default_enabled: true,
      steps,
    });

  const call = (id, path, body) =>
    step(id, "request", { method: "POST", url: backend.url + path, body });

  test("a click in Zoom becomes a request to the backend", async () => {
    const workflow = await deploy(project, assistant(backend));
    const { id } = await meeting("Demo with Grace");
    const runs = await ended(project, 1, `workflow_id=${workflow}`);
    assert.deepEqual(ends(runs), { succeeded: 1 });
    const [told, ...more] = backend.to("/told");
    assert.deepEqual(more, []);
    assert.equal(told.headers.authorization, `Bearer ${SECRET}`);
    assert.equal(told.headers["idempotency-key"], `${runs[0].id}/tell`);
    const body = JSON.parse(told.body);
    assert.equal(body.meeting, `${id}`);
    assert.match(body.start_url, /^http/);
    const run = await project.ask("GET", `runs/${runs[0].id}`);
    assert.deepEqual(
      run.steps.map(({ step, status }) => `${step} ${status}`).sort(),
      ["check", "list", "look", "register", "tell"].map(
        (step) => `${step} succeeded`,
      ),
    );
    await project.ask("POST", `workflows/${workflow}/undeploy`);
  });

  test("a thousand items are each told once", async (t) => {
    const items = Array.from({ length: 1_000 }, (_, number) => number);
    await on("many", {
      id: "each",
      type: "fan_out",
      over: "{{trigger.items}}",
      steps: [call("tell", "/many", { number: "{{each.instance}}" })],
    });
    const began = performance.now();
    await event("many", { items });
    await backend.all("/many", items.length);
    const runs = await ended(project, 1, "trigger=event/many");
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    assert.ok(runs.every(({ status }) => status === "succeeded"));
    const told = backend.to("/many").map(({ body }) => JSON.parse(body).number);
    assert.deepEqual(
      told.sort((one, other) => one - other),
      items,
    );
    t.diagnostic(`1,000 items took ${seconds} s`);
  });

  test("a run is stopped while it waits, and does nothing more", async () => {
    await on(
      "patience",
      call("first", "/patience", {}),
      step("pause", "delay", { value: 2, unit: "hours" }),
      call("second", "/patience", {}),
    );
    await event("patience", {});
    const list = "runs?trigger=event/patience";
    const waiting = await until("it waits", async () => {
      const [run] = await project.all(list);
      return run?.status === "waiting" && run;
    });
    await project.ask("POST", `runs/${waiting.id}/stop`);
    const [run] = await ended(project, 1, "trigger=event/patience");
    assert.equal(run.status, "stopped");
    assert.equal(backend.to("/patience").length, 1);
  });

  test("disconnecting stops what runs for the user", async () => {
    await on("farewell", step("pause", "delay", { value: 1, unit: "days" }));
    await event("farewell", {});
    await until("it waits", async () => {
      const [run] = await project.all("runs?trigger=event/farewell");
      return run?.status === "waiting";
    });
    await project.ask("DELETE", `grants/${grant}`);
    const [run] = await ended(project, 1, "trigger=event/farewell");
    assert.deepEqual([run.status, run.problem], ["stopped", "not_connected"]);
  });
});
