// Workflows in the console: built by clicking and by keyboard, tried out with a connected account, deployed.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import { newProject, operatorAt } from "../setup/operator.mjs";
import { connected, withPeople } from "../setup/person.mjs";
import { picture } from "../setup/pictures.mjs";
import { ADA, nameOf } from "../setup/product.mjs";
import { asServer } from "../setup/watched.mjs";
import {
  add,
  DEFINITION,
  editorOf,
  field,
  madeIn,
  node,
  saved,
  stored,
  states,
  withWorkflows,
  workflows,
} from "../setup/workflows.mjs";

/** How the pictures are taken. */
const WIDE = { viewport: { width: 1440, height: 900 }, colorScheme: "light" };

withPeople();
withWorkflows();

describe("the list of workflows", () => {
  test("one is created from a beginning, duplicated, and deleted when that is confirmed", async () => {
    const { page } = await operatorAt(workflows, WIDE);
    const name = nameOf("Assistant <b>of ours</b>");
    await page.getByTestId("new-workflow").click();
    await page.getByTestId("workflow-name").fill(name);
    await page.getByTestId("beginning-assistant").check();
    await assertAccessible(page);
    await page.getByTestId("create-workflow").click();
    await page.getByTestId("diagram").waitFor();
    madeIn(page);
    await page.getByRole("heading", { name, exact: true }).waitFor();
    assert.equal(await page.locator("h1 b").count(), 0);

    await page.getByRole("link", { name: "Workflows" }).first().click();
    const row = (text) =>
      page.getByRole("row").filter({
        has: page.getByRole("link", { name: text, exact: true }),
      });
    await row(name).getByText("Zoom: New Meeting").waitFor();
    await row(name).getByText("Not deployed").waitFor();
    await row(name).getByRole("button", { name: "Duplicate" }).click();
    const copy = row(`Copy of ${name}`);
    await copy.waitFor();
    await assertAccessible(page);
    await picture(page, "console-workflows");
    await copy.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByText("Runs that live").waitFor();
    await page.getByTestId("confirm").click();
    await copy.waitFor({ state: "detached" });
    await row(name).waitFor();
  });
});

describe("the list of a project that has nothing yet", () => {
  test("it says what to do next, and what has to be there first", async () => {
    const { id } = await newProject();
    const { page, person } = await operatorAt(
      `/console/projects/${id}/workflows`,
    );
    // Nothing is set up there, which is an answer with an error.
    person.excuse(/status of 404/);
    await page.getByTestId("empty").getByText("No workflows yet").waitFor();
    await assertAccessible(page);
    await page.getByTestId("new-workflow").click();
    await page.getByTestId("beginning-follow-up").check();
    await page.getByTestId("create-workflow").click();
    const link = page.getByRole("link", { name: "Set Zoom up first" });
    const href = `/console/projects/${id}/integrations`;
    assert.equal(await link.getAttribute("href"), href);
  });
});

