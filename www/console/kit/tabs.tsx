// The parts of one page, each with an address of its own, so that a reload shows the same one.

interface Props {
  /** What the tabs are of, for screen readers. */
  label: string;
  /** `[address, text]` each. */
  tabs: readonly (readonly [href: string, text: string])[];
  /** The address of the one that is shown. */
  current: string;
}

/** Tabs: links to the parts of a page. */
export function Tabs({ label, tabs, current }: Props) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([href, text]) => (
        <a
          key={href}
          href={href}
          aria-current={href === current ? "page" : undefined}
        >
          {text}
        </a>
      ))}
    </nav>
  );
}
