// One connected account of a user: how it stands, its workflows, and what an operator may do about it.

import { useState } from "preact/hooks";

import { server } from "../../api/client.ts";
import type { Grant } from "../../api/types/watch.ts";
import { useLoaded } from "../../api/use.ts";
import { Fact, Facts, Id } from "../../kit/facts.tsx";
import { Loading, Notice } from "../../kit/notice.tsx";
import { Card, Page } from "../../kit/page.tsx";
import { State } from "../../kit/state.tsx";
import { Time } from "../../kit/table.tsx";
import { Disconnect } from "./disconnect.tsx";
import { type Erased, EraseUser } from "./erase.tsx";
import { Reconnect } from "./reconnect.tsx";
import { Enablements } from "./enablements.tsx";

interface Props {
  project: string;
  grant: string;
}

/** What has become of the account on this page. */
type Left =
  | { what: "disconnected"; revocation?: string | undefined }
  | { what: "erased"; erased: Erased };

/** The page. */
export function User({ project, grant: id }: Props) {
  const [left, setLeft] = useState<Left>();
  const grant = useLoaded(
    (signal) => server<Grant>(project, "GET", `grants/${id}`, { signal }),
    [project, id],
  );
  const found = grant.value;
  const base = `/console/projects/${project}`;
  return (
    <Page
      title={found ? found.account_id : "User"}
      above={[[`${base}/users`, "Connected users"]]}
      actions={
        found &&
        !left && (
          <>
            <Reconnect project={project} grant={found} />
            <Disconnect
              project={project}
              grant={found}
              onDone={(revocation) =>
                setLeft({ what: "disconnected", revocation })
              }
            />
          </>
        )
      }
    >
      {left && <HasLeft left={left} />}
      {!left && <Loading what="the user" of={grant} />}
      {found && (
        <Card title="Zoom account">
          <Overview base={base} grant={found} gone={left !== undefined} />
        </Card>
      )}
      {found && !left && (
        <>
          <Enablements project={project} grant={id} />
          <EraseUser
            project={project}
            user={found.account_id}
            onDone={(erased) => setLeft({ what: "erased", erased })}
          />
        </>
      )}
    </Page>
  );
}

interface OverviewProps {
  base: string;
  grant: Grant;
  gone: boolean;
}

function Overview({ base, grant, gone }: OverviewProps) {
  const user = encodeURIComponent(grant.account_id);
  return (
    <Facts>
      {!gone && (
        <Fact name="Status">
          <State state={grant.grant_status} testId="grant-status" />
          {grant.grant_status === "invalid" && (
            <p class="quiet small">
              Zoom does not accept its tokens any more. Send the user a
              reconnect link, or have them connect again on your page.
            </p>
          )}
        </Fact>
      )}
      <Fact name="Name">{grant.name || "–"}</Fact>
      <Fact name="E-mail">{grant.email || "–"}</Fact>
      <Fact name="Connected since">
        <Time at={grant.created_at} />
      </Fact>
      <Fact name="Last refresh">
        <Time at={grant.refreshed_at} />
      </Fact>
      {grant.expires_at && (
        <Fact name="Ends by itself">
          <Time at={grant.expires_at} />
        </Fact>
      )}
      <Fact name="Scopes">
        <span class="scopes">
          {grant.scope.length === 0
            ? "–"
            : grant.scope.map((scope) => <code key={scope}>{scope}</code>)}
        </span>
      </Fact>
      <Fact name="More">
        <span class="links">
          <a href={`${base}/runs?account_id=${user}`}>Runs</a>
          <a href={`${base}/events?account_id=${user}`}>Events</a>
          <a href={`${base}/deliveries?account_id=${user}`}>Deliveries</a>
        </span>
      </Fact>
      <Fact name="Id of the grant">
        <Id label="the grant's id" id={grant.id} />
      </Fact>
    </Facts>
  );
}

function HasLeft({ left }: { left: Left }) {
  const told = (revocation: string | undefined) =>
    revocation === "pending"
      ? "Zoom could not be told yet; that is tried until it is done."
      : "";
  if (left.what === "disconnected")
    return (
      <Notice kind="good" title="Disconnected" testId="disconnected">
        <p>
          Nothing uses this account any more. {told(left.revocation)} The user
          may connect again at any time.
        </p>
      </Notice>
    );
  const { id, grants, revocation, connecting, events } = left.erased;
  const pending = events === "pending" || (connecting ?? 0) > 0;
  return (
    <Notice
      kind={pending ? "warn" : "good"}
      title={`${id} is ${pending ? "being erased" : "erased"}`}
      testId="erased"
    >
      <p>
        {grants === 1 ? "One account was" : `${grants} accounts were`}{" "}
        disconnected; events, runs, deliveries and settings of this user are
        gone. {told(revocation)}
      </p>
      {events === "pending" && (
        <p>
          There were so many events and runs that some are still there: erase
          once more.
        </p>
      )}
      {(connecting ?? 0) > 0 && (
        <p>
          {connecting} connects of this user were under way: erase once more in
          a minute.
        </p>
      )}
    </Notice>
  );
}
