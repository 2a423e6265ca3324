// The card "What happened in Zoom": the events that the product's own server has been told, as they come.
import { element, say, withText } from "./page.js";
import { showRuns, showTold } from "./workflows.js";

/** How many events are shown. */
const SHOWN = 10;

let stream;
let known;

/** Shows what happens from now on, or hides it. `sandbox` is where one can make something happen. */
export function showZoomEvents(isShown, sandbox) {
  element("zoom-events-card").hidden = !isShown;
  element("or-sandbox").hidden = !sandbox;
  if (sandbox) element("sandbox-link").href = sandbox;
  if (isShown === Boolean(stream)) return;
  stream?.close();
  stream = isShown ? new EventSource("/zoom-events") : undefined;
  // What workflows did comes with it.
  const listeners = { message: show, runs: showRuns, told: showTold };
  for (const [name, listener] of Object.entries(listeners)) {
    stream?.addEventListener(name, ({ data }) => listener(JSON.parse(data)));
  }
  // Another person's may follow, and what is there already is no news.
  show([]);
  known = undefined;
}

function show(events) {
  element("no-zoom-events").hidden = events.length > 0;
  element("zoom-events").replaceChildren(...events.slice(0, SHOWN).map(row));
  const [news] = events.filter(({ id }) => known && !known.has(id));
  if (news) say(`${news.label}: ${news.topic}`);
  known = new Set(events.map(({ id }) => id));
}

function row({ id, type, timestamp, label, topic, who }) {
  const what = withText("strong", label);
  what.title = type;
  const time = withText("time", new Date(timestamp).toLocaleTimeString());
  time.dateTime = timestamp;
  const details = document.createElement("div");
  details.append(withText("span", topic), withText("span", who));
  const item = document.createElement("li");
  item.dataset.event = id;
  item.append(what, time, details);
  return item;
}
