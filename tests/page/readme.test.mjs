// What the README shows of the console and the portal: the demo's assistant, as the operator and as Ada see it. Its pictures
// are kept in docs when ISTHMUS_KEEP_PICTURE is set.

import { describe, test } from "node:test";

import { operatorAt } from "../setup/operator.mjs";
import { connected, withPeople } from "../setup/person.mjs";
import { docsPicture } from "../setup/pictures.mjs";
import { ADA, nameOf, zoom } from "../setup/product.mjs";
import { asServer, eventually, PROJECT } from "../setup/watched.mjs";

const WINDOW = { viewport: { width: 1120, height: 680 }, colorScheme: "light" };

const assistant = async () =>
  (await asServer("GET", "workflows?limit=200")).find(
    ({ name }) => name === "Assistant",
  );

/** Ada has connected, and the assistant is on for her. */
async function employed() {
  const at = await connected("ada", ADA, WINDOW);
  const [grant] = await asServer("GET", "grants?account_id=ada");
  const { id } = await assistant();
  await asServer("PATCH", `grants/${grant.id}/workflows/${id}`, {
    enabled: true,
    settings: { assistant_email: "assistant@acme.example" },
  });
  return at;
}

/** A run of the assistant that went well, for a meeting with registration; answers its id. */
async function succeeded() {
  const topic = nameOf("Planning");
  const known = new Set((await asServer("GET", RUNS)).map(({ id }) => id));
  await zoom("POST", "meetings", {
    user: ADA,
    topic,
    registration: "automatic",
  });
  const run = await eventually(async () =>
    (await asServer("GET", RUNS)).find(({ id }) => !known.has(id)),
  );
  return run.id;
}

const RUNS = "runs?status=succeeded&account_id=ada&limit=200";

describe("the README shows", () => {
  withPeople();

  test("the workflow editor", async () => {
    const { id } = await assistant();
    const { page } = await operatorAt(`${PROJECT}/workflows/${id}`, WINDOW);
    await page.getByTestId("node-steps[1].then[0]").click();
    await page
      .getByRole("region", { name: "Add Meeting Registrant" })
      .waitFor();
    await docsPicture(page, "console-workflow");
  });

  test("a run, and the portal", async () => {
    const { person, page } = await employed();
    const run = await succeeded();
    const operator = await operatorAt(`${PROJECT}/runs/${run}`, WINDOW);
    await operator.page.setViewportSize({ width: 1280, height: 900 });
    await operator.page.getByTestId("timeline").waitFor();
    await docsPicture(operator.page, "console-run");
    const portal = await person.popup(page, () =>
      page.getByTestId("manage-zoom").click(),
    );
    await portal.getByRole("switch", { name: "Assistant" }).waitFor();
    await portal.setViewportSize({ width: 500, height: 760 });
    await docsPicture(portal, "portal");
  });
});
