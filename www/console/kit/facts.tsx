// A list of facts: what each is called, and what it is.

import type { ComponentChildren } from "preact";

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
