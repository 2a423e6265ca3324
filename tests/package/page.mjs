// A customer's page in Chromium with the package as it lies in pkg/, and what a test does there.

import {
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";
import { fileURLToPath } from "node:url";

import { serve, startChromium } from "./chromium.mjs";
import { PROJECT, startWorker, tokenOf } from "./worker.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The app's site, and today's page of it. */
export let site, app;

/**
 * For a file of tests: serves the app and starts a browser before them, and opens a page before each one. `prepare` is what
 * each test begins with.
 */
export function withApp(prepare) {
  let browser;
  before(async () => {
    site = await startSite();
    browser = await startChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(async () => {
    app = await AppPage.open(browser, site);
    await prepare?.();
  });
  afterEach(() => app?.close());
}

/** Serves the app as plain modules. */
async function startSite() {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-site-"));
  cpSync(here("../../pkg"), join(folder, "pkg"), { recursive: true });
  cpSync(here("./app"), folder, { recursive: true });
  const main = join(folder, "main.js");
  const code = readFileSync(main, "utf8").replace(
    "@isthmus/connect",
    "./pkg/index.js",
  );
  writeFileSync(main, code);
  const site = await serve(folder);
  const close = async () => {
    await site.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...site, close };
}

/** A page of its own browser context with a Worker of its own; nobody is signed in. */
export class AppPage {
  static async open(browser, site) {
    const app = new AppPage();
    app.worker = await startWorker();
    app.page = await (await browser.newContext()).newPage();
    await app.page.goto(`${site.url}/`);
    await app.page.waitForFunction("window.isthmus");
    return app;
  }

  async close() {
    await this.page.context().close();
    await this.worker.close();
  }

  /** Runs a function in the page. */
  run(action, argument) {
    return this.page.evaluate(action, argument);
  }

  signIn(user = "ada") {
    return this.run(
      ([host, project, token]) => {
        isthmus.configureGlobal({ host });
        return isthmus.authenticate(project, token);
      },
      [this.worker.url, PROJECT, tokenOf(user)],
    );
  }

  /** Presses the page's button and answers the window that opens. */
  async press() {
    const opens = this.page.waitForEvent("popup");
    await this.page.click("#connect");
    return opens;
  }

  /** Connects as a person does who allows it. */
  async connect() {
    const popup = await this.press();
    await popup.click("[data-testid=allow]");
    return this.outcome();
  }

  /** What the promise of the last press came to: the event, or the error's fields. */
  outcome() {
    return this.run(() =>
      window.connected.then(
        (event) => ({ event }),
        ({ name, code, message }) => ({ name, code, message }),
      ),
    );
  }

  /** Notes every callback and event from now on; `heard` answers their names. */
  listen() {
    return this.run(() => {
      window.heard = [];
      const hear = (name) => (event, user) =>
        window.heard.push([name, event, user]);
      const callbacks = [
        "onInstall",
        "onSuccess",
        "onError",
        "onOpen",
        "onClose",
        "onUninstall",
        "onWorkflowChange",
      ];
      window.options = Object.fromEntries(
        callbacks.map((name) => [name, hear(name)]),
      );
      const events = [
        "onIntegrationInstall",
        "onIntegrationUninstall",
        "onWorkflowChange",
        "onPortalOpen",
        "onPortalClose",
      ];
      for (const name of events) isthmus.subscribe(name, hear(name));
    });
  }

  heard() {
    return this.run(() => window.heard.map(([name]) => name));
  }

  /** What `document.hasFocus()` says from now on; in a headless browser it would always be true. */
  focus(focused) {
    return this.run((is) => void (document.hasFocus = () => is), focused);
  }
}

/** Waits until something is so. */
export async function eventually(is) {
  while (!is()) await rest(50);
}

/** Waits so many milliseconds. */
export const rest = (milliseconds) =>
  new Promise((later) => setTimeout(later, milliseconds));
