// Runs in the console, as an operator watches them: real ones, against the sandbox.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import { answered, operatorAt } from "../setup/operator.mjs";
import { withPeople } from "../setup/person.mjs";
import { pictures } from "../setup/pictures.mjs";
import { ALAN, product, zoom } from "../setup/product.mjs";
import {
  HTML,
  PROJECT,
  assertOnlyText,
  begun,
  connectedUser,
  deployed,
  eraseUser,
  inAddress,
  look,
  runThat,
  undeployed,
} from "../setup/watched.mjs";

withPeople();

const pause = (id, value, unit = "hours") => ({
  id,
  type: "delay",
  inputs: { value, unit },
});

/** The row of a run in the list. */
const row = (page, id) => page.locator(`tr[data-run="${id}"]`);

const rowIs = (page, id, status) =>
  page.locator(`tr[data-run="${id}"][data-status="${status}"]`).waitFor();

/** Takes the pointer off the list, where it may be since the sign-in: what is new waits while it is there. */
const pointElsewhere = (page) => page.mouse.move(1, 1);

/** The bar of a step in the timeline. */
const bar = (page, step) => page.locator(`.timeline [data-step="${step}"]`);

describe("runs", () => {
  let user, quick, slow;

  before(async () => {
    user = (await connectedUser("runs", ALAN)).user;
    quick = await deployed("Profile", [
      look("profile"),
      {
        id: "known",
        type: "condition",
        if: {
          field: "{{profile.output.body.email}}",
          operator: "$stringContains",
          value: "@",
        },
        then: [look("again"), pause("rest", 1, "seconds")],
        else: [look("never")],
      },
      {
        id: "each",
        type: "fan_out",
        over: "{{trigger.items}}",
        steps: [look("one")],
      },
      {
        id: "tell",
        type: "request",
        inputs: {
          method: "POST",
          url: `${product.page.replace("localhost", "127.0.0.1")}/nowhere`,
          authorization: { type: "bearer", token: "{{secrets.demo_backend}}" },
          body: { said: "{{trigger.said}}" },
        },
        continue_on_error: true,
      },
    ]);
    slow = await deployed("Waiting", [look("first"), pause("later", 2)]);
  });
  after(async () => {
    await undeployed(quick, slow);
    await eraseUser(user);
  });

  const payload = { items: [1, 2, 3], said: HTML };

  /** A run of the quick workflow that has come to its end. */
  async function ended() {
    const id = await begun(quick, user, payload);
    return runThat(id, (run) => run.ended_at);
  }

  test("the list shows a run that begins, and how it ends, by itself", async () => {
    const at = `${PROJECT}/runs?workflow_id=${quick.id}&account_id=${user}`;
    const { page } = await operatorAt(at);
    await page.getByTestId("empty").waitFor();
    await pointElsewhere(page);
    const id = await begun(quick, user, payload);
    await row(page, id).waitFor();
    await rowIs(page, id, "succeeded");
    await row(page, id).getByText("App event").waitFor();
    assert.match(await page.getByTestId("count").textContent(), /^1–1 of 1$/);
  });

  test("what is new waits while somebody points at the list", async () => {
    const { id } = await ended();
    const at = `${PROJECT}/runs?workflow_id=${quick.id}&account_id=${user}`;
    const { page } = await operatorAt(at);
    await row(page, id).hover();
    const next = await begun(quick, user, payload);
    const button = page.getByTestId("new-rows");
    await button.waitFor();
    assert.equal(await row(page, next).count(), 0);
    await button.click();
    await row(page, next).waitFor();
    await rowIs(page, next, "succeeded");
  });

  test("filters are in the address and survive a reload", async () => {
    const { id } = await ended();
    const { page } = await operatorAt(`${PROJECT}/runs`);
    await page.getByTestId("filter-workflow_id").selectOption(quick.id);
    await page.getByTestId("filter-status").selectOption("succeeded");
    await page.getByTestId("filter-when").selectOption("1h");
    await page.getByTestId("filter-account_id").fill(user);
    await inAddress(page, "account_id", user);
    await row(page, id).waitFor();
    await page.reload();
    await row(page, id).waitFor();
    const value = (name) => page.getByTestId(`filter-${name}`).inputValue();
    assert.equal(await value("workflow_id"), quick.id);
    assert.equal(await value("status"), "succeeded");
    assert.equal(await value("when"), "1h");
    assert.equal(await value("account_id"), user);
    await page.getByTestId("filter-status").selectOption("stopped");
    await page.getByText("No run is like that").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await row(page, id).waitFor();
    assert.equal(new URL(page.url()).search, "");
  });

  test("the timeline shows what a run did, when, and what of it was inside of what", async () => {
    const { id } = await ended();
    const { page } = await operatorAt(`${PROJECT}/runs/${id}`);
    await page.getByTestId("timeline").waitFor();
    const steps = await page
      .locator(".timeline [data-step]")
      .evaluateAll((rows) =>
        rows.map(({ dataset: { step, status } }) => `${step}: ${status}`),
      );
    assert.deepEqual(steps, [
      "profile: succeeded",
      "known: succeeded",
      "again: succeeded",
      "rest: succeeded",
      "each: succeeded",
      "each[0].one: succeeded",
      "each[1].one: succeeded",
      "each[2].one: succeeded",
      "tell: failed",
    ]);
    const place = (step, part) =>
      bar(page, step).locator(`.part${part}`).first().boundingBox();
    const [first, rest, told] = [
      await place("profile", ".good"),
      await place("rest", ".pause"),
      await place("tell", ".bad"),
    ];
    assert.ok(first.x < rest.x && rest.x + rest.width <= told.x + 1);
    assert.ok(rest.width > first.width, "the wait is the longest");

    await page.getByText("The same as a table").click();
    const table = page.getByRole("region", { name: "Steps", exact: true });
    assert.equal(await table.locator("tbody tr").count(), 9);
    await page.getByRole("button", { name: "What is inside of each" }).click();
    assert.equal(await bar(page, "each[0].one").count(), 0);
    await page.getByText("The same as a table").click();
    await page.getByRole("button", { name: "What is inside of each" }).click();
    await pictures(page, "console-run", { whole: true });
  });

  test("each try is drawn with the wait before the next one, and told in words", async () => {
    const id = await begun(quick, user, payload);
    const run = await runThat(id, ({ ended_at }) => ended_at);
    const at = run.steps[0].began_at;
    const { page } = await operatorAt(`${PROJECT}/runs`);
    const tried = {
      ...run.steps[0],
      attempts: 3,
      tries: [
        { began_at: at, left_at: at + 200, problem: "zoom_unavailable" },
        {
          began_at: at + 5200,
          left_at: at + 5700,
          problem: "zoom_rate_limited",
        },
        { began_at: at + 20_700, left_at: at + 21_000 },
      ],
      ended_at: at + 21_000,
    };
    const failed = {
      ...run.steps.at(-1),
      began_at: at + 21_000,
      attempts: 1,
      tries: [
        {
          began_at: at + 21_000,
          left_at: at + 21_100,
          problem: "request_failed",
        },
      ],
      ended_at: at + 21_100,
    };
    const data = { ...run, steps: [tried, failed] };
    await answered(page, `/connect/runs/${id}`, { json: { data } });
    await page.goto(`${product.worker}${PROJECT}/runs/${id}`);
    const drawn = (step) =>
      bar(page, step)
        .locator(".part")
        .evaluateAll((parts) =>
          parts.map(({ className, title }) => `${className}: ${title}`),
        );
    await bar(page, "tell").waitFor();
    assert.deepEqual(await drawn("profile"), [
      "part bad: try 1: 200 ms, zoom_unavailable",
      "part wait: waited 5 s",
      "part bad: try 2: 500 ms, zoom_rate_limited",
      "part wait: waited 15 s",
      "part good: try 3: 300 ms",
    ]);
    assert.deepEqual(await drawn("tell"), ["part bad: 100 ms, request_failed"]);
    const words = await bar(page, "profile").textContent();
    assert.match(words, /Succeeded; began 0 ms after the start; took 21 s;/);
    assert.match(words, /try 1: .*; waited 5 s; try 2: .*; waited 15 s; try 3/);
    assert.match(words, /3 attempts/);
    const places = await bar(page, "profile")
      .locator(".part")
      .evaluateAll((parts) =>
        parts.map((part) => part.getBoundingClientRect().x),
      );
    assert.deepEqual(
      places.toSorted((a, b) => a - b),
      places,
    );
    const legend = page.getByRole("list", { name: "What the bars mean" });
    await legend.getByText("Failed try").waitFor();
    await legend.getByText("Waits to try again").waitFor();
    await legend.getByText("Shortened: nothing happened").waitFor();
    await page.getByText("The same as a table").click();
    const table = page.getByRole("region", { name: "Steps", exact: true });
    await table.getByText("waited 15 s").waitFor();
    await assertAccessible(page);
  });

  test("a step shows what it was given and gave, secrets hidden, markup as text", async () => {
    const { id } = await ended();
    const { page } = await operatorAt(`${PROJECT}/runs/${id}`);
    await bar(page, "tell").click();
    await inAddress(page, "step", "tell");
    const input = page.getByTestId("step-input");
    await input.getByText(`"token": "[hidden]"`).waitFor();
    assert.ok((await input.textContent()).includes("<img src=x onerror="));
    assert.match(
      await page.getByTestId("hidden-places").textContent(),
      /authorization\.token/,
    );
    await page
      .getByTestId("step-error")
      .getByText("request_")
      .first()
      .waitFor();
    await assertOnlyText(page);

    await page.reload();
    await input.waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      input.getByRole("button", { name: "Download" }).click(),
    ]);
    const saved = JSON.parse(await readFile(await file.path(), "utf8"));
    assert.equal(saved.body.said, HTML);
    await page.getByRole("button", { name: "What started the run" }).click();
    await page.getByTestId("step-output").getByText('"items"').waitFor();
    await assertOnlyText(page);
  });

  test("the timeline is within reach of the keyboard and of a screen reader", async () => {
    const { id } = await ended();
    const { page } = await operatorAt(`${PROJECT}/runs/${id}`);
    await bar(page, "profile").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await inAddress(page, "step", "again");
    const name = await bar(page, "again").textContent();
    assert.match(name, /again, zoom\.request: Succeeded; began .* took /);
    await page.getByTestId("step-output").waitFor();
    await assertAccessible(page);
  });

  test("a run is replayed after a question, and the page goes to the new one", async () => {
    const { id } = await ended();
    const { page } = await operatorAt(`${PROJECT}/runs/${id}`);
    await page.getByTestId("replay").click();
    await page.getByText("is done again").waitFor();
    await page.getByTestId("confirm").click();
    await page.waitForURL((url) => !url.pathname.endsWith(id));
    await page.getByText("Replay of").waitFor();
    const again = page.url().split("/").at(-1).split("?")[0];
    assert.equal(await page.getByTestId("run-id").textContent(), again);
    const done = page
      .getByTestId("run-status")
      .and(page.locator('[data-state="succeeded"]'));
    await done.waitFor();
  });

  test("a run that waits is drawn as it goes, and is stopped after a question", async () => {
    const id = await begun(slow, user);
    const { page } = await operatorAt(`${PROJECT}/runs/${id}`);
    await bar(page, "later").locator(".pause").waitFor();
    const status = page.getByTestId("run-status");
    await status.and(page.locator('[data-state="waiting"]')).waitFor();
    assert.equal(await page.locator('[data-live="true"]').count(), 1);
    await page.getByTestId("stop").click();
    await page.getByText("It ends before its next step").waitFor();
    await page.getByTestId("confirm").click();
    await status.and(page.locator('[data-state="stopped"]')).waitFor();
    await page.getByTestId("run-problem").getByText("run_stopped").waitFor();
    assert.equal(await page.getByTestId("stop").count(), 0);
  });

  test("a page whose Worker is away says so, keeps what it has, and goes on by itself", async () => {
    const { id } = await ended();
    const at = `${PROJECT}/runs?workflow_id=${quick.id}&account_id=${user}`;
    const { person, page } = await operatorAt(at);
    person.excuse(/net::ERR_FAILED/);
    await row(page, id).waitFor();
    await pointElsewhere(page);
    await page.route("**/connect/**", (route) => route.abort());
    const live = page.getByTestId("live");
    await live.getByText("Not up to date").waitFor();
    await live.getByText("This page tries again by itself").waitFor();
    assert.equal(await row(page, id).count(), 1);
    const next = await begun(quick, user, payload);
    await page.unroute("**/connect/**");
    await row(page, next).waitFor();
    await live.getByText("This list updates by itself").waitFor();
  });

  test("a run that is not there says so", async () => {
    const { person, page } = await operatorAt(`${PROJECT}/runs/r_0`);
    person.excuse(/status of 404/);
    await page.getByTestId("problem").getByText("run_not_found").waitFor();
  });

  test("the list is accessible", async () => {
    const { id } = await ended();
    const { page } = await operatorAt(`${PROJECT}/runs`);
    await row(page, id).waitFor();
    await assertAccessible(page);
    await pictures(page, "console-runs");
  });
});
