//! Everything that is Zoom: its addresses, who `users/me` is, how its API is called and what its refusals mean.

#[cfg(feature = "edge")]
mod account;
pub mod action;
#[cfg(feature = "edge")]
mod api;
#[cfg(feature = "edge")]
pub mod check;
#[cfg(feature = "edge")]
pub mod limit;
#[cfg(feature = "edge")]
mod limited;
#[cfg(feature = "edge")]
mod revocation;
#[cfg(feature = "edge")]
pub mod scope;
pub mod secret_field;
pub mod trigger;
#[cfg(feature = "edge")]
pub mod webhook;

#[cfg(feature = "edge")]
pub use account::{Account, AccountError, account_request, read_account};
#[cfg(feature = "edge")]
pub use api::{ApiPath, PathError, api_base, api_request, token_refused};
#[cfg(feature = "edge")]
pub use limited::{Limited, read_limited};
#[cfg(feature = "edge")]
pub use revocation::revoke;

#[cfg(feature = "edge")]
use crate::{oauth::Endpoints, settings::Settings};

/// The provider's name in paths, JSON and tables.
pub const PROVIDER: &str = "zoom";
/// The provider's name for people.
pub const NAME: &str = "Zoom";
/// Zoom's blue.
pub const BRAND_COLOR: &str = "#0B5CFF";

/// Zoom's OAuth endpoints (Zoom: "Using OAuth 2.0").
#[cfg(feature = "edge")]
pub fn endpoints(settings: &Settings) -> Endpoints {
    let base = &settings.zoom_oauth_url;
    Endpoints {
        authorization: format!("{base}/oauth/authorize"),
        token: format!("{base}/oauth/token"),
        revocation: format!("{base}/oauth/revoke"),
    }
}

/// What an integration with Zoom is good for, for people.
pub const DESCRIPTION: &str = "Schedule and manage Zoom meetings and their registrants.";
/// An icon of our own (a camera), as a data URL: no page asks a third party for it.
pub const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Crect width='24' height='24' rx='6' fill='%230B5CFF'/%3E%3Cpath fill='%23fff' d='M5 9.5A1.5 1.5 0 0 1 6.5 8h6A1.5 1.5 0 0 1 14 9.5v5a1.5 1.5 0 0 1-1.5 1.5h-6A1.5 1.5 0 0 1 5 14.5zm10 1.2 4-2.4v7.4l-4-2.4z'/%3E%3C/svg%3E";
