// What the Connect Portal shows of what people wrote and chose: scopes, names, colours, settings.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import { withPeople } from "../setup/person.mjs";
import { pictures } from "../setup/pictures.mjs";
import {
  said,
  switchOf,
  texts,
  withAccount,
  withPortal,
  withState,
  workflow,
} from "../setup/portal.mjs";
import { credentialsOf, product } from "../setup/product.mjs";
import { asServer } from "../setup/watched.mjs";

const { ada } = product.tokens;

withPeople();

describe("what the portal shows", () => {
  test("scopes are in plain words, in groups; an unknown one is shown as it is", async () => {
    const { portal } = await withPortal();
    const scopes = ["meeting:write:meeting", "user:read:user:admin"];
    await withState(portal, ({ integration }) => {
      integration.scopes = [...scopes, "phone:read:call_log"];
    });
    const abilities = portal.getByTestId("abilities");
    const shown = await abilities.innerText();
    assert.match(shown, /Your meetings\s+Create meetings/);
    assert.match(shown, /picture, for everyone in your organization/);
    assert.equal(
      await abilities.locator("code").textContent(),
      "phone:read:call_log",
    );
    await pictures(portal, "portal-scopes", { whole: true });
    await assertAccessible(portal);
  });

  test("every scope that the Worker knows has its words", async () => {
    for (const { scope } of await asServer("GET", "scopes"))
      assert.ok(texts.scopes.known[scope], scope);
  });

  test("HTML in anything that people wrote is text", async () => {
    const { portal } = await withAccount();
    const html = `<img src=x onerror="document.title='hit'"><b>bold</b>`;
    await withState(portal, (state) => {
      state.project.name = html;
      state.user.id = html;
      Object.assign(state.integration, {
        ...{ name: html, description: html, overview: `${html}.` },
        ...{ accent_color: `red;}</style>${html}`, scopes: [html] },
      });
      Object.assign(state.grants[0], { email: html, display_name: html });
      for (const one of state.workflows) {
        Object.assign(one, { name: html, description: html });
        for (const input of one.inputs)
          Object.assign(input, { title: html, tooltip: html });
      }
    });
    await portal.getByTestId("settings").first().click();
    await portal.locator("summary").click();
    await portal.getByTestId("disconnect").click();
    assert.equal(await portal.locator("b").count(), 0);
    assert.equal(await portal.locator("img[src=x]").count(), 0);
    assert.ok((await portal.getByText(html).count()) > 8);
    assert.notEqual(await portal.title(), "hit");
    await assertAccessible(portal);
  });

  test("whatever colour a project has, what is on it stays readable", async () => {
    const { portal } = await withPortal();
    for (const color of ["#ffffff", "#000000", "#ffd400", "#777", "nonsense"]) {
      await portal.unroute("**/state");
      await withState(portal, ({ integration }) => {
        integration.accent_color = color;
      });
      await assertAccessible(portal);
    }
  });

  test("every kind of setting can be filled in, and comes back as it was", async () => {
    const definition = {
      name: `Settings ${Date.now()}`,
      trigger: { type: "request" },
      settings: [
        { id: "line", label: "A line", type: "text", required: true },
        { id: "count", label: "A number", type: "number", default: 3 },
        { id: "is", label: "Yes or no", type: "boolean" },
        { id: "where", label: "An address", type: "url" },
        {
          ...{ id: "which", label: "One of them", type: "choice" },
          choices: [
            { value: "a", label: "The first" },
            { value: 2, label: "The second" },
          ],
        },
      ],
      steps: [],
      integration: "zoom",
    };
    const made = await asServer("POST", "workflows", {
      ...definition,
      steps: [
        {
          id: "answer",
          type: "response",
          inputs: { status_code: 200, body: {} },
        },
      ],
    });
    try {
      await asServer("POST", `workflows/${made.id}/deploy`);
      const { portal } = await withAccount();
      const row = workflow(portal, definition.name);
      const field = (id) => row.getByTestId(`setting-${id}`);
      await switchOf(row).click();
      assert.equal(await field("count").inputValue(), "3");
      await field("line").fill(" <i>kept</i> ");
      await field("count").fill("many");
      await field("where").fill("nowhere");
      await row.getByTestId("save").click();
      await row.getByText(texts.form.notANumber).waitFor();
      await row.getByText(texts.form.notAUrl).waitFor();
      await field("count").fill("7,5");
      await field("where").fill("https://example.com/a?b=c");
      await field("is").check();
      await field("which").selectOption({ label: "The second" });
      await row.getByTestId("save").click();
      await said(portal, `${definition.name} is on.`);
      const [{ configurations }] = await credentialsOf(ada);
      const { settings } = configurations[0].workflowSettings[made.id];
      assert.deepEqual(settings, {
        ...{ line: " <i>kept</i> ", count: 7.5, is: true, which: 2 },
        where: "https://example.com/a?b=c",
      });
      await portal.reload();
      await row.getByTestId("settings").click();
      assert.equal(await field("line").inputValue(), settings.line);
      assert.equal(await field("count").inputValue(), "7.5");
      assert.equal(await field("is").isChecked(), true);
      await field("where").fill("");
      await row.getByTestId("save").click();
      await said(portal, texts.form.saved);
      const [after] = await credentialsOf(ada);
      const kept = after.configurations[0].workflowSettings[made.id].settings;
      assert.equal(kept.where ?? null, null);
    } finally {
      await asServer("DELETE", `workflows/${made.id}`);
    }
  });
});
