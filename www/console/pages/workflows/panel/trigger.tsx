// The form of the trigger: what starts a run, and which of what happens does.

import { useContext, useMemo } from "preact/hooks";

import { Button } from "../../../kit/button.tsx";
import { Labelled, SelectField } from "../../../kit/field.tsx";
import { ScopeOf, type Scope } from "../fields/scope.ts";
import { PlainField } from "../fields/plain.tsx";
import { fieldId } from "../fields/template.tsx";
import { wrongAt } from "../model/complaints.ts";
import {
  fieldsOf,
  listOf,
  textOf,
  withField,
  type Fields,
} from "../model/json.ts";
import { newTrigger, OWN_TRIGGERS, type Catalog } from "../model/kinds.ts";
import { Conditions } from "./conditions.tsx";

interface Props {
  definition: Fields;
  catalog: Catalog;
  onChange: (definition: Fields, typed?: string) => void;
}

/** The form. */
export function TriggerForm({ definition, catalog, onChange }: Props) {
  const trigger = fieldsOf(definition.trigger);
  const type = textOf(trigger.type);
  const put = (next: Fields, typed?: string) =>
    onChange({ ...definition, trigger: next }, typed);
  const set = (name: string, value: Fields[string]) =>
    put(withField(trigger, name, value), `trigger.${name}`);
  return (
    <div class="stack">
      <TypeField
        type={type}
        catalog={catalog}
        onType={(next) => put(newTrigger(next))}
      />
      {type === "event" && (
        <PlainField
          place="trigger.name"
          label="Name of the event"
          hint={
            <>
              What your product says:{" "}
              <code>isthmus.event("Task Created", …)</code>
            </>
          }
          value={textOf(trigger.name)}
          onValue={(value) => set("name", value)}
        />
      )}
      {type === "schedule" && <ScheduleForm trigger={trigger} set={set} />}
      {type === "request" && (
        <RequiredForm
          required={listOf(trigger.required)}
          onRequired={(all) =>
            set("required", all.length > 0 ? all : undefined)
          }
        />
      )}
      {type.startsWith("zoom.") && (
        <FilterForm
          filter={trigger.filter}
          onFilter={(filter, typed) =>
            put(withField(trigger, "filter", filter), typed)
          }
        />
      )}
    </div>
  );
}

interface TypeProps {
  type: string;
  catalog: Catalog;
  onType: (type: string) => void;
}

function TypeField({ type, catalog, onType }: TypeProps) {
  const zoom = catalog.triggers.find(({ id }) => `zoom.${id}` === type);
  const own = OWN_TRIGGERS.find(([one]) => one === type);
  const { complaints } = useContext(ScopeOf);
  const id = fieldId("trigger.type");
  return (
    <Labelled
      id={id}
      label="What starts it"
      hint={zoom?.description ?? own?.[2]}
      wrong={wrongAt(complaints, "trigger.type")}
    >
      <select
        id={id}
        aria-describedby={`${id}-about`}
        data-testid="trigger-type"
        value={type}
        onChange={({ currentTarget: { value } }) => onType(value)}
      >
        {!zoom && !own && <option value={type}>{type || "Choose"}</option>}
        <optgroup label="Zoom">
          {catalog.triggers.map(({ id, label }) => (
            <option key={id} value={`zoom.${id}`}>
              {label}
            </option>
          ))}
        </optgroup>
        <optgroup label="Your product and the clock">
          {OWN_TRIGGERS.map(([one, label]) => (
            <option key={one} value={one}>
              {label}
            </option>
          ))}
        </optgroup>
      </select>
    </Labelled>
  );
}

interface FilterProps {
  filter: Fields[string];
  onFilter: (filter: Fields | undefined, typed?: string) => void;
}

function FilterForm({ filter, onFilter }: FilterProps) {
  const scope = useContext(ScopeOf);
  const paths = scope.variables
    .filter(({ path }) => path.startsWith("trigger."))
    .map(({ path }) => path.slice("trigger.".length));
  // What it compares with stands there as it is.
  const inner = useMemo<Scope>(() => ({ ...scope, variables: [] }), [scope]);
  return (
    <section class="stack">
      <h3>Only when</h3>
      {filter === undefined && (
        <p class="quiet small">Each of these events starts a run.</p>
      )}
      <ScopeOf.Provider value={inner}>
        <Conditions
          place="trigger.filter"
          test={filter === null ? undefined : filter}
          onTest={onFilter}
          paths={paths}
        />
      </ScopeOf.Provider>
    </section>
  );
}

type Set = (name: string, value: Fields[string]) => void;

const PRESETS: readonly (readonly [string, string])[] = [
  ["0 9 * * *", "Every day at 9:00"],
  ["0 9 * * 1-5", "Every weekday at 9:00"],
  ["0 9 * * 1", "Every Monday at 9:00"],
  ["0 * * * *", "Every hour"],
];

function ScheduleForm({ trigger, set }: { trigger: Fields; set: Set }) {
  const cron = textOf(trigger.cron);
  const isPreset = PRESETS.some(([one]) => one === cron);
  return (
    <>
      <SelectField
        label="When"
        value={isPreset ? cron : ""}
        onValue={(value) => value && set("cron", value)}
        options={[...PRESETS, ["", "As written below"]]}
      />
      <PlainField
        place="trigger.cron"
        label="Cron"
        hint="Minute, hour, day of the month, month, day of the week; seconds may come first."
        value={cron}
        onValue={(value) => set("cron", value)}
      />
      <PlainField
        place="trigger.timezone"
        label="Time zone"
        hint="As the IANA names it: Europe/Berlin."
        value={textOf(trigger.timezone)}
        onValue={(value) => set("timezone", value || undefined)}
        suggestions={Intl.supportedValuesOf("timeZone")}
      />
    </>
  );
}

interface RequiredProps {
  required: Fields[];
  onRequired: (required: Fields[]) => void;
}

function RequiredForm({ required, onRequired }: RequiredProps) {
  const put = (index: number, next: Fields) =>
    onRequired(required.map((one, at) => (at === index ? next : one)));
  return (
    <fieldset class="pairs">
      <legend>What has to come with it</legend>
      {required.length === 0 && (
        <p class="quiet small">Nothing: every request starts a run.</p>
      )}
      {required.map((one, index) => (
        <div key={index} class="pair">
          <select
            aria-label={`Where ${index + 1} is`}
            value={textOf(one.part)}
            onChange={({ currentTarget: { value } }) =>
              put(index, { ...one, part: value })
            }
          >
            <option value="body">Body</option>
            <option value="headers">Header</option>
            <option value="params">Query</option>
          </select>
          <PlainField
            bare
            place={`trigger.required[${index}].key`}
            label={`Name of ${index + 1}`}
            value={textOf(one.key)}
            onValue={(key) => put(index, { ...one, key })}
          />
          <Button
            class="square"
            aria-label={`Remove ${textOf(one.key) || "this"}`}
            onClick={() => onRequired(required.filter((_, at) => at !== index))}
          >
            ×
          </Button>
        </div>
      ))}
      <Button
        small
        onClick={() => onRequired([...required, { part: "body", key: "" }])}
      >
        Add one
      </Button>
    </fieldset>
  );
}
