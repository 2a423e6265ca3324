// Events and deliveries in the console: what Zoom said, what came of it, and who was told.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import { operatorAt } from "../setup/operator.mjs";
import { withPeople } from "../setup/person.mjs";
import { picture } from "../setup/pictures.mjs";
import { ALAN, newUser, product, zoom } from "../setup/product.mjs";
import {
  HTML,
  PROJECT,
  asServer,
  assertOnlyText,
  connectedUser,
  deployed,
  eraseUser,
  eventually,
  look,
  undeployed,
} from "../setup/watched.mjs";

withPeople();

/** The bar of a step in the timeline. */
const bar = (page, step) => page.locator(`.timeline [data-step="${step}"]`);

describe("events and deliveries", () => {
  const topic = `Planning ${newUser("x")} ${HTML}`;
  let user, workflow, subscription;

  before(async () => {
    user = (await connectedUser("<i>events</i>", ALAN)).user;
    workflow = await deployed("On meeting", [look("profile")], {
      trigger: { type: "zoom.new_meeting" },
    });
    subscription = await asServer("POST", "subscriptions", {
      trigger: "new_meeting",
      account_id: user,
    });
    await zoom("POST", "meetings", { user: ALAN, topic });
    await eventually(async () => {
      const query = `account_id=${encodeURIComponent(user)}`;
      const [run] = await asServer("GET", `runs?${query}`);
      const told = (
        await asServer(
          "GET",
          `deliveries?subscription_id=${subscription.id}&${query}`,
        )
      )[0];
      return run?.ended_at && told?.status === "delivered";
    });
  });
  after(async () => {
    await asServer("DELETE", `subscriptions/${subscription.id}`);
    await undeployed(workflow);
    await eraseUser(user);
  });

  const listed = (name) =>
    `${PROJECT}/${name}?account_id=${encodeURIComponent(user)}`;

  /** Those of the subscription; the project may have others. */
  const deliveries = () =>
    `${listed("deliveries")}&subscription_id=${subscription.id}`;

  test("an event shows what Zoom said as text, and leads to what came of it", async () => {
    const { page } = await operatorAt(listed("events"));
    await page.getByRole("link", { name: "New meeting" }).waitFor();
    await assertAccessible(page);
    await picture(page, "console-events");
    await page.getByRole("link", { name: "New meeting" }).click();
    const output = page.getByTestId("event-output");
    await output.getByText("<img src=x onerror=").waitFor();
    await output.getByText(/Secrets are hidden here: .*object\./).waitFor();
    await page
      .getByRole("heading", { name: `New meeting: ${topic}` })
      .waitFor();
    await assertOnlyText(page);
    await assertAccessible(page);
    const runs = page.getByTestId("runs-of-event");
    const own = runs.getByRole("listitem").filter({ hasText: user });
    await own.getByRole("link", { name: workflow.name }).click();
    await bar(page, "profile").waitFor();
    await assertOnlyText(page);
    await page.getByRole("link", { name: "the event" }).click();
    const told = page.getByTestId("deliveries-of-event");
    await told.getByRole("listitem").first().waitFor();
    await told.getByRole("link", { name: "/events" }).first().click();
    await page.getByTestId("delivery-status").waitFor();
  });

  test("a delivery shows its attempts and is replayed after a question", async () => {
    const { page } = await operatorAt(deliveries());
    await page.getByRole("link", { name: "meeting.created" }).click();
    const attempts = page.getByTestId("attempt");
    await attempts.first().waitFor();
    assert.equal(await attempts.count(), 1);
    await attempts.getByText(/Answered 2/).waitFor();
    await assertAccessible(page);
    await page.getByTestId("replay").click();
    await page.getByTestId("confirm").click();
    await attempts.nth(1).waitFor();
    await page
      .getByTestId("delivery-status")
      .and(page.locator('[data-state="delivered"]'))
      .waitFor();
    await picture(page, "console-delivery");
  });

  test("their lists are narrowed, and stay so over a reload", async () => {
    const { page } = await operatorAt(deliveries());
    await page.getByTestId("filter-status").selectOption("delivered");
    await page.getByRole("link", { name: "meeting.created" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "meeting.created" }).waitFor();
    const status = page.getByTestId("filter-status");
    assert.equal(await status.inputValue(), "delivered");
    await status.selectOption("failed");
    await page.getByText("No delivery is like that").waitFor();
    await page.goto(product.worker + listed("events"));
    await page.getByTestId("filter-trigger").selectOption("meeting_ended");
    await page.getByText("No event is like that").waitFor();
  });
});
