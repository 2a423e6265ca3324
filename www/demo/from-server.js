// The page's half of "Connect from the server": it asks the product's own server, which does everything, and shows
// what that server then asked of Isthmus, word for word.
import {
  element,
  ownServer,
  say,
  showProblem,
  turns,
  withText,
} from "./page.js";

const fail = (problem) => showProblem(element("server-error"), problem);
const { inTurn, onClick } = turns(fail);

/** What is said of an answer from Zoom that this browser did not ask for. */
const REFUSED = {
  code: "state_mismatch",
  message:
    "What came back belongs to no link of this browser, so nothing was kept. Get a new link.",
};

/** How many events are shown. */
const SHOWN = 6;

let stream;

/** Shows this half as things are now, or hides it. */
export async function showServerSide(isShown) {
  element("server-half").hidden = !isShown;
  followEvents(isShown);
  if (!isShown) return;
  fail(null);
  try {
    const standing = await ownServer("GET", "/server");
    element("server-meetings").replaceChildren();
    showGrant(standing.grant);
    showCall(standing);
    if (location.hash === "#server-refused") {
      history.replaceState(null, "", "#server");
      fail(REFUSED);
    }
  } catch (problem) {
    fail(problem);
  }
}

onClick(element("server-link"), async () => {
  const answer = await ownServer("POST", "/server/link", {});
  showCall(answer);
  showLink(answer.url);
  if (!answer.url) return;
  element("server-go").focus();
  say("The link is there.");
});

element("server-new-meeting").addEventListener("submit", (event) => {
  event.preventDefault();
  const topic = element("server-topic").value.trim();
  // Empty at once, so that a second press creates nothing.
  element("server-topic").value = "";
  inTurn(async () => {
    const answer = await ownServer("POST", "/server/meeting", { topic });
    showCall(answer);
    if (!answer.meeting) return notCreated(topic, answer.problem);
    const row = document.createElement("li");
    const number = withText("span", `Meeting ${answer.meeting.id}`);
    row.append(withText("strong", answer.meeting.topic), number);
    element("server-meetings").prepend(row);
    say(`Created "${topic}".`);
  });
});

async function notCreated(topic, problem) {
  element("server-topic").value ||= topic;
  if (problem.code !== "reconnect_required") return;
  const { grant } = await ownServer("GET", "/server");
  showGrant(grant);
}

onClick(element("server-disconnect"), async () => {
  const answer = await ownServer("POST", "/server/disconnect", {});
  showCall(answer);
  if (answer.problem) return;
  element("server-meetings").replaceChildren();
  showGrant(undefined);
  say("Zoom is disconnected.");
});

function showGrant(grant) {
  const isValid = grant?.grant_status === "valid";
  const place = element("server-grant");
  place.hidden = !grant;
  place.replaceChildren();
  if (grant) {
    const words = isValid ? "Connected as" : "Connect again as";
    place.append(`${words} ${grant.email} `, withText("code", grant.id));
  }
  element("server-link").hidden = isValid;
  showLink(undefined);
  element("server-disconnect").hidden = !grant;
  element("server-new-meeting").hidden = !isValid;
}

/** Shows where to go next: to Zoom when there is a link, else to get one. */
function showLink(url) {
  element("server-go").hidden = !url;
  element("server-go").href = url ?? "";
  element("server-link").textContent = url ? "Get another link" : "Get a link";
  element("server-link").className = url ? "quiet" : "main";
}

/** Shows the call that the server has just made, and why it failed if it did. */
function showCall({ exchange, redirect, problem }) {
  element("server-no-call").hidden = Boolean(exchange ?? redirect);
  const texts = { redirect, ...exchange };
  for (const name of ["redirect", "request", "answer"]) {
    element(`server-${name}-part`).hidden = !texts[name];
    element(`server-${name}`).textContent = texts[name] ?? "";
    element(`server-${name}`).scrollTop = 0;
  }
  if (problem) fail(problem);
}

/** Lets the server tell of events while this half is shown. */
function followEvents(isShown) {
  if (isShown === Boolean(stream)) return;
  stream?.close();
  stream = isShown ? new EventSource("/server/events") : undefined;
  stream?.addEventListener("message", ({ data }) => {
    const events = JSON.parse(data);
    element("server-no-events").hidden = events.length > 0;
    const rows = events.slice(0, SHOWN).map(eventRow);
    element("server-events").replaceChildren(...rows);
  });
}

function eventRow({ id, type, timestamp, data }) {
  const time = new Date(timestamp).toLocaleTimeString();
  const row = document.createElement("li");
  row.dataset.event = id;
  row.append(withText("strong", type), withText("span", time));
  row.append(withText("code", data.grant_id));
  return row;
}
