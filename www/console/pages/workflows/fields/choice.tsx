// A field for one of several values, which may be a variable as well.

import { useContext, useState } from "preact/hooks";

import { Labelled } from "../../../kit/field.tsx";
import { wrongAt } from "../model/complaints.ts";
import { ScopeOf } from "./scope.ts";
import { fieldId, TemplateField } from "./template.tsx";

interface Props {
  place: string;
  label: string;
  hint?: string;
  required?: boolean;
  value: string;
  /** Nothing: the field is left out. */
  onValue: (value: string | undefined) => void;
  options: readonly (readonly [string, string])[];
}

/** What the option is called that turns the field into one for variables. */
const VARIABLE = "{{";

/** The field. */
export function ChoiceField(props: Props) {
  const { place, label, hint, required = false, value, options } = props;
  const { complaints } = useContext(ScopeOf);
  const isKnown = value === "" || options.some(([one]) => one === value);
  const [asText, setAsText] = useState(!isKnown);
  if (asText || !isKnown)
    return (
      <div class="stack tight">
        <TemplateField
          {...{ place, label, hint, required, value }}
          onValue={(text) => props.onValue(text || undefined)}
        />
        <button
          type="button"
          class="button link small"
          onClick={() => {
            setAsText(false);
            if (!isKnown) props.onValue(undefined);
          }}
        >
          Choose from the list
        </button>
      </div>
    );
  const id = fieldId(place);
  const wrong = wrongAt(complaints, place);
  return (
    <Labelled id={id} {...{ label, hint, wrong, required }}>
      <select
        id={id}
        data-testid={`field-${place}`}
        value={value}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={`${id}-about`}
        onChange={({ currentTarget: { value: chosen } }) => {
          if (chosen === VARIABLE) setAsText(true);
          else props.onValue(chosen || undefined);
        }}
      >
        {!required || value === "" ? <option value="">Not set</option> : null}
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
        <option value={VARIABLE}>A variable …</option>
      </select>
    </Labelled>
  );
}
