// The crate's own checks and its `{{ }}`, as WebAssembly: what the edge says of a workflow, this page says too. It is
// loaded when a workflow is opened, once.

import { type Complaint, Problem } from "./api/client.ts";
import type { Fields, Json } from "./pages/workflows/model/json.ts";

/** A variable that a step can name. */
export interface Variable {
  /** What stands in `{{ }}`: `create.output.id`. */
  path: string;
  /** `text`, `number`, `boolean`, `object`, `list`, `anything` */
  kind: string;
  label: string;
  /** What it belongs to: `Trigger: New Meeting`. */
  group: string;
  /** What it may be; `null` where that is not known. */
  example: Json;
}

/** What a template comes to: a value, or why there is none. */
export interface Filled {
  value?: Json;
  error?: Complaint;
}

/** What the crate knows of workflows. */
export interface Rules {
  /** What is wrong in a definition; `secrets`: the names that the project has, where they are known. */
  check: (definition: Json, secrets?: readonly string[]) => Complaint[];
  /** What a template comes to with these values. */
  fill: (template: Json, values: Fields) => Filled;
  /** The variables that a step can name; none while the definition cannot be read. */
  variables: (definition: Json, step: string) => Variable[];
  /** An example of each of them, by their first names. */
  examples: (definition: Json, step: string) => Fields;
}

let loading: Promise<Rules> | undefined;

/** Loads the rules; a failure is not kept. */
export function loadRules(): Promise<Rules> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    console.error(error);
    throw new Problem(
      "page_outdated",
      0,
      "A part of this page could not be loaded: your connection broke, or the console was updated meanwhile. Reload the page.",
    );
  });
  return loading;
}

async function load(): Promise<Rules> {
  const [wasm, address] = await Promise.all([
    import("./wasm/isthmus.js"),
    import("./wasm/isthmus_bg.wasm?url"),
  ]);
  await wasm.default({ module_or_path: address.default });
  const text = (value: unknown) => JSON.stringify(value);
  return {
    check: (definition, secrets) =>
      read(wasm.checkWorkflow(text(definition), secrets && text(secrets))),
    fill: (template, values) =>
      read(wasm.fillTemplate(text(template), text(values))),
    variables: (definition, step) =>
      read(wasm.workflowVariables(text(definition), step)),
    examples: (definition, step) =>
      read(wasm.exampleValues(text(definition), step)),
  };
}

const read = <T>(answer: string) => JSON.parse(answer) as T;
