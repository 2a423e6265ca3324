// A list of facts: what each is called, and what it is.

import type { ComponentChildren } from "preact";

import { CopyButton } from "./copy.tsx";

/** A list of facts; the children are `Fact`s. */
export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

interface FactProps {
  name: string;
  children: ComponentChildren;
}

/** One fact. */
export function Fact({ name, children }: FactProps) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

interface IdProps {
  /** Which it is, for screen readers: `the run's id`. */
  label: string;
  id: string;
  testId?: string;
}

/** An id that people carry elsewhere, as a fact. */
export function Id({ label, id, testId }: IdProps) {
  return (
    <span class="row">
      <code data-testid={testId}>{id}</code>
      <CopyButton value={id} label={label} />
    </span>
  );
}
