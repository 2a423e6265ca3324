// Buttons: one look for what a page is about (`primary`), one for the rest, one for what cannot be taken back (`danger`).

import type { ButtonHTMLAttributes, ComponentChildren } from "preact";

interface Props extends Omit<
  ButtonHTMLAttributes<HTMLButtonElement>,
  "children" | "type" | "disabled"
> {
  kind?: "primary" | "plain" | "danger" | "link";
  /** Under way: the button stays where it is, and cannot be pressed. */
  busy?: boolean;
  type?: "button" | "submit";
  /** Beside lines of text: not as high. */
  small?: boolean;
  disabled?: boolean;
  children: ComponentChildren;
}

/** A button. */
export function Button({
  kind = "plain",
  busy = false,
  type = "button",
  disabled = false,
  small = false,
  class: more = "",
  children,
  ...rest
}: Props) {
  return (
    <button
      {...rest}
      type={type}
      class={`button ${kind}${small ? " small" : ""} ${String(more)}`}
      disabled={disabled || busy}
      aria-busy={busy}
    >
      {children}
    </button>
  );
}

interface LinkProps {
  kind?: "primary" | "plain";
  small?: boolean;
  href: string;
  children: ComponentChildren;
  testId?: string;
}

/** A link that looks like a button: it leads somewhere, and changes nothing. */
export function ButtonLink({
  kind = "plain",
  small = false,
  href,
  children,
  testId,
}: LinkProps) {
  return (
    <a
      class={`button ${kind}${small ? " small" : ""}`}
      href={href}
      data-testid={testId}
    >
      {children}
    </a>
  );
}
