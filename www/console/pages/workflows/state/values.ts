// What a person gave a step to try it out with, kept in this tab over a reload and a look at something else. Never a
// secret.

import { store, stored } from "../../../kit/store.ts";
import { isFields, type Fields, type Json } from "../model/json.ts";
import { isKeepable, masked } from "../model/secrets.ts";

const keyOf = (workflow: string, step: string) =>
  `isthmus-test-${workflow}-${step}`;

/** The values that a text is; nothing when it is no JSON object. */
export function valuesOf(text: string): Fields | undefined {
  try {
    const read = JSON.parse(text) as Json;
    return isFields(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

/** What of a text is kept; nothing of what cannot be read and may have a secret in it. */
export function keepableValues(text: string): string | undefined {
  const values = valuesOf(text);
  if (values) return JSON.stringify(masked(values).value, null, 2);
  return isKeepable(text) ? text : undefined;
}

/** The text that a form begins with: what was kept, and examples of what has been named since. */
export function begunWith(kept: string | undefined, examples: Fields): string {
  const values = kept === undefined ? {} : valuesOf(kept);
  return values
    ? JSON.stringify({ ...examples, ...values }, null, 2)
    : (kept ?? "");
}

/** Keeps the text of a step's values, or forgets it. */
export function keepValues(
  workflow: string,
  step: string,
  text: string | undefined,
) {
  const kept = text === undefined ? undefined : keepableValues(text);
  store("session", keyOf(workflow, step), kept);
}

/** The text that is kept. */
export const keptValues = (workflow: string, step: string) =>
  stored("session", keyOf(workflow, step));
