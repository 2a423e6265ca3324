// The portal's page: what the integration is, the accounts that are connected, and the way to connect one.

import type { ComponentChildren } from "preact";
import {
  useEffect,
  useErrorBoundary,
  useLayoutEffect,
  useRef,
} from "preact/hooks";

import { AccountCard } from "./account.tsx";
import { About, Heading } from "./about.tsx";
import { showAccent } from "./accent.ts";
import {
  asProblem,
  type Backend,
  type Portal,
  type Problem,
} from "./backend.ts";
import { Notice, Problems, Spinner } from "./notice.tsx";
import { type Doing, isFinal, type Said, usePortal } from "./use.ts";
import { fill, text } from "./words.ts";

/** The app. What cannot be drawn is told, and can be tried again. */
export function App({ backend }: { backend: Backend }) {
  const { stage, said, doing, load, close } = usePortal(backend);
  const [error, forget] = useErrorBoundary((cause) => console.error(cause));
  const frame = { isLayer: backend.isLayer, onClose: () => void close() };
  if (error !== undefined) {
    const again = () => {
      forget();
      load();
    };
    return <Failed {...frame} problem={asProblem(error)} again={again} />;
  }
  switch (stage.kind) {
    case "hidden":
      return null;
    case "loading":
      return (
        <main class="portal">
          <Spinner label={text.loading} />
        </main>
      );
    case "closed":
      return (
        <main class="portal alone" data-testid="closed">
          <h1>{text.close.closedTitle}</h1>
          <p class="quiet">{text.close.closed}</p>
        </main>
      );
    case "failed":
      return <Failed {...frame} problem={stage.problem} again={load} />;
    case "shown":
      return (
        <Frame {...frame}>
          <Shown
            portal={stage.portal}
            said={said}
            doing={doing}
            onClose={frame.onClose}
          />
        </Frame>
      );
  }
}

interface FailedProps {
  isLayer: boolean;
  onClose: () => void;
  problem: Problem;
  again: () => void;
}

/** What there is instead of the portal. */
function Failed({ isLayer, onClose, problem, again }: FailedProps) {
  const isOver = isFinal(problem);
  const content = (
    <>
      <h1 id="portal-title">{isOver ? text.expiredTitle : text.brokenTitle}</h1>
      <Problems problem={problem} again={isOver ? undefined : again} />
    </>
  );
  if (isLayer)
    return (
      <Frame isLayer onClose={onClose}>
        <div data-testid="failed">{content}</div>
      </Frame>
    );
  return (
    <main class="portal alone" data-testid="failed">
      {content}
    </main>
  );
}

interface FrameProps {
  isLayer: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

/** The page itself; as a layer, a dialog over somebody's page, which Escape and a press beside it close. */
function Frame({ isLayer, onClose, children }: FrameProps) {
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (isLayer) panel.current?.focus();
  }, []);
  if (!isLayer) return <main class="portal">{children}</main>;
  return (
    <div
      class="backdrop"
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div
        class="portal"
        ref={panel}
        tabIndex={-1}
        role="dialog"
        aria-modal="true"
        aria-labelledby="portal-title"
        onKeyDown={(event) => {
          // A question inside closes itself first.
          if (event.key === "Escape" && !event.defaultPrevented) onClose();
        }}
      >
        <button
          type="button"
          class="cross"
          aria-label={text.close.close}
          onClick={onClose}
          data-testid="close"
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M3.5 3.5l9 9m0-9l-9 9" />
          </svg>
        </button>
        {children}
      </div>
    </div>
  );
}

interface ShownProps {
  portal: Portal;
  said: Said;
  doing: Doing;
  onClose: () => void;
}

function Shown({ portal, said, doing, onClose }: ShownProps) {
  const { integration, project, accounts } = portal;
  const isConnected = accounts.length > 0;
  useEffect(() => {
    showAccent(integration.accentColor);
    document.title = project
      ? fill(text.title, { integration: integration.name, project })
      : integration.name;
  }, [integration, project]);
  const words = { integration: integration.name };
  return (
    <>
      <Heading portal={portal} />
      <Notice said={said} />
      {isConnected && (
        <section aria-labelledby="accounts-title">
          <h2 id="accounts-title">
            {accounts.length > 1 ? text.account.several : text.account.one}
          </h2>
          {accounts.map((account) => (
            <AccountCard
              key={account.id}
              account={account}
              portal={portal}
              doing={doing}
            />
          ))}
        </section>
      )}
      <About portal={portal} isFolded={isConnected} />
      <div class="ways">
        <button
          type="button"
          class={isConnected ? "button" : "button main"}
          data-testid={isConnected ? "connect-another" : "connect"}
          disabled={doing.busy.has("connect")}
          aria-busy={doing.busy.has("connect")}
          onClick={() => void doing.connect()}
        >
          {isConnected ? text.connect.another : fill(text.connect.first, words)}
        </button>
        {!isConnected && (
          <p class="quiet small">{fill(text.connect.next, words)}</p>
        )}
        {isConnected && (
          <button
            type="button"
            class="button main"
            onClick={onClose}
            data-testid="done"
          >
            {text.close.done}
          </button>
        )}
      </div>
    </>
  );
}
