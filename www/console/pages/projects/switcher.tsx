// Which project one is in, and a way to the others.

import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";

import { useProjects } from "../../api/projects.ts";
import type { ListedProject } from "../../api/types/project.ts";
import { Icon } from "../../kit/icon.tsx";

/** The project that is open, by name; pressed, it offers the others. */
export function Switcher({ project }: { project: string | undefined }) {
  const { value = [], problem } = useProjects();
  const { element, open, setOpen } = useDisclosure();
  const current = value.find(({ id }) => id === project);
  const name = current?.name ?? (problem ? "Project" : "…");
  return (
    <div
      class="switcher"
      ref={element}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        setOpen(false);
        element.current?.querySelector("button")?.focus();
      }}
    >
      <button
        type="button"
        aria-expanded={open}
        aria-controls="switcher"
        data-testid="switcher"
        onClick={() => setOpen(!open)}
      >
        {project ? <Monogram name={name} /> : <Icon name="projects" />}
        <span class="name">
          <span class="visually-hidden">Project: </span>
          {project ? name : "Choose a project"}
        </span>
        <Icon name="choose" size={16} />
      </button>
      <div class="choices" id="switcher" hidden={!open}>
        <Choices project={project} projects={value} />
      </div>
    </div>
  );
}

/** Something that opens, and closes when a person goes elsewhere. */
function useDisclosure() {
  const { url } = useLocation();
  const [open, setOpen] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => setOpen(false), [url]);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event) => {
      if (!element.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);
  return { element, open, setOpen };
}

interface ChoicesProps {
  project: string | undefined;
  projects: readonly ListedProject[];
}

function Choices({ project, projects }: ChoicesProps) {
  return (
    <>
      <ul>
        {projects.map(({ id, name }) => (
          <li key={id}>
            <a
              class="side-item"
              href={`/console/projects/${id}`}
              aria-current={id === project ? "true" : undefined}
            >
              <Monogram name={name} />
              {name}
            </a>
          </li>
        ))}
      </ul>
      <ul class={projects.length > 0 ? "apart" : undefined}>
        <li>
          <a class="side-item" href="/console/projects/new">
            <Icon name="add" />
            New project
          </a>
        </li>
      </ul>
    </>
  );
}

/** The first letter of a name, as a picture. */
export function Monogram({ name }: { name: string }) {
  const [first = "·"] = name.trim();
  return (
    <span class="monogram" aria-hidden="true">
      {first.toUpperCase()}
    </span>
  );
}
