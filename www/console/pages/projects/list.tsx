// All projects, and the way to another one.

import type { ListedProject } from "../../api/types/project.ts";
import { useProjects } from "../../api/projects.ts";
import { ButtonLink } from "../../kit/button.tsx";
import { Icon } from "../../kit/icon.tsx";
import { Empty, Loading } from "../../kit/notice.tsx";
import { Card, Page } from "../../kit/page.tsx";
import { Table, Time } from "../../kit/table.tsx";
import { counts } from "../../kit/words.ts";
import { Monogram } from "./switcher.tsx";
import "./projects.css";

/** The list of projects. */
export function Projects() {
  const projects = useProjects();
  const { value } = projects;
  const isEmpty = value?.length === 0;
  return (
    <Page
      title="Projects"
      actions={
        !isEmpty && (
          <ButtonLink
            kind="primary"
            href="/console/projects/new"
            testId="new-project"
          >
            <Icon name="add" size={16} />
            New project
          </ButtonLink>
        )
      }
    >
      <Loading what="the projects" of={projects} />
      {isEmpty && <First />}
      {value && !isEmpty && <List projects={value} />}
    </Page>
  );
}

function First() {
  return (
    <Empty title="Create your first project">
      <p>
        A project is one product of yours: its users connect their accounts to
        it, and its keys, its Zoom app and its workflows belong to it alone.
      </p>
      <ButtonLink
        kind="primary"
        href="/console/projects/new"
        testId="new-project"
      >
        <Icon name="add" size={16} />
        Create a project
      </ButtonLink>
    </Empty>
  );
}

function List({ projects }: { projects: readonly ListedProject[] }) {
  return (
    <Card testId="projects">
      <Table
        label="Projects"
        head={["Name", "Integrations", "Connected accounts", "Created"]}
      >
        {projects.map(({ id, name, integrations, grants, created_at }) => (
          <tr key={id}>
            <td>
              <a class="named" href={`/console/projects/${id}`}>
                <Monogram name={name} />
                <span>
                  <strong>{name}</strong>
                  <code class="quiet">{id}</code>
                </span>
              </a>
            </td>
            <td>{integrations}</td>
            <td>{counts(grants)}</td>
            <td>
              <Time at={created_at / 1000} />
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}
