// One delivery: to whom, about what, each attempt, and making it once more.

import { useState } from "preact/hooks";

import { server } from "../../api/client.ts";
import { useLive } from "../../api/live.ts";
import type { Delivery as One } from "../../api/types/watch.ts";
import { Button } from "../../kit/button.tsx";
import { Question } from "../../kit/dialog.tsx";
import { Fact, Facts, Id } from "../../kit/facts.tsx";
import { LiveMark } from "../../kit/list.tsx";
import { Loading } from "../../kit/notice.tsx";
import { Card, Page } from "../../kit/page.tsx";
import { State } from "../../kit/state.tsx";
import { Table, Time } from "../../kit/table.tsx";
import { answerText } from "./list.tsx";

/** A delivery is asked for again after so long, in milliseconds. */
const EVERY = 3000;

interface Props {
  project: string;
  delivery: string;
}

/** The page. */
export function Delivery({ project, delivery: id }: Props) {
  const live = useLive(
    (signal) => server<One>(project, "GET", `deliveries/${id}`, { signal }),
    [project, id],
    EVERY,
  );
  const found = live.value;
  const base = `/console/projects/${project}`;
  return (
    <Page
      title={found ? `Delivery of ${found.type}` : "Delivery"}
      above={[[`${base}/deliveries`, "Deliveries"]]}
      actions={found && <Replay project={project} id={id} again={live.again} />}
    >
      {!found && <Loading what="the delivery" of={live} />}
      {found && (
        <>
          <Card
            title="Overview"
            actions={<LiveMark live={live} what="this page" />}
          >
            <Overview base={base} delivery={found} />
          </Card>
          <Attempts delivery={found} />
        </>
      )}
    </Page>
  );
}

function Overview({ base, delivery }: { base: string; delivery: One }) {
  const { event_id, subscription_id, grant_id } = delivery;
  return (
    <Facts>
      <Fact name="Status">
        <State state={delivery.status} testId="delivery-status" />
      </Fact>
      <Fact name="Where">
        {delivery.url ? (
          <code>{delivery.url}</code>
        ) : (
          "Known with the first attempt"
        )}
      </Fact>
      <Fact name="About">
        {event_id ? (
          <a href={`${base}/events/${event_id}`}>The event at Zoom</a>
        ) : (
          "An event of Isthmus itself"
        )}
      </Fact>
      {grant_id && (
        <Fact name="User">
          <a href={`${base}/users/${grant_id}`}>The connected account</a>
        </Fact>
      )}
      {subscription_id && (
        <Fact name="Subscription">
          <a href={`${base}/deliveries?subscription_id=${subscription_id}`}>
            {subscription_id}
          </a>
        </Fact>
      )}
      <Fact name="Made">
        <Time at={delivery.created_at} />
      </Fact>
      {delivery.next_at && (
        <Fact name="Tried again">
          <Time at={delivery.next_at} />
        </Fact>
      )}
      <Fact name="webhook-id">
        <Id label="the webhook-id" id={delivery.id} />
      </Fact>
    </Facts>
  );
}

function Attempts({ delivery }: { delivery: One }) {
  const took = ({ status }: One["attempts"][number]) =>
    status !== undefined && status >= 200 && status < 300;
  return (
    <Card
      title="Attempts"
      about="Anything but a 2xx within ten seconds is tried again: after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h."
    >
      {delivery.attempts.length === 0 ? (
        <p class="quiet">The first one is about to be made.</p>
      ) : (
        <Table label="Attempts" head={["Number", "When", "What came of it"]}>
          {delivery.attempts.map((attempt, index) => (
            <tr key={index} data-testid="attempt">
              <td>{index + 1}</td>
              <td>
                <Time at={attempt.at} />
              </td>
              <td>
                <State state={took(attempt) ? "delivered" : "failed"} />{" "}
                {answerText(attempt)}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}

interface ReplayProps {
  project: string;
  id: string;
  again: () => Promise<void>;
}

function Replay({ project, id, again }: ReplayProps) {
  const [asked, setAsked] = useState(false);
  const replay = async () => {
    await server(project, "POST", `deliveries/${id}/replay`);
    await again();
  };
  return (
    <>
      <Button onClick={() => setAsked(true)} data-testid="replay">
        Replay
      </Button>
      {asked && (
        <Question
          title="Tell it once more?"
          yes="Replay"
          onYes={replay}
          onClose={() => setAsked(false)}
        >
          <p>
            The same message goes out at once, under the same webhook-id, where
            the subscription wants it today. An endpoint that keeps the ids it
            has seen ignores it.
          </p>
        </Question>
      )}
    </>
  );
}
