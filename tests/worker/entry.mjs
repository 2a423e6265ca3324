// The Worker with the routes that break things on purpose (cargo feature `faults`), behind the same guard.

import Worker, {
  Connection as Rules,
} from "../../worker/build-faults/index.js";
import { guardedObject, guardedWorker } from "../../worker/guard.mjs";

export default guardedWorker(Worker);
export const Connection = guardedObject(Rules);
