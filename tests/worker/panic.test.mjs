// A panic ends the one wasm instance that everything in an isolate shares. Shown here: the token pair of a refresh that
// was on its way is stored all the same, and whoever waited is answered.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Runtime, until } from "./runtime.mjs";
import { User } from "./user.mjs";

const CALLERS = 12;
const ACCOUNTS = {
  worker: "ada@acme.example",
  object: "alan@acme.example",
  own: "grace@globex.example",
};

describe("a panic while a refresh is on its way", () => {
  let runtime;
  before(async () => (runtime = await Runtime.start({ faults: true })));
  after(() => runtime?.end());

  /** Lets the pair of this account be refreshed slowly, and breaks something meanwhile. */
  async function interruptRefresh(name, fault) {
    const user = new User(runtime, name);
    const { zoom } = runtime;
    await user.connect(ACCOUNTS[name]);
    assert.equal((await user.request()).status, 200);
    await zoom.control("DELETE", "calls");
    await zoom.control("POST", `users/${ACCOUNTS[name]}/expire`);
    await zoom.control("POST", "faults", {
      kind: "refresh",
      fault: { type: "delay", ms: 2000 },
    });

    const callers = Array.from({ length: CALLERS }, () => user.request());
    const refreshes = async () =>
      (await zoom.control("GET", "calls")).token_requests.refresh;
    await until("the refresh has begun", refreshes);
    const broken = await fetch(`${runtime.url}/faults/${fault}`, {
      method: "POST",
      headers: { origin: runtime.project.origin },
    });
    assert.equal(broken.status, 503);
    assert.equal((await broken.json()).code, "interrupted");
    assert.equal(broken.headers.get("retry-after"), null);
    const allowed = broken.headers.get("access-control-allow-origin");
    assert.equal(allowed, runtime.project.origin);

    for (const answer of await Promise.all(callers)) {
      if (answer.status === 200) continue;
      assert.equal(answer.status, 503);
      assert.equal((await answer.json()).code, "interrupted");
    }
    await until("a request works again", async () => {
      const answer = await user.request();
      if (answer.status === 200) return true;
      assert.equal(answer.status, 503, await answer.text());
      return false;
    });
    assert.equal(await refreshes(), 1, "Zoom was asked once");
  }

  test("in the Worker: the pair is stored and every caller is answered", () =>
    interruptRefresh("worker", "panic"));

  test("in another object: the pair is stored and every caller is answered", () =>
    interruptRefresh("object", "object/panic?elsewhere/somebody"));

  test("in the refreshing object itself: the pair is stored and every caller is answered", async () => {
    const name = `${runtime.project.integration}/GraceHopper-zoomuser03`;
    await interruptRefresh("own", `object/panic?${name}`);
  });

  test("the log tells the place of each panic, and nothing of what was under way", () => {
    const log = runtime.log();
    assert.match(log, /"event":"panic"/);
    assert.doesNotMatch(log, /sandbox-|eyJ[\w-]+\.|Bearer /);
  });
});

describe("a panic during a code exchange", () => {
  let runtime;
  before(async () => (runtime = await Runtime.start({ faults: true })));
  after(() => runtime?.end());

  test("the session ends well when it is asked for again", async () => {
    const user = new User(runtime, "exchange");
    const consent = await user.consent("ada@acme.example");
    await runtime.zoom.control("POST", "faults", {
      kind: "exchange",
      fault: { type: "delay", ms: 1500 },
    });
    const back = user.comeBack(consent);
    await until("the exchange has begun", async () => {
      const { token_requests } = await runtime.zoom.control("GET", "calls");
      return token_requests.exchange;
    });
    await fetch(`${runtime.url}/faults/panic`, { method: "POST" });
    assert.equal((await back).status, 503);
    const session = await until("the session has ended", async () => {
      const session = await user.session(consent);
      return session.status !== "open" && session;
    });
    assert.equal(session.status, "done", JSON.stringify(session));
    assert.equal((await user.request()).status, 200);
    const { token_requests } = await runtime.zoom.control("GET", "calls");
    assert.equal(token_requests.exchange, 1);
  });
});
