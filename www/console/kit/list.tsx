// A list of a project's that is kept up to date: whether it is, what narrows it, its rows, and its pages. What it is
// narrowed by and which page is shown stand in the address.

import type { ComponentChildren } from "preact";

import { serverList } from "../api/client.ts";
import { type Live, useLive } from "../api/live.ts";
import { useAddress, useTyped } from "./address.ts";
import { Button } from "./button.tsx";
import { TextField } from "./field.tsx";
import { Empty, Loading } from "./notice.tsx";
import { useRows } from "./rows.ts";
import { Table } from "./table.tsx";
import { capital, counts } from "./words.ts";
import "./watch.css";

/** So many rows are on a page. */
const ROWS = 50;

type Query = Record<string, string>;

/** The page of a list that the address names, from 1. */
const pageOf = (query: Query) =>
  Math.min(Math.max(Math.trunc(Number(query["page"])) || 1, 1), 10_000);

const isNarrowed = (query: Query) =>
  Object.keys(query).some((name) => name !== "page");

interface ListedOptions {
  /** What it may be narrowed by as it stands in the address. */
  narrowedBy: readonly string[];
  /** It is asked for again after so long, in milliseconds. */
  every: number;
  /** What else the Worker is asked, by what the address says. */
  more?: (query: Query) => Record<string, string | number>;
}

/** The part of a list that the address names, kept up to date. */
interface Listed<T> {
  live: Live<readonly T[]>;
  /** Which list it is: what narrows it, and the page. */
  key: string;
  /** How many there are in all, where that was asked for. */
  total: number | undefined;
}

/** Keeps up to date what one of a project's lists has: `useListed(id, "runs", …)`. */
export function useListed<T>(
  project: string,
  path: string,
  { narrowedBy, every, more }: ListedOptions,
): Listed<T> {
  const { query } = useAddress();
  const key = JSON.stringify(query);
  const live = useLive(
    (signal) => {
      const narrowed = narrowedBy.map((name) => [name, query[name]] as const);
      const part = { limit: ROWS, offset: (pageOf(query) - 1) * ROWS };
      return serverList<T>(project, path, {
        query: { ...Object.fromEntries(narrowed), ...more?.(query), ...part },
        signal,
      });
    },
    [project, key],
    every,
  );
  const { data, total } = live.value ?? {};
  return { live: { ...live, value: data }, key, total };
}

interface LiveMarkProps {
  live: Live<unknown>;
  /** What it is that is kept up to date: `this list`. */
  what: string;
}

/** Says whether something is up to date, and that it goes on by itself where it is not. */
export function LiveMark({ live, what }: LiveMarkProps) {
  const late = live.problem !== undefined && live.value !== undefined;
  const word = late ? "Not up to date" : "Up to date";
  return (
    <div class="live-mark" data-testid="live" data-late={late}>
      <p class="small quiet" role="status">
        <span class={late ? "dot late" : "dot"} aria-hidden="true" />
        {late && live.goesOn
          ? `${word}: ${live.problem?.message} This page tries again by itself.`
          : late
            ? `${word}: ${live.problem?.message}`
            : live.goesOn
              ? `${capital(what)} updates by itself`
              : word}
      </p>
      {late && (
        <Button kind="link" onClick={() => void live.again()}>
          Try now
        </Button>
      )}
    </div>
  );
}

/** What narrows a list; the children are fields. */
export function Filters({ children }: { children: ComponentChildren }) {
  const { query, change } = useAddress();
  const none = Object.fromEntries(
    Object.keys(query).map((name) => [name, undefined]),
  );
  return (
    <form
      class="filters"
      role="search"
      aria-label="Narrow the list"
      onSubmit={(event) => event.preventDefault()}
    >
      {children}
      {isNarrowed(query) && (
        <Button kind="link" onClick={() => change(none)}>
          Clear
        </Button>
      )}
    </form>
  );
}

interface TypedProps {
  label: string;
  /** The name in the address. */
  name: string;
  placeholder?: string;
}

/** A field that narrows a list once somebody has typed. */
export function TypedFilter({ label, name, placeholder }: TypedProps) {
  const { query, change } = useAddress();
  const [text, setText] = useTyped(query[name] ?? "", (typed) =>
    change({ [name]: typed.trim(), page: undefined }),
  );
  return (
    <TextField
      label={label}
      type="search"
      value={text}
      onValue={setText}
      placeholder={placeholder ?? ""}
      testId={`filter-${name}`}
    />
  );
}

interface ListProps<T> {
  /** What it lists, for screen readers and words on the page: `run`, `runs`. */
  what: readonly [one: string, many: string];
  listed: Listed<T>;
  head: readonly string[];
  row: (one: T) => ComponentChildren;
  /** Shown instead while there is nothing in it at all. */
  none: ComponentChildren;
  /** Said to whoever narrowed it so that nothing is left. */
  hint?: string;
}

/** The rows of a list, and its pages. */
export function List<T extends { id: string }>({
  what: [one, many],
  listed: { live, key, total },
  head,
  row,
  none,
  hint,
}: ListProps<T>) {
  const { query } = useAddress();
  const page = pageOf(query);
  const { rows, waiting, around, place } = useRows(
    live.value,
    key,
    live.stale,
    page > 1,
  );
  if (!live.value) return <Loading what={many} of={live} />;
  if (rows.length === 0 && page === 1)
    return isNarrowed(query) ? <NoneLikeThat what={one} hint={hint} /> : none;
  return (
    <div
      class={live.stale ? "list stale" : "list"}
      aria-busy={live.stale}
      {...around}
    >
      {page === 1 && waiting > 0 && (
        <Button class="new-rows" onClick={place} data-testid="new-rows">
          {waiting} new: show
        </Button>
      )}
      <Table label={capital(many)} head={head}>
        {rows.map(row)}
      </Table>
      <Pages page={page} count={rows.length} total={total} what={many} />
    </div>
  );
}

interface NoneProps {
  what: string;
  hint: string | undefined;
}

function NoneLikeThat({ what, hint }: NoneProps) {
  return (
    <Empty title={`No ${what} is like that`}>
      <p>{hint} Change what the list is narrowed by, or clear it.</p>
    </Empty>
  );
}

interface PagesProps {
  page: number;
  count: number;
  total: number | undefined;
  what: string;
}

function Pages({ page, count, total, what }: PagesProps) {
  const address = useAddress();
  const first = (page - 1) * ROWS + 1;
  const more = total === undefined ? count >= ROWS : total > page * ROWS;
  const of = total === undefined ? "" : ` of ${counts(total)}`;
  return (
    <nav class="pages" aria-label={`Pages of ${what}`}>
      <span class="quiet small" data-testid="count">
        {count === 0 ? `No more ${what}` : `${first}–${first + count - 1}${of}`}
      </span>
      {page > 1 && (
        <a class="button" href={address.with({ page: pageText(page - 1) })}>
          Newer
        </a>
      )}
      {more && (
        <a class="button" href={address.with({ page: pageText(page + 1) })}>
          Older
        </a>
      )}
    </nav>
  );
}

const pageText = (page: number) => (page > 1 ? String(page) : undefined);
