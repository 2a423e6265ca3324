// One integration of a project: how it is doing, and its settings. One that is not set up has settings alone.

import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";

import { server } from "../../api/client.ts";
import { integrationsOf } from "../../api/integrations.ts";
import type {
  Integration as Shown,
  Offer,
} from "../../api/types/integration.ts";
import { useLive } from "../../api/live.ts";
import { Loading, Notice, ProblemNotice } from "../../kit/notice.tsx";
import { Page } from "../../kit/page.tsx";
import { Tabs } from "../../kit/tabs.tsx";
import { counted } from "../../kit/words.ts";
import { About } from "./about.tsx";
import { Settings } from "./settings.tsx";
import "./integrations.css";

/** How often one that Zoom or we are at work on is looked at, in milliseconds. */
const EVERY = 3000;

interface Props {
  project: string;
  /** Its provider. */
  integration: string;
}

/** The page of an integration. */
export function Integration({ project, integration: provider }: Props) {
  const [waits, setWaits] = useState(false);
  const loaded = useLive(
    (signal) => integrationsOf(project, signal),
    [project],
    waits ? EVERY : undefined,
  );
  const { value, again } = loaded;
  const shown = value?.integrations.find((one) => one.provider === provider);
  const offer = value?.catalog.find((one) => one.provider === provider);
  const isDeleting = shown?.status === "deleting";
  const isAwaited = isDeleting || (shown && !shown.webhook_validated_at);
  useEffect(() => setWaits(Boolean(isAwaited)), [isAwaited]);
  const base = `/console/projects/${project}/integrations`;
  return (
    <Page
      title={shown?.name ?? offer?.name ?? "Integration"}
      above={[[base, "Integrations"]]}
    >
      <Loading what="the integration" of={loaded} />
      {value && !offer && (
        <p>
          There is no such integration: choose one of{" "}
          <a href={base}>the catalog</a>.
        </p>
      )}
      {offer && isDeleting && (
        <Deleting project={project} integration={shown} />
      )}
      {offer && (
        <Parts
          project={project}
          path={`${base}/${provider}`}
          integration={shown}
          offer={offer}
          again={again}
        />
      )}
    </Page>
  );
}

interface PartsProps {
  project: string;
  path: string;
  integration: Shown | undefined;
  offer: Offer;
  /** Reads the integrations again. */
  again: () => Promise<void>;
}

/** The tabs, and the part that the address names. */
function Parts({ project, path, integration, offer, again }: PartsProps) {
  const { query } = useLocation();
  const settings = `${path}?tab=settings`;
  const showsSettings = query.tab === "settings" || !integration;
  return (
    <>
      {integration && (
        <Tabs
          label={integration.name}
          tabs={[
            [path, "Overview"],
            [settings, "Settings"],
          ]}
          current={showsSettings ? settings : path}
        />
      )}
      {showsSettings ? (
        <Settings
          key={integration?.id}
          project={project}
          integration={integration}
          offer={offer}
          again={again}
        />
      ) : (
        <About
          project={project}
          integration={integration}
          settings={settings}
        />
      )}
    </>
  );
}

/** What is left while an integration is being deleted. */
interface Left {
  grants_left?: number | null;
  connections_left?: number | null;
}

interface DeletingProps {
  project: string;
  integration: Shown;
}

function Deleting({ project, integration }: DeletingProps) {
  const { value, problem } = useLive(
    (signal) =>
      server<Left>(project, "GET", `integrations/${integration.provider}`, {
        signal,
      }),
    [project, integration.id],
    EVERY,
  );
  return (
    <Notice
      kind="warn"
      title="This integration is being deleted"
      testId="deleting"
    >
      <p>
        Nothing new connects to it. Zoom is asked to forget each connected
        account first; what cannot be reached now is tried again by itself.
      </p>
      {value && (
        <p>
          {counted(value.grants_left ?? 0, "connected account")} and{" "}
          {counted(value.connections_left ?? 0, "connection")} left.
        </p>
      )}
      <ProblemNotice problem={problem?.status === 404 ? undefined : problem} />
    </Notice>
  );
}
