// One input of a step: the field that fits what it takes.

import type { ServerInput } from "../api.ts";
import { numberOf } from "../model/conditions.ts";
import { textOf, type Json } from "../model/json.ts";
import { AuthorizationField } from "./authorization.tsx";
import { ChoiceField } from "./choice.tsx";
import { JsonField } from "./json.tsx";
import { PairsField } from "./pairs.tsx";
import { TemplateField } from "./template.tsx";

interface Props {
  input: ServerInput;
  /** `steps[0].inputs.topic` */
  place: string;
  value: Json | undefined;
  /** Nothing: it is left out. */
  onValue: (value: Json | undefined) => void;
}

const YES_NO = [
  ["true", "Yes"],
  ["false", "No"],
] as const;

/** The field of an input. */
export function InputField({ input, place, value, onValue }: Props) {
  const { name, label, help: hint, required, type } = input;
  const shared = { place, label, hint, required };
  if (name === "authorization")
    return <AuthorizationField {...{ place, label, value, onValue }} />;
  if (name === "params" || name === "headers")
    return <PairsField {...{ place, label, hint, value, onValue }} />;
  if (type === "object" || type === "list" || isComposed(value))
    return (
      <JsonField
        {...shared}
        value={value}
        onValue={onValue}
        rows={name === "body" ? 6 : 3}
      />
    );
  if (type === "boolean")
    return (
      <ChoiceField
        {...shared}
        value={textOf(value)}
        options={YES_NO}
        onValue={(next) => onValue(next && (BOOLEANS[next] ?? next))}
      />
    );
  if (type === "choice")
    return (
      <ChoiceField
        {...shared}
        value={textOf(value)}
        options={(input.choices ?? []).map((one) => [one.value, one.label])}
        onValue={onValue}
      />
    );
  return (
    <TemplateField
      {...shared}
      value={textOf(value)}
      {...(LONG.includes(name) && { rows: 3 })}
      onValue={(text) => onValue(type === "number" ? numberOf(text) : text)}
    />
  );
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
};

/** What takes more than a line. */
const LONG = ["agenda", "comments"];

const isComposed = (value: Json | undefined) =>
  typeof value === "object" && value !== null;
