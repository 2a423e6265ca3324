// Signing in to the console, and what can go wrong there: a wrong secret, too many of them, no admin secret, a Worker out of
// reach, a session that has ended.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import {
  answered,
  AT_A_DESK,
  newProject,
  operatorAt,
  question,
  signIn,
  visitorAt,
} from "../setup/operator.mjs";
import { withPeople } from "../setup/person.mjs";
import { pictures } from "../setup/pictures.mjs";
import { newUser, product } from "../setup/product.mjs";
import { asServer, look } from "../setup/watched.mjs";

withPeople();

const failure = (status, code, headers = {}) => ({
  status,
  headers,
  json: { code, message: "As the Worker says it." },
});

describe("signing in", () => {
  test("a wrong secret is refused, the right one leads to the page of the address", async () => {
    const { person, page } = await visitorAt(
      `/console/projects/${product.project_id}/integrations`,
      AT_A_DESK,
    );
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await pictures(page, "console-sign-in");
    await assertAccessible(page);
    await signIn(page, "not-the-admin-secret");
    await page.getByText("That is not the admin secret.").waitFor();
    await signIn(page, product.admin_secret);
    await page.getByRole("heading", { name: "Integrations" }).waitFor();
    assert.equal(await page.title(), "Integrations · Isthmus console");
    const stored = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
    );
    assert.ok(!stored.includes(product.admin_secret));

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByTestId("admin-secret").waitFor();
    await page.reload();
    await page.getByTestId("admin-secret").waitFor();
    assert.equal(person.requested("DELETE", "/admin/session").length, 1);
  });

  test("after too many wrong secrets the page counts down what is left to wait", async () => {
    const { person, page } = await visitorAt("/console");
    person.excuse(/status of 429/);
    await page.clock.install();
    const throttled = failure(429, "sign_in_throttled", {
      "retry-after": "3660",
    });
    await page.getByTestId("admin-secret").waitFor();
    await answered(page, "/admin/session", throttled);
    await signIn(page, "a-secret");
    const wait = page.getByTestId("wait");
    await wait.getByText(/again in 1 hour and .+\./).waitFor();
    const button = page.getByRole("button", { name: "Sign in" });
    assert.ok(await button.isDisabled());
    await page.clock.fastForward(59 * 60_000);
    await wait.getByText(/again in (1 minute|\d+ second)/).waitFor();
    await page.clock.fastForward(120_000);
    await wait.getByText("You can try again now.").waitFor();
    assert.ok(await button.isEnabled());
  });

  test("without an admin secret the page says what to set", async () => {
    const { person, page } = await visitorAt("/console");
    person.excuse(/status of 503/);
    const open = await answered(
      page,
      "/admin/session",
      failure(503, "admin_closed"),
    );
    await page.reload();
    await page
      .getByRole("heading", { name: "The console is closed" })
      .waitFor();
    await page.getByText("wrangler secret put ADMIN_SECRET").waitFor();
    await assertAccessible(page);
    await open();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByTestId("admin-secret").waitFor();
  });

  test("when the Worker is out of reach the page says so, and tries again", async () => {
    const { person, page } = await visitorAt("/console");
    person.excuse(/ERR_FAILED/);
    const open = await answered(page, "/admin/session", "unreachable");
    await page.reload();
    await page.getByText("The Worker could not be reached").waitFor();
    await open();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByTestId("admin-secret").waitFor();
  });

  test("whose session has ended signs in again and is on the same page", async () => {
    const path = `/console/projects/${product.project_id}/integrations`;
    const { person, page } = await operatorAt(path);
    person.excuse(/status of 401/);
    await page.getByRole("heading", { name: "Integrations" }).waitFor();
    await person.context.clearCookies();
    await page.getByRole("link", { name: "Overview" }).click();
    await signIn(page, product.admin_secret);
    await page.getByTestId("checklist").waitFor();
    assert.ok(page.url().endsWith(`/projects/${product.project_id}`));
  });
});

describe("a session that ends while something would be lost", () => {
  /** A project's overview, with a secret on it that is shown once. */
  async function withSecret() {
    const { id } = await newProject();
    const at = await operatorAt(`/console/projects/${id}`);
    at.person.excuse(/status of 401/);
    await at.page.getByTestId("new-secret").click();
    const shown = at.page.getByTestId("client-secret");
    const secret = await shown.textContent();
    const isThere = async () =>
      assert.equal(await shown.textContent(), secret, "it is shown");
    return { ...at, isThere };
  }

  test("signing out asks first", async () => {
    const { page, person, isThere } = await withSecret();
    const signOut = page.getByRole("button", { name: "Sign out" });
    await signOut.click();
    await question(page).getByText("Leave without storing").waitFor();
    await question(page).getByRole("button", { name: "Cancel" }).click();
    await isThere();
    assert.equal(person.requested("DELETE", "/admin/session").length, 0);
    await signOut.click();
    await page.getByTestId("confirm").click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  test("what is on the page stays, and one signs in over it", async () => {
    const { page, person, isThere } = await withSecret();
    await person.context.clearCookies();
    const generate = page.getByTestId("generate-key");
    await generate.click();
    const dialog = question(page);
    await dialog.getByText("Your session has ended").waitFor();
    await assertAccessible(page);
    await isThere();
    await dialog.getByRole("button", { name: "Not now" }).click();
    await isThere();
    await generate.click();
    await signIn(page, "not-the-admin-secret");
    await dialog.getByText("That is not the admin secret.").waitFor();
    await signIn(page, product.admin_secret);
    await dialog.waitFor({ state: "detached" });
    await isThere();
    await generate.click();
    await page.getByTestId("private-key").waitFor();
    await isThere();
  });

  test("a workflow that was not saved yet is saved by whoever signs in again", async () => {
    const workflow = await asServer("POST", "workflows", {
      name: newUser("Edited"),
      trigger: { type: "event", name: newUser("edited") },
      steps: [look("profile")],
    });
    const path = `/console/projects/${product.project_id}/workflows/${workflow.id}`;
    const { page, person } = await operatorAt(path, {
      viewport: { width: 1440, height: 900 },
    });
    person.excuse(/status of 401/);
    await page.getByTestId("node-steps[0]").click();
    const written = page.getByTestId("field-steps[0].inputs.path");
    await written.fill("users/me/settings");
    await person.context.clearCookies();
    await page.getByTestId("save").click();
    await question(page).getByText("Your session has ended").waitFor();
    await signIn(page, product.admin_secret);
    await question(page).waitFor({ state: "detached" });
    assert.equal(await written.inputValue(), "users/me/settings");
    await page.getByTestId("save").click();
    await page.getByText("Not saved").waitFor({ state: "detached" });
    const { definition } = await asServer("GET", `workflows/${workflow.id}`);
    assert.equal(definition.steps[0].inputs.path, "users/me/settings");
    await asServer("DELETE", `workflows/${workflow.id}`);
  });

  test("a refusal that is about something else ends no session", async () => {
    const path = `/admin/projects/${product.project_id}/integrations`;
    const { page, person } = await operatorAt("/console");
    person.excuse(/status of 401/);
    await answered(page, path, failure(401, "something_else"));
    await page.goto(
      `${product.worker}/console/projects/${product.project_id}/integrations`,
    );
    await page.getByTestId("problem").getByText("something_else").waitFor();
    assert.equal(await page.getByTestId("admin-secret").count(), 0);
  });
});
