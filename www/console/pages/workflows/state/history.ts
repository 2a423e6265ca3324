// What was edited, with what was before it: undo and redo. Typing on in one field is one step back.

import { useReducer } from "preact/hooks";

import type { Fields } from "../model/json.ts";

interface History {
  past: readonly Fields[];
  present: Fields;
  future: readonly Fields[];
  /** The field that the last change was typed into. */
  field: string | undefined;
}

type Act =
  | { what: "change"; to: Fields; field: string | undefined }
  | { what: "reset"; to: Fields }
  | { what: "undo" | "redo" };

/** So many steps back at most. */
const MOST = 200;

/** A definition that is edited. */
interface Edited {
  definition: Fields;
  canUndo: boolean;
  canRedo: boolean;
  /** Changes it; `field`: what is typed into it again belongs to the same step back. */
  change: (to: Fields, field?: string) => void;
  /** Begins anew, without a past. */
  reset: (to: Fields) => void;
  undo: () => void;
  redo: () => void;
}

/** Edits a definition. */
export function useHistory(first: Fields): Edited {
  const [history, act] = useReducer(next, {
    past: [],
    present: first,
    future: [],
    field: undefined,
  });
  return {
    definition: history.present,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    change: (to, field) => act({ what: "change", to, field }),
    reset: (to) => act({ what: "reset", to }),
    undo: () => act({ what: "undo" }),
    redo: () => act({ what: "redo" }),
  };
}

function next(history: History, act: Act): History {
  const { past, present, future, field } = history;
  switch (act.what) {
    case "reset":
      return { past: [], present: act.to, future: [], field: undefined };
    case "change": {
      const goesOn = act.field !== undefined && act.field === field;
      return {
        past: goesOn ? past : [...past, present].slice(-MOST),
        present: act.to,
        future: [],
        field: act.field,
      };
    }
    case "undo": {
      const before = past.at(-1);
      if (!before) return history;
      return {
        past: past.slice(0, -1),
        present: before,
        future: [present, ...future],
        field: undefined,
      };
    }
    case "redo": {
      const [after, ...rest] = future;
      if (!after) return history;
      return {
        past: [...past, present],
        present: after,
        future: rest,
        field: undefined,
      };
    }
  }
}
