// The panel beside the diagram: the form of what is chosen there, and for a step what can be done with it.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { Button } from "../../../kit/button.tsx";
import { KindIcon } from "../diagram/icon.tsx";
import { isFields, textOf, type Fields, type Json } from "../model/json.ts";
import { kindLabel, type Catalog } from "../model/kinds.ts";
import { valueAt } from "../model/place.ts";
import { duplicated, moved, removed, type Moved } from "../model/steps.ts";
import { AboutForm } from "./about.tsx";
import { SettingsForm } from "./settings.tsx";
import { StepTabs, type StepPage } from "./step-tabs.tsx";
import { StepForm } from "./step.tsx";
import { TestPanel } from "./test.tsx";
import { TriggerForm } from "./trigger.tsx";

interface Props {
  project: string;
  workflow: string;
  definition: Fields;
  /** `about`, `settings`, `trigger`, or a step's place. */
  chosen: string;
  catalog: Catalog;
  values: Fields;
  onChange: (definition: Fields, typed?: string) => void;
  onChoose: (place: string) => void;
  onTake: (step: string, output: Json) => void;
}

/** The panel. */
export function Panel(props: Props) {
  const { definition, chosen, catalog, onChange } = props;
  const step = valueAt(definition, chosen);
  if (chosen === "trigger")
    return (
      <Framed title="Trigger" icon="trigger">
        <TriggerForm {...{ definition, catalog, onChange }} />
      </Framed>
    );
  if (chosen === "settings")
    return (
      <Framed title="User settings" icon="settings">
        <SettingsForm {...{ definition, onChange }} />
      </Framed>
    );
  if (!isFields(step) || !chosen.startsWith("steps"))
    return (
      <Framed title="Details" icon="about">
        <AboutForm {...{ definition, onChange }} />
      </Framed>
    );
  return <StepPanel key={chosen} {...props} step={step} />;
}

interface FramedProps {
  title: string;
  icon: string;
  children: ComponentChildren;
}

function Framed({ title, icon, children }: FramedProps) {
  return (
    <section class="card" aria-label={title} data-testid="panel">
      <header>
        <h2 class="panel-title">
          <KindIcon type={icon} />
          {title}
        </h2>
      </header>
      {children}
    </section>
  );
}

function StepPanel(props: Props & { step: Fields }) {
  const { step, chosen, definition, catalog, onChange } = props;
  const [page, setPage] = useState<StepPage>("form");
  const type = textOf(step.type);
  return (
    <Framed title={kindLabel(type, catalog)} icon={type}>
      <StepActions {...props} />
      <StepTabs page={page} onPage={setPage}>
        {page === "form" ? (
          <StepForm
            key={chosen}
            {...{ definition, step, catalog, onChange }}
            place={chosen}
          />
        ) : (
          <TestPanel
            key={chosen + textOf(step.id)}
            project={props.project}
            workflow={props.workflow}
            step={step}
            values={props.values}
            onTake={props.onTake}
          />
        )}
      </StepTabs>
    </Framed>
  );
}

function StepActions(props: Props & { step: Fields }) {
  const { definition, chosen, onChange, onChoose, step } = props;
  const to = (next: Moved | undefined) => {
    if (!next) return;
    onChange(next.definition);
    onChoose(next.place);
  };
  const up = moved(definition, chosen, -1);
  const down = moved(definition, chosen, 1);
  const id = textOf(step.id);
  return (
    <div class="row step-actions">
      <code class="step-id">{id}</code>
      <Button
        class="square"
        aria-label={`Move ${id} up`}
        title="Move up"
        disabled={!up}
        onClick={() => to(up)}
      >
        ↑
      </Button>
      <Button
        class="square"
        aria-label={`Move ${id} down`}
        title="Move down"
        disabled={!down}
        onClick={() => to(down)}
      >
        ↓
      </Button>
      <Button
        small
        onClick={() => to(duplicated(definition, chosen))}
        data-testid="duplicate-step"
      >
        Duplicate
      </Button>
      <Button
        kind="danger"
        small
        data-testid="delete-step"
        onClick={() => {
          onChange(removed(definition, chosen));
          onChoose("trigger");
        }}
      >
        Delete
      </Button>
    </div>
  );
}
