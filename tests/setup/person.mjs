// What a person does in a browser, and what a page must not do meanwhile: complain on its console. Each person has a
// browser context of their own, as if they sat at another machine. `withPeople` is what tests of the demo app share.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";

import { startChromium } from "../package/chromium.mjs";
import { disconnectAll, product } from "./product.mjs";

/** Today's people, and the browser that they share. */
let browser, people;

/**
 * For a file of tests: starts a browser before them, and lets nobody have anything connected before each one. Whoever
 * came by `person` leaves after it.
 */
export function withPeople() {
  before(async () => {
    browser = await startChromium();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    people = [];
    const tokens = Object.values(product.tokens);
    for (const token of tokens) await disconnectAll(token);
  });
  afterEach(async () => {
    for (const person of people) await person.end();
  });
}

/** Somebody who comes to the browser, until the test is over. */
export async function person(options) {
  const one = await Person.at(browser, { locale: "en-GB", ...options });
  people.push(one);
  return one;
}

/** Somebody with the demo app open, signed in as this user of it. */
export async function signedIn(user, options) {
  const one = await person(options);
  const page = await one.open(product.page);
  await page.getByTestId(`sign-in-${user}`).click();
  return { person: one, page };
}

/** Somebody who is signed in, with this Zoom account connected. */
export async function connected(user, zoomUser, options) {
  const at = await signedIn(user, options);
  const button = at.page.getByTestId("connect-zoom");
  const portal = await at.person.popup(at.page, () => button.click());
  await connectIn(portal, zoomUser);
  await done(portal);
  const connection = at.page.getByTestId("connection");
  await connection.filter({ hasText: zoomUser }).waitFor();
  return at;
}

/** How the pictures are taken. */
export const PICTURED = {
  viewport: { width: 1200, height: 800 },
  colorScheme: "light",
};

/** A person with a browser of their own. `end()` closes it. */
export class Person {
  #complaints = [];
  #excused = [];

  /** Sits down at the browser. */
  static async at(browser, options = {}) {
    const person = new Person();
    person.context = await browser.newContext(options);
    person.requests = [];
    person.context.on("request", (request) => person.requests.push(request));
    person.context.on("console", (message) => {
      if (!["error", "warning"].includes(message.type())) return;
      person.#complaints.push(`${message.text()} (${message.location().url})`);
    });
    person.context.on("weberror", (problem) =>
      person.#complaints.push(String(problem.error())),
    );
    return person;
  }

  /** Opens a page of their own. */
  async open(url) {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** Clicks something that opens a window; answers the window. */
  async popup(page, click) {
    const [popup] = await Promise.all([page.waitForEvent("popup"), click()]);
    return popup;
  }

  /** Says that a console message like this is meant to come. */
  excuse(...patterns) {
    this.#excused.push(...patterns);
  }

  /** What the consoles said that nobody expected. */
  complaints() {
    return this.#complaints.filter(
      (text) => !this.#excused.some((pattern) => pattern.test(text)),
    );
  }

  /** Requests of this method whose address contains this text. */
  requested(method, text) {
    return this.requests.filter(
      (request) => request.method() === method && request.url().includes(text),
    );
  }

  /** Leaves; the consoles must have been quiet. */
  async end() {
    await this.context.close();
    assert.deepEqual(this.complaints(), [], "the console is quiet");
  }
}

/** Decides on Zoom's consent page: `allow` or `decline`, as this Zoom user if named. */
export async function decide(popup, decision, zoomUser) {
  const button = popup.getByTestId(decision);
  await button.waitFor();
  if (zoomUser) {
    const option = popup
      .getByTestId("zoom-user")
      .locator("option", { hasText: zoomUser });
    await popup
      .getByTestId("zoom-user")
      .selectOption(await option.getAttribute("value"));
  }
  await button.click();
}

/** Connects this Zoom account in an open portal. */
export async function connectIn(portal, zoomUser) {
  await portal.getByTestId(/^connect(-another)?$/).click();
  await decide(portal, "allow", zoomUser);
  await accountIn(portal, zoomUser).waitFor();
}

/** What an open portal shows of an account. */
export const accountIn = (portal, zoomUser) =>
  portal.getByTestId("account").filter({ hasText: zoomUser });

/** Presses "Done" in an open portal, which closes it. */
export async function done(portal) {
  await portal.getByTestId("done").click();
  await closed(portal);
}

/** Waits until a window has closed itself, or finds that it has. */
export async function closed(popup) {
  if (!popup.isClosed()) await popup.waitForEvent("close");
}

/** Nothing that somebody's pages asked for came from anywhere but these origins. */
export function assertAsksOnly({ requests }, origins) {
  const foreign = requests
    .map((request) => new URL(request.url()))
    .filter(({ protocol }) => protocol.startsWith("http"))
    .filter(({ origin }) => !origins.includes(origin));
  assert.deepEqual(foreign.map(String), []);
}
