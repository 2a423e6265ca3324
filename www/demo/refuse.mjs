// How any part of this server ends a request that it does not do.

/** Ends the request with this status and these words. */
export function refuse(status, message) {
  throw Object.assign(new Error(message), { status });
}
