// The portal as a frame of the published package (@useparagon/connect): everything is asked of that package by window
// messages, which it takes as calls of its own methods. Only the page that frames us is heard, and only while it is the
// one that came first; who may frame us is the Worker's to say. The user token that the package sends along is not kept.

import {
  type Backend,
  type Input,
  type Portal,
  Problem,
  type Setting,
  type Settings,
} from "./backend.ts";

/** What the package says of a credential, as far as it is shown. */
interface Credential {
  id: string;
  status: string;
  dateCreated?: string;
  dateUpdated?: string;
  providerData?: Record<string, Setting>;
  configurations?: {
    workflowSettings?: Record<
      string,
      { enabled?: boolean; settings?: Settings }
    >;
  }[];
}

/** What the package says whenever something changes. */
interface Update {
  messageType: "UI_UPDATE";
  nextContext: {
    projectId?: string;
    user: {
      authenticated: boolean;
      userId?: string;
      integrations?: Record<string, { allCredentials?: Credential[] }>;
    };
  };
  nextModalState: {
    integration: Integration | null;
    apiInstallationOptions?: { isApiInstallation?: boolean };
    shouldShowPortalAfterInstall?: boolean;
    connectionError?: { errorResponse?: Failure; message?: string };
  };
}

interface Integration {
  id: string;
  type: string;
  name: string;
  icon: string;
  brandColor?: string;
  configs: {
    values: {
      accentColor?: string;
      description?: string;
      overview?: string;
      scopes?: string[];
      workflowMeta?: Record<
        string,
        {
          id: string;
          description: string;
          infoText?: string;
          defaultEnabled?: boolean;
          hidden?: boolean;
          order?: number;
          inputs?: Input[];
        }
      >;
    };
  }[];
}

interface Failure {
  code?: string;
  message?: string;
}

/** How long the package may take to answer a call, in milliseconds. */
const PATIENCE = 30_000;

/** The portal in the frame of this page's parent. */
export function bridgeBackend(): Backend {
  const call = caller();
  let type = "";
  let isShown = false;
  let latest: Portal | undefined;
  let show: (portal: Portal | undefined) => void = () => {};
  let fail: (problem: Problem) => void = () => {};

  const appear = (shown: boolean) => {
    if (shown === isShown) return;
    isShown = shown;
    void call("updateContainerStyle", { isModalShown: shown });
    if (shown) void call("onOpen");
  };

  // At once: the package says how things are when the frame has loaded, and not again.
  hear("UI_UPDATE", (update: Update) => {
    if (isElsewhere(update.nextContext.projectId)) return;
    const { integration, connectionError: error } = update.nextModalState;
    latest = undefined;
    if (integration && isWanted(update)) {
      type = integration.type;
      latest = portalOf(update, integration);
    }
    appear(latest !== undefined);
    show(latest);
    if (latest && error) fail(problemOf(error.errorResponse ?? error));
  });

  return {
    isLayer: true,
    watch(shown, failed) {
      [show, fail] = [shown, failed];
      show(latest);
    },
    reload: async () => show(latest),
    async connect(account) {
      // The package opens the window for it, on the strength of the click that has just happened here.
      await call("startOAuthFlow", type, {
        allowMultipleCredentials: true,
        ...(account && { selectedCredentialId: account }),
      });
    },
    disconnect: (account) =>
      call("uninstallIntegration", type, { selectedCredentialId: account }),
    async change(account, workflow, { enabled, settings }) {
      const named = { selectedCredentialId: account };
      if (settings)
        await call(
          "updateWorkflowUserSettings",
          type,
          workflow,
          settings,
          named,
        );
      const now = latest?.accounts.find(({ id }) => id === account);
      const isOn = now?.workflows[workflow]?.enabled ?? false;
      // The package refuses to switch on what is on.
      if (enabled !== undefined && enabled !== isOn)
        await call(
          enabled ? "enableWorkflow" : "disableWorkflow",
          workflow,
          named,
        );
    },
    close: () => call("onClose", true),
  };
}

/**
 * The package may load its frame before it knows its project. Who may frame a project's portal is only said of a page that
 * names the project: nothing is shown, and nothing asked, before that page is here.
 */
function isElsewhere(project = ""): boolean {
  const named = namedProject();
  if (project !== named && /^[\w-]{1,64}$/.test(project))
    location.replace(`/ui?${new URLSearchParams({ projectId: project })}`);
  return project !== named || named === "";
}

const namedProject = () =>
  new URLSearchParams(location.search).get("projectId") ?? "";

