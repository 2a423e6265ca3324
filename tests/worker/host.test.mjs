// Parts of the host that runs need, each by itself in workerd: the limiter's memory, the zones of the world, bodies that are
// read whole. What else the host promises is in contract.test.mjs and engine.test.mjs.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";

import { Runtime } from "./runtime.mjs";

describe("the host in workerd", () => {
  let runtime;
  before(async () => (runtime = await Runtime.start({ faults: true })));
  after(() => runtime?.end());

  async function ask(path, body) {
    const answer = await fetch(`${runtime.url}/faults/${path}`, {
      method: "POST",
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return text;
  }

  const limiter = async (account, question) =>
    JSON.parse(await ask(`limiter/${account}`, question));
  const lease = (category, calls) => ({
    lease: { category, plan: "free", calls },
  });

  test("a limiter counts for its account alone", async () => {
    const heavy = lease("heavy", 3);
    assert.equal((await limiter("one", heavy)).calls, 1);
    const { calls, again_at } = await limiter("one", heavy);
    // One a second: none, unless a second has passed.
    if (calls === 0) assert.equal(typeof again_at, "number");
    assert.equal((await limiter("two", heavy)).calls, 1);
  });

  test("a day's limit outlives the runtime", async () => {
    const until = Date.now() + 6 * 60 * 60_000;
    await limiter("one", { limited: { category: "light", until } });
    await runtime.kill();
    await runtime.startWorker();
    const light = await limiter("one", lease("light", 1));
    assert.deepEqual(light, { calls: 0, again_at: until });
    assert.equal((await limiter("one", lease("heavy", 1))).calls, 1);
  });

  test("the clocks of a zone change when its people change them", async () => {
    for (const [zone, time, offset] of [
      ["Europe/Berlin", "2026-03-29T00:59:59.999Z", 3600],
      ["Europe/Berlin", "2026-03-29T01:00:00Z", 7200],
      ["America/New_York", "2026-11-01T05:59:59Z", -4 * 3600],
      ["America/New_York", "2026-11-01T06:00:00Z", -5 * 3600],
      ["Asia/Kathmandu", "2026-12-31T20:00:00Z", 5.75 * 3600],
      ["Pacific/Kiritimati", "2026-12-31T23:00:00Z", 14 * 3600],
      ["UTC", "2026-01-01T00:00:00Z", 0],
    ]) {
      const told = await ask(`zone/${Date.parse(time)}?${zone}`);
      assert.equal(told, `Some(${offset})`, `${zone} ${time}`);
    }
    for (const zone of ["Europe/Atlantis", "+01:00", ""]) {
      assert.equal(await ask(`zone/${Date.now()}?${zone}`), "None", zone);
    }
  });

  test("a body is read up to its limit, however it comes", async () => {
    const long = 3 * 1024 * 1024;
    const server = createServer((request, answer) => {
      if (request.url === "/stated") answer.setHeader("content-length", long);
      if (request.url === "/empty") return answer.end();
      for (let sent = 0; sent < long; sent += 1024) answer.write(page);
      if (request.url === "/broken") return answer.destroy();
      answer.end();
    });
    const page = Buffer.alloc(1024, "x");
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    const url = `http://127.0.0.1:${server.address().port}`;
    try {
      for (const path of ["stated", "chunked"]) {
        const told = (limit) => ask(`read/${limit}?${url}/${path}`);
        assert.equal(await told(long), `${long}`);
        assert.equal(await told(long - 1), "too long");
      }
      assert.equal(await ask(`read/0?${url}/empty`), "0");
      const broken = `${runtime.url}/faults/read/${long}?${url}/broken`;
      const answer = await fetch(broken, { method: "POST" });
      assert.equal(answer.status, 503);
      assert.match(await answer.text(), /^unreachable/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
