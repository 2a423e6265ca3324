// The project's workflows: what starts each, what of it is deployed; creating, duplicating, deleting.

import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";

import { useAction, useLoaded } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { Question } from "../../kit/dialog.tsx";
import { Empty, Loading, ProblemNotice } from "../../kit/notice.tsx";
import { Page } from "../../kit/page.tsx";
import { Badge, Table, Time } from "../../kit/table.tsx";
import { PAGE, workflowsOf, workflowsPath, type Workflow } from "./api.ts";
import { Create } from "./create.tsx";
import "./list.css";
import { textOf } from "./model/json.ts";
import { triggerWords } from "./model/kinds.ts";

/** The page. */
export function Workflows({ project }: { project: string }) {
  const { query, route } = useLocation();
  const offset = Math.max(0, Number(query.offset) || 0);
  const [creates, setCreates] = useState(false);
  const loaded = useLoaded(
    (signal) => workflowsOf(project).list(offset, signal),
    [project, offset],
  );
  const triggers = useLoaded(
    (signal) => workflowsOf(project).triggers(signal),
    [project],
  );
  const catalog = triggers.value && { actions: [], triggers: triggers.value };
  const go = (to: number) =>
    route(`${workflowsPath(project)}${to > 0 ? `?offset=${to}` : ""}`);
  const create = (
    <Button
      kind="primary"
      onClick={() => setCreates(true)}
      data-testid="new-workflow"
    >
      New workflow
    </Button>
  );
  return (
    <Page title="Workflows" actions={loaded.value?.length ? create : null}>
      <Loading what="the workflows" of={loaded} />
      {loaded.value?.length === 0 && offset === 0 && (
        <Empty title="No workflows yet">
          <p class="quiet">
            A workflow does something for each user who wants it: when a meeting
            is created, add a guest, say, then tell your backend.
          </p>
          {create}
        </Empty>
      )}
      {loaded.value && (loaded.value.length > 0 || offset > 0) && (
        <Table
          label="Workflows"
          head={["Name", "Started by", "State", "Changed", "Actions"]}
        >
          {loaded.value.map((one) => (
            <Row
              key={one.id}
              project={project}
              workflow={one}
              started={triggerWords(one.trigger, catalog)}
              onChanged={loaded.again}
            />
          ))}
        </Table>
      )}
      <div class="row">
        {offset > 0 && (
          <Button onClick={() => go(offset - PAGE)}>Earlier ones</Button>
        )}
        {loaded.value?.length === PAGE && (
          <Button onClick={() => go(offset + PAGE)}>More</Button>
        )}
      </div>
      {creates && (
        <Create project={project} onClose={() => setCreates(false)} />
      )}
    </Page>
  );
}

interface RowProps {
  project: string;
  workflow: Workflow;
  started: string;
  onChanged: () => Promise<void>;
}

function Row({ project, workflow, started, onChanged }: RowProps) {
  const { id, name, version, changed } = workflow;
  const [asks, setAsks] = useState(false);
  const remove = async () => {
    await workflowsOf(project).remove(id);
    await onChanged();
  };
  const duplicate = useAction(async () => {
    const { definition } = await workflowsOf(project).one(id);
    const copy = `Copy of ${textOf(definition.name)}`;
    await workflowsOf(project).create({ ...definition, name: copy });
    await onChanged();
  });
  return (
    <tr data-testid="workflow" data-workflow={id}>
      <td>
        <a href={`${workflowsPath(project)}/${id}`}>{name}</a>
        <ProblemNotice problem={duplicate.problem} />
      </td>
      <td>{started}</td>
      <td>
        <span class="states">
          {version === null ? (
            <Badge mood="quiet">Not deployed</Badge>
          ) : (
            <Badge mood="good">{`Version ${version}`}</Badge>
          )}
          {changed && <Badge mood="warn">Changes not deployed</Badge>}
        </span>
      </td>
      <td>
        <Time at={workflow.updated_at} />
      </td>
      <td>
        <div class="row">
          <Button
            small
            busy={duplicate.busy}
            aria-label={`Duplicate ${name}`}
            onClick={() => void duplicate.run()}
          >
            Duplicate
          </Button>
          <Button
            small
            kind="danger"
            aria-label={`Delete ${name}`}
            onClick={() => setAsks(true)}
          >
            Delete
          </Button>
        </div>
        {asks && (
          <Question
            title={`Delete ${name}?`}
            yes="Delete"
            danger
            onYes={remove}
            onClose={() => setAsks(false)}
          >
            <p>
              It is gone then, with what users filled in for it. Runs that live
              are stopped.
            </p>
          </Question>
        )}
      </td>
    </tr>
  );
}
