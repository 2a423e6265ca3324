// The end of an integration.

import { useState } from "preact/hooks";

import { server } from "../../api/client.ts";
import type { Integration } from "../../api/types/integration.ts";
import { Button } from "../../kit/button.tsx";
import { Question } from "../../kit/dialog.tsx";
import { Card } from "../../kit/page.tsx";
import { accounts } from "../../kit/words.ts";

interface Props {
  project: string;
  integration: Integration;
  /** Reads the integration again. */
  again: () => Promise<void>;
}

/** The card that deletes an integration. */
export function Deletion({ project, integration, again }: Props) {
  const [asked, setAsked] = useState(false);
  const { name, provider, grants, status } = integration;
  const remove = async () => {
    await server(project, "DELETE", `integrations/${provider}`);
    await again();
  };
  return (
    <Card
      title="Delete this integration"
      about="Every account is disconnected, Zoom is asked to forget its tokens, and the workflows of this integration are deleted with their runs."
      testId="deletion"
      actions={
        <Button
          kind="danger"
          disabled={status === "deleting"}
          onClick={() => setAsked(true)}
          data-testid="delete-integration"
        >
          Delete
        </Button>
      }
    >
      {asked && (
        <Question
          title={`Delete ${name}?`}
          yes="Delete"
          danger
          onYes={remove}
          onClose={() => setAsked(false)}
        >
          <p>
            {grants > 0
              ? `${accounts(grants)} will be disconnected. Your users have to connect again if you set it up anew.`
              : "No account is connected to it."}
          </p>
        </Question>
      )}
    </Card>
  );
}
