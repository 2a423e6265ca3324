// The server's side of Connect: this server asks Isthmus for a link, takes the grant id that comes back, and
// calls Zoom with it. The project's client secret never leaves it. Each call is also written down for the page,
// without what is secret.
import { randomBytes } from "node:crypto";
import { refuse } from "./refuse.mjs";
import { same } from "./session.mjs";

/** Fields of Zoom's answers that let whoever reads them host or enter the meeting. */
const SECRET =
  /^(start_url|password|(encrypted|h323|pstn)_password|dynamic_host_key)$/;

/** How long a link may be used, in seconds; its `state` must be remembered as long. */
export const LINK_SECONDS = 3600;

/** Connect and what follows it, for the users of this product. */
export class ServerConnect {
  // A real product has both in its database, with the user.
  #grants = new Map();
  #outcomes = new Map();

  /** `redirectUri` is where people come back; it must be one of the integration's, letter for letter. */
  constructor({ worker, project, redirectUri }) {
    this.worker = worker;
    this.redirectUri = redirectUri;
    const client = `${project.client_id}:${project.client_secret}`;
    this.basic = `Basic ${Buffer.from(client).toString("base64")}`;
  }

  /** Asks for a link for this user. `state` is for this browser's session; `url` is where to send the user. */
  async link(user) {
    const state = randomBytes(24).toString("base64url");
    const grant_id = this.#grants.get(user);
    const call = await this.#call("POST", "/connect/auth", {
      provider: "zoom",
      redirect_uri: this.redirectUri,
      account_id: user,
      state,
      expires_in: LINK_SECONDS,
      // A grant that needs a new consent keeps its id.
      ...(grant_id && { grant_id }),
    });
    return { ...shown(call), state, url: call.answer.data?.url };
  }

  /**
   * Takes what a user brings back from Zoom, if it answers the link that this very browser was given:
   * `session` is `{ user, state }` of its cookie. Otherwise somebody else's grant would become this user's.
   */
  async cameBack(session, query) {
    const state = query.get("state") ?? "";
    if (!session || !same(state, session.state)) return false;
    const isGood = query.get("success") === "true";
    const problem = isGood
      ? await this.#keep(session.user, query.get("grant_id") ?? "")
      : failure(query);
    const redirect = `GET /connected?${query}`;
    this.#outcomes.set(session.user, { redirect, problem });
    return true;
  }

  /** Keeps a grant id after asking whose it is: people can change what stands in an address. */
  async #keep(user, id) {
    const call = isId(id) && (await this.#call("GET", grantPath(id)));
    if (call && !call.isGood) return shown(call).problem;
    if (call.answer?.data?.account_id !== user) {
      const message = "What came back is no grant of yours. Get a new link.";
      return { code: "grant_foreign", message };
    }
    this.#grants.set(user, id);
    return undefined;
  }

  /** How it stands with this user: their grant, and how they came back from Zoom, which is told once. */
  async standing(user) {
    const outcome = this.#outcomes.get(user);
    this.#outcomes.delete(user);
    const id = this.#grants.get(user);
    if (!id) return { ...outcome };
    const call = await this.#call("GET", grantPath(id));
    // Disconnected elsewhere, in the other tab for instance.
    const isGone = call.status === 404;
    if (isGone) this.#grants.delete(user);
    const { exchange, problem } = shown(call);
    return {
      exchange,
      redirect: outcome?.redirect,
      problem: outcome?.problem ?? (isGone ? undefined : problem),
      grant: call.answer.data,
    };
  }

  /** Creates a meeting: Zoom's own path below the grant, and Zoom's own answer. */
  async meeting(user, topic) {
    const path = `${this.#path(user)}/request/users/me/meetings`;
    const hour = new Date(Date.now() + 3_600_000).toISOString();
    const call = await this.#call("POST", path, {
      topic,
      type: 2,
      start_time: hour.replace(/\.\d+/, ""),
      duration: 30,
    });
    const { id } = call.answer;
    return { ...shown(call), meeting: call.isGood && { id, topic } };
  }

  async disconnect(user) {
    const call = await this.#call("DELETE", this.#path(user));
    if (call.isGood || call.status === 404) this.#grants.delete(user);
    return shown(call);
  }

  #path(user) {
    const id = this.#grants.get(user);
    return id ? grantPath(id) : refuse(409, "Connect Zoom first.");
  }

  async #call(method, path, content) {
    const url = this.worker + path;
    const body = content && JSON.stringify(content, null, 2);
    const type = body && { "content-type": "application/json" };
    const headers = { authorization: this.basic, ...type };
    const response = await fetch(url, { method, headers, body }).catch(() =>
      refuse(502, "The Worker does not answer. Is it running?"),
    );
    const text = await response.text();
    const answer = read(text);
    return {
      status: response.status,
      isGood: response.ok,
      answer,
      request: curl(method, url, { ...headers, authorization: MASKED }, body),
      text: told(response, answer ? JSON.stringify(answer, masked, 2) : text),
    };
  }
}

/** Whether this may stand in a path: what comes from an address could lead to another one. */
const isId = (text) => /^[\w-]+$/.test(text);
const grantPath = (id) => `/connect/grants/${id}`;

/** What a redirect with `success=false` says. */
const failure = (query) => ({
  code: query.get("error"),
  message: query.get("error_description"),
  event: query.get("event_code"),
});

const MASKED = "Basic ••••";
const masked = (name, value) => (SECRET.test(name) ? "••••" : value);

/** What the page may know of a call; `problem` when it did not go well. */
function shown({ request, text, status, isGood, answer }) {
  const { error = answer } = answer;
  const problem = !isGood && {
    code: error.code,
    message: error.message ?? `The answer is ${status}.`,
    event: error.event_code,
  };
  return { exchange: { request, answer: text }, problem: problem || undefined };
}

/** A request as one types it. */
function curl(method, url, headers, body) {
  const lines = Object.entries(headers).map(
    ([name, value]) => `-H ${quoted(`${name}: ${value}`)}`,
  );
  if (body) lines.push(`-d ${quoted(body)}`);
  return [`curl -X ${method} ${quoted(url)}`, ...lines].join(" \\\n  ");
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** An answer as `curl -i` prints it, with the headers that matter here. */
function told(response, text) {
  const names = ["content-type", "x-request-id"];
  const headers = names
    .filter((name) => response.headers.has(name))
    .map((name) => `${name}: ${response.headers.get(name)}`);
  return [`HTTP ${response.status}`, ...headers, "", text].join("\n").trimEnd();
}

/** The object that a JSON text holds; anything else is an empty one. */
function read(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
