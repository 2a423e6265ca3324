// The card "Workflows": what this product offers as Isthmus tells it, each with its switch and what people fill in; what
// starts some of them; and, as the product's own server tells it, what they did.
import {
  element,
  nextHour,
  say,
  showProblem,
  turns,
  withText,
} from "./page.js";
import { config, isthmus, withToken } from "./sdk.js";

const fail = (problem) => showProblem(element("workflows-error"), problem);
const { inTurn, onClick } = turns(fail);

/** How many notices of the backend are shown. */
const SHOWN = 5;

const WORDS = {
  queued: "about to begin",
  running: "at work",
  begun: "at work",
  waiting: "waiting",
  succeeded: "done",
  failed: "failed",
  stopped: "stopped",
  interrupted: "interrupted",
};

/** Brings the shown switches and fields to what is known about the user. */
let refresh = () => {};
let lastRuns = [];
let known;

/** Shows the card for whoever is signed in and connected, or hides it. */
export function showWorkflows(isShown) {
  element("workflows-card").hidden = !isShown;
  fail(null);
  element("next").value = "";
  const offered = isShown
    ? isthmus.getIntegrationConfig("zoom").availableWorkflows
    : [];
  const rows = offered.map(workflowRow);
  element("workflows").replaceChildren(...rows.map(({ row }) => row));
  refresh = () => rows.forEach(({ refresh }) => refresh());
  refresh();
  if (!isShown) [lastRuns, known] = [[], undefined];
  drawRuns();
}

const zoom = () => isthmus.getUser().integrations?.zoom;

/** What the user made of a workflow. */
const stateOf = (id) =>
  zoom()?.workflowSettings?.[id] ?? { enabled: false, settings: {} };

const nameOf = (id) =>
  isthmus
    .getIntegrationConfig("zoom")
    .availableWorkflows.find((one) => one.id === id)?.description ?? id;

// --- Switches and fields -------------------------------------------------------------------------

/** A workflow's row, and what brings it up to date. */
function workflowRow({ id, description: name, infoText, inputs }) {
  const row = document.createElement("li");
  row.dataset.workflow = id;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.setAttribute("role", "switch");
  const label = document.createElement("label");
  label.className = "check";
  label.append(box, withText("strong", name));
  const info = withText("span", infoText);
  info.id = `about-${id}`;
  box.setAttribute("aria-describedby", info.id);
  const still = document.createElement("p");
  still.className = "lead";
  const fields = inputs.map((input) => settingField(id, input));
  row.append(label, info, ...(fields.length ? [form(id, fields)] : []), still);
  box.addEventListener("change", () => turnTo(id, name, box.checked));
  return {
    row,
    refresh() {
      const { enabled, settings } = stateOf(id);
      box.checked = enabled;
      for (const { refresh } of fields) refresh(settings);
      const wanted = inputs.filter(
        (input) =>
          enabled &&
          input.required &&
          !(settings[input.id] ?? input.defaultValue),
      );
      still.hidden = wanted.length === 0;
      const names = wanted.map(({ title }) => `“${title}”`).join(", ");
      still.textContent =
        names && `It begins to work once ${names} is filled in.`;
    },
  };
}

function turnTo(id, name, isOn) {
  return inTurn(async () => {
    try {
      await withToken(() =>
        isOn ? isthmus.enableWorkflow(id) : isthmus.disableWorkflow(id),
      );
      say(`${name} is ${isOn ? "on" : "off"}.`);
    } finally {
      refresh();
    }
  });
}

/** What one fills in, and what brings it up to date. */
function settingField(workflow, { id, title, type, tooltip, required }) {
  const field = document.createElement("input");
  field.id = `${workflow}-${id}`;
  field.name = id;
  field.type = type === "EMAIL" ? "email" : "text";
  field.required = required;
  const label = withText("label", title);
  label.htmlFor = field.id;
  const help = withText("span", tooltip ?? "");
  help.id = `${field.id}-help`;
  field.setAttribute("aria-describedby", help.id);
  return {
    label,
    field,
    help,
    refresh(settings) {
      // Not from under the fingers of somebody who types.
      if (field !== document.activeElement) field.value = settings[id] ?? "";
    },
  };
}

