// What the runtime starts: the Worker, its Durable Objects and what the engine of runs calls, as `worker-build` made them,
// each behind the guard.

import { WorkflowEntrypoint } from "cloudflare:workers";
import Worker, {
  Connection as Rules,
  Limiter as Limits,
} from "./build/index.js";
import { guardedObject, guardedWorker } from "./guard.mjs";
import { guardedRun } from "./run.mjs";

export default guardedWorker(Worker);
export const Connection = guardedObject(Rules);
export const Limiter = guardedObject(Limits);
export const Run = guardedRun(WorkflowEntrypoint, Worker);
