// The pages of a step: how it is set up, and trying it out. As tabs are used by keyboard: one stop, then arrows.

import type { ComponentChildren } from "preact";

/** The pages. */
const PAGES = [
  ["form", "Set up"],
  ["test", "Test"],
] as const;

/** A page of a step. */
export type StepPage = (typeof PAGES)[number][0];

interface Props {
  page: StepPage;
  onPage: (page: StepPage) => void;
  children: ComponentChildren;
}

/** The tabs, and the page that is shown. */
export function StepTabs({ page, onPage, children }: Props) {
  const onKeyDown = (event: KeyboardEvent) => {
    const to = pageBy(event.key, page);
    if (!to) return;
    event.preventDefault();
    onPage(to);
    document.getElementById(`tab-${to}`)?.focus();
  };
  return (
    <>
      <div
        class="step-tabs"
        role="tablist"
        aria-label="The step"
        onKeyDown={onKeyDown}
      >
        {PAGES.map(([name, words]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            class="step-tab"
            aria-selected={name === page}
            aria-controls="step-page"
            tabIndex={name === page ? 0 : -1}
            data-testid={`tab-${name}`}
            onClick={() => onPage(name)}
          >
            {words}
          </button>
        ))}
      </div>
      <div id="step-page" role="tabpanel" aria-labelledby={`tab-${page}`}>
        {children}
      </div>
    </>
  );
}

/** Where a key leads. */
function pageBy(key: string, page: StepPage): StepPage | undefined {
  const at = PAGES.findIndex(([name]) => name === page);
  const last = PAGES.length - 1;
  const leads: Readonly<Record<string, number>> = {
    ArrowRight: at === last ? 0 : at + 1,
    ArrowLeft: at === 0 ? last : at - 1,
    Home: 0,
    End: last,
  };
  return PAGES[leads[key] ?? -1]?.[0];
}
