// The records and rows of one Durable Object, in its own SQLite, and how to ask an object. `object.rs` says what for.
// Every statement runs at once, without an await: nothing comes between. What leaves the object (an answer, a fetch)
// waits at the runtime's output gate until the writes before it are on disk.

const SET = "INSERT OR REPLACE INTO records (key, value) VALUES (?, ?)";

// The objects that have their tables. Only what is written makes them: whoever is asked about a connection that is not
// there leaves nothing behind.
const opened = new WeakSet();

/** Whether the object has its tables. @param {DurableObjectState} state */
export function hasTables(state) {
  if (opened.has(state)) return true;
  const found = state.storage.sql.exec(
    "SELECT 1 FROM sqlite_master WHERE name = 'records'",
  );
  return found.toArray().length > 0;
}

/** The text under a key, or nothing. @param {DurableObjectState} state */
export function readRecord(state, key) {
  if (!hasTables(state)) return undefined;
  const rows = state.storage.sql.exec(
    "SELECT value FROM records WHERE key = ?",
    key,
  );
  return rows.toArray()[0]?.value;
}

/** Writes one record of an object that has its tables. */
export function writeRecord(state, key, text) {
  state.storage.sql.exec(SET, key, text);
}

/**
 * Writes the records `[[key, text], …]` (a key without a text is deleted) and runs the statements
 * `[[sql, [value, …]], …]`, all or none. `schema` makes the tables unless they are there.
 * @returns {string} the rows of each statement, each row an object by column name
 */
export function change(state, schema, records, statements) {
  const { sql } = state.storage;
  if (!opened.has(state)) sql.exec(schema);
  opened.add(state);
  return state.storage.transactionSync(() => {
    for (const [key, value] of records) {
      if (value === undefined || value === null) {
        sql.exec("DELETE FROM records WHERE key = ?", key);
      } else {
        sql.exec(SET, key, value);
      }
    }
    const run = ([text, values]) => sql.exec(text, ...values).toArray();
    return JSON.stringify(JSON.parse(statements).map(run));
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
