// What users fill in before a workflow runs for them: the list of a definition's settings.

import { Button } from "../../../kit/button.tsx";
import { CheckField, SelectField } from "../../../kit/field.tsx";
import { numberOf } from "../model/conditions.ts";
import {
  listOf,
  textOf,
  withField,
  type Fields,
  type Json,
} from "../model/json.ts";
import { freeName, renamed } from "../model/names.ts";
import { IdField } from "./id.tsx";
import { PlainField } from "../fields/plain.tsx";

interface Props {
  definition: Fields;
  onChange: (definition: Fields, typed?: string) => void;
}

const TYPES = [
  ["text", "Text"],
  ["number", "Number"],
  ["boolean", "On or off"],
  ["email", "E-mail address"],
  ["url", "Web address"],
  ["choice", "One of some"],
] as const;

/** The form. */
export function SettingsForm({ definition, onChange }: Props) {
  const settings = listOf(definition.settings);
  const ids = settings.map(({ id }) => textOf(id));
  const put = (all: Fields[], typed?: string) =>
    onChange(
      { ...definition, settings: all.length > 0 ? all : undefined },
      typed,
    );
  const rename = (index: number, id: string) => {
    const next = renamed(
      definition,
      `settings.${ids[index]}`,
      `settings.${id}`,
    );
    const all = listOf(next.settings);
    onChange({
      ...next,
      settings: all.map((one, at) => (at === index ? { ...one, id } : one)),
    });
  };
  const add = () => {
    const id = freeName("setting", new Set(ids));
    put([...settings, { id, label: "", type: "text", required: true }]);
  };
  return (
    <div class="stack">
      <p class="quiet">
        Each user fills these in, in your product. Steps name them as{" "}
        <code>{"{{settings.…}}"}</code>.
      </p>
      {settings.map((setting, index) => (
        <SettingForm
          key={index}
          place={`settings[${index}]`}
          setting={setting}
          others={ids.filter((_, at) => at !== index)}
          onId={(id) => rename(index, id)}
          onSetting={(next, typed) =>
            put(
              settings.map((one, at) => (at === index ? next : one)),
              typed,
            )
          }
          onRemove={() => put(settings.filter((_, at) => at !== index))}
        />
      ))}
      <div>
        <Button onClick={add} data-testid="add-setting">
          Add a setting
        </Button>
      </div>
    </div>
  );
}

interface SettingProps {
  place: string;
  setting: Fields;
  others: readonly string[];
  onId: (id: string) => void;
  onSetting: (setting: Fields, typed?: string) => void;
  onRemove: () => void;
}

function SettingForm({
  place,
  setting,
  others,
  onId,
  onSetting,
  onRemove,
}: SettingProps) {
  const type = textOf(setting.type);
  const name = textOf(setting.label) || textOf(setting.id);
  const set = (field: string) => (value: Json | undefined) =>
    onSetting(withField(setting, field, value), `${place}.${field}`);
  return (
    <fieldset class="setting">
      <legend>{name}</legend>
      <PlainField
        place={`${place}.label`}
        label="Label"
        value={textOf(setting.label)}
        onValue={set("label")}
      />
      <IdField
        place={`${place}.id`}
        id={textOf(setting.id)}
        others={others}
        onId={onId}
      />
      <SelectField
        label="What it takes"
        value={type}
        onValue={(next) => onSetting(ofType(setting, next))}
        options={TYPES}
      />
      {type === "choice" && (
        <Choices
          place={place}
          choices={listOf(setting.choices)}
          onChoices={set("choices")}
        />
      )}
      <CheckField
        label="Required"
        hint="The workflow waits until it is filled in."
        checked={setting.required === true}
        onValue={set("required")}
      />
      <PlainField
        place={`${place}.default`}
        label="Default"
        hint="For those who say nothing."
        value={textOf(setting.default)}
        onValue={(text) => set("default")(defaultOf(type, text))}
      />
      <PlainField
        place={`${place}.help`}
        label="Help"
        hint="What users read below the field."
        value={textOf(setting.help)}
        onValue={(text) => set("help")(text || undefined)}
      />
      <div>
        <Button small onClick={onRemove}>
          Remove {name}
        </Button>
      </div>
    </fieldset>
  );
}

/** A setting of another type; a default of the old one means nothing then. */
const ofType = (setting: Fields, type: string): Fields => {
  const { default: _, choices, ...rest } = setting;
  return type === "choice"
    ? { ...rest, type, choices: choices ?? [{ value: "a", label: "A" }] }
    : { ...rest, type };
};

const defaultOf = (type: string, text: string): Json | undefined => {
  if (text === "") return undefined;
  if (type === "number") return numberOf(text);
  if (type === "boolean" && (text === "true" || text === "false"))
    return text === "true";
  return text;
};

interface ChoicesProps {
  place: string;
  choices: Fields[];
  onChoices: (choices: Json) => void;
}

function Choices({ place, choices, onChoices }: ChoicesProps) {
  const put = (index: number, name: string, value: string) =>
    onChoices(
      choices.map((one, at) =>
        at === index ? { ...one, [name]: value } : one,
      ),
    );
  return (
    <fieldset class="pairs">
      <legend>Choices</legend>
      {choices.map((choice, index) => (
        <div key={index} class="pair">
          <PlainField
            bare
            place={`${place}.choices[${index}].value`}
            label={`Value ${index + 1}`}
            value={textOf(choice.value)}
            onValue={(text) => put(index, "value", text)}
          />
          <PlainField
            bare
            place={`${place}.choices[${index}].label`}
            label={`Label ${index + 1}`}
            value={textOf(choice.label)}
            onValue={(text) => put(index, "label", text)}
          />
          <Button
            class="square"
            aria-label={`Remove choice ${index + 1}`}
            onClick={() => onChoices(choices.filter((_, at) => at !== index))}
          >
            ×
          </Button>
        </div>
      ))}
      <Button
        small
        onClick={() => onChoices([...choices, { value: "", label: "" }])}
      >
        Add a choice
      </Button>
    </fieldset>
  );
}
