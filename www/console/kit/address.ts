// What a page keeps in its address, so that a reload, a link or the Back button finds it again: filters, the page of a
// list, what is chosen.

import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";

/** Changes of the address' query; what is undefined or empty is taken out. */
type Change = Record<string, string | undefined>;

interface Address {
  query: Record<string, string>;
  /** Changes the query; `push`: as a step of its own for the Back button. */
  change: (change: Change, push?: boolean) => void;
  /** The address with such a change, for a link. */
  with: (change: Change) => string;
}

/** The query of the page's address. */
export function useAddress(): Address {
  const { path, query, route } = useLocation();
  const changed = (change: Change) => {
    const entries = Object.entries({ ...query, ...change });
    const kept = entries.flatMap(([name, value]) =>
      value ? [[name, value] as [string, string]] : [],
    );
    const search = new URLSearchParams(kept).toString();
    return search ? `${path}?${search}` : path;
  };
  return {
    query,
    change: (change, push = false) => route(changed(change), !push),
    with: changed,
  };
}

/** Somebody has stopped typing after so many milliseconds. */
const TYPED = 300;

/** A text that is typed: it counts once the person has stopped for a moment. Answers the text and what changes it. */
export function useTyped(
  given: string,
  onTyped: (text: string) => void,
): [string, (text: string) => void] {
  const [text, setText] = useState(given);
  const told = useRef(given);
  const tell = useRef(onTyped);
  tell.current = onTyped;
  useEffect(() => {
    if (given === told.current) return;
    told.current = given;
    setText(given);
  }, [given]);
  useEffect(() => {
    if (text === told.current) return undefined;
    const timer = setTimeout(() => {
      told.current = text;
      tell.current(text);
    }, TYPED);
    return () => clearTimeout(timer);
  }, [text]);
  return [text, setText];
}
