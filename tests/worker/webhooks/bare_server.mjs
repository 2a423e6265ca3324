// Runs the bare Worker (`bare.mjs`) in a workerd of its own, to compare with. The leader of a process group, ended by
// its id.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { until } from "../runtime.mjs";
import { freePort } from "../../setup/free-port.mjs";

const root = resolve(import.meta.dirname, "../../..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");

/** The bare Worker at `url`. `end()` leaves no process and no file behind. */
export class BareServer {
  #child;
  #folder;

  static async start(secret) {
    const server = new BareServer();
    server.#folder = await mkdtemp(join(tmpdir(), "isthmus-bare-"));
    const port = await freePort();
    server.url = `http://127.0.0.1:${port}/`;
    const args = ["dev", join(import.meta.dirname, "bare.mjs"), "--local"];
    args.push("--name", "bare", "--compatibility-date", "2026-11-17");
    args.push("--ip", "127.0.0.1", "--port", String(port));
    args.push("--inspector-port", String(await freePort()));
    args.push("--show-interactive-dev-session=false");
    args.push("--persist-to", server.#folder, "--var", `SECRET:${secret}`);
    server.#child = spawn(process.execPath, [wrangler, ...args], {
      cwd: server.#folder,
      detached: true,
      stdio: "ignore",
      env: {
        ...process.env,
        CI: "1",
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_WRITE_LOGS: "false",
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
        X_LOCAL_OBSERVABILITY: "false",
        X_LOCAL_EXPLORER: "false",
      },
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
    this.#signal("SIGTERM");
    await this.exit;
    await until("the bare Worker has ended", () => !this.#signal(0));
    await rm(this.#folder, { recursive: true, force: true });
  }

  #signal(signal) {
    try {
      return process.kill(-this.#child.pid, signal);
    } catch {
      return false;
    }
  }
}
