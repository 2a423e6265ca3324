// A field that names no variables.

import type { ComponentChildren } from "preact";
import { useContext, useId } from "preact/hooks";

import { wrongAt } from "../model/complaints.ts";
import { ScopeOf } from "./scope.ts";
import { fieldId } from "./template.tsx";

interface PlainProps {
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

/** A field that names no variables. */
export function PlainField(props: PlainProps) {
  const { place, label, hint, value, onValue, suggestions, bare, rows } = props;
  const { complaints } = useContext(ScopeOf);
  const list = useId();
  const wrong = wrongAt(complaints, place);
  const shared = {
    id: fieldId(place),
    value,
    placeholder: props.placeholder,
    "data-testid": `field-${place}`,
    "aria-invalid": wrong ? true : undefined,
    "aria-describedby": `${fieldId(place)}-about`,
    onInput: (event: { currentTarget: { value: string } }) =>
      onValue(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={fieldId(place)} class={bare ? "visually-hidden" : undefined}>
        {label}
        {props.required && <span aria-hidden="true"> *</span>}
      </label>
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
      <div id={`${fieldId(place)}-about`} class="hint">
        {hint && <p>{hint}</p>}
        {wrong && <p class="wrong">{wrong}</p>}
      </div>
    </div>
  );
}
