// The workflows of the console's tests: made for one test, opened in the editor, and deleted after it.

import { afterEach } from "node:test";

import { operatorAt } from "./operator.mjs";
import { nameOf } from "./product.mjs";
import { PROJECT, asServer } from "./watched.mjs";

/** Where the product's workflows are in the console. */
export const workflows = `${PROJECT}/workflows`;

/** The workflows of one test. */
let made = [];

/** For a file of tests: deletes after each what it has made. */
export function withWorkflows() {
  afterEach(async () => {
    for (const id of made) await asServer("DELETE", `workflows/${id}`);
    made = [];
  });
}

/** Remembers the workflow that a page has just created and shows; answers its id. */
export function madeIn(page) {
  const id = page.url().split("/").at(-1);
  made.push(id);
  return id;
}

/** A workflow that a test begins with. */
export const DEFINITION = {
  trigger: { type: "zoom.new_meeting" },
  steps: [
    {
      id: "read",
      type: "zoom.get_meeting_by_id",
      inputs: { meeting_id: "{{trigger.object.id}}" },
    },
    {
      id: "tell",
      type: "request",
      inputs: {
        method: "POST",
        url: "https://backend.example.com",
        body: { topic: "{{read.output.topic}}" },
      },
    },
  ],
};

/** Opens a workflow of this definition in the editor. */
export async function editorOf(definition = DEFINITION, options) {
  const name = nameOf("Edited");
  const workflow = await asServer("POST", "workflows", { name, ...definition });
  made.push(workflow.id);
  const at = await operatorAt(`${workflows}/${workflow.id}`, options);
  await at.page.getByTestId("diagram").waitFor();
  return { ...at, workflow };
}

/** The workflow as it is stored. */
export const stored = ({ id }) => asServer("GET", `workflows/${id}`);

/** A step in the diagram. */
export const node = (page, place) => page.getByTestId(`node-${place}`);

/** A field in the panel. */
export const field = (page, place) => page.getByTestId(`field-${place}`);

/** Adds a step of this kind. */
export async function add(page, list, index, kind) {
  await page.getByTestId(`add-${list}-${index}`).click();
  await page.getByTestId(`kind-${kind}`).click();
}

/** Waits until the bar says this of what is stored and deployed. */
export const states = (page, text) =>
  page.getByTestId("states").filter({ hasText: text }).waitFor();

/** Waits until nothing is left to save. */
export const saved = (page) =>
  page
    .getByTestId("states")
    .getByText("Not saved")
    .waitFor({ state: "detached" });
