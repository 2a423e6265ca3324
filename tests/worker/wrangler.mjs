// How tests run wrangler: what every start of it is given, and how the processes that it starts are ended.

import { join, resolve } from "node:path";

import { freePort } from "../setup/free-port.mjs";

const root = resolve(import.meta.dirname, "../..");

/** The program; Node runs it. */
export const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");

/** What every wrangler of a test has in its environment: it asks nobody, tells nobody, and keeps nothing. */
export const ENVIRONMENT = {
  CI: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_WRITE_LOGS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // The trace store would keep whole request URLs in clear.
  X_LOCAL_OBSERVABILITY: "false",
  X_LOCAL_EXPLORER: "false",
};

/** The arguments of a Worker on this machine at `port`, which keeps its state in `folder`. */
export async function devArguments(port, folder, ...more) {
  const args = ["dev", ...more, "--local", "--ip", "127.0.0.1"];
  args.push("--port", String(port));
  args.push("--inspector-port", String(await freePort()));
  args.push("--show-interactive-dev-session=false", "--persist-to", folder);
  return args;
}

/** Signals everybody in the process group that this process leads; false when nobody is left. */
export function signalGroup(id, signal) {
  try {
    return process.kill(-id, signal);
  } catch {
    return false;
  }
}
