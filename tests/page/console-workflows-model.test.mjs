// What the console makes of a workflow in any state: what is wrong everywhere in it, and what a new name changes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";

import { checked } from "../../www/console/pages/workflows/model/complaints.ts";
import { renamed } from "../../www/console/pages/workflows/model/names.ts";
import { withId } from "../../www/console/pages/workflows/model/steps.ts";

/** The crate's checks, as the pages have them. */
let rules;
before(async () => {
  const folder = new URL("../../www/console/wasm/", import.meta.url);
  const wasm = await import(new URL("isthmus.js", folder));
  wasm.initSync({ module: readFileSync(new URL("isthmus_bg.wasm", folder)) });
  rules = {
    check: (definition, secrets) =>
      JSON.parse(
        wasm.checkWorkflow(
          JSON.stringify(definition),
          secrets && JSON.stringify(secrets),
        ),
      ),
    variables: (definition, step) =>
      JSON.parse(wasm.workflowVariables(JSON.stringify(definition), step)),
  };
});

const placesIn = (definition) =>
  checked(rules, definition, []).complaints.map(({ at }) => at);

/** A workflow with one thing wrong in its last step, which everything else must not hide. */
const SOUND = {
  name: "Sound",
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
        authorization: { type: "bearer", token: "sk_live_1" },
      },
    },
  ],
};
const WRONG = "steps[1].inputs.authorization.token";

describe("what is wrong in a workflow", () => {
  const [read, tell] = SOUND.steps;
  const { name, trigger, ...rest } = SOUND;
  const { id, ...unnamed } = read;
  const settings = (...all) => ({ ...SOUND, settings: all });
  const first = (step) => ({ ...SOUND, steps: [step, tell] });
  const cases = {
    "a missing name": [{ trigger, ...rest }, "name"],
    "an empty name": [{ ...SOUND, name: "" }, "name"],
    "a missing trigger": [{ name, ...rest }, "trigger"],
    "a trigger without a type": [{ ...SOUND, trigger: {} }, "trigger.type"],
    "an unknown trigger": [
      { ...SOUND, trigger: { type: "zoom.new_meting" } },
      "trigger.type",
    ],
    "an app event without a name": [
      { ...SOUND, trigger: { type: "event", name: "" } },
      "trigger.name",
    ],
    "a schedule that is none": [
      { ...SOUND, trigger: { type: "schedule", cron: "daily" } },
      "trigger.cron",
    ],
    "a request that wants something unknown": [
      { ...SOUND, trigger: { type: "request", required: [{ part: "x" }] } },
      "trigger.required[0].part",
    ],
    "a step without an id": [first(unnamed), "steps[0].id"],
    "an illegal id": [first({ ...read, id: "Read!" }), "steps[0].id"],
    "an unknown type of step": [
      first({ ...read, type: "zoom.get_meting" }),
      "steps[0].type",
    ],
    "a step without a type": [first({ id }), "steps[0].type"],
    "a step that is none": [first("read"), "steps[0]"],
    "steps of a branch that are no list": [
      first({
        id: "when",
        type: "condition",
        if: { field: "user.id", operator: "$exists" },
        then: 5,
      }),
      "steps[0].then",
    ],
    "a setting without an id": [settings({ type: "text" }), "settings[0].id"],
    "a setting of an unknown type": [
      settings({ id: "team", type: "texts" }),
      "settings[0].type",
    ],
    "a choice without a value": [
      settings({ id: "team", type: "choice", choices: [{}] }),
      "settings[0].choices[0].value",
    ],
  };
  for (const [what, [definition, at]] of Object.entries(cases))
    test(`${what} is named, and hides nothing else`, () => {
      const found = placesIn(definition);
      assert.equal(found[0], at);
      assert.ok(found.includes(WRONG), found.join(", "));
      const { readable } = checked(rules, definition, []);
      const paths = rules.variables(readable, "tell").map(({ path }) => path);
      assert.ok(paths.includes("user.id"), paths.join(", "));
    });

  test("the second of two equal ids is named, and hides nothing else", () => {
    const found = placesIn({ ...SOUND, steps: [tell, tell] });
    assert.equal(found[0], "steps[1].id");
    assert.ok(found.includes(WRONG));
    assert.ok(found.includes("steps[0].inputs.authorization.token"));
  });

  test("many such things are all named, once each", () => {
    const found = placesIn({
      ...rest,
      settings: [{ type: "text" }],
      steps: [unnamed, { ...tell, type: "requests" }],
    });
    assert.deepEqual(found, [
      "trigger",
      "name",
      "settings[0].id",
      "steps[0].id",
      "steps[1].type",
    ]);
  });

  test("nothing else is said of a trigger without a type that steps read from", () =>
    assert.deepEqual(placesIn({ ...SOUND, steps: [read], trigger: {} }), [
      "trigger.type",
    ]));
});

describe("a new name", () => {
  const definition = {
    trigger: {
      type: "zoom.new_meeting",
      filter: { field: "object.topic", operator: "$stringContains", value: "" },
    },
    steps: [
      { id: "object", type: "delay" },
      {
        id: "when",
        type: "condition",
        if: { field: "object.topic", operator: "$exists" },
      },
      { id: "tell", type: "request", inputs: { body: "{{object.output}}" } },
    ],
  };

  test("of a step is used by the steps, and not by the trigger's filter", () => {
    const next = withId(definition, "steps[0]", "waited");
    assert.deepEqual(next.trigger, definition.trigger);
    assert.deepEqual(
      [next.steps[0].id, next.steps[1].if.field, next.steps[2].inputs.body],
      ["waited", "waited.topic", "{{waited.output}}"],
    );
  });

  test("of a setting is used wherever it is named", () => {
    const body = { a: "{{settings.team}}", b: "{{settings.teams}}" };
    assert.deepEqual(
      renamed({ steps: [{ body }] }, "settings.team", "settings.group"),
      {
        steps: [{ body: { a: "{{settings.group}}", b: "{{settings.teams}}" } }],
      },
    );
  });
});
