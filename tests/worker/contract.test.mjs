// The promises of `src/host.rs`, checked in workerd: the same list that the host in memory is held to, and those that
// only a connection object has. Each check is Rust, behind a route of the build with the feature `faults`.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { Runtime, until } from "./runtime.mjs";

describe("the host on Cloudflare keeps its promises", () => {
  let runtime;
  before(async () => (runtime = await Runtime.start({ faults: true })));
  after(() => runtime?.end());

  const ask = async (path, body) => {
    const url = `${runtime.url}/faults/${path}`;
    const answer = await fetch(url, { method: "POST", body });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return text;
  };

  test("every check of the shared list", async (context) => {
    const checks = (await ask("checks")).split("\n");
    assert.notEqual(checks.length, 0);
    for (const check of checks) {
      await context.test(check.replaceAll("_", " "), () =>
        ask(`check/${check}?${randomUUID()}`),
      );
    }
  });

  test("every check of an object's storage", async (context) => {
    const checks = (await ask("checks/object")).split("\n");
    assert.notEqual(checks.length, 0);
    for (const check of checks) {
      await context.test(check.replaceAll("_", " "), async () => {
        const url = `object/check/${check}?contract/${randomUUID()}`;
        assert.equal(await ask(url), "");
      });
    }
  });

  test("an object that is only asked leaves nothing behind", async () => {
    const name = `contract/${randomUUID()}`;
    const question = JSON.stringify({ deauthorized: { at: 1 } });
    const answer = JSON.parse(await ask(`object/ask?${name}`, question));
    assert.deepEqual(answer, { refused: { refusal: "not_member" } });
    assert.equal(await ask(`object/tables?${name}`), "false");
    await ask(`object/write?${name}`);
    assert.equal(await ask(`object/tables?${name}`), "true");
  });

  test("an object reads its own writes, overwritten and deleted ones too", async () => {
    assert.equal(await ask("object/write?contract/a"), "1 2 - 3 - -");
  });

  test("an object's alarm goes off", async () => {
    await ask("object/arm?contract/b");
    await until("the alarm", () => ask("object/alarms?contract/b"));
  });

  test("an alarm goes off after the runtime was killed", async () => {
    await ask("object/arm?contract/c");
    await runtime.kill();
    await runtime.startWorker();
    await until("the alarm", () => ask("object/alarms?contract/c"));
  });
});
