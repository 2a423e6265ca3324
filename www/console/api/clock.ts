// The Worker's clock, as far as its answers tell it: times of runs are the Worker's, and the clock here may be wrong.

/** An answer tells whole seconds and was under way for a moment: less than this is no difference, in milliseconds. */
const NOTICED = 3000;

/** How far the Worker's clock is ahead of ours, in milliseconds. */
let ahead = 0;

/** Notes what an answer says of the time. */
export function heard(answer: Response) {
  const told = Date.parse(answer.headers.get("date") ?? "");
  if (Number.isNaN(told)) return;
  const difference = told - Date.now();
  ahead = Math.abs(difference) < NOTICED ? 0 : difference;
}

/** Now, by the Worker's clock; milliseconds since 1970. */
export const workerNow = () => Date.now() + ahead;
