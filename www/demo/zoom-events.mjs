// What happened in Zoom, as the page shows it: out of each event only what people may see. The rest of it, links and
// passwords that let whoever has them host a meeting, stays on this server and is not kept.

/** What is shown of an event from Isthmus; `labels` are the triggers' by their ids. */
export function shownOf({ id, type, timestamp, data }, labels) {
  const { object = {}, old_object = {}, operator } = Object(data.output);
  return {
    id,
    type,
    timestamp,
    label: labels[data.trigger] ?? type,
    // A change tells only what is different.
    topic: object.topic ?? old_object.topic ?? `Meeting ${object.id}`,
    who: nameOf(object) ?? operator ?? "",
    grant_id: data.grant_id,
    account_id: data.account_id,
  };
}

/** Who came, left or registered. */
function nameOf({ participant, registrant }) {
  if (participant) return participant.user_name;
  if (!registrant) return undefined;
  const { first_name, last_name, email } = registrant;
  return [first_name, last_name].filter(Boolean).join(" ") || email;
}
