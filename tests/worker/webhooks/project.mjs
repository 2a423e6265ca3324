// What a project's server does about webhooks: it gives Zoom's secret token to its integration, subscribes, connects people,
// and looks at what came.

import { randomBytes } from "node:crypto";

import { json } from "../user.mjs";

/** The project of a `Runtime`, with a secret token for its integration. */
export class Project {
  #runtime;
  /** What Zoom signs with. */
  secret = randomBytes(16).toString("base64url");

  static async of(runtime) {
    const project = new Project();
    project.#runtime = runtime;
    const { id, integration } = runtime.project;
    project.url = `${runtime.url}/webhook/triggers/connect/zoom/${integration}`;
    await runtime.admin("PUT", `projects/${id}/integrations/zoom`, {
      client_id: "tests",
      client_secret: "known-to-one-sandbox",
      webhook_secret_token: project.secret,
    });
    return project;
  }

  /** Asks below `/connect` as the project's server; answers what is in `data`. */
  async ask(method, path, body, status = 200) {
    const { client } = this.#runtime.project;
    const credential = Buffer.from(client).toString("base64");
    const answer = await fetch(`${this.#runtime.url}/connect/${path}`, {
      method,
      headers: { authorization: `Basic ${credential}` },
      body: body && JSON.stringify(body),
    });
    return (await json(answer, status)).data;
  }

  /** Everything in a list, page by page. */
  async all(list) {
    const items = [];
    for (;;) {
      const query = `${list.includes("?") ? "&" : "?"}limit=200&offset=${items.length}`;
      const page = await this.ask("GET", `${list}${query}`);
      items.push(...page);
      if (page.length < 200) return items;
    }
  }

  /** Sends the project's own events, and those of subscriptions without a URL, to this address; answers the secret. */
  async tell(url) {
    const path = `projects/${this.#runtime.project.id}/event-endpoint`;
    return (await this.#runtime.admin("PUT", path, { url })).secret;
  }

  /** Wants to be told of a trigger. */
  subscribe(trigger, more = {}) {
    return this.ask("POST", "subscriptions", { trigger, ...more }, 201);
  }

  /** Connects a Zoom user with a refresh token; answers the grant. */
  connect(account_id, refresh_token) {
    const settings = { refresh_token };
    const wish = { provider: "zoom", settings, account_id };
    return this.ask("POST", "grants", wish, 201);
  }
}
