// The Worker's routes about workflows, for one project.

import { server, type Complaint } from "../../api/client.ts";
import type { Grant } from "../../api/types/watch.ts";
import type { Fields, Json } from "./model/json.ts";

/** A workflow; `definition` and `complaints` are not in a list. */
export interface Workflow {
  id: string;
  name: string;
  status: "draft" | "deployed";
  version: number | null;
  revision: number;
  /** Whether what is edited is not what is deployed. */
  changed: boolean;
  trigger: string;
  created_at: number;
  updated_at: number;
}

/** One workflow, whole. */
export interface WholeWorkflow extends Workflow {
  definition: Fields;
  complaints: Complaint[];
}

/** What a step takes. */
export interface ServerInput {
  name: string;
  label: string;
  help: string;
  type:
    | "text"
    | "number"
    | "boolean"
    | "email"
    | "datetime"
    | "choice"
    | "object"
    | "list";
  required: boolean;
  choices?: { value: string; label: string }[];
}

/** A kind of step. */
export interface ServerAction {
  id: string;
  label: string;
  description: string;
  inputs: ServerInput[];
  output: Json;
}

/** Something that may happen at Zoom. */
export interface ServerTrigger {
  id: string;
  label: string;
  description: string;
}

/** The name of a stored secret. */
export interface Secret {
  name: string;
  updated_at: number;
}

/** What came of trying a step. */
export interface Tested {
  status: "succeeded" | "failed";
  input: Json;
  output?: Json;
  problem?: { code: string; message: string };
  duration_ms: number;
}

const all = { limit: 200 };

/** The calls, as the operator acts for this project. */
export const workflowsOf = (project: string) => ({
  list: (offset: number, signal: AbortSignal) =>
    server<Workflow[]>(project, "GET", "workflows", {
      query: { limit: PAGE, offset },
      signal,
    }),
  one: (id: string, signal?: AbortSignal) =>
    server<WholeWorkflow>(project, "GET", `workflows/${id}`, { signal }),
  create: (definition: Fields) =>
    server<WholeWorkflow>(project, "POST", "workflows", { body: definition }),
  change: (id: string, definition: Fields, revision: number) =>
    server<WholeWorkflow>(project, "PATCH", `workflows/${id}`, {
      body: { ...definition, revision },
    }),
  remove: (id: string) => server(project, "DELETE", `workflows/${id}`),
  deploy: (id: string, revision: number) =>
    server<WholeWorkflow>(project, "POST", `workflows/${id}/deploy`, {
      body: { revision },
    }),
  undeploy: (id: string) =>
    server<WholeWorkflow>(project, "POST", `workflows/${id}/undeploy`),
  test: (
    id: string,
    body: { grant_id: string; step: Fields; values: Fields },
  ) => server<Tested>(project, "POST", `workflows/${id}/test`, { body }),
  actions: (signal: AbortSignal) =>
    server<ServerAction[]>(project, "GET", "actions", { query: all, signal }),
  triggers: (signal: AbortSignal) =>
    server<ServerTrigger[]>(project, "GET", "triggers", { query: all, signal }),
  /** The accounts whose connection works, with this part in the user's id, the email or the name. */
  grants: (part: string, signal: AbortSignal) =>
    server<Grant[]>(project, "GET", "grants", {
      query: { grant_status: "valid", q: part, limit: MOST_GRANTS },
      signal,
    }),
  secrets: (signal?: AbortSignal) =>
    server<Secret[]>(project, "GET", "workflow-secrets", {
      query: all,
      signal,
    }),
  setSecret: (name: string, value: string) =>
    server(project, "PUT", `workflow-secrets/${name}`, { body: { value } }),
  forgetSecret: (name: string) =>
    server(project, "DELETE", `workflow-secrets/${name}`),
});

/** So many accounts are listed at once; others are searched for. */
export const MOST_GRANTS = 50;

/** So many workflows a page of the list has. */
export const PAGE = 50;

/** Where a project's workflows are in the console. */
export const workflowsPath = (project: string) =>
  `/console/projects/${project}/workflows`;
