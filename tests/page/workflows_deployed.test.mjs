// What the demo app's server makes sure of at each start: its workflows are deployed as they are in its repository, against
// a Worker that is only a list.

import assert from "node:assert/strict";
import { test } from "node:test";

import { deploy } from "../../www/demo/workflows.mjs";

const NAMES = ["Assistant", "Follow-up", "Next meeting"];
const OPTIONS = { here: "http://localhost:1", secrets: { demo_backend: "s" } };

/** A Worker with these workflows, and what it was asked besides questions. */
function worker(workflows = []) {
  const asked = [];
  const one = (id) => workflows.find((workflow) => workflow.id === id);
  const change = (workflow, definition) =>
    Object.assign(workflow, { name: definition.name, definition });
  const ask = async (method, path, content) => {
    const [, id, what] = path.split("/");
    if (method === "GET") return structuredClone(id ? one(id) : workflows);
    asked.push([method, path]);
    if (method === "PUT") return {};
    if (method === "PATCH") return change(one(id), content);
    if (what === "deploy")
      return Object.assign(one(id), { status: "deployed" });
    const made = { id: `w${workflows.length}`, status: "draft" };
    workflows.push(change(made, content));
    return made;
  };
  return { ask, asked, workflows };
}

test("the first start creates and deploys each, with the secret and the server's own address", async () => {
  const { ask, asked, workflows } = worker();
  const ids = await deploy(ask, OPTIONS);
  assert.deepEqual(ids, {
    assistant: "w0",
    "follow-up": "w1",
    "next-meeting": "w2",
  });
  const each = ["w0", "w1", "w2"].flatMap((id) => [
    ["POST", "workflows"],
    ["POST", `workflows/${id}/deploy`],
  ]);
  assert.deepEqual(asked, [["PUT", "workflow-secrets/demo_backend"], ...each]);
  assert.deepEqual(
    workflows.map(({ name }) => name),
    NAMES,
  );
  const text = JSON.stringify(workflows);
  assert.ok(text.includes('"http://localhost:1/assistant"'));
  assert.ok(!text.includes("localhost:8788"));
});

test("a later start leaves what is there, and what others made", async () => {
  const other = { id: "x", name: "Another", status: "draft", definition: {} };
  const { ask, asked, workflows } = worker([other]);
  const ids = await deploy(ask, OPTIONS);
  asked.length = 0;
  assert.deepEqual(await deploy(ask, OPTIONS), ids);
  assert.deepEqual(asked, [["PUT", "workflow-secrets/demo_backend"]]);
  assert.deepEqual(workflows[0], other);
});

test("a definition that has changed is changed and deployed, one that was undeployed is deployed", async () => {
  const { ask, asked, workflows } = worker();
  await deploy(ask, OPTIONS);
  asked.length = 0;
  workflows[1].definition.steps = [];
  workflows[2].status = "draft";
  await deploy(ask, OPTIONS);
  assert.deepEqual(asked.slice(1), [
    ["PATCH", "workflows/w1"],
    ["POST", "workflows/w1/deploy"],
    ["POST", "workflows/w2/deploy"],
  ]);
});
