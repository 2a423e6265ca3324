// The Worker with the routes that break things on purpose (cargo feature `faults`), behind the same guard.

import { WorkflowEntrypoint } from "cloudflare:workers";
import Worker, {
  Connection as Rules,
  Limiter as Limits,
} from "../../worker/build-faults/index.js";
import { guardedObject, guardedWorker } from "../../worker/guard.mjs";
import { guardedRun } from "../../worker/run.mjs";

export default guardedWorker(Worker);
export const Connection = guardedObject(Rules);
export const Limiter = guardedObject(Limits);
export const Run = guardedRun(WorkflowEntrypoint, Worker);
