// The OpenAPI document as a test uses it: where an operation is, what it takes and answers, and a note of every answer
// that came. Objects are closed here: a field of an answer that the document does not name is a failure.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Ajv2020 } from "ajv/dist/2020.js";

import { product } from "../../setup/product.mjs";

const root = join(import.meta.dirname, "../../..");

/** The text of the document in the repository. */
export const text = readFileSync(
  join(root, "worker/assets/openapi.json"),
  "utf8",
);
export const document = JSON.parse(text);

const ajv = new Ajv2020({ strict: false, allErrors: true });
const components = closed(document.components);
const compiled = new Map();

/** The operations by id, each with its method and path. */
export const operations = new Map();
for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    operations.set(operation.operationId, { ...operation, method, path });
  }
}

/** Every `operation status` that is documented, but for `default`. */
export function documented() {
  const statuses = ({ operationId, responses }) =>
    Object.keys(responses)
      .filter((status) => status !== "default")
      .map((status) => `${operationId} ${status}`);
  return [...operations.values()].flatMap(statuses).sort();
}

/** Every documented `operation status` that has come so far. */
export const produced = new Set();

/** Asks for an operation, and checks that it answers this status (and code) as documented. Answers the JSON or text. */
export async function produce(id, status, code, request = {}) {
  const operation = operations.get(id);
  const { path = {}, query = {}, headers = {}, body } = request;
  if (status < 400) checkRequest(operation, request);
  const place =
    request.rawPath ??
    operation.path.replaceAll(/\{(\w+)\}/g, (_, name) => {
      // Only this one may have slashes.
      return name === "path"
        ? path[name]
        : encodeURIComponent(path[name] ?? "x");
    });
  const url = new URL(product.worker + place);
  url.search = new URLSearchParams(query);
  const isText = typeof body === "string";
  const answer = await fetch(url, {
    method: operation.method.toUpperCase(),
    headers: {
      ...(body && { "content-type": "application/json" }),
      ...headers,
    },
    body: isText ? body : body && JSON.stringify(body),
    redirect: "manual",
  });
  return check(operation, status, code, answer);
}

function checkRequest({ parameters, requestBody }, { query = {}, body }) {
  const known = parameters.filter((one) => one.in === "query");
  const names = known.map(({ name }) => name);
  for (const name of Object.keys(query)) assert.ok(names.includes(name), name);
  for (const { name, required } of known) {
    assert.ok(!required || name in query, `${name} is missing`);
  }
  const schema = requestBody?.content["application/json"]?.schema;
  if (requestBody?.required) assert.ok(body, "a body is wanted");
  if (schema && body) fits(schema, body);
}

async function check({ operationId, responses, tags }, status, code, answer) {
  const words = await answer.text();
  assert.equal(answer.status, status, words.slice(0, 2000));
  assert.ok(answer.headers.get("x-request-id"));
  assert.equal(answer.headers.get("x-isthmus-code"), code ?? null);
  const key = [String(status), `${String(status)[0]}XX`].find(
    (key) => key in responses,
  );
  assert.ok(key, `${operationId} does not document ${status}`);
  const { description, content } = responses[key];
  if (code)
    assert.ok(description.includes(`\`${code}\``), `${code} is not said`);
  produced.add(`${operationId} ${key}`);
  if (!content) {
    assert.equal(words, "");
    return undefined;
  }
  const [type] = (answer.headers.get("content-type") ?? "").split(";");
  assert.ok(type in content || "*/*" in content, `${type} is not documented`);
  const value = type === "application/json" ? JSON.parse(words) : words;
  const failure = tags[0] === "server" ? "ServerFailure" : "SdkFailure";
  // What passes Zoom's answers on has failures of our own all the same.
  const schema =
    content[type]?.schema ??
    (code ? { $ref: `#/components/schemas/${failure}` } : {});
  fits(schema, value);
  return value;
}

function fits(schema, value) {
  const name = JSON.stringify(schema);
  if (!compiled.has(name)) {
    compiled.set(name, ajv.compile({ ...closed(schema), components }));
  }
  const validate = compiled.get(name);
  const errors = () =>
    `${ajv.errorsText(validate.errors)}: ${JSON.stringify(value).slice(0, 2000)}`;
  assert.ok(validate(value), errors());
}

/** The same schemas; no object has a field that is not named. */
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== "object") return schema;
  const each = Object.entries(schema).map(([name, one]) => [name, closed(one)]);
  const copy = Object.fromEntries(each);
  const isObject = schema.type === "object" && "properties" in schema;
  return isObject ? { additionalProperties: false, ...copy } : copy;
}
