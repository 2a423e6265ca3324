// Calls of the Worker's admin and server routes, as the operator who is signed in. A failure is a `Problem` with the
// stable code. No other file of the console calls `fetch`.

import { heard } from "./clock.ts";

/** A failure, as the Worker or the way to it tells it. */
export class Problem extends Error {
  /** The stable code: `reconnect_required`, …; `offline` when no answer came. */
  readonly code: string;
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  /** What does not hold together in a workflow, where the answer says so. */
  readonly complaints: Complaint[];
  /** So many seconds should pass before the next try, where the answer says so. */
  readonly retryAfter: number | undefined;

  constructor(
    code: string,
    status: number,
    message: string,
    complaints: Complaint[] = [],
    retryAfter?: number,
  ) {
    super(message);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.complaints = complaints;
    this.retryAfter = retryAfter;
  }
}

/** What is wrong in a workflow's definition, and where: `steps[1].inputs.email`. */
export interface Complaint {
  at: string;
  message: string;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

interface Options {
  /** The query; what is undefined or empty is left out. */
  query?: Record<string, string | number | undefined>;
  /** The body, sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

/** Told `signed-out` when the Worker says that nobody is signed in here, and `signed-in` when somebody is again. */
export const operator = new EventTarget();

/** So many times somebody has signed in on this page. */
let signIns = 0;

/** Says that somebody has signed in: what was refused before can be asked for again. */
export function signedIn() {
  signIns += 1;
  operator.dispatchEvent(new CustomEvent("signed-in"));
}

/** What the Worker says when it is the operator that it does not know; any other 401 is about something else. */
const SIGNED_OUT = ["operator_signed_out", "admin_secret_invalid"];

/** Whether something was refused because nobody is signed in. */
export const isSignedOut = (problem: Problem | undefined) =>
  problem !== undefined && SIGNED_OUT.includes(problem.code);

/** Calls one of the operator's own routes: `admin("GET", "projects")`. */
export const admin = <T>(method: Method, path: string, options?: Options) =>
  call<T>(method, `/admin/${path}`, {}, options);

/** Calls one of a project's server routes: `server(id, "GET", "runs")`; answers its `data`. */
export const server = async <T>(
  project: string,
  method: Method,
  path: string,
  options?: Options,
) => {
  const at = `/connect/${path}`;
  const answer = await call<{ data: T }>(
    method,
    at,
    headersOf(project),
    options,
  );
  return answer.data;
};

const headersOf = (project: string) => ({ "x-isthmus-project": project });

/** A part of one of a project's lists: `serverList(id, "runs", {query: {count: "true"}})`. */
interface ListPart<T> {
  data: T[];
  /** How many there are in all, where that was asked for. */
  total?: number;
}

/** Asks for a part of one of a project's lists. */
export const serverList = <T>(
  project: string,
  path: string,
  options?: Options,
) => call<ListPart<T>>("GET", `/connect/${path}`, headersOf(project), options);

async function call<T>(
  method: Method,
  path: string,
  headers: Record<string, string>,
  { query = {}, body, signal }: Options = {},
): Promise<T> {
  const given = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== "",
  );
  const search = new URLSearchParams(
    given.map(([name, value]) => [name, String(value)]),
  ).toString();
  const askedAt = signIns;
  const answer = await fetch(search ? `${path}?${search}` : path, {
    method,
    headers: body === undefined ? headers : { ...headers, ...JSON_BODY },
    body: body === undefined ? null : JSON.stringify(body),
    credentials: "same-origin",
    signal: signal ?? null,
  }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError")
      throw cause;
    throw new Problem(
      "offline",
      0,
      "The Worker could not be reached: check your connection, then try again.",
    );
  });
  heard(answer);
  const read: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return read as T;
  const problem = problemOf(answer, read);
  if (isSignedOut(problem) && askedAt === signIns)
    operator.dispatchEvent(new CustomEvent("signed-out"));
  throw problem;
}

const JSON_BODY = { "content-type": "application/json" };

interface Failure {
  code?: string;
  message?: string;
  error?: { code?: string; message?: string; complaints?: Complaint[] };
}

function problemOf(answer: Response, read: unknown): Problem {
  const failure = (
    typeof read === "object" && read !== null ? read : {}
  ) as Failure;
  const { code, message, complaints } = failure.error ?? {
    ...failure,
    complaints: [],
  };
  const retryAfter = Number(answer.headers.get("retry-after")) || undefined;
  return new Problem(
    code ?? answer.headers.get("x-isthmus-code") ?? "unknown",
    answer.status,
    message ??
      `The Worker answered with ${answer.status}: try again in a moment.`,
    complaints ?? [],
    retryAfter,
  );
}
