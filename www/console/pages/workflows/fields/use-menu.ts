// The keys and the state of the menu of variables in one field: it opens at `{{`, follows what is typed, inserts at the
// caret (ARIA: combobox with a list).

import {
  useContext,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "preact/hooks";

import type { Variable } from "../../../wasm.ts";
import { begunAt, placed, type Begun } from "./caret.ts";
import { fitting, nearest } from "./menu.tsx";
import { ScopeOf } from "./scope.ts";

type Field = HTMLInputElement | HTMLTextAreaElement;

interface Options {
  value: string;
  onValue: (value: string) => void;
  /** How a path is written into the text: inside JSON it is escaped. */
  write?: (path: string) => string;
}

/** The menu of one field. */
export function useMenu({ value, onValue, write = (path) => path }: Options) {
  const { variables } = useContext(ScopeOf);
  const id = useId();
  const { field, caretOf, putCaret } = useCaret();
  const [begun, setBegun] = useState<Begun>();
  const [active, setActive] = useState(0);
  const shown = begun ? fitting(variables, begun.query) : [];
  const close = () => setBegun(undefined);
  const look = (text: string, caret: number) => {
    const found = begunAt(text, caret);
    setBegun(found);
    setActive(found ? nearest(variables, found.query) : 0);
  };
  const put = (text: string, caret: number) => {
    putCaret(caret);
    onValue(text);
  };
  const pick = (variable: Variable) => {
    if (!begun) return;
    const next = placed(value, begun, caretOf(value), write(variable.path));
    put(next.text, next.caret);
    close();
  };
  const onInput = (event: { currentTarget: Field }) => {
    const { value: text, selectionEnd } = event.currentTarget;
    onValue(text);
    look(text, selectionEnd ?? text.length);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const deed = begun
      ? deedOf(event, shown.length > 0)
      : event.key === "ArrowDown" && begunAt(value, caretOf(value)) && "open";
    if (!deed) return;
    if (deed !== "leave") event.preventDefault();
    // A dialog around it stays.
    if (deed === "close") event.stopPropagation();
    const chosen = shown[active];
    if (deed === "open") look(value, caretOf(value));
    else if (deed === "pick" && chosen) pick(chosen);
    else if (deed === "next") setActive((active + 1) % shown.length);
    else if (deed === "before")
      setActive((active - 1 + shown.length) % shown.length);
    else close();
  };
  /** Begins a placeholder at the caret, for those who do not type. */
  const begin = () => {
    const caret =
      document.activeElement === field.current ? caretOf(value) : value.length;
    const text = `${value.slice(0, caret)}{{${value.slice(caret)}`;
    put(text, caret + 2);
    look(text, caret + 2);
  };
  const isOpen = begun !== undefined;
  return {
    ...{ id, field, isOpen, shown, active, setActive, pick, begin },
    handlers: { onInput, onKeyDown, onBlur: close },
    aria: {
      "aria-autocomplete": "list" as const,
      "aria-controls": isOpen && shown.length > 0 ? id : undefined,
      "aria-activedescendant":
        isOpen && shown[active] ? `${id}-${active}` : undefined,
    },
  };
}

/** Where the caret of a field is, and where it goes with the next text. */
function useCaret() {
  const field = useRef<Field>(null);
  const next = useRef<number>(undefined);
  useLayoutEffect(() => {
    const caret = next.current;
    if (caret === undefined) return;
    next.current = undefined;
    field.current?.focus();
    field.current?.setSelectionRange(caret, caret);
  });
  return {
    field,
    caretOf: (value: string) => field.current?.selectionEnd ?? value.length,
    putCaret: (caret: number) => {
      next.current = caret;
    },
  };
}

/** What a key does while the menu is open. */
function deedOf({ key, shiftKey }: KeyboardEvent, hasShown: boolean) {
  if (key === "Escape") return "close";
  if (hasShown && key === "ArrowDown") return "next";
  if (hasShown && key === "ArrowUp") return "before";
  if (hasShown && (key === "Enter" || (key === "Tab" && !shiftKey)))
    return "pick";
  return key === "Tab" || key.startsWith("Arrow") ? "leave" : undefined;
}
