// The project's endpoint, on a free port of loopback: it notes what comes and takes it.

import { createServer } from "node:http";

/** An endpoint of the project. `end()` closes it. */
export class Endpoint {
  #server;
  /** What came, in order: `{headers, body}`, the body as text. */
  received = [];

  static async open() {
    const endpoint = new Endpoint();
    endpoint.#server = createServer(async (request, answer) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const body = Buffer.concat(parts).toString();
      endpoint.received.push({ headers: request.headers, body });
      answer.writeHead(204).end();
    });
    await new Promise((listening) =>
      endpoint.#server.listen(0, "127.0.0.1", listening),
    );
    endpoint.url = `http://127.0.0.1:${endpoint.#server.address().port}/events`;
    return endpoint;
  }

  /** The ids of the deliveries that came, each once. */
  get ids() {
    return new Set(this.received.map(({ headers }) => headers["webhook-id"]));
  }

  end() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
