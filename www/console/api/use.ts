// Hooks for what a page loads and does: what is there, what is under way, what went wrong. Pages hold no promises.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { isSignedOut, operator, Problem } from "./client.ts";

/** What has been loaded. While `again` is under way the last value stays. */
export interface Loaded<T> {
  value: T | undefined;
  problem: Problem | undefined;
  /** Loads it once more; resolves when that is done, and never rejects. */
  again: () => Promise<void>;
}

/**
 * Loads something when `inputs` change, and what could not be loaded once more when somebody has signed in again. `load` is
 * given a signal that is aborted when its answer is no longer wanted. What is to stay up to date is `useLive`'s.
 */
export function useLoaded<T>(
  load: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
): Loaded<T> {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState<Problem>();
  const current = useRef<AbortController>(undefined);

  const again = useCallback(async () => {
    current.current?.abort();
    const controller = new AbortController();
    current.current = controller;
    try {
      const loaded = await load(controller.signal);
      if (controller.signal.aborted) return;
      setValue(() => loaded);
      setProblem(undefined);
    } catch (error) {
      if (!controller.signal.aborted) setProblem(asProblem(error));
    }
    // eslint-disable-next-line -- `load` is made anew at each rendering; `inputs` say what it depends on.
  }, inputs);

  useEffect(() => {
    setValue(undefined);
    setProblem(undefined);
    void again();
    return () => current.current?.abort();
  }, [again]);

  const failed = problem !== undefined;
  useOnSignIn(failed, again);

  return { value, problem, again };
}

/** Does something when somebody has signed in again, if it is `wanted`. */
export function useOnSignIn(wanted: boolean, act: () => unknown) {
  useEffect(() => {
    if (!wanted) return undefined;
    const signedIn = () => void act();
    operator.addEventListener("signed-in", signedIn);
    return () => operator.removeEventListener("signed-in", signedIn);
  }, [wanted, act]);
}

/** Something that a person starts. */
export interface Action<A extends unknown[]> {
  /** Starts it, unless it is under way; resolves to whether it went well, and never rejects. */
  run: (...args: A) => Promise<boolean>;
  busy: boolean;
  problem: Problem | undefined;
  /** Forgets the problem. */
  clear: () => void;
}

/** Something that a person starts, once at a time. */
export function useAction<A extends unknown[]>(
  act: (...args: A) => Promise<unknown>,
): Action<A> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const running = useRef(false);
  useOnSignIn(isSignedOut(problem), () => setProblem(undefined));
  const run = async (...args: A) => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      await act(...args);
      return true;
    } catch (error) {
      setProblem(asProblem(error));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return { run, busy, problem, clear: () => setProblem(undefined) };
}

/** What went wrong as a `Problem`, whatever was thrown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  console.error(error);
  const message = error instanceof Error ? error.message : String(error);
  return new Problem("page_failed", 0, `This page failed: ${message}`);
}
