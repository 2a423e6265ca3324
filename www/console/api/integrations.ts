// What a project has set up, and what it can set up, as several pages ask for it.

import { admin } from "./client.ts";
import type { Integrations } from "./types/integration.ts";

/** A project's integrations, with the catalog. */
export const integrationsOf = (project: string, signal?: AbortSignal) =>
  admin<Integrations>("GET", `projects/${project}/integrations`, { signal });
