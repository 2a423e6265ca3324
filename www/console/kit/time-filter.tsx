// Narrows a list by time: a span up to now, or from one time to another.

import { useAddress } from "./address.ts";
import { SelectField, TextField } from "./field.tsx";

const HOUR = 3600;

const SPANS: readonly (readonly [string, string, number])[] = [
  ["1h", "Last hour", HOUR],
  ["24h", "Last 24 hours", 24 * HOUR],
  ["7d", "Last 7 days", 7 * 24 * HOUR],
];

/** The fields. */
export function TimeFilter() {
  const { query, change } = useAddress();
  const when = query["when"] ?? "";
  return (
    <>
      <SelectField
        label="Time"
        value={when}
        testId="filter-when"
        onValue={(chosen) =>
          change({
            when: chosen,
            from: undefined,
            to: undefined,
            page: undefined,
          })
        }
        options={[
          ["", "Any time"],
          ...SPANS.map(([name, text]) => [name, text] as const),
          ["between", "Between …"],
        ]}
      />
      {when === "between" && (
        <>
          <TextField
            label="From"
            type="datetime-local"
            value={query["from"] ?? ""}
            onValue={(from) => change({ from, page: undefined })}
          />
          <TextField
            label="To"
            type="datetime-local"
            value={query["to"] ?? ""}
            onValue={(to) => change({ to, page: undefined })}
          />
        </>
      )}
    </>
  );
}

/** What the address says as the Worker takes it, in Unix seconds; `now` in milliseconds. */
export function timesOf(
  query: Record<string, string>,
  now: number,
): { after?: number; before?: number } {
  const span = SPANS.find(([name]) => name === query["when"]);
  if (span) return { after: Math.floor(now / 1000) - span[2] };
  if (query["when"] !== "between") return {};
  const [after, before] = [secondsOf(query["from"]), secondsOf(query["to"])];
  return {
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
}

function secondsOf(local: string | undefined): number | undefined {
  const time = local ? new Date(local).getTime() : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
