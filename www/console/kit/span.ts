// How long something took, in as few words as say it.

const UNITS: readonly (readonly [size: number, word: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** Milliseconds in words: `340 ms`, `1.2 s`, `2 min 5 s`, `3 d 4 h`. */
export function spanText(milliseconds: number): string {
  const span = Math.max(0, Math.round(milliseconds));
  if (span < 1000) return `${span} ms`;
  if (span < 60_000) return `${Math.floor(span / 100) / 10} s`;
  const first = UNITS.findIndex(([size]) => span >= size);
  const [size, word] = UNITS[first] ?? [1000, "s"];
  const [smaller, less] = UNITS[first + 1] ?? [size, word];
  const rest = Math.floor((span % size) / smaller);
  const text = `${Math.floor(span / size)} ${word}`;
  return rest > 0 && smaller !== size ? `${text} ${rest} ${less}` : text;
}

/** Seconds that were counted whole: what took none of them took less than one. */
export const secondsText = (seconds: number): string =>
  seconds < 1 ? "under 1 s" : spanText(seconds * 1000);

/** Bytes in words: `812 B`, `12 KB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 100) / 10} KB`;
  return `${Math.round(bytes / 100_000) / 10} MB`;
}
