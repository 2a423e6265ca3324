// What the Worker's figures mean for an operator: what is wrong, and what to do about it. Pure.

import type { Metric } from "../api/types/watch.ts";
import { spanText } from "../kit/span.ts";

/** What one figure says. */
export interface Finding {
  title: string;
  value: string;
  mood: "good" | "warn" | "bad";
  /** What it counts. */
  about: string;
  /** Only where something is wrong. */
  toDo?: string;
}

interface Check {
  name: string;
  title: string;
  about: string;
  toDo: string;
  /** From which value on somebody should look, */
  warn: number;
  /** and from which it is bad. */
  bad: number;
  text?: (value: number) => string;
  /** Only samples with this label count. */
  of?: (labels: Record<string, string>) => boolean;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

const seconds = (value: number) =>
  value === 0 ? "none" : spanText(value * 1000);

const CHECKS: readonly Check[] = [
  {
    name: "isthmus_outbox_oldest_seconds",
    title: "Oldest outbox entry",
    about:
      "How long a connection has owed something: a row in the tables, or telling Zoom to forget tokens. It is tried again by itself, at least hourly.",
    toDo: "See the Worker’s logs for connections: the tables or Zoom’s revocation address do not answer. Nothing is lost meanwhile.",
    warn: 10 * MINUTE,
    bad: 2 * HOUR,
    text: seconds,
  },
  {
    name: "isthmus_refresh_failures_total",
    title: "Refresh failures",
    about: "Refreshes of a token pair that failed, since the Worker counts.",
    toDo: "Check the integration’s client id and secret. If Zoom refuses refresh tokens of single users, they have to connect again.",
    warn: 1,
    bad: 100,
  },
  {
    name: "isthmus_reconnects_needed",
    title: "Reconnects needed",
    about: "Connected accounts whose tokens Zoom does not accept any more.",
    toDo: "Find them in a project under Connected users, with the status “Must reconnect”, and send each a reconnect link.",
    warn: 1,
    bad: 100,
  },
  {
    name: "isthmus_webhook_errors_total",
    title: "Webhooks failed here",
    about:
      "Webhooks of Zoom’s that were answered with a 5xx. Zoom sends them again, three times.",
    toDo: "See the Worker’s logs: a store did not answer in time. Compare the events here with those in Zoom if it went on for over an hour.",
    warn: 1,
    bad: 50,
  },
  {
    name: "isthmus_deliveries_failed",
    title: "Dead letters",
    about: "Deliveries to your endpoints that were given up.",
    toDo: "Look at them in a project under Deliveries with the status “Failed”: repair the endpoint, then replay them.",
    warn: 1,
    bad: 100,
  },
  {
    name: "isthmus_delivery_oldest_pending_seconds",
    title: "Oldest pending delivery",
    about: "How long the oldest delivery that is still tried has waited.",
    toDo: "An endpoint does not take what it is told: see Deliveries with the status “Pending”.",
    warn: HOUR,
    bad: 12 * HOUR,
    text: seconds,
  },
  {
    name: "isthmus_subscriptions",
    title: "Disabled subscriptions",
    about:
      "Subscriptions that were turned off: their endpoint only failed for five days, or said that it is gone.",
    toDo: "Repair the endpoint, then make the subscription active again; what happened meanwhile is under Events.",
    warn: 1,
    bad: 20,
    of: (labels) => labels["status"] === "disabled",
  },
  {
    name: "isthmus_runs",
    title: "Runs failed",
    about: "Of the runs that were called for in the last 24 hours.",
    toDo: "Look at them in a project under Runs with the status “Failed”: each says which step failed, and why.",
    warn: 1,
    bad: 100,
    of: (labels) => ["failed", "interrupted"].includes(labels["status"] ?? ""),
  },
];

/** What the figures say. A figure that the Worker does not tell is left out. */
export function checks(metrics: readonly Metric[]): Finding[] {
  return CHECKS.flatMap((check) => {
    const metric = metrics.find(({ name }) => name === check.name);
    if (!metric) return [];
    const value = metric.samples
      .filter(({ labels }) => check.of?.(labels) ?? true)
      .reduce((sum, sample) => sum + sample.value, 0);
    const mood =
      value >= check.bad ? "bad" : value >= check.warn ? "warn" : "good";
    const { title, about, toDo } = check;
    const text = check.text?.(value) ?? value.toLocaleString();
    const finding: Finding = { title, value: text, mood, about };
    return [mood === "good" ? finding : { ...finding, toDo }];
  });
}
