// Places in a definition, written as the complaints of the crate write them: `steps[2].then[0].inputs.topic`.

import { isFields, type Fields, type Json } from "./json.ts";

type Part = string | number;

/** The parts of a place. */
function partsOf(place: string): Part[] {
  const parts: Part[] = [];
  for (const [, name, index] of place.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (index !== undefined) parts.push(Number(index));
    else if (name !== undefined) parts.push(name);
  }
  return parts;
}

/** What is at a place. */
export function valueAt(value: Json, place: string): Json | undefined {
  let found: Json | undefined = value;
  for (const part of partsOf(place)) {
    if (typeof part === "number")
      found = Array.isArray(found) ? found[part] : undefined;
    else found = isFields(found) ? found[part] : undefined;
  }
  return found;
}

/** A copy with this at a place; `undefined` takes a field or an item away. What is missing on the way is made. */
export function withValueAt<T extends Json>(
  value: T,
  place: string,
  next: Json | undefined,
): T {
  return changed(value, partsOf(place), next) as T;
}

function changed(
  value: Json | undefined,
  [part, ...rest]: Part[],
  next: Json | undefined,
): Json | undefined {
  if (part === undefined) return next;
  if (typeof part === "number") {
    const items = Array.isArray(value) ? [...value] : [];
    const inner = changed(items[part], rest, next);
    if (inner === undefined) items.splice(part, 1);
    else items[part] = inner;
    return items;
  }
  const fields: Fields = isFields(value) ? { ...value } : {};
  const inner = changed(fields[part], rest, next);
  if (inner === undefined) delete fields[part];
  else fields[part] = inner;
  return fields;
}

/** What can be chosen in the editor: a step by its place, the trigger, the settings, or the workflow itself. */
export function ownerOf(place: string): string {
  const step = /^steps\[\d+\](?:\.(?:then|else|steps)\[\d+\])*/.exec(place);
  if (step) return step[0];
  return /^(trigger|settings)(?![a-z])/.exec(place)?.[0] ?? "about";
}

/** Whether a place is this one, or inside of it. */
export const isWithin = (place: string, outer: string) =>
  place === outer ||
  place.startsWith(`${outer}.`) ||
  place.startsWith(`${outer}[`);
