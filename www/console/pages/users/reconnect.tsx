// A link by which a user connects the same account again.

import { useState } from "preact/hooks";

import { server } from "../../api/client.ts";
import { integrationsOf } from "../../api/integrations.ts";
import type { Grant } from "../../api/types/watch.ts";
import { useAction } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { Copyable } from "../../kit/copy.tsx";
import { Dialog } from "../../kit/dialog.tsx";
import { ProblemNotice } from "../../kit/notice.tsx";
import { Time } from "../../kit/table.tsx";

interface Link {
  url: string;
  /** Unix seconds. */
  expires_at: number;
}

interface Props {
  project: string;
  grant: Grant;
}

/** The button and what it made. */
export function Reconnect({ project, grant }: Props) {
  const [open, setOpen] = useState(false);
  const [link, setLink] = useState<Link>();
  const make = useAction(async () => {
    const redirect_uri = await doneUrl(project, grant);
    const body = { provider: grant.provider, grant_id: grant.id, redirect_uri };
    setLink(await server<Link>(project, "POST", "auth", { body }));
  });
  const begin = () => {
    setOpen(true);
    setLink(undefined);
    void make.run();
  };
  return (
    <>
      <Button onClick={begin} data-testid="reconnect">
        Reconnect link
      </Button>
      {open && (
        <Dialog title="Reconnect link" onClose={() => setOpen(false)}>
          <p>
            Send this link to <strong>{grant.account_id}</strong>: whoever opens
            it connects the same Zoom account
            {grant.email && ` (${grant.email})`} again.
          </p>
          <ProblemNotice problem={make.problem} again={() => void make.run()} />
          {link && (
            <>
              <Copyable label="Link" value={link.url} testId="reconnect-link" />
              <p class="quiet small">
                It can be used once, until <Time at={link.expires_at} />.
              </p>
            </>
          )}
          <div class="actions">
            <Button onClick={() => setOpen(false)}>Close</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** Where the link ends. The console may have an address of its own: the one that links use is that of the redirect. */
async function doneUrl(project: string, { integration_id }: Grant) {
  const { integrations } = await integrationsOf(project);
  const of = integrations.find(({ id }) => id === integration_id);
  return new URL("/connect/done", of?.redirect_url ?? location.origin).href;
}
