// The guard by itself, around a stand-in for what worker-build makes: who is answered when the instance dies, and how.
// The real death, in workerd, is in panic.test.mjs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

const table = join(import.meta.dirname, "../../src/edge/problem.rs");
const ORIGIN = "https://product.example";

let modules = 0;
let state;
let running;

beforeEach(() => {
  running = new Set();
  const { setInterval, clearInterval } = globalThis;
  mock.method(globalThis, "setInterval", (...args) => {
    const timer = setInterval(...args);
    running.add(timer);
    return timer;
  });
  mock.method(globalThis, "clearInterval", (timer) => {
    running.delete(timer);
    clearInterval(timer);
  });
});
afterEach(() => {
  mock.restoreAll();
  assert.equal(running.size, 0, "no timer is left");
});

/** A panic as the glue shows it: told at once, then thrown through whoever called. */
function panic() {
  state.criticalError = true;
  throw new WebAssembly.RuntimeError("unreachable");
}

/** Every call from outside replaces a dead instance first. */
function restart() {
  if (!state.criticalError) return;
  state.criticalError = false;
  state.instanceId += 1;
}

/** The class that worker-build would make of these functions. */
function glued({ construct, fetch, alarm, scheduled }) {
  return class {
    constructor() {
      restart();
      construct?.();
    }
    fetch(request) {
      restart();
      return fetch(request);
    }
    alarm() {
      restart();
      return alarm();
    }
    scheduled(event) {
      restart();
      return scheduled(event);
    }
    toString() {
      restart();
      return "glue";
    }
  };
}

/** A guard that has seen nothing yet, and an instance that lives. */
async function freshGuard() {
  state = { criticalError: false, instanceId: 0 };
  globalThis.__worker_init_state = state;
  return import(`../../worker/guard.mjs?${++modules}`);
}

async function guardedFetch(parts) {
  const { guardedWorker } = await freshGuard();
  const { fetch } = guardedWorker(glued(parts));
  return (method = "GET", headers = { origin: ORIGIN }, path = "/") => {
    const url = `https://worker.example${path}`;
    return fetch(new Request(url, { method, headers }), {}, {});
  };
}

/** What the table of failures says about `interrupted`. */
function interruptedRow() {
  const row = /^ *Interrupted (\d+) (\d+) "(\w+)" "(.+)";$/m;
  const [, status, number, code, message] = readFileSync(table, "utf8").match(
    row,
  );
  return { status: Number(status), event: Number(number), code, message };
}

async function assertInterrupted(answer) {
  const { status, code, message } = interruptedRow();
  assert.equal(answer.status, status);
  assert.equal(answer.headers.get("x-isthmus-code"), code);
  assert.deepEqual(await answer.json(), { message, code });
}

const never = () => new Promise(() => {});

describe("the guard", () => {
  test("hands an answer on as it is", async () => {
    const answer = new Response("well");
    const ask = await guardedFetch({ fetch: async () => answer });
    assert.equal(await ask(), answer);
  });

  test("hands an error of a living instance on as it is", async () => {
    const error = new TypeError("a request without a body");
    const later = await guardedFetch({ fetch: () => Promise.reject(error) });
    await assert.rejects(later(), error);
    const atOnce = await guardedFetch({
      fetch() {
        throw error;
      },
    });
    await assert.rejects(atOnce(), error);
  });

  test("answers a call that dies at once", async () => {
    const ask = await guardedFetch({ fetch: panic });
    await assertInterrupted(await ask());
    assert.equal(state.criticalError, false, "a new instance is there");
  });

  test("answers a call that dies before there is anything to call", async () => {
    const deaths = [panic];
    const ask = await guardedFetch({
      construct: () => deaths.pop()?.(),
      fetch: async () => new Response("well"),
    });
    await assertInterrupted(await ask());
    assert.equal(await (await ask()).text(), "well");
  });

  test("answers whoever waits for a promise that the death left open", async () => {
    const answers = [never, never, panic, async () => new Response("well")];
    const ask = await guardedFetch({ fetch: () => answers.shift()() });
    const waiting = [ask(), ask()];
    await assertInterrupted(await ask());
    for (const answer of await Promise.all(waiting)) {
      await assertInterrupted(answer);
    }
    assert.equal(await (await ask()).text(), "well");
  });

  test("answers whoever's promise the death rejects", async () => {
    const ask = await guardedFetch({
      fetch: async () => {
        await null;
        panic();
      },
    });
    await assertInterrupted(await ask());
  });

  test("answers the callers of an object, and lets its alarm fail", async () => {
    const { guardedObject, guardedWorker } = await freshGuard();
    guardedWorker(glued({}));
    const Guarded = guardedObject(glued({ fetch: panic, alarm: panic }));
    const object = new Guarded({}, {});
    const question = new Request("https://object.example/");
    await assertInterrupted(await object.fetch(question));
    await assert.rejects(object.alarm(), { name: "Error", message: "" });
  });

  test("lets the cron run, and fail when it dies", async () => {
    const events = [];
    const { guardedWorker } = await freshGuard();
    const well = guardedWorker(glued({ scheduled: (e) => events.push(e) }));
    await well.scheduled("now", {}, {});
    assert.deepEqual(events, ["now"]);
    const dying = guardedWorker(glued({ scheduled: panic }));
    await assert.rejects(dying.scheduled("now", {}, {}), { name: "Error" });
  });
});

describe("the answer to who was interrupted", () => {
  test("invites to repeat only what has no effect", async () => {
    const ask = await guardedFetch({ fetch: panic });
    for (const method of ["GET", "HEAD"]) {
      assert.equal((await ask(method)).headers.get("retry-after"), "1");
    }
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      assert.equal((await ask(method)).headers.get("retry-after"), null);
    }
  });

  test("has the form that a project's server knows, and an id", async () => {
    const ask = await guardedFetch({ fetch: panic });
    const answer = await ask("GET", {}, "/connect/grants");
    const { status, event, code, message } = interruptedRow();
    const type = "api_error";
    const request_id = answer.headers.get("x-request-id");
    const error = { type, http_code: status, event_code: event, code, message };
    assert.ok(request_id);
    assert.deepEqual(await answer.json(), {
      success: false,
      error: { ...error, request_id },
      message,
      type,
    });
  });

  test("is a page where a person reads it", async () => {
    const ask = await guardedFetch({ fetch: panic });
    const people = ["/oauth?code=c&state=s", "/connect/login?id=x", "/connect"];
    people.push(
      "/connect/start",
      "/connect/callback?state=s",
      "/connect/login/",
    );
    for (const path of people) {
      const answer = await ask("GET", {}, path);
      const { status, code } = interruptedRow();
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get("x-isthmus-code"), code);
      assert.match(answer.headers.get("content-type"), /^text\/html/, path);
      assert.match(await answer.text(), /Reload this page.*>interrupted</s);
    }
    for (const path of ["/connect/logins", "/connect/grants", "/oauthx"]) {
      const { headers } = await ask("GET", {}, path);
      assert.equal(headers.get("content-type"), "application/json", path);
    }
  });

  test("is not stored, not sniffed, and readable by the page that asked", async () => {
    const ask = await guardedFetch({ fetch: panic });
    const { headers } = await ask();
    assert.equal(headers.get("content-type"), "application/json");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("vary"), "Origin");
    assert.equal(headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal(headers.get("access-control-expose-headers"), "*");
    const plain = (await ask("GET", {})).headers;
    assert.equal(plain.get("access-control-allow-origin"), null);
  });
});
