// A table that scrolls sideways by itself where it has no room, and small words for states and times.

import type { ComponentChildren } from "preact";

import type { Mood } from "./state.tsx";

interface TableProps {
  /** What the table lists, for screen readers. */
  label: string;
  head: readonly string[];
  children: ComponentChildren;
}

/** A table; the children are its rows. */
export function Table({ label, head, children }: TableProps) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** A state in a word. */
export function Badge({ mood, children }: { mood: Mood; children: string }) {
  return <span class={`badge ${mood}`}>{children}</span>;
}

interface TimeProps {
  /** Unix seconds, or ISO 8601; nothing: a dash. */
  at: number | string | null | undefined;
}

/** A time as the reader's own clock has it; the exact one on hovering. */
export function Time({ at }: TimeProps) {
  if (at === null || at === undefined) return <span class="quiet">–</span>;
  const date = new Date(typeof at === "number" ? at * 1000 : at);
  if (Number.isNaN(date.getTime())) return <span>{String(at)}</span>;
  return (
    <time dateTime={date.toISOString()} title={date.toISOString()}>
      {date.toLocaleString(undefined, {
        dateStyle: "medium",
        timeStyle: "medium",
      })}
    </time>
  );
}
