// Makes pkg/wasm ready for the package from what wasm-bindgen wrote there: `node pkg/build.mjs [folder]`.
// Optimizes the wasm, shortens the names between wasm and JavaScript, minifies the JavaScript, writes the inline form.

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const folder =
  process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "wasm");
const wasm = join(folder, "isthmus_bg.wasm");
const glue = join(folder, "isthmus.js");

// Named one by one: with all features on, browsers refuse the file.
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "nontrapping-float-to-int",
  "sign-ext",
  "mutable-globals",
  "reference-types",
  "multivalue",
];

const names = optimized();
const short = await minified(renamed(readFileSync(glue, "utf8"), names));
writeFileSync(glue, short);
writeFileSync(join(folder, "inline.js"), inlined(short, readFileSync(wasm)));

/** Runs wasm-opt in place and answers the names it shortened: `{imports: [[module, name, new]], exports: [[name, new]]}`. */
function optimized() {
  const binaryen = dirname(createRequire(import.meta.url).resolve("binaryen"));
  const options = [
    join(binaryen, "bin/wasm-opt"),
    ...FEATURES.map((feature) => `--enable-${feature}`),
    ...["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features"],
    "--minify-imports-and-exports-and-modules",
    ...[wasm, "-o", wasm],
  ];
  return JSON.parse(
    execFileSync(process.execPath, options, {
      encoding: "utf8",
      maxBuffer: 1e8,
    }),
  );
}

/** The JavaScript with the names that the wasm has now. */
function renamed(text, { imports, exports }) {
  const [[module]] = imports;
  let result = text.replaceAll(`"${module}"`, '"a"');
  for (const [, name, short] of imports)
    result = result.replaceAll(
      new RegExp(`(^\\s+)${name.replaceAll("$", "\\$")}:`, "gm"),
      `$1${quoted(short)}:`,
    );
  for (const [name, short] of exports)
    result = result.replaceAll(
      new RegExp(`\\bwasm\\.${name}\\b`, "g"),
      () => `wasm.${short}`,
    );
  return result;
}

function quoted(name) {
  return JSON.stringify(name).replaceAll("$", "$$$$");
}

/** Only what the entry uses, without blanks. `new URL(…, import.meta.url)` stays as it is: bundlers look for it. */
async function minified(text) {
  const source = join(folder, "glue.js");
  writeFileSync(source, text);
  const { outputFiles } = await build({
    stdin: {
      contents: 'export { Sdk, default } from "./glue.js";',
      resolveDir: folder,
    },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2021",
    write: false,
  });
  rmSync(source);
  return outputFiles[0].text;
}

/** The same with the wasm as base64, and without the address of a file that will not be there. */
function inlined(text, bytes) {
  const address = /new URL\("isthmus_bg\.wasm",\s*import\.meta\.url\)/;
  if (!address.test(text))
    throw new Error(
      "wasm-bindgen's output has no address of the wasm to take out.",
    );
  const decoded = `Uint8Array.from(atob("${bytes.toString("base64")}"),c=>c.charCodeAt(0))`;
  return `${text.replace(address, "void 0")}export const bytes=()=>${decoded};\n`;
}
