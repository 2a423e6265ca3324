// What the workflows and subscriptions of a project use of a provider, and the scopes that this takes.

import { server } from "../../api/client.ts";
import type { Scope } from "../../api/types/integration.ts";

/** A workflow or a subscription, with the ids of the actions and triggers that are in it: `create_meeting`. */
export interface Use {
  /** What it is called in a sentence. */
  name: string;
  ids: ReadonlySet<string>;
}

interface Listed {
  id: string;
}

interface Workflow {
  name: string;
  definition: unknown;
}

interface Subscription {
  trigger: string;
}

/** So many are listed at a time. */
const PAGE = 50;
/** So many are read at a time: more would only wait for each other. */
const AT_ONCE = 6;

/** Reads every workflow and every subscription of a project. */
export async function usesOf(project: string, signal: AbortSignal) {
  const uses: Use[] = [];
  for await (const page of pages<Listed>(project, "workflows", signal)) {
    const read = ({ id }: Listed) =>
      server<Workflow>(project, "GET", `workflows/${id}`, { signal });
    for (let at = 0; at < page.length; at += AT_ONCE) {
      const some = page.slice(at, at + AT_ONCE);
      for (const { name, definition } of await Promise.all(some.map(read)))
        uses.push({ name, ids: idsIn(definition) });
    }
  }
  const path = "subscriptions";
  for await (const page of pages<Subscription>(project, path, signal))
    for (const { trigger } of page)
      uses.push({ name: "a subscription", ids: new Set([bare(trigger)]) });
  return uses;
}

/** What a path lists, a page at a time. */
async function* pages<T>(project: string, path: string, signal: AbortSignal) {
  for (let offset = 0; ; offset += PAGE) {
    const query = { limit: PAGE, offset };
    const page = await server<T[]>(project, "GET", path, { query, signal });
    yield page;
    if (page.length < PAGE) return;
  }
}

/** The ids of what a definition uses, wherever they are in it. */
function idsIn(definition: unknown): Set<string> {
  const found = new Set<string>();
  const look = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    const { type } = value as { type?: unknown };
    if (typeof type === "string") found.add(bare(type));
    Object.values(value).forEach(look);
  };
  look(definition);
  return found;
}

/** An id without its provider. */
export const bare = (id: string) => id.replace(/^zoom\./, "");

/** What needs a scope. */
export const needing = (scope: Scope, uses: readonly Use[]) =>
  uses.filter(({ ids }) =>
    [...scope.actions, ...scope.triggers].some((id) => ids.has(bare(id))),
  );

/** Whether a scope, or one that does as well, is chosen. */
export const isCovered = (scope: Scope, chosen: readonly string[]) =>
  [scope.scope, ...scope.same_as].some(
    (name) => chosen.includes(name) || chosen.includes(`${name}:admin`),
  );

/** The scopes of a kind that all this takes, with what every integration needs. */
export const neededScopes = (
  scopes: readonly Scope[],
  kind: Scope["kind"],
  uses: readonly Use[],
) =>
  scopes
    .filter((scope) => scope.kind === kind)
    .filter((scope) => scope.always || needing(scope, uses).length > 0)
    .map(({ scope }) => scope);
