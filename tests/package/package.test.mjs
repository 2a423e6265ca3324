// What npm would publish: packed, installed elsewhere, imported, type-checked, built by the common bundlers, and run
// in Chromium under the Content-Security-Policy that the README names.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";
import { publint } from "publint";
import * as vite from "vite";
import webpack from "webpack";

import { serve, startChromium } from "./chromium.mjs";
import { PROJECT, startWorker, tokenOf } from "./worker.mjs";

const require = createRequire(import.meta.url);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGE = "@isthmus/connect";

let folder, browser, worker;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-package-"));
  const packed = run(
    "npm",
    ["pack", "--json", "--pack-destination", folder],
    here("../../pkg"),
  );
  const tarball = Object.values(JSON.parse(packed))[0].filename;
  writeFileSync(
    join(folder, "package.json"),
    '{"private": true, "type": "module"}',
  );
  const quiet = ["--offline", "--no-audit", "--no-fund", "--no-package-lock"];
  run("npm", ["install", ...quiet, `./${tarball}`], folder);
  browser = await startChromium();
  worker = await startWorker();
});

after(async () => {
  await browser?.close();
  await worker?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a program to its end and answers what it said; fails with it. */
function run(program, args, cwd) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
  });
  assert.equal(status, 0, `${program} ${args.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}

/** A copy of the app below the folder where the package is installed; `entry` is what its import line names. */
function appWith(name, entry) {
  const app = join(folder, name);
  cpSync(here("./app"), app, { recursive: true });
  const main = join(app, "main.js");
  writeFileSync(main, readFileSync(main, "utf8").replace(PACKAGE, entry));
  return app;
}

/** Opens what was built and does there what a user does: connect, and a call. */
async function works(url) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const failures = [];
    page.on("pageerror", (error) => failures.push(String(error)));
    await page.goto(url);
    await page.waitForFunction("window.isthmus");
    const user = `user-${Math.random()}`;
    await page.evaluate(
      ([host, project, token]) => {
        isthmus.configureGlobal({ host });
        return isthmus.authenticate(project, token);
      },
      [worker.url, PROJECT, tokenOf(user)],
    );
    const [popup] = await Promise.all([
      page.waitForEvent("popup"),
      page.click("#connect"),
    ]);
    await popup.click("[data-testid=allow]");
    const event = await page.evaluate(() => window.connected);
    assert.match(event.credentialId, /^cred_/);
    const answer = await page.evaluate(() =>
      isthmus.request("zoom", "users/me"),
    );
    assert.equal(answer.user, user);
    assert.deepEqual(failures, []);
  } finally {
    await context.close();
  }
}

/** Serves a folder while something is done. */
async function served(folder, action) {
  const site = await serve(folder);
  try {
    await action(site.url);
  } finally {
    await site.close();
  }
}

test("a server imports both entries without a window, and asks what needs none", () => {
  const script = `
    for (const entry of ["${PACKAGE}", "${PACKAGE}/inline"]) {
      const { isthmus, paragon, default: other, SDK_EVENT } = await import(entry);
      if (isthmus !== paragon || isthmus !== other) throw new Error("three objects");
      isthmus.configureGlobal({ host: "connect.example.com" });
      isthmus.subscribe(SDK_EVENT.ON_INTEGRATION_INSTALL, () => {});
      console.log(JSON.stringify([isthmus.getUser(), isthmus.getIntegrationMetadata(), isthmus.getVersion()]));
    }`;
  const said = run(
    process.execPath,
    ["--input-type=module", "-e", script],
    folder,
  );
  const { version } = JSON.parse(
    readFileSync(here("../../pkg/package.json"), "utf8"),
  );
  const line = JSON.stringify([{ authenticated: false }, [], version]);
  assert.equal(said, `${line}\n${line}\n`);
});

test("the types accept a page written for the package it replaces", () => {
  cpSync(here("./types"), join(folder, "types"), { recursive: true });
  const options = [
    "--noEmit",
    "--strict",
    "--target",
    "es2022",
    "--lib",
    "es2022,dom",
  ];
  const modules = [
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--skipLibCheck",
    "false",
  ];
  const tsc = join(
    dirname(require.resolve("typescript/package.json")),
    "bin/tsc",
  );
  run(
    process.execPath,
    [tsc, ...options, ...modules, "types/migration.ts"],
    folder,
  );
  const node = ["--module", "nodenext", "--moduleResolution", "nodenext"];
  run(
    process.execPath,
    [tsc, ...options, ...node, "types/migration.ts"],
    folder,
  );
});

test("publint has nothing to say", async () => {
  const { messages } = await publint({
    pkgDir: join(folder, "node_modules", PACKAGE),
    strict: true,
  });
  assert.deepEqual(messages, []);
});

test("a plain module page runs it", async () => {
  appWith("plain", `../node_modules/${PACKAGE}/index.js`);
  await served(folder, (url) => works(`${url}/plain/`));
});

test("Vite builds it", async () => {
  const root = appWith("vite", PACKAGE);
  await vite.build({ root, logLevel: "error" });
  await served(join(root, "dist"), works);
});

test("Vite's development server runs it", async () => {
  const root = appWith("vite-dev", PACKAGE);
  const server = await vite.createServer({
    root,
    logLevel: "error",
    server: { port: 0, host: "localhost" },
  });
  try {
    await server.listen();
    await works(server.resolvedUrls.local[0]);
  } finally {
    await server.close();
  }
});

test("webpack builds it", async () => {
  const context = appWith("webpack", PACKAGE);
  const path = join(context, "dist");
  const stats = await new Promise((done, failed) =>
    webpack(
      {
        mode: "production",
        context,
        entry: "./main.js",
        output: { path, filename: "main.js" },
      },
      (error, stats) => (error ? failed(error) : done(stats)),
    ),
  );
  assert.deepEqual(stats.toJson().errors, []);
  cpSync(join(context, "index.html"), join(path, "index.html"));
  await served(path, works);
});

test("esbuild builds the inline form", async () => {
  const app = appWith("esbuild", `${PACKAGE}/inline`);
  const outfile = join(app, "dist/main.js");
  mkdirSync(dirname(outfile));
  const { warnings } = await esbuild.build({
    entryPoints: [join(app, "main.js")],
    bundle: true,
    format: "esm",
    outfile,
    logLevel: "silent",
  });
  assert.deepEqual(warnings, []);
  cpSync(join(app, "index.html"), join(app, "dist/index.html"));
  await served(join(app, "dist"), works);
});

test("the wasm can come from wherever the page says", async () => {
  const app = appWith("elsewhere", PACKAGE);
  const outfile = join(app, "dist/main.js");
  mkdirSync(dirname(outfile));
  const main = join(app, "main.js");
  const code = readFileSync(main, "utf8").replace(
    "{ isthmus }",
    "{ isthmus, init }",
  );
  writeFileSync(main, `${code}\ninit("./elsewhere.wasm");\n`);
  await esbuild.build({
    entryPoints: [main],
    bundle: true,
    format: "esm",
    outfile,
    logLevel: "silent",
  });
  const wasm = require.resolve(`${PACKAGE}/isthmus_bg.wasm`, {
    paths: [folder],
  });
  cpSync(wasm, join(app, "dist/elsewhere.wasm"));
  cpSync(join(app, "index.html"), join(app, "dist/index.html"));
  await served(join(app, "dist"), works);
});
