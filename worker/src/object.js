// The records of one Durable Object, in one SQLite table, and how to ask an object. `object.rs` says what for.
// Every statement runs at once, without an await: nothing comes between. What leaves the object (an answer, a fetch)
// waits at the runtime's output gate until the writes before it are on disk.

const SET = "INSERT OR REPLACE INTO records (key, value) VALUES (?, ?)";

/** Makes the table unless it is there. @param {DurableObjectState} state */
export function openRecords(state) {
  state.storage.sql.exec(
    "CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
  );
}

/** The text under a key, or nothing. */
export function readRecord(state, key) {
  const rows = state.storage.sql.exec(
    "SELECT value FROM records WHERE key = ?",
    key,
  );
  return rows.toArray()[0]?.value;
}

/** Writes `[[key, text], …]`, all or none; a key without a text is deleted. */
export function writeRecords(state, records) {
  const { sql } = state.storage;
  state.storage.transactionSync(() => {
    for (const [key, value] of records) {
      if (value === undefined || value === null) {
        sql.exec("DELETE FROM records WHERE key = ?", key);
      } else {
        sql.exec(SET, key, value);
      }
    }
  });
}

/** Wakes the object at that time, in milliseconds since 1970. */
export async function setAlarm(state, at) {
  await state.storage.setAlarm(at);
}

/** Asks the object of this name; once more when it was interrupted. */
export async function askObject(namespace, name, question) {
  const ask = async () => {
    const object = namespace.get(namespace.idFromName(name));
    const response = await object.fetch("https://connection/", {
      method: "POST",
      body: question,
    });
    return [response.status, await response.text()];
  };
  let answer = await ask().catch((error) => {
    if (!error?.retryable || error.overloaded) throw error;
    return [503];
  });
  if (answer[0] === 503) answer = await ask();
  if (answer[0] !== 200) throw new Error(`the object answered ${answer[0]}`);
  return answer[1];
}
