// A value as JSON, as text: what came from outside is never taken for markup. A large one is shortened on the page and can
// be had whole as a file.

import { useMemo, useState } from "preact/hooks";

import { Button } from "./button.tsx";
import { CopyButton } from "./copy.tsx";
import { download } from "./download.ts";
import { sizeText } from "./span.ts";

/** What the Worker shows instead of a secret. */
const HIDDEN = "[hidden]";
/** So many characters are shown at first. */
const SHOWN = 6000;

interface Props {
  /** What the value is: `Input`. */
  label: string;
  value: unknown;
  /** The name of the file, without its ending. */
  file: string;
  testId?: string;
}

/** A value, with the places of what is hidden in it. */
export function Json({ label, value, file, testId }: Props) {
  const [whole, setWhole] = useState(false);
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? "null", [value]);
  const hidden = useMemo(() => hiddenPlaces(value), [value]);
  const long = text.length > SHOWN;
  return (
    <section class="json" aria-label={label} data-testid={testId}>
      <header>
        <h3>{label}</h3>
        <span class="quiet small">{sizeText(text.length)}</span>
        <span class="row">
          <CopyButton value={text} label={label} />
          <Button
            onClick={() => download(`${file}.json`, "application/json", text)}
          >
            Download
          </Button>
        </span>
      </header>
      <pre tabIndex={0}>{long && !whole ? text.slice(0, SHOWN) : text}</pre>
      {long && !whole && (
        <p class="row small">
          The first {sizeText(SHOWN)} of {sizeText(text.length)}.
          <Button kind="link" onClick={() => setWhole(true)}>
            Show all
          </Button>
        </p>
      )}
      {hidden.length > 0 && (
        <p class="quiet small" data-testid="hidden-places">
          Secrets are hidden here: {hidden.join(", ")}.
        </p>
      )}
    </section>
  );
}

/** Where a value has secrets that are not shown: `headers.authorization`; at most ten. */
function hiddenPlaces(value: unknown): string[] {
  const places: string[] = [];
  const look = (within: unknown, at: string) => {
    if (places.length >= 10) return;
    if (typeof within === "string") {
      if (within.includes(HIDDEN)) places.push(at || "all of it");
    } else if (Array.isArray(within)) {
      within.forEach((item, index) => look(item, `${at}[${index}]`));
    } else if (typeof within === "object" && within !== null) {
      for (const [name, field] of Object.entries(within))
        look(field, at ? `${at}.${name}` : name);
    }
  };
  look(value, "");
  return places;
}
