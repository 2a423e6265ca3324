// A new project: its name and where its pages are; then what only this moment knows.

import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";

import { admin } from "../../api/client.ts";
import { useProjects } from "../../api/projects.ts";
import type { NewProject as Created } from "../../api/types/project.ts";
import { useAction } from "../../api/use.ts";
import { Button, ButtonLink } from "../../kit/button.tsx";
import { Copyable } from "../../kit/copy.tsx";
import { useDraft } from "../../kit/draft.ts";
import { TextField } from "../../kit/field.tsx";
import { ProblemNotice } from "../../kit/notice.tsx";
import { Card, Page } from "../../kit/page.tsx";
import { wrongIn } from "../../kit/words.ts";
import { type Minted, mintedKey } from "./minted.ts";
import { Once } from "./once.tsx";

const ABOVE = [["/console", "Projects"]] as const;

/** Creates a project. */
export function NewProject() {
  const [created, setCreated] = useState<Created>();
  if (created) return <Welcome project={created} />;
  return (
    <Page title="New project" above={ABOVE}>
      <Form onCreated={setCreated} />
    </Page>
  );
}

function Form({ onCreated }: { onCreated: (project: Created) => void }) {
  const projects = useProjects();
  const draft = useDraft("new-project", { name: "", origins: "" });
  const { name, origins } = draft.value;
  const create = useAction(async () => {
    const body = {
      name: name.trim(),
      origins: origins.split(/[\s,]+/).filter(Boolean),
      signing_key: { generate: true },
    };
    const project = await admin<Created>("POST", "projects", { body });
    draft.forget();
    onCreated(project);
    void projects.again();
  });
  const wrong = wrongIn(create.problem);
  const aboutOrigins = wrong?.startsWith("origins");
  return (
    <Card>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create.run();
        }}
      >
        <TextField
          label="Name"
          hint="Your users read it where they connect their account."
          required
          placeholder="Acme"
          value={name}
          onValue={(name) => draft.change({ name })}
          wrong={aboutOrigins ? undefined : wrong}
          testId="name"
        />
        <TextField
          label="Allowed origins"
          hint="Where the pages of your app are, one a line. They can be changed at any time."
          rows={3}
          placeholder="https://app.example.com"
          value={origins}
          onValue={(origins) => draft.change({ origins })}
          wrong={aboutOrigins ? wrong : undefined}
          testId="origins"
        />
        {!wrong && <ProblemNotice problem={create.problem} />}
        <div class="actions">
          <Button
            kind="primary"
            type="submit"
            busy={create.busy}
            data-testid="create"
          >
            Create project
          </Button>
          <ButtonLink href="/console">Cancel</ButtonLink>
        </div>
      </form>
    </Card>
  );
}

function Welcome({ project }: { project: Created }) {
  const { route } = useLocation();
  return (
    <Page title={`${project.name} is ready`} above={ABOVE}>
      <Card
        title="Identifiers"
        about="These are no secrets: the project's pages show them at any time."
      >
        <Copyable
          label="Project ID"
          value={project.id}
          hint="Your pages name it to authenticate()."
          testId="project-id"
        />
        <Copyable
          label="Client ID"
          value={project.client_id}
          hint="Your server names it, with the client secret as its password."
          testId="client-id"
        />
      </Card>
      <Card title="Secrets">
        <Once
          secrets={secretsOf(project)}
          onDone={() => route(`/console/projects/${project.id}`, true)}
        />
      </Card>
    </Page>
  );
}

function secretsOf(project: Created): Minted[] {
  const [key] = project.signing_keys;
  const secrets: Minted[] = [
    {
      label: "Client secret",
      value: project.client_secret,
      hint: "For your server's calls of /connect/*.",
      testId: "client-secret",
    },
  ];
  if (key?.private_key) secrets.push(mintedKey(key.id, key.private_key));
  return secrets;
}
