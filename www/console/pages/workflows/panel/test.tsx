// Tries one step out with a connected account: really, at Zoom. What comes back can stand in for the catalog's example.

import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { Grant } from "../../../api/types/watch.ts";
import { useAction } from "../../../api/use.ts";
import { Button } from "../../../kit/button.tsx";
import { TextField } from "../../../kit/field.tsx";
import { Loading, Notice, ProblemNotice } from "../../../kit/notice.tsx";
import { workflowsOf, type Tested } from "../api.ts";
import { textOf, type Fields, type Json } from "../model/json.ts";
import {
  begunWith,
  keepValues,
  keptValues,
  valuesOf,
} from "../state/values.ts";
import { AccountField, useAccounts } from "./account.tsx";

interface Props {
  project: string;
  workflow: string;
  step: Fields;
  /** An example of every value that the step can name. */
  values: Fields;
  /** Takes an output as the example from now on. */
  onTake: (step: string, output: Json) => void;
}

/** What tells that a step cannot be tried alone. */
const ALONE: Readonly<Record<string, string>> = {
  condition: "A condition does nothing by itself: test the steps in it.",
  fan_out: "A fan out does nothing by itself: test the steps in it.",
  delay: "A delay only waits: there is nothing to test.",
  response: "A response answers a request: there is none here.",
};

/** The panel's second page. */
export function TestPanel(props: Props) {
  const { project } = props;
  const accounts = useAccounts(project);
  const { found, loaded, areMany } = accounts;
  const alone = ALONE[textOf(props.step.type)];
  if (alone) return <p class="quiet">{alone}</p>;
  if (!found) return <Loading what="the connected accounts" of={loaded} />;
  if (found.length === 0 && !areMany)
    return (
      <p data-testid="no-accounts">
        No account is connected yet. Connect one in your product, then come
        back: see{" "}
        <a href={`/console/projects/${project}/users`}>connected users</a>.
      </p>
    );
  return (
    <TestForm {...props} account={accounts.account}>
      <AccountField accounts={accounts} found={found} />
      <Loading what="the connected accounts" of={loaded} />
    </TestForm>
  );
}

interface FormProps extends Props {
  account: Grant | undefined;
  /** The fields in which it is chosen. */
  children: ComponentChildren;
}

function TestForm({ account, children, ...props }: FormProps) {
  const { project, workflow, step } = props;
  const id = textOf(step.id);
  const { text, setText, back } = useValues(props);
  const [tested, setTested] = useState<Tested>();
  const values = valuesOf(text);
  const test = useAction(async (grant: string) => {
    setTested(undefined);
    const body = { grant_id: grant, step, values: values ?? {} };
    setTested(await workflowsOf(project).test(workflow, body));
  });
  return (
    <div class="stack" data-own-past>
      <Notice kind="warn">
        <p>
          This really happens
          {account ? ` in the Zoom account of ${account.email}` : ""}: a meeting
          that is created is there, a request is sent.
        </p>
      </Notice>
      {children}
      <TextField
        label="Values"
        hint="What the step names, with examples: change them to what is there."
        rows={Math.min(Math.max(text.split("\n").length, 3), 14)}
        mono
        value={text}
        onValue={setText}
        testId="test-values"
        wrong={values ? undefined : "This is no JSON object yet."}
      />
      <div class="row">
        <Button
          kind="primary"
          busy={test.busy}
          disabled={!values || !account}
          onClick={() => account && void test.run(account.id)}
          data-testid="test-step"
        >
          {test.busy ? "Running …" : "Run it now"}
        </Button>
        {back && <Button onClick={back}>Back to the examples</Button>}
      </div>
      <ProblemNotice problem={test.problem} />
      {tested && (
        <Outcome
          tested={tested}
          onTake={() => props.onTake(id, tested.output ?? {})}
        />
      )}
    </div>
  );
}

/** The values of a step: examples until somebody types. `back` forgets what was typed. */
function useValues({ workflow, step, values }: Props) {
  const id = textOf(step.id);
  const examples = useMemo(() => namedIn(step, values), [step, values]);
  const [text, setText] = useState(() =>
    begunWith(keptValues(workflow, id), examples),
  );
  const begun = begunWith(undefined, examples);
  return {
    text,
    setText: (next: string) => {
      setText(next);
      keepValues(workflow, id, next);
    },
    back:
      text === begun
        ? undefined
        : () => {
            setText(begun);
            keepValues(workflow, id, undefined);
          },
  };
}

function Outcome({ tested, onTake }: { tested: Tested; onTake: () => void }) {
  const [taken, setTaken] = useState(false);
  const { status, problem, input, output, duration_ms } = tested;
  return (
    <div class="stack" data-testid="tested">
      <Notice
        kind={status === "succeeded" ? "good" : "bad"}
        title={status === "succeeded" ? "It worked" : "It failed"}
      >
        {problem && (
          <p>
            {problem.message} <code>{problem.code}</code>
          </p>
        )}
        <p class="small">In {duration_ms} ms.</p>
      </Notice>
      <details>
        <summary>What it was given</summary>
        <pre class="tested-json" tabIndex={0}>
          {JSON.stringify(input, null, 2)}
        </pre>
      </details>
      {output !== undefined && output !== null && (
        <>
          <h3>What came back</h3>
          <pre class="tested-json" tabIndex={0} data-testid="test-output">
            {JSON.stringify(output, null, 2)}
          </pre>
          {status === "succeeded" && (
            <div class="row">
              <Button
                disabled={taken}
                onClick={() => {
                  onTake();
                  setTaken(true);
                }}
                data-testid="take-example"
              >
                {taken ? "It is the example now" : "Take it as the example"}
              </Button>
              <span class="quiet small">
                For previews and the menu of variables, until you leave.
              </span>
            </div>
          )}
        </>
      )}
    </div>
  );
}

/** Those of the examples that the step names. */
function namedIn(step: Fields, values: Fields): Fields {
  const text = JSON.stringify(step);
  const named = new Set(
    [...text.matchAll(/\{\{\s*([A-Za-z0-9_]+)/g)].map(([, name]) => name),
  );
  // The user's are the account's own, and secrets are not shown.
  const own = Object.entries(values).filter(
    ([name]) => named.has(name) && name !== "user",
  );
  return Object.fromEntries(own);
}
