// What a project is called: by people, by its pages, by its server. Name and audience can be changed.

import { useState } from "preact/hooks";

import { admin } from "../../api/client.ts";
import { integrationsOf } from "../../api/integrations.ts";
import { useProjects } from "../../api/projects.ts";
import type { Project } from "../../api/types/project.ts";
import { useAction, useLoaded } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { Copyable, Sample } from "../../kit/copy.tsx";
import { type Draft, useDraft } from "../../kit/draft.ts";
import { TextField } from "../../kit/field.tsx";
import { ProblemNotice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";

interface Props {
  project: Project;
  /** Reads the project again. */
  again: () => Promise<void>;
}

/** The card of a project's names. */
export function Identity({ project, again }: Props) {
  const draft = useDraft(`identity:${project.id}`, {
    name: project.name,
    audience: project.audience ?? "",
  });
  const [edits, setEdits] = useState(draft.isKept);
  return (
    <Card
      title="Project"
      testId="identity"
      actions={
        !edits && (
          <Button
            small
            onClick={() => setEdits(true)}
            data-testid="edit-project"
          >
            Edit
          </Button>
        )
      }
    >
      <Copyable
        label="Project ID"
        value={project.id}
        hint="Your pages name it."
        testId="project-id"
      />
      <Copyable
        label="Client ID"
        value={project.client_id}
        hint="Your server names it in HTTP Basic; an API secret is the password."
        testId="client-id"
      />
      <Lines project={project.id} />
      {edits ? (
        <Edit
          project={project.id}
          draft={draft}
          again={again}
          onDone={() => {
            draft.forget();
            setEdits(false);
          }}
        />
      ) : (
        <p class="small quiet">
          {project.audience === null ? (
            "User tokens may have any audience (aud)."
          ) : (
            <>
              User tokens must have the audience <code>{project.audience}</code>
              .
            </>
          )}
        </p>
      )}
    </Card>
  );
}

/** What the product's page says to use the project. */
function Lines({ project }: { project: string }) {
  const { value } = useLoaded(
    (signal) => integrationsOf(project, signal),
    [project],
  );
  const [offer] = value?.catalog ?? [];
  // The console may have an address of its own: the one that pages use is that of the redirect.
  const host = offer ? new URL(offer.redirect_url).origin : "https://…";
  return (
    <Sample
      label="Lines for your page"
      value={`import { isthmus } from "@isthmus/connect";

isthmus.configureGlobal({ host: "${host}" });
isthmus.authenticate("${project}", userToken);
button.onclick = () => isthmus.connect("zoom");`}
    />
  );
}

interface EditProps {
  project: string;
  draft: Draft<{ name: string; audience: string }>;
  again: () => Promise<void>;
  /** It is saved, or given up. */
  onDone: () => void;
}

function Edit({ project, draft, again, onDone }: EditProps) {
  const projects = useProjects();
  const { name, audience } = draft.value;
  const save = useAction(async () => {
    const body = { name: name.trim(), audience: audience.trim() || null };
    await admin("PATCH", `projects/${project}`, { body });
    await Promise.all([again(), projects.again()]);
    onDone();
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <TextField
        label="Name"
        required
        value={name}
        onValue={(typed) => draft.change({ name: typed })}
        testId="name"
      />
      <TextField
        label="Audience of user tokens"
        hint="What the claim aud must be; empty: anything."
        value={audience}
        onValue={(typed) => draft.change({ audience: typed })}
        testId="audience"
      />
      <ProblemNotice problem={save.problem} />
      <div class="actions">
        <Button kind="primary" type="submit" busy={save.busy}>
          Save
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </form>
  );
}
