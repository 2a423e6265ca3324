// A timeline: a row for each thing, with bars on a common line of time. Every row is a button that says in words what it
// shows; arrows go from row to row. What is a wait is hatched, and every state has its shape.

import { useRef, useState } from "preact/hooks";

import {
  type Piece,
  pieces,
  placeOf,
  type Span,
  ticks,
} from "./chart-scale.ts";
import { CheckField } from "./field.tsx";
import { spanText } from "./span.ts";
import { Glyph } from "./state.tsx";
import "./chart.css";

/** What a part of a bar shows: work by its mood, or a wait, or what goes around other rows. */
type PartKind = "good" | "bad" | "busy" | "quiet" | "wait" | "pause" | "around";

/** One thing and when it happened. */
export interface TimelineRow {
  key: string;
  name: string;
  /** A word before the name: `#3`. */
  item?: string | undefined;
  /** What it does, in small. */
  kind: string;
  state: string;
  /** All of it in a sentence, for screen readers. */
  about: string;
  depth: number;
  parts: readonly (Span & { kind: PartKind; about: string })[];
  /** It has rows inside; whether they are shown. */
  open?: boolean | undefined;
}

interface Props {
  label: string;
  rows: readonly TimelineRow[];
  whole: Span;
  /** When something happened. */
  work: readonly Span[];
  chosen: string | undefined;
  onChoose: (key: string) => void;
  onOpen: (key: string) => void;
  /** It is still going on. */
  live: boolean;
}

/** A timeline. */
export function Timeline({ label, rows, whole, work, live, ...rest }: Props) {
  const [trueToScale, setTrueToScale] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  const short = pieces(whole, work, false);
  const canShorten = short.some((piece) => piece.shortened);
  const line = trueToScale ? pieces(whole, work, true) : short;
  return (
    <div class="timeline" data-testid="timeline" data-live={live}>
      <div>
        <Axis line={line} />
        <ol
          ref={list}
          aria-label={label}
          onKeyDown={(event) => {
            if (moved(list.current, event.key)) event.preventDefault();
          }}
        >
          {rows.map((row) => (
            <Row key={row.key} row={row} line={line} {...rest} />
          ))}
        </ol>
      </div>
      <div class="timeline-foot">
        <Legend rows={rows} shortened={line.some((one) => one.shortened)} />
        {canShorten && (
          <CheckField
            label="True to scale"
            checked={trueToScale}
            onValue={setTrueToScale}
          />
        )}
      </div>
    </div>
  );
}

/** Moves the focus to the row that a key says; whether it was such a key. */
function moved(list: HTMLElement | null, key: string): boolean {
  const rows = [...(list?.querySelectorAll<HTMLElement>(".bar-row") ?? [])];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: rows.length - 1,
  };
  const next = to[key as keyof typeof to];
  if (next === undefined || at < 0) return false;
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
  return true;
}

function Axis({ line }: { line: readonly Piece[] }) {
  return (
    <div class="axis" aria-hidden="true">
      {ticks(line).map(({ at, time }) => (
        <span
          key={time}
          class={at > 0.9 ? "tick last" : "tick"}
          style={{ insetInlineStart: percent(at) }}
        >
          {time === 0 ? "0" : spanText(time)}
        </span>
      ))}
    </div>
  );
}

interface RowProps extends Pick<Props, "chosen" | "onChoose" | "onOpen"> {
  row: TimelineRow;
  line: readonly Piece[];
}

function Row({ row, line, chosen, onChoose, onOpen }: RowProps) {
  return (
    <li style={{ "--depth": String(Math.min(row.depth, 8)) }}>
      {row.open !== undefined && (
        <button
          type="button"
          class="opener"
          aria-expanded={row.open}
          aria-label={`What is inside of ${row.name}`}
          onClick={() => onOpen(row.key)}
        />
      )}
      <button
        type="button"
        class="bar-row"
        aria-pressed={chosen === row.key}
        data-step={row.key}
        data-status={row.state}
        onClick={() => onChoose(row.key)}
      >
        <span class="bar-name" aria-hidden="true">
          <Glyph state={row.state} />
          <span>
            {row.item && <span class="quiet">{row.item} </span>}
            {row.name}
            <small>{row.kind}</small>
          </span>
        </span>
        <span class="track" aria-hidden="true">
          {line
            .filter((piece) => piece.shortened)
            .map(({ from, start, end }) => (
              <span key={from} class="cut" style={between(start, end)} />
            ))}
          {row.parts.map((part) => (
            <span
              key={`${part.kind}${part.from}`}
              class={`part ${part.kind}`}
              title={part.about}
              style={between(placeOf(line, part.from), placeOf(line, part.to))}
            />
          ))}
        </span>
        <span class="visually-hidden">{row.about}</span>
      </button>
    </li>
  );
}

const LEGEND: readonly (readonly [PartKind, string])[] = [
  ["good", "Done"],
  ["bad", "Failed try"],
  ["busy", "Under way"],
  ["quiet", "Nothing done"],
  ["wait", "Waits to try again"],
  ["pause", "Delay"],
  ["around", "Goes around others"],
];

function Legend({
  rows,
  shortened,
}: {
  rows: readonly TimelineRow[];
  shortened: boolean;
}) {
  const there = new Set(
    rows.flatMap((row) => row.parts.map(({ kind }) => kind)),
  );
  return (
    <ul class="legend" aria-label="What the bars mean">
      {LEGEND.filter(([kind]) => there.has(kind)).map(([kind, word]) => (
        <li key={kind}>
          <span class={`part ${kind}`} aria-hidden="true" />
          {word}
        </li>
      ))}
      {shortened && (
        <li>
          <span class="cut" aria-hidden="true" />
          Shortened: nothing happened
        </li>
      )}
    </ul>
  );
}

const percent = (place: number) => `${Math.round(place * 100_000) / 1000}%`;

/** The place of what goes from one place to another. */
const between = (from: number, to: number) => ({
  insetInlineStart: percent(from),
  width: percent(Math.max(to - from, 0)),
});
