// Connected users in the console: finding them, and what an operator may do about them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { assertAccessible } from "../setup/axe.mjs";
import { operatorAt } from "../setup/operator.mjs";
import { decide, withPeople } from "../setup/person.mjs";
import { picture } from "../setup/pictures.mjs";
import { ADA, ALAN, product } from "../setup/product.mjs";
import {
  PROJECT,
  asServer,
  assertOnlyText,
  connectedUser,
  deployed,
  eraseUser,
  inAddress,
  look,
  undeployed,
} from "../setup/watched.mjs";

withPeople();

describe("connected users", () => {
  /** Opens the page of a user's grant. */
  const userAt = (grant) => operatorAt(`${PROJECT}/users/${grant}`);

  test("users are found by a part of their id, and by status", async () => {
    const { user, grant } = await connectedUser("<b>search</b>", ALAN);
    const { page } = await operatorAt(`${PROJECT}/users`);
    const found = page.locator(`tr[data-grant="${grant}"]`);
    const part = user.slice(3);
    await page.getByTestId("filter-q").fill(part);
    await inAddress(page, "q", part);
    await found.waitFor();
    await page.locator("tbody tr").nth(1).waitFor({ state: "detached" });
    await found.getByText(ALAN).waitFor();
    await assertOnlyText(page);
    await assertAccessible(page);
    await picture(page, "console-users");
    await page.getByTestId("filter-grant_status").selectOption("invalid");
    await page.getByText("No user is like that").waitFor();
    await page.reload();
    await page.getByText("No user is like that").waitFor();
    await page.getByTestId("filter-grant_status").selectOption("valid");
    await found.getByRole("link", { name: user }).click();
    await page.getByTestId("grant-status").waitFor();
    await page.getByRole("heading", { name: user, level: 1 }).waitFor();
    await assertOnlyText(page);
    await eraseUser(user);
  });

  test("users are found by e-mail address and by name", async () => {
    const [alan, ada] = await Promise.all([
      connectedUser("by-mail", ALAN),
      connectedUser("by-mail", ADA),
    ]);
    const { name } = await asServer("GET", `grants/${alan.grant}`);
    const { page } = await operatorAt(`${PROJECT}/users`);
    const row = ({ grant }) => page.locator(`tr[data-grant="${grant}"]`);
    await row(ada).waitFor();
    await row(alan).waitFor();
    await page.getByTestId("filter-q").fill("ada@acme");
    await row(alan).waitFor({ state: "detached" });
    await row(ada).waitFor();
    await page.getByTestId("filter-q").fill(name.slice(1));
    await row(ada).waitFor({ state: "detached" });
    await row(alan).getByText(name).waitFor();
    await eraseUser(alan.user);
    await eraseUser(ada.user);
  });

  test("a reconnect link is made, copied, and leads back to the same account", async () => {
    const { user, grant } = await connectedUser("reconnect", ALAN);
    const { page, person } = await userAt(grant);
    await person.context.grantPermissions([
      "clipboard-read",
      "clipboard-write",
    ]);
    await page.getByTestId("reconnect").click();
    const link = await page.getByTestId("reconnect-link").textContent();
    assert.ok(link.startsWith(`${product.worker}/connect/login?id=`), link);
    await page.getByText("It can be used once, until").waitFor();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Copy Link" }).click();
    await dialog.getByText("Copied!").first().waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, link);
    await assertAccessible(page);

    const before = await asServer("GET", `grants/${grant}`);
    const visit = await person.open(copied);
    await visit.getByTestId("confirm-connect").click();
    await decide(visit, "allow", ALAN);
    await visit.waitForURL(`${product.worker}/connect/done*`);
    await visit.getByText("Connected").first().waitFor();
    const all = await asServer("GET", `grants?account_id=${user}`);
    assert.deepEqual(
      all.map(({ id }) => id),
      [grant],
    );
    assert.ok(all[0].updated_at >= before.updated_at);
    assert.equal(all[0].grant_status, "valid");
    await eraseUser(user);
  });

  test("workflows of a user are switched and filled in", async () => {
    const { user, grant } = await connectedUser("settings", ALAN);
    const workflow = await deployed("Greeting", [look("profile")], {
      default_enabled: false,
      settings: [
        { id: "address", label: "Address", type: "email", required: true },
      ],
    });
    const { page } = await userAt(grant);
    const card = page.getByTestId("enablements");
    const item = card.locator("li").filter({ hasText: workflow.name });
    await item.getByRole("switch").check();
    await item.getByText("Not filled in").waitFor();
    await item.getByRole("button", { name: /^Settings of/ }).click();
    await item.getByLabel("Address").fill("greet@acme.example");
    await assertAccessible(page);
    await item.getByRole("button", { name: "Save" }).click();
    await item.getByText("Runs", { exact: true }).waitFor();
    const all = await asServer("GET", `grants/${grant}/workflows`);
    const [one] = all.filter(({ workflow_id: id }) => id === workflow.id);
    assert.equal(one.on, true);
    assert.deepEqual(one.settings, { address: "greet@acme.example" });
    await undeployed(workflow);
    await eraseUser(user);
  });

  test("what is asked for is the deployed version's; what is typed survives a reload; a choice is taken back", async () => {
    const { user, grant } = await connectedUser("deployed", ALAN);
    const choices = [
      { value: "en", label: "English" },
      { value: "de", label: "German" },
    ];
    const workflow = await deployed("Greeting", [look("profile")], {
      settings: [
        { id: "address", label: "Address", type: "email", required: false },
        { id: "tongue", label: "Language", type: "choice", choices },
      ],
    });
    const path = `workflows/${workflow.id}`;
    const { definition } = await asServer("GET", path);
    const settings = [{ id: "phone", label: "Phone", type: "text" }];
    await asServer("PATCH", path, { ...definition, settings });
    const { page } = await userAt(grant);
    const card = page.getByTestId("enablements");
    const item = card.locator("li").filter({ hasText: workflow.name });
    await item.getByRole("button", { name: /^Settings of/ }).click();
    await item.getByLabel("Address").fill("kept@acme.example");
    await item.getByText("Not saved yet").waitFor();
    assert.equal(await item.getByLabel("Phone").count(), 0);
    await page.reload();
    const address = item.getByLabel("Address");
    await address.waitFor();
    assert.equal(await address.inputValue(), "kept@acme.example");
    await item.getByLabel("Language").selectOption("German");
    const save = item.getByRole("button", { name: "Save" });
    await save.click();
    await item.getByText("Saved", { exact: true }).waitFor();
    assert.equal(await save.isDisabled(), true);
    await item.getByLabel("Language").selectOption("Choose …");
    assert.equal(await item.getByLabel("Language").inputValue(), "");
    await save.click();
    await item.getByText("Saved", { exact: true }).waitFor();
    const all = await asServer("GET", `grants/${grant}/workflows`);
    const [one] = all.filter(({ workflow_id: id }) => id === workflow.id);
    assert.deepEqual(one.settings, { address: "kept@acme.example" });
    await undeployed(workflow);
    await eraseUser(user);
  });

  test("an account is disconnected after a question", async () => {
    const { grant } = await connectedUser("leaving", ALAN);
    const { page } = await userAt(grant);
    await page.getByTestId("disconnect").click();
    await page.getByRole("button", { name: "Cancel" }).click();
    assert.equal((await asServer("GET", `grants/${grant}`)).id, grant);
    await page.getByTestId("disconnect").click();
    await page.getByTestId("confirm").click();
    await page.getByTestId("disconnected").waitFor();
    await assert.rejects(asServer("GET", `grants/${grant}`), /grant_not_found/);
  });

  test("a user is erased once somebody has typed whose id it is", async () => {
    const { user, grant } = await connectedUser(`<u>erase</u>`, ALAN);
    const { page } = await userAt(grant);
    await page.getByTestId("erase").click();
    const confirm = page.getByTestId("confirm");
    await page.getByTestId("erase-id").fill(user.slice(0, -1));
    assert.equal(await confirm.isDisabled(), true);
    await assertAccessible(page);
    await page.getByTestId("erase-id").fill(user);
    await confirm.click();
    const erased = page.getByTestId("erased");
    await erased.getByText("One account was disconnected").waitFor();
    await assertOnlyText(page);
    await assert.rejects(asServer("GET", `grants/${grant}`), /grant_not_found/);
  });
});
