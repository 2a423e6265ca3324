// What may be filled in for an input: pure rules, the same as the Worker's in what they refuse.

import type { Input, Setting, Settings } from "./backend.ts";
import { text } from "./words.ts";

/** What stands in a form's field: text as typed, or whether it is ticked. */
export type Draft = string | boolean;

/** What was typed, by input. */
export type Typed = Record<string, Draft>;

/** Whether an input is required and neither filled in nor given a default. */
export function isMissing(
  { required, defaultValue }: Input,
  value: Setting | null | undefined,
): boolean {
  const isEmpty = (one: unknown) =>
    one === undefined || one === null || one === "";
  return required && isEmpty(value) && isEmpty(defaultValue);
}

/** What the fields show: what was typed, else what is saved. */
export function draftsOf(
  inputs: Input[],
  settings: Settings,
  typed: Typed,
): Typed {
  const drafts = inputs.map((input) => {
    const [saved, now] = [draftOf(input, settings), typed[input.id]];
    // The input may have become another since.
    return [input.id, typeof now === typeof saved ? now : saved];
  });
  return Object.fromEntries(drafts) as Typed;
}

function draftOf(input: Input, settings: Settings): Draft {
  const value = settings[input.id] ?? input.defaultValue ?? null;
  if (input.type === "BOOLEAN_INPUT") return value === true;
  if (input.type === "CUSTOM_DROPDOWN") {
    const choices = input.customDropdownOptions ?? [];
    const at = choices.findIndex((choice) => choice.value === value);
    return at < 0 ? "" : String(at);
  }
  return value === null ? "" : String(value);
}

/** What a field comes to: the value to keep (null: nothing), or what is wrong with it. */
export function readDraft(
  input: Input,
  draft: Draft,
): { value: Setting | null } | { wrong: string } {
  if (typeof draft === "boolean") return { value: draft };
  const typed = draft.trim();
  if (typed === "")
    return input.required ? { wrong: text.form.fillIn } : { value: null };
  switch (input.type) {
    case "NUMBER": {
      const number = Number(typed.replace(",", "."));
      return Number.isFinite(number)
        ? { value: number }
        : { wrong: text.form.notANumber };
    }
    case "EMAIL":
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(typed)
        ? { value: typed }
        : { wrong: text.form.notAnEmail };
    case "URL":
      return URL.canParse(typed) && /^https?:/i.test(typed)
        ? { value: typed }
        : { wrong: text.form.notAUrl };
    case "CUSTOM_DROPDOWN":
      return {
        value: input.customDropdownOptions?.[Number(typed)]?.value ?? null,
      };
    default:
      return { value: draft };
  }
}
