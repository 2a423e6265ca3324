// The portal in a window of its own: our routes below `/portal/{id}`, opened by the cookie that the ticket was exchanged
// for. Connecting leads the window itself to the provider and back.

import {
  type Backend,
  asProblem,
  type Input,
  type Portal,
  Problem,
  type Settings,
} from "./backend.ts";

/** What `GET /portal/{id}/state` answers. */
interface State {
  /** The page that opened the window; messages go there only. */
  origin: string;
  project: { name: string };
  user: { id: string };
  integration: {
    name: string;
    description: string;
    overview: string;
    accent_color: string;
    icon: string;
    scopes: string[];
  };
  grants: {
    id: string;
    email: string | null;
    display_name: string | null;
    status: "VALID" | "INVALID";
    connected_at: number;
    workflows: Record<string, { enabled: boolean; settings: Settings }>;
  }[];
  workflows: {
    id: string;
    name: string;
    description: string | null;
    info_text: string | null;
    default_enabled: boolean;
    inputs: Input[];
  }[];
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** How long a page takes at most to leave, in milliseconds: whoever has stopped it may press again after that. */
const LEAVING = 10_000;

/** The portal of this id. */
export function sessionBackend(portal: string): Backend {
  let origin = "";
  let show: (portal: Portal | undefined) => void = () => {};
  let leaves = false;

  // To be closed, or loaded again: then the next page asks for the state, and nothing is closed.
  window.addEventListener("pagehide", () => {
    if (!leaves)
      navigator.sendBeacon(
        `/portal/${encodeURIComponent(portal)}/close?gone=true`,
      );
  });

  window.addEventListener("pageshow", () => (leaves = false));

  /** Wakes the page that opened the window; it asks the Worker what has happened. */
  const wake = (leaves = false) => {
    if (!origin || !window.opener) return;
    (window.opener as Window).postMessage(
      { type: "isthmus-portal", portal, ...(leaves && { leaves }) },
      origin,
    );
  };

  const call = (method: Method, path: string, body?: unknown) =>
    ask(method, `/portal/${encodeURIComponent(portal)}/${path}`, body);

  let asked = 0;
  let answered = 0;
  const reload = async () => {
    const number = ++asked;
    const state = (await call("GET", "state")) as State;
    // What a later answer has overtaken is of the past.
    if (number < answered) return;
    answered = number;
    origin = state.origin;
    show(portalOf(state));
    wake();
  };

  return {
    isLayer: false,
    watch(shown, fail) {
      show = shown;
      reload().catch((cause: unknown) => fail(asProblem(cause)));
    },
    reload,
    async connect(account) {
      const { start_url: start } = (await call("POST", "connect", {
        ...(account && { grant_id: account }),
      })) as { start_url: string };
      // The provider's page may cut this window off from its opener, which then looks closed from there.
      wake(true);
      leaves = true;
      location.assign(start);
      await new Promise((stopped) => setTimeout(stopped, LEAVING));
      leaves = false;
    },
    async disconnect(account) {
      await call("DELETE", `grants/${encodeURIComponent(account)}`);
      await reload();
    },
    async change(account, workflow, change) {
      const [grant, id] = [account, workflow].map(encodeURIComponent);
      await call("PATCH", `grants/${grant}/workflows/${id}`, change);
      await reload();
    },
    async close() {
      // Whoever is done need not hear that nobody could be told.
      await call("POST", "close").catch(() => {});
      wake();
      window.close();
    },
  };
}

async function ask(method: Method, path: string, body?: unknown) {
  const headers: HeadersInit = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const answer = await fetch(path, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    credentials: "same-origin",
    signal: AbortSignal.timeout(20_000),
  }).catch(() => {
    throw new Problem("offline");
  });
  const read: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return read;
  const { code, message } = (read ?? {}) as { code?: string; message?: string };
  throw new Problem(
    code ?? answer.headers.get("x-isthmus-code") ?? "unknown",
    message,
  );
}

function portalOf(state: State): Portal {
  const { integration } = state;
  return {
    project: state.project.name,
    user: state.user.id,
    integration: {
      name: integration.name,
      description: integration.description,
      overview: integration.overview,
      accentColor: integration.accent_color,
      icon: integration.icon,
      scopes: integration.scopes,
    },
    accounts: state.grants.map((grant) => ({
      id: grant.id,
      name: grant.display_name ?? "",
      email: grant.email ?? "",
      isValid: grant.status === "VALID",
      connectedAt: grant.connected_at,
      consent: String(grant.connected_at),
      workflows: grant.workflows,
    })),
    workflows: state.workflows.map((workflow) => ({
      id: workflow.id,
      name: workflow.name,
      about: workflow.info_text || workflow.description || "",
      isOnByDefault: workflow.default_enabled,
      inputs: workflow.inputs,
    })),
  };
}