describe("the editor of a workflow", () => {
  test("a workflow is built by clicking, tried out with a connected account, and deployed", async () => {
    await connected("ada", ADA);
    const { page } = await operatorAt(workflows, WIDE);
    await page.getByTestId("new-workflow").click();
    await page.getByTestId("workflow-name").fill(nameOf("Built"));
    await page.getByTestId("create-workflow").click();
    await page.getByTestId("diagram").waitFor();
    const id = madeIn(page);

    await page.getByTestId("trigger-type").selectOption("event");
    await add(page, "steps", 0, "zoom.get_meetings");
    await field(page, "steps[0].inputs.type").selectOption("upcoming");
    await page.getByTestId("tab-test").click();
    await page.getByText("This really happens").waitFor();
    await page.getByTestId("test-step").click();
    await page.getByTestId("tested").getByText("It worked").waitFor();
    const answer = await page.getByTestId("test-output").textContent();
    assert.ok(Array.isArray(JSON.parse(answer).meetings));
    await assertAccessible(page);
    await picture(page, "console-workflow-test");
    await page.getByTestId("take-example").click();

    await add(page, "steps", 1, "condition");
    await node(page, "steps[1]").getByText("1 problem").waitFor();
    const value = field(page, "steps[1].if.field");
    await value.fill("");
    await value.pressSequentially("{{meetings");
    await page.getByTestId("variables").getByText("tested").waitFor();
    await page.keyboard.press("Enter");
    assert.equal(await value.inputValue(), "{{get_meetings.output.meetings}}");
    const operator = field(page, "steps[1].if.operator");
    await operator.selectOption("$arrayIsNotEmpty");
    await node(page, "steps[1]")
      .getByText("problem")
      .waitFor({ state: "detached" });

    await add(page, "steps[1].then", 0, "fan_out");
    await field(page, "steps[1].then[0].over").fill(
      "{{get_meetings.output.meetings}}",
    );
    await add(page, "steps[1].then[0].steps", 0, "request");
    await field(page, "steps[1].then[0].steps[0].inputs.url").fill(
      "https://backend.example.com/meetings",
    );
    const body = field(page, "steps[1].then[0].steps[0].inputs.body");
    await body.fill("");
    await body.pressSequentially('{"topic": "{{fan_out.instance.topic');
    await page.keyboard.press("Tab");
    await body.pressSequentially('"}');
    await add(page, "steps[1].else", 0, "delay");
    await page.getByTestId("problems").waitFor({ state: "detached" });
    await assertAccessible(page);
    await picture(page, "console-workflow-editor");

    await states(page, "Not saved");
    await page.getByTestId("deploy").click();
    await states(page, "Version 1 deployed");
    const { definition, version } = await stored({ id });
    assert.equal(version, 1);
    assert.deepEqual(definition.trigger, {
      type: "event",
      name: "Task Created",
    });
    const [first, second, ...rest] = definition.steps;
    assert.deepEqual(rest, []);
    assert.deepEqual(first, {
      id: "get_meetings",
      type: "zoom.get_meetings",
      inputs: { type: "upcoming" },
    });
    assert.deepEqual(second.if, {
      field: "{{get_meetings.output.meetings}}",
      operator: "$arrayIsNotEmpty",
    });
    assert.deepEqual(second.then[0].steps[0].inputs.body, {
      topic: "{{fan_out.instance.topic}}",
    });
    assert.deepEqual(second.else[0].inputs, { value: 10, unit: "minutes" });

    await field(page, "steps[1].else[0].inputs.value").fill("20");
    await states(page, "Changes not deployed");
    await page.getByTestId("save").click();
    await saved(page);
    await states(page, "Changes not deployed");
    await page.reload();
    await states(page, "Changes not deployed");
    await page.getByTestId("deploy").click();
    await states(page, "Version 2 deployed");
    await page.getByTestId("undeploy").click();
    await page.getByTestId("confirm").click();
    await states(page, "Not deployed");
  });

  test("everything is within reach of the keyboard", async () => {
    const { page } = await editorOf();
    await node(page, "trigger").focus();
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press("ArrowDown", "ArrowDown");
    const focused = () =>
      page.evaluate(() => document.activeElement.dataset.testid);
    assert.equal(await focused(), "node-steps[0]");
    await press("ArrowDown", "Enter");
    await page.getByRole("menu").waitFor();
    await press("d", "d", "Enter");
    await node(page, "steps[1]")
      .getByText("Delete Meeting Registrant")
      .waitFor();
    await press("Control+z");
    await node(page, "steps[1]").getByText("tell").waitFor();

    await node(page, "steps[1]").focus();
    await press("Enter");
    const url = field(page, "steps[1].inputs.url");
    await url.focus();
    await press("End");
    await url.pressSequentially("/{{topic");
    const menu = page.getByRole("listbox", { name: "Variables" });
    await menu.getByRole("option").first().waitFor();
    const options = await menu.getByRole("option").allTextContents();
    assert.ok(options.length > 1 && options.every((one) => /topic/.test(one)));
    const active = await url.getAttribute("aria-activedescendant");
    await press("ArrowDown");
    assert.notEqual(await url.getAttribute("aria-activedescendant"), active);
    await press("ArrowUp", "Escape");
    await menu.waitFor({ state: "detached" });
    assert.ok((await url.inputValue()).endsWith("/{{topic"));
    await press("ArrowDown");
    await menu.waitFor();
    await press("Tab");
    assert.ok((await url.inputValue()).endsWith("/{{read.output.topic}}"));
    const filled = page.getByTestId("preview").first();
    await filled.getByText("https://backend.example.com/My Meeting").waitFor();
  });

  test("a problem is shown at its step and at its field, and leads there", async () => {
    const { page, person } = await editorOf();
    // What is not saved is an answer with an error.
    person.excuse(/status of 400/);
    await node(page, "steps[1]").click();
    await field(page, "steps[1].inputs.body").fill(
      '{"topic": "{{read.output.topik}}"}',
    );
    const problems = page.getByTestId("problems");
    await problems.getByText("did you mean {{read.output.topic}}?").waitFor();
    await node(page, "steps[1]").getByText("1 problem").waitFor();
    await node(page, "trigger").click();
    await problems.getByRole("button", { name: "tell › body.topic" }).click();
    const body = field(page, "steps[1].inputs.body");
    await page.locator('[aria-invalid="true"]:focus').waitFor();
    assert.equal(await body.getAttribute("aria-invalid"), "true");
    await assertAccessible(page);

    await page.getByTestId("save").click();
    await page.getByTestId("not-saved").getByText("workflow_invalid").waitFor();
    await body.fill('{"topic": "{{read.output.topic}}"}');
    await problems.waitFor({ state: "detached" });
  });

  test("steps are moved, copied and deleted, and a new id is changed wherever it is used", async () => {
    const { page, workflow } = await editorOf();
    await node(page, "steps[0]").click();
    await page.getByText("When it fails, its id and a note").click();
    await field(page, "steps[0].id").fill("tell");
    await page.getByText("tell is taken").waitFor();
    await field(page, "steps[0].id").fill("meeting");
    await page.keyboard.press("Tab");
    await node(page, "steps[0]")
      .getByText("meeting", { exact: true })
      .waitFor();
    await page.getByTestId("duplicate-step").click();
    await node(page, "steps[1]").getByText("meeting_2").waitFor();
    await page.getByRole("button", { name: "Move meeting_2 down" }).click();
    await node(page, "steps[2]").getByText("meeting_2").waitFor();
    await page.getByTestId("delete-step").click();
    await node(page, "steps[2]").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await node(page, "steps[2]").waitFor();
    await page.getByRole("button", { name: "Redo" }).click();
    await node(page, "steps[2]").waitFor({ state: "detached" });
    await page.getByTestId("save").click();
    await saved(page);
    const { definition } = await stored(workflow);
    assert.deepEqual(
      definition.steps.map(({ id }) => id),
      ["meeting", "tell"],
    );
    const { body } = definition.steps[1].inputs;
    assert.deepEqual(body, { topic: "{{meeting.output.topic}}" });
  });

  test("a secret is stored for a step that names it, and shown to nobody", async () => {
    const name = `k${randomUUID().slice(0, 8)}`;
    const steps = structuredClone(DEFINITION.steps);
    steps[1].inputs.authorization = {
      type: "bearer",
      token: `{{secrets.${name}}}`,
    };
    const { page } = await editorOf({ ...DEFINITION, steps });
    const problems = page.getByTestId("problems");
    await problems.getByText("does not exist").waitFor();
    await page.getByTestId("open-secrets").click();
    await page.getByTestId("secret-name").fill(name);
    await page.getByTestId("secret-value").fill("hidden-value-1");
    await page.getByRole("button", { name: "Store it" }).click();
    await page.getByTestId("secrets").getByText(name).waitFor();
    await assertAccessible(page);
    await page.getByRole("button", { name: "Close" }).click();
    await problems.waitFor({ state: "detached" });
    assert.ok(!(await page.content()).includes("hidden-value-1"));
    await asServer("DELETE", `workflow-secrets/${name}`);
  });

  test("triggers, filters and settings have their forms, also on a small dark screen", async () => {
    const { page, workflow, person } = await editorOf(DEFINITION, {
      viewport: { width: 320, height: 640 },
      colorScheme: "dark",
    });
    // What is not saved is an answer with an error.
    person.excuse(/status of 400/);
    await page.getByRole("button", { name: "Add a condition" }).click();
    await field(page, "trigger.filter.field").fill("object.topic");
    await field(page, "trigger.filter.value").fill("Demo");
    await page.getByRole("button", { name: "or …" }).click();
    const other = "trigger.filter.conditions[1]";
    await field(page, `${other}.field`).fill("object.duration");
    await field(page, `${other}.operator`).selectOption("$numberGreaterThan");
    await field(page, `${other}.value`).fill("30");
    await page.getByTestId("part-settings").click();
    await page.getByTestId("add-setting").click();
    await field(page, "settings[0].label").fill("Their team");
    await field(page, "settings[0].id").fill("team");
    await assertAccessible(page);
    await page.getByTestId("save").click();
    await saved(page);
    const { definition } = await stored(workflow);
    assert.deepEqual(definition.trigger.filter, {
      operator: "OR",
      conditions: [
        {
          field: "object.topic",
          operator: "$stringContains",
          value: "Demo",
        },
        {
          field: "object.duration",
          operator: "$numberGreaterThan",
          value: 30,
        },
      ],
    });
    assert.deepEqual(definition.settings, [
      { id: "team", label: "Their team", type: "text", required: true },
    ]);

    await node(page, "trigger").click();
    await page.getByTestId("trigger-type").selectOption("schedule");
    await field(page, "trigger.timezone").fill("Europe/Nowhere");
    await page.getByTestId("save").click();
    await page.getByTestId("problems").getByText("Europe/Berlin").waitFor();
    await assertAccessible(page);
    await picture(page, "console-workflow-editor-small");
  });
});
