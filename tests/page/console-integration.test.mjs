// The console's pages of integrations, clicked through as an operator does: set up, checked, changed, deleted.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";

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
import { admin, newUser, product, zoom } from "../setup/product.mjs";

withPeople();

describe("the Zoom integration", () => {
  const app = {
    client_id: newUser("setup-app"),
    client_secret: `zoom-secret-${randomUUID()}`,
    secret_token: `zoom-token-${randomUUID()}`,
  };

  before(() =>
    zoom("POST", "app", {
      ...app,
      redirect_uris: [`${product.worker}/oauth`],
    }),
  );
  after(() => zoom("DELETE", `webhooks?client_id=${app.client_id}`));

  /** Zoom's page of a project of its own. */
  async function zoomOf(project, part = "?tab=settings") {
    const path = `/console/projects/${project.id}/integrations/zoom${part}`;
    const at = await operatorAt(path, AT_A_DESK);
    at.person.excuse(/status of 400/);
    return at;
  }

  const put = (project, body) =>
    admin("PUT", `projects/${project.id}/integrations/zoom`, body);

  const { client_id, client_secret } = app;

  const saved = (page) =>
    page.getByTestId("saved").getByText("Everything is saved").waitFor();

  test("is set up from the catalog; what was typed survives a reload, but for the secrets", async () => {
    const project = await newProject();
    const base = `/console/projects/${project.id}/integrations`;
    const { page } = await operatorAt(base, AT_A_DESK);
    await page.getByText("Nothing is set up yet.").waitFor();
    await assertAccessible(page);
    await page.getByTestId("set-up-zoom").click();
    const redirect = await page.getByTestId("redirect-url").textContent();
    assert.equal(redirect, `${product.worker}/oauth`);
    const webhook = await page.getByTestId("webhook-url").textContent();
    await page.getByTestId("client-id").fill(client_id);
    await page.getByTestId("client-secret").fill(client_secret);

    await page.getByRole("link", { name: "Overview" }).click();
    await question(page).getByText("Leave without saving?").waitFor();
    await question(page).getByRole("button", { name: "Cancel" }).click();
    const kept = await page.evaluate(() =>
      JSON.stringify({ ...sessionStorage }),
    );
    assert.ok(kept.includes(client_id) && !kept.includes(client_secret));
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByTestId("confirm").click();
    await page.getByTestId("checklist").waitFor();
    await page.goBack();
    await page.getByTestId("kept").waitFor();
    await page.reload();
    await page.getByTestId("kept").waitFor();
    assert.equal(await page.getByTestId("client-id").inputValue(), client_id);
    assert.equal(await page.getByTestId("client-secret").inputValue(), "");

    await page.getByTestId("client-secret").fill(client_secret);
    await page.getByTestId("secret-token").fill(app.secret_token);
    // The Worker keeps it without the lines' end: what is saved is not what was typed.
    await page.getByTestId("overview").fill("Meetings by themselves.\n");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await saved(page);
    assert.equal(await page.getByTestId("webhook-url").textContent(), webhook);
    await page.getByTestId("replace-client-secret").waitFor();
    await page.getByTestId("replace-secret-token").waitFor();

    const validated = { client_id, url: webhook, name: client_id };
    await zoom("POST", "webhooks", validated);
    await page.getByText("Webhook validated").waitFor();
    await page.getByRole("link", { name: "Integrations" }).first().click();
    const tile = page.getByTestId("connected").getByRole("listitem");
    await tile.getByText("Connected", { exact: true }).waitFor();
    await pictures(page, "console-integrations");
    await assertAccessible(page);
    await tile.getByRole("link").click();
    await page.getByTestId("about").getByText(project.id).waitFor();
    await pictures(page, "console-zoom-overview");
    await assertAccessible(page);
  });

  test("its check says what is wrong, and that it is right when it is put right", async () => {
    const project = await newProject();
    await put(project, { client_id, client_secret: "not-the-secret" });
    const { page } = await zoomOf(project);
    const finding = (check) => page.getByTestId(`finding-${check}`);
    await page.getByTestId("check-integration").click();
    await finding("credentials").getByText("Wrong").waitFor();
    await finding("webhook").getByText("No Secret Token is set").waitFor();
    await pictures(page, "console-zoom-check", { whole: true });
    await assertAccessible(page);

    await page.getByTestId("replace-client-secret").click();
    await page.getByTestId("client-secret").fill(client_secret);
    await page.getByTestId("connect-integration").click();
    await saved(page);
    await finding("credentials").waitFor({ state: "detached" });
    await page.getByTestId("check-integration").click();
    await finding("credentials").getByText("OK", { exact: true }).waitFor();
  });

  /** Checks; answers with these findings instead of the Worker's. */
  async function checkedAs(page, findings) {
    const data = { checked_at: 1_790_000_000, findings };
    await answered(page, "/connect/integrations/zoom/check", {
      json: { data },
    });
    await page.getByTestId("check-integration").click();
    await page.getByTestId("findings").waitFor();
  }

  test("a scope that is missing is named, and chosen at once", async () => {
    const project = await newProject();
    const scopes = ["user:read:user"];
    await put(project, { client_id, client_secret, scopes });
    const { page } = await zoomOf(project);
    const missing = ["meeting:write:meeting"];
    await checkedAs(page, [
      { check: "credentials", status: "ok", message: "Zoom knows the app." },
      {
        check: "scopes",
        status: "wrong",
        message: "Not possible as it is: Create Meeting.",
        scopes: missing,
      },
    ]);
    await page.getByText("Check: 1 thing to put right").waitFor();
    const finding = page.getByTestId("finding-scopes");
    await finding.getByText("Wrong", { exact: true }).waitFor();
    await finding.getByText(missing[0], { exact: true }).waitFor();
    await assertAccessible(page);
    await finding.getByRole("button", { name: "Choose it below" }).click();
    const scope = page.getByTestId(`scope-${missing[0]}`);
    await scope.and(page.locator(":checked")).waitFor();
    await page.getByTestId("connect-integration").click();
    await saved(page);
    await finding.waitFor({ state: "detached" });
    const path = `projects/${project.id}/integrations`;
    const [now] = (await admin("GET", path)).integrations;
    assert.deepEqual(now.scopes.toSorted(), [...missing, ...scopes]);
  });

  test("a Redirect URL that Zoom does not know is said with where it belongs", async () => {
    const project = await newProject();
    await put(project, { client_id, client_secret });
    const { page } = await zoomOf(project);
    const message = `Zoom does not know the Redirect URL: put ${product.worker}/oauth, to the letter, under <b>OAuth</b>.`;
    await checkedAs(page, [
      { check: "redirect_url", status: "wrong", message },
      { check: "webhook", status: "unknown", message: "Nobody knows." },
    ]);
    await page.getByText("Check: 1 thing to put right").waitFor();
    const finding = page.getByTestId("finding-redirect_url");
    await finding.getByText("Wrong", { exact: true }).waitFor();
    await finding.getByText(message, { exact: true }).waitFor();
    const unknown = page.getByTestId("finding-webhook");
    await unknown.getByText("Not known", { exact: true }).waitFor();
    assert.equal(await finding.getByRole("button").count(), 0);
    await assertAccessible(page);
  });

  test("a slow answer is waited for, however long it takes", async () => {
    const project = await newProject();
    await put(project, { client_id, client_secret });
    const { page } = await visitorAt(
      `/console/projects/${project.id}/integrations/zoom?tab=settings`,
      AT_A_DESK,
    );
    await page.clock.install();
    await signIn(page, product.admin_secret);
    await page.getByText("Webhook not validated yet").waitFor();
    const path = `/admin/projects/${project.id}/integrations`;
    const held = [];
    const isHeld = new Promise((resolve) =>
      page.route(`**${path}`, (route) => resolve(held.push(route))),
    );
    await page.clock.runFor(4000);
    await isHeld;
    await page.clock.runFor(30_000);
    assert.equal(held.length, 1);
    const all = await admin("GET", path.slice("/admin/".length));
    const [one] = all.integrations;
    const integrations = [{ ...one, webhook_validated_at: 1_790_000_000_000 }];
    await held[0].fulfill({ json: { ...all, integrations } });
    await page.getByText("Webhook validated").waitFor();
  });

  test("its scopes say what they are needed for, and what the workflows need is chosen at once", async () => {
    const project = await newProject();
    await put(project, { client_id, client_secret });
    const definition = {
      name: "New meetings",
      integration: "zoom",
      trigger: { type: "zoom.new_meeting" },
      steps: [
        {
          id: "again",
          type: "zoom.create_meeting",
          inputs: { topic: "{{trigger.object.topic}}" },
        },
      ],
    };
    const made = await fetch(`${product.worker}/connect/workflows`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${product.admin_secret}`,
        "x-isthmus-project": project.id,
      },
      body: JSON.stringify(definition),
    });
    assert.equal(made.status, 201, await made.text());
    const { page } = await zoomOf(project);
    const scope = (name) => page.getByTestId(`scope-${name}`);
    await page.getByText("Nothing is chosen").waitFor();
    await page.getByText("Actions: Create Meeting.").first().waitFor();
    await page.getByTestId("select-needed").click();
    for (const name of ["user:read:user", "meeting:write:meeting"])
      await scope(name).and(page.locator(":checked")).waitFor();
    assert.ok(!(await scope("meeting:delete:meeting").isChecked()));
    await scope("meeting:write:meeting").uncheck();
    const missing = page.getByTestId("missing");
    assert.equal(await missing.textContent(), "Needed by New meetings.");
    await page.getByTestId("other-scope").fill("user:read:settings");
    await page.getByTestId("other-scope").press("Enter");
    await page.getByTestId("scopes").getByLabel("user:read:settings").waitFor();
    await page.getByTestId("saved").getByText("Not saved yet").waitFor();
    await page.getByTestId("connect-integration").click();
    await saved(page);
    const path = `projects/${project.id}/integrations`;
    const [{ scopes }] = (await admin("GET", path)).integrations;
    assert.ok(scopes.includes("user:read:settings"));
    assert.ok(!scopes.includes("meeting:write:meeting"));
  });

  test("how the portal shows it is saved; what the Worker refuses is said at its field", async () => {
    const project = await newProject();
    await put(project, { client_id, client_secret });
    const { page } = await zoomOf(project);
    await page.getByTestId("description").fill("Meetings <i>by themselves</i>");
    await page.getByTestId("accent-color").fill("blue");
    await page.getByTestId("plan").selectOption("business");
    await page.getByTestId("redirect-uris").fill("https://globex.example/done");
    await page.getByTestId("connect-integration").click();
    await page.getByTestId("appearance").getByText("#rrggbb").waitFor();
    await page.getByTestId("accent-color").fill("#aa3300");
    await page.getByTestId("connect-integration").click();
    await saved(page);
    await pictures(page, "console-zoom-settings", { whole: true });
    const path = `projects/${project.id}/integrations`;
    const [now] = (await admin("GET", path)).integrations;
    const { description, accent_color, plan, redirect_uris } = now;
    assert.deepEqual(
      { description, accent_color, plan, redirect_uris },
      {
        description: "Meetings <i>by themselves</i>",
        accent_color: "#aa3300",
        plan: "business",
        redirect_uris: ["https://globex.example/done"],
      },
    );
  });

  test("it is deleted after a question, and can be set up again", async () => {
    const project = await newProject();
    await put(project, { client_id, client_secret });
    const { page } = await zoomOf(project);
    await page.getByTestId("delete-integration").click();
    await question(page).getByText("No account is connected").waitFor();
    await page.getByTestId("confirm").click();
    await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
    assert.equal(await page.getByTestId("client-id").inputValue(), "");
  });

  test("while accounts are being disconnected, the page says how many are left", async () => {
    const project = await newProject();
    const integration = await put(project, { client_id, client_secret });
    const { page } = await zoomOf(project, "");
    await page.getByTestId("about").waitFor();
    const path = `/admin/projects/${project.id}/integrations`;
    const integrations = [{ ...integration, status: "deleting", grants: 2 }];
    const { catalog } = await admin("GET", path.slice("/admin/".length));
    const gone = await answered(page, path, {
      json: { integrations, catalog },
    });
    await answered(page, "/connect/integrations/zoom", {
      json: { data: { grants_left: 2, connections_left: 1 } },
    });
    const deleting = page.getByTestId("deleting");
    await deleting
      .getByText("2 connected accounts and 1 connection left.")
      .waitFor();
    await assertAccessible(page);
    await gone();
    await deleting.waitFor({ state: "detached" });
  });
});