/** Whether the portal is to be seen: an installation without one tells its frame too. */
function isWanted({ nextContext, nextModalState }: Update): boolean {
  const { apiInstallationOptions, shouldShowPortalAfterInstall } =
    nextModalState;
  return (
    nextContext.user.authenticated &&
    (!apiInstallationOptions?.isApiInstallation ||
      shouldShowPortalAfterInstall === true)
  );
}

/** The origin of the page that frames us, once it has said something. */
let host = "";

/** Hears one kind of message of the page that frames us. */
function hear<T>(messageType: string, listener: (message: T) => void): void {
  window.addEventListener("message", ({ source, origin, data }) => {
    if (source !== window.parent || window.parent === window) return;
    const framedBy = hostOrigin();
    if (framedBy && origin !== framedBy) return;
    const message = data as { messageType?: string } | null;
    if (message?.messageType !== messageType) return;
    // Before the page names a project anybody may frame it: nothing is taken from them but that name.
    if (namedProject()) host = origin;
    listener(data as T);
  });
}

/**
 * The origin of the page that frames us, which the Worker has let do so; empty while it is not known. A browser without
 * `ancestorOrigins` (Firefox) tells it with the first message of that page; the referrer would be our own page, which went
 * on to the project's.
 */
function hostOrigin(): string {
  return window.location.ancestorOrigins?.[0] ?? host;
}

/** Calls methods of the package: `call("onClose", true)`. */
function caller() {
  const waiting = new Map<
    string,
    { done: () => void; failed: (problem: Problem) => void }
  >();
  const settle = (id: string) => {
    const one = waiting.get(id);
    waiting.delete(id);
    return one;
  };
  hear("SDK_FUNCTION_RESPONSE", ({ id }: { id: string }) => settle(id)?.done());
  hear("SDK_FUNCTION_ERROR", ({ id, message }: { id: string } & Failure) =>
    settle(id)?.failed(problemOf({ message: message ?? "" })),
  );
  return (type: string, ...parameters: unknown[]) =>
    new Promise<void>((done, failed) => {
      const id = crypto.randomUUID();
      waiting.set(id, { done, failed });
      setTimeout(() => settle(id)?.failed(new Problem("unknown")), PATIENCE);
      const message = {
        messageType: "SDK_FUNCTION_INVOCATION",
        type,
        id,
        parameters,
      };
      window.parent.postMessage(message, hostOrigin());
    });
}

/** What the package throws has the Worker's JSON for a message. */
function problemOf({ code, message = "" }: Failure): Problem {
  if (code) return new Problem(code, message);
  if (/blocked/i.test(message)) return new Problem("popup_blocked");
  if (/failed to fetch|networkerror|load failed/i.test(message))
    return new Problem("offline");
  try {
    const said = JSON.parse(message) as Failure;
    return new Problem(said.code ?? "unknown", said.message);
  } catch {
    return new Problem("unknown", message || undefined);
  }
}

function portalOf(
  { nextContext: { user } }: Update,
  integration: Integration,
): Portal {
  const values = integration.configs[0]?.values ?? {};
  const metas = Object.values(values.workflowMeta ?? {});
  const credentials =
    user.integrations?.[integration.type]?.allCredentials ?? [];
  return {
    project: "",
    user: user.userId ?? "",
    integration: {
      name: integration.name,
      description: values.description ?? "",
      overview: values.overview ?? "",
      accentColor: values.accentColor || (integration.brandColor ?? ""),
      icon: integration.icon,
      scopes: values.scopes,
    },
    accounts: credentials.map(accountOf),
    workflows: metas
      .filter(({ hidden }) => !hidden)
      .sort((one, other) => (one.order ?? 0) - (other.order ?? 0))
      .map((meta) => ({
        id: meta.id,
        name: meta.description,
        about: meta.infoText ?? "",
        isOnByDefault: meta.defaultEnabled ?? false,
        inputs: meta.inputs ?? [],
      })),
  };
}

function accountOf({
  id,
  status,
  dateCreated = "",
  dateUpdated = "",
  providerData = {},
  configurations = [],
}: Credential) {
  const text = (name: string) => String(providerData[name] ?? "");
  const states = configurations[0]?.workflowSettings ?? {};
  return {
    id,
    name: text("displayName") || text("display_name") || text("name"),
    email: text("email"),
    isValid: status === "VALID",
    connectedAt: Date.parse(dateCreated) || 0,
    consent: dateUpdated,
    workflows: Object.fromEntries(
      Object.entries(states).map(([workflow, state]) => [
        workflow,
        { enabled: state.enabled ?? false, settings: state.settings ?? {} },
      ]),
    ),
  };
}
