// What stands around a list that is kept up to date: whether it is, what narrows it, its rows, and its pages.

import type { ComponentChildren } from "preact";

import type { Live } from "../api/live.ts";
import { useAddress, useTyped } from "./address.ts";
import { Button } from "./button.tsx";
import { TextField } from "./field.tsx";
import { Loading, ProblemNotice } from "./notice.tsx";
import { useRows } from "./rows.ts";
import { Table } from "./table.tsx";
import "./watch.css";

/** So many rows are on a page. */
export const ROWS = 50;

/** The page of a list that the address names, from 1. */
export const pageOf = (query: Record<string, string>) =>
  Math.min(Math.max(Math.trunc(Number(query["page"])) || 1, 1), 10_000);

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

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What narrows a list; the children are fields. */
export function Filters({ children }: { children: ComponentChildren }) {
  const { query, change } = useAddress();
  const none = Object.fromEntries(
    Object.keys(query).map((name) => [name, undefined]),
  );
  const narrowed = Object.keys(query).some((name) => name !== "page");
  return (
    <form
      class="filters"
      role="search"
      aria-label="Narrow the list"
      onSubmit={(event) => event.preventDefault()}
    >
      {children}
      {narrowed && (
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
  /** What it lists, for screen readers and words on the page: `runs`. */
  what: string;
  live: Live<readonly T[]>;
  /** Which list it is: the filters and the page. */
  list: string;
  head: readonly string[];
  row: (one: T) => ComponentChildren;
  /** Shown instead while there is nothing in it. */
  empty: ComponentChildren;
  total?: number | undefined;
}

/** The rows of a list, and its pages. */
export function List<T extends { id: string }>({
  what,
  live,
  list,
  head,
  row,
  empty,
  total,
}: ListProps<T>) {
  const { query } = useAddress();
  const page = pageOf(query);
  const { rows, waiting, around, place } = useRows(
    live.value,
    list,
    live.stale,
    page > 1,
  );
  if (!live.value)
    return live.problem ? (
      <ProblemNotice problem={live.problem} again={() => void live.again()} />
    ) : (
      <Loading what={what} />
    );
  if (rows.length === 0 && page === 1) return empty;
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
      <Table label={capital(what)} head={head}>
        {rows.map(row)}
      </Table>
      <Pages page={page} count={rows.length} total={total} what={what} />
    </div>
  );
}

interface PagesProps {
  page: number;
  count: number;
  total: number | undefined;
  what: string;
}

/** The most that the Worker counts. */
const COUNTED = 1000;

function Pages({ page, count, total, what }: PagesProps) {
  const address = useAddress();
  const first = (page - 1) * ROWS + 1;
  const more = total === undefined ? count >= ROWS : total > page * ROWS;
  const all = total !== undefined && total >= COUNTED ? "1,000 or more" : total;
  const of = all === undefined ? "" : ` of ${all}`;
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
