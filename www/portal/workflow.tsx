// One workflow of an account: its switch, and its settings as a form. What it requires is asked for before it is switched on.

import { useRef, useState } from "preact/hooks";

import type { Account, Settings, Workflow } from "./backend.ts";
import { SettingsForm } from "./form.tsx";
import type { Kept } from "./kept.ts";
import { isMissing, type Typed } from "./setting.ts";
import type { Doing } from "./use.ts";
import { fill, text } from "./words.ts";

/** The form while it is open. */
interface Form {
  /** Whether saving it also switches on. */
  switchesOn: boolean;
  typed: Typed;
}

interface Props {
  workflow: Workflow;
  account: Account;
  doing: Doing;
}

/** The workflow's row. */
export function WorkflowRow({ workflow, account, doing }: Props) {
  const { id, name, about, inputs } = workflow;
  const state = account.workflows[id];
  const isOn = state?.enabled ?? workflow.isOnByDefault;
  const settings: Settings = state?.settings ?? {};
  const lacks = inputs.some((input) => isMissing(input, settings[input.id]));
  const busyName = `${account.id}/${id}`;
  const isBusy = doing.busy.has(busyName);
  const { form, isAsked, open, type, close } = useForm(doing.kept, busyName);
  const base = `${account.id}-${id}`;

  const change = async (
    update: { enabled?: boolean; settings?: Settings },
    done: string,
  ) => {
    const action = async () => {
      try {
        await doing.backend.change(account.id, id, update);
      } catch (cause) {
        if ((cause as { code?: string }).code === "settings_missing")
          open(true);
        throw cause;
      }
    };
    if (await doing.run(busyName, action, fill(done, { workflow: name })))
      close();
  };

  const press = () => {
    if (!isOn && lacks) return open(true);
    const done = isOn ? text.workflows.turnedOff : text.workflows.turnedOn;
    void change({ enabled: !isOn }, done);
  };

  return (
    <li class="workflow" data-testid="workflow">
      <div class="row">
        <div>
          <p class="name" id={`${base}-name`}>
            {name}
          </p>
          {about && (
            <p class="quiet small" id={`${base}-about`}>
              {about}
            </p>
          )}
        </div>
        <button
          type="button"
          role="switch"
          class="switch"
          aria-checked={isOn}
          aria-labelledby={`${base}-name`}
          aria-describedby={about ? `${base}-about` : undefined}
          aria-busy={isBusy}
          disabled={isBusy || !account.isValid}
          onClick={press}
          data-testid="switch"
        >
          <span aria-hidden="true" />
        </button>
      </div>
      {isOn && lacks && !form && (
        <p class="notice warn small">{text.workflows.stopped}</p>
      )}
      {inputs.length > 0 && !form && (
        <button
          type="button"
          class="link"
          aria-label={fill(text.workflows.settingsOf, { workflow: name })}
          onClick={() => open(false)}
          data-testid="settings"
        >
          {text.workflows.settings}
        </button>
      )}
      {form && (
        <SettingsForm
          base={base}
          workflow={workflow}
          settings={settings}
          switchesOn={form.switchesOn && !isOn}
          isBusy={isBusy}
          typed={form.typed}
          isAsked={isAsked}
          onTyped={type}
          onCancel={close}
          onSave={(settings, on) =>
            void change(
              on ? { enabled: true, settings } : { settings },
              on ? text.workflows.turnedOn : text.form.saved,
            )
          }
        />
      )}
    </li>
  );
}

/** Whether the form is open and what was typed into it, which stays over a reload and the way to the provider and back. */
function useForm(kept: Kept, name: string) {
  const place = `form/${name}`;
  const [form, setForm] = useState(() => kept.read<Form>(place));
  const isAsked = useRef(false);
  const keep = (next: (form: Form | undefined) => Form) =>
    setForm((before) => {
      const after = next(before);
      kept.write(place, after);
      return after;
    });
  return {
    form,
    isAsked: isAsked.current,
    open(switchesOn: boolean) {
      isAsked.current = true;
      keep((before) => ({ switchesOn, typed: before?.typed ?? {} }));
    },
    type: (typed: Typed) =>
      keep((before) => ({
        switchesOn: before?.switchesOn ?? false,
        typed: { ...before?.typed, ...typed },
      })),
    close() {
      kept.forget(place);
      setForm(undefined);
    },
  };
}
