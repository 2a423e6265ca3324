// What the runtime starts: the Worker and its Durable Object as `worker-build` made them, each behind the guard.

import Worker, { Connection as Rules } from "./build/index.js";
import { guardedObject, guardedWorker } from "./guard.mjs";

export default guardedWorker(Worker);
export const Connection = guardedObject(Rules);
