// A workflow as a picture from top to bottom: the trigger, then the steps; the branches of a condition side by side, what
// a fan out does as a lane of its own. Lines are drawn by the style; arrow keys go from one to the next.

import type { Complaint } from "../../../api/client.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../model/json.ts";
import {
  kindLabel,
  stepDetail,
  triggerDetail,
  triggerKey,
  triggerWords,
  type Catalog,
} from "../model/kinds.ts";
import { ownerOf, valueAt } from "../model/place.ts";
import { AddStep } from "./add.tsx";
import { KindIcon } from "./icon.tsx";
import { onArrow } from "./keys.ts";

interface Props {
  definition: Fields;
  catalog: Catalog;
  complaints: readonly Complaint[];
  chosen: string;
  onChoose: (place: string) => void;
  onAdd: (list: string, index: number, type: string) => void;
}

/** The picture. */
export function Diagram(props: Props) {
  const { definition, catalog, complaints } = props;
  const trigger = fieldsOf(definition.trigger);
  return (
    <div
      class="diagram"
      role="group"
      aria-label="The workflow's trigger and steps"
      data-testid="diagram"
      onKeyDown={onArrow}
    >
      <Node
        {...props}
        place="trigger"
        kind="Trigger"
        icon="trigger"
        label={triggerWords(triggerKey(trigger), catalog)}
        detail={triggerDetail(trigger)}
        count={countAt(complaints, "trigger")}
      />
      <Lane {...props} list="steps" />
      <div class="end">End</div>
    </div>
  );
}

/** Some steps, one below the other. */
function Lane(props: Props & { list: string }) {
  const { definition, catalog, list, onAdd } = props;
  const steps = listOf(valueAt(definition, list));
  const add = (index: number) => (
    <AddStep
      list={list}
      index={index}
      catalog={catalog}
      onAdd={(type) => onAdd(list, index, type)}
    />
  );
  return (
    <div class="lane">
      {add(0)}
      {steps.map((step, index) => (
        <div key={`${textOf(step.id)}-${index}`} class="lane-step">
          <StepNode {...props} place={`${list}[${index}]`} step={step} />
          {add(index + 1)}
        </div>
      ))}
    </div>
  );
}

function StepNode(props: Props & { place: string; step: Fields }) {
  const { place, step, catalog, complaints } = props;
  const type = textOf(step.type);
  return (
    <>
      <Node
        {...props}
        kind={kindLabel(type, catalog)}
        icon={type}
        label={textOf(step.id) || "no id"}
        detail={textOf(step.description) || stepDetail(step)}
        count={countAt(complaints, place)}
      />
      {type === "condition" && (
        <div class="branches">
          {BRANCHES.map(([name, words]) => (
            <div key={name} class="branch">
              <span class="branch-name">{words}</span>
              <Lane {...props} list={`${place}.${name}`} />
            </div>
          ))}
        </div>
      )}
      {type === "fan_out" && (
        <div class="fan">
          <span class="branch-name">For each item</span>
          <Lane {...props} list={`${place}.steps`} />
        </div>
      )}
    </>
  );
}

const BRANCHES = [
  ["then", "Yes"],
  ["else", "No"],
] as const;

interface NodeProps extends Props {
  place: string;
  kind: string;
  icon: string;
  label: string;
  detail: string;
  /** So much is wrong with it. */
  count: number;
}

function Node({
  place,
  kind,
  icon,
  label,
  detail,
  count,
  ...props
}: NodeProps) {
  return (
    <button
      type="button"
      class={count > 0 ? "node wrong-node" : "node"}
      data-stop
      data-testid={`node-${place}`}
      aria-current={props.chosen === place ? "true" : undefined}
      onClick={() => props.onChoose(place)}
    >
      <span class="node-icon">
        <KindIcon type={icon} />
      </span>
      <span class="node-text">
        <span class="node-kind">{kind}</span>
        <span class="node-label">{label}</span>
        {detail && <span class="node-detail">{detail}</span>}
      </span>
      {count > 0 && (
        <span class="node-count">
          {count}
          <span class="visually-hidden">
            {count === 1 ? " problem" : " problems"}
          </span>
        </span>
      )}
    </button>
  );
}

const countAt = (complaints: readonly Complaint[], place: string) =>
  complaints.filter(({ at }) => ownerOf(at) === place).length;
