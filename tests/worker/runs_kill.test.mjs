// The runtime is killed without a chance to clean up, or the wasm instance dies, in the middle of runs: they come to their
// end, nothing that Zoom lets us recognise is done twice, and what is told twice has the same key. Nothing secret is left in
// any file.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Server } from "./runs/server.mjs";
import { assistant, deploy, ended, ends } from "./runs/workflows.mjs";
import { manyUsers, newMeeting, PLANTED, token } from "./runs/zoom.mjs";
import { Runtime, until } from "./runtime.mjs";
import { Project } from "./webhooks/project.mjs";
import { Connections } from "./webhooks/zoom.mjs";

const HOSTS = 20;
const SECRET = "planted-in-a-workflow-secret";
const HOST = (number) => `host-${number}`;

describe("runs that are cut off", () => {
  let runtime, project, backend, zoom;
  const connections = new Connections(HOSTS);
  let first = 0;

  before(async () => {
    backend = await Server.open(() => pause(50));
    zoom = await manyUsers(() => pause(200));
    const { url } = zoom;
    runtime = await Runtime.start({
      faults: true,
      vars: { ALLOW_LOOPBACK: "1", ZOOM_OAUTH_URL: url, ZOOM_API_URL: url },
    });
    project = await Project.of(runtime);
    await project.ask("PUT", "workflow-secrets/backend", { value: SECRET });
    await deploy(project, assistant(backend));
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
  beforeEach(() => {
    backend.received = [];
    zoom.received = [];
    zoom.registrants.clear();
    first += 1_000;
  });

  /** Each host makes a meeting. */
  async function meetings() {
    const bodies = Array.from({ length: HOSTS }, (_, number) =>
      newMeeting(first + number, HOST(number)),
    );
    const { answers } = await connections.send(
      project.url,
      project.secret,
      bodies,
    );
    assert.ok(answers.every(({ status }) => status === 204));
  }

  const registered = () => zoom.to("/registrants$", "POST").length;

  async function allIsWell(t) {
    const query = `limit=200`;
    const runs = await ended(project, HOSTS * (first / 1_000), query);
    assert.deepEqual(ends(runs), { succeeded: HOSTS * (first / 1_000) });
    assert.equal(registered(), HOSTS, "each is registered once");
    const keys = backend
      .to("/told")
      .map(({ headers }) => headers["idempotency-key"]);
    assert.equal(new Set(keys).size, HOSTS, "each is told under one key");
    t.diagnostic(`${keys.length - HOSTS} were told twice, under the same key`);
  }

  test("kill -9, and a start as `cargo xtask start` does it", async (t) => {
    await meetings();
    await until("some are registered", () => registered() > HOSTS / 3);
    await pause(Math.random() * 100);
    await runtime.kill();
    t.diagnostic(`killed after ${registered()} of ${HOSTS} were registered`);
    await runtime.startWorker();
    await runtime.admin("POST", "sweep?runs=all");
    await allIsWell(t);
  });

  test("a panic: nobody has to take them up", async (t) => {
    await meetings();
    await until("some are registered", () => registered() > HOSTS / 3);
    const panic = { method: "POST" };
    const answer = await fetch(`${runtime.url}/faults/panic`, panic);
    assert.equal(answer.status, 503);
    await allIsWell(t);
    assert.match(runtime.log(), /"event":"panic"/);
  });

  test("no file has a token, a secret, or what Zoom keeps to its host", () => {
    const files = runtime.files();
    const having = (text) =>
      files.filter((file) => {
        const bytes = readFileSync(file);
        const isThere = (encoding) =>
          bytes.includes(Buffer.from(text, encoding));
        return isThere("utf8") || isThere("utf16le");
      });
    assert.deepEqual(having(SECRET), []);
    assert.deepEqual(having(PLANTED), []);
    assert.notDeepEqual(having(HOST(7)), [], "what is no secret is found");
    const engine = files.filter((file) => file.includes("workflows"));
    assert.ok(engine.length >= HOSTS, "the engine's files are among them");
  });
});
