// Numbers in words, and words as pages say them.

import type { Problem } from "../api/client.ts";

/** A time span in whole seconds: `2 minutes and 5 seconds`. */
export function duration(seconds: number): string {
  const parts = [
    counted(Math.floor(seconds / 3600), "hour"),
    counted(Math.floor(seconds / 60) % 60, "minute"),
    counted(seconds % 60, "second"),
  ].filter((part) => !part.startsWith("0 "));
  return parts.join(" and ") || "0 seconds";
}

/** So many of something: `1 key`, `2 keys`. */
export const counted = (count: number, one: string, many = `${one}s`) =>
  `${count} ${count === 1 ? one : many}`;

/** Where the Worker counts, it stops there. */
const MOST = 1000;

/** A number that the Worker counted: `12`, `1,000 or more`. */
export const counts = (count: number) =>
  count >= MOST ? "1,000 or more" : String(count);

/** Connected accounts, as the Worker counted them: `1 account`, `1,000 or more accounts`. */
export const accounts = (count: number, one = "account") =>
  `${counts(count)} ${count === 1 ? one : `${one}s`}`;

/** With a capital letter. */
export const capital = (text: string) =>
  text.charAt(0).toUpperCase() + text.slice(1);

/** What is wrong with what was typed, where a refusal is about that. */
export const wrongIn = (problem: Problem | undefined) =>
  problem?.code === "invalid_request" ? detailOf(problem.message) : undefined;

/** The same without the words around it, where the Worker says it in a detail. */
export const detailOf = (message: string) =>
  /: see the detail\S* \((.+)\)$/s.exec(message)?.[1] ?? message;
