// How the Worker does: what it counts, what is wrong with that, and what to do. The numbers are those of `/metrics`.

import { admin } from "../api/client.ts";
import { useLive } from "../api/live.ts";
import type { Metric } from "../api/types/watch.ts";
import { LiveMark } from "../kit/list.tsx";
import { Loading, Notice } from "../kit/notice.tsx";
import { Card, Page } from "../kit/page.tsx";
import { Badge, Table } from "../kit/table.tsx";
import { checks, type Finding } from "./health-checks.ts";

/** The numbers are asked for again after so long, in milliseconds. */
const EVERY = 10_000;

/** The page. */
export function Health() {
  const live = useLive(
    async (signal) => {
      const options = { signal };
      const { metrics } = await admin<{ metrics: Metric[] }>(
        "GET",
        "health",
        options,
      );
      return metrics;
    },
    [],
    EVERY,
  );
  const metrics = live.value;
  return (
    <Page title="Health" actions={<LiveMark live={live} what="this page" />}>
      {!metrics && <Loading what="the figures" of={live} />}
      {metrics && <Findings findings={checks(metrics)} />}
      {metrics && (
        <Card
          title="All figures"
          actions={
            <a href="/metrics" target="_blank" rel="noopener">
              As Prometheus reads them: /metrics
            </a>
          }
        >
          <details>
            <summary>Show all figures</summary>
            <Figures metrics={metrics} />
          </details>
        </Card>
      )}
    </Page>
  );
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  const wrong = findings.filter((one) => one.mood !== "good");
  return (
    <>
      <Notice
        kind={wrong.length === 0 ? "good" : "warn"}
        title={
          wrong.length === 0
            ? "Nothing needs your attention"
            : wrong.length === 1
              ? "One thing needs your attention"
              : `${wrong.length} things need your attention`
        }
        testId="health"
      />
      <div class="figure-tiles">
        {findings.map((finding) => (
          <Tile key={finding.title} finding={finding} />
        ))}
      </div>
    </>
  );
}

const WORDS = { good: "Fine", warn: "Look at it", bad: "Act now" } as const;

function Tile({ finding }: { finding: Finding }) {
  const { title, value, mood, about, toDo } = finding;
  return (
    <section
      class={`card figure-tile ${mood}`}
      data-testid="tile"
      data-mood={mood}
    >
      <header>
        <h2>{title}</h2>
        <Badge mood={mood}>{WORDS[mood]}</Badge>
      </header>
      <p class="value">{value}</p>
      <p class="small quiet">{about}</p>
      {toDo && (
        <p class="small">
          <strong>What to do:</strong> {toDo}
        </p>
      )}
    </section>
  );
}

function Figures({ metrics }: { metrics: readonly Metric[] }) {
  return (
    <Table label="All figures" head={["Name", "Of", "Value", "What it is"]}>
      {metrics.flatMap((metric) =>
        metric.samples.map((sample) => (
          <tr key={`${metric.name}${JSON.stringify(sample.labels)}`}>
            <td class="mono">{metric.name}</td>
            <td>
              {Object.entries(sample.labels)
                .map(([name, value]) => `${name}: ${value}`)
                .join(", ") || "–"}
            </td>
            <td>{sample.value.toLocaleString()}</td>
            <td>{metric.help}</td>
          </tr>
        )),
      )}
    </Table>
  );
}
