// The demo product's page. Everything about Zoom is these calls of the `isthmus` object: authenticate,
// getUser, connect, request, uninstallIntegration; the rest is showing what they answer. Workflows are in workflows.js;
// the other way to connect, from the server, is in from-server.js; what Zoom tells is shown by zoom-events.js.
import { showServerSide } from "./from-server.js";
import {
  element,
  nextHour,
  ownServer,
  say,
  showProblem,
  turns,
  withText,
} from "./page.js";
import { authenticate, config, isthmus, withToken } from "./sdk.js";
import { showWorkflows } from "./workflows.js";
import { showZoomEvents } from "./zoom-events.js";

let user = config.user;
const { inTurn, onClick } = turns(failed);

// --- Signing in to the product -------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-user]")) {
  onClick(button, async () => {
    const answer = await ownServer("POST", "/sign-in", {
      user: button.dataset.user,
    });
    user = answer.user;
    await authenticate();
    await show();
    say(`Signed in as ${user.name}.`);
  });
}

onClick(element("sign-out"), async () => {
  await ownServer("POST", "/sign-out", {});
  isthmus.logout();
  user = null;
  await show();
  say("Signed out.");
});

// --- Zoom ----------------------------------------------------------------------------------------

const zoom = () => {
  const me = isthmus.getUser();
  return me.authenticated ? me.integrations.zoom : undefined;
};

const account = () => {
  const { allCredentials = [], credentialId, providerData } = zoom() ?? {};
  const current = allCredentials.find(({ id }) => id === credentialId);
  return current?.providerData ?? providerData;
};

// No wait before this call: a window opens only in the click itself.
for (const id of ["connect", "manage"])
  element(id).addEventListener("click", () => {
    fail(null);
    say("Your Zoom settings are in the other window.");
    isthmus
      .connect("zoom", {
        onInstall: () => inTurn(show).then(() => say("Zoom is connected.")),
        // Whoever closes the window did not fail.
        onError: (problem) => fail(isClosed(problem) ? null : problem),
      })
      // The same error as onError's, which has shown it.
      .catch(() => {});
  });

const isClosed = ({ code }) => code === "popup_closed" || code === "superseded";

// What people do in that window shows here at once.
isthmus.subscribe("onIntegrationUninstall", () => inTurn(show));
isthmus.subscribe("onWorkflowChange", () => inTurn(show));

onClick(element("disconnect"), async () => {
  await withToken(() => isthmus.uninstallIntegration("zoom"));
  say("Zoom is disconnected.");
});

element("new-meeting").addEventListener("submit", (event) => {
  event.preventDefault();
  const topic = element("topic").value.trim();
  // Zoom: 0 approves everybody who registers, 2 is without registration.
  const settings = { approval_type: element("registration").checked ? 0 : 2 };
  // Empty at once, so that a second press creates nothing.
  element("topic").value = "";
  inTurn(async () => {
    try {
      const time = { start_time: nextHour(), duration: 30 };
      const meeting = { topic, type: 2, ...time, settings };
      await request("users/me/meetings", { method: "POST", body: meeting });
    } catch (problem) {
      element("topic").value ||= topic;
      throw problem;
    }
    await showMeetings();
    say(`Created "${topic}".`);
  });
});

async function remove(meeting) {
  await request(`meetings/${meeting.id}`, { method: "DELETE" });
  await showMeetings();
  element("topic").focus();
  say(`Deleted "${meeting.topic}".`);
}

const request = (path, options) =>
  withToken(() => isthmus.request("zoom", path, options));

// --- Showing -------------------------------------------------------------------------------------

async function show() {
  const connected = Boolean(user && zoom()?.enabled);
  const stale = zoom()?.credentialStatus === "INVALID";
  element("signed-out").hidden = Boolean(user);
  element("who").hidden = !user;
  element("name").textContent = user?.name ?? "";
  element("account").hidden = !user;
  element("connection").hidden = !connected;
  element("connection").textContent = connected
    ? `Connected as ${account()?.email ?? "a Zoom user"}`
    : "";
  element("no-connection").hidden = connected;
  element("connect").hidden = connected;
  element("connect").textContent = stale ? "Reconnect Zoom" : "Connect Zoom";
  element("manage").hidden = !connected;
  element("disconnect").hidden = !connected;
  element("planner").hidden = !connected;
  element("meetings").replaceChildren();
  showZoomEvents(connected && !isServerTab(), config.sandbox);
  showWorkflows(connected);
  await showTab();
  if (connected) await showMeetings();
}

const isServerTab = () => location.hash.startsWith("#server");

/** Shows the half of the page that the address names. */
async function showTab() {
  const isServer = isServerTab();
  element("tabs").hidden = !user;
  element("browser-tab").ariaCurrent = isServer ? null : "page";
  element("server-tab").ariaCurrent = isServer ? "page" : null;
  element("browser-half").hidden = isServer;
  await showServerSide(Boolean(user) && isServer);
}

async function showMeetings() {
  const { meetings = [] } = await request("users/me/meetings?page_size=50", {
    method: "GET",
  });
  element("meetings").replaceChildren(...meetings.map(meetingRow));
  element("no-meetings").hidden = meetings.length > 0;
}

function meetingRow(meeting) {
  const time = meeting.start_time ? whenText(meeting.start_time) : "";
  const words = document.createElement("div");
  words.append(withText("strong", meeting.topic), withText("span", time));
  const button = withText("button", "Delete");
  button.type = "button";
  button.className = "quiet";
  button.dataset.testid = "delete-meeting";
  button.setAttribute("aria-label", `Delete ${meeting.topic}`);
  onClick(button, () => remove(meeting));
  const row = document.createElement("li");
  row.append(words, button);
  return row;
}

const whenText = (time) =>
  new Intl.DateTimeFormat(undefined, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).format(new Date(time));

const fail = (problem) => showProblem(element("error"), problem);

async function failed(problem) {
  fail(problem);
  if (problem?.code === "reconnect_required") await offerReconnect();
}

/** Asks again how the connection is, so that the button to connect comes back. */
async function offerReconnect() {
  await authenticate().then(show, fail);
}

async function begin() {
  try {
    if (user) await authenticate();
  } finally {
    await show();
  }
}

// One half may have connected or disconnected what the other half shows.
addEventListener("hashchange", () => inTurn(begin));
await inTurn(begin);
