// The client secrets of a project: several, so that one can be changed without an outage. Each is shown once.

import { useState } from "preact/hooks";

import { admin } from "../../api/client.ts";
import type { ListedSecret, NewSecret } from "../../api/types/project.ts";
import { useAction, useLoaded } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { Question } from "../../kit/dialog.tsx";
import { Loading, ProblemNotice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import { Time } from "../../kit/table.tsx";
import { Once } from "./once.tsx";

/** The card of a project's API secrets. */
export function Secrets({ project }: { project: string }) {
  const path = `projects/${project}/client-secrets`;
  const list = useLoaded(
    (signal) => admin<ListedSecret[]>("GET", path, { signal }),
    [path],
  );
  const [minted, setMinted] = useState<string>();
  const create = useAction(async () => {
    const { client_secret } = await admin<NewSecret>("POST", path);
    setMinted(client_secret);
    await list.again();
  });
  return (
    <Card
      title="API secrets"
      about="Your server sends one as the password of HTTP Basic. To change it without an outage: make another, deploy it, revoke the old one."
      testId="secrets"
      actions={
        <Button
          small
          busy={create.busy}
          disabled={minted !== undefined}
          onClick={() => void create.run()}
          data-testid="new-secret"
        >
          New secret
        </Button>
      }
    >
      <ProblemNotice problem={create.problem} again={() => void create.run()} />
      {minted && (
        <Once
          secrets={[
            {
              label: "Client secret",
              value: minted,
              testId: "client-secret",
            },
          ]}
          onDone={() => setMinted(undefined)}
        />
      )}
      <Loading what="the secrets" of={list} />
      {list.value && (
        <Lines path={path} secrets={list.value} again={list.again} />
      )}
    </Card>
  );
}

interface LinesProps {
  path: string;
  secrets: readonly ListedSecret[];
  /** Reads the list again. */
  again: () => Promise<void>;
}

/** Those that there are, each to be revoked after a question. */
function Lines({ path, secrets, again }: LinesProps) {
  const [leaving, setLeaving] = useState<string>();
  const revoke = async () => {
    await admin("DELETE", `${path}/${leaving}`);
    await again();
  };
  return (
    <>
      <ul class="lines">
        {secrets.map(({ id, created_at }) => (
          <li key={id}>
            <span class="text">
              <code>{id}</code>
              <span class="quiet small">
                Made <Time at={created_at} />
              </span>
            </span>
            <Button
              kind="danger"
              small
              onClick={() => setLeaving(id)}
              aria-label={`Revoke secret ${id}`}
            >
              Revoke
            </Button>
          </li>
        ))}
      </ul>
      {leaving && (
        <Question
          title="Revoke this secret?"
          yes="Revoke"
          danger
          onYes={revoke}
          onClose={() => setLeaving(undefined)}
        >
          <p>
            Servers that still send <code>{leaving}</code> are refused, a minute
            from now at the latest.
          </p>
        </Question>
      )}
    </>
  );
}
