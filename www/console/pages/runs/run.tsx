// One run: how it stands, its timeline, what a step of it was given and gave, doing it once more and stopping it.

import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";

import { Problem, server } from "../../api/client.ts";
import { useLive } from "../../api/live.ts";
import type { Run as OneRun } from "../../api/types/watch.ts";
import { Button } from "../../kit/button.tsx";
import { Question } from "../../kit/dialog.tsx";
import { Fact, Facts, Id } from "../../kit/facts.tsx";
import { LiveMark } from "../../kit/list.tsx";
import { Loading, Notice } from "../../kit/notice.tsx";
import { Card, Page } from "../../kit/page.tsx";
import { secondsText, spanText } from "../../kit/span.ts";
import { State } from "../../kit/state.tsx";
import { Time } from "../../kit/table.tsx";
import { triggerText, useWorkflows, workflowName } from "./names.ts";
import { wholeOf } from "./parts.ts";
import { Steps } from "./steps.tsx";

/** A run that lives is asked for again after so long, in milliseconds. */
const EVERY = 2000;

const isLive = (run: OneRun) =>
  ["queued", "running", "waiting"].includes(run.status);

interface Props {
  project: string;
  run: string;
}

/** The page. */
export function Run({ project, run }: Props) {
  return <RunPage key={run} project={project} run={run} />;
}

function RunPage({ project, run: id }: Props) {
  const [lives, setLives] = useState(true);
  const workflows = useWorkflows(project);
  const live = useLive(
    async (signal) => {
      const run = await server<OneRun>(project, "GET", `runs/${id}`, {
        signal,
      });
      setLives(isLive(run));
      return run;
    },
    [project, id],
    lives ? EVERY : undefined,
  );
  const base = `/console/projects/${project}`;
  const run = live.value;
  const name = run && workflowName(workflows, run.workflow_id);
  return (
    <Page
      title={name ? `Run of ${name}` : "Run"}
      above={[[`${base}/runs`, "Runs"]]}
      actions={
        run && <Actions project={project} run={run} again={live.again} />
      }
    >
      {!run && <Loading what="the run" of={live} />}
      {run && (
        <>
          <Card
            title="Overview"
            actions={
              (lives || live.problem) && (
                <LiveMark live={live} what="this page" />
              )
            }
          >
            <Overview project={project} run={run} name={name ?? ""} />
          </Card>
          <WhatWentWrong run={run} />
          <Steps project={project} run={run} lives={lives} />
        </>
      )}
    </Page>
  );
}

interface OverviewProps {
  project: string;
  run: OneRun;
  name: string;
}

function Overview({ project, run, name }: OverviewProps) {
  const base = `/console/projects/${project}`;
  const link = (text: string, path: string) => (
    <a href={`${base}/${path}`}>{text}</a>
  );
  return (
    <Facts>
      <Fact name="Status">
        <State state={run.status} testId="run-status" />
      </Fact>
      <Fact name="Workflow">
        {link(name, `workflows/${run.workflow_id}`)}, version {run.version}
      </Fact>
      <Fact name="User">{link(run.account_id, `users/${run.grant_id}`)}</Fact>
      <Fact name="Started by">
        {triggerText(run.trigger)}
        {run.event_id && <> ({link("the event", `events/${run.event_id}`)})</>}
      </Fact>
      <Fact name="Started">
        <Time at={run.started_at ?? run.created_at} />
      </Fact>
      <Fact name="Took">{tookText(run)}</Fact>
      {run.replay_of && (
        <Fact name="Replay of">
          {link("this run", `runs/${run.replay_of}`)}
        </Fact>
      )}
      {run.parent_id && (
        <Fact name="Part of">
          {link("this run", `runs/${run.parent_id}`)}, items{" "}
          {(run.first_item ?? 0) + 1} to {run.last_item}
        </Fact>
      )}
      <Fact name="Id">
        <Id label="the run's id" id={run.id} testId="run-id" />
      </Fact>
    </Facts>
  );
}

/** How long it took; as exactly as its steps know it. */
function tookText(run: OneRun): string {
  if (!run.ended_at) return "It is still going on";
  if (run.steps?.length) {
    const { from, to } = wholeOf(run.steps, undefined);
    return spanText(to - from);
  }
  return secondsText(run.ended_at - (run.started_at ?? run.created_at));
}

function WhatWentWrong({ run }: { run: OneRun }) {
  if (!run.problem) return null;
  const failed = run.steps?.findLast((step) => step.problem === run.problem);
  return (
    <Notice
      kind={run.status === "stopped" ? "warn" : "bad"}
      title={
        failed
          ? `The step ${failed.step} ended it`
          : "It did not come to its end"
      }
      testId="run-problem"
    >
      <p>{run.message}</p>
      <p class="small">
        <code>{run.problem}</code>
      </p>
    </Notice>
  );
}

interface ActionsProps {
  project: string;
  run: OneRun;
  again: () => Promise<void>;
}

function Actions({ project, run, again }: ActionsProps) {
  const { route } = useLocation();
  const [asked, setAsked] = useState<"replay" | "stop">();
  const path = `runs/${run.id}`;
  const replay = async () => {
    const made = await server<OneRun>(project, "POST", `${path}/replay`);
    route(`/console/projects/${project}/runs/${made.id}`);
  };
  const stop = async () => {
    try {
      await server(project, "POST", `${path}/stop`);
    } catch (error) {
      // It came to its end meanwhile: the page shows how.
      if (!(error instanceof Problem && error.code === "run_ended"))
        throw error;
    }
    await again();
  };
  const close = () => setAsked(undefined);
  return (
    <>
      <Button onClick={() => setAsked("replay")} data-testid="replay">
        Replay
      </Button>
      {isLive(run) && (
        <Button
          kind="danger"
          onClick={() => setAsked("stop")}
          data-testid="stop"
        >
          Stop
        </Button>
      )}
      {asked === "replay" && (
        <Question
          title="Run it once more?"
          yes="Replay"
          onYes={replay}
          onClose={close}
        >
          <p>
            The same version of the workflow begins anew with the same input and
            with today’s settings and secrets. What it did at Zoom and elsewhere
            is done again.
          </p>
        </Question>
      )}
      {asked === "stop" && (
        <Question
          title="Stop this run?"
          yes="Stop"
          danger
          onYes={stop}
          onClose={close}
        >
          <p>
            It ends before its next step. What it has done stays done, and it
            cannot be taken up again: only replayed from its beginning.
          </p>
        </Question>
      )}
    </>
  );
}
