// Names in `{{ }}`: that a new one is free, and that whoever used an old one uses the new one then.

import { fieldsOf, isFields, mapTexts, type Json } from "./json.ts";

/** What no step is called, because it means something else in `{{ }}`. */
const RESERVED = ["trigger", "settings", "user", "secrets", "self"];

/** A name that is not taken: `create`, `create_2` … */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const base =
    wanted
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "_")
      .replace(/^[^a-z]+|_+$/g, "")
      .slice(0, 36) || "step";
  let name = RESERVED.includes(base) ? `${base}_step` : base;
  for (let number = 2; taken.has(name); number++) name = `${base}_${number}`;
  return name;
}

/** A value in which everything that named `from` names `to`: `create`, or `settings.email`. */
export function renamed<T extends Json>(value: T, from: string, to: string): T {
  if (!from || from === to) return value;
  const root = from.replaceAll(/[^a-z0-9_]/gi, (one) => `\\${one}`);
  const used = new RegExp(`(\\{\\{\\s*)${root}(?=[\\s.\\[}?])`, "g");
  const inTexts = mapTexts(value, (text) =>
    text.replaceAll(used, (_, begin: string) => begin + to),
  );
  if (!isFields(inTexts)) return inFields(inTexts, from, to) as T;
  // A trigger's filter is about what happened, of which no step has a part.
  const { trigger: _, ...rest } = inTexts;
  return { ...inTexts, ...fieldsOf(inFields(rest, from, to)) } as T;
}

/** A condition's field may be a path without braces. */
function inFields(value: Json, from: string, to: string): Json {
  if (Array.isArray(value)) return value.map((one) => inFields(one, from, to));
  if (!isFields(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => {
    if (inner === undefined) return [name, inner];
    const isField =
      name === "field" &&
      typeof inner === "string" &&
      typeof value.operator === "string";
    const begins =
      isField && (inner === from || /^[.[]/.test(inner.slice(from.length)));
    return begins && inner.startsWith(from)
      ? [name, to + inner.slice(from.length)]
      : [name, inFields(inner, from, to)];
  });
  return Object.fromEntries(entries) as Json;
}
