// What the portal is doing: what it shows, what is under way, what it has to say. The one place where a failure of the
// backend becomes something on the page.

import { useEffect, useState } from "preact/hooks";

import { asProblem, type Backend, type Portal, Problem } from "./backend.ts";
import { Journey } from "./journey.ts";
import { Kept } from "./kept.ts";
import { accountName, fill, text } from "./words.ts";

/** What the page is. */
type Stage =
  | { kind: "loading" | "hidden" | "closed" }
  | { kind: "shown"; portal: Portal }
  | { kind: "failed"; problem: Problem };

/** What the page says. */
export interface Said {
  message?: string;
  problem?: Problem;
  again?: () => void;
}

/** What parts of the page need to do things. */
export interface Doing {
  backend: Backend;
  /** What was typed and not saved. */
  kept: Kept;
  /** What is under way, by its name. */
  busy: ReadonlySet<string>;
  /** Does something under a name; `done` is said afterwards. Answers whether it went well. */
  run: (
    name: string,
    action: () => Promise<void>,
    done?: string,
  ) => Promise<boolean>;
  /** Leads to the provider, for a new account or for this one again. */
  connect: (account?: string) => Promise<boolean>;
}

/** Whether this window is of no use after that. */
export const isFinal = ({ code }: Problem) =>
  code === "portal_expired" || code === "portal_not_found";

const IDLE: ReadonlySet<string> = new Set();

/** Watches the backend. */
export function usePortal(backend: Backend) {
  const [stage, setStage] = useState<Stage>({
    kind: backend.isLayer ? "hidden" : "loading",
  });
  const [said, say] = useState<Said>({});
  const [busy, setBusy] = useState<ReadonlySet<string>>(IDLE);
  const [kept] = useState(() => new Kept(location.pathname, backend.isLayer));
  const [journey] = useState(() => new Journey(kept));

  const fail = (problem: Problem, again?: () => void) => {
    if (isFinal(problem)) setStage({ kind: "failed", problem });
    else say({ problem, ...(again && { again }) });
  };

  /** Nothing is under way any more, and nothing to be said of it. */
  const rest = () => {
    say({});
    setBusy(IDLE);
  };

  const show = (portal: Portal | undefined) => {
    if (!portal) {
      journey.forget();
      rest();
      return setStage({ kind: "hidden" });
    }
    setStage({ kind: "shown", portal });
    const account = journey.arrived(portal);
    if (!account) return;
    setBusy((now) => without(now, "connect"));
    const name = accountName(account);
    say({ message: fill(text.connect.connected, { account: name }) });
  };

  const run: Doing["run"] = async (name, action, done) => {
    setBusy((now) => new Set([...now, name]));
    say({});
    try {
      await action();
      if (done) say({ message: done });
      return true;
    } catch (cause) {
      fail(asProblem(cause), () => void run(name, action, done));
      return false;
    } finally {
      setBusy((now) => without(now, name));
    }
  };

  const connect: Doing["connect"] = (account) =>
    run("connect", async () => {
      if (stage.kind === "shown") journey.begin(stage.portal);
      const { connect } = text;
      const message = backend.isLayer ? connect.waiting : connect.leaving;
      say({ message: fill(message, { integration: nameOf(stage) }) });
      await backend.connect(account);
    });

  const load = () => {
    setStage({ kind: "loading" });
    backend
      .reload()
      .catch((cause: unknown) =>
        setStage({ kind: "failed", problem: asProblem(cause) }),
      );
  };

  const close = async () => {
    await backend.close().catch(() => {});
    if (!backend.isLayer) setStage({ kind: "closed" });
  };

  useEffect(() => {
    backend.watch(show, (problem) =>
      backend.isLayer ? fail(problem) : setStage({ kind: "failed", problem }),
    );
    const code = journey.failure();
    // What `again` does is decided when it is pressed: the page is shown by then.
    if (code) say({ problem: new Problem(code) });
    // Whoever came back by "Back" may find the page as it was when it left.
    const back = ({ persisted }: PageTransitionEvent) => {
      if (!persisted) return;
      rest();
      backend.reload().catch((cause: unknown) => fail(asProblem(cause)));
    };
    addEventListener("pageshow", back);
    return () => removeEventListener("pageshow", back);
  }, []);

  const doing: Doing = { backend, kept, busy, run, connect };
  return { stage, said, doing, load, close };
}

function nameOf(stage: Stage): string {
  return stage.kind === "shown" ? stage.portal.integration.name : "";
}

function without(all: ReadonlySet<string>, name: string) {
  return new Set([...all].filter((one) => one !== name));
}
