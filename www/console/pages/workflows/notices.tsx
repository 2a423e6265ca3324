// What is to be said above an open workflow: that somebody else changed it, that something failed, that a draft was kept.

import { useEffect, useState } from "preact/hooks";

import { Button } from "../../kit/button.tsx";
import { Notice, ProblemNotice } from "../../kit/notice.tsx";
import { placeWords } from "./problems.tsx";
import type { Editing } from "./state/use-editing.ts";

/** The notices. */
export function Notices({ editing }: { editing: Editing }) {
  const { save, deploy, saveOver, load, isDirty, isBehind, leftOut } = editing;
  const [hadDraft, setHadDraft] = useState(isDirty);
  useEffect(() => {
    // What is typed from then on is no draft from before.
    if (!isDirty) setHadDraft(false);
  }, [isDirty]);
  const isConflict =
    [save, deploy].some(
      ({ problem }) => problem?.code === "workflow_changed",
    ) ||
    (isBehind && isDirty);
  if (isConflict) return <Conflict editing={editing} />;
  const refused = [save, deploy, saveOver].find(({ problem }) => problem);
  return (
    <>
      {refused?.problem && (
        <div class="stack tight" data-testid="not-saved">
          <ProblemNotice problem={refused.problem} />
          {refused.problem.code === "workflow_invalid" && (
            <p class="quiet small">
              Nothing is lost: what you wrote stays in this tab until it can be
              saved.
            </p>
          )}
        </div>
      )}
      {hadDraft && isDirty && (
        <Notice kind="info" testId="draft-kept">
          <p>
            This is your draft from before; it is not saved yet.{" "}
            <Button
              kind="link"
              busy={load.busy}
              onClick={() => void load.run()}
              data-testid="discard-draft"
            >
              Discard it
            </Button>
          </p>
          {leftOut.length > 0 && (
            <p data-testid="left-out">
              What looked like a secret was not kept; write it again:{" "}
              {leftOut
                .map((at) => placeWords(editing.definition, at))
                .join(", ")}
              .
            </p>
          )}
          <ProblemNotice problem={load.problem} />
        </Notice>
      )}
    </>
  );
}

function Conflict({ editing }: { editing: Editing }) {
  const { load, saveOver, save, deploy } = editing;
  const settle = async (done: Promise<boolean>) => {
    if (!(await done)) return;
    save.clear();
    deploy.clear();
  };
  return (
    <Notice
      kind="warn"
      title="Somebody else changed this workflow meanwhile"
      testId="conflict"
    >
      <p>
        What you edited is still here. Load their version and lose yours, or
        save yours over theirs.
      </p>
      <div class="row">
        <Button busy={load.busy} onClick={() => void settle(load.run())}>
          Load their version
        </Button>
        <Button
          busy={saveOver.busy}
          onClick={() => void settle(saveOver.run())}
        >
          Save mine over it
        </Button>
      </div>
      <ProblemNotice problem={load.problem ?? saveOver.problem} />
    </Notice>
  );
}
