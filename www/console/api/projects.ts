// The list of all projects, loaded once for the frame and the pages inside it.

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import { admin } from "./client.ts";
import type { ListedProject } from "./types/project.ts";
import { type Loaded, useLoaded } from "./use.ts";

/** The Worker tells of so many at once. */
const AT_ONCE = 200;

/** Loads every project, the newest first. */
export function useProjectList(): Loaded<ListedProject[]> {
  return useLoaded(async (signal) => {
    // By id: a project that is made meanwhile moves the others on.
    const all = new Map<string, ListedProject>();
    for (let offset = 0; ; offset += AT_ONCE) {
      const query = { limit: AT_ONCE, offset };
      const { projects } = await admin<{ projects: ListedProject[] }>(
        "GET",
        "projects",
        { query, signal },
      );
      for (const project of projects) all.set(project.id, project);
      if (projects.length < AT_ONCE) break;
    }
    return [...all.values()].toSorted((a, b) => b.created_at - a.created_at);
  }, []);
}

const nothing: Loaded<ListedProject[]> = {
  value: undefined,
  problem: undefined,
  again: () => Promise.resolve(),
};

/** What the frame has loaded. Whoever creates or renames a project calls its `again`. */
export const ProjectList = createContext(nothing);

/** Every project, as the frame has loaded them. */
export const useProjects = () => useContext(ProjectList);
