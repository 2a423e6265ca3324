// Where a page ends that cannot be drawn: it says so, and what stands around it stays.

import type { ComponentChildren } from "preact";
import { useEffect, useErrorBoundary } from "preact/hooks";

import { asProblem } from "../api/use.ts";
import { Button } from "./button.tsx";
import { ProblemNotice } from "./notice.tsx";
import { Page } from "./page.tsx";

interface Props {
  /** The address of what is inside: at another one it is tried anew. */
  at: string;
  children: ComponentChildren;
}

/** Shows what is inside; when that cannot be drawn, a page that says so. */
export function Boundary({ at, children }: Props) {
  const [error, reset] = useErrorBoundary();
  useEffect(reset, [at]);
  if (error === undefined) return children;
  return (
    <Page title="This page failed">
      <ProblemNotice problem={asProblem(error)} />
      <p>
        What is saved is not touched by it. Reload the page; if it fails again,
        tell whoever runs this Worker what is written above.
      </p>
      <div class="actions">
        <Button kind="primary" onClick={() => location.reload()}>
          Reload
        </Button>
        <Button onClick={reset}>Try again</Button>
      </div>
    </Page>
  );
}
