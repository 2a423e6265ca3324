// Time as the runtime knows it. `clock.rs` says what for.

// Making one costs more than asking it a thousand times. Nothing for a zone that there is not.
const clocks = new Map();
const REMEMBERED_ZONES = 256;

/** Lets so many milliseconds pass. */
export function wait(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** How many seconds the clocks of a zone are ahead of UTC at a time; nothing when there is no such zone. */
export function utcOffset(zone, at) {
  if (!clocks.has(zone)) {
    if (clocks.size >= REMEMBERED_ZONES) clocks.clear();
    clocks.set(zone, clock(zone));
  }
  const parts = clocks.get(zone)?.formatToParts(at);
  if (!parts) return undefined;
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, +value]));
  const { year, month, day, hour, minute, second } = of;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return local / 1000 - Math.floor(at / 1000);
}

function clock(zone) {
  // `+01:00` is no zone.
  if (!/^[A-Za-z]/.test(zone)) return undefined;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
}
