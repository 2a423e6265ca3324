//! Many events, many subscriptions.
