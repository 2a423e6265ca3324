// Calls of Isthmus by this product's server, with the project's client id and secret: they never leave it.

/** The most that a list shows at once. */
const LIMIT = 200;

/** `ask(method, path, content)` below `/connect/`, which answers the answer's `data`. */
export const asker = ({ worker, project: { client_id, client_secret } }) => {
  const client = Buffer.from(`${client_id}:${client_secret}`);
  const authorization = `Basic ${client.toString("base64")}`;
  return async (method, path, content) => {
    const body = content && JSON.stringify(content);
    const type = body && { "content-type": "application/json" };
    const headers = { authorization, ...type };
    const url = `${worker}/connect/${path}`;
    const response = await fetch(url, { method, headers, body });
    const text = await response.text();
    if (response.ok) return JSON.parse(text).data;
    throw new Error(`${method} ${url} was refused: ${text}`);
  };
};

/** Everything in a list of the project's, page by page. */
export async function everything(ask, list) {
  const all = [];
  for (;;) {
    const path = `${list}?limit=${LIMIT}&offset=${all.length}`;
    const page = await ask("GET", path);
    all.push(...page);
    if (page.length < LIMIT) return all;
  }
}
