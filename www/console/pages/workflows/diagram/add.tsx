// The "+" between two steps: a menu of everything that a step can be.

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Catalog } from "../model/kinds.ts";
import { KindIcon } from "./icon.tsx";

interface Props {
  /** Where: `steps[1].then`, and before which. */
  list: string;
  index: number;
  catalog: Catalog;
  onAdd: (type: string) => void;
}

/** The button, and its menu while it is open. */
export function AddStep({ list, index, catalog, onAdd }: Props) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (focus: boolean) => {
    setOpen(false);
    if (focus) button.current?.focus();
  };
  return (
    <div class="add-step">
      <button
        ref={button}
        type="button"
        class="add-button"
        data-stop
        data-testid={`add-${list}-${index}`}
        aria-label={`Add a step here (${list}, number ${index + 1})`}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        +
      </button>
      {isOpen && (
        <AddMenu
          button={button}
          catalog={catalog}
          onClose={close}
          onAdd={(type) => {
            setOpen(false);
            onAdd(type);
          }}
        />
      )}
    </div>
  );
}

interface MenuProps {
  /** What it belongs to, and stands below. */
  button: RefObject<HTMLButtonElement | null>;
  catalog: Catalog;
  onAdd: (type: string) => void;
  onClose: (focus: boolean) => void;
}

function AddMenu({ button, catalog, onAdd, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  const items = () => [
    ...(menu.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? []),
  ];
  useEffect(() => {
    // Above everything, so that no edge cuts it off.
    menu.current?.showPopover();
    if (menu.current && button.current) put(menu.current, button.current);
    items()[0]?.focus();
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    const all = items();
    const at = all.findIndex((one) => one === document.activeElement);
    const to = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (to !== undefined) all[to]?.focus();
    else if (event.key === "Escape") onClose(true);
    else if (/^[a-z]$/i.test(event.key)) begins(all, at, event.key)?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={menu}
      role="menu"
      popover="manual"
      aria-label="Kinds of steps"
      class="add-menu"
      onKeyDown={onKeyDown}
      onFocusOut={({ relatedTarget }) => {
        if (!menu.current?.contains(relatedTarget as Node | null))
          onClose(false);
      }}
    >
      {catalog.actions.map(({ id, label, description }) => (
        <button
          key={id}
          type="button"
          role="menuitem"
          tabIndex={-1}
          class="add-item"
          data-testid={`kind-${id}`}
          onClick={() => onAdd(id)}
        >
          <KindIcon type={id} />
          <span>
            <span class="add-label">{label}</span>
            <span class="quiet small">{description}</span>
          </span>
        </button>
      ))}
    </div>
  );
}

/** Puts a menu below what it belongs to, or above where there is more room. */
function put(menu: HTMLElement, button: HTMLElement) {
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const left = at.x + at.width / 2 - width / 2;
  const below = at.bottom + GAP;
  const fits = below + height <= innerHeight - GAP;
  const above = Math.max(GAP, at.y - GAP - height);
  menu.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
  menu.style.top = `${fits || at.y < innerHeight / 3 ? below : above}px`;
}

/** Between a menu and what is around it, in pixels. */
const GAP = 8;

/** The next one that begins with a letter. */
const begins = (all: HTMLElement[], at: number, letter: string) =>
  [...all.slice(at + 1), ...all].find((one) =>
    one
      .querySelector(".add-label")
      ?.textContent?.toLowerCase()
      .startsWith(letter.toLowerCase()),
  );
