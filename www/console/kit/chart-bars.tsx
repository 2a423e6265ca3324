// Bars, one for each day: all of it, and the part that failed, hatched on top. Drawn at the size that there is, so that its
// words stay readable; a table beside it says the same.

import { useEffect, useId, useRef, useState } from "preact/hooks";

import "./chart.css";

/** What happened on a day. */
export interface Bar {
  /** `2026-11-22`, UTC. */
  day: string;
  all: number;
  /** Of them. */
  failed: number;
}

interface Props {
  /** What is counted: `Requests`. */
  label: string;
  bars: readonly Bar[];
}

const HEIGHT = 180;
/** Room for words, in pixels: above, at the right, below, at the left. */
const ROOM = { top: 10, right: 16, bottom: 24, left: 40 };

/** A bar chart. */
export function Bars({ label, bars }: Props) {
  const [around, width] = useWidth();
  const hatching = useId();
  const top = roundUp(Math.max(...bars.map(({ all }) => all), 1));
  const inside = Math.max(width - ROOM.left - ROOM.right, 1);
  const room = inside / Math.max(bars.length, 1);
  const bar = Math.max(Math.min(room * 0.72, 36), 1.5);
  const y = (value: number) =>
    ROOM.top + (HEIGHT - ROOM.top - ROOM.bottom) * (1 - value / top);
  const x = (index: number) => ROOM.left + room * index + (room - bar) / 2;
  return (
    <div class="bars" ref={around}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`${label} per day: ${summary(bars)}`}
      >
        <defs>
          <pattern
            id={hatching}
            width="5"
            height="5"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect class="failed-ground" width="5" height="5" />
            <rect class="failed-line" width="2.5" height="5" />
          </pattern>
        </defs>
        {[0, top / 2, top].map((value) => (
          <g key={value} class="grid">
            <line
              x1={ROOM.left}
              x2={width - ROOM.right}
              y1={y(value)}
              y2={y(value)}
            />
            <text x={ROOM.left - 6} y={y(value) + 4} text-anchor="end">
              {short(value)}
            </text>
          </g>
        ))}
        {bars.map(({ day, all, failed }, index) => (
          <g key={day}>
            <title>{`${dayText(day)}: ${all}${failed ? `, ${failed} failed` : ""}`}</title>
            <rect
              class="room"
              x={ROOM.left + room * index}
              y={ROOM.top}
              width={room}
              height={HEIGHT - ROOM.top - ROOM.bottom}
            />
            <rect
              class="all"
              x={x(index)}
              y={y(all)}
              width={bar}
              height={y(0) - y(all)}
              rx={Math.min(bar / 4, 3)}
            />
            {failed > 0 && (
              <rect
                fill={`url(#${hatching})`}
                x={x(index)}
                y={y(all)}
                width={bar}
                height={Math.max(y(0) - y(failed), 2)}
                rx={Math.min(bar / 4, 3)}
              />
            )}
          </g>
        ))}
        {dayMarks(bars, inside).map((index) => (
          <text
            key={index}
            x={ROOM.left + room * (index + 0.5)}
            y={HEIGHT - 6}
            text-anchor="middle"
          >
            {dayText(bars[index]?.day ?? "")}
          </text>
        ))}
      </svg>
    </div>
  );
}

/** An element, and how wide it is. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(320);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor(entry.contentRect.width));
    });
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, width] as const;
}

/** The days that are named: as many as there is room for, the last one among them. */
function dayMarks(bars: readonly Bar[], width: number): number[] {
  const most = Math.max(Math.floor(width / 64), 1);
  const step = Math.max(Math.ceil(bars.length / most), 1);
  const marks: number[] = [];
  for (let index = bars.length - 1; index >= 0; index -= step)
    marks.push(index);
  return marks;
}

/** `22 Nov` in the reader's language. */
const dayText = (day: string) =>
  day &&
  new Date(`${day}T00:00:00Z`).toLocaleDateString(undefined, {
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  });

/** The next round even number. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 4, 6, 8, 10].find((one) => one * power >= value) ?? 10;
  return Math.max(factor * power, 2);
}

const short = (value: number) =>
  value >= 10_000
    ? `${Math.round(value / 100) / 10}k`
    : value.toLocaleString(undefined, { maximumFractionDigits: 1 });

const summary = (bars: readonly Bar[]) => {
  const sum = (of: "all" | "failed") =>
    bars.reduce((total, bar) => total + bar[of], 0);
  return `${sum("all")} in ${bars.length} days, ${sum("failed")} failed`;
};
