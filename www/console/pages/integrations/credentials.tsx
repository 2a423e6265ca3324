// What the Zoom app is called by, and its two secrets: they can be replaced, never read.

import { useId, useState } from "preact/hooks";

import type { Integration } from "../../api/types/integration.ts";
import { Button } from "../../kit/button.tsx";
import { TextField } from "../../kit/field.tsx";
import { Card } from "../../kit/page.tsx";
import { Badge } from "../../kit/table.tsx";
import type { Secrets } from "./form.ts";
import type { PartProps } from "./settings.tsx";

interface Props extends PartProps {
  integration: Integration | undefined;
  secrets: Secrets;
  onSecrets: (secrets: Secrets) => void;
}

/** The card of an app's credentials. */
export function Credentials({
  form,
  change,
  wrong,
  integration,
  secrets,
  onSecrets,
}: Props) {
  return (
    <Card
      title="Credentials"
      about="From your Zoom app: Basic Information → App Credentials; the Secret Token is under Access."
      testId="credentials"
    >
      <TextField
        label="Client ID"
        required
        mono
        autocomplete="off"
        value={form.client_id}
        onValue={(client_id) => change({ client_id })}
        wrong={wrong("client_id")}
        testId="client-id"
      />
      <SecretField
        label="Client Secret"
        required
        isSet={integration?.has_client_secret ?? false}
        value={secrets.client_secret}
        onValue={(client_secret) => onSecrets({ ...secrets, client_secret })}
        wrong={wrong("client_secret")}
        testId="client-secret"
      />
      <SecretField
        label="Secret Token"
        hint="What Zoom signs its events with. When it is replaced, the one before is accepted for a day more."
        isSet={integration?.has_webhook_secret ?? false}
        value={secrets.webhook_secret_token}
        onValue={(webhook_secret_token) =>
          onSecrets({ ...secrets, webhook_secret_token })
        }
        wrong={wrong("webhook_secret_token")}
        testId="secret-token"
      />
    </Card>
  );
}

interface SecretProps {
  label: string;
  hint?: string;
  required?: boolean;
  /** Whether the Worker has one. */
  isSet: boolean;
  value: string;
  onValue: (value: string) => void;
  wrong: string | undefined;
  testId: string;
}

/** A secret: that it is set, and a field for another one. */
function SecretField({ isSet, required = false, ...field }: SecretProps) {
  const [replaces, setReplaces] = useState(false);
  const id = useId();
  const { label, value, onValue } = field;
  if (isSet && !replaces && !value)
    return (
      <div class="field" role="group" aria-labelledby={id}>
        <span class="label" id={id}>
          {label}
        </span>
        <div class="row">
          <Badge mood="good">Set</Badge>
          <Button
            small
            aria-label={`Replace ${label}`}
            onClick={() => setReplaces(true)}
            data-testid={`replace-${field.testId}`}
          >
            Replace
          </Button>
        </div>
      </div>
    );
  return (
    <div class="secret">
      <TextField
        {...field}
        type="password"
        autocomplete="new-password"
        required={required && !isSet}
        mono
      />
      {isSet && (
        <Button
          small
          onClick={() => {
            onValue("");
            setReplaces(false);
          }}
        >
          Keep the one that is set
        </Button>
      )}
    </div>
  );
}
