// Runs the bare Worker (`bare.mjs`) in a workerd of its own, to compare with. The leader of a process group, ended by
// its id.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { until } from "../runtime.mjs";
import {
  devArguments,
  ENVIRONMENT,
  signalGroup,
  wrangler,
} from "../wrangler.mjs";
import { freePort } from "../../setup/free-port.mjs";

const script = join(import.meta.dirname, "bare.mjs");

/** The bare Worker at `url`. `end()` leaves no process and no file behind. */
export class BareServer {
  #child;
  #folder;

  static async start(secret) {
    const server = new BareServer();
    server.#folder = await mkdtemp(join(tmpdir(), "isthmus-bare-"));
    const port = await freePort();
    server.url = `http://127.0.0.1:${port}/`;
    const args = await devArguments(port, server.#folder, script);
    args.push("--name", "bare", "--compatibility-date", "2026-11-17");
    args.push("--var", `SECRET:${secret}`);
    server.#child = spawn(process.execPath, [wrangler, ...args], {
      cwd: server.#folder,
      detached: true,
      stdio: "ignore",
      env: { ...process.env, ...ENVIRONMENT },
    });
    server.exit = new Promise((done) => server.#child.once("exit", done));
    const unsigned = { method: "POST", headers: { "x-zm-signature": "v0=" } };
    await until("the bare Worker is ready", () =>
      fetch(server.url, unsigned).then(
        ({ status }) => status === 401,
        () => false,
      ),
    );
    return server;
  }

  async end() {
    const { pid } = this.#child;
    signalGroup(pid, "SIGTERM");
    await this.exit;
    await until("the bare Worker has ended", () => !signalGroup(pid, 0));
    await rm(this.#folder, { recursive: true, force: true });
  }
}
