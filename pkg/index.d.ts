// The types of @isthmus/connect. Names and shapes are those of @useparagon/connect, so that a page that is written for
// it needs another import line only; what differs is said where it differs.

import type { IsthmusError } from "./errors.js";
import type {
  AuthenticatedConnectUser,
  ConnectUser,
  IConnectCredential,
  PersonaMeta,
} from "./user.js";

export * from "./errors.js";
export * from "./user.js";

export interface IntegrationMetadata {
  /** The name to use in calls, like `"zoom"`. */
  type: string;
  /** The name to show. */
  name: string;
  /** The address of an image. */
  icon: string;
  /** A CSS colour. */
  brandColor: string;
}

export type IntegrationInstallEvent = {
  integrationId: string;
  integrationType: string;
  credentialId?: string;
  credential?: IConnectCredential;
};
export type IntegrationUninstallEvent = IntegrationInstallEvent;
export type WorkflowStateChangeEvent = {
  integrationId: string;
  integrationType: string;
  workflowId: string;
  /** `enabled` is not there when only settings were changed. */
  workflowStateChange: { enabled?: boolean };
  credentialId?: string;
};
export type PortalOpenEvent = {
  integrationId: string;
  integrationType: string;
};
export type PortalCloseEvent = PortalOpenEvent;

export type CallbackMap = {
  /** Only called when there is no `onInstall`. */
  onSuccess?: (
    event: IntegrationInstallEvent,
    user: AuthenticatedConnectUser,
  ) => void;
  onInstall?: (
    event: IntegrationInstallEvent,
    user: AuthenticatedConnectUser,
  ) => void;
  /** The promise rejects with the same error, which then counts as handled. */
  onError?: (error: IsthmusError) => void;
  /** Kept until the integration is disconnected, then called once. */
  onUninstall?: (
    event: IntegrationUninstallEvent,
    user: AuthenticatedConnectUser,
  ) => void;
  /** `connect` only: a workflow was switched, or its settings changed, in the portal. */
  onWorkflowChange?: (
    event: WorkflowStateChangeEvent,
    user: AuthenticatedConnectUser,
  ) => void;
  /** `connect` only: the portal's window opened. */
  onOpen?: (event: PortalOpenEvent, user: AuthenticatedConnectUser) => void;
  /** `connect` only: the portal is closed, whatever came of it. */
  onClose?: (event: PortalCloseEvent, user: AuthenticatedConnectUser) => void;
};

export type InstallOptions = {
  /** Connects another account beside the one there is. `connect` always does. */
  allowMultipleCredentials?: boolean;
  /** `installIntegration` only: your own page for the provider to go back to; it passes the query on to the Worker's `/oauth`. */
  overrideRedirectUrl?: string;
  /** `installIntegration` only: how long it may take, in milliseconds; three minutes when not given. */
  oauthTimeout?: number;
  /** No effect: there is one kind of account. */
  accountType?: string | string[];
  /** No effect: `connect` opens the portal, `installIntegration` goes straight to the provider. */
  isApiInstallation?: boolean;
  /** No effect: there is no question after consent. */
  bypassPostOAuthPrompt?: boolean;
  /** No effect: call `connect` for the portal. */
  showPortalAfterInstall?: boolean;
  /** No effect: the provider's consent page decides which account is connected. */
  selectedCredentialId?: string;
};

export type ConnectParams = CallbackMap & InstallOptions;
export type InstallIntegrationOptions = Omit<
  ConnectParams,
  "onOpen" | "onClose" | "onWorkflowChange"
>;
export type UninstallOptions = { selectedCredentialId?: string };
export type AuthenticateOptions = { metadata?: PersonaMeta };

export type ProxyRequestOptions = {
  /** The account to use; the current one when not given. */
  selectedCredentialId?: string;
  /** `GET` when not given. */
  method?: RequestInit["method"];
  /** A plain object or list is sent as JSON; a text is taken to be JSON unless `headers` says otherwise. */
  body?: RequestInit["body"] | object;
  headers?: RequestInit["headers"];
};

