// A product's page with the published @useparagon/connect, unmodified, in a real browser, and what a test does there.
// For a file of tests: `withPackage()` once, then `openAs` in each test.

import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before } from "node:test";

import { build } from "esbuild";

import { serve, startChromium } from "../../package/chromium.mjs";
import { closed, decide, Person } from "../../setup/person.mjs";
import {
  admitOrigin,
  newUser,
  product,
  tokenOf,
} from "../../setup/product.mjs";

/** The package asks once a second whether its popup has come to an end. */
export const POLL_INTERVAL = 1000;

let browser, folder, site, takeBack;

/** Today's person, and their page. */
export let person, page;

/** Builds the page and starts a browser before the tests of a file, and ends both after them. */
export function withPackage() {
  before(start);
  after(end);
  afterEach(() => person?.end());
}

async function start() {
  folder = await mkdtemp(join(tmpdir(), "isthmus-conformance-"));
  await cp(join(import.meta.dirname, "index.html"), join(folder, "index.html"));
  await build({
    entryPoints: [join(import.meta.dirname, "page.js")],
    outfile: join(folder, "page.js"),
    bundle: true,
    logLevel: "error",
  });
  site = await serve(folder);
  takeBack = await admitOrigin(site.url);
  browser = await startChromium();
}

async function end() {
  await browser?.close();
  await takeBack?.();
  await site?.close();
  if (folder) await rm(folder, { recursive: true });
}

/** Opens the page and points the package at the Worker. */
export async function openPage() {
  person = await Person.at(browser);
  // Before it is told otherwise, the package loads its portal from its makers' server.
  await person.context.route(/useparagon\.com/, (route) =>
    route.fulfill({ contentType: "text/html", body: "" }),
  );
  page = await person.open(`${site.url}/`);
  await page.evaluate((worker) => {
    const services =
      "ZEUS WORKER_PROXY HERMES PASSPORT CONNECT DASHBOARD CDN".split(" ");
    const urls = services.map((name) => [`${name}_PUBLIC_URL`, worker]);
    window.paragon.configureGlobal(
      { host: "localhost" },
      Object.fromEntries(urls),
    );
  }, product.worker);
}

/** Calls a method of the package; a failure is answered as `{error}`. */
export function call(method, ...parameters) {
  return page.evaluate(
    async ([method, parameters]) => {
      try {
        return await window.paragon[method](...parameters);
      } catch ({ message, response }) {
        return { error: message, response };
      }
    },
    [method, parameters],
  );
}

export const signIn = (user, options) =>
  call("authenticate", product.project_id, tokenOf(user), options);

/** A new user with the page open and signed in. */
export async function openAs(name) {
  await openPage();
  const user = newUser(name);
  assert.equal(await signIn(user), undefined);
  return user;
}

/** Presses the page's button; answers the popup. */
export async function pressInstall(options = {}) {
  await page.evaluate((options) => (window.options = options), options);
  return person.popup(page, () => page.click("#install"));
}

/** What the package has told the page, by name. */
export async function seen(what) {
  const all = await page.evaluate(() => window.seen);
  return all.filter((one) => one.what === what).map((one) => one.value);
}

/** Waits until the package has told something. */
export const told = (what) =>
  page.waitForFunction(
    (what) => window.seen.some((one) => one.what === what),
    what,
  );

/** Connects an account, start to end. */
export async function install(zoomUser, options) {
  const popup = await pressInstall(options);
  await decide(popup, "allow", zoomUser);
  await closed(popup);
  await told("resolved");
}

export const zoomOf = async () => (await call("getUser")).integrations.zoom;
