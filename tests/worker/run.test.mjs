// What stands between the engine and a run, by itself: an engine and a wasm instance made up by the test. The real ones are
// in engine.test.mjs.

import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

const state = { criticalError: false, instanceId: 0 };
globalThis.__worker_init_state = state;
const { guardedWorker } = await import("../../worker/guard.mjs");
const { guardedRun } = await import("../../worker/run.mjs");
guardedWorker(class {});

/** What the runtime's own class does. */
class WorkflowEntrypoint {
  ctx = {};
  env = {};
}

/** Executes a run as the engine does, `executions` one after the other; answers what the engine was asked. */
async function execute(step, ...executions) {
  const asked = [];
  class Worker {
    run_workflow(_env, _context, id, steps) {
      state.criticalError = false;
      return executions.shift()(steps, id);
    }
    toString() {
      state.criticalError = false;
      state.instanceId += 1;
      return "glue";
    }
  }
  const Run = guardedRun(WorkflowEntrypoint, Worker);
  const engine = {
    do: (name, _config, work) => (asked.push(name), step.do(name, work)),
    sleep: (name, ms) => (asked.push(name), step.sleep(name, ms)),
  };
  const running = new Run().run({ instanceId: "r_1" }, engine);
  return { running, asked };
}

/** A death as the glue shows it, while whoever is called waits for ever. */
function die() {
  state.criticalError = true;
  return new Promise(() => {});
}

const work = (given) => async () => given;
const atOnce = { do: (_name, work) => work(), sleep: async () => {} };

describe("between the engine and a run", () => {
  test("a step is the engine's once, and what it gave is remembered beyond a death", async () => {
    const gave = [];
    const { running, asked } = await execute(
      atOnce,
      async (steps) => {
        gave.push(await steps.perform("a", work("first")));
        await die();
      },
      async (steps) => {
        gave.push(await steps.perform("a", work("second")));
        gave.push(await steps.perform("b", work("third")));
        return true;
      },
    );
    await running;
    assert.deepEqual(gave, ["first", "first", "third"]);
    assert.deepEqual(asked, ["a", "b"]);
  });

  test("the engine tries again with the work of who lives", async () => {
    const twice = {
      do: async (_name, work) => work().catch(() => work()),
    };
    let gave;
    const { running } = await execute(
      twice,
      (steps) => steps.perform("a", die),
      async (steps) => {
        gave = await steps.perform("a", work("alive"));
        return true;
      },
    );
    await running;
    assert.equal(gave, "alive");
  });

  test("a run that dies again and again is given up, and so is one that fails", async () => {
    const { running } = await execute(atOnce, die, die, die, work(true));
    await assert.rejects(running, { name: "Error", message: "" });
    const failing = await execute(atOnce, async () => {
      throw new Error("tables");
    });
    await assert.rejects(failing.running, { message: "tables" });
  });

  test("only a run that does nothing but sleep is laid aside", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      let [finish, wake, aside] = [];
      const engine = {
        do: () => new Promise((done) => (finish = done)),
        sleep: () => new Promise((done) => (wake = done)),
      };
      const { running, asked } = await execute(
        engine,
        async (steps) => {
          steps.perform("work", work());
          steps.sleep("night", 1_000_000);
          await steps.aside();
          aside = true;
          return false;
        },
        async (steps) => {
          await steps.perform("work", work());
          await steps.sleep("night", 1_000_000);
          return true;
        },
      );
      mock.timers.tick(100_000);
      await turn();
      assert.deepEqual(asked, ["work", "night"]);
      finish("done");
      await turn();
      mock.timers.tick(29_999);
      await turn();
      assert.equal(aside, undefined);
      mock.timers.tick(1);
      await turn();
      assert.equal(aside, true);
      wake();
      await running;
      assert.deepEqual(asked, ["work", "night"]);
    } finally {
      mock.timers.reset();
    }
  });

  test("steps are counted by their names", async () => {
    const counts = [];
    const { running } = await execute(atOnce, async (steps) => {
      counts.push(steps.count("a"));
      await steps.perform("a", work(""));
      counts.push(steps.count("a"), steps.count("b"));
      return true;
    });
    await running;
    assert.deepEqual(counts, [1, 1, 2]);
  });
});
