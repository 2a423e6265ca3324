// Asks before a person leaves a page with something that would be lost: by a link, by Back, by signing out, by closing the
// window.

import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";

import { Question } from "./dialog.tsx";

interface Props {
  /** Whether something would be lost. */
  when: boolean;
  /** The question: `Leave without saving?` */
  title: string;
  /** What would be lost. */
  children: ComponentChildren;
}

/** Each is told of a step Back or Forward, until one answers that it holds the person. */
const holders = new Set<() => boolean>();

// Browsers tell a window's listeners in the order in which they came: this one has to be there before the router's.
addEventListener("popstate", (event) => {
  if ([...holders].some((holds) => holds())) event.stopImmediatePropagation();
});

/** What each asks before something else that leaves the page. */
const askers = new Set<(leave: () => void) => void>();

/** Leaves the page by what is given, such as signing out: at once where nothing would be lost, else if the person says so. */
export function whenFree(leave: () => void) {
  const [ask] = askers;
  if (ask) ask(leave);
  else leave();
}

/** Keeps a person from leaving by accident. Other parts of the same page (`?tab=`) do not count as leaving. */
export function LeaveGuard({ when, title, children }: Props) {
  const { url, route } = useLocation();
  const [wanted, setWanted] = useState<{ leave: () => void }>();
  useEffect(() => {
    if (!when) return undefined;
    const ask = (leave: () => void) => setWanted({ leave });
    const unload = (event: Event) => event.preventDefault();
    const click = (event: MouseEvent) => {
      const leads = leadsAway(event);
      if (leads === undefined) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(() => route(leads));
    };
    const holds = () => {
      const here = new URL(url, location.origin).pathname;
      if (location.pathname === here) return false;
      const leads = location.pathname + location.search;
      ask(() => route(leads));
      history.pushState(null, "", url);
      return true;
    };
    holders.add(holds);
    askers.add(ask);
    addEventListener("beforeunload", unload);
    document.addEventListener("click", click, true);
    return () => {
      removeEventListener("beforeunload", unload);
      document.removeEventListener("click", click, true);
      holders.delete(holds);
      askers.delete(ask);
    };
  }, [when, url]);
  if (!when || wanted === undefined) return null;
  return (
    <Question
      title={title}
      yes="Leave"
      danger
      onYes={async () => wanted.leave()}
      onClose={() => setWanted(undefined)}
    >
      {children}
    </Question>
  );
}

/** Which other page of ours a click opens here, if it does. */
function leadsAway(event: MouseEvent): string | undefined {
  const { target, button } = event;
  const aside =
    event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  if (!(target instanceof Element) || button !== 0 || aside) return undefined;
  const link = target.closest("a");
  if (!link?.href || link.target || link.download) return undefined;
  if (link.origin !== location.origin || link.pathname === location.pathname)
    return undefined;
  return link.pathname + link.search;
}
