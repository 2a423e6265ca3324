// What happened in Zoom, as the page shows it: out of each event only what people may see. The rest of it, links and
// passwords that let whoever has them host a meeting, stays on this server and is not kept.

/** In characters: Zoom's own are no longer. */
const LONGEST_TOPIC = 200;

/** What is shown of an event from Isthmus; `labels` are the triggers' by their ids. */
export function shownOf({ id, type, timestamp, data }, labels) {
  const { operator, ...output } = Object(data.output);
  const [object, old] = [Object(output.object), Object(output.old_object)];
  // A change tells only what is different.
  const topic = object.topic || old.topic || `Meeting ${object.id}`;
  return {
    id,
    type,
    timestamp,
    label: labels[data.trigger] ?? type,
    topic: [...String(topic)].slice(0, LONGEST_TOPIC).join(""),
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
