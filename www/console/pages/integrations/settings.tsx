// The settings of an integration: what Zoom has to know, what we have to know, and a check of both. What was typed is
// kept over a reload, but for the secrets.

import { useState } from "preact/hooks";

import { admin } from "../../api/client.ts";
import type { Integration, Offer } from "../../api/types/integration.ts";
import { type Action, useAction } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { type Draft, useDraft } from "../../kit/draft.ts";
import { LeaveGuard } from "../../kit/leave.tsx";
import { Notice, ProblemNotice } from "../../kit/notice.tsx";
import { Addresses } from "./addresses.tsx";
import { Appearance } from "./appearance.tsx";
import { type Check, Findings, useCheck } from "./check.tsx";
import { Credentials } from "./credentials.tsx";
import { Deletion } from "./deletion.tsx";
import { bodyOf, type Form, formOf, NO_SECRETS, wrongWith } from "./form.ts";
import { More } from "./more.tsx";
import { Scopes } from "./scopes.tsx";

interface Props {
  project: string;
  /** Nothing while it is not set up. */
  integration: Integration | undefined;
  offer: Offer;
  /** Reads the integration again. */
  again: () => Promise<void>;
}

/** What every part of the form is given. */
export interface PartProps {
  form: Form;
  change: (part: Partial<Form>) => void;
  /** What is wrong with a field, as the Worker said. */
  wrong: (field: string) => string | undefined;
}

/** What is typed, and saving it. */
function useSettings({ project, integration, offer, again }: Props) {
  const place = `integration:${project}:${offer.provider}`;
  const draft = useDraft(place, formOf(integration, offer));
  const [secrets, setSecrets] = useState(NO_SECRETS);
  const save = useAction(async () => {
    const form = integration ? draft.changes : draft.value;
    const path = `projects/${project}/integrations/${offer.provider}`;
    await admin("PUT", path, { body: bodyOf(form, secrets) });
    // Once it is set up its page begins anew, from what is kept.
    draft.saved();
    await again();
    forget();
  });
  const forget = () => {
    draft.forget();
    setSecrets(NO_SECRETS);
    save.clear();
  };
  const part: PartProps = {
    form: draft.value,
    change: (values) => {
      save.clear();
      draft.change(values);
    },
    wrong: (field) => wrongWith(save.problem, field),
  };
  const isChanged =
    draft.isChanged || Object.values(secrets).some((typed) => typed !== "");
  return { draft, secrets, setSecrets, save, forget, part, isChanged };
}

/** The Settings of an integration. */
export function Settings(props: Props) {
  const { project, integration, offer, again } = props;
  const settings = useSettings(props);
  const { draft, part, save, isChanged } = settings;
  const check = useCheck(project, integration);
  const { scopes } = draft.value;
  const add = (missing: string[]) =>
    part.change({ scopes: [...new Set([...scopes, ...missing])] });
  return (
    <div class="integration-settings">
      {draft.isKept && <Kept draft={draft} />}
      <Findings check={check} onAdd={scopes.length > 0 ? add : undefined} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Addresses integration={integration} offer={offer} />
        <Credentials
          {...part}
          integration={integration}
          secrets={settings.secrets}
          onSecrets={settings.setSecrets}
        />
        <Scopes {...part} project={project} />
        <Appearance {...part} brandColor={offer.brand_color} />
        <More {...part} />
        <Bar
          save={save}
          check={integration?.status === "active" ? check : undefined}
          isNew={!integration}
          isChanged={isChanged}
          onDiscard={settings.forget}
        />
      </form>
      {integration && (
        <Deletion project={project} integration={integration} again={again} />
      )}
      <LeaveGuard when={isChanged} title="Leave without saving?">
        <p>
          Your changes are kept in this window, but for secrets: those have to
          be typed again.
        </p>
      </LeaveGuard>
    </div>
  );
}

function Kept({ draft }: { draft: Draft<Form> }) {
  return (
    <Notice kind="info" testId="kept">
      <p>
        These are changes that you made before and have not saved.{" "}
        <Button kind="link" onClick={draft.forget}>
          Discard them
        </Button>
      </p>
    </Notice>
  );
}

interface BarProps {
  save: Action<[]>;
  /** Nothing while there is nothing to check. */
  check: Check | undefined;
  isNew: boolean;
  isChanged: boolean;
  onDiscard: () => void;
}

/** Saving and checking, always in sight. */
function Bar({ save, check, isNew, isChanged, onDiscard }: BarProps) {
  return (
    <div class="save-bar">
      <ProblemNotice problem={save.problem} />
      <div class="actions">
        <Button
          kind="primary"
          type="submit"
          busy={save.busy}
          disabled={!isChanged && !isNew}
          data-testid="connect-integration"
        >
          {isNew ? "Connect" : "Save changes"}
        </Button>
        {isChanged && <Button onClick={onDiscard}>Discard</Button>}
        {check && (
          <Button
            busy={check.action.busy}
            disabled={isChanged}
            onClick={() => void check.action.run()}
            data-testid="check-integration"
          >
            {check.action.busy ? "Checking …" : "Check"}
          </Button>
        )}
        <span class="quiet small" role="status" data-testid="saved">
          {isChanged ? "Not saved yet" : isNew ? "" : "Everything is saved"}
        </span>
      </div>
    </div>
  );
}
