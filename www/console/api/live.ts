// What a page keeps up to date by itself: loaded again and again while somebody looks at it, one call after the other. A
// failure leaves what is there, says so, and is tried again less and less often.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { Problem } from "./client.ts";
import { asProblem, useOnSignIn } from "./use.ts";

/** What is kept up to date. What was loaded last stays while something else is under way. */
export interface Live<T> {
  value: T | undefined;
  /** Why the last call failed. */
  problem: Problem | undefined;
  /** What is shown was loaded for other inputs than those of now. */
  stale: boolean;
  /** Whether it goes on by itself. */
  goesOn: boolean;
  /** Loads it now. */
  again: () => Promise<void>;
}

type Timer = ReturnType<typeof setTimeout> | undefined;

/** After failures it is tried again this much later at most, in milliseconds. */
const LONGEST_PAUSE = 15_000;

/**
 * Loads something when `inputs` change, and again `every` milliseconds after each answer while the page is looked at;
 * without `every`, once. `load` is given a signal that is aborted when its answer is no longer wanted.
 */
export function useLive<T>(
  load: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
  every?: number,
): Live<T> {
  const [loaded, setLoaded] = useState<{ value: T; from: unknown }>();
  const [problem, setProblem] = useState<Problem>();
  const current = useRef<AbortController>(undefined);
  const latest = useRef(load);
  latest.current = load;
  const failures = useRef(0);
  const running = useRef(0);

  const again = useCallback(async () => {
    current.current?.abort();
    const controller = new AbortController();
    current.current = controller;
    running.current += 1;
    try {
      const value = await latest.current(controller.signal);
      if (controller.signal.aborted) return;
      failures.current = 0;
      setLoaded({ value, from: again });
      setProblem(undefined);
    } catch (error) {
      if (controller.signal.aborted) return;
      failures.current += 1;
      setProblem(asProblem(error));
    } finally {
      running.current -= 1;
    }
    // eslint-disable-next-line -- `load` is made anew at each rendering; `inputs` say what it depends on.
  }, inputs);

  useEffect(() => {
    failures.current = 0;
    void again();
    return () => current.current?.abort();
  }, [again]);

  useOnSignIn(problem !== undefined, again);

  const goesOn = every !== undefined && !(problem && isFinal(problem));
  const pause = Math.max(
    Math.min((every ?? 0) * 2 ** failures.current, LONGEST_PAUSE),
    every ?? 0,
    retryAfter(problem),
  );
  useEffect(() => {
    if (!goesOn) return undefined;
    let [timer, over] = [undefined as Timer, false];
    // A call that is under way is waited for: on a slow link none would ever come to its end.
    const isWanted = () => !document.hidden && running.current === 0;
    const inTime = () => {
      timer = setTimeout(async () => {
        if (isWanted()) await again();
        if (!over) inTime();
      }, pause);
    };
    const seen = () => {
      if (isWanted()) void again();
    };
    inTime();
    document.addEventListener("visibilitychange", seen);
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [again, goesOn, pause]);

  const stale = loaded !== undefined && loaded.from !== again;
  return { value: loaded?.value, problem, stale, goesOn, again };
}

/** Whether asking again by itself makes no sense: what is asked for is refused. */
function isFinal({ status }: Problem): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

const retryAfter = (problem: Problem | undefined) =>
  (problem?.retryAfter ?? 0) * 1000;
