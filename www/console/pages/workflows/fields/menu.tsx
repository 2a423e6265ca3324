// The menu of variables: grouped by step, with type and example, filtered as one types. The keys are the field's; this
// is what is seen.

import type { Variable } from "../../../wasm.ts";
import type { Json } from "../model/json.ts";

interface Props {
  id: string;
  variables: readonly Variable[];
  /** The number of the chosen one. */
  active: number;
  onPick: (variable: Variable) => void;
  onActive: (index: number) => void;
}

/** So many are shown at once; who wants another types on. */
const SHOWN = 120;

/** The variables that fit what was typed. */
export function fitting(variables: readonly Variable[], query: string) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ path, label, group }: Variable) => {
    const text = `${path} ${label} ${group}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return variables.filter(fits).slice(0, SHOWN);
}

/** The number of the one that is most likely meant. */
export function nearest(variables: readonly Variable[], query: string) {
  const wanted = query.toLowerCase();
  const shown = fitting(variables, query);
  const begins = (name: "label" | "path") =>
    shown.findIndex((one) => one[name].toLowerCase().startsWith(wanted));
  return Math.max(begins("label") < 0 ? begins("path") : begins("label"), 0);
}

/** The menu. */
export function VariableMenu({
  id,
  variables,
  active,
  onPick,
  onActive,
}: Props) {
  const groups = new Map<string, { variable: Variable; index: number }[]>();
  variables.forEach((variable, index) => {
    const group = groups.get(variable.group) ?? [];
    groups.set(variable.group, [...group, { variable, index }]);
  });
  if (variables.length === 0)
    return (
      <div class="variable-menu" data-testid="variables">
        <p class="quiet small">Nothing here is called that.</p>
      </div>
    );
  return (
    <div
      id={id}
      role="listbox"
      aria-label="Variables"
      class="variable-menu"
      data-testid="variables"
    >
      {[...groups].map(([group, all], number) => (
        <div key={group} role="group" aria-labelledby={`${id}-group-${number}`}>
          <div
            id={`${id}-group-${number}`}
            class="variable-group"
            role="presentation"
          >
            {group}
          </div>
          {all.map(({ variable, index }) => (
            <div
              key={variable.path}
              id={`${id}-${index}`}
              role="option"
              class="variable"
              aria-selected={index === active}
              // The field keeps the focus.
              onMouseDown={(event) => {
                event.preventDefault();
                onPick(variable);
              }}
              onMouseMove={() => index !== active && onActive(index)}
              ref={(element) => {
                if (element && index === active)
                  element.scrollIntoView({ block: "nearest" });
              }}
            >
              <span class="variable-name">{variable.label}</span>
              <span class="variable-kind">{variable.kind}</span>
              <span class="variable-example">{shortly(variable.example)}</span>
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

/** An example in a few characters. */
export function shortly(value: Json, most = 60): string {
  if (value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
