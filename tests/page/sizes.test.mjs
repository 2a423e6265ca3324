// What the first visit of a page downloads, measured in Chromium: everything that the browser loaded until the page was idle,
// each body as brotli makes it. The local Worker compresses nothing, so the bodies are compressed here, as Cloudflare's edge does.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";

import { signIn } from "../setup/operator.mjs";
import { person, withPeople } from "../setup/person.mjs";
import {
  admitOrigin,
  newUser,
  product,
  signingProject,
} from "../setup/product.mjs";
import { startSite } from "../setup/site.mjs";

/** Bytes; a kB is 1000. `cargo xtask size` keeps the files within the same budgets. */
const BUDGET = { console: 150_000, portal: 40_000 };

/** Compressed already. */
const PACKED = /^(image\/(png|jpeg|webp)|font\/woff2)/;

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };

/** Weighs what a browser loads from now on. `total()` answers the bytes, and a line for each file. */
function weighing(context) {
  const loaded = [];
  context.on("response", (response) => loaded.push(weight(response)));
  return {
    async total() {
      const all = await Promise.all(loaded);
      const bytes = all.reduce((sum, [, size]) => sum + size, 0);
      return { bytes, lines: all.map(([url, size]) => `${size} ${url}`) };
    },
  };
}

async function weight(response) {
  const { pathname } = new URL(response.url());
  const own = response.url().startsWith(product.worker);
  const isEmpty = [204, 303, 304].includes(response.status());
  if (!own || isEmpty) return [pathname, 0];
  const body = await response.body();
  const type = response.headers()["content-type"] ?? "";
  const packed = PACKED.test(type) ? body : brotliCompressSync(body, BROTLI);
  return [pathname, packed.length];
}

async function assertWithin(name, weighed) {
  const { bytes, lines } = await weighed.total();
  console.log(`${name}, first load: ${bytes} bytes (brotli)`);
  assert.ok(bytes > 5000, lines.join("\n"));
  assert.ok(bytes <= BUDGET[name], [bytes, ...lines].join("\n"));
}

describe("the first load", () => {
  let site;

  withPeople();
  before(async () => {
    site = await startSite();
  });
  after(() => site?.close());

  test("of the console is small, signing in and the list of projects included", async () => {
    const visitor = await person();
    visitor.excuse(/status of 401.*\/admin\/session/);
    const weighed = weighing(visitor.context);
    const page = await visitor.open(product.console);
    await signIn(page, product.admin_secret);
    await page.getByRole("heading", { name: "Projects" }).waitFor();
    await page.waitForLoadState("networkidle");
    await assertWithin("console", weighed);
  });

  test("of the portal is small", async () => {
    const takeBack = await admitOrigin(site.url);
    try {
      site.project = { ...signingProject(), user: newUser("sizes") };
      const visitor = await person();
      const page = await visitor.open(site.url);
      const weighed = weighing(visitor.context);
      const portal = await visitor.popup(page, () =>
        page.getByRole("button", { name: "Connect Zoom" }).click(),
      );
      await portal.getByRole("button", { name: "Connect" }).waitFor();
      await portal.waitForLoadState("networkidle");
      await assertWithin("portal", weighed);
    } finally {
      await takeBack();
    }
  });
});
