// How far something is, as a shape and a word: nobody has to tell colours apart.

import { Drawing } from "./icon.tsx";

/** How something stands: the colour and the shape. */
export type Mood = "good" | "bad" | "warn" | "busy" | "quiet";

/** A shape on a field of 16 by 16 for each kind of state. */
const SHAPES = {
  done: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z M5 8.2l2.1 2.1L11 6.2",
  failed: "M8 1.2 14.8 8 8 14.8 1.2 8z M8 5v3.4 M8 10.6v.4",
  working: "M8 1.5a6.5 6.5 0 1 0 6.5 6.5 M8 5v3.2l2.2 1.4",
  waiting: "M3 2h10 M3 14h10 M4.5 2c0 4 7 8 7 12 M11.5 2c0 4-7 8-7 12",
  stopped: "M2.5 2.5h11v11h-11z",
  lost: "M8 1.5a6.5 6.5 0 0 1 6.5 6.5 M8 14.5A6.5 6.5 0 0 1 1.5 8 M5.5 5.5l5 5 M10.5 5.5l-5 5",
  queued: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z",
} as const;

/** How a state looks and what it is called. */
interface Look {
  mood: Mood;
  shape: keyof typeof SHAPES;
  word: string;
}

/** Words of runs, their steps, deliveries and grants. */
const LOOKS: Record<string, Look> = {
  queued: { mood: "quiet", shape: "queued", word: "Queued" },
  running: { mood: "busy", shape: "working", word: "Running" },
  begun: { mood: "busy", shape: "working", word: "Running" },
  waiting: { mood: "warn", shape: "waiting", word: "Waiting" },
  pending: { mood: "warn", shape: "waiting", word: "Pending" },
  succeeded: { mood: "good", shape: "done", word: "Succeeded" },
  delivered: { mood: "good", shape: "done", word: "Delivered" },
  matched: { mood: "good", shape: "done", word: "Matched" },
  valid: { mood: "good", shape: "done", word: "Connected" },
  failed: { mood: "bad", shape: "failed", word: "Failed" },
  interrupted: { mood: "bad", shape: "lost", word: "Interrupted" },
  invalid: { mood: "bad", shape: "failed", word: "Must reconnect" },
  grant_invalid: { mood: "bad", shape: "failed", word: "Must reconnect" },
  stopped: { mood: "quiet", shape: "stopped", word: "Stopped" },
  unmatched: { mood: "quiet", shape: "queued", word: "Nobody wanted it" },
};

/** How a state looks. */
export const lookOf = (state: string): Look =>
  LOOKS[state] ?? { mood: "quiet", shape: "queued", word: state };

/** The shape of a state alone; beside it there is a word. */
export function Glyph({ state, size = 14 }: { state: string; size?: number }) {
  const { mood, shape } = lookOf(state);
  const lines = SHAPES[shape];
  return (
    <Drawing class={`glyph ${mood}`} field={16} size={size} lines={lines} />
  );
}

interface StateProps {
  state: string;
  testId?: string;
}

/** A state: its shape and its word. */
export function State({ state, testId }: StateProps) {
  const { mood, word } = lookOf(state);
  return (
    <span class={`badge state ${mood}`} data-state={state} data-testid={testId}>
      <Glyph state={state} size={12} />
      {word}
    </span>
  );
}
