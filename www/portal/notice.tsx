// What the portal has to say: that something went well, or what went wrong and what to try, with the stable code.

import { useEffect, useRef } from "preact/hooks";

import type { Problem } from "./backend.ts";
import type { Said } from "./use.ts";
import { explain, text } from "./words.ts";

/** What was said last; its place is always there, so that screen readers hear what comes into it. */
export function Notice({ said: { message, problem, again } }: { said: Said }) {
  return (
    <>
      <div class="said" role="status">
        {message && (
          <p class="notice good" data-testid="said">
            {message}
          </p>
        )}
      </div>
      {problem && <Problems problem={problem} again={again} />}
    </>
  );
}

interface Props {
  problem: Problem;
  again?: (() => void) | undefined;
}

/** A problem, told at once, and brought to where it is seen. */
export function Problems({ problem, again }: Props) {
  const { code, message } = problem;
  const element = useRef<HTMLDivElement>(null);
  useEffect(
    () => element.current?.scrollIntoView({ block: "nearest" }),
    [problem],
  );
  return (
    <div ref={element} class="notice bad" role="alert">
      <p>{explain(code, message)}</p>
      <p class="small">
        <code data-testid="error">{code}</code>
      </p>
      {again && (
        <button
          type="button"
          class="button"
          onClick={again}
          data-testid="try-again"
        >
          {text.tryAgain}
        </button>
      )}
    </div>
  );
}

/** Something is coming. */
export function Spinner({ label }: { label: string }) {
  return (
    <p class="spinner" role="status">
      <span class="visually-hidden">{label}</span>
    </p>
  );
}
