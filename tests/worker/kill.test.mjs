// The runtime is killed without a chance to clean up, in the middle of connects and refreshes, and started again on the
// same files. What was acknowledged is there; what was not, ends with a clear word; and everyone can go on.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Runtime, until } from "./runtime.mjs";
import { json, User } from "./user.mjs";

const ROUNDS = 3;
const ACCOUNTS = {
  ada: "ada@acme.example",
  alan: "alan@acme.example",
  grace: "grace@globex.example",
};

/** The only failures that a kill may leave behind. */
const CLEAR = ["reconnect_required", "not_connected"];

describe("kill -9 of the runtime", () => {
  let runtime;
  before(async () => (runtime = await Runtime.start()));
  after(() => runtime?.end());

  /** Connects and refreshes until the runtime dies; notes what was begun and what was acknowledged. */
  async function work(user, account, notes) {
    for (;;) {
      try {
        const consent = await user.consent(account);
        notes.sessions.push(consent);
        await user.comeBack(consent);
        const session = await user.session(consent);
        if (session.status === "done") notes.connected = true;
        await runtime.zoom.control("POST", `users/${account}/expire`);
        await (await user.request()).arrayBuffer();
      } catch (error) {
        // This is how fetch tells that the other side is gone.
        if (error instanceof TypeError) return;
        throw error;
      }
    }
  }

  /** The first answer that is not "try again". */
  const settledAnswer = (user) =>
    until("an answer", async () => {
      const answer = await user.request();
      if (answer.status !== 503) return answer;
      await answer.arrayBuffer();
      return false;
    });

  test("loses nothing that was acknowledged, and leaves nobody stuck", async () => {
    await runtime.zoom.control("POST", "faults", {
      kind: "token",
      fault: { type: "delay", ms: 150 },
      times: null,
    });
    const people = Object.entries(ACCOUNTS).map(([name, account]) => ({
      user: new User(runtime, name),
      account,
      notes: { sessions: [], connected: false },
    }));

    for (let round = 0; round < ROUNDS; round += 1) {
      const begun = () => people.map(({ notes }) => notes.sessions.length);
      const before = begun();
      const working = people.map(({ user, account, notes }) =>
        work(user, account, notes),
      );
      await until("everyone has connected in this round", () =>
        begun().every((count, person) => count > before[person] + 1),
      );
      // Anywhere in the next connect or refresh.
      await pause(Math.random() * 400);
      await runtime.kill();
      await Promise.all(working);
      await runtime.startWorker();
    }
    await runtime.zoom.control("DELETE", "faults");

    for (const { user, account, notes } of people) {
      const answer = await settledAnswer(user);
      if (answer.status !== 200) {
        const { code } = await answer.json();
        assert.ok(CLEAR.includes(code), `${answer.status} ${code}`);
        if (notes.connected) assert.notEqual(code, "not_connected");
      }
      for (const consent of notes.sessions) {
        const session = await until("the session has ended", async () => {
          // One that nobody came back for stays open, as any other.
          const session = await user.session(consent);
          if (session.status !== "open") return session;
          await user.comeBack(consent);
          return false;
        });
        if (session.status === "failed") assert.ok(session.problem.code);
      }
      await user.connect(account);
      await json(await user.request(), 200);
    }
  });
});
