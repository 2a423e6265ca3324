// Zoom's side of webhooks, for tests that need more of it than the sandbox has: its way of writing JSON and of signing it,
// a sample of each event, many connections at once, and many users to connect.

import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");

/** The events of the seven triggers, each with a payload as Zoom documents it. */
export const SAMPLES = [
  "new_meeting",
  "meeting_updated",
  "meeting_ended",
  "new_meeting_registrant",
  "meeting_participant_joined",
  "meeting_participant_left",
  "new_recording",
].map((trigger) => {
  const file = join(root, "src/zoom/trigger", `${trigger}.json`);
  return { trigger, payload: JSON.parse(readFileSync(file, "utf8")) };
});

/** JSON as Zoom writes it: what is beyond 16 bits escaped in upper case, everything else raw. */
export const zoomJson = (value) =>
  JSON.stringify(value).replace(
    /[\ud800-\udfff]/g,
    (half) => `\\u${half.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** The headers that Zoom sends with a body, so many seconds from now. */
export function zoomHeaders(secret, body, later = 0) {
  const timestamp = String(Math.floor(Date.now() / 1000) + later);
  const text = `v0:${timestamp}:${body}`;
  const signature = createHmac("sha256", secret).update(text).digest("hex");
  return {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "x-zm-request-timestamp": timestamp,
    "x-zm-signature": `v0=${signature}`,
  };
}

/** So many connections to one webhook URL, each with one delivery under way at a time. */
export class Connections {
  #agent;
  #count;

  constructor(count = 50) {
    this.#count = count;
    this.#agent = new Agent({ keepAlive: true, maxSockets: count });
  }

  /**
   * Sends all bodies; answers statuses and times in ms, in the order of the bodies. `pace` is so many a second: each is
   * sent when it is due, and its time counts from then, so that one for which no connection was free is not flattered.
   */
  async send(url, secret, bodies, { pace = Infinity } = {}) {
    const answers = new Array(bodies.length);
    const began = performance.now();
    let [next, sent, underWay, most] = [0, 0, 0, 0];
    const one = async () => {
      while (next < bodies.length) {
        const index = next++;
        const due = began + (index / pace) * 1000;
        const early = due - performance.now();
        if (early > 1) await new Promise((done) => setTimeout(done, early));
        sent = (performance.now() - began) / 1000;
        most = Math.max(most, ++underWay);
        const late = pace < Infinity ? performance.now() - due : 0;
        const answer = await this.#post(url, secret, bodies[index]);
        underWay -= 1;
        answers[index] = { ...answer, ms: answer.ms + Math.max(0, late) };
      }
    };
    await Promise.all(Array.from({ length: this.#count }, one));
    return { answers, sent, most, seconds: (performance.now() - began) / 1000 };
  }

  #post(url, secret, body) {
    const headers = zoomHeaders(secret, body);
    const options = { method: "POST", agent: this.#agent, headers };
    const began = performance.now();
    return new Promise((done, failed) => {
      const outgoing = request(url, options, (answer) => {
        answer.resume();
        answer.once("end", () =>
          done({ status: answer.statusCode, ms: performance.now() - began }),
        );
      });
      outgoing.once("error", failed);
      outgoing.end(body);
    });
  }

  end() {
    this.#agent.destroy();
  }
}

/** A Zoom with as many users as one likes: a refresh token is the user's id, and so is the access token. */
export class ManyUsers {
  #server;

  static async start() {
    const zoom = new ManyUsers();
    zoom.#server = createServer(async (call, answer) => {
      const parts = [];
      for await (const part of call) parts.push(part);
      const form = new URLSearchParams(Buffer.concat(parts).toString());
      const user =
        form.get("refresh_token") ?? call.headers.authorization.split(" ")[1];
      const told = call.url.endsWith("/oauth/token")
        ? { access_token: user, refresh_token: user, expires_in: 3600 }
        : { id: user, account_id: "acme", email: `${user}@acme.example` };
      answer.writeHead(200, { "content-type": "application/json" });
      answer.end(JSON.stringify(told));
    });
    await new Promise((listening) =>
      zoom.#server.listen(0, "127.0.0.1", listening),
    );
    zoom.url = `http://localhost:${zoom.#server.address().port}`;
    return zoom;
  }

  end() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
