// Starts a Worker of its own for a test that breaks it: workerd through `wrangler dev`, on a free port, with a state
// folder that outlives it. And a Zoom sandbox beside it. Each is the leader of a process group and ended by its id.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../setup/free-port.mjs";
import {
  devArguments,
  ENVIRONMENT,
  signalGroup,
  wrangler,
} from "./wrangler.mjs";

const root = resolve(import.meta.dirname, "../..");
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const faultyEntry = join(import.meta.dirname, "entry.mjs");

/** How long anything may take before it counts as stuck, in milliseconds. */
export const PATIENCE = 120_000;

/** The client that a sandbox of ours knows. */
const CLIENT = { client_id: "tests", client_secret: "known-to-one-sandbox" };

/** Asks until the answer is truthy, and fails when it never is. */
export async function until(what, ask) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await pause(20);
  }
}

/** A Worker with a sandbox and a project of its own. `end()` leaves no process and no file behind. */
export class Runtime {
  #folder;
  #groups = new Map();
  #secrets = {
    MASTER_KEYS: `k1:${randomBytes(32).toString("base64url")}`,
    ADMIN_SECRET: randomBytes(32).toString("base64url"),
  };

  /**
   * Starts both; `faults` takes the build with the routes that break things, `entry` is another module to start, `vars`
   * are more of the Worker's.
   */
  static async start({ faults = false, entry, vars = {} } = {}) {
    const runtime = new Runtime();
    runtime.#folder = await mkdtemp(join(tmpdir(), "isthmus-worker-"));
    runtime.entry = entry ?? (faults ? faultyEntry : undefined);
    runtime.vars = vars;
    try {
      const [port, zoomPort] = [await freePort(), await freePort()];
      runtime.url = `http://127.0.0.1:${port}`;
      runtime.zoom = new Zoom(`http://localhost:${zoomPort}`);
      await runtime.#startZoom(zoomPort);
      await runtime.#migrate();
      await runtime.startWorker();
      runtime.project = await runtime.#setUp();
    } catch (error) {
      await runtime.end();
      throw error;
    }
    return runtime;
  }

  /** Starts the Worker, at first and after `kill`. */
  async startWorker() {
    const port = new URL(this.url).port;
    const folder = join(this.#folder, "worker");
    const entry = this.entry ? [this.entry] : [];
    const args = await devArguments(port, folder, ...entry);
    args.push("--config", "wrangler.jsonc");
    const { url } = this.zoom;
    const vars = { ZOOM_OAUTH_URL: url, ZOOM_API_URL: url, ...this.vars };
    for (const [name, value] of Object.entries(vars)) {
      args.push("--var", `${name}:${value}`);
    }
    args.push("--env-file", this.#secretsFile());
    await this.#run("worker", process.execPath, [wrangler, ...args]);
    await until("the Worker is ready", () =>
      fetch(`${this.url}/healthz`).then(
        (answer) => answer.ok,
        () => this.#check("worker"),
      ),
    );
  }

  /** Kills the runtime, all of its processes, without a chance to clean up. */
  async kill() {
    await this.#end("worker", "SIGKILL");
  }

  /** Asks one of the operator's routes, which must go well. */
  async admin(method, path, body) {
    const answer = await fetch(`${this.url}/admin/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#secrets.ADMIN_SECRET}` },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** What the Worker counts, as Prometheus reads it: the lines. */
  async metrics() {
    const answer = await fetch(`${this.url}/metrics`, {
      headers: { authorization: `Bearer ${this.#secrets.ADMIN_SECRET}` },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`/metrics: ${text}`);
    return text.split("\n");
  }

  /** Everything the Worker has written to its log so far. */
  log() {
    return readFileSync(join(this.#folder, "worker.log"), "utf8");
  }

  /** The files that the Worker and what it runs in have written. */
  files() {
    const stored = join(this.#folder, "worker");
    const found = readdirSync(stored, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile());
    const names = files.map(({ parentPath, name }) => join(parentPath, name));
    return [...names, join(this.#folder, "worker.log")];
  }

  /** Ends everything. */
  async end() {
    for (const name of [...this.#groups.keys()]) {
      await this.#end(name, "SIGTERM");
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #startZoom(port) {
    const args = ["--port", String(port), "--client-id", CLIENT.client_id];
    args.push("--redirect-uri", `${this.url}/oauth`);
    const program = join(target, "debug/isthmus-sandbox");
    await this.#run("zoom", program, args, {
      SANDBOX_CLIENT_SECRET: CLIENT.client_secret,
    });
    await until("the sandbox is ready", () =>
      this.zoom.control("GET", "state").catch(() => this.#check("zoom")),
    );
  }

  async #migrate() {
    const args = ["d1", "migrations", "apply", "TABLES", "--local"];
    args.push("--persist-to", join(this.#folder, "worker"));
    const child = await this.#run("migrations", process.execPath, [
      wrangler,
      ...args,
    ]);
    await child.exit;
    this.#groups.delete("migrations");
    if (child.exitCode !== 0) {
      throw new Error(`the migrations failed:\n${this.#words("migrations")}`);
    }
  }

  async #setUp() {
    const origin = "https://product.example";
    const project = await this.admin("POST", "projects", {
      name: "Tests",
      origins: [origin],
      signing_key: { generate: true },
    });
    const path = `projects/${project.id}/integrations/zoom`;
    const integration = await this.admin("PUT", path, CLIENT);
    const [key] = project.signing_keys;
    const { id, client_id, client_secret } = project;
    const client = `${client_id}:${client_secret}`;
    return { id, origin, key, client, integration: integration.id };
  }

  #secretsFile() {
    const file = join(this.#folder, "secrets.env");
    const lines = Object.entries(this.#secrets).map((pair) => pair.join("="));
    writeFileSync(file, lines.join("\n"), { mode: 0o600 });
    return file;
  }

  async #run(name, program, args, env = {}) {
    const log = openSync(join(this.#folder, `${name}.log`), "a");
    const child = spawn(program, args, {
      cwd: join(root, "worker"),
      // A group of its own: wrangler starts workerd, and both must go.
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, ...ENVIRONMENT, ...env },
    });
    child.exit = new Promise((done) => child.once("exit", done));
    await new Promise((started, failed) => {
      child.once("spawn", started);
      child.once("error", failed);
    });
    this.#groups.set(name, child);
    return child;
  }

  #check(name) {
    const child = this.#groups.get(name);
    if (child.exitCode === null) return false;
    throw new Error(`${name} did not start:\n${this.#words(name)}`);
  }

  #words(name) {
    return readFileSync(join(this.#folder, `${name}.log`), "utf8").slice(-4000);
  }

  async #end(name, signal) {
    const child = this.#groups.get(name);
    this.#groups.delete(name);
    signalGroup(child.pid, signal);
    await child.exit;
    // The leader may go first: the group is gone when nobody of it can be signalled.
    await until(`${name} has ended`, () => !signalGroup(child.pid, 0));
  }
}

/** The sandbox's test controls. */
class Zoom {
  constructor(url) {
    this.url = url;
  }

  async control(method, path, body) {
    const answer = await fetch(`${this.url}/_sandbox/${path}`, {
      method,
      body: body && JSON.stringify(body),
    });
    const value = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(value)}`);
    return value;
  }
}
