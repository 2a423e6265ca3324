// What must be there before the wasm is: the window that opens in the click, the listeners, and the loading itself.
// Everything else is asked of the wasm (src/browser). Runs nothing at import, so that servers can import it too.

import * as classes from "./errors.js";

export const SDK_EVENT = {
  ON_INTEGRATION_INSTALL: "onIntegrationInstall",
  ON_INTEGRATION_UNINSTALL: "onIntegrationUninstall",
  ON_WORKFLOW_CHANGE: "onWorkflowChange",
  ON_PORTAL_OPEN: "onPortalOpen",
  ON_PORTAL_CLOSE: "onPortalClose",
};

const VERSION = "0.1.0";

/** Makes the object for pages; `load(source)` brings the wasm's exports, and fails freely: it is called again. */
export function createIsthmus(load) {
  const listeners = {};
  const windows = `isthmus-${Math.random().toString(36).slice(2)}-`;
  let hosts = ["", ""];
  let loading, sdk, signingIn;
  let pending = 0;
  let signOuts = 0;

  const emit = (target, payload, user) => {
    if (typeof target === "function") attempt(target, payload, user);
    for (const listener of listeners[target] ?? [])
      attempt(listener, payload, user);
  };

  // The ticket goes into the window in a form: it is in no address and in no message.
  const enter = (integration, action, ticket) => {
    const form = document.createElement("form");
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "ticket", value: ticket });
    const target = windows + integration;
    Object.assign(form, { method: "post", action, target }).append(field);
    document.body.append(form);
    form.submit();
    form.remove();
  };

  const start = async (source) => {
    try {
      const { Sdk } = await load(source);
      sdk = new Sdk(emit, enter);
      sdk.configure(...hosts);
      return sdk;
    } catch (cause) {
      loading = undefined;
      const message = `The wasm of @isthmus/connect could not be loaded: ${cause?.message ?? cause}`;
      throw Object.assign(new classes.BaseSDKError(message, { cause }), {
        code: "sdk_not_loaded",
      });
    }
  };
  const init = (source) => (loading ??= start(source));

  const call = (action) =>
    init()
      .then(action)
      .catch((error) => {
        throw toClass(error);
      });

  // A call waits for an `authenticate` under way, whatever becomes of it, then asks the wasm.
  const ask = async (method, ...args) => {
    await signingIn?.catch(() => {});
    return call((sdk) => sdk[method](...args));
  };

  const connect = (integration, options, install) => {
    options ??= {};
    // What is known to be refused opens no window. While somebody signs in, nothing is known.
    const isRefused =
      sdk && !pending && sdk.isRefused(integration, options, install);
    const popup =
      signingIn && !isRefused ? openWindow(windows + integration) : undefined;
    const retry = () => connect(integration, options, install);
    const args = [integration, options, install, popup, retry];
    const connected = ask("connect", ...args).catch((error) => {
      if (error.code === "sdk_not_loaded") popup?.close();
      throw error;
    });
    // Whoever takes the error by callback need not take it from the promise as well.
    if (options.onError)
      connected.catch((error) => attempt(options.onError, error));
    return connected;
  };

  const switchWorkflow = (...args) =>
    ask("switchWorkflow", ...args).then(() => {});

  const assertListener = (event, listener, message) => {
    if (!Object.values(SDK_EVENT).includes(event))
      throw new Error(`${event} is not valid paragon event`);
    if (typeof listener !== "function") throw new Error(message);
  };

  const isthmus = {
    getVersion: () => VERSION,

    configureGlobal(options, overrides = {}) {
      if (!options?.host) throw new Error("host not specified");
      const api = originOf(overrides.ZEUS_PUBLIC_URL ?? options.host);
      hosts = [api, originOf(overrides.WORKER_PROXY_PUBLIC_URL ?? api)];
      sdk?.configure(...hosts);
    },

    authenticate(...args) {
      const before = signOuts;
      const started = call((sdk) => {
        const signedIn = sdk.authenticate(...args);
        if (signOuts > before) sdk.logout();
        return signedIn;
      });
      pending++;
      signingIn = started.finally(() => pending--);
      // A promise of its own: that calls wait for the other one must not hide a failure that nobody takes.
      return signingIn.then();
    },

    logout() {
      signOuts++;
      signingIn = undefined;
      sdk?.logout();
    },

    getUser: () => sdk?.getUser() ?? { authenticated: false },

    getIntegrationMetadata(integration) {
      const all = sdk?.getIntegrationMetadata() ?? [];
      if (!integration) return all;
      const one = all.find(({ type }) => type === integration);
      if (!one)
        throw new Error(`${integration} is not a valid integration name`);
      return one;
    },

    getIntegrationConfig(integration) {
      const values = sdk?.getIntegrationConfig(integration);
      if (!values)
        throw new Error(`${integration} is not a valid integration name`);
      return {
        shortDescription: values.description,
        longDescription: values.overview,
        availableUserSettings: values.sharedMeta.inputs,
        availableWorkflows: Object.values(values.workflowMeta).sort(
          (one, other) => one.order - other.order,
        ),
        hiddenWorkflows: [],
      };
    },

    connect: (integration, options) => connect(integration, options, false),
    installIntegration: (integration, options) =>
      connect(integration, options, true),
    uninstallIntegration: (integration, options) =>
      ask("uninstallIntegration", integration, options),
    request: (integration, path, options) =>
      ask("request", integration, path, options),
    event: (name, payload, options) =>
      ask("event", name, payload, options).then(() => {}),
    workflow: (id, options) =>
      ask("workflow", id, `${new URLSearchParams(options?.query)}`, options),
    enableWorkflow: (id, options) => switchWorkflow(id, true, options),
    disableWorkflow: (id, options) => switchWorkflow(id, false, options),

    async updateWorkflowState(update, options) {
      const errors = [];
      for (const [workflowId, on] of Object.entries(update))
        await switchWorkflow(workflowId, !!on, options).catch(
          ({ code, message }) => errors.push({ workflowId, code, message }),
        );
      return { user: isthmus.getUser(), errors };
    },

    async updateWorkflowUserSettings(...args) {
      const { errors } = await ask("fillIn", ...args);
      return { userState: isthmus.getUser(), errors };
    },

    setUserMetadata: (metadata) => ask("setUserMetadata", metadata),

    subscribe(event, listener) {
      assertListener(event, listener, `no listener is provided for ${event}`);
      listeners[event] = [...(listeners[event] ?? []), listener];
      return () => isthmus.unsubscribe(event, listener);
    },

    unsubscribe(event, listener) {
      assertListener(
        event,
        listener,
        "listener is required for unsubscription",
      );
      const before = listeners[event] ?? [];
      listeners[event] = before.filter((one) => one !== listener);
      return before.length > listeners[event].length;
    },

    setHeadless() {},
    closePortal() {
      sdk?.closePortal();
    },
  };
  return { isthmus, init: (source) => init(source).then(() => {}) };
}

/** The origin of a full URL or of a bare host name, which is taken to be https. */
function originOf(host) {
  return new URL(/^https?:\/\//.test(host) ? host : `https://${host}`).origin;
}

/** Opens the empty window of one integration, or comes back to the one that is open. `null` when it is blocked. */
function openWindow(name) {
  const popup = window.open("", name, "width=500,height=600,left=100,top=150");
  popup?.focus();
  return popup;
}

/** Gives an error of the wasm the class that its name says, and returns it. */
function toClass(error) {
  const type = classes[error?.name] ?? (error?.code && classes.BaseSDKError);
  if (type) Object.setPrototypeOf(error, type.prototype).meta ??= null;
  // The package that this one replaces calls this error so.
  if (type === classes.ProxyRequestError) error.name = "Error";
  return error;
}

/** Calls what the page gave us; what it throws is the page's and only logged. */
function attempt(callback, ...args) {
  try {
    callback(...args);
  } catch (error) {
    console.error(error);
  }
}