/** Names an account where a user has several; the current one when not given. */
export type CredentialOptions = {
  selectedCredentialId?: string;
  /** No effect: an account has one configuration. */
  selectedConfigurationId?: string;
};

export type TriggerWorkflowRequest = CredentialOptions & {
  /** Sent as JSON; `{}` when not given. */
  body?: unknown;
  headers?: RequestInit["headers"];
  query?: Record<string, string>;
};

/** Something that a user fills in for a workflow. */
export interface WorkflowInput {
  id: string;
  title: string;
  type:
    | "TEXT_NO_VARS"
    | "NUMBER"
    | "BOOLEAN_INPUT"
    | "EMAIL"
    | "URL"
    | "CUSTOM_DROPDOWN";
  required: boolean;
  defaultValue?: string | number | boolean;
  /** What to fill in. */
  tooltip?: string;
  /** Of a `CUSTOM_DROPDOWN`. */
  customDropdownOptions?: {
    value: string | number | boolean;
    label: string;
  }[];
}

/** A deployed workflow. */
export interface WorkflowMeta {
  id: string;
  /** The name to show. */
  description: string;
  /** What it is for. */
  infoText: string;
  /** Whether it is on for those who never said. */
  defaultEnabled: boolean;
  hidden: boolean;
  order: number;
  inputs: WorkflowInput[];
}

export interface IntegrationConfig {
  shortDescription?: string;
  longDescription?: string;
  /** None: each workflow has its own. */
  availableUserSettings?: WorkflowInput[];
  availableWorkflows: WorkflowMeta[];
  /** None. */
  hiddenWorkflows: WorkflowMeta[];
}

export declare const SDK_EVENT: {
  readonly ON_INTEGRATION_INSTALL: "onIntegrationInstall";
  readonly ON_INTEGRATION_UNINSTALL: "onIntegrationUninstall";
  readonly ON_WORKFLOW_CHANGE: "onWorkflowChange";
  readonly ON_PORTAL_OPEN: "onPortalOpen";
  readonly ON_PORTAL_CLOSE: "onPortalClose";
};
export type SDK_EVENT = (typeof SDK_EVENT)[keyof typeof SDK_EVENT];

/** What listeners of each event are given first. */
export type SDKEventPayloads = {
  onIntegrationInstall: IntegrationInstallEvent;
  onIntegrationUninstall: IntegrationUninstallEvent;
  onWorkflowChange: WorkflowStateChangeEvent;
  onPortalOpen: PortalOpenEvent;
  onPortalClose: PortalCloseEvent;
};
export type Listener<Event extends SDK_EVENT> = (
  payload: SDKEventPayloads[Event],
  user: AuthenticatedConnectUser,
) => void;

