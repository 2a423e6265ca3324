// Looks for what is wrong with an integration, and says what to do about it.

import { useEffect, useRef, useState } from "preact/hooks";

import { server } from "../../api/client.ts";
import type {
  Checked,
  Finding,
  Integration,
} from "../../api/types/integration.ts";
import { type Action, useAction } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { Icon } from "../../kit/icon.tsx";
import { ProblemNotice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import { Time } from "../../kit/table.tsx";
import { counted } from "../../kit/words.ts";
import { remember } from "./passed.ts";

const NAMES: Record<Finding["check"], string> = {
  credentials: "Client ID and Client Secret",
  redirect_url: "Redirect URL",
  scopes: "Scopes",
  webhook: "Webhook",
};

/** What each outcome is called, and its picture. */
const STATES = {
  ok: ["OK", "good"],
  wrong: ["Wrong", "bad"],
  unknown: ["Not known", "warn"],
} as const;

/** A check, and what it found of the integration as it is now. */
export interface Check {
  action: Action<[]>;
  checked: Checked | undefined;
}

/** Checks an integration when it is told to. */
export function useCheck(
  project: string,
  integration: Integration | undefined,
): Check {
  const [found, setFound] = useState<{ checked: Checked; of: number }>();
  const action = useAction(async () => {
    if (!integration) return;
    const path = `integrations/${integration.provider}/check`;
    const checked = await server<Checked>(project, "POST", path);
    remember(integration, checked);
    setFound({ checked, of: integration.updated_at });
  });
  const isOfNow = found?.of === integration?.updated_at;
  return { action, checked: isOfNow ? found?.checked : undefined };
}

interface Props {
  check: Check;
  /** Chooses scopes that are missing; nothing when the app's own scopes are asked for. */
  onAdd: ((scopes: string[]) => void) | undefined;
}

/** The card of what a check found; nothing while nobody has checked. It comes into sight by itself. */
export function Findings({ check: { action, checked }, onAdd }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const { busy, problem } = action;
  useEffect(() => {
    if (checked || problem) element.current?.scrollIntoView({ block: "start" });
  }, [checked, problem]);
  const wrong = checked?.findings.filter(({ status }) => status === "wrong");
  return (
    <div ref={element} class="found" role="status" aria-busy={busy}>
      {(checked || problem) && (
        <Card
          title={
            wrong?.length === 0
              ? "Check: nothing is wrong"
              : wrong
                ? `Check: ${counted(wrong.length, "thing")} to put right`
                : "Check"
          }
          testId="findings"
          actions={
            checked && (
              <span class="quiet small">
                <Time at={checked.checked_at} />
              </span>
            )
          }
        >
          <ProblemNotice problem={problem} again={() => void action.run()} />
          {checked && (
            <ul class="findings">
              {checked.findings.map((finding) => (
                <Line key={finding.check} finding={finding} onAdd={onAdd} />
              ))}
            </ul>
          )}
        </Card>
      )}
    </div>
  );
}

interface LineProps {
  finding: Finding;
  onAdd: Props["onAdd"];
}

function Line({ finding, onAdd }: LineProps) {
  const { check, status, message } = finding;
  const scopes = finding.scopes ?? [];
  const [word, icon] = STATES[status];
  return (
    <li class={`finding ${icon}`} data-testid={`finding-${check}`}>
      <Icon name={icon} size={20} />
      <div>
        <h3>
          {NAMES[check]} <span class="word">{word}</span>
        </h3>
        <p>{message}</p>
        {scopes.length > 0 && (
          <div class="row">
            {scopes.map((scope) => (
              <code key={scope} class="chip">
                {scope}
              </code>
            ))}
            {onAdd && (
              <Button small onClick={() => onAdd(scopes)}>
                Choose {scopes.length === 1 ? "it" : "them"} below
              </Button>
            )}
          </div>
        )}
      </div>
    </li>
  );
}
