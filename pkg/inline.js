// The same as index.js with the wasm inside the JavaScript, for bundlers that copy no file (esbuild). A third larger.

import { createIsthmus } from "./entry.js";

const { isthmus, init } = createIsthmus(async (source) => {
  const wasm = await import("./wasm/inline.js");
  await wasm.default({ module_or_path: source ?? wasm.bytes() });
  return wasm;
});

export { isthmus, isthmus as paragon, isthmus as default, init };
export { SDK_EVENT } from "./entry.js";
export * from "./errors.js";
