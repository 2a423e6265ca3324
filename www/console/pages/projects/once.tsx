// Secrets that were minted just now. They are shown here and never again, so that leaving asks first.

import { Button } from "../../kit/button.tsx";
import { Copyable, CopyButton } from "../../kit/copy.tsx";
import { download } from "../../kit/download.ts";
import { Icon } from "../../kit/icon.tsx";
import { LeaveGuard } from "../../kit/leave.tsx";
import { Notice } from "../../kit/notice.tsx";
import type { Minted } from "./minted.ts";

interface Props {
  secrets: readonly Minted[];
  /** The person has stored them. */
  onDone: () => void;
}

/** Shows secrets once. */
export function Once({ secrets, onDone }: Props) {
  const it = secrets.length === 1 ? "it" : "them";
  return (
    <div class="once" data-testid="once">
      <Notice kind="warn" title="Shown only once">
        <p>
          Store {it} now, where only your server can read {it}. Nobody can show{" "}
          {it} again; a new one can always be made.
        </p>
      </Notice>
      {secrets.map((secret) =>
        secret.file ? (
          <Key key={secret.label} {...secret} file={secret.file} />
        ) : (
          <Copyable key={secret.label} {...secret} />
        ),
      )}
      <Button kind="primary" onClick={onDone} data-testid="stored">
        I have stored {it}
      </Button>
      <LeaveGuard when title="Leave without storing the secrets?">
        <p>
          What is shown here is not shown again. Copy {it} first, then press “I
          have stored {it}”.
        </p>
      </LeaveGuard>
    </div>
  );
}

function Key({ label, value, hint, testId, file }: Minted & { file: string }) {
  return (
    <div class="copyable">
      <span class="label">{label}</span>
      <pre data-testid={testId} tabIndex={0} role="region" aria-label={label}>
        {value}
      </pre>
      <div class="row">
        <Button
          onClick={() => download(file, "application/x-pem-file", value)}
          data-testid="download"
        >
          <Icon name="download" size={15} />
          Download .pem
        </Button>
        <CopyButton value={value} label={label} />
      </div>
      {hint && <p class="quiet small">{hint}</p>}
    </div>
  );
}
