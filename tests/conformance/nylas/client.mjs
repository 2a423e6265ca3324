// An HTTP client that sends to the letter what the published Python client (PyPI `nylas` 5.14.1) sends, and reads answers
// as that one does, with its quirks. What that one sent is recorded in calls.json; its objects and lists are in
// resources.mjs, its spelling is in python.mjs.

import { request } from "node:http";

import { dumped, encoded } from "./python.mjs";
import { Collection, Grants, Integration } from "./resources.mjs";

const HOSTED_OPTIONS = [
  "grant_id",
  "login_hint",
  "state",
  "expires_in",
  "settings",
  "metadata",
  "scope",
];

/** An answer of 400 or more. */
export class ApiError extends Error {
  constructor(response, text) {
    super(reasonOf(response, text));
    this.name = "NylasApiError";
    this.status = response.statusCode;
    this.headers = response.headers;
    this.text = text;
  }
}

/** 429. */
export class RateLimitError extends ApiError {
  constructor(response, text) {
    super(response, text);
    this.name = "RateLimitError";
    this.rate_limit = Number(response.headers["x-ratelimit-limit"]);
    this.rate_limit_reset = Number(response.headers["x-ratelimit-reset"]);
  }
}

/** 402, which does not mean that somebody has to pay. */
export class MessageRejectedError extends Error {
  name = "MessageRejectedError";
}

function reasonOf({ statusCode, statusMessage }, text) {
  try {
    const { message, type } = JSON.parse(text);
    if (message === undefined || type === undefined) return text;
    return `${statusCode} ${statusMessage}. Reason: ${message}. Nylas Error Type: ${type}`;
  } catch {
    return text;
  }
}

/** The client of one project: `integrations`, `grants` and hosted authentication. */
export class Client {
  #server;
  #id;
  #secret;

  constructor(server, id, secret) {
    this.#server = new URL(server);
    this.#id = id;
    this.#secret = secret;
    this.integrations = new Collection(this, Integration);
    this.grants = new Grants(this);
  }

  /** Asks for a login link; `options` in the published client's order: grant_id … scope. */
  hostedAuthentication(provider, redirect_uri, options = {}) {
    const body = { provider, redirect_uri };
    for (const name of HOSTED_OPTIONS) {
      if (options[name]) body[name] = options[name];
    }
    return this.#login(body);
  }

  /** Asks for a login link for one of the product's users. */
  hostedAuthenticationForEvents(provider, redirect_uri, account_id) {
    return this.#login({ provider, redirect_uri, account_id });
  }

  async #login(body) {
    const answer = await this.call("POST", "auth", { body });
    return answer.data ?? answer;
  }

  /** Sends one call below `/connect`; answers its JSON, nothing for DELETE. */
  async call(method, path, { query, body, creates = false } = {}) {
    const { response, text } = await this.#send(
      method,
      `/connect/${path}${query ? `?${encoded(query)}` : ""}`,
      body === undefined ? "" : dumped(body),
      creates,
    );
    if (response.statusCode === 402) throw new MessageRejectedError(text);
    if (response.statusCode === 429) throw new RateLimitError(response, text);
    if (response.statusCode >= 400) throw new ApiError(response, text);
    return method === "DELETE" ? undefined : JSON.parse(text);
  }

  #send(method, path, body, creates) {
    const { hostname, port, host } = this.#server;
    const headers = this.#headers(method, host, body, creates);
    const options = { method, hostname, port, path, headers, agent: false };
    return new Promise((answered, failed) => {
      const call = request(options, (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", failed);
        response.on("end", () =>
          answered({ response, text: Buffer.concat(parts).toString() }),
        );
      });
      call.removeHeader("connection");
      call.on("error", failed);
      call.end(body);
    });
  }

  /** In the order in which the published client sends them. */
  #headers(method, host, body, creates) {
    const json = "application/json";
    const credential = Buffer.from(`${this.#id}:${this.#secret}`);
    return {
      Host: host,
      "Accept-Encoding": "identity",
      "X-Nylas-API-Wrapper": "python",
      "X-Nylas-Client-Id": this.#id,
      "Nylas-API-Version": "2.5",
      "User-Agent": "Nylas Python SDK 5.14.1 - 3.11.7",
      ...(creates && { "Content-Type": json }),
      Authorization: `Basic ${credential.toString("base64")}`,
      ...(method !== "GET" && { "Content-Length": Buffer.byteLength(body) }),
      ...(body && !creates && { "Content-Type": json }),
    };
  }
}
