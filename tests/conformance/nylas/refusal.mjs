// What a failure looks like to a server: the documented shape, to the letter.

import assert from "node:assert/strict";

import { ApiError } from "./client.mjs";

/** The message of a call that must fail so: one request id everywhere, and the sentence that the published client makes. */
export async function refused(call, status, code) {
  const error = await call.then(
    () => assert.fail(`it went well instead of ${code}`),
    (error) => error,
  );
  assert.ok(error instanceof ApiError, error);
  assert.equal(error.status, status, error.text);
  const { success, error: problem, message, type } = JSON.parse(error.text);
  assert.equal(success, false);
  assert.equal(problem.code, code);
  assert.equal(problem.http_code, status);
  assert.equal(typeof problem.event_code, "number");
  assert.equal(problem.message, message);
  assert.equal(problem.type, type);
  assert.ok(message && type);
  assert.equal(problem.request_id, error.headers["x-request-id"]);
  assert.ok(problem.request_id);
  assert.ok(error.message.includes(`Reason: ${message}. Nylas Error Type:`));
  return message;
}
