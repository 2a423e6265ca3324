// A new workflow: its name, and what it begins with.

import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";

import { useAction } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { Dialog } from "../../kit/dialog.tsx";
import { TextField } from "../../kit/field.tsx";
import { ProblemNotice } from "../../kit/notice.tsx";
import { workflowsOf, workflowsPath } from "./api.ts";
import { BEGINNINGS } from "./model/beginnings.ts";
import { textOf } from "./model/json.ts";

interface Props {
  project: string;
  onClose: () => void;
}

/** The dialog. */
export function Create({ project, onClose }: Props) {
  const { route } = useLocation();
  const [beginning, setBeginning] = useState(BEGINNINGS[0]);
  const [name, setName] = useState("");
  const proposed = textOf(beginning?.definition.name);
  const create = useAction(async () => {
    const definition = {
      ...beginning?.definition,
      name: name.trim() || proposed,
    };
    const { id } = await workflowsOf(project).create(definition);
    route(`${workflowsPath(project)}/${id}`);
  });
  return (
    <Dialog title="New workflow" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create.run();
        }}
      >
        <TextField
          label="Name"
          hint="Users see it beside the switch that turns it on."
          value={name}
          onValue={setName}
          placeholder={proposed || "Assistant"}
          required={!proposed}
          testId="workflow-name"
        />
        <fieldset class="beginnings">
          <legend>Begin with</legend>
          {BEGINNINGS.map((one) => (
            <label key={one.id} class="beginning">
              <input
                type="radio"
                name="beginning"
                checked={one.id === beginning?.id}
                onChange={() => setBeginning(one)}
                data-testid={`beginning-${one.id}`}
              />
              <span>
                <strong>{one.title}</strong>
                <span class="quiet small">{one.about}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <ProblemNotice problem={create.problem} />
        {create.problem?.code === "integration_not_found" && (
          <p>
            <a href={`/console/projects/${project}/integrations`}>
              Set Zoom up first
            </a>
            , then create the workflow.
          </p>
        )}
        <div class="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            type="submit"
            busy={create.busy}
            disabled={!name.trim() && !proposed}
            data-testid="create-workflow"
          >
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
