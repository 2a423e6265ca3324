// Times on a line. Where nothing happens for long, the line is shortened there: else three days of waiting leave no room
// for what took a second. Pure: what is drawn is `chart-timeline`'s.

/** A span of time, in milliseconds. */
export interface Span {
  from: number;
  to: number;
}

/** A piece of the line, with its place on it from 0 to 1. */
export interface Piece extends Span {
  start: number;
  end: number;
  /** It is shorter than it should be. */
  shortened: boolean;
}

/** A mark under the line. */
interface Tick {
  at: number;
  /** Milliseconds since the line's beginning. */
  time: number;
}

/** A wait is shortened when it takes more than this much of the line, */
const TOO_LONG = 0.3;
/** and so long at least, in milliseconds. */
const WORTH_IT = 3000;
/** What is shortened takes this much of the line, */
const SHORT = 0.14;
/** and all of it together this much at most. */
const SHORT_IN_ALL = 0.5;
/** A mark's words take so much of the line. */
const TICK_ROOM = 0.18;

/** The pieces of a line; `work` is when something happened. `trueToScale`: nothing is shortened. */
export function pieces(
  whole: Span,
  work: readonly Span[],
  trueToScale: boolean,
): Piece[] {
  const length = Math.max(whole.to - whole.from, 1);
  const isLong = ({ from, to }: Span) =>
    to - from > length * TOO_LONG && to - from >= WORTH_IT;
  const idle = trueToScale ? [] : gaps(whole, work).filter(isLong);
  const short = Math.min(SHORT, SHORT_IN_ALL / Math.max(idle.length, 1));
  const rest = length - idle.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const room = 1 - idle.length * short;
  const all: Piece[] = [];
  let [time, place] = [whole.from, 0];
  const add = (to: number, width: number, shortened: boolean) => {
    if (to > time || all.length === 0)
      all.push({ from: time, to, start: place, end: place + width, shortened });
    [time, place] = [Math.max(time, to), place + width];
  };
  const toScale = (to: number) => ((to - time) / Math.max(rest, 1)) * room;
  for (const gap of idle) {
    if (gap.from > time) add(gap.from, toScale(gap.from), false);
    add(gap.to, short, true);
  }
  if (whole.to > time || all.length === 0)
    add(Math.max(whole.to, whole.from + 1), toScale(whole.to), false);
  const end = all.at(-1)?.end || 1;
  return all.map((piece) => ({
    ...piece,
    start: piece.start / end,
    end: piece.end / end,
  }));
}

/** When nothing happened. */
function gaps(whole: Span, work: readonly Span[]): Span[] {
  const found: Span[] = [];
  let time = whole.from;
  for (const { from, to } of work.toSorted((a, b) => a.from - b.from)) {
    if (from > time) found.push({ from: time, to: from });
    time = Math.max(time, to);
  }
  if (whole.to > time) found.push({ from: time, to: whole.to });
  return found;
}

/** Where a time is on the line, from 0 to 1. */
export function placeOf(line: readonly Piece[], time: number): number {
  const piece = line.find(({ to }) => time <= to) ?? line.at(-1);
  if (!piece) return 0;
  const within = (time - piece.from) / Math.max(piece.to - piece.from, 1);
  const bound = Math.min(Math.max(within, 0), 1);
  return piece.start + bound * (piece.end - piece.start);
}

/** Some four marks on a line that nothing was shortened in; else where its pieces begin. */
export function ticks(line: readonly Piece[]): Tick[] {
  const [first, last] = [line[0], line.at(-1)];
  if (!first || !last) return [];
  const length = last.to - first.from;
  const times = line.some((piece) => piece.shortened)
    ? line.flatMap((piece) => [piece.from, piece.to])
    : evenly(length).map((time) => first.from + time);
  const found: Tick[] = [];
  for (const time of times) {
    const at = placeOf(line, time);
    const before = found.at(-1);
    // Where two are too close the later one counts; the beginning always does.
    if (before && at - before.at < TICK_ROOM) {
      if (found.length === 1) continue;
      found.pop();
    }
    found.push({ at, time: time - first.from });
  }
  return found;
}

/** Round numbers from 0 to a length. */
function evenly(length: number): number[] {
  const wanted = Math.max(length, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const round = [1, 2, 5, 10].map((factor) => factor * power);
  const step = Math.max(round.find((one) => one >= wanted) ?? wanted, 1);
  return Array.from(
    { length: Math.floor(length / step) + 1 },
    (_, index) => index * step,
  );
}