function form(workflow, fields) {
  const form = document.createElement("form");
  const save = withText("button", "Save");
  for (const { label, field, help } of fields) {
    const line = document.createElement("div");
    line.className = "row";
    line.append(field, ...(field === fields.at(-1).field ? [save] : []));
    form.append(label, line, help);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const update = Object.fromEntries(new FormData(form));
    inTurn(async () => {
      await withToken(() =>
        isthmus.updateWorkflowUserSettings("zoom", workflow, update),
      );
      refresh();
      say("Saved.");
    });
  });
  return form;
}

// --- What starts some of them --------------------------------------------------------------------

element("new-task").addEventListener("submit", (event) => {
  event.preventDefault();
  const task = element("task").value.trim();
  element("task").value = "";
  inTurn(async () => {
    const payload = { task, start_time: nextHour() };
    await withToken(() => isthmus.event("Task Created", payload));
    say(`Task “${task}” is created.`);
  });
});

onClick(element("ask-next"), async () => {
  const id = config.workflows["next-meeting"];
  const { topic } = await withToken(() => isthmus.workflow(id));
  element("next").value = topic ?? "Nothing is planned.";
});

// --- What they did -------------------------------------------------------------------------------

/** Shows what the server tells of the last runs, and says aloud which one has come to its end. */
export function showRuns(runs) {
  lastRuns = runs;
  const ended = drawRuns().filter((run) => run.isEnded);
  // What is there at first is no news.
  const [news] = ended.filter(({ id }) => known && !known.has(id));
  if (news) say(`${nameOf(news.workflow_id)}: ${WORDS[news.status]}.`);
  known = new Set(ended.map(({ id }) => id));
}

/** Draws the runs of the account that is connected now; answers them. */
function drawRuns() {
  const current = zoom()?.credentialId;
  const own = lastRuns.filter((run) => run.grant_id === current);
  element("no-runs").hidden = own.length > 0;
  element("runs").replaceChildren(...own.map(runRow));
  return own;
}

function runRow({
  id,
  workflow_id,
  status,
  problem,
  message,
  steps,
  timestamp,
}) {
  const time = withText("time", new Date(timestamp).toLocaleTimeString());
  time.dateTime = timestamp;
  const list = document.createElement("ol");
  list.append(...steps.map(stepRow));
  const row = document.createElement("li");
  Object.assign(row.dataset, { run: id, status });
  row.append(
    withText("strong", nameOf(workflow_id)),
    state(status),
    time,
    list,
  );
  if (problem) {
    const why = withText("p", `${message ?? ""} `);
    why.append(withText("code", problem));
    row.append(why);
  }
  return row;
}

function stepRow({ step, status, problem, chosen }) {
  const row = document.createElement("li");
  Object.assign(row.dataset, { step, status });
  row.append(withText("code", step), state(status));
  const more = problem ?? chosen;
  if (more) row.append(" ", withText("code", more));
  return row;
}

function state(status) {
  const word = withText("span", WORDS[status] ?? status);
  word.className = `state ${status}`;
  return word;
}

/** Shows what the backend was told. */
export function showTold(told) {
  element("no-told").hidden = told.length > 0;
  element("told").replaceChildren(...told.slice(0, SHOWN).map(toldRow));
}

function toldRow({ id, timestamp, topic, meeting_id, registrant_id }) {
  const time = withText("time", new Date(timestamp).toLocaleTimeString());
  time.dateTime = timestamp;
  const row = document.createElement("li");
  // The key is the run's id and the step's name.
  row.dataset.run = id.split("/", 1)[0];
  const ids = document.createElement("p");
  ids.append("meeting ", withText("code", meeting_id));
  ids.append(", registrant ", withText("code", registrant_id));
  row.append(withText("strong", topic), time, ids);
  return row;
}
