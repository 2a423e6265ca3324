// What of a step is drawn where: tries, the waits between them, pauses, and what contains other steps. Drawn is what is
// known; where a run was made before tries were noted, only its beginning and end are.

import type { RunStep } from "../../api/types/watch.ts";
import type { TimelineRow } from "../../kit/chart-timeline.tsx";
import { spanText } from "../../kit/span.ts";
import { lookOf } from "../../kit/state.tsx";

type Part = TimelineRow["parts"][number];

/** A step with the steps that are parts of it. */
export interface Node {
  step: RunStep;
  inside: Node[];
}

/** When a step was taken up first. Its own `began_at` may be that of its last try. */
export const beganAt = (step: RunStep) =>
  Math.min(step.began_at, step.tries?.[0]?.began_at ?? step.began_at);

/** The steps as a tree, in the order in which they began; inside of a fan out item by item. */
export function tree(steps: readonly RunStep[]): Node[] {
  const nodes = new Map(
    steps.map((step) => [step.step, { step, inside: [] } as Node]),
  );
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const around = node.step.within && nodes.get(node.step.within);
    (around ? around.inside : roots).push(node);
  }
  for (const { inside } of nodes.values())
    inside.sort((a, b) => placeIn(a.step) - placeIn(b.step));
  return roots;
}

/** Which item of a fan out a step is done for, from 0. */
const placeIn = (step: RunStep) =>
  step.part === "steps"
    ? Number(/\[(\d+)\]\.[^.]*$/.exec(step.step)?.[1] ?? 0)
    : 0;

/** When a run began and when it ended, or now; in milliseconds. */
export function wholeOf(steps: readonly RunStep[], now: number | undefined) {
  const began = Math.min(...steps.map(beganAt));
  const ends = steps.flatMap((step) => [
    step.ended_at ?? 0,
    ...(step.tries ?? []).map((one) => one.left_at ?? one.began_at),
  ]);
  const to = Math.max(began + 1, now ?? 0, ...ends);
  return { from: began, to };
}

/** What is drawn of a step; `until` is when the run ended, or now. */
export function partsOf(step: RunStep, until: number): Part[] {
  const began = beganAt(step);
  const ended = step.ended_at ?? until;
  if (step.type === "delay") {
    const about = `waited ${spanText(ended - began)} as the delay says`;
    return [{ from: began, to: ended, kind: "pause", about }];
  }
  const tries = step.tries ?? [];
  if (tries.length === 0) {
    const about = `took ${spanText(ended - began)}`;
    return [{ from: began, to: ended, kind: moodOf(step), about }];
  }
  const parts = tries.flatMap((one, index): Part[] => {
    const next = tries[index + 1]?.began_at;
    const left = one.left_at ?? next ?? ended;
    const failed = one.problem !== undefined && step.status !== "begun";
    const last = next === undefined;
    const number = tries.length > 1 ? `try ${index + 1}: ` : "";
    const tried: Part = {
      from: one.began_at,
      to: left,
      kind: failed ? "bad" : last ? moodOf(step) : "quiet",
      about: `${number}${spanText(left - one.began_at)}${failed ? `, ${one.problem}` : ""}`,
    };
    const wait = next ?? (step.status === "waiting" ? ended : left);
    if (wait <= left) return [tried];
    const about = `waited ${spanText(wait - left)}`;
    return [tried, { from: left, to: wait, kind: "wait", about }];
  });
  const last = tries.at(-1);
  if (step.type === "fan_out" && last)
    parts.push({
      from: last.left_at ?? last.began_at,
      to: ended,
      kind: "around",
      about: `${step.chosen ?? "its"} items`,
    });
  return parts;
}

const moodOf = (step: RunStep): Part["kind"] => {
  const { mood } = lookOf(step.status);
  return mood === "warn" ? "quiet" : mood;
};

/** When something happened in a step. */
export const workOf = (parts: readonly Part[]) =>
  parts.filter(({ kind }) => !["wait", "pause", "around"].includes(kind));

/** The name of a step without the items around it: of `each[3].tell`, `tell`. */
export const shortName = (step: string) =>
  step.slice(step.lastIndexOf(".") + 1);

/** The item of a fan out that a step is done for, where it begins one: `#3`. */
export function itemOf(step: RunStep): string | undefined {
  if (step.part !== "steps") return undefined;
  return `#${placeIn(step) + 1}`;
}
