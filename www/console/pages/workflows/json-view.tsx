// The whole definition as JSON text. What can be read is the definition at once; what cannot stays as it was typed, and
// the definition stays as it was.

import { useEffect, useRef, useState } from "preact/hooks";

import { Button } from "../../kit/button.tsx";
import { isFields, same, type Fields, type Json } from "./model/json.ts";

interface Props {
  definition: Fields;
  /** The text that could not be read, if there is one. */
  text: string | undefined;
  /** Whether that text would not outlive a reload. */
  isUnkept: boolean;
  onDefinition: (definition: Fields) => void;
  onText: (text: string | undefined) => void;
}

/** The view. */
export function JsonView(props: Props) {
  const { definition, text, isUnkept, onDefinition, onText } = props;
  const [typed, setTyped] = useState(() => text ?? written(definition));
  const numbers = useRef<HTMLPreElement>(null);
  const read = parsed(typed);
  useEffect(() => {
    // Changed from elsewhere: undone, or loaded.
    if (text === undefined && !same(parsed(typed).value, definition))
      setTyped(written(definition));
  }, [definition, text]);
  const lines = typed.split("\n").length;
  const onInput = (next: string) => {
    setTyped(next);
    const { value } = parsed(next);
    onText(value ? undefined : next);
    if (value) onDefinition(value);
  };
  return (
    <div class="json-view" data-own-past>
      <label class="visually-hidden" for="definition-json">
        The definition as JSON
      </label>
      <div class="json-frame">
        <pre ref={numbers} class="json-numbers" aria-hidden="true">
          {Array.from({ length: lines }, (_, index) => index + 1).join("\n")}
        </pre>
        <textarea
          id="definition-json"
          data-testid="definition-json"
          value={typed}
          spellcheck={false}
          wrap="off"
          aria-invalid={read.wrong ? true : undefined}
          aria-describedby="definition-json-about"
          onInput={({ currentTarget: { value } }) => onInput(value)}
          onScroll={({ currentTarget: { scrollTop } }) => {
            if (numbers.current) numbers.current.scrollTop = scrollTop;
          }}
        />
      </div>
      <p
        id="definition-json-about"
        class={read.wrong ? "wrong" : "quiet small"}
        role="status"
      >
        {read.wrong ?? "Changes here are in the diagram at once."}
        {isUnkept &&
          " Until it can be read it would not outlive a reload: something in it may be secret."}
      </p>
      {text !== undefined && (
        <div>
          <Button small onClick={() => onText(undefined)}>
            Back to what could be read
          </Button>
        </div>
      )}
    </div>
  );
}

const written = (definition: Fields) => JSON.stringify(definition, null, 2);

/** The definition that a text is, or why it is none. */
function parsed(text: string): { value?: Fields; wrong?: string } {
  try {
    const value = JSON.parse(text) as Json;
    return isFields(value)
      ? { value }
      : { wrong: "An object is wanted: { … }." };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { wrong: `This is no JSON: ${why}` };
  }
}
