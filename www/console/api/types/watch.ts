// What the server routes answer about what happens: runs, events, deliveries, grants, usage. Times are Unix seconds unless
// a name says otherwise.

type RunStatus =
  | "queued"
  | "running"
  | "waiting"
  | "succeeded"
  | "failed"
  | "stopped"
  | "interrupted";

/** One execution of a workflow for one grant. */
export interface Run {
  id: string;
  workflow_id: string;
  version: number;
  grant_id: string;
  account_id: string;
  /** `zoom.new_meeting`, `event/<name>`, `request`, `integration_enabled`, `schedule`. */
  trigger: string;
  event_id?: string;
  status: RunStatus;
  problem?: string;
  message?: string;
  replay: number;
  replay_of?: string;
  parent_id?: string;
  parent_step?: string;
  first_item?: number;
  last_item?: number;
  created_at: number;
  started_at?: number;
  ended_at?: number;
  /** Not in a list. */
  steps?: RunStep[];
}

type StepStatus = "begun" | "waiting" | "succeeded" | "failed" | "stopped";

/** What became of one step; its times are milliseconds since 1970. */
export interface RunStep {
  /** Its id, inside of which items: `each[3].tell`. */
  step: string;
  type: string;
  status: StepStatus;
  problem?: string;
  chosen?: string;
  attempts: number;
  began_at: number;
  ended_at?: number;
  input_size: number;
  output_size: number;
  /** The step that it is a part of, and which part: `then`, `else`, `steps`. */
  within?: string;
  part?: string;
  tries?: { began_at: number; left_at?: number; problem?: string }[];
}

/** What a step was given and gave; secrets are hidden. */
export interface StepTexts {
  input: unknown;
  output: unknown;
  error: unknown;
}

/** Something that happened at Zoom. */
export interface ZoomEvent {
  id: string;
  trigger: string;
  /** Zoom's own word. */
  event: string;
  occurred_at: number;
  received_at: number;
  integration_id: string;
  provider_user_id: string;
  meeting_id?: string;
  outcomes: Outcome[];
  output?: Record<string, unknown>;
  original?: Record<string, unknown>;
}

/** What came of an event for one grant. */
export interface Outcome {
  grant_id: string;
  account_id: string;
  outcome: "matched" | "unmatched" | "grant_invalid";
  subscriptions: number;
  runs: number;
}

type DeliveryStatus = "pending" | "delivered" | "failed";

/** One message on its way to an endpoint. */
export interface Delivery {
  id: string;
  type: string;
  grant_id: string;
  event_id?: string;
  subscription_id?: string;
  url: string;
  status: DeliveryStatus;
  attempts: Attempt[];
  created_at: number;
  next_at?: number;
}

/** One attempt to deliver. */
export interface Attempt {
  at: number;
  status?: number;
  error?: string;
}

/** One person's consent. */
export interface Grant {
  id: string;
  provider: string;
  integration_id: string;
  account_id: string;
  email: string;
  name: string;
  grant_status: "valid" | "invalid";
  created_at: number;
  updated_at: number;
  expires_at?: number;
  refreshed_at?: number;
  scope: string[];
}

/** Something that a workflow asks its user to fill in. */
export interface Setting {
  id: string;
  label: string;
  type: "text" | "number" | "boolean" | "email" | "url" | "choice";
  required: boolean;
  /** What it is for those who say nothing. */
  default?: unknown;
  help: string;
  choices?: { value: unknown; label: string }[];
}

/** A deployed workflow as one grant's user has it. */
export interface Enablement {
  workflow_id: string;
  name: string;
  enabled: boolean;
  /** What is filled in. */
  settings: Record<string, unknown>;
  /** What can be filled in, as the deployed version asks for it. */
  inputs: Setting[];
  missing: string[];
  on: boolean;
}

/** What was used on a day. */
export interface UsageDay {
  /** `2026-11-22`, UTC. */
  day: string;
  requests: number;
  request_failures: number;
  events: number;
  runs: number;
  run_failures: number;
}

/** A number of the Worker's, as `/metrics` prints it. */
export interface Metric {
  name: string;
  help: string;
  kind: "counter" | "gauge";
  samples: { labels: Record<string, string>; value: number }[];
}
