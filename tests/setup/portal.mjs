// The Connect Portal as a test opens it, from the demo app, and what a person sees in it.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { connected, signedIn } from "./person.mjs";
import { ADA } from "./product.mjs";

/** The portal's words. */
export const texts = JSON.parse(
  await readFile(
    join(import.meta.dirname, "../../www/portal/text.json"),
    "utf8",
  ),
);

/** Opens the portal from the demo app; answers its window. */
export async function openFrom({ person, page }, button = "connect-zoom") {
  const portal = await person.popup(page, () =>
    page.getByTestId(button).click(),
  );
  await portal.getByTestId(/^(connect|done)$/).waitFor();
  return portal;
}

/** A person with the demo app open, signed in, and the portal open beside it. */
export async function withPortal() {
  const at = await signedIn("ada");
  return { ...at, portal: await openFrom(at) };
}

/** A person with an account connected and the portal open. */
export async function withAccount(zoomUser = ADA) {
  const at = await connected("ada", zoomUser);
  return { ...at, portal: await openFrom(at, "manage-zoom") };
}

/** The row of a workflow. */
export const workflow = (portal, name) =>
  portal.getByTestId("workflow").filter({ hasText: name });
/** Its switch. */
export const switchOf = (row) => row.getByRole("switch");
/** Whether it is on. */
export const isOn = async (row) =>
  (await switchOf(row).getAttribute("aria-checked")) === "true";
/** Waits until the portal has said this. */
export const said = (portal, text) =>
  portal.getByTestId("said").filter({ hasText: text }).waitFor();
/** Waits until the portal has shown a problem with this code. */
export const code = (portal, text) =>
  portal.getByTestId("error").filter({ hasText: text }).waitFor();

/** Has the portal's page believe that the Worker said something else. */
export async function withState(portal, change) {
  await portal.route("**/state", async (route) => {
    const answer = await route.fetch();
    const state = await answer.json();
    await route.fulfill({ json: change(state) ?? state });
  });
  await portal.reload();
  await portal.getByTestId(/^(connect|done)$/).waitFor();
}
