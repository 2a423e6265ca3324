// What this product wants to hear of Zoom: a subscription for each trigger that Isthmus has. They name no address
// of their own, so the events come to the project's, where those about grants already come.
import { everything } from "./ask.mjs";

/**
 * Makes sure that there is a subscription for each trigger, whatever earlier starts have left. Answers the triggers'
 * labels by their ids.
 */
export async function subscribe(ask) {
  const triggers = await ask("GET", "triggers");
  const own = (await everything(ask, "subscriptions")).filter(isOurs);
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

/** Whether it is as this server makes them: everybody's events, all of them, at the project's address. */
const isOurs = ({ url, filter, account_id }) => !url && !filter && !account_id;
