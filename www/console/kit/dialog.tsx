// A question in a window of its own (HTML `dialog`, which keeps the focus and closes on Escape).

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

import type { Problem } from "../api/client.ts";
import { Button } from "./button.tsx";
import { ProblemNotice } from "./notice.tsx";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

/** A dialog; it is open while it is there. */
export function Dialog({ title, onClose, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    // As long as it is there, nothing else can have the focus.
    return () =>
      queueMicrotask(() => {
        if (before instanceof HTMLElement) before.focus();
      });
  }, []);
  return (
    <dialog ref={element} aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

interface QuestionProps extends Props {
  /** What the button does: `Disconnect`. */
  yes: string;
  danger?: boolean;
  busy?: boolean;
  problem?: Problem | undefined;
  onYes: () => void;
}

/** Asks before it does something. */
export function Question({
  yes,
  danger = false,
  busy = false,
  problem,
  onYes,
  children,
  ...rest
}: QuestionProps) {
  return (
    <Dialog {...rest}>
      {children}
      <ProblemNotice problem={problem} />
      <div class="actions">
        <Button onClick={rest.onClose}>Cancel</Button>
        <Button
          kind={danger ? "danger" : "primary"}
          busy={busy}
          onClick={onYes}
          data-testid="confirm"
        >
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
