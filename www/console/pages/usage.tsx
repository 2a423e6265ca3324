// What a project used, day by day: requests to Zoom, events of Zoom's, runs of workflows.

import { server } from "../api/client.ts";
import type { UsageDay } from "../api/types/watch.ts";
import { useLoaded } from "../api/use.ts";
import { useAddress } from "../kit/address.ts";
import { type Bar, Bars } from "../kit/chart-bars.tsx";
import { Empty, Loading } from "../kit/notice.tsx";
import { Card, Page } from "../kit/page.tsx";
import { Table } from "../kit/table.tsx";
import { Tabs } from "../kit/tabs.tsx";

const RANGES: readonly (readonly [days: string, text: string])[] = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
];

/** The range unless the address says another. */
const USUAL = "30";

interface Series {
  label: string;
  about: string;
  all: "requests" | "events" | "runs";
  failed?: "request_failures" | "run_failures";
}

const SERIES: readonly Series[] = [
  {
    label: "Requests",
    about: "Calls of Zoom’s API that your pages and servers made",
    all: "requests",
    failed: "request_failures",
  },
  {
    label: "Events",
    about: "What Zoom told of for the accounts that are connected",
    all: "events",
  },
  {
    label: "Runs",
    about: "Executions of workflows",
    all: "runs",
    failed: "run_failures",
  },
];

/** The page. */
export function Usage({ project }: { project: string }) {
  const { query, with: to } = useAddress();
  const given = query["days"] ?? USUAL;
  const days = RANGES.some(([one]) => one === given) ? given : USUAL;
  const usage = useLoaded(
    (signal) =>
      server<{ days: UsageDay[] }>(project, "GET", "usage", {
        query: { days },
        signal,
      }),
    [project, days],
  );
  const tabs = RANGES.map(([one, text]) => [to({ days: one }), text] as const);
  const found = usage.value?.days;
  return (
    <Page title="Usage">
      <Tabs label="How far back" tabs={tabs} current={to({ days })} />
      <Loading what="the usage" of={usage} />
      {found && (isEmpty(found) ? <None /> : <Charts days={found} />)}
    </Page>
  );
}

const isEmpty = (days: readonly UsageDay[]) =>
  days.every((day) => day.requests + day.events + day.runs === 0);

function Charts({ days }: { days: readonly UsageDay[] }) {
  return (
    <>
      {SERIES.map((series) => (
        <Chart key={series.label} series={series} days={days} />
      ))}
      <Card title="The same as a table" about="Days are counted in UTC.">
        <details>
          <summary>Show the table</summary>
          <UsageTable days={days} />
        </details>
      </Card>
    </>
  );
}

function Chart({
  series,
  days,
}: {
  series: Series;
  days: readonly UsageDay[];
}) {
  const bars = days.map((day): Bar => ({
    day: day.day,
    all: day[series.all],
    failed: series.failed ? day[series.failed] : 0,
  }));
  const sum = (of: "all" | "failed") =>
    bars.reduce((total, bar) => total + bar[of], 0);
  return (
    <Card title={series.label} about={series.about}>
      <p class="figures">
        <strong data-testid={`total-${series.all}`}>
          {sum("all").toLocaleString()}
        </strong>
        {series.failed && (
          <span class="quiet">
            <span class="part bad" aria-hidden="true" />
            {sum("failed").toLocaleString()} failed
          </span>
        )}
      </p>
      <Bars label={series.label} bars={bars} />
    </Card>
  );
}

function UsageTable({ days }: { days: readonly UsageDay[] }) {
  return (
    <Table
      label="Usage per day"
      head={["Day", "Requests", "Failed", "Events", "Runs", "Runs failed"]}
    >
      {days.toReversed().map((day) => (
        <tr key={day.day}>
          <th scope="row">{day.day}</th>
          <td>{day.requests}</td>
          <td>{day.request_failures}</td>
          <td>{day.events}</td>
          <td>{day.runs}</td>
          <td>{day.run_failures}</td>
        </tr>
      ))}
    </Table>
  );
}

function None() {
  return (
    <Empty title="Nothing was used in these days">
      <p>
        Once a user has connected, each call of <code>isthmus.request</code>,
        each event of Zoom’s and each run of a workflow is counted here.
      </p>
    </Empty>
  );
}
