// What a person does in a browser, and what a page must not do meanwhile: complain on its console. Each person has a
// browser context of their own, as if they sat at another machine.

import assert from "node:assert/strict";

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

/** Waits until a window has closed itself, or finds that it has. */
export async function closed(popup) {
  if (!popup.isClosed()) await popup.waitForEvent("close");
}
