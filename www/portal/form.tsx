// The settings of a workflow as a form: a label for each input, what is wrong beside it, nothing lost when saving fails.

import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Input, Settings, Workflow } from "./backend.ts";
import { type Draft, draftsOf, readDraft, type Typed } from "./setting.ts";
import { fill, text } from "./words.ts";

interface Props {
  /** Where the ids of its elements begin. */
  base: string;
  workflow: Workflow;
  settings: Settings;
  /** Whether saving also switches the workflow on. */
  switchesOn: boolean;
  isBusy: boolean;
  /** What was typed since, by input. */
  typed: Typed;
  /** Whether somebody has just asked for it: then it takes the focus. */
  isAsked: boolean;
  onTyped: (typed: Typed) => void;
  onCancel: () => void;
  onSave: (settings: Settings, on: boolean) => void;
}

/** The form. The first field that needs something gets the focus. */
export function SettingsForm(props: Props) {
  const { base, workflow, settings, typed, switchesOn, isBusy } = props;
  const { inputs } = workflow;
  const form = useRef<HTMLFormElement>(null);
  const drafts = draftsOf(inputs, settings, typed);
  const [wrong, setWrong] = useState<Record<string, string>>({});

  const focus = (ids: string[]) => {
    const at = inputs.findIndex(({ id }) => ids.includes(id));
    form.current
      ?.querySelectorAll<HTMLElement>("[data-field]")
      .item(Math.max(at, 0))
      ?.focus();
  };
  useLayoutEffect(() => {
    if (!props.isAsked) return;
    const empty = inputs.filter(
      ({ id, required }) => required && drafts[id] === "",
    );
    focus(empty.map(({ id }) => id));
  }, []);

  const save = (event: Event) => {
    event.preventDefault();
    const values: Settings = {};
    const problems: Record<string, string> = {};
    for (const input of inputs) {
      const read = readDraft(input, drafts[input.id] ?? "");
      if ("wrong" in read) problems[input.id] = read.wrong;
      else values[input.id] = read.value;
    }
    setWrong(problems);
    const ids = Object.keys(problems);
    if (ids.length > 0) return focus(ids);
    props.onSave(values, switchesOn);
  };

  return (
    <form
      ref={form}
      class="settings"
      noValidate
      onSubmit={save}
      aria-label={fill(text.workflows.settingsOf, { workflow: workflow.name })}
    >
      {switchesOn && <p class="small">{text.workflows.missing}</p>}
      {inputs.map((input, at) => (
        <Field
          key={input.id}
          id={`${base}-${at}`}
          input={input}
          draft={drafts[input.id] ?? ""}
          wrong={wrong[input.id]}
          onDraft={(draft) => props.onTyped({ [input.id]: draft })}
        />
      ))}
      <div class="choices">
        <button type="button" class="button" onClick={props.onCancel}>
          {text.form.cancel}
        </button>
        <button
          type="submit"
          class="button main"
          disabled={isBusy}
          aria-busy={isBusy}
          data-testid="save"
        >
          {switchesOn ? text.form.saveAndOn : text.form.save}
        </button>
      </div>
    </form>
  );
}

interface FieldProps {
  id: string;
  input: Input;
  draft: Draft;
  wrong: string | undefined;
  onDraft: (draft: Draft) => void;
}

function Field({ id, input, draft, wrong, onDraft }: FieldProps) {
  const isTick = input.type === "BOOLEAN_INPUT";
  return (
    <div class={isTick ? "field tick" : "field"}>
      <label for={id}>
        {input.title}
        {input.required && !isTick && (
          <span class="quiet small"> ({text.form.required})</span>
        )}
      </label>
      <Control
        id={id}
        input={input}
        draft={draft}
        wrong={wrong}
        onDraft={onDraft}
      />
      <div id={`${id}-help`} class="small">
        {input.tooltip && <p class="quiet">{input.tooltip}</p>}
        {wrong && <p class="wrong">{wrong}</p>}
      </div>
    </div>
  );
}

function Control({ id, input, draft, wrong, onDraft }: FieldProps) {
  const shared = {
    id,
    "data-field": input.id,
    "data-testid": `setting-${input.id}`,
    "aria-describedby": `${id}-help`,
    "aria-invalid": wrong ? true : undefined,
    "aria-required": input.required || undefined,
  };
  if (typeof draft === "boolean")
    return (
      <input
        {...shared}
        aria-required={undefined}
        type="checkbox"
        checked={draft}
        onChange={(event) => onDraft(event.currentTarget.checked)}
      />
    );
  if (input.type === "CUSTOM_DROPDOWN")
    return (
      <select
        {...shared}
        value={draft}
        onChange={(event) => onDraft(event.currentTarget.value)}
      >
        <option value="">{text.form.choose}</option>
        {input.customDropdownOptions?.map(({ label }, at) => (
          <option key={at} value={String(at)}>
            {label}
          </option>
        ))}
      </select>
    );
  return (
    <input
      {...shared}
      type={TYPES[input.type] as "text"}
      inputMode={input.type === "NUMBER" ? "decimal" : undefined}
      autocomplete="off"
      value={draft}
      onInput={(event) => onDraft(event.currentTarget.value)}
    />
  );
}

// Numbers as text: a browser's own field would swallow what is no number, and what is wrong could not be said.
const TYPES: Record<string, string> = {
  EMAIL: "email",
  URL: "url",
};
