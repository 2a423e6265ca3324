// Conditions: groups of which one is enough, each of conditions that all have to hold. For a Condition step over
// variables, for a trigger's filter over what the trigger carries.

import { Button } from "../../../kit/button.tsx";
import {
  comparedBy,
  groupsOf,
  NEW_CONDITION,
  numberOf,
  OPERATORS,
  testOf,
  withOperator,
} from "../model/conditions.ts";
import { textOf, withField, type Fields, type Json } from "../model/json.ts";
import { JsonField } from "../fields/json.tsx";
import { PlainField } from "../fields/plain.tsx";
import { TemplateField } from "../fields/template.tsx";

interface Props {
  /** `steps[1].if`, `trigger.filter` */
  place: string;
  test: Json | undefined;
  /** Nothing: no condition is left. `typed`: somebody is typing there. */
  onTest: (test: Fields | undefined, typed?: string) => void;
  /** What can be looked at, where that is a path: a filter's. Else it is a variable. */
  paths?: readonly string[];
}

/** The editor of conditions. */
export function Conditions({ place, test, onTest, paths }: Props) {
  const groups = test === undefined ? [] : groupsOf(test);
  if (!groups)
    return (
      <JsonField
        place={place}
        label="Conditions"
        hint="These are of a form that has no fields here: edit them as JSON."
        value={test}
        onValue={(next) => onTest(next as Fields | undefined, place)}
      />
    );
  const plain = groups.map((group) => group.map(({ fields }) => fields));
  const put = (next: Fields[][], typed?: string) => onTest(testOf(next), typed);
  const replaced = (group: number, all: Fields[]) =>
    plain.map((one, index) => (index === group ? all : one));
  return (
    <div class="stack" data-testid="conditions">
      {groups.map((group, number) => (
        <fieldset key={number} class="condition-group">
          <legend>
            {number === 0 ? "When all of these hold" : "or all of these"}
          </legend>
          {group.map(({ at, fields }, index) => (
            <ConditionRow
              key={index}
              place={at ? `${place}.${at}` : place}
              condition={fields}
              paths={paths}
              onCondition={(next, typed) =>
                put(
                  replaced(
                    number,
                    group.map((one, other) =>
                      other === index ? next : one.fields,
                    ),
                  ),
                  typed,
                )
              }
              onRemove={() =>
                put(
                  replaced(
                    number,
                    plain[number]?.filter((_, other) => other !== index) ?? [],
                  ),
                )
              }
            />
          ))}
          <Button
            small
            onClick={() =>
              put(replaced(number, [...(plain[number] ?? []), NEW_CONDITION]))
            }
          >
            and …
          </Button>
        </fieldset>
      ))}
      <div>
        <Button small onClick={() => put([...plain, [NEW_CONDITION]])}>
          {groups.length === 0 ? "Add a condition" : "or …"}
        </Button>
      </div>
    </div>
  );
}

interface RowProps {
  place: string;
  condition: Fields;
  paths: readonly string[] | undefined;
  onCondition: (condition: Fields, typed?: string) => void;
  onRemove: () => void;
}

function ConditionRow({
  place,
  condition,
  paths,
  onCondition,
  onRemove,
}: RowProps) {
  const operator = textOf(condition.operator);
  return (
    <div class="condition">
      <LookedAt
        place={`${place}.field`}
        paths={paths}
        value={textOf(condition.field)}
        onValue={(text) =>
          onCondition(withField(condition, "field", text), `${place}.field`)
        }
      />
      <div class="comparison">
        <div class="field">
          <select
            aria-label="Comparison"
            value={operator}
            data-testid={`field-${place}.operator`}
            onChange={({ currentTarget: { value } }) =>
              onCondition(withOperator(condition, value))
            }
          >
            {OPERATORS.every(([name]) => name !== operator) && (
              <option value={operator}>{operator || "Choose"}</option>
            )}
            {OPERATORS.map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </div>
        <Button
          class="square"
          aria-label="Remove this condition"
          onClick={onRemove}
        >
          ×
        </Button>
      </div>
      <ComparedField
        place={`${place}.value`}
        operator={operator}
        value={condition.value}
        onValue={(value) =>
          onCondition(withField(condition, "value", value), `${place}.value`)
        }
      />
    </div>
  );
}

interface LookedAtProps {
  place: string;
  paths: readonly string[] | undefined;
  value: string;
  onValue: (value: string) => void;
}

/** What a condition looks at. */
function LookedAt({ paths, ...field }: LookedAtProps) {
  return paths ? (
    <PlainField
      {...field}
      label="Field"
      suggestions={paths}
      placeholder="object.topic"
    />
  ) : (
    <TemplateField
      {...field}
      label="Value"
      placeholder="{{trigger.object.topic}}"
    />
  );
}

interface ComparedProps {
  place: string;
  operator: string;
  value: Json | undefined;
  onValue: (value: Json | undefined) => void;
}

/** What a value is compared with. */
function ComparedField({ place, operator, value, onValue }: ComparedProps) {
  const compared = comparedBy(operator);
  if (compared === "none") return null;
  if (compared === "texts")
    return (
      <TemplateField
        bare
        place={place}
        label="Compared with"
        hint="One a line."
        rows={3}
        value={
          Array.isArray(value) ? value.map(textOf).join("\n") : textOf(value)
        }
        onValue={(text) => onValue(text.split("\n"))}
      />
    );
  if (compared === "any" && typeof value === "object" && value !== null)
    return (
      <JsonField
        place={place}
        label="Compared with"
        value={value}
        onValue={onValue}
      />
    );
  return (
    <TemplateField
      bare
      place={place}
      label="Compared with"
      placeholder={compared === "time" ? "2026-11-22T08:00:00Z" : "Value"}
      value={textOf(value)}
      onValue={(text) =>
        onValue(
          compared === "text" || compared === "time" ? text : numberOf(text),
        )
      }
    />
  );
}
