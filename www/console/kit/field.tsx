// Fields of forms: a label, what it is for, the control, and what is wrong with it, tied together for screen readers.

import type { ComponentChildren, TargetedInputEvent } from "preact";
import { useId } from "preact/hooks";

interface Common {
  label: string;
  hint?: ComponentChildren;
  /** What is wrong, and what to do. */
  wrong?: string | undefined;
  required?: boolean | undefined;
}

interface TextProps extends Common {
  value: string;
  onValue: (value: string) => void;
  type?:
    | "text"
    | "password"
    | "email"
    | "url"
    | "number"
    | "search"
    | "datetime-local";
  rows?: number;
  placeholder?: string;
  autocomplete?: string;
  testId?: string;
  disabled?: boolean;
  mono?: boolean;
}

/** A line of text; with `rows`, several. */
export function TextField({
  label,
  hint,
  wrong,
  required,
  value,
  onValue,
  type = "text",
  rows,
  testId,
  mono,
  ...rest
}: TextProps) {
  const id = useId();
  const shared = {
    ...rest,
    id,
    value,
    required,
    class: mono ? "mono" : undefined,
    "data-testid": testId,
    "aria-invalid": wrong ? true : undefined,
    "aria-describedby": `${id}-about`,
    onInput: (
      event: TargetedInputEvent<HTMLInputElement | HTMLTextAreaElement>,
    ) => onValue(event.currentTarget.value),
  };
  return (
    <Labelled
      id={id}
      label={label}
      hint={hint}
      wrong={wrong}
      required={required}
    >
      {rows ? (
        <textarea {...shared} rows={rows} spellcheck={false} />
      ) : (
        // The types of Preact 11 tie `role` to each `type`; ours has none.
        <input {...shared} type={type as "text"} />
      )}
    </Labelled>
  );
}

interface SelectProps extends Common {
  value: string;
  onValue: (value: string) => void;
  /** `[value, text]` each. */
  options: readonly (readonly [string, string])[];
  testId?: string;
  disabled?: boolean;
}

/** One of several. */
export function SelectField({
  label,
  hint,
  wrong,
  required,
  value,
  onValue,
  options,
  testId,
  disabled,
}: SelectProps) {
  const id = useId();
  return (
    <Labelled
      id={id}
      label={label}
      hint={hint}
      wrong={wrong}
      required={required}
    >
      <select
        id={id}
        value={value}
        disabled={disabled}
        data-testid={testId}
        aria-describedby={`${id}-about`}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

interface CheckProps {
  label: ComponentChildren;
  hint?: ComponentChildren;
  checked: boolean;
  onValue: (checked: boolean) => void;
  disabled?: boolean;
  testId?: string;
  /** Shown as a switch instead of a box. */
  asSwitch?: boolean;
}

/** Yes or no. */
export function CheckField({
  label,
  hint,
  checked,
  onValue,
  disabled,
  testId,
  asSwitch,
}: CheckProps) {
  const id = useId();
  return (
    <div class={asSwitch ? "check switch" : "check"}>
      <input
        id={id}
        type="checkbox"
        role={asSwitch ? "switch" : undefined}
        checked={checked}
        disabled={disabled}
        data-testid={testId}
        aria-describedby={hint ? `${id}-about` : undefined}
        onChange={(event) => onValue(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint && (
        <div id={`${id}-about`} class="hint">
          {hint}
        </div>
      )}
    </div>
  );
}

interface LabelledProps extends Common {
  /** The control's; it is described by what stands at `{id}-about`. */
  id: string;
  /** The label is for screen readers only. */
  bare?: boolean | undefined;
  children: ComponentChildren;
}

/** A control with its label above it, and below it what it is for and what is wrong. */
export function Labelled({
  id,
  label,
  hint,
  wrong,
  required,
  bare,
  children,
}: LabelledProps) {
  return (
    <div class="field">
      <label for={id} class={bare ? "visually-hidden" : undefined}>
        {label}
        {required && (
          <span class="star" aria-hidden="true">
            {" *"}
          </span>
        )}
      </label>
      {children}
      <div id={`${id}-about`} class="hint">
        {hint}
        {wrong && <p class="wrong">{wrong}</p>}
      </div>
    </div>
  );
}
