// Whether everybody can use a page: axe finds nothing, in light and in dark, and a window of 320 px shows all of it without
// scrolling sideways.

import assert from "node:assert/strict";

import { AxeBuilder } from "@axe-core/playwright";

/** The narrowest window that a page is made for (WCAG 2.2, 1.4.10), in CSS pixels. */
const NARROW = { width: 320, height: 800 };
/** What axe asks about colours: all that dark can change. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/**
 * Checks a page as it stands, in every guise, and leaves it as it was. `excuse` maps axe's rules to the reason why they do
 * not count here.
 */
export async function assertAccessible(page, { excuse = {} } = {}) {
  const viewport = page.viewportSize();
  const found = [];
  try {
    found.push(...(await findings(page, "light", excuse)));
    found.push(...(await findings(page, "dark", excuse)));
    await page.setViewportSize(NARROW);
    found.push(...(await findings(page, "light", excuse)));
    found.push(...(await page.evaluate(tooWide)));
  } finally {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  }
  assert.deepEqual(found, [], page.url());
}

/** What axe finds, a line each. Nothing moves meanwhile: a colour halfway to another is nobody's choice. */
async function findings(page, colorScheme, excuse) {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  // Only what is in frames of others needs a second window to put the findings together, which takes as long again.
  const axe = new AxeBuilder({ page }).setLegacyMode(
    page.frames().length === 1,
  );
  if (colorScheme === "dark")
    axe.withRules(OF_COLOURS.filter((rule) => !(rule in excuse)));
  else axe.disableRules(Object.keys(excuse));
  const { violations } = await axe.analyze();
  const { width } = page.viewportSize();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id} (${colorScheme}, ${width} px): ${help}: ${target.join(" ")}: ${failureSummary}`,
    ),
  );
}

/** In the page: what makes it wider than its window, a line each. */
function tooWide() {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const wide = [...document.body.querySelectorAll("*")].filter(
    (element) => element.getBoundingClientRect().right > clientWidth + 1,
  );
  const named = wide.slice(0, 5).map(({ outerHTML }) => outerHTML.slice(0, 90));
  return [`${scrollWidth} px wide in ${clientWidth}: ${named.join(" | ")}`];
}
