// The workflows of one connected account: which are on, and what is filled in.

import { useRef, useState } from "preact/hooks";

import { server } from "../../api/client.ts";
import type { Enablement, Setting } from "../../api/types/watch.ts";
import { useAction, useLoaded } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { type Draft, useDraft } from "../../kit/draft.ts";
import { CheckField, SelectField, TextField } from "../../kit/field.tsx";
import { Loading, ProblemNotice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import { Badge } from "../../kit/table.tsx";

interface Props {
  project: string;
  grant: string;
}

/** A card with a switch for each workflow. */
export function Enablements({ project, grant }: Props) {
  const path = `grants/${grant}/workflows`;
  const list = useLoaded(
    (signal) => server<Enablement[]>(project, "GET", path, { signal }),
    [project, grant],
  );
  return (
    <Card
      title="Workflows"
      about="What runs for this account. The user may change the same in your product."
      testId="enablements"
    >
      <Loading what="the workflows" of={list} />
      {list.value?.length === 0 && (
        <p class="quiet">
          No workflow is deployed.{" "}
          <a href={`/console/projects/${project}/workflows`}>
            Deploy one first.
          </a>
        </p>
      )}
      <ul class="enablements">
        {list.value?.map((one) => (
          <li key={one.workflow_id}>
            <OneWorkflow
              project={project}
              path={path}
              one={one}
              again={list.again}
            />
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface OneProps {
  project: string;
  /** Where the workflows of this account are. */
  path: string;
  one: Enablement;
  again: () => Promise<void>;
}

/** What is filled in. */
type Values = Record<string, unknown>;

/** What the user is asked, or we for them. */
type Wish = { enabled: boolean } | { settings: Values };

function OneWorkflow({ project, path, one, again }: OneProps) {
  const at = `${path}/${one.workflow_id}`;
  const draft = useDraft<Values>(`settings:${at}`, one.settings);
  const [open, setOpen] = useState(draft.isKept);
  const last = useRef<Wish>(undefined);
  const patch = useAction(async (wish: Wish) => {
    last.current = wish;
    await server<Enablement>(project, "PATCH", at, { body: wish });
    if ("settings" in wish) draft.saved();
    await again();
    if ("settings" in wish) draft.forget();
  });
  const repeat = () => last.current && void patch.run(last.current);
  const wanted = patch.busy && last.current;
  return (
    <>
      <div class="enablement">
        <CheckField
          asSwitch
          label={one.name}
          checked={wanted && "enabled" in wanted ? wanted.enabled : one.enabled}
          disabled={patch.busy}
          onValue={(enabled) => void patch.run({ enabled })}
        />
        <Standing one={one} />
        <Button
          small
          aria-expanded={open}
          aria-label={`Settings of ${one.name}`}
          onClick={() => setOpen(!open)}
        >
          Settings
        </Button>
      </div>
      <ProblemNotice problem={patch.problem} again={repeat} />
      {open && (
        <Settings
          one={one}
          draft={draft}
          busy={patch.busy}
          onSave={(settings) => patch.run({ settings })}
        />
      )}
    </>
  );
}

function Standing({ one }: { one: Enablement }) {
  if (one.on) return <Badge mood="good">Runs</Badge>;
  if (!one.enabled) return <Badge mood="quiet">Off</Badge>;
  if (one.missing.length > 0) return <Badge mood="warn">Not filled in</Badge>;
  return <Badge mood="bad">Must reconnect</Badge>;
}

interface SettingsProps {
  one: Enablement;
  draft: Draft<Values>;
  busy: boolean;
  /** Resolves to whether it went well. */
  onSave: (settings: Values) => Promise<boolean>;
}

function Settings({ one, draft, busy, onSave }: SettingsProps) {
  const [isSaved, setSaved] = useState(false);
  const all = one.inputs;
  // What was typed for a version of before may not be asked for any more.
  const changed = Object.fromEntries(
    Object.entries(draft.changes).filter(([id]) =>
      all.some((setting) => setting.id === id),
    ),
  );
  const isChanged = Object.keys(changed).length > 0;
  if (all.length === 0) return <p class="quiet small">It has no settings.</p>;
  return (
    <form
      class="user-settings"
      onSubmit={async (event) => {
        event.preventDefault();
        setSaved(await onSave(changed));
      }}
    >
      {all.map((setting) => (
        <Field
          key={setting.id}
          setting={setting}
          missing={one.missing.includes(setting.id)}
          value={draft.value[setting.id]}
          onValue={(value) => {
            setSaved(false);
            draft.change({ [setting.id]: value });
          }}
        />
      ))}
      <div class="row">
        <Button type="submit" busy={busy} disabled={!isChanged}>
          Save
        </Button>
        <span class="quiet small" role="status">
          {isChanged ? "Not saved yet" : isSaved ? "Saved" : ""}
        </span>
      </div>
    </form>
  );
}

interface FieldProps {
  setting: Setting;
  value: unknown;
  missing: boolean;
  onValue: (value: unknown) => void;
}

function Field({ setting, value, missing, onValue }: FieldProps) {
  const shared = {
    label: setting.label,
    hint: setting.help,
    required: setting.required,
    wrong: missing ? "It has to be filled in before the workflow runs." : "",
  };
  if (setting.type === "boolean")
    return (
      <CheckField
        label={shared.label}
        hint={shared.hint}
        checked={value === true}
        onValue={onValue}
      />
    );
  const text = value === undefined || value === null ? "" : String(value);
  if (setting.type === "choice") {
    const choices = setting.choices ?? [];
    return (
      <SelectField
        {...shared}
        value={text}
        options={[
          ["", "Choose …"],
          ...choices.map((one) => [String(one.value), one.label] as const),
        ]}
        onValue={(chosen) =>
          // Null takes away what was chosen before.
          onValue(
            choices.find((one) => String(one.value) === chosen)?.value ?? null,
          )
        }
      />
    );
  }
  return (
    <TextField
      {...shared}
      type={setting.type}
      value={text}
      onValue={(typed) =>
        onValue(
          typed && setting.type === "number" ? Number(typed) : typed || null,
        )
      }
    />
  );
}
