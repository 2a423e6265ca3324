// What the project's endpoints were told, the newest first; what narrows it is in the address.

import type { Attempt, Delivery } from "../../api/types/watch.ts";
import { useAddress } from "../../kit/address.ts";
import { SelectField } from "../../kit/field.tsx";
import {
  Filters,
  List,
  LiveMark,
  TypedFilter,
  useListed,
} from "../../kit/list.tsx";
import { Empty } from "../../kit/notice.tsx";
import { Card, Page } from "../../kit/page.tsx";
import { lookOf, State } from "../../kit/state.tsx";
import { Time } from "../../kit/table.tsx";

/** The page. */
export function Deliveries({ project }: { project: string }) {
  const listed = useListed<Delivery>(project, "deliveries", {
    narrowedBy: [
      "status",
      "event_id",
      "subscription_id",
      "grant_id",
      "account_id",
    ],
    every: 3000,
  });
  return (
    <Page
      title="Deliveries"
      actions={<LiveMark live={listed.live} what="this list" />}
    >
      <Narrow />
      <Card>
        <List
          what={["delivery", "deliveries"]}
          listed={listed}
          head={["Status", "What is told", "Attempts", "When"]}
          row={(one) => <Row key={one.id} project={project} delivery={one} />}
          none={<None />}
        />
      </Card>
    </Page>
  );
}

function Narrow() {
  const { query, change } = useAddress();
  return (
    <Filters>
      <SelectField
        label="Status"
        value={query["status"] ?? ""}
        testId="filter-status"
        onValue={(status) => change({ status, page: undefined })}
        options={[
          ["", "Any status"],
          ...["pending", "delivered", "failed"].map(
            (status) => [status, lookOf(status).word] as const,
          ),
        ]}
      />
      <TypedFilter label="User" name="account_id" placeholder="Id of a user" />
      <TypedFilter
        label="Subscription"
        name="subscription_id"
        placeholder="Id of a subscription"
      />
      <TypedFilter label="Event" name="event_id" placeholder="e_…" />
    </Filters>
  );
}

interface RowProps {
  project: string;
  delivery: Delivery;
}

function Row({ project, delivery }: RowProps) {
  const last = delivery.attempts.at(-1);
  return (
    <tr data-delivery={delivery.id}>
      <td>
        <State state={delivery.status} />
      </td>
      <td class="wide">
        <a
          class="to"
          href={`/console/projects/${project}/deliveries/${delivery.id}`}
        >
          {delivery.type}
        </a>
        <span class="under">{delivery.url}</span>
      </td>
      <td>
        {delivery.attempts.length}
        {last && <span class="under">{answerText(last)}</span>}
      </td>
      <td>
        <Time at={delivery.created_at} />
      </td>
    </tr>
  );
}

const WHY: Record<string, string> = {
  timeout: "No answer within ten seconds",
  unreachable: "Could not be reached",
  address_refused: "The address is not allowed",
  secret_unusable: "Its signing secret cannot be opened",
  grant_left: "The user has disconnected",
  subscription_deleted: "The subscription was deleted",
  subscription_paused: "The subscription is paused",
  subscription_disabled: "The subscription is disabled",
  endpoint_missing: "The project has no event endpoint",
  event_unreadable: "The event cannot be opened",
};

/** What an endpoint answered, or why it did not. */
export function answerText({ status, error }: Attempt): string {
  if (status !== undefined) return `Answered ${status}`;
  return (error && WHY[error]) ?? error ?? "No answer";
}

function None() {
  return (
    <Empty title="No endpoint has been told anything yet">
      <p>
        Subscribe to what happens at Zoom from your server, and it is told here
        with every attempt:
      </p>
      <pre class="snippet" tabIndex={0}>
        {SNIPPET}
      </pre>
    </Empty>
  );
}

const SNIPPET = `curl "$WORKER/connect/subscriptions" \\
  -u "$CLIENT_ID:$CLIENT_SECRET" \\
  -d '{"trigger": "meeting_ended",
       "url": "https://hooks.example.com/zoom"}'`;
