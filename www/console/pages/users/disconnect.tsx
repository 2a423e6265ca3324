// Disconnects one account of a user, after a question.

import { useState } from "preact/hooks";

import { server } from "../../api/client.ts";
import type { Grant } from "../../api/types/watch.ts";
import { Button } from "../../kit/button.tsx";
import { Question } from "../../kit/dialog.tsx";

interface Props {
  project: string;
  grant: Grant;
  /** Told whether Zoom has still to be told: `pending`. */
  onDone: (revocation: string | undefined) => void;
}

/** The button and its question. */
export function Disconnect({ project, grant, onDone }: Props) {
  const [asked, setAsked] = useState(false);
  const leave = async () => {
    const path = `grants/${grant.id}`;
    const left = await server<{ revocation?: string }>(project, "DELETE", path);
    onDone(left.revocation);
  };
  return (
    <>
      <Button
        kind="danger"
        onClick={() => setAsked(true)}
        data-testid="disconnect"
      >
        Disconnect
      </Button>
      {asked && (
        <Question
          title={`Disconnect ${grant.email || grant.account_id}?`}
          yes="Disconnect"
          danger
          onYes={leave}
          onClose={() => setAsked(false)}
        >
          <p>
            Requests for this account are refused from now on, its workflows
            stop and their settings are forgotten. If nobody else uses the
            account, Zoom is told to forget our tokens.
          </p>
        </Question>
      )}
    </>
  );
}
