// What is not saved yet, kept in this tab over a reload. Never a secret: what looks like one is left out, and said to be.

import { store, stored } from "../../../kit/store.ts";
import { isFields, type Fields } from "../model/json.ts";
import { isKeepable, masked } from "../model/secrets.ts";

/** What is open and not saved. */
export interface Draft {
  definition: Fields;
  /** The revision that it was made from. */
  revision: number;
  /** The text of the JSON view while it cannot be read. */
  text?: string | undefined;
  /** The places whose values were left out and are still missing. */
  leftOut: readonly string[];
}

const keyOf = (workflow: string) => `isthmus-workflow-${workflow}`;

/** What of a draft is kept: nothing secret. */
export function withoutSecrets(draft: Draft): Draft {
  const { value, leftOut } = masked(draft.definition);
  const { text } = draft;
  return {
    definition: value,
    revision: draft.revision,
    text: text !== undefined && isKeepable(text) ? text : undefined,
    leftOut: [...new Set([...draft.leftOut, ...leftOut])],
  };
}

/** Keeps a draft, or forgets it. */
export function keepDraft(workflow: string, draft: Draft | undefined) {
  const text = draft && JSON.stringify(withoutSecrets(draft));
  store("session", keyOf(workflow), text);
}

/** The draft that is kept. */
export function keptDraft(workflow: string): Draft | undefined {
  try {
    const text = stored("session", keyOf(workflow)) ?? "null";
    const read: unknown = JSON.parse(text);
    const draft = read as Partial<Draft> | null;
    if (!draft || !isFields(draft.definition)) return undefined;
    const { definition, revision = 0, leftOut = [] } = draft;
    return { definition, revision, text: draft.text, leftOut };
  } catch {
    return undefined;
  }
}
