// A field whose text may name variables: `{{` opens their menu, and below it stands what the text comes to.

import type { ComponentChildren, Ref } from "preact";
import { useContext } from "preact/hooks";

import type { Json } from "../model/json.ts";
import { wrongAt } from "../model/complaints.ts";
import { shortly, VariableMenu } from "./menu.tsx";
import { ScopeOf } from "./scope.ts";
import { useMenu } from "./use-menu.ts";

interface Props {
  /** Where the value stands in the definition; also the id of the control. */
  place: string;
  label: string;
  hint?: ComponentChildren;
  required?: boolean;
  value: string;
  onValue: (value: string) => void;
  /** Several lines. */
  rows?: number;
  placeholder?: string;
  /** The label is for screen readers only. */
  bare?: boolean;
  /** What the text stands for, when that is not the text itself. */
  template?: Json | undefined;
  /** The text is JSON. */
  json?: boolean;
  /** What is to be said beside what the checks say. */
  note?: string | undefined;
}

/** The field. */
export function TemplateField(props: Props) {
  const { place, label, required = false, value, bare = false } = props;
  const { complaints } = useContext(ScopeOf);
  const menu = useMenu({
    value,
    onValue: props.onValue,
    ...(props.json && { write: (path) => JSON.stringify(path).slice(1, -1) }),
  });
  const wrong = menu.isOpen ? undefined : wrongAt(complaints, place);
  const shared = {
    ...menu.handlers,
    ...menu.aria,
    id: fieldId(place),
    value,
    placeholder: props.placeholder,
    required,
    spellcheck: false,
    autocomplete: "off",
    "data-testid": `field-${place}`,
    "aria-invalid": wrong ? true : undefined,
    "aria-describedby": `${fieldId(place)}-about`,
  };
  return (
    <div class="field">
      <div class={bare ? "visually-hidden" : "field-head"}>
        <label for={fieldId(place)}>
          {label}
          {required && <span aria-hidden="true"> *</span>}
        </label>
        {!bare && <InsertButton label={label} onClick={menu.begin} />}
      </div>
      <div class="field-control">
        {props.rows ? (
          <textarea
            {...shared}
            ref={menu.field as Ref<HTMLTextAreaElement>}
            rows={props.rows}
          />
        ) : (
          <input
            {...shared}
            ref={menu.field as Ref<HTMLInputElement>}
            type="text"
            role="combobox"
            aria-expanded={menu.isOpen && menu.shown.length > 0}
          />
        )}
        {menu.isOpen && (
          <VariableMenu
            id={menu.id}
            variables={menu.shown}
            active={menu.active}
            onPick={menu.pick}
            onActive={menu.setActive}
          />
        )}
      </div>
      <div id={`${fieldId(place)}-about`} class="hint">
        {props.hint && <p>{props.hint}</p>}
        {props.note && <p class="note">{props.note}</p>}
        {wrong && <p class="wrong">{wrong}</p>}
        <Preview template={props.template ?? value} />
      </div>
      <span role="status" class="visually-hidden">
        {menu.isOpen ? `${menu.shown.length} variables` : ""}
      </span>
    </div>
  );
}

/** The id of the control of a place. */
export const fieldId = (place: string) => `at-${place}`;

function InsertButton({
  label,
  onClick,
}: {
  label: string;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      class="insert"
      title="Insert a variable"
      aria-label={`Insert a variable into ${label}`}
      // The caret stays where it is.
      onMouseDown={(event) => event.preventDefault()}
      onClick={onClick}
    >
      {"{{ }}"}
    </button>
  );
}

/** What a template comes to with the examples, where it names something. */
function Preview({ template }: { template: Json }) {
  const { fill } = useContext(ScopeOf);
  if (!JSON.stringify(template).includes("{{")) return null;
  const { value, error } = fill(template);
  // What cannot be read is complained about already.
  if (error && !error.message.endsWith("is not there")) return null;
  const isKnown = !error && value !== null && value !== undefined;
  return (
    <p class="filled" data-testid="preview">
      <span class="visually-hidden">For example: </span>
      {isKnown ? (
        <code>{shortly(value, 240)}</code>
      ) : (
        <span>Known only when it runs.</span>
      )}
    </p>
  );
}
