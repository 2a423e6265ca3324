// The console's pages of projects, clicked through as an operator does: none yet, a new one, its keys, secrets, origins and
// event endpoint.

import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import {
  answered,
  AT_A_DESK,
  clipboard,
  newProject,
  operatorAt,
  question,
  signIn,
  visitorAt,
} from "../setup/operator.mjs";
import { withPeople } from "../setup/person.mjs";
import { pictures } from "../setup/pictures.mjs";
import { admin, newUser, product } from "../setup/product.mjs";

withPeople();

describe("projects", () => {
  test("where there is none, the page offers to create the first", async () => {
    const { page } = await visitorAt("/console");
    await answered(page, "/admin/projects", { json: { projects: [] } });
    await page.reload();
    await signIn(page, product.admin_secret);
    await page.getByText("Create your first project").waitFor();
    await assertAccessible(page);
    await page.getByTestId("new-project").click();
    await page.getByRole("heading", { name: "New project" }).waitFor();
  });

  test("what is created is shown once, copied, downloaded, and not left by accident", async () => {
    const { person, page } = await operatorAt("/console", AT_A_DESK);
    person.excuse(/status of 400/);
    await page.getByTestId("projects").waitFor();
    await pictures(page, "console-projects");
    await assertAccessible(page);
    await page.getByTestId("new-project").click();
    const name = newUser("<b>Initech</b>");
    await page.getByTestId("name").fill(name);
    await page.getByTestId("origins").fill("https://initech.example/");
    await page.reload();
    await page.getByTestId("create").click();
    await page.getByText("https://initech.example/ is not an origin").waitFor();
    await page.getByTestId("origins").fill("https://initech.example");
    await page.getByTestId("create").click();
    await page.getByRole("heading", { name: `${name} is ready` }).waitFor();
    await pictures(page, "console-project-created", { whole: true });
    await assertAccessible(page);

    const secret = await page.getByTestId("client-secret").textContent();
    await page.getByRole("button", { name: "Copy Client secret" }).click();
    await page.getByRole("button", { name: "Copied!" }).waitFor();
    assert.equal(await clipboard(page), secret);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByTestId("download").click(),
    ]);
    assert.match(
      download.suggestedFilename(),
      /^isthmus-signing-key-\w+\.pem$/,
    );
    const pem = await readFile(await download.path(), "utf8");
    assert.match(pem, /^-----BEGIN PRIVATE KEY-----/);

    for (const leave of [
      () => page.getByRole("link", { name: "All projects" }).click(),
      () => page.evaluate(() => history.back()),
    ]) {
      await leave();
      await question(page).getByText("Leave without storing").waitFor();
      await question(page).getByRole("button", { name: "Cancel" }).click();
      assert.equal(
        await page.getByTestId("client-secret").textContent(),
        secret,
      );
    }
    await page.getByTestId("stored").click();
    await page.getByRole("heading", { name, exact: true }).waitFor();
    await page.getByTestId("checklist").getByText("2 of 8 done").waitFor();
    assert.equal(await page.getByText(secret).count(), 0);
    await page.getByTestId("switcher").getByText(name).waitFor();
  });

  test("an id that no project has says so", async () => {
    const { person, page } = await operatorAt(
      `/console/projects/${randomUUID()}`,
    );
    person.excuse(/status of 404/);
    await page.getByText("project_not_found").waitFor();
    await page.getByRole("link", { name: "your projects" }).click();
    await page.getByTestId("projects").waitFor();
  });
});

