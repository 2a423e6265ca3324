// A project: what it is called by, how far its set-up has come, its keys, secrets, origins and event endpoint.

import { admin } from "../../api/client.ts";
import type { Project } from "../../api/types/project.ts";
import { useLoaded } from "../../api/use.ts";
import { Loading, ProblemNotice } from "../../kit/notice.tsx";
import { Page } from "../../kit/page.tsx";
import { Checklist } from "./checklist.tsx";
import { Endpoint } from "./endpoint.tsx";
import { Identity } from "./identity.tsx";
import { Keys } from "./keys.tsx";
import { Origins } from "./origins.tsx";
import { Secrets } from "./secrets.tsx";
import "./projects.css";

/** A project's first page. */
export function Overview({ project: id }: { project: string }) {
  const { value, problem, again } = useLoaded(
    (signal) => admin<Project>("GET", `projects/${id}`, { signal }),
    [id],
  );
  const isGone = problem?.code === "project_not_found";
  return (
    <Page title={value?.name ?? "Overview"} above={[["/console", "Projects"]]}>
      <ProblemNotice
        problem={problem}
        again={isGone ? undefined : () => void again()}
      />
      {isGone && (
        <p>
          Choose one of <a href="/console">your projects</a>.
        </p>
      )}
      {!value && !problem && <Loading what="the project" />}
      {value && (
        <>
          <div class="columns">
            <Checklist project={value} />
            <Identity project={value} again={again} />
          </div>
          <div class="columns">
            <Keys project={value} again={again} />
            <Secrets project={value.id} />
          </div>
          <div class="columns">
            <Origins project={value} again={again} />
            <Endpoint project={value.id} />
          </div>
        </>
      )}
    </Page>
  );
}
