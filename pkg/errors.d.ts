// What the package throws: one shape for all errors, and a class for each that a page may want to tell apart.

import type { IntegrationInstallEvent } from "./index.js";

/** Every error of this package: the README has a table of the codes. */
export interface IsthmusError extends Error {
  /** Stable; the message may change. */
  readonly code: string;
  /** The HTTP status, when the Worker or the provider answered. */
  readonly status?: number;
  /** The parsed body of that answer. */
  readonly response?: unknown;
}

export declare class BaseSDKError extends Error implements IsthmusError {
  protected constructor();
  readonly code: string;
  readonly status?: number;
  readonly response?: unknown;
  readonly meta: Record<string, unknown> | null;
}
export declare class UserNotAuthenticatedError extends BaseSDKError {
  readonly code: "not_authenticated";
}
export declare class IntegrationNotFoundError extends BaseSDKError {
  readonly code: "integration_not_found";
  readonly integrationName: string;
}
export declare class IntegrationNotInstalledError extends BaseSDKError {
  readonly code: "not_installed";
  readonly integrationName: string;
}
/** The browser blocked the window. */
export declare class OAuthBlockedError extends BaseSDKError {
  readonly code: "popup_blocked";
  /** Tries again; call it in a click. */
  retry(): Promise<IntegrationInstallEvent | undefined>;
}
export declare class OAuthTimeoutError extends BaseSDKError {
  readonly code: "oauth_timeout";
}
/** The window was closed before anything was decided. A success after that is still told by callback and event. */
export declare class OAuthWindowClosedError extends BaseSDKError {
  readonly code: "popup_closed";
}
/** A failed `request`: `response` is the provider's body, `code` is `"provider_error"` unless the Worker refused. */
export declare class ProxyRequestError extends BaseSDKError {}
