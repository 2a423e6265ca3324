// What stands around every page: whose console this is, which project one is in, where one can go, and signing out.

import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";

import { ProjectList, useProjectList } from "../api/projects.ts";
import { useAction } from "../api/use.ts";
import { Button } from "../kit/button.tsx";
import { Icon, type IconName } from "../kit/icon.tsx";
import { whenFree } from "../kit/leave.tsx";
import { ProblemNotice } from "../kit/notice.tsx";
import { Brand } from "./sign-in.tsx";
import { Switcher } from "./projects/switcher.tsx";

type Part = readonly [part: string, text: string, icon: IconName];

/** The pages of a project, as they are offered: what is set up, then what happens. */
const PARTS: readonly Part[] = [
  ["", "Overview", "overview"],
  ["/integrations", "Integrations", "integrations"],
  ["/users", "Connected users", "users"],
  ["/workflows", "Workflows", "workflows"],
];
const ACTIVITY: readonly Part[] = [
  ["/runs", "Runs", "runs"],
  ["/events", "Events", "events"],
  ["/deliveries", "Deliveries", "deliveries"],
  ["/usage", "Usage", "usage"],
];

interface Props {
  onSignOut: () => Promise<void>;
  children: ComponentChildren;
}

/** The frame. */
export function ProjectFrame({ onSignOut, children }: Props) {
  const projects = useProjectList();
  const { path } = useLocation();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  return (
    <ProjectList.Provider value={projects}>
      <div class="frame" data-testid="signed-in">
        <a class="skip" href="#page">
          Skip to the page
        </a>
        <header class={open ? "side open" : "side"}>
          <div class="side-head">
            <Brand />
            <Button
              class="menu-button"
              small
              aria-expanded={open}
              aria-controls="side-body"
              onClick={() => setOpen(!open)}
            >
              <Icon name={open ? "close" : "menu"} />
              Menu
            </Button>
          </div>
          <div class="side-body" id="side-body">
            <Navigation path={path} />
            <Foot path={path} onSignOut={onSignOut} />
          </div>
        </header>
        {children}
      </div>
    </ProjectList.Provider>
  );
}

function Navigation({ path }: { path: string }) {
  const id = /^\/console\/projects\/([^/]+)/.exec(path)?.[1];
  const project = id === "new" ? undefined : id;
  const base = `/console/projects/${project}`;
  const here = project && `/${path.slice(base.length).split("/")[1] ?? ""}`;
  const items = (parts: readonly Part[]) =>
    parts.map(([part, text, icon]) => (
      <Item
        key={part}
        href={base + part}
        icon={icon}
        isHere={here === (part || "/")}
      >
        {text}
      </Item>
    ));
  return (
    <>
      <Switcher project={project} />
      {project && (
        <nav aria-label="Project">
          <ul>{items(PARTS)}</ul>
          <p class="group">Activity</p>
          <ul>{items(ACTIVITY)}</ul>
        </nav>
      )}
    </>
  );
}

function Foot({
  path,
  onSignOut,
}: {
  path: string;
  onSignOut: () => Promise<void>;
}) {
  const signOut = useAction(onSignOut);
  return (
    <nav class="side-foot" aria-label="Console">
      <ul>
        <Item href="/console" icon="projects" isHere={path === "/console"}>
          All projects
        </Item>
        <Item
          href="/console/health"
          icon="health"
          isHere={path === "/console/health"}
        >
          Health
        </Item>
        <li>
          <button
            type="button"
            class="side-item"
            disabled={signOut.busy}
            onClick={() => whenFree(() => void signOut.run())}
          >
            <Icon name="sign-out" />
            Sign out
          </button>
        </li>
      </ul>
      <ProblemNotice problem={signOut.problem} />
    </nav>
  );
}

interface ItemProps {
  href: string;
  icon: IconName;
  isHere: boolean;
  children: string;
}

function Item({ href, icon, isHere, children }: ItemProps) {
  return (
    <li>
      <a
        class="side-item"
        href={href}
        aria-current={isHere ? "page" : undefined}
      >
        <Icon name={icon} />
        {children}
      </a>
    </li>
  );
}
