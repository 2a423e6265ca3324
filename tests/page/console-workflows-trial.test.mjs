// A step that is tried out with a connected account, in the editor of a workflow.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import { connected, withPeople } from "../setup/person.mjs";
import { ADA } from "../setup/product.mjs";
import {
  editorOf,
  field,
  node,
  states,
  withWorkflows,
} from "../setup/workflows.mjs";

withPeople();
withWorkflows();

/** Opens the page on which the step at a place is tried out. */
async function trialOf(page, place) {
  await node(page, place).click();
  await page.getByTestId("tab-test").click();
  const values = page.getByTestId("test-values");
  await values.waitFor();
  return values;
}

describe("a step that is tried out", () => {
  test("its two pages are one stop on the keyboard, and arrows lead from one to the other", async () => {
    const { page } = await editorOf();
    await node(page, "steps[1]").click();
    const tab = (name) => page.getByRole("tab", { name, exact: true });
    await tab("Set up").focus();
    const selected = async () =>
      page.locator('[role="tab"][aria-selected="true"]:focus').textContent();
    const steps = [
      ["ArrowRight", "Test"],
      ["ArrowRight", "Set up"],
      ["ArrowLeft", "Test"],
      ["Home", "Set up"],
      ["End", "Test"],
    ];
    for (const [key, name] of steps) {
      await page.keyboard.press(key);
      assert.equal(await selected(), name);
    }
    assert.equal(await tab("Set up").getAttribute("tabindex"), "-1");
    await assertAccessible(page);
  });

  test("its values outlive a look at something else and a reload, without secrets", async () => {
    await connected("ada", ADA);
    const { page } = await editorOf();
    const values = await trialOf(page, "steps[1]");
    const examples = await values.inputValue();
    assert.ok(JSON.parse(examples).read.output.topic);
    const mine = { output: { topic: "Mine", start_token: "sk_live_123" } };
    await values.fill(JSON.stringify({ read: mine }));
    await trialOf(page, "steps[0]");
    await page.reload();
    const after = JSON.parse(
      await (await trialOf(page, "steps[1]")).inputValue(),
    );
    assert.deepEqual(after.read.output, { topic: "Mine", start_token: "" });

    await page.getByTestId("tab-form").click();
    const url = field(page, "steps[1].inputs.url");
    await url.fill("https://backend.example.com/{{trigger.object.id}}");
    await states(page, "Not saved");
    const more = JSON.parse(
      await (await trialOf(page, "steps[1]")).inputValue(),
    );
    assert.ok(more.trigger.object.id);
    assert.equal(more.read.output.topic, "Mine");

    await page.getByRole("button", { name: "Back to the examples" }).click();
    const { topic } = JSON.parse(examples).read.output;
    assert.equal(
      JSON.parse(await values.inputValue()).read.output.topic,
      topic,
    );
  });

  test("its account is searched for where there are more than a list shows", async () => {
    await connected("ada", ADA);
    const { page } = await editorOf();
    const many = Array.from({ length: 50 }, (_, number) => ({
      id: `grant-${number}`,
      email: `user${number}@acme.example`,
      account_id: `user-${number}`,
    }));
    const isFirst = (url) =>
      url.pathname === "/connect/grants" && !url.searchParams.get("q");
    await page.route(isFirst, (route) =>
      route.fulfill({ json: { success: true, data: many } }),
    );
    await trialOf(page, "steps[0]");
    const account = page.getByTestId("test-account");
    assert.equal(await account.locator("option").count(), 50);
    const search = page.getByTestId("test-search");
    await search.fill("ADA@acme");
    await page.getByText(`in the Zoom account of ${ADA}`).waitFor();
    await account
      .locator("option", { hasText: ADA })
      .waitFor({ state: "attached" });
    await assertAccessible(page);
    await search.fill("nobody at all");
    await page.getByText("No account is like that.").waitFor();
    assert.equal(await page.getByTestId("test-step").isDisabled(), true);
  });
});
