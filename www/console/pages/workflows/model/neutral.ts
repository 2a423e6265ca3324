// A definition with something harmless in the place of what the crate cannot read, so that it reads the rest. Every step
// keeps its place, so that what is said of the others leads to them.

import { fieldsOf, type Fields, type Json } from "./json.ts";
import { freeName } from "./names.ts";
import { valueAt, withValueAt } from "./place.ts";
import { allSteps, idsOf } from "./steps.ts";

/** What stands for a place: where it is put, and what. */
type Stands = (at: string, definition: Fields) => [string, Json | undefined];

/** By what a place looks like; the first that does. */
const STANDS: readonly (readonly [RegExp, Stands])[] = [
  [/^name$/, (at) => [at, "x"]],
  [/^trigger(\.type)?$/, (_, definition) => ["trigger", trigger(definition)]],
  [/^trigger\.name$/, (at) => [at, "x"]],
  [/^trigger\.cron\b/, () => ["trigger.cron", "0 9 * * *"]],
  [/^trigger\.filter\b/, () => ["trigger.filter", undefined]],
  [
    /^trigger\.required\[\d+\]/,
    (at) => [upTo(at, /^.*?\]/), { part: "body", key: "x" }],
  ],
  [
    /^settings\[\d+\]$/,
    (at, definition) => [at, { id: fresh(definition), type: "text" }],
  ],
  [/^settings\[\d+\]\.type$/, (at) => [at, "text"]],
  [
    /^settings\[\d+\]\.choices\b/,
    (at) => [upTo(at, /^.*?\.choices/), [{ value: "x" }]],
  ],
  [
    /\.if\b/,
    (at) => [upTo(at, /^.*\.if\b/), { field: "user.id", operator: "$exists" }],
  ],
  [/\.over\b/, (at) => [upTo(at, /^.*?\.over\b/), []]],
  [/^steps$|\]\.(then|else|steps)$/, (at) => [at, []]],
  [/\]\.id$/, (at, definition) => [at, fresh(definition)]],
  [
    /^steps\b[^]*\]\.type$/,
    (at, definition) => stepAt(at.replace(/\.type$/, ""), definition),
  ],
  [
    /^steps\[\d+\](\.(then|else|steps)\[\d+\])*$/,
    (at, definition) => stepAt(at, definition),
  ],
  [/\[\d+\]$/, (at) => [at, null]],
];

/** A copy with what is at a place taken out, or something harmless put there where something has to be. */
export function neutralAt(definition: Fields, at: string): Fields {
  const [, stands] = STANDS.find(([like]) => like.test(at)) ?? [];
  const [place, value] = stands?.(at, definition) ?? [at, undefined];
  return withValueAt(definition, place, value);
}

const upTo = (at: string, part: RegExp) => part.exec(at)?.[0] ?? at;

/** A trigger of which a step can name anything, and which takes the responses that there are. */
const trigger = (definition: Fields): Fields =>
  allSteps(definition).some(({ step }) => step.type === "response")
    ? { type: "request" }
    : { type: "event", name: "x" };

const fresh = (definition: Fields) => {
  const settings = Array.isArray(definition.settings)
    ? definition.settings.map((one) => String(fieldsOf(one).id))
    : [];
  return freeName("unnamed", new Set([...idsOf(definition), ...settings]));
};

/** A step that does nothing, with the id that was there. */
function stepAt(at: string, definition: Fields): [string, Json] {
  const { id } = fieldsOf(valueAt(definition, at));
  const does = { type: "delay", inputs: { value: 1, unit: "seconds" } };
  return [at, { id: id ?? fresh(definition), ...does }];
}
