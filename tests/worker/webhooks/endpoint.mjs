// The project's endpoint, on a free port of loopback: it notes what comes and takes it.

import { createServer } from "node:http";

/** An endpoint of the project. `end()` closes it. */
export class Endpoint {
  #server;
  /** What came, in order: `{headers, body, trigger}`, the body as text; events of our own have no trigger. */
  received = [];

  static async open() {
    const endpoint = new Endpoint();
    endpoint.#server = createServer(async (request, answer) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const body = Buffer.concat(parts).toString();
      const { trigger } = JSON.parse(body).data;
      endpoint.received.push({ headers: request.headers, body, trigger });
      answer.writeHead(204).end();
    });
    await new Promise((listening) =>
      endpoint.#server.listen(0, "127.0.0.1", listening),
    );
    endpoint.url = `http://127.0.0.1:${endpoint.#server.address().port}/events`;
    return endpoint;
  }

  /** What came of this trigger. */
  of(trigger) {
    return this.received.filter((one) => one.trigger === trigger);
  }

  /** The ids of the deliveries that came of this trigger, each once. */
  idsOf(trigger) {
    const ids = this.of(trigger).map(({ headers }) => headers["webhook-id"]);
    return new Set(ids);
  }

  end() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
