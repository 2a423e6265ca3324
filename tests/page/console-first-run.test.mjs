// From nothing to the first run in its timeline: the steps of the README's "Deploy", one function each, in their order. The
// project is a new one, its Zoom app too; the product is a page with the built package, whose server signs user tokens with
// the key that the console showed once.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import { visitorAt, signIn } from "../setup/operator.mjs";
import {
  assertAsksOnly,
  closed,
  decide,
  person,
  withPeople,
} from "../setup/person.mjs";
import { docsPicture } from "../setup/pictures.mjs";
import { GRACE, nameOf, newUser, product, zoom } from "../setup/product.mjs";
import { startSite } from "../setup/site.mjs";

/** What Zoom's own pages show to the operator of this test. */
const app = {
  client_id: newUser("zoom-app"),
  client_secret: `zoom-secret-${randomUUID()}`,
  scopes: ["user:read:user", "meeting:read:meeting"],
  secret_token: `zoom-token-${randomUUID()}`,
};

/** Presses the button that copies something, and answers what the clipboard has then. */
async function copied(page, label) {
  await page.getByRole("button", { name: `Copy ${label}` }).click();
  await page.getByRole("button", { name: "Copied!" }).last().waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

const goTo = (page, part) =>
  page
    .getByRole("navigation", { name: "Project" })
    .getByRole("link", { name: part, exact: true })
    .click();

/** 2. Answers what the product's server keeps of it. */
async function createProject(page, origin) {
  await page.getByTestId("new-project").click();
  await page.getByLabel("Name").fill("Acme");
  await page.getByLabel("Allowed origins").fill(origin);
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByRole("heading", { name: "Acme is ready" }).waitFor();
  const project_id = await copied(page, "Project ID");
  const client_secret = await copied(page, "Client secret");
  assert.match(client_secret, /^[\w-]{43}$/);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download .pem" }).click(),
  ]);
  const signing_key = await readFile(await download.path(), "utf8");
  await page.getByRole("button", { name: "I have stored them" }).click();
  await page.getByRole("heading", { name: "Acme", exact: true }).waitFor();
  return { project_id, signing_key, user: newUser("ada") };
}

/** 3. Answers the Redirect URL. */
async function openZoom(page) {
  await goTo(page, "Integrations");
  await page.getByTestId("set-up-zoom").click();
  const url = await copied(page, "Redirect URL");
  assert.equal(url, `${product.worker}/oauth`);
  return url;
}

/** 4. What one does on Zoom's pages. */
const createAppAtZoom = (redirectUrl) =>
  zoom("POST", "app", { ...app, name: "Acme", redirect_uris: [redirectUrl] });

/** 5. */
async function enterApp(page) {
  await page.getByLabel("Client ID").fill(app.client_id);
  await page.getByLabel("Client Secret").fill(app.client_secret);
  await page.getByLabel("Secret Token").fill(app.secret_token);
  for (const scope of app.scopes)
    await page.getByTestId(`scope-${scope}`).check();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText("Everything is saved").waitFor();
}

/** 6. What one does on Zoom's pages: it asks the Worker at once whether that knows the app's secret. */
async function validateAtZoom(page) {
  const url = await copied(page, "Webhook URL");
  const { client_id } = app;
  const endpoint = { client_id, url, name: client_id };
  await zoom("POST", "webhooks", endpoint);
}

/** 7. */
async function check(page) {
  await page.getByRole("button", { name: "Check", exact: true }).click();
  for (const name of ["credentials", "scopes", "webhook"])
    await page
      .getByTestId(`finding-${name}`)
      .getByText("OK", { exact: true })
      .waitFor();
  // Whether it is registered, Zoom tells people alone.
  const redirect = page.getByTestId("finding-redirect_url");
  await redirect.getByText(/^(OK|Not known)$/).waitFor();
}

/** 8. */
async function deployWorkflow(page) {
  await goTo(page, "Workflows");
  await page.getByTestId("new-workflow").first().click();
  const dialog = page.getByRole("dialog", { name: "New workflow" });
  await dialog.getByLabel("Name").fill("New meetings");
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.getByTestId("node-trigger").click();
  await page
    .getByLabel("What starts it")
    .selectOption({ label: "New Meeting" });
  await page.getByTestId("add-steps-0").click();
  await page.getByTestId("kind-zoom.get_meeting_by_id").click();
  await page
    .getByTestId("field-steps[0].inputs.meeting_id")
    .fill("{{trigger.object.id}}");
  await page.getByRole("button", { name: "Deploy" }).click();
  await page.getByText("Version 1 deployed").waitFor();
}

/** 9. A user of the product connects, in a browser of their own. */
async function connectFirstUser(site) {
  const visitor = await person();
  const page = await visitor.open(site.url);
  const portal = await visitor.popup(page, () =>
    page.getByRole("button", { name: "Connect Zoom" }).click(),
  );
  await portal.getByTestId("connect").click();
  await decide(portal, "allow", GRACE);
  await portal.getByRole("switch").click();
  await portal.locator('[role=switch][aria-checked="true"]').waitFor();
  await assertAccessible(portal);
  await portal.getByTestId("done").click();
  await closed(portal);
  await page.getByText("Zoom is connected.").waitFor();
  assertAsksOnly(visitor, [site.url, product.worker, product.zoom]);
}

/** 10. */
async function seeRun(page, topic) {
  await goTo(page, "Runs");
  await page.locator('tr[data-status="succeeded"] a').first().click();
  const timeline = page.getByTestId("timeline");
  await timeline.getByRole("button", { name: /get_meeting/ }).click();
  const output = page.getByTestId("step-output");
  await output.getByText(topic).first().waitFor();
}

describe("the operator's steps", () => {
  let site;

  withPeople();
  before(async () => {
    site = await startSite();
  });
  after(async () => {
    await zoom("DELETE", `webhooks?name=${app.client_id}`);
    await site?.close();
  });

  test("lead from nothing to the first run in its timeline", async () => {
    const operator = await visitorAt("/console", {
      permissions: ["clipboard-read", "clipboard-write"],
      viewport: { width: 1120, height: 680 },
      colorScheme: "light",
    });
    const { page } = operator;
    await signIn(page, product.admin_secret);
    site.project = await createProject(page, site.url);
    await createAppAtZoom(await openZoom(page));
    await enterApp(page);
    await validateAtZoom(page);
    await check(page);
    await docsPicture(page, "console-integration");
    await deployWorkflow(page);
    await connectFirstUser(site);
    const topic = nameOf("First");
    await zoom("POST", "meetings", { user: GRACE, topic });
    await seeRun(page, topic);
    assertAsksOnly(operator.person, [product.worker]);
  });
});
