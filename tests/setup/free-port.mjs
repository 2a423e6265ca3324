// A port for a server of a test. Not one that the system hands out: between this and the server's start, any outgoing
// connection of a test beside this one could take that.
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below what Linux (32768) and macOS (49152) hand out. */
const [FIRST, LAST] = [15_000, 32_000];
const TRIES = 50;

/** A port on 127.0.0.1 that nobody listens on. */
export async function freePort() {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${FIRST} to ${LAST}`);
}

function isFree(port) {
  return new Promise((found) => {
    const server = createServer();
    server.once("error", () => found(false));
    server.listen(port, "127.0.0.1", () => server.close(() => found(true)));
  });
}
