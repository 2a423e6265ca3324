// Refreshes in workerd: many who need one share one, and one goes on without the caller who caused it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Runtime, until } from "./runtime.mjs";
import { User } from "./user.mjs";

const CALLERS = 100;

describe("a refresh", () => {
  let runtime;
  before(async () => {
    runtime = await Runtime.start();
    await runtime.zoom.control("POST", "settings", { limits: {} });
  });
  after(() => runtime?.end());

  /** A connected user whose access token has just ended at Zoom; refreshes are slow. */
  async function withEndedToken(name, account) {
    const user = new User(runtime, name);
    await user.connect(account);
    await runtime.zoom.control("DELETE", "calls");
    await runtime.zoom.control("POST", `users/${account}/expire`);
    await runtime.zoom.control("POST", "faults", {
      kind: "refresh",
      fault: { type: "delay", ms: 1000 },
    });
    return user;
  }

  const refreshes = async () => {
    const { calls } = await runtime.zoom.control("GET", "calls");
    return calls.filter((call) => call.kind === "refresh");
  };

  test(`is one for ${CALLERS} requests at the moment the token ends`, async () => {
    const user = await withEndedToken("ada", "ada@acme.example");
    const requests = Array.from({ length: CALLERS }, () => user.request());
    for (const answer of await Promise.all(requests)) {
      assert.equal(answer.status, 200, await answer.text());
    }
    assert.equal((await refreshes()).length, 1);
  });

  test("is stored although the caller went away in the middle", async () => {
    const user = await withEndedToken("alan", "alan@acme.example");
    const leaving = new AbortController();
    const request = user.request("users/me", { signal: leaving.signal });
    await until(
      "the refresh has begun",
      async () => (await refreshes()).length,
    );
    leaving.abort();
    await assert.rejects(request, { name: "AbortError" });
    await until("Zoom has answered", async () => (await refreshes())[0].status);
    const answer = await user.request();
    assert.equal(answer.status, 200, await answer.text());
    assert.equal((await refreshes()).length, 1);
  });
});
