// What both halves of the page do alike: ask their own server, do one thing after the other, say what happened.

let turn = Promise.resolve();
let waiting = 0;

export const element = (id) => document.getElementById(id);

/** Says something to people who do not see the page. */
export function say(text) {
  element("status").textContent = text;
}

/** Shows an error for people at its place, with its codes for support; null clears it. */
export function showProblem(place, problem) {
  place.hidden = !problem;
  place.replaceChildren();
  if (!problem) return;
  place.append(problem.message ?? String(problem));
  const event = problem.event && `event_code ${problem.event}`;
  for (const code of [problem.code, event].filter(Boolean)) {
    place.append(" ", withText("code", code));
  }
}

/** A new element with this text. */
export function withText(tag, text) {
  const one = document.createElement(tag);
  one.textContent = text;
  return one;
}

/** `inTurn` and `onClick` of one half of the page: `fail` gets what they throw, and null before they begin. */
export const turns = (fail) => ({
  /** Does one thing after the other, both halves together. */
  inTurn: (action) => inTurn(action, fail),

  /** Does something at each click; a second click while it is being done does nothing. */
  onClick(button, action) {
    let isRunning = false;
    button.addEventListener("click", async () => {
      if (isRunning) return;
      isRunning = true;
      await inTurn(action, fail);
      isRunning = false;
    });
  },
});

function inTurn(action, fail) {
  waiting += 1;
  document.body.setAttribute("aria-busy", "true");
  turn = turn.then(async () => {
    fail(null);
    try {
      await action();
    } catch (problem) {
      await fail(problem);
    }
    waiting -= 1;
    if (waiting === 0) document.body.removeAttribute("aria-busy");
  });
  return turn;
}

/** Asks the product's own server. */
export async function ownServer(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body && { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

/** The next full hour, as Zoom writes times: no fraction of a second. */
export function nextHour() {
  const hour = 3_600_000;
  const next = new Date(Math.ceil((Date.now() + 1) / hour) * hour);
  return next.toISOString().replace(".000Z", "Z");
}
