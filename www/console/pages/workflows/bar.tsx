// What can be done with an open workflow: undo, look at it as JSON, save, deploy, undeploy.

import { useState } from "preact/hooks";

import { Button } from "../../kit/button.tsx";
import { Question } from "../../kit/dialog.tsx";
import { Badge } from "../../kit/table.tsx";
import type { Editing } from "./state/use-editing.ts";

interface Props {
  editing: Editing;
  asJson: boolean;
  onJson: (asJson: boolean) => void;
  onSecrets: () => void;
}

/** The bar. */
export function Bar({ editing, asJson, onJson, onSecrets }: Props) {
  const { save, deploy, stored, isDirty } = editing;
  const [asks, setAsks] = useState(false);
  const busy = save.busy || deploy.busy;
  const steps = [
    ["Undo", "Ctrl+Z", "↶", editing.canUndo, editing.undo],
    ["Redo", "Ctrl+Y", "↷", editing.canRedo, editing.redo],
  ] as const;
  return (
    <>
      <States editing={editing} />
      {steps.map(([name, keys, sign, can, go]) => (
        <Button
          key={name}
          class="square"
          aria-label={name}
          title={`${name} (${keys})`}
          disabled={!can}
          onClick={go}
        >
          {sign}
        </Button>
      ))}
      <Button
        aria-pressed={asJson}
        disabled={editing.text !== undefined}
        onClick={() => onJson(!asJson)}
        data-testid="toggle-json"
      >
        {asJson ? "Diagram" : "JSON"}
      </Button>
      <Button onClick={onSecrets} data-testid="open-secrets">
        Secrets
      </Button>
      {stored.status === "deployed" && (
        <Button onClick={() => setAsks(true)} data-testid="undeploy">
          Undeploy
        </Button>
      )}
      <Button
        busy={save.busy}
        disabled={!isDirty || busy}
        onClick={() => void save.run()}
        data-testid="save"
      >
        Save
      </Button>
      <Button
        kind="primary"
        busy={deploy.busy}
        disabled={
          busy || (stored.status === "deployed" && !isDirty && !stored.changed)
        }
        onClick={() => void deploy.run()}
        data-testid="deploy"
      >
        Deploy
      </Button>
      {asks && (
        <Question
          title="Undeploy this workflow?"
          yes="Undeploy"
          danger
          onYes={editing.undeploy}
          onClose={() => setAsks(false)}
        >
          <p>Nothing new begins. Runs that have begun go on.</p>
        </Question>
      )}
    </>
  );
}

/** What is deployed, against what is stored, against what is edited. */
function States({ editing: { stored, isDirty } }: { editing: Editing }) {
  return (
    <span class="states" data-testid="states">
      {stored.version === null ? (
        <Badge mood="quiet">Not deployed</Badge>
      ) : (
        <Badge mood="good">{`Version ${stored.version} deployed`}</Badge>
      )}
      {stored.version !== null && (stored.changed || isDirty) && (
        <Badge mood="warn">Changes not deployed</Badge>
      )}
      {isDirty && <Badge mood="busy">Not saved</Badge>}
    </span>
  );
}
