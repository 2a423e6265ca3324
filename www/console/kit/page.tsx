// The frame of a page: its heading (also the window's title), what can be done, and cards.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface PageProps {
  title: string;
  /** What is above it, as links. */
  above?: readonly (readonly [href: string, text: string])[];
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** A page. Its heading takes the focus when the page comes up, so that screen readers say where one is. */
export function Page({ title, above = [], actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Isthmus console`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <main class="page" id="page" tabIndex={-1}>
      {above.length > 0 && (
        <nav aria-label="Above this page" class="above">
          {above.map(([href, text]) => (
            <a key={href} href={href}>
              {text}
            </a>
          ))}
        </nav>
      )}
      <header>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </main>
  );
}

interface CardProps {
  title?: string;
  about?: ComponentChildren;
  actions?: ComponentChildren;
  children?: ComponentChildren;
  testId?: string;
  /** Where links of this page lead to it: `#keys`. */
  id?: string;
}

/** A part of a page. */
export function Card({
  title,
  about,
  actions,
  children,
  testId,
  id,
}: CardProps) {
  return (
    <section class="card" data-testid={testId} id={id}>
      {(title || actions) && (
        <header>
          {title && <h2>{title}</h2>}
          {actions && <div class="actions">{actions}</div>}
        </header>
      )}
      {about && <p class="quiet">{about}</p>}
      {children}
    </section>
  );
}
