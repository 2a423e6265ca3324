// A value that people carry elsewhere, with a button that copies it and says so.

import { useEffect, useState } from "preact/hooks";

import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

interface Props {
  /** What the value is: `Redirect URL`. */
  label: string;
  value: string;
  /** What it is for, in a line. */
  hint?: string;
  testId?: string;
}

/** How long a button says "Copied!", in milliseconds. */
const SAID_FOR = 2000;

/** A value with a Copy button. */
export function Copyable({ label, value, hint, testId }: Props) {
  return (
    <div class="copyable">
      <span class="label">{label}</span>
      <div class="row">
        <code data-testid={testId}>{value}</code>
        <CopyButton value={value} label={label} />
      </div>
      {hint && <p class="quiet small">{hint}</p>}
    </div>
  );
}

/** Copies a value; `label` says to a screen reader which. */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const [isCopied, setCopied] = useState<boolean>();
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(undefined), SAID_FOR);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => {
    try {
      // Where the page came without TLS, there is no clipboard.
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  return (
    <span>
      <Button
        onClick={() => void copy()}
        aria-label={isCopied ? "Copied!" : `Copy ${label}`}
      >
        <Icon name={isCopied ? "check" : "copy"} size={15} />
        {isCopied ? "Copied!" : "Copy"}
      </Button>
      <span
        role="status"
        class={isCopied === false ? "wrong small" : "visually-hidden"}
      >
        {isCopied && "Copied!"}
        {isCopied === false &&
          "The browser does not let us copy: select the text and copy it yourself."}
      </span>
    </span>
  );
}

interface SampleProps {
  /** What the text is: `Lines for your page`. */
  label: string;
  value: string;
  testId?: string;
}

/** Several lines of text with a Copy button. */
export function Sample({ label, value, testId }: SampleProps) {
  return (
    <div class="copyable">
      <div class="row between">
        <span class="label">{label}</span>
        <CopyButton value={value} label={label} />
      </div>
      <pre tabIndex={0} role="region" aria-label={label} data-testid={testId}>
        {value}
      </pre>
    </div>
  );
}
