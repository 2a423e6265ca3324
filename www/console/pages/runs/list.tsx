// The runs of a project, the newest first; what narrows them is in the address.

import type { Run } from "../../api/types/watch.ts";
import { useAddress } from "../../kit/address.ts";
import {
  Filters,
  List,
  LiveMark,
  TypedFilter,
  useListed,
} from "../../kit/list.tsx";
import { SelectField } from "../../kit/field.tsx";
import { Empty } from "../../kit/notice.tsx";
import { Card, Page } from "../../kit/page.tsx";
import { secondsText } from "../../kit/span.ts";
import { lookOf, State } from "../../kit/state.tsx";
import { Time } from "../../kit/table.tsx";
import { TimeFilter, timesOf } from "../../kit/time-filter.tsx";
import { triggerText, useWorkflows, workflowName } from "./names.ts";

const STATUSES = [
  "queued",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "stopped",
  "interrupted",
];

/** The page. */
export function Runs({ project }: { project: string }) {
  const workflows = useWorkflows(project);
  const listed = useListed<Run>(project, "runs", {
    narrowedBy: [
      "workflow_id",
      "account_id",
      "status",
      "trigger",
      "event_id",
      "grant_id",
      "parent_id",
    ],
    every: 2500,
    more: (query) => ({ ...timesOf(query, Date.now()), count: "true" }),
  });
  return (
    <Page
      title="Runs"
      actions={<LiveMark live={listed.live} what="this list" />}
    >
      <Narrow workflows={workflows.value ?? []} />
      <Card>
        <List
          what={["run", "runs"]}
          listed={listed}
          head={["Status", "Workflow", "User", "When", "Took"]}
          row={(run) => (
            <Row
              key={run.id}
              project={project}
              run={run}
              name={workflowName(workflows, run.workflow_id)}
            />
          )}
          none={<None project={project} />}
        />
      </Card>
    </Page>
  );
}

interface NarrowProps {
  workflows: { id: string; name: string }[];
}

function Narrow({ workflows }: NarrowProps) {
  const { query, change } = useAddress();
  const named = workflows.map(({ id, name }) => [id, name] as const);
  const chosen = query["workflow_id"];
  const unknown = chosen && !named.some(([id]) => id === chosen);
  return (
    <Filters>
      <SelectField
        label="Workflow"
        value={chosen ?? ""}
        testId="filter-workflow_id"
        onValue={(id) => change({ workflow_id: id, page: undefined })}
        options={[
          ["", "All workflows"],
          ...named,
          ...(unknown ? [[chosen, chosen] as const] : []),
        ]}
      />
      <TypedFilter label="User" name="account_id" placeholder="Id of a user" />
      <SelectField
        label="Status"
        value={query["status"] ?? ""}
        testId="filter-status"
        onValue={(status) => change({ status, page: undefined })}
        options={[
          ["", "Any status"],
          ...STATUSES.map((status) => [status, lookOf(status).word] as const),
        ]}
      />
      <TimeFilter />
      <Chips />
    </Filters>
  );
}

/** What a link narrowed the list by, which has no field of its own. */
const LINKED: readonly (readonly [name: string, text: string])[] = [
  ["event_id", "About the event"],
  ["grant_id", "Of the connection"],
  ["parent_id", "Parts of the run"],
  ["trigger", "Started by"],
];

function Chips() {
  const { query, change } = useAddress();
  return LINKED.filter(([name]) => query[name]).map(([name, text]) => (
    <button
      key={name}
      type="button"
      class="filter-chip"
      onClick={() => change({ [name]: undefined, page: undefined })}
    >
      {text} <code>{query[name]}</code>
      <span aria-hidden="true"> ×</span>
      <span class="visually-hidden"> (show others too)</span>
    </button>
  ));
}

interface RowProps {
  project: string;
  run: Run;
  name: string;
}

function Row({ project, run, name }: RowProps) {
  const base = `/console/projects/${project}`;
  const began = run.started_at ?? run.created_at;
  return (
    <tr data-run={run.id} data-status={run.status}>
      <td>
        <State state={run.status} />
        {run.problem && <span class="under mono">{run.problem}</span>}
      </td>
      <td class="wide">
        <a class="to" href={`${base}/runs/${run.id}`}>
          {name}
        </a>
        <span class="under">
          {triggerText(run.trigger)}
          {run.replay > 0 && " · replay"}
        </span>
      </td>
      <td class="wide">{run.account_id}</td>
      <td>
        <Time at={run.created_at} />
      </td>
      <td>
        {run.ended_at ? (
          secondsText(run.ended_at - began)
        ) : (
          <span class="quiet">–</span>
        )}
      </td>
    </tr>
  );
}

function None({ project }: { project: string }) {
  return (
    <Empty title="Nothing has run yet">
      <p>
        Deploy a workflow, and have a user switch it on: each run is shown here
        as it happens.
      </p>
      <a class="button primary" href={`/console/projects/${project}/workflows`}>
        Go to the workflows
      </a>
    </Empty>
  );
}
