// Whether this browser is signed in as the operator. The cookie is the Worker's; no script can read it.

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import { admin, operator, type Problem, signedIn } from "./client.ts";
import { asProblem } from "./use.ts";

/** The operator's session in this browser. */
export interface Session {
  /** `ended`: it was there, and the Worker does not know it any more. */
  state: "unknown" | "signed-in" | "ended" | "signed-out";
  /** Why the state is unknown. */
  problem: Problem | undefined;
  again: () => void;
  /** Signs in; rejects with a `Problem`. */
  signIn: (secret: string) => Promise<void>;
  signOut: () => Promise<void>;
  /** Leaves what has ended as it is, until the Worker refuses something again. */
  stay: () => void;
}

/** Asks the Worker once whether somebody is signed in. */
export function useSession(): Session {
  const [state, setState] = useState<Session["state"]>("unknown");
  const [problem, setProblem] = useState<Problem>();
  const again = useCallback(() => {
    setProblem(undefined);
    admin("GET", "session").then(
      () => setState("signed-in"),
      (error: unknown) => {
        const found = asProblem(error);
        if (found.status === 401) setState("signed-out");
        else setProblem(found);
      },
    );
  }, []);
  useEffect(again, [again]);
  useEffect(() => {
    const ended = () =>
      setState((before) => (before === "signed-in" ? "ended" : before));
    operator.addEventListener("signed-out", ended);
    return () => operator.removeEventListener("signed-out", ended);
  }, []);
  return useMemo(
    () => ({
      state,
      problem,
      again,
      signIn: async (secret: string) => {
        await admin("POST", "session", { body: { secret } });
        setState("signed-in");
        signedIn();
      },
      signOut: async () => {
        await admin("DELETE", "session");
        setState("signed-out");
      },
      stay: () => setState("signed-in"),
    }),
    [state, problem, again],
  );
}
