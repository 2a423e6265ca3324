// Figures out of many answers, for people to read. No test depends on one.

/** The time that so many of a hundred answers stay below, in ms. */
export function percentile(answers, part) {
  const times = answers.map(({ ms }) => ms).sort((one, other) => one - other);
  return times[Math.min(times.length - 1, Math.floor(times.length * part))];
}

/** How many answers have each status. */
export function statuses(answers) {
  const counts = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** One line about a run of `Connections.send`. */
export function inWords({ answers, seconds }) {
  const [half, most, worst] = [0.5, 0.99, 1].map((part) =>
    percentile(answers, part).toFixed(1),
  );
  const rate = Math.round(answers.length / seconds);
  return `${answers.length} answers, ${rate}/s, p50 ${half} ms, p99 ${most} ms, longest ${worst} ms`;
}

/** How many times longer the answers of one run took than those of another. */
export function ratio({ answers }, other) {
  const [half, most] = [0.5, 0.99].map((part) =>
    (percentile(answers, part) / percentile(other.answers, part)).toFixed(1),
  );
  return `p50 ${half}x, p99 ${most}x`;
}

/** A random order that is the same each time. */
export function shuffled(items, seed = 1) {
  const order = [...items];
  let state = seed;
  for (let last = order.length - 1; last > 0; last -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
