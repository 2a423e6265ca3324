// The engine of runs by itself, with runs that a test made up (cargo feature `faults`): what the host promises of it, and
// that a run comes to its end although the wasm instance or the whole runtime dies in the middle.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Runtime, until } from "./runtime.mjs";

const STEPS = ["first", "second", "third", "left", "right"];

describe("the engine of runs", () => {
  let runtime;
  before(async () => (runtime = await Runtime.start({ faults: true })));
  after(() => runtime?.end());

  /** A call of the host's to the engine; answers its text. */
  async function engine(call, ids) {
    const url = `${runtime.url}/faults/engine/${call}?${ids}`;
    const answer = await fetch(url, { method: "POST" });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return text;
  }

  /** What a run has told the log of one kind: `begun` or `done`. */
  const told = (kind, id) =>
    [...runtime.log().matchAll(/^\{.*"run":.*\}\s*$/gm)]
      .map(([line]) => JSON.parse(line))
      .filter((line) => line.run === id && line[kind])
      .map((line) => line[kind]);

  const isAtWork = (id, step = "second") =>
    until(`${id} is at work`, () => told("begun", id).includes(step));

  const hasEnded = (id) =>
    until(`${id} has ended`, async () => {
      const state = await engine("state", id);
      return state === "Ended" && state;
    });

  test("a run does its steps, each once, and ends", async () => {
    const id = "faults-plain-1";
    assert.equal(await engine("state", id), "Unknown");
    await engine("start", id);
    await hasEnded(id);
    assert.deepEqual(told("begun", id).sort(), [...STEPS].sort());
    assert.equal(told("done", id).at(-1), "everything");
  });

  test("a taken id stays as it is, beside ones that are not", async () => {
    await engine("start", "faults-plain-2");
    await hasEnded("faults-plain-2");
    await engine("start", "faults-plain-2,faults-plain-3,faults-plain-3");
    await hasEnded("faults-plain-3");
    for (const id of ["faults-plain-2", "faults-plain-3"]) {
      assert.deepEqual(told("begun", id).sort(), [...STEPS].sort(), id);
    }
  });

  test("more than a hundred at once are refused", async () => {
    const ids = Array.from({ length: 101 }, (_, at) => `faults-plain-m${at}`);
    const url = `${runtime.url}/faults/engine/start?${ids}`;
    const answer = await fetch(url, { method: "POST" });
    assert.equal(answer.status, 503);
    assert.match(await answer.text(), /^engine: .*100/);
  });

  test("a run is ended from outside, and once more, and one that nobody knows", async () => {
    const id = "faults-slow-1";
    await engine("start", id);
    await isAtWork(id, "first");
    assert.equal(await engine("state", id), "Live");
    await engine("end", id);
    assert.equal(await engine("state", id), "Ended");
    await engine("end", id);
    await engine("end", "faults-slow-nobody");
    assert.ok(!told("done", id).includes("everything"));
  });

  test("a run that was ended, or is at its end, is taken up again", async () => {
    for (const id of ["faults-slow-1", "faults-plain-1"]) {
      const before = told("done", id).filter((done) => done === "everything");
      await engine("revive", id);
      await until(`${id} has ended once more`, () => {
        const now = told("done", id).filter((done) => done === "everything");
        return now.length > before.length;
      });
      await hasEnded(id);
    }
  });

  test("a run goes on by itself after the death of the instance", async () => {
    const ids = Array.from({ length: 5 }, (_, at) => `faults-slow-d${at}`);
    await engine("start", ids);
    await Promise.all(ids.map((id) => isAtWork(id)));
    const panic = await fetch(`${runtime.url}/faults/panic`, {
      method: "POST",
    });
    assert.equal(panic.status, 503);
    for (const id of ids) {
      await hasEnded(id);
      assert.ok(told("done", id).includes("everything"), id);
      const done = told("done", id).filter((done) => STEPS.includes(done));
      assert.deepEqual(done.sort(), [...STEPS].sort(), "each is done once");
    }
  });

  test("after kill -9 it is taken up when that is asked for", async () => {
    const id = "faults-slow-k1";
    await engine("start", id);
    await isAtWork(id);
    await runtime.kill();
    await runtime.startWorker();
    assert.equal(await engine("state", id), "Live");
    await engine("revive", id);
    await hasEnded(id);
    assert.ok(told("done", id).includes("everything"));
  });

  test("a run may have 1,024 steps, and is told when it wants more", async () => {
    const id = "faults-wide-1";
    await engine("start", id);
    await hasEnded(id);
    assert.ok(told("done", id).includes("everything"));
  });

  test("a run that sleeps is laid aside, and goes on with what it has done", async () => {
    const id = "faults-long-1";
    await engine("start", id);
    await hasEnded(id);
    // Once more it began, and was given what it had done before.
    const done = told("done", id);
    assert.equal(done.filter((one) => one === "nothing yet").length, 2);
    assert.equal(done.filter((one) => one === "first").length, 1);
    assert.ok(done.includes("everything"));
  });
});
