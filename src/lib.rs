//! Isthmus: "Connect Zoom" for any product. One crate, built as a native library for tests, as a Cloudflare Worker
//! (`worker/`) and as the browser package (`pkg/`). The map, a line a module:
#![cfg_attr(not(test), warn(missing_docs))]

/// The `isthmus` object for pages.
#[cfg(feature = "browser")]
pub mod browser;

/// Which addresses that people give us we call.
#[cfg(feature = "edge")]
pub mod address;
/// The rules of the connection object, the only holder of a token pair.
#[cfg(feature = "edge")]
pub mod connection;
/// One HTTP request in, one answer out: the route table and every journey.
#[cfg(feature = "edge")]
pub mod edge;
/// What a page needs on which workflows are written.
#[cfg(feature = "editor")]
pub mod editor;
/// The headers of a message.
#[cfg(feature = "edge")]
pub mod headers;
/// The only door to the outside world.
#[cfg(feature = "edge")]
pub mod host;
/// Random and derived identifiers.
#[cfg(feature = "edge")]
pub mod id;
/// User tokens: RFC 7519 and 7515, RS256 only.
#[cfg(feature = "edge")]
pub mod jwt;
/// What one isolate remembers.
#[cfg(feature = "edge")]
pub mod memory;
/// Messages of RFC 6749, 7636 and 7009.
#[cfg(feature = "edge")]
pub mod oauth;
/// Public RSA keys as people paste them.
#[cfg(feature = "edge")]
pub mod public_key;
/// What is stored: fields, SQL, sealed copies.
#[cfg(feature = "edge")]
pub mod record;
/// What happens when a workflow runs.
#[cfg(feature = "edge")]
pub mod run;
/// Encryption at rest.
#[cfg(feature = "edge")]
pub mod seal;
/// A type for each secret.
#[cfg(feature = "edge")]
pub mod secret;
/// What the operator configures.
#[cfg(feature = "edge")]
pub mod settings;
/// JSON shapes: read, written and described by one declaration.
#[cfg(feature = "workflow")]
#[cfg_attr(
    not(feature = "edge"),
    allow(dead_code, unused_imports, unused_macros, reason = "only the edge needs all of it")
)]
pub mod shape;
/// Signing outgoing events as Standard Webhooks says.
#[cfg(feature = "edge")]
pub mod standard_webhooks;
/// A host in memory that can lag, fail and crash.
#[cfg(feature = "testing")]
pub mod testing;
/// Points in time.
#[cfg(feature = "workflow")]
pub mod time;
/// What a workflow is made of.
#[cfg(feature = "workflow")]
pub mod workflow;
/// Everything that is Zoom.
#[cfg(feature = "workflow")]
pub mod zoom;
