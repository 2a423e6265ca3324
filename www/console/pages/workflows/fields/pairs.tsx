// A field for names with values: headers, and what is appended as the query.

import { Button } from "../../../kit/button.tsx";
import { isFields, textOf, type Fields, type Json } from "../model/json.ts";
import { JsonField } from "./json.tsx";
import { TemplateField } from "./template.tsx";

interface Props {
  place: string;
  label: string;
  hint?: string;
  value: Json | undefined;
  onValue: (value: Json | undefined) => void;
}

/** The field. */
export function PairsField({ place, label, hint, value, onValue }: Props) {
  const isPlain =
    isFields(value) &&
    Object.values(value).every(
      (one) => one === null || typeof one !== "object",
    );
  if (value !== undefined && !isPlain)
    return <JsonField {...{ place, label, hint, value, onValue }} />;
  const pairs = Object.entries(isFields(value) ? value : {});
  const put = (next: [string, Json | undefined][]) =>
    onValue(next.length > 0 ? (Object.fromEntries(next) as Fields) : undefined);
  return (
    <fieldset class="pairs">
      <legend>{label}</legend>
      {pairs.map(([name, one], index) => (
        <div key={index} class="pair">
          <input
            aria-label={`Name ${index + 1} of ${label}`}
            value={name}
            placeholder="Name"
            onChange={({ currentTarget: { value: next } }) =>
              put(
                pairs.map((pair, at) =>
                  at === index ? [next, pair[1]] : pair,
                ),
              )
            }
          />
          <TemplateField
            bare
            place={`${place}.${name}`}
            label={`Value of ${name || "the new one"}`}
            placeholder="Value"
            value={textOf(one)}
            onValue={(next) =>
              put(
                pairs.map((pair, at) =>
                  at === index ? [pair[0], next] : pair,
                ),
              )
            }
          />
          <Button
            aria-label={`Remove ${name || "the new one"}`}
            class="square"
            onClick={() => put(pairs.filter((_, at) => at !== index))}
          >
            ×
          </Button>
        </div>
      ))}
      <Button
        small
        disabled={pairs.some(([name]) => name === "")}
        onClick={() => put([...pairs, ["", ""]])}
      >
        Add one
      </Button>
      {hint && <p class="hint">{hint}</p>}
    </fieldset>
  );
}
