// The demo product's page. Everything about Zoom is these calls of the `isthmus` object: authenticate,
// getUser, connect, request, uninstallIntegration; the rest is showing what they answer.
import { isthmus } from "/isthmus/index.js";

const element = (id) => document.getElementById(id);
const config = await ownServer("GET", "/config.json");
isthmus.configureGlobal({ host: config.worker });

let user = config.user;
let turn = Promise.resolve();
let waiting = 0;

// --- Signing in to the product, and the user to the SDK ------------------------------------------

async function authenticate() {
  const { token } = await ownServer("GET", "/token");
  await isthmus.authenticate(config.projectId, token);
}

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

// No wait before this call: a popup opens only in the click itself.
element("connect").addEventListener("click", () => {
  fail(null);
  say("Waiting for Zoom in the other window.");
  isthmus
    .connect("zoom", {
      onSuccess: () => inTurn(show).then(() => say("Zoom is connected.")),
      onError: fail,
    })
    // The same error as onError's, which has shown it.
    .catch(() => {});
});

onClick(element("disconnect"), async () => {
  await withToken(() => isthmus.uninstallIntegration("zoom"));
  await show();
  say("Zoom is disconnected.");
});

element("new-meeting").addEventListener("submit", (event) => {
  event.preventDefault();
  const topic = element("topic").value.trim();
  // Empty at once, so that a second press creates nothing.
  element("topic").value = "";
  inTurn(async () => {
    try {
      const meeting = { topic, type: 2, start_time: nextHour(), duration: 30 };
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

/** Does something; when the user token has run out meanwhile, once more with a new one. */
async function withToken(action) {
  try {
    return await action();
  } catch (problem) {
    if (problem.code !== "user_token_expired") throw problem;
    await authenticate();
    return action();
  }
}

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
  element("disconnect").hidden = !connected;
  element("planner").hidden = !connected;
  element("meetings").replaceChildren();
  if (connected) await showMeetings();
}

async function showMeetings() {
  const { meetings = [] } = await request("users/me/meetings?page_size=50", {
    method: "GET",
  });
  element("meetings").replaceChildren(...meetings.map(meetingRow));
  element("no-meetings").hidden = meetings.length > 0;
}

function meetingRow(meeting) {
  const topic = document.createElement("strong");
  topic.textContent = meeting.topic;
  const time = document.createElement("span");
  time.textContent = meeting.start_time ? whenText(meeting.start_time) : "";
  const words = document.createElement("div");
  words.append(topic, time);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = "Delete";
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

/** The next full hour, as Zoom writes times: no fraction of a second. */
function nextHour() {
  const hour = 3_600_000;
  const next = new Date(Math.ceil((Date.now() + 1) / hour) * hour);
  return next.toISOString().replace(".000Z", "Z");
}

function say(text) {
  element("status").textContent = text;
}

/** Shows an error for people, with its code for support; null clears it. */
function fail(problem) {
  const place = element("error");
  place.hidden = !problem;
  place.replaceChildren();
  if (!problem) return;
  place.append(problem.message ?? String(problem));
  if (problem.code) {
    const code = document.createElement("code");
    code.textContent = problem.code;
    place.append(" ", code);
  }
}

/** Does something at each click; a second click while it is being done does nothing. */
function onClick(button, action) {
  let isRunning = false;
  button.addEventListener("click", async () => {
    if (isRunning) return;
    isRunning = true;
    await inTurn(action);
    isRunning = false;
  });
}

/** Does one thing after the other, with what it throws on the page. */
function inTurn(action) {
  waiting += 1;
  document.body.setAttribute("aria-busy", "true");
  turn = turn.then(async () => {
    fail(null);
    try {
      await action();
    } catch (problem) {
      fail(problem);
      if (problem.code === "reconnect_required") await offerReconnect();
    }
    waiting -= 1;
    if (waiting === 0) document.body.removeAttribute("aria-busy");
  });
  return turn;
}

/** Asks again how the connection is, so that the button to connect comes back. */
async function offerReconnect() {
  await authenticate().then(show, fail);
}

async function ownServer(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body && { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

await inTurn(async () => {
  try {
    if (user) await authenticate();
  } finally {
    await show();
  }
});
