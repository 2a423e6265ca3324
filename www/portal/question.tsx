// "Disconnect …?": asks before an account goes (HTML `dialog`, which keeps the focus and closes on Escape).

import { useLayoutEffect, useRef } from "preact/hooks";

import { fill, text } from "./words.ts";

interface Props {
  account: string;
  project: string;
  isBusy: boolean;
  onNo: () => void;
  onYes: () => void;
}

/** The question; it is open while it is there. */
export function Question({ account, project, isBusy, onNo, onYes }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => element.current?.showModal(), []);
  const { title, body, bodyAlone, keep, yes } = text.question;
  return (
    <dialog
      ref={element}
      aria-labelledby="question-title"
      aria-describedby="question-body"
      onClose={onNo}
      // A layer around it must not take this for its own.
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h2 id="question-title">{fill(title, { account })}</h2>
      <p id="question-body">{fill(project ? body : bodyAlone, { project })}</p>
      <div class="choices">
        <button type="button" class="button" onClick={onNo} data-testid="keep">
          {keep}
        </button>
        <button
          type="button"
          class="button danger"
          disabled={isBusy}
          aria-busy={isBusy}
          onClick={onYes}
          data-testid="confirm"
        >
          {yes}
        </button>
      </div>
    </dialog>
  );
}
