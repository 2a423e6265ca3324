// The engine of runs: Cloudflare Workflows. `runs.rs` says what for.

import { wait } from "./clock.js";

// The engine takes so many runs in a second; then it is asked again after so many milliseconds.
const AGAIN_AFTER = [500, 2000];

/** Begins with runs, by their ids. Those that it knows stay as they are. */
export async function startRuns(engine, ids) {
  // Its parameters would be kept in clear: there are none.
  const runs = ids.map((id) => ({ id, params: {} }));
  for (let tries = 0; ; tries += 1) {
    try {
      await engine.createBatch(runs);
      return;
    } catch (error) {
      if (tries === AGAIN_AFTER.length) throw error;
      await wait(AGAIN_AFTER[tries]);
    }
  }
}

/** The engine's word for where a run is; nothing when it does not know the run. */
export async function engineState(engine, id) {
  try {
    const instance = await engine.get(id);
    return (await instance.status()).status;
  } catch (error) {
    if (/\bnot_found\b/.test(error?.message)) return undefined;
    throw error;
  }
}

/** Begins anew with a run, wherever it is; what the engine remembers of its steps goes. */
export async function reviveRun(engine, id) {
  const instance = await engine.get(id);
  await instance.restart();
}

/** Ends a run. */
export async function endRun(engine, id) {
  try {
    const instance = await engine.get(id);
    await instance.terminate();
  } catch (error) {
    // One that has ended, or never began, refuses.
    if (!ENDED.has(await engineState(engine, id))) throw error;
  }
}

const ENDED = new Set([undefined, "complete", "errored", "terminated"]);
