// Workflows of the tests, as a project's server defines and deploys them, and what came of their runs.

import { setTimeout as pause } from "node:timers/promises";

import { until } from "../runtime.mjs";

/** Defines a workflow and deploys it; answers its id. */
export async function deploy(project, definition) {
  const { id } = await project.ask("POST", "workflows", definition, 201);
  await project.ask("POST", `workflows/${id}/deploy`);
  return id;
}

const LIVE = ["queued", "running", "waiting"];

/** Every run of a project, or those that a query wants, once there are so many and none of them lives. */
export async function ended(project, count, query = "") {
  // Whatever takes long goes on as long as another one ends.
  for (let before = -1; ;) {
    const [runs, over] = await until("another run has ended", async () => {
      // Whoever asks all the time keeps them from their work.
      await pause(250);
      const runs = await project.all(`runs?${query}`);
      const over = runs.filter(({ status }) => !LIVE.includes(status)).length;
      return over > before && [runs, over];
    });
    if (runs.length >= count && over === runs.length) return runs;
    before = over;
  }
}

/** How many runs came to which end. */
export function ends(runs) {
  const counts = {};
  for (const { status, problem } of runs) {
    const end = problem ? `${status}: ${problem}` : status;
    counts[end] = (counts[end] ?? 0) + 1;
  }
  return counts;
}

/** A registrant for each new meeting, then word to the backend: five steps. */
export const assistant = (backend) => ({
  name: "Assistant",
  integration: "zoom",
  trigger: { type: "zoom.new_meeting" },
  default_enabled: true,
  steps: [
    {
      id: "look",
      type: "zoom.get_meeting_by_id",
      inputs: { meeting_id: "{{trigger.object.id}}" },
      retry: true,
    },
    {
      id: "register",
      type: "zoom.add_meeting_registrant",
      inputs: {
        meeting_id: "{{trigger.object.id}}",
        email: "assistant@product.example",
        first_name: "Assistant",
      },
      retry: true,
    },
    {
      id: "check",
      type: "condition",
      if: {
        operator: "OR",
        conditions: [
          {
            operator: "AND",
            conditions: [
              {
                field: "{{look.output.topic}}",
                operator: "$stringContains",
                value: "Demo",
              },
            ],
          },
        ],
      },
      then: [tell(backend)],
      else: [],
    },
    {
      id: "list",
      type: "zoom.get_meeting_registrants",
      inputs: { meeting_id: "{{trigger.object.id}}" },
      retry: true,
    },
  ],
});

/** The step that tells the backend, under a secret. */
export const tell = (backend) => ({
  id: "tell",
  type: "request",
  inputs: {
    method: "POST",
    url: `${backend.url}/told`,
    body_type: "json",
    body: {
      meeting: "{{trigger.object.id}}",
      registrant: "{{register.output.registrant_id}}",
      start_url: "{{look.output.start_url}}",
    },
    authorization: { type: "bearer", token: "{{secrets.backend}}" },
  },
  retry: true,
});
