// Diagram and panel side by side, or the JSON in their place; and what is wrong.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Rules } from "../../wasm.ts";
import { Diagram } from "./diagram/diagram.tsx";
import {
  exampleValues,
  ScopeOf,
  scopeOf,
  type Scope,
  type Taken,
} from "./fields/scope.ts";
import { JsonView } from "./json-view.tsx";
import { listOf, textOf, type Fields, type Json } from "./model/json.ts";
import { newStep, type Catalog } from "./model/kinds.ts";
import { ownerOf, valueAt } from "./model/place.ts";
import { inserted } from "./model/steps.ts";
import { Panel } from "./panel/panel.tsx";
import { focusField, Problems } from "./problems.tsx";
import type { Editing } from "./state/use-editing.ts";

interface Props {
  project: string;
  catalog: Catalog;
  rules: Rules;
  editing: Editing;
  asJson: boolean;
  /** The names of the project's secrets. */
  secrets: readonly string[];
  onSecrets: () => void;
  /** Shows the diagram. */
  onDiagram: () => void;
}

/** Where the workflow is edited. */
export function Surface(props: Props) {
  const { editing } = props;
  const choice = useChoice();
  const { scope, values, take } = useScope(props, choice.chosen);
  const problems = (
    <Problems
      definition={editing.definition}
      complaints={editing.complaints}
      onGo={({ at }) => {
        props.onDiagram();
        choice.go(at);
      }}
    />
  );
  return (
    <ScopeOf.Provider value={scope}>
      {props.asJson ? (
        <>
          <JsonView
            definition={editing.definition}
            text={editing.text}
            isUnkept={editing.isUnkept}
            onText={editing.setText}
            onDefinition={(next) => editing.change(next, "json")}
          />
          {problems}
        </>
      ) : (
        <div class="surface">
          <div class="left">
            <Canvas {...props} choice={choice} />
            {problems}
          </div>
          <Panel
            key={choice.visit}
            project={props.project}
            workflow={editing.stored.id}
            definition={editing.definition}
            chosen={choice.chosen}
            catalog={props.catalog}
            values={values}
            onChange={editing.change}
            onChoose={choice.choose}
            onTake={take}
          />
        </div>
      )}
    </ScopeOf.Provider>
  );
}

/** The diagram, and what belongs to the workflow as a whole. */
function Canvas({ editing, catalog, choice }: Props & { choice: Choice }) {
  const { definition, complaints, change } = editing;
  const { chosen, choose } = choice;
  const add = (list: string, index: number, type: string) => {
    const step = newStep(type, definition, catalog);
    const added = inserted(definition, list, index, step);
    change(added.definition);
    choose(added.place);
  };
  const canvas = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (canvas.current) bringNode(canvas.current);
  }, [chosen]);
  return (
    <div class="canvas" ref={canvas}>
      <Parts definition={definition} chosen={chosen} onChoose={choose} />
      <Diagram
        {...{ definition, catalog, complaints, chosen }}
        onChoose={choose}
        onAdd={add}
      />
    </div>
  );
}

/** What is chosen in the diagram. */
interface Choice {
  chosen: string;
  choose: (place: string) => void;
  /** Chooses what a complaint is about, and puts the focus on its field. */
  go: (at: string) => void;
  /** Rises with each `go`. */
  visit: number;
}

function useChoice(): Choice {
  const [chosen, setChosen] = useState("trigger");
  const [wanted, setWanted] = useState({ at: "", visit: 0 });
  useEffect(() => {
    if (wanted.at) focusField(wanted.at);
  }, [wanted]);
  return {
    chosen,
    choose: (place) => {
      setChosen(place);
      bringPanel();
    },
    go: (at) => {
      setChosen(ownerOf(at));
      setWanted({ at, visit: wanted.visit + 1 });
    },
    visit: wanted.visit,
  };
}

/** What the fields of the chosen step can name, and the examples that tests brought. */
function useScope(
  { rules, editing, secrets, onSecrets }: Props,
  chosen: string,
) {
  const [taken, setTaken] = useState<Taken>({});
  const { readable, complaints } = editing;
  const step = textOf(valueAt(readable, `${chosen}.id`)) || "-";
  const scope = useMemo<Scope>(
    () => ({
      ...scopeOf(rules, readable, step, taken, secrets),
      complaints,
      secrets,
      onSecrets,
    }),
    [rules, readable, step, taken, secrets, complaints, onSecrets],
  );
  const values = useMemo(
    () => exampleValues(rules, readable, step, taken),
    [rules, readable, step, taken],
  );
  const take = (id: string, output: Json) =>
    setTaken({ ...taken, [id]: output });
  return { scope, values, take };
}

/** Brings the chosen node into the middle, where the picture is wider or longer than its frame. */
function bringNode(canvas: HTMLElement) {
  const node = canvas.querySelector<HTMLElement>(".node[aria-current]");
  if (!node) return;
  const [frame, at] = [canvas, node].map((one) => one.getBoundingClientRect());
  if (!frame || !at) return;
  const isSeen = at.top >= frame.top && at.bottom <= frame.bottom;
  canvas.scrollBy({
    left: at.x + at.width / 2 - frame.x - frame.width / 2,
    top: isSeen ? 0 : at.y + at.height / 2 - frame.y - frame.height / 2,
  });
}

/** Where the panel stands below the diagram, brings it into sight. */
function bringPanel() {
  if (matchMedia("(width >= 64rem)").matches) return;
  const panel = document.querySelector("[data-testid=panel]");
  panel?.scrollIntoView({ block: "start" });
}

interface PartsProps {
  definition: Fields;
  chosen: string;
  onChoose: (place: string) => void;
}

/** What belongs to the workflow as a whole. */
function Parts({ definition, chosen, onChoose }: PartsProps) {
  const settings = listOf(definition.settings).length;
  const all = [
    ["about", "Details"],
    ["settings", settings ? `User settings (${settings})` : "User settings"],
  ] as const;
  return (
    <div class="workflow-parts">
      {all.map(([place, words]) => (
        <button
          key={place}
          type="button"
          class="workflow-part"
          data-testid={`part-${place}`}
          aria-current={chosen === place ? "true" : undefined}
          onClick={() => onChoose(place)}
        >
          {words}
        </button>
      ))}
    </div>
  );
}
