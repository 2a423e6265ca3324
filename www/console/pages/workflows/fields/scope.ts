// What the fields of one step can name, and what that comes to: handed down to every field of a panel.

import { createContext } from "preact";

import type { Filled, Rules, Variable } from "../../../wasm.ts";
import type { Complaint } from "../../../api/client.ts";
import { fieldsOf, isFields, type Fields, type Json } from "../model/json.ts";

/** What is known where a field stands. */
export interface Scope {
  variables: readonly Variable[];
  /** What a template comes to with the examples. */
  fill: (template: Json) => Filled;
  complaints: readonly Complaint[];
  /** The names of the secrets. */
  secrets: readonly string[];
  /** Opens the dialog in which secrets are set. */
  onSecrets: () => void;
}

/** The scope of the chosen step. */
export const ScopeOf = createContext<Scope>({
  variables: [],
  fill: () => ({}),
  complaints: [],
  secrets: [],
  onSecrets: () => undefined,
});

/** The outputs that tests have brought, by step: better examples than those of the catalog. */
export type Taken = Readonly<Record<string, Json>>;

/** The scope of a step in a definition that can be read. */
export function scopeOf(
  rules: Rules,
  readable: Fields,
  step: string,
  taken: Taken,
  secrets: readonly string[],
): Pick<Scope, "variables" | "fill"> {
  const values = exampleValues(rules, readable, step, taken);
  const masked = Object.fromEntries(secrets.map((name) => [name, "••••••"]));
  const filled: Fields = { ...values, secrets: masked };
  const known = rules
    .variables(readable, step)
    .filter(({ path }) => !takenRoot(path, values, taken));
  const own = Object.entries(taken)
    .filter(([id]) => isFields(fieldsOf(values[id]).output))
    .flatMap(([id, output]) =>
      variablesIn(`${id}.output`, output, `${id}: tested`, "output"),
    );
  return {
    variables: [...own, ...known, ...secrets.map(secretVariable)],
    fill: (template) => rules.fill(template, filled),
  };
}

/** The example of every value that a step can name. */
export function exampleValues(
  rules: Rules,
  readable: Fields,
  step: string,
  taken: Taken,
): Fields {
  const values = { ...rules.examples(readable, step) };
  for (const [id, output] of Object.entries(taken))
    if ("output" in fieldsOf(values[id])) values[id] = { output };
  return values;
}

const takenRoot = (path: string, values: Fields, taken: Taken) => {
  const root = /^[^.[]+/.exec(path)?.[0] ?? "";
  return root in taken && "output" in fieldsOf(values[root]);
};

const secretVariable = (name: string): Variable => ({
  path: `secrets.${name}`,
  kind: "text",
  label: name,
  group: "Secrets",
  example: null,
});

/** Everything in an output, as deep as menus go. */
function variablesIn(
  path: string,
  value: Json,
  group: string,
  label: string,
  depth = 0,
): Variable[] {
  const here = { path, kind: kindOf(value), label, group, example: value };
  if (depth > 6) return [here];
  const inner = (part: string, inside: Json) =>
    variablesIn(
      path + part,
      inside,
      group,
      depth === 0 ? part.replace(/^\./, "") : label + part,
      depth + 1,
    );
  if (Array.isArray(value))
    return [here, ...(value[0] === undefined ? [] : inner("[0]", value[0]))];
  if (!isFields(value)) return [here];
  const fields = Object.entries(value).flatMap(([name, inside]) =>
    inner(
      /^[\w$-]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`,
      inside ?? null,
    ),
  );
  return [here, ...fields];
}

function kindOf(value: Json): string {
  if (value === null) return "anything";
  if (Array.isArray(value)) return "list";
  return typeof value === "string" ? "text" : typeof value;
}
