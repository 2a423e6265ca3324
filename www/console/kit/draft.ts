// What a person has typed into a form and not saved: it survives a reload of the page. Never for secrets.

import { useState } from "preact/hooks";

import { store, stored } from "./store.ts";

/** A form's values: those that are saved, with what was typed since. */
export interface Draft<T extends object> {
  value: T;
  /** Only what differs from what is saved. */
  changes: Partial<T>;
  /** Whether anything differs from what is saved. */
  isChanged: boolean;
  /** Whether the values come from an earlier visit of the page. */
  isKept: boolean;
  change: (part: Partial<T>) => void;
  /** What is typed is saved now: it stays where it is, and a reload does not bring it back. */
  saved: () => void;
  /** Forgets what was typed. */
  forget: () => void;
}

/** Keeps what differs from `saved` in this window's `sessionStorage` under `key`. */
export function useDraft<T extends object>(key: string, saved: T): Draft<T> {
  const place = `isthmus-draft:${key}`;
  const [typed, setTyped] = useState<Partial<T>>(() => read(place));
  const [isKept, setKept] = useState(() => Object.keys(typed).length > 0);
  const changes = Object.fromEntries(
    Object.entries(typed).filter(
      ([name, value]) => !same(value, saved[name as keyof T]),
    ),
  ) as Partial<T>;
  const isChanged = Object.keys(changes).length > 0;
  return {
    value: { ...saved, ...changes },
    changes,
    isChanged,
    isKept: isKept && isChanged,
    change: (part) =>
      setTyped((before) => {
        const after = { ...before, ...part };
        store("session", place, JSON.stringify(after));
        return after;
      }),
    saved: () => store("session", place, undefined),
    forget: () => {
      store("session", place, undefined);
      setTyped({});
      setKept(false);
    },
  };
}

function read<T extends object>(place: string): Partial<T> {
  try {
    const found: unknown = JSON.parse(stored("session", place) ?? "{}");
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}

/** Whether two values are the same; null is as good as none. */
const same = (one: unknown, other: unknown) =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
