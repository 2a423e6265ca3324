// Stands between the engine (Cloudflare Workflows) and a run in the wasm instance. The engine may call a run again at any
// time, and so does this: when the instance has died, and after the run was laid aside while all it did was sleep, because
// a future that is never woken again would stay in the memory that all share. The run itself knows what it has done.

import { guarded, Interrupted, made } from "./guard.mjs";

// How the engine tries again what failed on our own side: after 2, 4, 8, 16 and 32 seconds. Failures of Zoom's or of an
// endpoint are results.
const STEP = {
  retries: { limit: 5, delay: 2000, backoff: "exponential" },
  timeout: 15 * 60_000,
};

// A run that has only slept for so long is laid aside, in milliseconds.
const ASIDE_AFTER = 30_000;

// How often a run is looked after, in milliseconds: it may take days.
const CHECK_EVERY = 1000;

// A run goes on by itself after so many deaths of the instance; after one more the sweep decides.
const DEATHS = 2;

/** The class that the engine calls. */
export function guardedRun(WorkflowEntrypoint, Worker) {
  return class extends WorkflowEntrypoint {
    async run({ instanceId }, step) {
      const { ctx, env } = this;
      const steps = new RunSteps(step);
      for (let deaths = 0; ;) {
        const execute = () =>
          made(new Worker(ctx, env)).run_workflow(env, ctx, instanceId, steps);
        try {
          if (await guarded(execute, CHECK_EVERY)) return;
          await steps.someSleepEnds();
        } catch (error) {
          deaths += 1;
          if (!(error instanceof Interrupted) || deaths > DEATHS) throw error;
        }
      }
    }
  };
}

/** The steps of one run. A step that is asked for again is the same one, although the work may be another's. */
class RunSteps {
  #step;
  #begun = new Map();
  #works = new Map();
  #sleeps = new Set();
  #laidAside;
  #timer;

  constructor(step) {
    this.#step = step;
  }

  /** How many steps there are with this one. */
  count(name) {
    return this.#begun.size + (this.#begun.has(name) ? 0 : 1);
  }

  /** Has the engine do the work, unless it is remembered what it gave. */
  perform(name, work) {
    // The engine tries again with this one, should the former have died meanwhile.
    this.#works.set(name, work);
    const call = () => guarded(() => this.#works.get(name)(), CHECK_EVERY);
    const give = () => this.#step.do(name, STEP, call);
    return this.#once(name, give, () => this.#works.delete(name));
  }

  /** Has the engine wait. */
  sleep(name, milliseconds) {
    return this.#once(name, () => {
      const sleep = this.#step.sleep(name, milliseconds);
      this.#sleeps.add(sleep);
      const over = () => this.#sleeps.delete(sleep);
      sleep.then(over, over);
      return sleep;
    });
  }

  /** Settles when the run has only slept for a while. */
  aside() {
    this.#laidAside = Promise.withResolvers();
    this.#look();
    return this.#laidAside.promise;
  }

  /** Settles when one of the sleeps is over; at once when there is none any more. */
  someSleepEnds() {
    return this.#sleeps.size > 0 && Promise.race(this.#sleeps);
  }

  #once(name, begin, ended) {
    let step = this.#begun.get(name);
    if (!step) {
      step = begin();
      this.#begun.set(name, step);
      const settled = () => {
        ended?.();
        this.#look();
      };
      // Whoever asked for it may be gone.
      step.then(settled, settled);
    }
    this.#look();
    return step;
  }

  #look() {
    clearTimeout(this.#timer);
    if (this.#sleeps.size === 0 || this.#works.size > 0) return;
    const { resolve } = this.#laidAside;
    this.#timer = setTimeout(resolve, ASIDE_AFTER);
  }
}
