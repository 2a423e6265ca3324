// A user of the tests' project, and what a page does for them: connect an account, send a request. Plain HTTP.

import { createPrivateKey, sign } from "node:crypto";

const encode = (value) =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

/** One user of a product whose project lives in `runtime`. */
export class User {
  #runtime;
  /** What this user's page sends. */
  headers;

  constructor(runtime, id) {
    const { key, origin } = runtime.project;
    this.#runtime = runtime;
    this.headers = {
      authorization: `Bearer ${userToken(key, id)}`,
      origin,
    };
  }

  /** Asks the Worker as this user's page does. */
  ask(method, path, body, options = {}) {
    const { url, project } = this.#runtime;
    return fetch(`${url}/projects/${project.id}/sdk/${path}`, {
      method,
      headers: this.headers,
      body: body && JSON.stringify(body),
      redirect: "manual",
      ...options,
    });
  }

  /** Starts a connect and decides on Zoom's consent page; answers the session, and the address Zoom sends back to. */
  async consent(zoomUser) {
    const begun = await this.ask("POST", "sessions", { integration: "zoom" });
    const session = await json(begun, 201);
    const start = await fetch(session.start_url, {
      headers: { referer: `${this.headers.origin}/` },
      redirect: "manual",
    });
    const authorize_url = start.headers.get("location");
    if (!authorize_url) throw new Error(`no way to Zoom: ${start.status}`);
    const [cookie] = start.headers
      .getSetCookie()
      .map((one) => one.split(";")[0]);
    const decided = await this.#runtime.zoom.control("POST", "consent", {
      authorize_url,
      zoom_user: zoomUser,
      decision: "allow",
    });
    return { id: session.id, back: decided.redirect_url, cookie };
  }

  /** Comes back from Zoom. */
  comeBack({ back, cookie }) {
    return fetch(back, { headers: { cookie }, redirect: "manual" });
  }

  /** What became of a session. */
  async session({ id }) {
    return json(await this.ask("GET", `sessions/${id}`), 200);
  }

  /** Connects an account, start to end. */
  async connect(zoomUser) {
    const consent = await this.consent(zoomUser);
    await this.comeBack(consent);
    const session = await this.session(consent);
    if (session.status !== "done") {
      throw new Error(`not connected: ${JSON.stringify(session)}`);
    }
    return session;
  }

  /** Sends a request to Zoom through the Worker. */
  request(path = "users/me", options) {
    return this.ask("GET", `proxy/zoom/${path}`, undefined, options);
  }
}

/** An answer's JSON; fails on another status. */
export async function json(answer, status) {
  const text = await answer.text();
  if (answer.status !== status) throw new Error(`${answer.status}: ${text}`);
  return JSON.parse(text);
}

function userToken(key, user) {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: "RS256", typ: "JWT", kid: key.id };
  const claims = { sub: user, iat: now, exp: now + 3600 };
  const text = `${encode(header)}.${encode(claims)}`;
  const signature = sign(
    "sha256",
    Buffer.from(text),
    createPrivateKey(key.private_key),
  );
  return `${text}.${signature.toString("base64url")}`;
}
