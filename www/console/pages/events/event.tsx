// One event: what Zoom said, and what came of it for each user: runs and deliveries.

import { server } from "../../api/client.ts";
import { useLive } from "../../api/live.ts";
import type { Delivery, Run, ZoomEvent } from "../../api/types/watch.ts";
import { useLoaded } from "../../api/use.ts";
import { Fact, Facts, Id } from "../../kit/facts.tsx";
import { Json } from "../../kit/json.tsx";
import { Loading, ProblemNotice } from "../../kit/notice.tsx";
import { Card, Page } from "../../kit/page.tsx";
import { State } from "../../kit/state.tsx";
import { Table, Time } from "../../kit/table.tsx";
import { useWorkflows, words, workflowName } from "../runs/names.ts";

/** What came of it is asked for again after so long, in milliseconds. */
const EVERY = 3000;

interface Props {
  project: string;
  event: string;
}

/** The page. */
export function Event({ project, event: id }: Props) {
  const event = useLoaded(
    (signal) => server<ZoomEvent>(project, "GET", `events/${id}`, { signal }),
    [project, id],
  );
  const found = event.value;
  const base = `/console/projects/${project}`;
  const about = found && (topicOf(found) ?? found.meeting_id);
  return (
    <Page
      title={found ? titleOf(words(found.trigger), about) : "Event"}
      above={[[`${base}/events`, "Events"]]}
    >
      <Loading what="the event" of={event} />
      {found && (
        <>
          <Card title="Overview">
            <Overview base={base} event={found} />
          </Card>
          <Outcomes base={base} event={found} />
          <CameOf project={project} event={id} />
          <Card
            title="What Zoom sent"
            about="What opens a meeting or a recording is hidden here; workflows and your endpoints are told it."
          >
            <Json
              label="As workflows and endpoints see it"
              value={found.output ?? null}
              file={`${id}-output`}
              testId="event-output"
            />
            <Json
              label="As Zoom sent it"
              value={found.original ?? null}
              file={`${id}-original`}
              testId="event-original"
            />
          </Card>
        </>
      )}
    </Page>
  );
}

const titleOf = (what: string, about: string | undefined) =>
  about ? `${what}: ${about}` : what;

/** The topic of the meeting that an event is about. */
function topicOf(event: ZoomEvent): string | undefined {
  const about = event.output?.["object"];
  if (typeof about !== "object" || about === null) return undefined;
  const { topic } = about as { topic?: unknown };
  return typeof topic === "string" && topic ? topic : undefined;
}

interface OfEvent {
  base: string;
  event: ZoomEvent;
}

function Overview({ base, event }: OfEvent) {
  return (
    <Facts>
      <Fact name="Zoom calls it">
        <code>{event.event}</code>
      </Fact>
      <Fact name="Happened">
        <Time at={event.occurred_at} />
      </Fact>
      <Fact name="Came in">
        <Time at={event.received_at} />
      </Fact>
      {event.meeting_id && (
        <Fact name="Meeting">
          <a href={`${base}/events?meeting_id=${event.meeting_id}`}>
            {event.meeting_id}
          </a>
        </Fact>
      )}
      <Fact name="Zoom user">
        <code>{event.provider_user_id}</code>
      </Fact>
      <Fact name="Id">
        <Id label="the event's id" id={event.id} />
      </Fact>
    </Facts>
  );
}

function Outcomes({ base, event }: OfEvent) {
  return (
    <Card title="What came of it">
      {event.outcomes.length === 0 ? (
        <p class="quiet">
          Nobody has been looked for yet; that takes a moment after it came in.
        </p>
      ) : (
        <Table
          label="Outcomes"
          head={["User", "Outcome", "Runs", "Subscriptions"]}
        >
          {event.outcomes.map((one) => (
            <tr key={one.grant_id}>
              <td>
                <a href={`${base}/users/${one.grant_id}`}>{one.account_id}</a>
              </td>
              <td>
                <State state={one.outcome} />
              </td>
              <td>{one.runs}</td>
              <td>{one.subscriptions}</td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}

/** So many of each are listed; a link shows the others. */
const MOST = 20;

function CameOf({ project, event }: Props) {
  const base = `/console/projects/${project}`;
  const workflows = useWorkflows(project);
  const options = (signal: AbortSignal) => ({
    query: { event_id: event, limit: MOST },
    signal,
  });
  const runs = useLive(
    (signal) => server<Run[]>(project, "GET", "runs", options(signal)),
    [project, event],
    EVERY,
  );
  const deliveries = useLive(
    (signal) =>
      server<Delivery[]>(project, "GET", "deliveries", options(signal)),
    [project, event],
    EVERY,
  );
  return (
    <div class="columns">
      <Card
        title="Runs"
        actions={<a href={`${base}/runs?event_id=${event}`}>All of them</a>}
        testId="runs-of-event"
      >
        {!runs.value && (
          <ProblemNotice
            problem={runs.problem}
            again={() => void runs.again()}
          />
        )}
        {runs.value?.length === 0 && <p class="quiet">No workflow ran.</p>}
        <ul class="plain">
          {runs.value?.map((run) => (
            <li key={run.id}>
              <State state={run.status} />
              <a href={`${base}/runs/${run.id}`}>
                {workflowName(workflows, run.workflow_id)}
              </a>
              <span class="quiet">{run.account_id}</span>
            </li>
          ))}
        </ul>
      </Card>
      <Card
        title="Deliveries"
        actions={
          <a href={`${base}/deliveries?event_id=${event}`}>All of them</a>
        }
        testId="deliveries-of-event"
      >
        {!deliveries.value && (
          <ProblemNotice
            problem={deliveries.problem}
            again={() => void deliveries.again()}
          />
        )}
        {deliveries.value?.length === 0 && (
          <p class="quiet">No endpoint was told.</p>
        )}
        <ul class="plain">
          {deliveries.value?.map((one) => (
            <li key={one.id}>
              <State state={one.status} />
              <a href={`${base}/deliveries/${one.id}`}>{one.url || one.type}</a>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}
