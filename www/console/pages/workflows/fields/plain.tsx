// A field that names no variables.

import type { ComponentChildren } from "preact";
import { useContext, useId } from "preact/hooks";

import { Labelled } from "../../../kit/field.tsx";
import { wrongAt } from "../model/complaints.ts";
import { ScopeOf } from "./scope.ts";
import { fieldId } from "./template.tsx";

interface Props {
  place: string;
  label: string;
  hint?: ComponentChildren;
  value: string;
  onValue: (value: string) => void;
  suggestions?: readonly string[];
  placeholder?: string;
  bare?: boolean;
  rows?: number;
  required?: boolean;
}

/** The field. */
export function PlainField(props: Props) {
  const { place, value, onValue, suggestions, rows } = props;
  const { label, hint, required, bare } = props;
  const { complaints } = useContext(ScopeOf);
  const id = fieldId(place);
  const list = useId();
  const wrong = wrongAt(complaints, place);
  const shared = {
    id,
    value,
    placeholder: props.placeholder,
    "data-testid": `field-${place}`,
    "aria-invalid": wrong ? true : undefined,
    "aria-describedby": `${id}-about`,
    onInput: (event: { currentTarget: { value: string } }) =>
      onValue(event.currentTarget.value),
  };
  return (
    <Labelled id={id} {...{ label, hint, wrong, required, bare }}>
      {rows ? (
        <textarea {...shared} rows={rows} class="prose" />
      ) : (
        <input {...shared} type="text" list={suggestions && list} />
      )}
      {suggestions && (
        <datalist id={list}>
          {suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </Labelled>
  );
}
