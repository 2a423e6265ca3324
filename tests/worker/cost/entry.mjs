// The Worker with a meter at each of its bindings: what is asked of the platform, counted in the units that it bills.
// `GET /metered` answers the counts so far, `DELETE /metered` begins anew.

import * as entry from "../../../worker/entry.mjs";
import { with_ } from "./with.mjs";

let used = {};

function count(unit, n = 1) {
  used[unit] = (used[unit] ?? 0) + n;
}

function countRows(place, { rows_read, rows_written }) {
  count(`${place} rows read`, rows_read);
  count(`${place} rows written`, rows_written);
}

export default with_(entry.default, {
  fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/metered") {
      count("requests");
      return entry.default.fetch(request, metered(env), context);
    }
    const counts = used;
    if (request.method === "DELETE") used = {};
    return Response.json(counts);
  },
  scheduled: (event, env, context) =>
    entry.default.scheduled(event, metered(env), context),
});

export const Connection = meteredObject(entry.Connection, "connection");
export const Limiter = meteredObject(entry.Limiter, "limiter");

export class Run extends entry.Run {
  constructor(context, env) {
    super(context, metered(env));
  }

  run(event, step) {
    count("workflow instances");
    const counted =
      (name) =>
      (...given) => {
        count("workflow steps");
        return step[name](...given);
      };
    const counts = { do: counted("do"), sleep: counted("sleep") };
    return super.run(event, with_(step, counts));
  }
}

/** An object whose requests, alarms and rows are counted. */
function meteredObject(Rules, name) {
  return class {
    #rules;

    constructor(state, env) {
      const { storage } = state;
      const sql = with_(storage.sql, {
        exec(...statement) {
          const rows = storage.sql.exec(...statement);
          const toArray = () => {
            const all = rows.toArray();
            const { rowsRead, rowsWritten } = rows;
            const read = { rows_read: rowsRead, rows_written: rowsWritten };
            countRows("object", read);
            return all;
          };
          return with_(rows, { toArray });
        },
      });
      // Setting an alarm is billed as a row.
      const setAlarm = (...given) => {
        count("object rows written");
        return storage.setAlarm(...given);
      };
      const meteredStorage = with_(storage, { sql, setAlarm });
      this.#rules = new Rules(
        with_(state, { storage: meteredStorage }),
        metered(env),
      );
    }

    fetch(request) {
      count(`${name} requests`);
      return this.#rules.fetch(request);
    }

    alarm() {
      count(`${name} requests`);
      return this.#rules.alarm();
    }
  };
}

/** The bindings, each with its meter. */
function metered(env) {
  const TABLES = with_(env.TABLES, {
    async batch(statements) {
      const answers = await env.TABLES.batch(statements);
      for (const { meta } of answers) countRows("table", meta);
      return answers;
    },
  });
  const counted =
    (name, unit) =>
    (...given) => {
      count(unit);
      return env.COPIES[name](...given);
    };
  const COPIES = with_(env.COPIES, {
    get: counted("get", "copy reads"),
    put: counted("put", "copy writes"),
    delete: counted("delete", "copy deletions"),
  });
  return with_(env, { TABLES, COPIES });
}
