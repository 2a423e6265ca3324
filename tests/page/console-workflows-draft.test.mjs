// What of an unsaved workflow the console keeps in the browser: everything but secrets, whatever form it has.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { withoutSecrets } from "../../www/console/pages/workflows/state/draft.ts";
import {
  begunWith,
  keepableValues,
} from "../../www/console/pages/workflows/state/values.ts";

const SECRET = "sk_live_1";

/** A sound workflow, but for the secret that is written down in it. */
const TELLING = {
  name: "Telling",
  trigger: { type: "zoom.new_meeting" },
  steps: [step({ authorization: { type: "bearer", token: SECRET } })],
};

function step(inputs) {
  return {
    id: "tell",
    type: "request",
    inputs: { method: "POST", url: "https://backend.example.com", ...inputs },
  };
}

const [TELL] = TELLING.steps;

const withInputs = (inputs) => ({ ...TELLING, steps: [step(inputs)] });

const keptOf = (definition, text) =>
  withoutSecrets({ definition, revision: 1, text, leftOut: [] });

describe("a draft of a workflow that the crate cannot read", () => {
  const { name, trigger, ...unnamed } = TELLING;
  const { id, ...without } = TELL;
  const forms = {
    "without a name": { trigger, ...unnamed },
    "without a trigger": { name, ...unnamed },
    "with a step without an id": { ...TELLING, steps: [without] },
    "with an illegal id": { ...TELLING, steps: [{ ...TELL, id: "Tell us!" }] },
    "with two equal ids": { ...TELLING, steps: [TELL, TELL] },
    "with an unknown type": { ...TELLING, steps: [{ ...TELL, type: "send" }] },
    "with an authorization without a type": withInputs({
      authorization: { token: SECRET },
    }),
    "with an authorization that is a text": withInputs({
      authorization: `Bearer ${SECRET}`,
    }),
    "with an authorization of another type": withInputs({
      authorization: { type: SECRET, key: SECRET },
    }),
    "with steps in no list": { ...TELLING, steps: { first: TELL } },
    "with a step inside of a condition without a test": {
      ...TELLING,
      steps: [{ id: "when", type: "condition", then: [TELL] }],
    },
    "with headers in a list": withInputs({
      headers: [{ name: "X-Api-Key", value: SECRET }],
    }),
  };
  for (const [what, definition] of Object.entries(forms))
    test(`${what} is kept without its secret`, () => {
      const kept = JSON.stringify(keptOf(definition));
      assert.ok(!kept.includes(SECRET), kept);
      assert.ok(JSON.stringify(definition).includes(SECRET));
    });
});

describe("a secret in a draft", () => {
  const places = {
    "a header": { headers: { "X-Api-Key": SECRET } },
    "a header in another spelling": { headers: { AUTHORIZATION_2: SECRET } },
    "a cookie": { headers: { cookie: `session=${SECRET}` } },
    "a header with a harmless name": { headers: { via: `Bearer ${SECRET}` } },
    "beside a placeholder": { headers: { token: `{{user.id}}${SECRET}` } },
    "in front of a placeholder": { headers: { token: `sk_live {{user.id}}` } },
    "a default": { headers: { token: `{{user.id ?? "${SECRET}"}}` } },
    "a field of the body": { body: { inner: [{ api_key: SECRET }] } },
    "a number": { body: { password: 12345678 } },
    "a body that is no JSON yet": { body: `{"token": "${SECRET}` },
    "a text in a text": { body: `"{\\"x-api-key\\": \\"${SECRET}` },
    "a form": { body: `id=1&client_secret=${SECRET}` },
    "an address": { url: `https://backend.example.com/?token=${SECRET}` },
  };
  for (const [where, inputs] of Object.entries(places))
    test(`as ${where} is left out, and the place is told`, () => {
      const { definition, leftOut } = keptOf(withInputs(inputs));
      assert.doesNotMatch(JSON.stringify(definition), /sk_live|12345678/);
      assert.equal(leftOut.length, 1);
      assert.match(leftOut[0], /^steps\[0\]\.inputs\./);
    });

  test("in a condition is left out", () => {
    const test = {
      field: "{{trigger.headers.x-api-key}}",
      operator: "$stringExactlyMatches",
      value: SECRET,
    };
    const steps = [{ id: "when", type: "condition", if: test, then: [] }];
    const { definition, leftOut } = keptOf({ ...TELLING, steps });
    assert.equal(definition.steps[0].if.field, test.field);
    assert.deepEqual(leftOut, ["steps[0].if.value"]);
  });
});

describe("a draft", () => {
  test("keeps what is no secret as it was", () => {
    const definition = {
      ...withInputs({
        url: "https://backend.example.com/?token={{secrets.one}}&page=2",
        headers: {
          Authorization: "Bearer {{secrets.one}}",
          cookie: "session={{secrets.one}}",
          accept: "application/json",
        },
        authorization: {
          type: "basic",
          username: "ada",
          password: "{{secrets.one}}",
        },
        body: {
          topic: "{{trigger.object.topic ?? 'no topic'}}",
          token: "{{tell.output.token}}",
          text: "The basic plan, bearer of news: 12",
          count: 3,
        },
      }),
      description: "Renews the token: nothing else.",
      settings: [{ id: "key", label: "Your key", type: "text" }],
    };
    const kept = keptOf(definition);
    assert.deepEqual(kept.definition, definition);
    assert.deepEqual(kept.leftOut, []);
  });

  test("names what was left out until it is written again", () => {
    const leftOut = ["steps[0].inputs.authorization.token"];
    const kept = withoutSecrets({ definition: TELLING, revision: 1, leftOut });
    assert.deepEqual(kept.leftOut, leftOut);
  });

  const unreadable = [
    `{"token": "${SECRET}`,
    `{"Authorization": "Bearer ${SECRET}`,
    `{"x-api-key": "${SECRET}`,
    `{"body": "{\\"password\\": \\"${SECRET}`,
    `{"x": "{{x}}${SECRET}`,
    `{"to\\u006ben": "${SECRET}`,
    `{"cookie": "${SECRET}`,
  ];
  for (const text of unreadable)
    test(`does not keep the unreadable text ${text}`, () =>
      assert.equal(keptOf(TELLING, text).text, undefined));

  test("keeps an unreadable text that tells of no secret", () =>
    assert.equal(keptOf(TELLING, '{"name": "half').text, '{"name": "half'));
});

describe("the values of a step that is tried out", () => {
  test("are kept without secrets", () => {
    const text = JSON.stringify({
      trigger: { object: { id: 5 } },
      other: { output: { access_token: SECRET } },
    });
    assert.deepEqual(JSON.parse(keepableValues(text)), {
      trigger: { object: { id: 5 } },
      other: { output: { access_token: "" } },
    });
    assert.equal(keepableValues(`{"token": "${SECRET}`), undefined);
    assert.equal(keepableValues('{"trigger": '), '{"trigger": ');
  });

  test("come with examples of what the step has named since", () => {
    const kept = '{"trigger": {"id": 7}}';
    const examples = { trigger: { id: 1 }, settings: { team: "A" } };
    assert.deepEqual(JSON.parse(begunWith(kept, examples)), {
      trigger: { id: 7 },
      settings: { team: "A" },
    });
    assert.equal(begunWith('{"trig', examples), '{"trig');
    assert.deepEqual(JSON.parse(begunWith(undefined, examples)), examples);
  });
});
