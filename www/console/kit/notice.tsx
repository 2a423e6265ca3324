// What a page says of itself: that it loads, that something failed and what to try, that there is nothing yet and what
// to do next.

import type { ComponentChildren } from "preact";

import type { Problem } from "../api/client.ts";
import type { Loaded } from "../api/use.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

interface NoticeProps {
  kind: "info" | "good" | "warn" | "bad";
  title?: string;
  children?: ComponentChildren;
  testId?: string;
}

/** A box that says something. */
export function Notice({ kind, title, children, testId }: NoticeProps) {
  const role = kind === "bad" ? "alert" : "status";
  return (
    <div class={`notice ${kind}`} role={role} data-testid={testId}>
      <Icon name={kind} />
      <div class="notice-text">
        {title && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

interface ProblemProps {
  problem: Problem | undefined;
  /** Tries it once more. */
  again?: (() => void) | undefined;
}

/** A failure: what happened, what to try, and the stable code; nothing while there is none. */
export function ProblemNotice({ problem, again }: ProblemProps) {
  if (!problem) return null;
  return (
    <Notice kind="bad" testId="problem">
      <p>{problem.message}</p>
      <p class="small">
        <code>{problem.code}</code>
        {again && (
          <Button kind="link" onClick={again}>
            Try again
          </Button>
        )}
      </p>
    </Notice>
  );
}

interface LoadingProps {
  what: string;
  /** What is loaded. Without it, it is under way. */
  of?: Loaded<unknown>;
}

/** What is shown while something loads for the first time, or why it could not be loaded; nothing once it is there. */
export function Loading({ what, of }: LoadingProps) {
  if (of?.problem)
    return <ProblemNotice problem={of.problem} again={() => void of.again()} />;
  if (of?.value !== undefined) return null;
  return (
    <p class="loading" role="status">
      Loading {what} …
    </p>
  );
}

interface EmptyProps {
  title: string;
  children?: ComponentChildren;
}

/** There is nothing here yet; the children say the next thing to do. */
export function Empty({ title, children }: EmptyProps) {
  return (
    <div class="empty" data-testid="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
