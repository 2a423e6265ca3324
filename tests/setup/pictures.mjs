// Pictures of pages, kept by every test run in tests/screenshots.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../screenshots");
const docs = join(import.meta.dirname, "../../docs");

/** Keeps a picture of a page as it stands, as `<name>.png`; `whole` with what is below the window. Answers its bytes. */
export async function picture(page, name, { whole = false } = {}) {
  const path = join(folder, `${name}.png`);
  // From its top: in a whole page, what stays in sight when one scrolls would stand in the middle.
  await page.evaluate(() => scrollTo(0, 0));
  return page.screenshot({ path, fullPage: whole, animations: "disabled" });
}

/** Keeps two pictures, in light and in dark. */
export async function pictures(page, name, options) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await picture(page, `${name}-${colorScheme}`, options);
  }
  await page.emulateMedia({ colorScheme: null });
}

/** The pictures of the documentation stay small, in bytes. */
const LARGEST = 120_000;

/** Keeps a picture; also in `docs`, where the README shows it, when ISTHMUS_KEEP_PICTURE says so. */
export async function docsPicture(page, name) {
  const bytes = await picture(page, name);
  if (!process.env.ISTHMUS_KEEP_PICTURE) return;
  assert.ok(bytes.length < LARGEST, `${name}: ${bytes.length} bytes`);
  await writeFile(join(docs, `${name}.png`), bytes);
}
