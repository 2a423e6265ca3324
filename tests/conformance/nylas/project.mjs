// A project of one test, with a Zoom app of its own in the sandbox (so that nobody else's consent ends its tokens), and
// the person who opens its login links. Everything is plain HTTP; cookies are kept by hand.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { admin, newUser, product, zoom } from "../../setup/product.mjs";
import { Client } from "./client.mjs";

/** Where people land; nobody listens there, the redirect itself is looked at. */
export const LANDING = "https://product.example/zoom/connected";
/** The redirect URI by which the Zoom app is used without the Worker. */
const OWN = "http://localhost/own";

/** A client that fails when an answer shows what must stay secret. */
class WatchedClient extends Client {
  #secrets;

  constructor(server, id, secret, secrets) {
    super(server, id, secret);
    this.#secrets = [secret, ...secrets];
  }

  async call(...parameters) {
    const answer = await super.call(...parameters);
    const text = JSON.stringify(answer) ?? "";
    assert.doesNotMatch(text, /sandbox-(access|refresh|code)-/);
    for (const secret of this.#secrets) assert.ok(!text.includes(secret));
    return answer;
  }
}

/** Makes a project and registers its Zoom app. */
export async function newProject() {
  const project = await admin("POST", "projects", {
    name: "Conformance & Co",
    origins: ["https://product.example"],
    signing_key: { generate: true },
  });
  const app = {
    client_id: newUser("zoom-app"),
    client_secret: `zoom-secret-${randomUUID()}`,
  };
  const redirect_uris = ["/oauth", "/connect/callback"].map(
    (path) => product.worker + path,
  );
  await zoom("POST", "app", { ...app, redirect_uris: [...redirect_uris, OWN] });
  const { client_id, client_secret } = project;
  const secrets = [app.client_secret];
  const client = new WatchedClient(
    product.worker,
    client_id,
    client_secret,
    secrets,
  );
  const [key] = project.signing_keys;
  return { id: project.id, key, client_id, client_secret, app, client };
}

/** Sets up the integration as the guide does: the provider's callback and the page where people land. */
export async function newIntegration({ client, app }, changes = {}) {
  const integration = client.integrations.create();
  Object.assign(integration, {
    name: "Conformance Zoom",
    provider: "zoom",
    settings: { ...app },
    redirect_uris: [`${product.worker}/connect/callback`, LANDING],
    ...changes,
  });
  await integration.save();
  return integration;
}

/** A project that is ready to connect people. */
export async function readyProject() {
  const project = await newProject();
  await newIntegration(project);
  return project;
}

/** Asks below `/connect` without the client; the answer is the `Response`. */
export function ask({ client_id, client_secret }, method, path, body) {
  const credential = Buffer.from(`${client_id}:${client_secret}`);
  return fetch(`${product.worker}/connect/${path}`, {
    method,
    headers: {
      authorization: `Basic ${credential.toString("base64")}`,
      ...(body && { "content-type": "application/json" }),
    },
    body: body && JSON.stringify(body),
    redirect: "manual",
  });
}

/** A person with a browser of their own that has never been here. */
export class Visitor {
  static BROWSER = "A person's browser/1.0";
  #cookies = new Map();

  /** Opens a login link, presses the button and decides at Zoom; answers the address where they land. */
  async connect(link, zoomUser, decision = "allow") {
    const authorize_url = await this.confirm(link);
    const decided = await zoom("POST", "consent", {
      authorize_url,
      zoom_user: zoomUser,
      decision,
    });
    return this.#redirected(await this.#send(decided.redirect_url), "https:");
  }

  /** Opens a login link and presses the button; answers Zoom's address. */
  async confirm(link) {
    const page = await this.#send(link);
    const text = await page.text();
    assert.equal(page.status, 200, text);
    assert.match(text, /data-testid="confirm-connect"/);
    assert.match(text, /Conformance &amp; Co/);
    const [form, action] = /<form method="post" action="([^"]+)".*?<\/form>/s
      .exec(text)
      .values();
    const inputs = form.matchAll(/name="([^"]+)" value="([^"]*)"/g);
    const body = new URLSearchParams(
      [...inputs].map(([, name, value]) => [name, value]),
    );
    const url = new URL(action, product.worker);
    const going = await this.#send(url, { method: "POST", body });
    return this.#redirected(going, product.zoom);
  }

  /** Follows the Worker's own redirects to the first address that begins so. */
  async #redirected(answer, start) {
    const location = answer.headers.get("location");
    assert.ok(location, `${answer.status} ${await answer.text()}`);
    const url = new URL(location, product.worker).href;
    if (url.startsWith(start)) return url;
    assert.ok(url.startsWith(product.worker), url);
    return this.#redirected(await this.#send(url), start);
  }

  async #send(url, options = {}) {
    const cookies = [...this.#cookies].map((pair) => pair.join("="));
    const answer = await fetch(url, {
      ...options,
      headers: {
        "user-agent": Visitor.BROWSER,
        cookie: cookies.join("; "),
        ...(options.method === "POST" && { origin: product.worker }),
      },
      redirect: "manual",
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name, ...value] = cookie.split(";")[0].split("=");
      this.#cookies.set(name, value.join("="));
    }
    return answer;
  }
}

/** Connects an account by a login link; answers the grant's id. */
export async function connect({ client }, zoomUser, account_id) {
  const { url } = account_id
    ? await client.hostedAuthenticationForEvents("zoom", LANDING, account_id)
    : await client.hostedAuthentication("zoom", LANDING);
  return grantOf(await new Visitor().connect(url, zoomUser));
}

/** The grant's id in a redirect that must have the guide's form to the letter. */
export function grantOf(landed) {
  const [, id] =
    /^https:\/\/product\.example\/zoom\/connected\?success=true&provider=zoom&grant_id=([0-9a-f-]{36})$/.exec(
      landed,
    ) ?? assert.fail(landed);
  return id;
}

/** A refresh token that the project's Zoom app got without the Worker. */
export async function ownRefreshToken({ app }, zoomUser) {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: app.client_id,
    redirect_uri: OWN,
  });
  const { redirect_url } = await zoom("POST", "consent", {
    authorize_url: `${product.zoom}/oauth/authorize?${query}`,
    zoom_user: zoomUser,
    decision: "allow",
  });
  const credential = Buffer.from(`${app.client_id}:${app.client_secret}`);
  const answer = await fetch(`${product.zoom}/oauth/token`, {
    method: "POST",
    headers: { authorization: `Basic ${credential.toString("base64")}` },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: new URL(redirect_url).searchParams.get("code"),
      redirect_uri: OWN,
    }),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).refresh_token;
}

/** Whether Zoom still knows a live token pair of the project's app for this Zoom user (by id). */
export async function isLiveAtZoom({ app }, zoomUserId) {
  const { pairs } = await zoom("GET", "state");
  return pairs.some(
    ({ client_id, user_id, live }) =>
      client_id === app.client_id && user_id === zoomUserId && live,
  );
}
