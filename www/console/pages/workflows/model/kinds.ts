// What kinds of steps and triggers there are for the editor: those of the catalog, in words, and what a new one is made of.

import type { ServerAction, ServerTrigger } from "../api.ts";
import { NEW_CONDITION, inWords } from "./conditions.ts";
import { fieldsOf, textOf, type Fields } from "./json.ts";
import { freeName } from "./names.ts";
import { idsOf } from "./steps.ts";

/** What the Worker knows of steps and triggers. */
export interface Catalog {
  actions: readonly ServerAction[];
  triggers: readonly ServerTrigger[];
}

/** The triggers that every product has: type, name, what it is. */
export const OWN_TRIGGERS: readonly (readonly [string, string, string])[] = [
  ["event", "App event", "Your product says that something happened."],
  ["request", "Request", "Your page calls it, and may wait for an answer."],
  [
    "integration_enabled",
    "Integration enabled",
    "A user connected, switched it on and filled it in.",
  ],
  ["schedule", "Schedule", "The clock: every day at nine, say."],
];

/** The name of a step's type. */
export const kindLabel = (type: string, { actions }: Catalog) =>
  actions.find(({ id }) => id === type)?.label ?? (type || "Unknown step");

/** A trigger in words: from a definition, or from the key that a list has. */
export function triggerWords(key: string, catalog: Catalog | undefined) {
  if (key.startsWith("event/")) return `App event “${key.slice(6)}”`;
  const own = OWN_TRIGGERS.find(([type]) => type === key);
  if (own) return own[1];
  const [, id] = /^zoom\.(.+)$/.exec(key) ?? [];
  const known = catalog?.triggers.find((one) => one.id === id);
  return known ? `Zoom: ${known.label}` : key;
}

/** The key that a list shows of a trigger: `zoom.new_meeting`, `event/Task Created`. */
export function triggerKey(trigger: Fields) {
  const type = textOf(trigger.type);
  return type === "event" ? `event/${textOf(trigger.name)}` : type;
}

/** A trigger of another type. */
export function newTrigger(type: string): Fields {
  if (type === "event") return { type, name: "Task Created" };
  if (type === "schedule") return { type, cron: "0 9 * * *", timezone: "UTC" };
  return { type };
}

/** What a trigger is narrowed down to, in a line. */
export function triggerDetail(trigger: Fields): string {
  switch (trigger.type) {
    case "schedule":
      return `${textOf(trigger.cron)} · ${textOf(trigger.timezone) || "UTC"}`;
    case "request":
      return Array.isArray(trigger.required) && trigger.required.length > 0
        ? `with ${trigger.required.map((one) => textOf(fieldsOf(one).key)).join(", ")}`
        : "";
    default:
      return trigger.filter ? `where ${inWords(trigger.filter)}` : "";
  }
}

/** What a step does, in a line. */
export function stepDetail(step: Fields): string {
  const inputs = fieldsOf(step.inputs);
  switch (step.type) {
    case "condition":
      return inWords(step.if);
    case "fan_out":
      return `for each of ${textOf(step.over) || "…"}`;
    case "delay":
      return `${textOf(inputs.value)} ${textOf(inputs.unit)}`;
    case "request":
      return `${textOf(inputs.method)} ${textOf(inputs.url)}`;
    case "zoom.request":
      return `${textOf(inputs.method)} ${textOf(inputs.path)}`;
    case "response":
      return `status ${textOf(inputs.status_code) || "200"}`;
    default:
      return textOf(
        inputs.topic ?? inputs.email ?? inputs.meeting_id ?? inputs.type,
      );
  }
}

/** A new step of a type, with an id that is free. */
export function newStep(
  type: string,
  definition: Fields,
  catalog: Catalog,
): Fields {
  // `zoom.create_meeting` is create_meeting, `zoom.request` is not request.
  const name = type === "zoom.request" ? "zoom_request" : type;
  return {
    id: freeName(name.replace(/^zoom\./, ""), idsOf(definition)),
    type,
    ...content(type, definition, catalog),
  };
}

function content(type: string, definition: Fields, catalog: Catalog): Fields {
  switch (type) {
    case "condition":
      return { if: { ...NEW_CONDITION }, then: [], else: [] };
    case "fan_out":
      return { over: "", steps: [] };
    case "delay":
      return { inputs: { value: 10, unit: "minutes" } };
    case "request":
      return { inputs: { method: "POST", url: "https://", body: {} } };
    case "zoom.request":
      return { inputs: { method: "GET", path: "users/me" } };
    case "response":
      return { inputs: { status_code: 200, body: {} } };
    default:
      return { inputs: knownInputs(type, definition, catalog) };
  }
}

/** What an event of Zoom's already says. */
function knownInputs(
  type: string,
  definition: Fields,
  { actions }: Catalog,
): Fields {
  const trigger = textOf(fieldsOf(definition.trigger).type);
  const action = actions.find(({ id }) => id === type);
  const wantsMeeting = action?.inputs.some(
    ({ name, required }) => name === "meeting_id" && required,
  );
  return wantsMeeting && trigger.startsWith("zoom.")
    ? { meeting_id: "{{trigger.object.id}}" }
    : {};
}