describe("a project's overview", () => {
  /** A project of its own, with its overview open. */
  async function overview() {
    const project = await newProject();
    const path = `/console/projects/${project.id}`;
    const at = await operatorAt(path, AT_A_DESK);
    at.person.excuse(/status of 40[09]/);
    await at.page.getByTestId("checklist").getByText("of 8 done").waitFor();
    await at.page.getByTestId("secrets").getByRole("listitem").waitFor();
    await at.page.getByTestId("endpoint-url").waitFor();
    return { ...at, project };
  }

  test("shows what is done and leads to the next thing to do", async () => {
    const { page, project } = await overview();
    await pictures(page, "console-overview", { whole: true });
    await assertAccessible(page);
    const shown = page.getByTestId("project-id");
    assert.equal(await shown.textContent(), project.id);
    await page.getByRole("button", { name: "Copy Project ID" }).click();
    await page.getByRole("button", { name: "Copied!" }).waitFor();
    assert.equal(await clipboard(page), project.id);
    await page.getByTestId("next-step").click();
    await page.getByTestId("redirect-url").waitFor();
  });

  test("name and audience can be changed, and the frame shows the new name", async () => {
    const { page, project } = await overview();
    await page.getByTestId("edit-project").click();
    const name = newUser("Hooli");
    await page.getByTestId("name").fill(name);
    await page.getByTestId("audience").fill("isthmus");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name }).waitFor();
    await page.getByTestId("switcher").getByText(name).waitFor();
    const { audience } = await admin("GET", `projects/${project.id}`);
    assert.equal(audience, "isthmus");
  });

  test("what is typed and not saved survives a reload", async () => {
    const { page, project } = await overview();
    const typed = {
      origin: "https://typed.example",
      "endpoint-url": "https://typed.example/events",
      name: "Typed",
      audience: "typed",
    };
    await page.getByTestId("edit-project").click();
    for (const [field, text] of Object.entries(typed))
      await page.getByTestId(field).fill(text);
    await page.reload();
    for (const [field, text] of Object.entries(typed))
      assert.equal(await page.getByTestId(field).inputValue(), text);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByTestId("edit-project").click();
    assert.equal(await page.getByTestId("name").inputValue(), project.name);
    await page.getByTestId("add-origin").click();
    await page.getByText(typed.origin, { exact: true }).waitFor();
    assert.equal(await page.getByTestId("origin").inputValue(), "");
  });

  test("without room in the browser's storage what is typed is saved all the same", async () => {
    const { page, person, project } = await overview();
    await person.context.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException("The quota is full", "QuotaExceededError");
      };
    });
    await page.reload();
    await page.getByTestId("origin").fill("https://full.example");
    await page.getByTestId("add-origin").click();
    await page.getByText("https://full.example", { exact: true }).waitFor();
    const { origins } = await admin("GET", `projects/${project.id}`);
    assert.ok(origins.includes("https://full.example"));
  });

  test("a page that cannot be drawn says so, and what stands around it stays", async () => {
    const { page, person, project } = await overview();
    person.excuse(/TypeError/);
    const path = `/admin/projects/${project.id}`;
    const whole = await answered(page, path, { json: { id: project.id } });
    await page.reload();
    await page.getByRole("heading", { name: "This page failed" }).waitFor();
    await page.getByTestId("problem").getByText("page_failed").waitFor();
    await assertAccessible(page);
    await page.getByRole("link", { name: "All projects" }).click();
    await page.getByTestId("projects").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "This page failed" }).waitFor();
    await whole();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByTestId("checklist").waitFor();
  });

  test("a signing key is generated, pasted as PEM and as JWK, and deleted after a question", async () => {
    const { page } = await overview();
    const keys = page.getByTestId("keys");
    await page.getByTestId("generate-key").click();
    await keys.getByTestId("private-key").getByText("PRIVATE KEY").waitFor();
    await keys.getByTestId("stored").click();
    await keys.getByRole("button", { name: "Paste a key" }).click();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const publicKey = createPublicKey(privateKey);
    const pasted = page.getByTestId("public-key");
    await pasted.fill(privateKey.export({ type: "pkcs8", format: "pem" }));
    await page.getByTestId("add-key").click();
    await keys.getByText("this is the private part").waitFor();
    await pasted.fill("nonsense");
    await page.getByTestId("add-key").click();
    await keys.getByText(/^signing_key: /).waitFor();
    await pasted.fill(publicKey.export({ type: "spki", format: "pem" }));
    await page.getByTestId("add-key").click();
    await pasted.waitFor({ state: "detached" });
    await keys.getByRole("button", { name: "Paste a key" }).click();
    const jwk = JSON.stringify(publicKey.export({ format: "jwk" }));
    await pasted.fill(jwk);
    await page.getByTestId("add-key").click();
    await pasted.waitFor({ state: "detached" });
    const lines = keys.getByRole("listitem");
    assert.equal(await lines.count(), 4);

    await lines.first().getByRole("button").click();
    await question(page).getByText("Delete this signing key?").waitFor();
    await assertAccessible(page);
    await page.getByTestId("confirm").click();
    await question(page).waitFor({ state: "detached" });
    assert.equal(await lines.count(), 3);
  });

  test("an API secret is made, the old one revoked, and the last one is not", async () => {
    const { page } = await overview();
    const secrets = page.getByTestId("secrets");
    const lines = secrets.getByRole("listitem");
    await page.getByTestId("new-secret").click();
    const text = secrets.getByTestId("client-secret");
    assert.match(await text.textContent(), /^[\w-]{43}$/);
    await lines.nth(1).waitFor();
    await secrets.getByTestId("stored").click();
    await lines.first().getByRole("button").click();
    await page.getByTestId("confirm").click();
    await question(page).waitFor({ state: "detached" });
    await lines.first().getByRole("button").click();
    await page.getByTestId("confirm").click();
    await question(page).getByText("client_secret_last").waitFor();
    await question(page).getByRole("button", { name: "Cancel" }).click();
    assert.equal(await lines.count(), 1);
  });

  test("an origin is added and removed; what is none is refused with the reason", async () => {
    const { page, project } = await overview();
    const origins = page.getByTestId("origins");
    await page.getByTestId("origin").fill("https://Hooli.example");
    await page.getByTestId("add-origin").click();
    await origins.getByText("https://Hooli.example is not an origin").waitFor();
    await page.getByTestId("origin").fill("http://localhost:3000");
    await page.getByTestId("add-origin").click();
    await origins.getByRole("listitem").nth(1).waitFor();
    const remove = { name: "Remove https://globex.example" };
    await origins.getByRole("button", remove).click();
    await origins.getByRole("button", remove).waitFor({ state: "detached" });
    const now = await admin("GET", `projects/${project.id}`);
    assert.deepEqual(now.origins, ["http://localhost:3000"]);
  });

  test("an event endpoint is set up, its secret changed, and it is deleted", async () => {
    const { page } = await overview();
    const endpoint = page.getByTestId("endpoint");
    const url = page.getByTestId("endpoint-url");
    await url.fill("https://user@globex.example/events");
    await page.getByTestId("save-endpoint").click();
    await endpoint.getByText(/^url: /).waitFor();
    await url.fill(`${product.page}/events`);
    await page.getByTestId("save-endpoint").click();
    const secret = endpoint.getByTestId("event-secret");
    const first = await secret.textContent();
    assert.match(first, /^whsec_/);
    await endpoint.getByTestId("stored").click();
    await page.getByTestId("rotate").click();
    await page.getByTestId("confirm").click();
    await question(page).waitFor({ state: "detached" });
    assert.notEqual(await secret.textContent(), first);
    await endpoint.getByTestId("stored").click();
    await endpoint.getByText("until").waitFor();
    await page.getByTestId("delete-endpoint").click();
    await page.getByTestId("confirm").click();
    await page.getByTestId("delete-endpoint").waitFor({ state: "detached" });
    assert.equal(await url.inputValue(), "");
  });
});
