// What somebody has edited and not saved: it outlives a reload, a session that ends, somebody else's changes and a way
// to the Worker that breaks.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import { answered, signIn } from "../setup/operator.mjs";
import { withPeople } from "../setup/person.mjs";
import { nameOf, product } from "../setup/product.mjs";
import { asServer } from "../setup/watched.mjs";
import {
  editorOf,
  field,
  node,
  saved,
  states,
  stored,
  withWorkflows,
  workflows,
} from "../setup/workflows.mjs";

const URL_FIELD = "steps[1].inputs.url";

withPeople();
withWorkflows();

/** What the tab keeps. */
const kept = (page) => page.evaluate(() => JSON.stringify(sessionStorage));

/** Writes another address into the second step, and waits until that is kept. */
async function drafted(page, address = "https://drafted.example") {
  await node(page, "steps[1]").click();
  await field(page, URL_FIELD).fill(address);
  await states(page, "Not saved");
}

describe("what is edited and not saved", () => {
  test("diagram and JSON are two views of the same, and what cannot be read is not lost", async () => {
    const { page } = await editorOf();
    await page.getByTestId("toggle-json").click();
    const text = page.getByTestId("definition-json");
    const definition = JSON.parse(await text.inputValue());
    definition.steps[0].id = "renamed";
    definition.steps[1].inputs.body = "{{renamed.output.topic}}";
    await text.fill(JSON.stringify(definition));
    await assertAccessible(page);
    await page.getByTestId("toggle-json").click();
    await node(page, "steps[0]").getByText("renamed").waitFor();

    await page.getByTestId("toggle-json").click();
    await text.fill('{"name": "half');
    await page.getByText("This is no JSON").waitFor();
    assert.equal(await page.getByTestId("toggle-json").isDisabled(), true);
    await page.reload();
    await text.waitFor();
    assert.equal(await text.inputValue(), '{"name": "half');
    await page.getByRole("button", { name: "Back to what" }).click();
    await node(page, "steps[0]").getByText("renamed").waitFor();
  });

  test("a draft outlives reloads without the secret in it, and says that it is missing", async () => {
    const { page, workflow } = await editorOf();
    await drafted(page);
    const kind = field(page, "steps[1].inputs.authorization.type");
    await kind.selectOption("bearer");
    const token = field(page, "steps[1].inputs.authorization.token");
    await token.fill("sk_live_123");
    await page.getByTestId("problems").getByText("a secret does not").waitFor();
    assert.ok((await kept(page)).includes("drafted.example"));
    assert.ok(!(await kept(page)).includes("sk_live_123"));
    const leftOut = page.getByTestId("left-out");
    for (let times = 0; times < 2; times++) {
      await page.reload();
      await page.getByTestId("draft-kept").waitFor();
      await leftOut.getByText("tell › authorization.token").waitFor();
    }
    await assertAccessible(page);
    await node(page, "steps[1]").click();
    await token.fill("{{secrets.one}}");
    await leftOut.waitFor({ state: "detached" });
    await node(page, "steps[1]").getByText("drafted.example").waitFor();
    await page.getByTestId("discard-draft").click();
    await node(page, "steps[1]").getByText("backend.example").waitFor();
    await saved(page);
    assert.ok(!(await kept(page)).includes(workflow.id));
  });

  test("a secret without which the workflow cannot be read is not kept either", async () => {
    const { page } = await editorOf();
    await drafted(page);
    const kind = field(page, "steps[1].inputs.authorization.type");
    await kind.selectOption("bearer");
    await page.getByTestId("part-about").click();
    await field(page, "name").fill("");
    await node(page, "steps[1]").click();
    const token = "steps[1].inputs.authorization.token";
    await field(page, token).fill("sk_live_123");
    const problems = page.getByTestId("problems");
    await problems.getByText("a secret does not").waitFor();
    await problems.getByRole("button", { name: "name", exact: true }).waitFor();
    assert.ok((await kept(page)).includes("drafted.example"));
    assert.ok(!(await kept(page)).includes("sk_live_123"));
  });

  test("JSON that cannot be read and may have a secret in it is not kept, and says so", async () => {
    const { page } = await editorOf();
    await page.getByTestId("toggle-json").click();
    const text = page.getByTestId("definition-json");
    await text.fill('{"x-api-key": "sk_live_123');
    await page.getByText("would not outlive a reload").waitFor();
    await assertAccessible(page);
    assert.ok(!(await kept(page)).includes("sk_live_123"));
    await page.getByRole("link", { name: "Workflows" }).first().click();
    const leave = page.getByRole("dialog", {
      name: "Leave without this text?",
    });
    await leave.getByRole("button", { name: "Cancel" }).click();
    assert.equal(await text.inputValue(), '{"x-api-key": "sk_live_123');
    await page.getByRole("button", { name: "Back to what" }).click();
    await page.getByTestId("toggle-json").click();
    await node(page, "steps[1]").waitFor();
  });

  test("a draft that is not discarded for want of an answer is still there, and says why", async () => {
    const { page, workflow, person } = await editorOf();
    person.excuse(/ERR_FAILED/);
    await drafted(page);
    await page.reload();
    const notice = page.getByTestId("draft-kept");
    await notice.waitFor();
    const back = await answered(
      page,
      `/connect/workflows/${workflow.id}`,
      "unreachable",
    );
    await page.getByTestId("discard-draft").click();
    await notice.getByText("could not be reached").waitFor();
    await node(page, "steps[1]").getByText("drafted.example").waitFor();
    await back();
    await page.getByTestId("discard-draft").click();
    await notice.waitFor({ state: "detached" });
    await node(page, "steps[1]").getByText("backend.example").waitFor();
  });

  test("a draft that was saved is no draft from before any more", async () => {
    const { page } = await editorOf();
    await drafted(page);
    await page.reload();
    const notice = page.getByTestId("draft-kept");
    await notice.waitFor();
    await page.getByTestId("save").click();
    await saved(page);
    await drafted(page, "https://again.example");
    assert.equal(await notice.count(), 0);
  });

  test("what is edited outlives a session that ends before it is saved", async () => {
    const { page, workflow, person } = await editorOf();
    // Nobody is signed in, which is an answer with an error.
    person.excuse(/status of 401/);
    await drafted(page);
    await page.context().clearCookies();
    await page.getByTestId("save").click();
    await signIn(page, product.admin_secret);
    await node(page, "steps[1]").getByText("drafted.example").waitFor();
    await states(page, "Not saved");
    await page.getByTestId("save").click();
    await saved(page);
    const { definition } = await stored(workflow);
    assert.equal(definition.steps[1].inputs.url, "https://drafted.example");
  });

  test("undeploying does not hide that somebody else changed the workflow", async () => {
    const { page, workflow, person } = await editorOf();
    // A conflict is an answer with an error.
    person.excuse(/status of 409/);
    await page.getByTestId("deploy").click();
    await states(page, "Version 1 deployed");
    await drafted(page);
    const theirs = { ...workflow.definition, name: nameOf("Theirs") };
    await asServer("PATCH", `workflows/${workflow.id}`, theirs);
    await page.reload();
    await page.getByTestId("conflict").waitFor();
    await page.getByTestId("undeploy").click();
    await page.getByTestId("confirm").click();
    await states(page, "Not deployed");
    await page.getByTestId("save").click();
    await page.getByTestId("conflict").getByRole("button").first().waitFor();
    assert.equal((await stored(workflow)).name, theirs.name);
  });

  test("what somebody else saved meanwhile is loaded, or saved over, as one says", async () => {
    const { page, workflow, person } = await editorOf();
    // A conflict is an answer with an error.
    person.excuse(/status of 409/);
    const theirs = { ...workflow.definition, name: nameOf("Theirs") };
    await asServer("PATCH", `workflows/${workflow.id}`, theirs);
    await page.getByTestId("part-about").click();
    const name = field(page, "name");
    const mine = nameOf("Mine");
    await name.fill(mine);
    await page.getByTestId("save").click();
    await page.getByTestId("conflict").waitFor();
    await page.getByRole("button", { name: "Save mine over it" }).click();
    await page.getByTestId("conflict").waitFor({ state: "detached" });
    assert.equal((await stored(workflow)).name, mine);

    await asServer("PATCH", `workflows/${workflow.id}`, theirs);
    await name.fill(nameOf("Mine again"));
    await page.getByTestId("save").click();
    await page.getByRole("button", { name: "Load their version" }).click();
    await page.getByRole("heading", { name: theirs.name }).waitFor();
    assert.equal(await name.inputValue(), theirs.name);
  });
});

describe("an editor whose page is older than the console", () => {
  test("says to reload when a part of it is gone, and is there after that", async () => {
    const { page, person, workflow } = await editorOf();
    person.excuse(/ERR_FAILED/, /dynamically imported module/);
    const gone = "**/chunks/isthmus*";
    await page.route(gone, (route) => route.abort());
    await page.goto(`${product.worker}${workflows}/${workflow.id}`);
    await page.getByText("Reload the page").waitFor();
    await assertAccessible(page);
    await page.unroute(gone);
    await page.getByRole("button", { name: "Reload" }).click();
    await page.getByTestId("diagram").waitFor();
  });
});
