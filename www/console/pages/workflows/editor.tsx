// The editor of one workflow: loads what it needs, then shows diagram and panel, or the JSON.

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import type { Problem } from "../../api/client.ts";
import { useLoaded } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { LeaveGuard } from "../../kit/leave.tsx";
import { Loading, ProblemNotice } from "../../kit/notice.tsx";
import { Page } from "../../kit/page.tsx";
import { loadRules, type Rules } from "../../wasm.ts";
import {
  workflowsOf,
  workflowsPath,
  type Secret,
  type WholeWorkflow,
} from "./api.ts";
import { Bar } from "./bar.tsx";
import "./diagram/diagram.css";
import "./editor.css";
import "./fields/fields.css";
import { textOf } from "./model/json.ts";
import type { Catalog } from "./model/kinds.ts";
import { Notices } from "./notices.tsx";
import { Secrets } from "./secrets.tsx";
import { useEditing, type Editing } from "./state/use-editing.ts";
import { Surface } from "./surface.tsx";

interface Props {
  project: string;
  workflow: string;
}

/** The page. */
export function Editor({ project, workflow }: Props) {
  const above = [[workflowsPath(project), "Workflows"]] as const;
  const loaded = useLoaded(
    async (signal) => {
      const calls = workflowsOf(project);
      const [found, actions, triggers, secrets, rules] = await Promise.all([
        calls.one(workflow, signal),
        calls.actions(signal),
        calls.triggers(signal),
        calls.secrets(signal),
        loadRules(),
      ]);
      return { found, catalog: { actions, triggers }, secrets, rules };
    },
    [project, workflow],
  );
  if (loaded.problem)
    return (
      <Page title="Workflow" above={above}>
        <NotOpened problem={loaded.problem} again={loaded.again} />
      </Page>
    );
  if (!loaded.value)
    return (
      <Page title="Workflow" above={above}>
        <Loading what="the workflow" />
      </Page>
    );
  return <Open key={workflow} project={project} {...loaded.value} />;
}

interface NotOpenedProps {
  problem: Problem;
  again: () => Promise<void>;
}

function NotOpened({ problem, again }: NotOpenedProps) {
  if (problem.code !== "page_outdated")
    return <ProblemNotice problem={problem} again={() => void again()} />;
  return (
    <>
      <ProblemNotice problem={problem} />
      <div class="row">
        <Button onClick={() => location.reload()}>Reload</Button>
      </div>
    </>
  );
}

interface OpenProps {
  project: string;
  found: WholeWorkflow;
  catalog: Catalog;
  secrets: Secret[];
  rules: Rules;
}

function Open({ project, found, catalog, rules, ...props }: OpenProps) {
  const [secrets, setSecrets] = useState(props.secrets);
  const [showsSecrets, setShowsSecrets] = useState(false);
  const [showsJson, setShowsJson] = useState(false);
  const names = useMemo(() => secrets.map(({ name }) => name), [secrets]);
  const openSecrets = useCallback(() => setShowsSecrets(true), []);
  const editing = useEditing(project, found, rules, names);
  useUndoKeys(editing);
  const asJson = showsJson || editing.text !== undefined;
  return (
    <Page
      title={textOf(editing.definition.name) || "Workflow"}
      above={[[workflowsPath(project), "Workflows"]]}
      actions={
        <Bar
          editing={editing}
          asJson={asJson}
          onJson={setShowsJson}
          onSecrets={openSecrets}
        />
      }
    >
      <LeaveGuard when={editing.isUnkept} title="Leave without this text?">
        <p>
          The JSON cannot be read yet, and is not kept: something in it may be
          secret.
        </p>
      </LeaveGuard>
      <Notices editing={editing} />
      <Surface
        {...{ project, catalog, rules, editing, asJson }}
        secrets={names}
        onSecrets={openSecrets}
        onDiagram={() => setShowsJson(false)}
      />
      {showsSecrets && (
        <Secrets
          project={project}
          secrets={secrets}
          onChanged={async () =>
            setSecrets(await workflowsOf(project).secrets())
          }
          onClose={() => setShowsSecrets(false)}
        />
      )}
    </Page>
  );
}

/** Ctrl-Z and Ctrl-Y, or ⌘; not where a text has a past of its own. */
function useUndoKeys({ undo, redo }: Editing) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const target = event.target as Element | null;
      if (target?.closest("dialog, [data-own-past]")) return;
      const key = event.key.toLowerCase();
      if (key === "z" && !event.shiftKey) undo();
      else if (key === "y" || key === "z") redo();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [undo, redo]);
}
