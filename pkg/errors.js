// The error classes of the SDK, so that a page can use `instanceof`. Their names, codes and messages are written by
// the wasm (src/browser/problem.rs); entry.js gives each error the class of its name.

export class BaseSDKError extends Error {}
export class UserNotAuthenticatedError extends BaseSDKError {}
export class IntegrationNotFoundError extends BaseSDKError {}
export class IntegrationNotInstalledError extends BaseSDKError {}
export class OAuthBlockedError extends BaseSDKError {}
export class OAuthTimeoutError extends BaseSDKError {}
export class OAuthWindowClosedError extends BaseSDKError {}
export class ProxyRequestError extends BaseSDKError {}
