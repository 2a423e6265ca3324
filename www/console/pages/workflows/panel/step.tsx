// The form of one step: what it takes by its type, and what is the same on every step.

import { useState } from "preact/hooks";

import { CheckField } from "../../../kit/field.tsx";
import type { ServerAction, ServerInput } from "../api.ts";
import { InputField } from "../fields/input.tsx";
import { PlainField } from "../fields/plain.tsx";
import { TemplateField } from "../fields/template.tsx";
import {
  fieldsOf,
  textOf,
  withField,
  type Fields,
  type Json,
} from "../model/json.ts";
import type { Catalog } from "../model/kinds.ts";
import { withValueAt } from "../model/place.ts";
import { allSteps, withId } from "../model/steps.ts";
import { Conditions } from "./conditions.tsx";
import { IdField } from "./id.tsx";

interface Props {
  definition: Fields;
  place: string;
  step: Fields;
  catalog: Catalog;
  onChange: (definition: Fields, typed?: string) => void;
}

/** The form. */
export function StepForm({
  definition,
  place,
  step,
  catalog,
  onChange,
}: Props) {
  const type = textOf(step.type);
  const action = catalog.actions.find(({ id }) => id === type);
  const others = allSteps(definition)
    .filter((one) => one.place !== place)
    .map((one) => textOf(one.step.id));
  const set = (field: string, value: Json | undefined, typed?: string) =>
    onChange(
      withValueAt(definition, place, withField(step, field, value)),
      typed ?? `${place}.${field}`,
    );
  return (
    <div class="stack">
      <p class="quiet">
        {action?.description ?? `There is no step of the type ${type}.`}
      </p>
      {type === "condition" && (
        <Conditions
          place={`${place}.if`}
          test={step.if}
          onTest={(test, typed) => set("if", test ?? {}, typed ?? "")}
        />
      )}
      {type === "fan_out" && (
        <TemplateField
          place={`${place}.over`}
          label="List"
          required
          hint="Its steps are done for each item of this list, side by side."
          placeholder="{{list.output.meetings}}"
          value={textOf(step.over)}
          onValue={(text) => set("over", text)}
        />
      )}
      {action && type !== "condition" && type !== "fan_out" && (
        <Inputs
          key={place + type}
          place={`${place}.inputs`}
          action={action}
          inputs={fieldsOf(step.inputs)}
          onInputs={(inputs, typed) => set("inputs", inputs, typed)}
        />
      )}
      <details
        class="more"
        open={step.retry === true || step.continue_on_error === true}
      >
        <summary>When it fails, its id and a note</summary>
        <div class="stack">
          <CheckField
            label="Try again when it fails"
            hint="After 10, 20, 30, 50 and 80 seconds."
            checked={step.retry === true}
            onValue={(on) => set("retry", on || undefined, "")}
          />
          <CheckField
            label="Go on when it failed for good"
            hint="The error is its output then."
            checked={step.continue_on_error === true}
            onValue={(on) => set("continue_on_error", on || undefined, "")}
          />
          <IdField
            place={`${place}.id`}
            id={textOf(step.id)}
            others={others}
            onId={(id) => onChange(withId(definition, place, id))}
          />
          <PlainField
            place={`${place}.description`}
            label="Note"
            value={textOf(step.description)}
            onValue={(text) => set("description", text || undefined)}
          />
        </div>
      </details>
    </div>
  );
}

interface InputsProps {
  place: string;
  action: ServerAction;
  inputs: Fields;
  onInputs: (inputs: Fields, typed: string) => void;
}

/** What is required, what is filled in, and a choice of the rest. */
function Inputs({ place, action, inputs, onInputs }: InputsProps) {
  const [opened, setOpened] = useState<readonly string[]>([]);
  const isShown = ({ name, required }: ServerInput) =>
    required ||
    inputs[name] !== undefined ||
    opened.includes(name) ||
    action.inputs.length <= FEW;
  const unknown = Object.keys(inputs).filter((name) =>
    action.inputs.every((one) => one.name !== name),
  );
  const all = [...action.inputs, ...unknown.map(strange)];
  const rest = action.inputs.filter((one) => !isShown(one));
  return (
    <>
      {all.filter(isShown).map((input) => (
        <InputField
          key={input.name}
          input={input}
          place={`${place}.${input.name}`}
          value={inputs[input.name]}
          onValue={(value) => {
            // A field that is emptied stays where it is.
            setOpened([...opened, input.name]);
            const kept = value === "" && !input.required ? undefined : value;
            onInputs(
              withField(inputs, input.name, kept),
              `${place}.${input.name}`,
            );
          }}
        />
      ))}
      {rest.length > 0 && (
        <div class="field">
          <select
            aria-label="Add a field"
            data-testid="add-field"
            value=""
            onChange={({ currentTarget: { value } }) =>
              setOpened([...opened, value])
            }
          >
            <option value="">Add a field …</option>
            {rest.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </div>
      )}
    </>
  );
}

/** So few inputs are shown all at once. */
const FEW = 7;

/** An input that the step does not take: shown, so that it can be taken away. */
const strange = (name: string): ServerInput => ({
  name,
  label: name,
  help: "The step does not take this: empty it.",
  type: "text",
  required: false,
});
