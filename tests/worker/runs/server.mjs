// A server on a free port of loopback that notes what it is asked and answers as a test wants: the product's backend, or a
// Zoom with as many users as one likes.

import { createServer } from "node:http";

import { until } from "../runtime.mjs";

/** Takes requests. `end()` closes it. */
export class Server {
  #server;
  /** What came, in order: `{method, path, headers, body, at}`, the body as text. */
  received = [];

  /** `answer` is asked for `{status, body}` or nothing; it may take its time. */
  static async open(answer = () => {}) {
    const server = new Server();
    server.#server = createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const { method, url: path, headers } = request;
      const body = Buffer.concat(parts).toString();
      const call = { method, path, headers, body, at: performance.now() };
      server.received.push(call);
      const { status = 200, body: told = {} } = (await answer(call)) ?? {};
      response.writeHead(status, { "content-type": "application/json" });
      response.end(status === 204 ? undefined : JSON.stringify(told));
    });
    // Whoever sends on a connection that is being closed is told that it broke.
    server.#server.keepAliveTimeout = 10 * 60_000;
    await new Promise((listening) =>
      server.#server.listen(0, "127.0.0.1", listening),
    );
    // A name: the sandboxed Zoom is one too, and what people give may be either.
    server.url = `http://localhost:${server.#server.address().port}`;
    return server;
  }

  /** The requests whose path matches. */
  to(path, method) {
    return this.received.filter(
      (call) =>
        call.path.match(path) &&
        (method === undefined || call.method === method),
    );
  }

  /** Waits until so many have come to a path: as long as another one comes. */
  async all(path, count) {
    for (let before = -1; this.to(path).length < count;) {
      const more = () => this.to(path).length > before;
      await until(`another of ${count} requests comes`, more);
      before = this.to(path).length;
    }
    return this.to(path);
  }

  end() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
