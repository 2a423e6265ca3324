// What happened at Zoom in the accounts that are connected, the newest first; what narrows it is in the address.

import type { Outcome, ZoomEvent } from "../../api/types/watch.ts";
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
import { State } from "../../kit/state.tsx";
import { Time } from "../../kit/table.tsx";
import { counted } from "../../kit/words.ts";
import { words } from "../runs/names.ts";

/** What may happen; the words are Zoom's triggers. */
const TRIGGERS = [
  "new_meeting",
  "meeting_updated",
  "meeting_ended",
  "new_meeting_registrant",
  "meeting_participant_joined",
  "meeting_participant_left",
  "new_recording",
  "recording_started",
  "recording_transcript_completed",
];

/** The page. */
export function Events({ project }: { project: string }) {
  const listed = useListed<ZoomEvent>(project, "events", {
    narrowedBy: ["trigger", "account_id", "meeting_id", "grant_id"],
    every: 3000,
  });
  return (
    <Page
      title="Events"
      actions={<LiveMark live={listed.live} what="this list" />}
    >
      <Narrow />
      <Card>
        <List
          what={["event", "events"]}
          listed={listed}
          head={["What happened", "Users", "What came of it", "When"]}
          row={(event) => (
            <Row key={event.id} project={project} event={event} />
          )}
          none={<None project={project} />}
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
        label="What happened"
        value={query["trigger"] ?? ""}
        testId="filter-trigger"
        onValue={(trigger) => change({ trigger, page: undefined })}
        options={[
          ["", "Anything"],
          ...TRIGGERS.map((trigger) => [trigger, words(trigger)] as const),
        ]}
      />
      <TypedFilter label="User" name="account_id" placeholder="Id of a user" />
      <TypedFilter label="Meeting" name="meeting_id" placeholder="1234567890" />
    </Filters>
  );
}

function Row({ project, event }: { project: string; event: ZoomEvent }) {
  const base = `/console/projects/${project}`;
  const users = [...new Set(event.outcomes.map((one) => one.account_id))];
  return (
    <tr data-event={event.id}>
      <td class="wide">
        <a class="to" href={`${base}/events/${event.id}`}>
          {words(event.trigger)}
        </a>
        {event.meeting_id && (
          <span class="under">Meeting {event.meeting_id}</span>
        )}
      </td>
      <td class="wide">
        {users.slice(0, 2).join(", ") || <span class="quiet">–</span>}
        {users.length > 2 && (
          <span class="under">and {users.length - 2} more</span>
        )}
      </td>
      <td>
        <CameOf outcomes={event.outcomes} />
      </td>
      <td>
        <Time at={event.received_at} />
      </td>
    </tr>
  );
}

/** What came of an event for everybody together. */
function CameOf({ outcomes }: { outcomes: Outcome[] }) {
  const sum = (of: "runs" | "subscriptions") =>
    outcomes.reduce((all, one) => all + one[of], 0);
  const [runs, told] = [sum("runs"), sum("subscriptions")];
  const outcome = ["matched", "grant_invalid", "unmatched"].find((wanted) =>
    outcomes.some((one) => one.outcome === wanted),
  );
  if (!outcome) return <span class="quiet">Being looked at</span>;
  return (
    <>
      <State state={outcome} />
      {outcome === "matched" && (
        <span class="under">
          {[
            runs > 0 && counted(runs, "run"),
            told > 0 && counted(told, "subscription"),
          ]
            .filter(Boolean)
            .join(", ")}
        </span>
      )}
    </>
  );
}

function None({ project }: { project: string }) {
  return (
    <Empty title="Zoom has not told of anything yet">
      <p>
        Give the integration its Secret Token, add the Webhook URL to the event
        subscription of your Zoom app, and press Validate there.
      </p>
      <a
        class="button primary"
        href={`/console/projects/${project}/integrations`}
      >
        Go to the integrations
      </a>
    </Empty>
  );
}
