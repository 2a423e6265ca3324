// Weighs what pages download and what the edge runs, raw, gzip and brotli, beside two other SDKs
// bundled the same way. Run by `cargo xtask size` after the builds; exits 1 above budget.
import { readFile, readdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const pkg = join(root, "pkg");

// Bytes after brotli; a kB is 1000 bytes.
// The package's was 32,000 before workflows: seven methods came on top, as one call each to the Worker. The portal made it
// 34,000: its ticket's form, and what is done in it told as it happens, until its window closes.
// The Worker's was 200,000 for connecting and requests alone; the server side, events and key rotation made it 360,000. On top
// came workflows: reading and checking definitions, eight actions with their examples, runs, the history's shapes (560,000).
// Then what people see: the portal, the operator's sign-in and Access, scopes and the check, tried steps, usage, health.
// Those of the pages are what their first visit may download; tests/page/sizes.test.mjs measures that in Chromium too.
const BUDGET = {
  sdk: 34_000,
  eager: 2_000,
  console: 150_000,
  portal: 40_000,
  worker: 610_000,
};

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };

/** The weight of files that are downloaded one by one. */
function weigh(files) {
  const total = { raw: 0, gzip: 0, brotli: 0 };
  for (const bytes of files) {
    total.raw += bytes.length;
    total.gzip += gzipSync(bytes, { level: 9 }).length;
    total.brotli += brotliCompressSync(bytes, BROTLI).length;
  }
  return total;
}

/** Bundles and minifies one entry as an application's build would; nothing is written. */
async function bundle(entry) {
  const { outputFiles, metafile } = await build({
    entryPoints: { index: entry },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // A peer dependency: the application has it anyway.
    external: ["react"],
    outdir: "out",
    write: false,
    metafile: true,
    legalComments: "none",
    logLevel: "error",
  });
  // What the entry imports outright is loaded with the page; `import()` is not.
  const eager = new Set(["out/index.js"]);
  for (const path of eager) {
    for (const used of metafile.outputs[path].imports) {
      if (used.kind === "import-statement") eager.add(used.path);
    }
  }
  const isEager = ({ path }) => eager.has(relative(root, path));
  const contents = (files) => files.map((file) => file.contents);
  return {
    all: contents(outputFiles),
    eager: contents(outputFiles.filter(isEager)),
  };
}

/** The file that an entry of our package points at. */
async function entryOf(name) {
  const { exports } = JSON.parse(
    await readFile(join(pkg, "package.json"), "utf8"),
  );
  const target = exports[name];
  const path =
    typeof target === "string"
      ? target
      : (target?.browser ?? target?.import ?? target?.default);
  return path && join(pkg, typeof path === "string" ? path : path.default);
}

async function filesIn(folder, endings) {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  const wanted = entries.filter(
    (entry) =>
      entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)),
  );
  return Promise.all(
    wanted.map(({ parentPath, name }) => readFile(join(parentPath, name))),
  );
}

/** What the browser loads of one of our pages before anything is opened in it: script, style, and what the script imports. */
async function firstVisit(page) {
  const folder = join(root, "worker/assets/static", page);
  const scripts = new Set([`${page}.js`]);
  for (const name of scripts) {
    const code = await readFile(join(folder, name), "utf8");
    // `import("…")` is loaded later.
    for (const [, path] of code.matchAll(/\b(?:from|import)\s*"(\.[^"]+)"/g))
      scripts.add(join(dirname(name), path));
  }
  const files = [...scripts, `${page}.css`].map((name) => join(folder, name));
  files.push(join(root, "worker/assets/static/icon.svg"));
  return Promise.all(files.map((file) => readFile(file)));
}

const sdk = await bundle(await entryOf("."));
const wasm = await filesIn(join(pkg, "wasm"), [".wasm"]);
const inlineEntry = await entryOf("./inline");

const rows = [
  [
    "SDK, everything a page downloads",
    weigh([...sdk.all, ...wasm]),
    BUDGET.sdk,
  ],
  ["  of which before first use", weigh(sdk.eager), BUDGET.eager],
  ["  of which at first use: wasm", weigh(wasm)],
];
if (inlineEntry) {
  const inline = await bundle(inlineEntry);
  rows.push(["SDK, ./inline (one bundle)", weigh(inline.all)]);
}
for (const other of ["@useparagon/connect", "@nangohq/frontend"]) {
  const { version } = JSON.parse(
    await readFile(join(root, "node_modules", other, "package.json"), "utf8"),
  );
  rows.push([`${other}@${version}`, weigh((await bundle(other)).all)]);
}
for (const page of ["console", "portal"]) {
  const first = weigh(await firstVisit(page));
  rows.push([`${page}, first visit`, first, BUDGET[page]]);
}
const pages = join(root, "worker/assets/static/console");
rows.push(["console, everything", weigh(await filesIn(pages, [""]))]);
const worker = await filesIn(join(root, "worker/dist"), [
  ".js",
  ".mjs",
  ".wasm",
]);
rows.push(["Worker, as deployed", weigh(worker), BUDGET.worker]);

// --- The table -----------------------------------------------------------------------------------

const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
const cells = rows.map(([name, { raw, gzip, brotli }, budget]) => [
  name,
  number(raw),
  number(gzip),
  number(brotli),
  budget ? number(budget) : "",
  budget ? (brotli <= budget ? "ok" : "TOO LARGE") : "",
]);
cells.unshift(["bytes", "raw", "gzip", "brotli", "budget", ""]);
const widths = cells[0].map((_, column) =>
  Math.max(...cells.map((row) => row[column].length)),
);
for (const row of cells) {
  const padded = row.map((cell, column) =>
    column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
  );
  console.log(padded.join("  ").trimEnd());
}
if (!worker.length) throw new Error("worker/dist is empty: nothing was packed");
process.exitCode = rows.some(
  ([, { brotli }, budget]) => budget && brotli > budget,
)
  ? 1
  : 0;
