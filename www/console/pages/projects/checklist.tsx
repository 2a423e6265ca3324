// How far a project's set-up has come, and the next thing to do. `stepsOf` decides; the card asks the Worker and shows.

import { server } from "../../api/client.ts";
import { integrationsOf } from "../../api/integrations.ts";
import type { Integration } from "../../api/types/integration.ts";
import type { Project } from "../../api/types/project.ts";
import { useLive } from "../../api/live.ts";
import { ButtonLink } from "../../kit/button.tsx";
import { Icon } from "../../kit/icon.tsx";
import { Loading } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import { hasPassed } from "../integrations/passed.ts";

/** What the Worker says about a project's set-up. */
interface Progress {
  integration: Integration | undefined;
  /** Whether the last check of the integration found nothing wrong. */
  isChecked: boolean;
  workflows: number;
  runs: number;
}

/** One thing to do. */
interface Step {
  what: string;
  /** What it is good for. */
  why: string;
  isDone: boolean;
  href: string;
  /** What the link says. */
  go: string;
}

/** The things to do, in their order. */
function stepsOf(project: Project, progress: Progress): Step[] {
  const base = `/console/projects/${project.id}`;
  const settings = `${base}/integrations/zoom?tab=settings`;
  const { integration } = progress;
  return [
    {
      what: "Allow your app's origin",
      why: "Only pages of these addresses may use the project.",
      isDone: project.origins.length > 0,
      href: "#origins",
      go: "Add an origin",
    },
    {
      what: "Have a signing key",
      why: "Your server signs user tokens with it.",
      isDone: project.signing_keys.length > 0,
      href: "#keys",
      go: "Generate a key",
    },
    {
      what: "Set up Zoom",
      why: "Client ID and secret of your Zoom app.",
      isDone: integration !== undefined,
      href: settings,
      go: "Set up",
    },
    {
      what: "Check the integration",
      why: "Says what is wrong before your users find out.",
      isDone: progress.isChecked,
      href: settings,
      go: "Check",
    },
    {
      what: "Have Zoom validate the webhook",
      why: "So that events of Zoom arrive.",
      isDone: Boolean(integration?.webhook_validated_at),
      href: settings,
      go: "See how",
    },
    {
      what: "Connect a first user",
      why: "In your app, or by a link from here.",
      isDone: (integration?.grants ?? 0) > 0,
      href: `${base}/users`,
      go: "Connected users",
    },
    {
      what: "Build a first workflow",
      why: "What shall happen when something happens at Zoom.",
      isDone: progress.workflows > 0,
      href: `${base}/workflows`,
      go: "Workflows",
    },
    {
      what: "See a first run",
      why: "Switch the workflow on for a user, then let it begin.",
      isDone: progress.runs > 0,
      href: `${base}/runs`,
      go: "Runs",
    },
  ];
}

async function progressOf(id: string, signal: AbortSignal): Promise<Progress> {
  const one = { query: { limit: 1 }, signal };
  const [{ integrations }, workflows, runs] = await Promise.all([
    integrationsOf(id, signal),
    server<unknown[]>(id, "GET", "workflows", one),
    server<unknown[]>(id, "GET", "runs", one),
  ]);
  const integration = integrations.find(({ provider }) => provider === "zoom");
  return {
    integration,
    isChecked: integration !== undefined && hasPassed(integration),
    workflows: workflows.length,
    runs: runs.length,
  };
}

/** How often the list is brought up to date, in milliseconds. */
const EVERY = 15_000;

/** The card of what is done and what comes next. */
export function Checklist({ project }: { project: Project }) {
  const progress = useLive(
    (signal) => progressOf(project.id, signal),
    [project.id],
    EVERY,
  );
  const steps = progress.value && stepsOf(project, progress.value);
  const done = steps?.filter(({ isDone }) => isDone).length ?? 0;
  const next = steps?.findIndex(({ isDone }) => !isDone) ?? -1;
  return (
    <Card
      title="Set-up"
      testId="checklist"
      actions={
        steps && (
          <span class="quiet small">
            {done} of {steps.length} done
          </span>
        )
      }
    >
      <Loading what="the set-up" of={progress} />
      {steps && (
        <>
          <div class="progress" aria-hidden="true">
            <div style={{ width: `${(done / steps.length) * 100}%` }} />
          </div>
          <ol class="steps">
            {steps.map((step, index) => (
              <Line
                key={step.what}
                step={step}
                number={index + 1}
                isNext={index === next}
              />
            ))}
          </ol>
        </>
      )}
    </Card>
  );
}

interface LineProps {
  step: Step;
  number: number;
  isNext: boolean;
}

function Line({ step, number, isNext }: LineProps) {
  const { what, why, isDone, href, go } = step;
  return (
    <li class={isDone ? "done" : isNext ? "next" : undefined}>
      <span class="mark" aria-hidden="true">
        {isDone ? <Icon name="check" size={13} /> : number}
      </span>
      <div>
        <div class="what">
          {what}
          {isDone && <span class="visually-hidden"> (done)</span>}
        </div>
        {isNext && <div class="quiet small">{why}</div>}
      </div>
      {!isDone &&
        (isNext ? (
          <ButtonLink kind="primary" small href={href} testId="next-step">
            {go}
          </ButtonLink>
        ) : (
          <a class="small" href={href}>
            {go}
          </a>
        ))}
    </li>
  );
}
