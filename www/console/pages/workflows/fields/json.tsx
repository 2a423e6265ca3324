// A field for JSON: what can be read becomes the value, what cannot stays as it was typed and is a text until then.

import { useEffect, useState } from "preact/hooks";

import { same, type Json } from "../model/json.ts";
import { TemplateField } from "./template.tsx";

interface Props {
  place: string;
  label: string;
  hint?: string;
  required?: boolean;
  value: Json | undefined;
  onValue: (value: Json | undefined) => void;
  rows?: number;
}

/** The field. */
export function JsonField({ value, onValue, rows, ...rest }: Props) {
  const [text, setText] = useState(() => written(value));
  useEffect(() => {
    // Changed from elsewhere: undone, say.
    if (!same(valueOf(text), value)) setText(written(value));
  }, [value]);
  const lines = text.split("\n").length;
  return (
    <TemplateField
      {...rest}
      json
      rows={Math.min(Math.max(lines, rows ?? 3), 16)}
      value={text}
      template={value ?? ""}
      onValue={(next) => {
        setText(next);
        onValue(valueOf(next));
      }}
      note={
        isText(text) ? "This is no JSON: it is taken as a text." : undefined
      }
    />
  );
}

/** A text that is more than one placeholder, and no JSON. */
const isText = (text: string) =>
  typeof valueOf(text) === "string" &&
  !/^\s*(".*"|\{\{[^{}]*\}\})\s*$/s.test(text);

function written(value: Json | undefined): string {
  if (value === undefined) return "";
  // A text that would be read as something else is quoted.
  return typeof value === "string" && same(valueOf(value), value)
    ? value
    : JSON.stringify(value, null, 2);
}

function valueOf(text: string): Json | undefined {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
