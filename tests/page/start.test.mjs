// `cargo xtask start` and `cargo xtask token` themselves, as a person or another program runs them: what they print,
// what a second start still knows, and that nothing of them is left at the end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";

import { json, User } from "../worker/user.mjs";

const root = resolve(import.meta.dirname, "../..");
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const xtask = join(target, "debug/xtask");

/** Everything that a start of these tests runs inherits this. */
const MARK = `ISTHMUS_TEST_MARK=${randomUUID()}`;

/** A chore that runs; `output` and `errors` grow, `exit` is `{ code, signal }`. */
function run(...args) {
  const [name, value] = MARK.split("=");
  const child = spawn(xtask, args, {
    cwd: root,
    // Ctrl-C in the terminal of the tests is not meant for it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, [name]: value },
  });
  const chore = { child, output: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (chore.output += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (chore.errors += text));
  chore.exit = new Promise((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => done({ code, signal }));
  });
  return chore;
}

/** The first line that a chore prints. */
async function firstLine(chore) {
  const printed = new Promise((done) =>
    chore.child.stdout.on("data", () => chore.output.includes("\n") && done()),
  );
  const ended = chore.exit.then(() => {
    throw new Error(`it ended before it was ready:\n${chore.errors}`);
  });
  await Promise.race([printed, ended]);
  return chore.output.split("\n")[0];
}

/** As Ctrl-C does; answers how it ended. */
function interrupt(chore) {
  chore.child.kill("SIGINT");
  return chore.exit;
}

/** The names of all processes that these tests' starts have left running. */
function marked() {
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.flatMap((id) => {
    try {
      const variables = readFileSync(`/proc/${id}/environ`, "utf8").split("\0");
      if (!variables.includes(MARK)) return [];
      return [readFileSync(`/proc/${id}/comm`, "utf8").trim()];
    } catch {
      // It has ended meanwhile, or belongs to somebody else.
      return [];
    }
  });
}

/** Listens on a port that nobody else has; `port` of the answer tells which. */
function holdPort() {
  const server = createServer();
  return new Promise((held, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      server.port = server.address().port;
      held(server);
    });
  });
}

const free = (server) => new Promise((done) => server.close(done));

const FLAGS = ["--port", "--page-port", "--zoom-port"];
const portOptions = (ports) =>
  FLAGS.flatMap((flag, index) => [flag, String(ports[index])]);

const startFrom = (state, options) =>
  run("start", "--json", "--no-build", ...options, "--state", state);

