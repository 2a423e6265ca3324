// The pages that are whole as they come, questions and refusals: everybody can use them, and a picture of each is kept.

import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import { person, withPeople } from "../setup/person.mjs";
import { picture } from "../setup/pictures.mjs";
import { newUser, opened, product, tokenOf } from "../setup/product.mjs";
import { asServer } from "../setup/watched.mjs";

async function startLink() {
  const token = tokenOf(newUser("page"));
  return (await opened(token, "sessions")).start_url;
}

async function loginLink() {
  const redirect_uri = `${product.page}/connected`;
  const wish = { provider: "zoom", redirect_uri, account_id: newUser("page") };
  return (await asServer("POST", "auth", wish)).url;
}

/** Each page: what its picture is called, its address, and what its heading says. */
const PAGES = [
  ["start-question", startLink, /^Connect your Zoom account to /],
  ["login-question", loginLink, /^Connect your Zoom account to /],
  ["done", () => `${product.worker}/connect/done`, /^Connected$/],
  ["state-missing", () => `${product.worker}/oauth`, /^Not connected$/],
  ["broken-link", () => `${product.worker}/connect`, /./],
  [
    "portal-unknown",
    () => `${product.worker}/portal/${randomUUID()}`,
    /^This window cannot be opened$/,
  ],
];

describe("a small page", () => {
  withPeople();

  for (const [name, address, heading] of PAGES)
    test(`${name} is for everybody`, async () => {
      const visitor = await person();
      visitor.excuse(/status of 4\d\d/);
      const page = await visitor.open(await address());
      await page.getByRole("heading", { name: heading }).waitFor();
      await assertAccessible(page);
      await picture(page, name);
    });

  test("the portal's question is for everybody, and leads on", async () => {
    const visitor = await person();
    const token = tokenOf(newUser("page"));
    const portal = await opened(token, "portals");
    const page = await visitor.open("about:blank");
    // A page of nobody: its form has no origin that counts.
    await page.evaluate(({ url, ticket }) => {
      document.body.innerHTML = `<form method="post"><input name="ticket"></form>`;
      const form = document.forms[0];
      form.action = url;
      form.elements[0].value = ticket;
      form.submit();
    }, portal);
    const button = page.getByTestId("confirm-portal");
    await button.waitFor();
    await assertAccessible(page);
    await picture(page, "portal-asks");
    await button.click();
    await page.getByTestId("connect").waitFor();
  });
});
