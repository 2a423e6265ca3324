// The secrets that steps name as `{{secrets.name}}`: stored, replaced, forgotten; never shown.

import { useState } from "preact/hooks";

import { useAction } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { Dialog } from "../../kit/dialog.tsx";
import { TextField } from "../../kit/field.tsx";
import { ProblemNotice } from "../../kit/notice.tsx";
import { Time } from "../../kit/table.tsx";
import { workflowsOf, type Secret } from "./api.ts";

interface Props {
  project: string;
  secrets: readonly Secret[];
  /** They were changed. */
  onChanged: () => Promise<void>;
  onClose: () => void;
}

/** The dialog. */
export function Secrets({ project, secrets, onChanged, onClose }: Props) {
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [said, setSaid] = useState("");
  const set = useAction(async () => {
    await workflowsOf(project).setSecret(name, value);
    setValue("");
    setName("");
    setSaid(`${name} is stored.`);
    await onChanged();
  });
  const forget = useAction(async (gone: string) => {
    await workflowsOf(project).forgetSecret(gone);
    setSaid(`${gone} is forgotten.`);
    await onChanged();
  });
  return (
    <Dialog title="Secrets of this project" onClose={onClose}>
      <p class="quiet">
        A step names a secret as <code>{"{{secrets.name}}"}</code>. What is
        stored is shown to nobody again.
      </p>
      <ul class="secrets" data-testid="secrets">
        {secrets.map((one) => (
          <li key={one.name} class="row">
            <code>{one.name}</code>
            <span class="quiet small">
              <Time at={one.updated_at} />
            </span>
            <Button small onClick={() => setName(one.name)}>
              Replace
            </Button>
            <Button
              kind="danger"
              small
              busy={forget.busy}
              onClick={() => void forget.run(one.name)}
            >
              Forget
            </Button>
          </li>
        ))}
        {secrets.length === 0 && <li class="quiet">None yet.</li>}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void set.run();
        }}
      >
        <TextField
          label="Name"
          hint="A letter, then letters, digits and underscores."
          value={name}
          onValue={setName}
          required
          mono
          testId="secret-name"
        />
        <TextField
          label="Value"
          type="password"
          autocomplete="off"
          value={value}
          onValue={setValue}
          required
          testId="secret-value"
        />
        <ProblemNotice problem={set.problem ?? forget.problem} />
        <p role="status" class="quiet">
          {said}
        </p>
        <div class="actions">
          <Button onClick={onClose}>Close</Button>
          <Button
            kind="primary"
            type="submit"
            busy={set.busy}
            disabled={!name || !value}
          >
            Store it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