describe("cargo xtask start --json", () => {
  let folder, state, ports, start, line, setup;

  /** Starts from the one folder on the same ports, and reads what it says. */
  async function begin() {
    start = startFrom(state, portOptions(ports));
    line = await firstLine(start);
    setup = JSON.parse(line);
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "isthmus-start-"));
    state = join(folder, "state");
    const held = await Promise.all(FLAGS.map(holdPort));
    ports = held.map((server) => server.port);
    await Promise.all(held.map(free));
    await begin();
  });
  after(async () => {
    if (start) await interrupt(start);
    if (folder) await rm(folder, { recursive: true });
  });

  /** Asks one of the sandbox's controls. */
  const control = async (method, path, body) => {
    const url = `${setup.zoom}/_sandbox/${path}`;
    return json(await fetch(url, { method, body: JSON.stringify(body) }), 200);
  };

  /** A user of the development project, for the same calls as in the tests of the Worker. */
  function userOf(id) {
    const file = readFileSync(join(state, "project.json"), "utf8");
    const { signing_key_id, signing_key } = JSON.parse(file);
    const project = {
      id: setup.project_id,
      origin: setup.page,
      key: { id: signing_key_id, private_key: signing_key },
    };
    return new User({ url: setup.worker, project, zoom: { control } }, id);
  }

  async function tokenBy(...args) {
    const chore = run("token", ...args, "--state", state);
    const { code } = await chore.exit;
    assert.equal(code, 0, chore.errors);
    assert.match(chore.output, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    return chore.output.trim();
  }

  const me = (token) =>
    fetch(`${setup.worker}/projects/${setup.project_id}/sdk/me`, {
      headers: { authorization: `Bearer ${token}` },
    });

  test("says in one line where everything is and what opens it", async () => {
    const [port, pagePort, zoomPort] = ports;
    assert.equal(setup.worker, `http://127.0.0.1:${port}`);
    assert.equal(setup.page, `http://localhost:${pagePort}`);
    assert.equal(setup.zoom, `http://localhost:${zoomPort}`);
    assert.equal(setup.console, `${setup.worker}/console`);
    const places = [setup.page, setup.zoom, setup.console];
    for (const url of [`${setup.worker}/healthz`, ...places]) {
      const answer = await fetch(url);
      assert.equal(answer.status, 200, url);
      await answer.text();
    }
    const names = ["admin_secret", "client_id", "client_secret", "console"];
    names.push("integration_id", "page", "project_id", "webhook", "worker");
    names.push("zoom");
    assert.deepEqual(Object.keys(setup).sort(), names);
    const url = `${setup.worker}/admin/projects/${setup.project_id}`;
    const headers = { authorization: `Bearer ${setup.admin_secret}` };
    const project = await json(await fetch(url, { headers }), 200);
    assert.equal(project.client_id, setup.client_id);
    assert.deepEqual(project.origins, [setup.page]);
    assert.equal(start.output, `${line}\n`);
  });

  test("makes a project whose user tokens `token` prints", async () => {
    const answer = await me(await tokenBy("somebody"));
    assert.equal(answer.status, 200, await answer.text());
  });

  test("and whose expired user tokens are refused as expired", async () => {
    const answer = await me(await tokenBy("somebody", "--expires-in", "-120"));
    assert.equal(answer.status, 401);
    assert.equal((await answer.json()).code, "user_token_expired");
  });

  test("keeps what was connected for the next start", async () => {
    const first = setup;
    const { credential_id } = await userOf("ada").connect("ada@acme.example");
    assert.deepEqual(await interrupt(start), { code: 0, signal: null });
    assert.equal(start.output, `${line}\n`, "there is no second line");

    await begin();
    assert.deepEqual(setup, first);
    const user = userOf("ada");
    const { integrations } = await json(await user.ask("GET", "me"), 200);
    assert.equal(integrations.zoom.enabled, true);
    assert.equal(integrations.zoom.credentialId, credential_id);
    const { output } = await json(await user.request(), 200);
    assert.equal(output.email, "ada@acme.example");
  });

  test("has the sandbox send Zoom's events, and the demo app hear of each once", async () => {
    const path = `/webhook/triggers/connect/zoom/${setup.integration_id}`;
    assert.equal(setup.webhook, setup.worker + path);
    const { endpoints } = await control("GET", "webhooks");
    assert.deepEqual(
      endpoints.map(({ url, validated }) => ({ url, validated })),
      [{ url: setup.webhook, validated: true }],
    );
    const client = `${setup.client_id}:${setup.client_secret}`;
    const basic = Buffer.from(client).toString("base64");
    const headers = { authorization: `Basic ${basic}` };
    const listed = async (what) => {
      const answer = await fetch(`${setup.worker}/connect/${what}`, {
        headers,
      });
      return (await json(answer, 200)).data;
    };
    const triggers = (await listed("triggers")).map(({ id }) => id);
    const wanted = await listed("subscriptions");
    const heard = wanted.map(({ trigger }) => trigger);
    assert.deepEqual(heard.sort(), triggers.sort());
  });

  test("shows what happens in Zoom after the second start too", async () => {
    const signIn = await fetch(`${setup.page}/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: "ada" }),
    });
    const cookie = signIn.headers.getSetCookie()[0].split(";")[0];
    const watching = await fetch(`${setup.page}/zoom-events`, {
      headers: { cookie },
      signal: AbortSignal.timeout(30_000),
    });
    const meeting = { user: "ada@acme.example", topic: randomUUID() };
    await control("POST", "meetings", meeting);
    let told = "";
    for await (const bytes of watching.body) {
      told += Buffer.from(bytes);
      if (told.includes(meeting.topic)) return;
    }
    assert.fail(told);
  });

  const skip = !existsSync("/proc/self/environ") && "there is no /proc";
  test("ends with Ctrl-C, well and wholly", { skip }, async () => {
    const running = marked();
    for (const name of ["xtask", "isthmus-sandbox", "workerd"]) {
      assert.ok(
        running.some((one) => name.startsWith(one)),
        `${running}`,
      );
    }
    assert.deepEqual(await interrupt(start), { code: 0, signal: null });
    assert.deepEqual(marked(), []);
    for (const url of [setup.worker, setup.page, setup.zoom]) {
      await assert.rejects(fetch(url), url);
    }
  });
});

describe("cargo xtask start on a port that is in use", () => {
  for (const [index, flag] of FLAGS.entries()) {
    test(`names ${flag} as the way out`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "isthmus-start-"));
      const held = await Promise.all(FLAGS.map(holdPort));
      await Promise.all(held.toSpliced(index, 1).map(free));
      const { port } = held[index];
      const options = portOptions(held.map((server) => server.port));
      const start = startFrom(join(folder, "state"), options);
      try {
        await assert.rejects(firstLine(start), /ended before it was ready/);
        assert.equal((await start.exit).code, 1);
        assert.equal(start.output, "");
        assert.match(start.errors, new RegExp(`port ${port}, .* is in use`));
        assert.ok(start.errors.includes(`${flag} N`), start.errors);
        assert.doesNotMatch(start.errors, /panicked|backtrace/i);
      } finally {
        await interrupt(start);
        await free(held[index]);
        await rm(folder, { recursive: true });
      }
    });
  }
});
