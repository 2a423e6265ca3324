// The steps of a run as a timeline and as a table; the one that is chosen is in the address.

import { useState } from "preact/hooks";

import { workerNow } from "../../api/clock.ts";
import type { Run, RunStep } from "../../api/types/watch.ts";
import { useAddress } from "../../kit/address.ts";
import { Timeline, type TimelineRow } from "../../kit/chart-timeline.tsx";
import { Empty } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import { spanText } from "../../kit/span.ts";
import { lookOf, State } from "../../kit/state.tsx";
import { Table } from "../../kit/table.tsx";
import {
  beganAt,
  itemOf,
  type Node,
  partsOf,
  shortName,
  tree,
  wholeOf,
  workOf,
} from "./parts.ts";
import { StepDetails } from "./details.tsx";

/** What has more rows inside than this begins closed. */
const MANY = 24;

interface Props {
  project: string;
  run: Run;
  lives: boolean;
}

/** The timeline, its table, and the step that is chosen. */
export function Steps({ project, run, lives }: Props) {
  const { query, change } = useAddress();
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const steps = run.steps ?? [];
  const chosen = query["step"] ?? (steps.length > 0 ? undefined : "trigger");
  const choose = (step: string) =>
    change({ step: step === chosen ? undefined : step });
  const turn = (step: string) => {
    const next = new Set(turned);
    if (!next.delete(step)) next.add(step);
    setTurned(next);
  };
  const nodes = tree(steps);
  const isOpen = (node: Node) =>
    turned.has(node.step.step) !== sizeOf(node) <= MANY;
  return (
    <>
      <Card title="Timeline">
        {steps.length === 0 ? (
          <NoSteps lives={lives} />
        ) : (
          <Picture {...{ steps, nodes, isOpen, chosen, choose, turn, lives }} />
        )}
      </Card>
      <StepDetails
        project={project}
        run={run}
        step={chosen}
        onChoose={choose}
      />
    </>
  );
}

const sizeOf = (node: Node): number =>
  node.inside.reduce((sum, one) => sum + 1 + sizeOf(one), 0);

function NoSteps({ lives }: { lives: boolean }) {
  return lives ? (
    <Empty title="Its first step is about to begin">
      <p>The timeline is drawn as it goes.</p>
    </Empty>
  ) : (
    <Empty title="No step was done">
      <p>It ended before its first one.</p>
    </Empty>
  );
}

interface PictureProps {
  steps: readonly RunStep[];
  nodes: Node[];
  isOpen: (node: Node) => boolean;
  chosen: string | undefined;
  choose: (step: string) => void;
  turn: (step: string) => void;
  lives: boolean;
}

function Picture(props: PictureProps) {
  const { steps, nodes, isOpen, chosen, choose, turn, lives } = props;
  const whole = wholeOf(steps, lives ? workerNow() : undefined);
  const rows = rowsOf(nodes, isOpen, whole, 0);
  const work = steps.flatMap((step) => workOf(partsOf(step, whole.to)));
  return (
    <>
      <Timeline
        label="Steps of the run"
        rows={rows}
        whole={whole}
        work={work}
        chosen={chosen}
        onChoose={choose}
        onOpen={turn}
        live={lives}
      />
      <details class="as-table">
        <summary>The same as a table</summary>
        <StepsTable steps={steps} from={whole.from} to={whole.to} />
      </details>
    </>
  );
}

function rowsOf(
  nodes: readonly Node[],
  isOpen: (node: Node) => boolean,
  whole: { from: number; to: number },
  depth: number,
): TimelineRow[] {
  return nodes.flatMap((node) => {
    const { step } = node;
    const parts = partsOf(step, whole.to);
    const open = node.inside.length > 0 ? isOpen(node) : undefined;
    const row: TimelineRow = {
      key: step.step,
      name: shortName(step.step),
      item: itemOf(step),
      kind: kindText(step),
      state: step.status,
      about: aboutText(step, whole),
      depth,
      parts,
      open,
    };
    return open
      ? [row, ...rowsOf(node.inside, isOpen, whole, depth + 1)]
      : [row];
  });
}

/** What a step does, and which way it went. */
function kindText(step: RunStep): string {
  const tries = step.attempts > 1 ? ` · ${step.attempts} attempts` : "";
  if (step.type === "condition" && step.chosen)
    return `condition: ${step.chosen}`;
  if (step.type === "fan_out" && step.chosen)
    return `fan out over ${step.chosen}`;
  const branch =
    step.part === "then" ? "if so · " : step.part === "else" ? "if not · " : "";
  return `${branch}${step.type}${tries}`;
}

/** All of a step in a sentence. */
function aboutText(step: RunStep, whole: { from: number; to: number }): string {
  const began = beganAt(step);
  const said = [
    `${step.step}, ${step.type}: ${lookOf(step.status).word}`,
    `began ${spanText(began - whole.from)} after the start`,
    step.ended_at ? `took ${spanText(step.ended_at - began)}` : "",
    step.problem ?? "",
    ...partsOf(step, whole.to).map(({ about }) => about),
  ];
  return said.filter(Boolean).join("; ");
}

interface StepsTableProps {
  steps: readonly RunStep[];
  from: number;
  to: number;
}

function StepsTable({ steps, from, to }: StepsTableProps) {
  return (
    <Table
      label="Steps"
      head={["Step", "What it does", "Status", "Began after", "Took", "Parts"]}
    >
      {steps.map((step) => (
        <tr key={step.step}>
          <td class="mono">{step.step}</td>
          <td>{kindText(step)}</td>
          <td>
            <State state={step.status} />
          </td>
          <td>{spanText(beganAt(step) - from)}</td>
          <td>
            {step.ended_at ? spanText(step.ended_at - beganAt(step)) : "–"}
          </td>
          <td>
            {partsOf(step, to)
              .map(({ about }) => about)
              .join("; ")}
          </td>
        </tr>
      ))}
    </Table>
  );
}
