// Usage and health in the console, and what every page of a project says before anything has happened.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import { newProject, operatorAt } from "../setup/operator.mjs";
import { withPeople } from "../setup/person.mjs";
import { pictures } from "../setup/pictures.mjs";
import { ALAN, newUser, zoom } from "../setup/product.mjs";
import {
  PROJECT,
  begun,
  connectAs,
  deployed,
  eraseUser,
  inAddress,
  look,
  runThat,
  undeployed,
} from "../setup/watched.mjs";

withPeople();

describe("a project in which nothing has happened", () => {
  let project;

  before(async () => (project = await newProject()));

  for (const [path, title, next] of [
    ["users", "Nobody has connected yet", /isthmus\.connect/],
    ["runs", "Nothing has run yet", /Deploy a workflow/],
    ["events", "Zoom has not told of anything yet", /Webhook URL/],
    ["deliveries", "No endpoint has been told anything yet", /subscriptions/],
    ["usage", "Nothing was used in these days", /isthmus\.request/],
  ]) {
    test(`says under ${path} what to do next`, async () => {
      const at = `/console/projects/${project.id}/${path}`;
      const { page } = await operatorAt(at);
      const empty = page.getByTestId("empty");
      await empty.getByText(title).waitFor();
      assert.match(await empty.textContent(), next);
      await assertAccessible(page);
    });
  }
});

describe("usage and health", () => {
  test("the days are drawn, and told as a table; the range is in the address", async () => {
    const user = newUser("usage");
    await connectAs(user, ALAN);
    const workflow = await deployed("Counted", [look("profile")]);
    await runThat(await begun(workflow, user), (run) => run.ended_at);
    const { page } = await operatorAt(`${PROJECT}/usage`);
    const chart = page.getByRole("img", { name: /^Runs per day/ });
    await chart.waitFor();
    assert.equal(await chart.locator("rect.all").count(), 30);
    const total = Number(
      (await page.getByTestId("total-runs").textContent()).replace(/\D/g, ""),
    );
    assert.ok(total >= 1);
    await page.getByRole("link", { name: "7 days" }).click();
    await inAddress(page, "days", "7");
    await page.reload();
    await chart.waitFor();
    assert.equal(await chart.locator("rect.all").count(), 7);
    await page.getByText("Show the table").click();
    const table = page.getByRole("region", { name: "Usage per day" });
    assert.equal(await table.locator("tbody tr").count(), 7);
    await assertAccessible(page);
    await pictures(page, "console-usage");
    await undeployed(workflow);
    await eraseUser(user);
  });

  test("health says what is wrong and what to do, with the same figures as /metrics", async () => {
    const user = newUser("health");
    await connectAs(user, ALAN);
    const workflow = await deployed("Failing", [
      {
        id: "gone",
        type: "zoom.get_meeting_by_id",
        inputs: { meeting_id: "1" },
      },
    ]);
    const id = await begun(workflow, user);
    await runThat(id, (run) => run.status === "failed");
    const { person, page } = await operatorAt("/console/health");
    const tile = page
      .getByTestId("tile")
      .filter({ has: page.getByRole("heading", { name: "Runs failed" }) });
    await tile.getByText("What to do:").waitFor();
    assert.equal(await page.getByTestId("tile").count(), 8);
    await page.getByText("Show all figures").click();
    await page.getByText("isthmus_outbox_oldest_seconds").waitFor();
    await assertAccessible(page);
    await pictures(page, "console-health");
    person.excuse(/favicon\.ico/);
    const [metrics] = await Promise.all([
      page.waitForEvent("popup"),
      page.getByRole("link", { name: /\/metrics/ }).click(),
    ]);
    await metrics.getByText("isthmus_runs").first().waitFor();
    await undeployed(workflow);
    await eraseUser(user);
  });
});
