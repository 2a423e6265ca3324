// The steps of a definition as a tree: listed, added, moved, copied, renamed. Each answers a new definition; nothing is
// changed in place.

import { fieldsOf, listOf, textOf, type Fields, type Json } from "./json.ts";
import { freeName, renamed } from "./names.ts";
import { valueAt, withValueAt } from "./place.ts";

/** The lists of steps that a step may have inside, by its type. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  condition: ["then", "else"],
  fan_out: ["steps"],
};

/** A step where it stands. */
interface Placed {
  /** `steps[2].then[0]` */
  place: string;
  step: Fields;
}

/** A changed definition, and where the step is now. */
export interface Moved {
  definition: Fields;
  place: string;
}

/** All steps in the order of the document. */
export function allSteps(value: Json, list = "steps"): Placed[] {
  return listOf(valueAt(value, list)).flatMap((step, index) => {
    const place = `${list}[${index}]`;
    const inside = INSIDE[textOf(step.type)] ?? [];
    return [
      { place, step },
      ...inside.flatMap((name) => allSteps(value, `${place}.${name}`)),
    ];
  });
}

/** The ids that are taken. */
export const idsOf = (definition: Fields) =>
  new Set(allSteps(definition).map(({ step }) => textOf(step.id)));

/** The list that a step stands in, and its number there. */
function listAndIndex(place: string): [list: string, index: number] {
  const found = /^(.*)\[(\d+)\]$/.exec(place);
  return [found?.[1] ?? "steps", Number(found?.[2] ?? 0)];
}

/** Puts a step into a list, before the one of this number. */
export function inserted(
  definition: Fields,
  list: string,
  index: number,
  step: Fields,
): Moved {
  const steps = [...rawList(definition, list)];
  steps.splice(index, 0, step);
  return {
    definition: withValueAt(definition, list, steps),
    place: `${list}[${index}]`,
  };
}

/** Takes a step out, with those inside of it. */
export function removed(definition: Fields, place: string): Fields {
  return withValueAt(definition, place, undefined);
}

/** Moves a step one up or down; past the end of a branch it comes out beside the step that it was inside of. */
export function moved(
  definition: Fields,
  place: string,
  by: -1 | 1,
): Moved | undefined {
  const [list, index] = listAndIndex(place);
  const step = fieldsOf(valueAt(definition, place));
  const count = rawList(definition, list).length;
  if (index + by >= 0 && index + by < count)
    return inserted(removed(definition, place), list, index + by, step);
  if (list === "steps") return undefined;
  const outer = list.slice(0, list.lastIndexOf("."));
  const [outerList, outerIndex] = listAndIndex(outer);
  const target = by < 0 ? outerIndex : outerIndex + 1;
  return inserted(removed(definition, place), outerList, target, step);
}

/** Puts a copy behind a step, with ids of its own; what named each other in it still does. */
export function duplicated(definition: Fields, place: string): Moved {
  const [list, index] = listAndIndex(place);
  const taken = idsOf(definition);
  let copy: Json = { steps: [fieldsOf(valueAt(definition, place))] };
  for (const { place: at, step } of allSteps(copy)) {
    const id = textOf(step.id);
    const free = freeName(id.replace(/_\d+$/, ""), taken);
    taken.add(free);
    copy = renamed(withValueAt(copy, `${at}.id`, free), id, free);
  }
  const step = fieldsOf(valueAt(copy, "steps[0]"));
  return inserted(definition, list, index + 1, step);
}

/** Gives a step another id, which no other has; what named it names it by that. */
export function withId(definition: Fields, place: string, id: string): Fields {
  const old = textOf(valueAt(definition, `${place}.id`));
  const others = allSteps(definition).filter((one) => one.place !== place);
  // Of two that have the same id, nobody knows which is meant.
  const isTheirs = others.some(({ step }) => textOf(step.id) === old);
  const next = isTheirs ? definition : renamed(definition, old, id);
  return withValueAt(next, `${place}.id`, id);
}

const rawList = (definition: Fields, list: string): Json[] => {
  const found = valueAt(definition, list);
  return Array.isArray(found) ? found : [];
};
