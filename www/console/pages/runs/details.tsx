// What the chosen step of a run was given and gave; of the trigger, what the run was started with.

import { useEffect, useRef } from "preact/hooks";

import { server } from "../../api/client.ts";
import type { Run, RunStep, StepTexts } from "../../api/types/watch.ts";
import { useLoaded } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { Fact, Facts } from "../../kit/facts.tsx";
import { Json } from "../../kit/json.tsx";
import { Loading, Notice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import { spanText } from "../../kit/span.ts";
import { State } from "../../kit/state.tsx";
import { Time } from "../../kit/table.tsx";
import { beganAt } from "./parts.ts";

interface Props {
  project: string;
  run: Run;
  step: string | undefined;
  onChoose: (step: string) => void;
}

/** A card about the chosen step; without one it says how to choose. */
export function StepDetails({ project, run, step, onChoose }: Props) {
  if (step === undefined)
    return (
      <Card>
        <p class="quiet">
          Choose a step above to see what it was given and gave, or look at{" "}
          <Button
            kind="link"
            onClick={() => onChoose("trigger")}
            data-testid="show-trigger"
          >
            what the run was started with
          </Button>
          .
        </p>
      </Card>
    );
  const found = run.steps?.find((one) => one.step === step);
  return (
    <OfStep
      key={step}
      project={project}
      run={run}
      name={step}
      step={found}
      onChoose={onChoose}
    />
  );
}

interface OfStepProps {
  project: string;
  run: Run;
  name: string;
  step: RunStep | undefined;
  onChoose: (step: string) => void;
}

function OfStep({ project, run, name, step, onChoose }: OfStepProps) {
  // What it was given and gave changes with how far it is.
  const texts = useLoaded(
    (signal) =>
      server<StepTexts>(
        project,
        "GET",
        `runs/${run.id}/steps/${encodeURIComponent(name)}`,
        { signal },
      ),
    [project, run.id, name, step?.status, step?.attempts],
  );
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => card.current?.scrollIntoView({ block: "nearest" }), []);
  const ofTrigger = name === "trigger";
  return (
    <div ref={card} data-testid="step-details">
      <Card
        title={ofTrigger ? "What started it" : name}
        actions={
          <>
            {!ofTrigger && (
              <Button kind="link" onClick={() => onChoose("trigger")}>
                What started the run
              </Button>
            )}
            <Button onClick={() => onChoose(name)}>Close</Button>
          </>
        }
      >
        {step && <About step={step} />}
        <Loading what="its input and output" of={texts} />
        {texts.value && (
          <Texts
            name={name}
            texts={texts.value}
            ended={Boolean(step?.ended_at)}
          />
        )}
      </Card>
    </div>
  );
}

function About({ step }: { step: RunStep }) {
  const began = beganAt(step);
  return (
    <Facts>
      <Fact name="Status">
        <State state={step.status} />
      </Fact>
      <Fact name="What it does">
        <code>{step.type}</code>
      </Fact>
      <Fact name="Began">
        <Time at={new Date(began).toISOString()} />
      </Fact>
      {step.ended_at && (
        <Fact name="Took">{spanText(step.ended_at - began)}</Fact>
      )}
      {step.attempts > 1 && <Fact name="Attempts">{step.attempts}</Fact>}
      {step.type === "condition" && step.chosen && (
        <Fact name="It chose">{step.chosen}</Fact>
      )}
      {step.type === "delay" && step.chosen && !step.ended_at && (
        <Fact name="Waits until">
          <Time at={new Date(Number(step.chosen)).toISOString()} />
        </Fact>
      )}
      {step.problem && (
        <Fact name="Problem">
          <code>{step.problem}</code>
        </Fact>
      )}
    </Facts>
  );
}

interface TextsProps {
  name: string;
  texts: StepTexts;
  ended: boolean;
}

function Texts({ name, texts, ended }: TextsProps) {
  const { input, output, error } = texts;
  const file = (what: string) => `${name.replaceAll(/[^\w.-]+/g, "_")}-${what}`;
  if (name === "trigger")
    return output === null ? (
      <p class="quiet">
        The run was started with nothing, or what it was started with is
        forgotten.
      </p>
    ) : (
      <Json
        label="Input of the run"
        value={output}
        file={file("input")}
        testId="step-output"
      />
    );
  const failure = errorOf(error);
  return (
    <div class="texts">
      {failure && (
        <Notice kind="bad" title={failure.code} testId="step-error">
          <p>{failure.message}</p>
        </Notice>
      )}
      {input !== null && (
        <Json
          label="Input"
          value={input}
          file={file("input")}
          testId="step-input"
        />
      )}
      {output !== null && (
        <Json
          label="Output"
          value={output}
          file={file("output")}
          testId="step-output"
        />
      )}
      {input === null && output === null && !failure && (
        <p class="quiet">
          {ended
            ? "It was given nothing and gave nothing."
            : "What it is given and gives is shown once it is known."}
        </p>
      )}
    </div>
  );
}

function errorOf(
  error: unknown,
): { code: string; message: string } | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { code: String(code ?? "failed"), message: String(message ?? "") };
}
