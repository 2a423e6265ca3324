// What this product wants to hear of Zoom: a subscription for each trigger that Isthmus has. They name no address
// of their own, so the events come to the project's, where those about grants already come.

/** The most that a list shows at once. */
const LIMIT = 200;

/**
 * Makes sure that there is a subscription for each trigger, whatever earlier starts have left. Answers the triggers'
 * labels by their ids.
 */
export async function subscribe({ worker, project }) {
  const ask = asker(worker, project);
  const triggers = await ask("GET", "triggers");
  const own = (await everything(ask)).filter(isOurs);
  for (const { id } of triggers) {
    const known = own.filter(({ trigger }) => trigger === id);
    if (known.length === 0) {
      await ask("POST", "subscriptions", { trigger: id });
    }
    // This server was away for days. What somebody has paused stays so.
    for (const { id, status } of known) {
      if (status !== "disabled") continue;
      await ask("PATCH", `subscriptions/${id}`, { status: "active" });
    }
  }
  return Object.fromEntries(triggers.map(({ id, label }) => [id, label]));
}

/** Every subscription of the project. */
async function everything(ask) {
  const all = [];
  for (;;) {
    const path = `subscriptions?limit=${LIMIT}&offset=${all.length}`;
    const page = await ask("GET", path);
    all.push(...page);
    if (page.length < LIMIT) return all;
  }
}

/** Whether it is as this server makes them: everybody's events, all of them, at the project's address. */
const isOurs = ({ url, filter, account_id }) => !url && !filter && !account_id;

/** Calls of the project's server; an answer's `data`. */
const asker = (worker, { client_id, client_secret }) => {
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
