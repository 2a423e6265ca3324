// The portal's words: text.json with its gaps filled, and what a scope means. No other file of the page has text for people;
// what the Worker shows before this page is there comes from text.json too (`src/edge/portal/words.rs`).

import type { Account } from "./backend.ts";
import text from "./text.json" with { type: "json" };

export { text };

/** A text with `{name}`s replaced; values stand there as they are. */
export function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (gap, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? gap) : gap,
  );
}

/** What of a problem people read: our words for its code, else what the Worker says. */
export function explain(code: string, message?: string): string {
  const known: Record<string, string> = text.problems;
  if (Object.hasOwn(known, code)) return known[code] ?? text.problems.unknown;
  return message ?? text.problems.unknown;
}

/** What people call an account. */
export const accountName = ({ email, name }: Account) =>
  email || name || text.account.unnamed;

/** What some scopes allow, in groups; each meaning once. */
interface Abilities {
  title: string;
  abilities: string[];
}

/** What these scopes allow in plain words, in the groups and the order of text.json; unknown ones apart, as they are. */
export function abilitiesOf(scopes: readonly string[]): {
  groups: Abilities[];
  unknown: string[];
} {
  const titles: Record<string, string> = text.scopes.groups;
  const known: Record<string, string[]> = text.scopes.known;
  const byGroup = new Map<string, Set<string>>();
  const unknown = new Set<string>();
  for (const scope of scopes) {
    const base = scope.replace(/:(admin|master)$/, "");
    const [group, ability] = Object.hasOwn(known, base)
      ? (known[base] ?? [])
      : [];
    if (!group || !ability) {
      unknown.add(scope);
      continue;
    }
    const said =
      base === scope ? ability : fill(text.abilities.everyone, { ability });
    byGroup.set(group, (byGroup.get(group) ?? new Set()).add(said));
  }
  const groups = Object.entries(titles).flatMap(([group, title]) => {
    const abilities = byGroup.get(group);
    return abilities ? [{ title, abilities: [...abilities] }] : [];
  });
  return { groups, unknown: [...unknown] };
}
