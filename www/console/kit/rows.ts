// The rows of a list that is kept up to date: what is there changes in place, what is new waits while somebody reads, so
// that nothing moves away under a pointer.

import { useEffect, useRef, useState } from "preact/hooks";

interface Row {
  id: string;
}

interface Arranged<T> {
  rows: readonly T[];
  /** So many new ones wait. */
  waiting: number;
}

/** What a list shows when it is loaded again; `hold`: new rows wait. */
function arranged<T extends Row>(
  shown: readonly T[],
  latest: readonly T[],
  hold: boolean,
): Arranged<T> {
  if (!hold || shown.length === 0) return { rows: latest, waiting: 0 };
  const there = new Map(latest.map((row) => [row.id, row]));
  const known = new Set(shown.map((row) => row.id));
  const rows = shown.map((row) => there.get(row.id) ?? row);
  const firstKnown = latest.findIndex((row) => known.has(row.id));
  const above = firstKnown < 0 ? latest : latest.slice(0, firstKnown);
  return { rows, waiting: above.length };
}

interface Rows<T> extends Arranged<T> {
  /** For the element that is around the rows. */
  around: {
    onPointerEnter: () => void;
    onPointerLeave: () => void;
    onFocusIn: () => void;
    onFocusOut: () => void;
  };
  /** Shows what waits. */
  place: () => void;
}

/**
 * The rows to show of a list; `key` says which list it is: another one begins anew. `stale`: these are still those of the
 * list before. `holds`: new rows never come by themselves.
 */
export function useRows<T extends Row>(
  latest: readonly T[] | undefined,
  key: string,
  stale: boolean,
  holds: boolean,
): Rows<T> {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const [placed, setPlaced] = useState<readonly T[]>();
  const shown = useRef<{ key: string; rows: readonly T[] }>({ key, rows: [] });
  const hold = (holds || pointed || focused) && placed !== latest;
  const before = shown.current.key === key ? shown.current.rows : [];
  const now = arranged(before, latest ?? before, hold && !stale);
  useEffect(() => {
    if (latest && !stale) shown.current = { key, rows: now.rows };
  });
  return {
    ...now,
    around: {
      onPointerEnter: () => setPointed(true),
      onPointerLeave: () => setPointed(false),
      onFocusIn: () => setFocused(true),
      onFocusOut: () => setFocused(false),
    },
    place: () => setPlaced(latest),
  };
}
