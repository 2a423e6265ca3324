// What runs are called: by their workflow, and by what started them.

import { server } from "../../api/client.ts";
import { type Loaded, useLoaded } from "../../api/use.ts";
import { capital } from "../../kit/words.ts";

interface Workflow {
  id: string;
  name: string;
}

/** A project's workflows, for their names. */
export function useWorkflows(project: string): Loaded<Workflow[]> {
  return useLoaded(
    (signal) =>
      server<Workflow[]>(project, "GET", "workflows", {
        query: { limit: 200 },
        signal,
      }),
    [project],
  );
}

/** The name of a workflow; one that was deleted is called by its id. */
export function workflowName(
  workflows: Loaded<Workflow[]>,
  id: string,
): string {
  const found = workflows.value?.find((workflow) => workflow.id === id);
  return found?.name ?? `Workflow ${id.slice(0, 8)}`;
}

const STARTED_BY: Record<string, string> = {
  request: "A request of the app",
  integration_enabled: "The user connected",
  schedule: "The clock",
};

/** What started a run, in words. */
export function triggerText(trigger: string): string {
  const known = STARTED_BY[trigger];
  if (known) return known;
  if (trigger.startsWith("event/")) return `App event ${trigger.slice(6)}`;
  return words(trigger.replace(/^[^.]*\./, ""));
}

/** `new_meeting`: `New meeting`. */
export const words = (name: string) => capital(name.replaceAll("_", " "));
