// Where a project's events go, and the secret that signs them.

import { useState } from "preact/hooks";

import { admin, Problem } from "../../api/client.ts";
import type { EventEndpoint } from "../../api/types/project.ts";
import { useAction, useLoaded } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { useDraft } from "../../kit/draft.ts";
import { Question } from "../../kit/dialog.tsx";
import { TextField } from "../../kit/field.tsx";
import { Loading, ProblemNotice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import { Time } from "../../kit/table.tsx";
import { wrongIn } from "../../kit/words.ts";
import { Once } from "./once.tsx";

/** The card of a project's event endpoint. */
export function Endpoint({ project }: { project: string }) {
  const path = `projects/${project}/event-endpoint`;
  const stored = useLoaded(
    (signal) =>
      admin<EventEndpoint>("GET", path, { signal }).catch((error: unknown) => {
        if (error instanceof Problem && error.code === "not_found") return null;
        throw error;
      }),
    [path],
  );
  const [minted, setMinted] = useState<string>();
  const put = async (body: { url?: string; rotate?: boolean }) => {
    const { secret } = await admin<EventEndpoint>("PUT", path, { body });
    setMinted(secret);
    await stored.again();
  };
  return (
    <Card
      title="Event endpoint"
      about="We tell your server there what happens to connections: a signed POST each (Standard Webhooks)."
      testId="endpoint"
    >
      <Loading what="the endpoint" of={stored} />
      {minted && (
        <Once
          secrets={[
            {
              label: "Signing secret",
              value: minted,
              hint: "Your server checks the signature of each event with it.",
              testId: "event-secret",
            },
          ]}
          onDone={() => setMinted(undefined)}
        />
      )}
      {stored.value !== undefined && (
        <Address
          key={stored.value?.url}
          project={project}
          stored={stored.value}
          onSave={(url) => put({ url })}
        />
      )}
      {stored.value && (
        <Changes
          stored={stored.value}
          onRotate={() => put({ rotate: true })}
          onDelete={async () => {
            await admin("DELETE", path);
            setMinted(undefined);
            await stored.again();
          }}
        />
      )}
    </Card>
  );
}

interface AddressProps {
  project: string;
  stored: EventEndpoint | null;
  onSave: (url: string) => Promise<void>;
}

function Address({ project, stored, onSave }: AddressProps) {
  const draft = useDraft(`endpoint:${project}`, { url: stored?.url ?? "" });
  const { url } = draft.value;
  const save = useAction(async () => {
    await onSave(url.trim());
    draft.forget();
  });
  const wrong = wrongIn(save.problem);
  return (
    <form
      class="add"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <TextField
        label="URL"
        placeholder="https://app.example.com/events"
        required
        value={url}
        onValue={(typed) => {
          save.clear();
          draft.change({ url: typed });
        }}
        wrong={wrong}
        testId="endpoint-url"
      />
      <Button
        type="submit"
        busy={save.busy}
        disabled={url.trim() === stored?.url}
        data-testid="save-endpoint"
      >
        {stored ? "Change" : "Set up"}
      </Button>
      {!wrong && <ProblemNotice problem={save.problem} />}
    </form>
  );
}

interface ChangesProps {
  stored: EventEndpoint;
  onRotate: () => Promise<void>;
  onDelete: () => Promise<void>;
}

/** Another signing secret, and the end of the endpoint. */
function Changes({ stored, onRotate, onDelete }: ChangesProps) {
  const [asked, setAsked] = useState<"rotate" | "delete">();
  const close = () => setAsked(undefined);
  return (
    <>
      {stored.previous_secret_until && (
        <p class="quiet small">
          The signing secret of before is used beside the new one until{" "}
          <Time at={stored.previous_secret_until} />.
        </p>
      )}
      <div class="actions">
        <Button small onClick={() => setAsked("rotate")} data-testid="rotate">
          New signing secret
        </Button>
        <Button
          kind="danger"
          small
          onClick={() => setAsked("delete")}
          data-testid="delete-endpoint"
        >
          Delete endpoint
        </Button>
      </div>
      {asked === "rotate" && (
        <Question
          title="Make a new signing secret?"
          yes="Make it"
          onYes={onRotate}
          onClose={close}
        >
          <p>
            Events are signed with both secrets for a day, so that your server
            can change over without losing any.
          </p>
        </Question>
      )}
      {asked === "delete" && (
        <Question
          title="Delete the event endpoint?"
          yes="Delete"
          danger
          onYes={onDelete}
          onClose={close}
        >
          <p>
            Your server is told of nothing any more, and the signing secrets are
            forgotten.
          </p>
        </Question>
      )}
    </>
  );
}
