// A question in a window of its own (HTML `dialog`, which keeps the focus and closes on Escape).

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

import { useAction } from "../api/use.ts";
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
  onYes: () => Promise<unknown>;
}

/** Asks before it does something, and goes when that went well. */
export function Question({
  yes,
  danger = false,
  onYes,
  children,
  ...rest
}: QuestionProps) {
  const { onClose } = rest;
  const act = useAction(onYes);
  const done = async () => {
    if (await act.run()) onClose();
  };
  return (
    <Dialog {...rest}>
      {children}
      <ProblemNotice problem={act.problem} />
      <div class="actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind={danger ? "danger" : "primary"}
          busy={act.busy}
          onClick={() => void done()}
          data-testid="confirm"
        >
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