export interface Isthmus {
  /**
   * Says where your Worker is: a full URL, or a bare host name, which is taken to be https. Signs the user out.
   * Comes before `authenticate`. Throws when `host` is missing or no URL can be made of it.
   */
  configureGlobal(
    options: { host: string },
    overrideEnvs?: {
      ZEUS_PUBLIC_URL?: string;
      WORKER_PROXY_PUBLIC_URL?: string;
      [name: string]: string | undefined;
    },
  ): void;
  /** Signs a user in with a token that your server has signed. Other calls wait for it by themselves. */
  authenticate(
    projectId: string,
    token: string,
    options?: AuthenticateOptions,
  ): Promise<void>;
  /** Forgets the user; attempts to connect that are under way end as `superseded`. */
  logout(): void;
  /** A copy of what is known about the user; without the token. */
  getUser(): ConnectUser;
  /**
   * Opens the Connect Portal in a window: what the integration is, the accounts, their workflows. Call it in a click.
   * Answers the first account that is connected there; nothing when the window is closed before and the user had one
   * anyway, or has changed something.
   */
  connect(
    integration: string,
    options?: ConnectParams,
  ): Promise<IntegrationInstallEvent | undefined>;
  /**
   * Goes straight to the provider's consent, for an integration that has no account yet, unless
   * `allowMultipleCredentials`. Call it in a click.
   */
  installIntegration(
    integration: string,
    options?: InstallIntegrationOptions,
  ): Promise<IntegrationInstallEvent>;
  /** Disconnects the selected account, else the current one. */
  uninstallIntegration(
    integration: string,
    options?: UninstallOptions,
  ): Promise<void>;
  /**
   * Calls the provider's API as the user. Answers its body: parsed JSON, else text, `undefined` when empty. The type
   * is yours to name; nothing checks the answer against it.
   */
  request<Answer = unknown>(
    integration: string,
    path: string,
    options?: ProxyRequestOptions,
  ): Promise<Answer | undefined>;
  /** Tells of something that happened in your product: starts the user's workflows that wait for it. */
  event(
    name: string,
    payload: Record<string, unknown>,
    options?: CredentialOptions,
  ): Promise<void>;
  /**
   * Starts a workflow by a request. Answers what its Response step answers, if it has one; `run_not_completed` when
   * that takes longer than 55 seconds: the workflow goes on.
   */
  workflow<Answer = unknown>(
    workflowId: string,
    options?: TriggerWorkflowRequest,
  ): Promise<Answer | undefined>;
  /** Switches a workflow on. It runs once what it requires is filled in. */
  enableWorkflow(
    workflowId: string,
    options?: CredentialOptions,
  ): Promise<void>;
  /** Switches a workflow off; what was filled in stays. */
  disableWorkflow(
    workflowId: string,
    options?: CredentialOptions,
  ): Promise<void>;
  /** Switches some on or off. Answers the user, and those where it failed. */
  updateWorkflowState(
    update: Record<string, boolean>,
    options?: CredentialOptions,
  ): Promise<{
    user: ConnectUser;
    errors: { workflowId: string; code: string; message: string }[];
  }>;
  /**
   * Fills in settings of a workflow; those not named stay, `null` clears one. Answers the user, and in `errors` what
   * workflows that are on still lack.
   */
  updateWorkflowUserSettings(
    integration: string,
    workflowId: string,
    update: Record<string, string | number | boolean | null | undefined>,
    options?: CredentialOptions,
  ): Promise<{ userState: ConnectUser; errors: string[] }>;
  /** What an integration offers: its workflows, with what users fill in. Throws for an unknown one. */
  getIntegrationConfig(integration: string): IntegrationConfig;
  /** Adds metadata to the user's and answers the user. */
  setUserMetadata(meta: PersonaMeta): Promise<AuthenticatedConnectUser>;
  /** The active integrations; none before `authenticate` has settled. */
  getIntegrationMetadata(): IntegrationMetadata[];
  /** One of them. Throws for an unknown one. */
  getIntegrationMetadata(integration: string): IntegrationMetadata;
  /** Listens to an event. Answers a function that stops it. */
  subscribe<Event extends SDK_EVENT>(
    event: Event,
    listener: Listener<Event>,
  ): () => boolean;
  /** Stops listening; `false` when it did not listen. */
  unsubscribe<Event extends SDK_EVENT>(
    event: Event,
    listener: Listener<Event>,
  ): boolean;
  /** The version of this package. */
  getVersion(): string;
  /** No effect: the portal is a window of its own. */
  setHeadless(headless: boolean): void;
  /** Closes the portal's window, unless the provider's page has cut it off from yours. */
  closePortal(): void;
}

export declare const isthmus: Isthmus;
/** The same object, under the name that pages of @useparagon/connect import. */
export declare const paragon: Isthmus;
export default isthmus;

/**
 * Loads the wasm now, from elsewhere than beside the package's JavaScript if `source` is given: a URL, a `Response`,
 * bytes or a compiled module. Without this call it is loaded when something needs it first.
 */
export declare function init(
  source?:
    | string
    | URL
    | Request
    | Response
    | Promise<Response>
    | BufferSource
    | WebAssembly.Module,
): Promise<void>;
