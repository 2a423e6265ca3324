// The package's main entry: fetches the wasm that lies beside `wasm/isthmus.js`, when something needs it first.

import { createIsthmus } from "./entry.js";

const { isthmus, init } = createIsthmus(async (source) => {
  const wasm = await import("./wasm/isthmus.js");
  await wasm.default(source && { module_or_path: source });
  return wasm;
});

export { isthmus, isthmus as paragon, isthmus as default, init };
export { SDK_EVENT } from "./entry.js";
export * from "./errors.js";
