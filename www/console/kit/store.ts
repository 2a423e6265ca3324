// The browser's storage, which may be forbidden or full: then nothing is kept, and the page goes on.

/** `session`: this tab, over a reload. `local`: this browser. */
type Which = "session" | "local";

const storage = (which: Which) =>
  which === "session" ? sessionStorage : localStorage;

/** What is stored under a name. */
export function stored(which: Which, name: string): string | undefined {
  try {
    return storage(which).getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores a text under a name; nothing: takes away what is there. */
export function store(which: Which, name: string, text: string | undefined) {
  try {
    if (text === undefined) storage(which).removeItem(name);
    else storage(which).setItem(name, text);
  } catch {
    // It is a convenience; whoever has no storage goes without.
  }
}
