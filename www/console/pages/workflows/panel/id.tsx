// The field of an id: it counts when it has been typed to its end, because everything that names it is changed with it.

import { useContext, useEffect, useState } from "preact/hooks";

import { Labelled } from "../../../kit/field.tsx";
import { ScopeOf } from "../fields/scope.ts";
import { fieldId } from "../fields/template.tsx";
import { wrongAt } from "../model/complaints.ts";

interface Props {
  place: string;
  id: string;
  /** The ids that are taken. */
  others: readonly string[];
  onId: (id: string) => void;
}

/** The field. */
export function IdField({ place, id, others, onId }: Props) {
  const { complaints } = useContext(ScopeOf);
  const control = fieldId(place);
  const [text, setText] = useState(id);
  useEffect(() => setText(id), [id, place]);
  const taken = text !== id && others.includes(text);
  const wrong = taken
    ? `${text} is taken: choose another id.`
    : wrongAt(complaints, place);
  return (
    <Labelled id={control} label="Id" hint={HINT} wrong={wrong}>
      <input
        id={control}
        class="mono"
        data-own-past
        type="text"
        value={text}
        spellcheck={false}
        autocomplete="off"
        data-testid={`field-${place}`}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={`${control}-about`}
        onInput={({ currentTarget: { value } }) => setText(value)}
        onChange={({ currentTarget: { value } }) => {
          if (value !== id && !others.includes(value)) onId(value);
        }}
      />
    </Labelled>
  );
}

const HINT = (
  <>
    Its name in <code>{"{{ }}"}</code>; what names it is changed too.
  </>
);
