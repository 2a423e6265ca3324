// The accounts that a project's users have connected; what is searched for is in the address.

import type { Grant } from "../../api/types/watch.ts";
import { useAddress } from "../../kit/address.ts";
import { SelectField } from "../../kit/field.tsx";
import {
  Filters,
  List,
  LiveMark,
  TypedFilter,
  useListed,
} from "../../kit/list.tsx";
import { Empty } from "../../kit/notice.tsx";
import { Card, Page } from "../../kit/page.tsx";
import { State } from "../../kit/state.tsx";
import { Time } from "../../kit/table.tsx";

/** The page. */
export function Users({ project }: { project: string }) {
  const { query, change } = useAddress();
  const listed = useListed<Grant>(project, "grants", {
    narrowedBy: ["q", "grant_status", "account_id"],
    every: 5000,
  });
  return (
    <Page
      title="Connected users"
      actions={<LiveMark live={listed.live} what="this list" />}
    >
      <Filters>
        <TypedFilter label="Search" name="q" placeholder="Id, name or e-mail" />
        <SelectField
          label="Status"
          value={query["grant_status"] ?? ""}
          testId="filter-grant_status"
          onValue={(status) =>
            change({ grant_status: status, page: undefined })
          }
          options={[
            ["", "Any status"],
            ["valid", "Connected"],
            ["invalid", "Must reconnect"],
          ]}
        />
      </Filters>
      <Card>
        <List
          what={["user", "users"]}
          listed={listed}
          head={["User", "Zoom account", "Status", "Last refresh", "Connected"]}
          row={(grant) => (
            <Row key={grant.id} project={project} grant={grant} />
          )}
          none={<None />}
          hint="A part of the id, the name or the e-mail address is enough."
        />
      </Card>
    </Page>
  );
}

function Row({ project, grant }: { project: string; grant: Grant }) {
  return (
    <tr data-grant={grant.id}>
      <td class="wide">
        <a class="to" href={`/console/projects/${project}/users/${grant.id}`}>
          {grant.account_id}
        </a>
      </td>
      <td class="wide">
        {grant.name}
        <span class="under">{grant.email}</span>
      </td>
      <td>
        <State state={grant.grant_status} />
      </td>
      <td>
        <Time at={grant.refreshed_at} />
      </td>
      <td>
        <Time at={grant.created_at} />
      </td>
    </tr>
  );
}

function None() {
  return (
    <Empty title="Nobody has connected yet">
      <p>
        Your users connect on your own page. With the package installed, this is
        all it takes:
      </p>
      <pre class="snippet" tabIndex={0}>
        {SNIPPET}
      </pre>
      <p class="quiet">
        They are listed here as soon as they have come back from Zoom.
      </p>
    </Empty>
  );
}

const SNIPPET = `import { isthmus } from "@isthmus/connect";

await isthmus.authenticate(projectId, userToken);
button.onclick = () => isthmus.connect("zoom");`;
