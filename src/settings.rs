//! What the operator configures: Zoom's addresses, our own, the key ring, the admin secret.
//! A setting that is missing or weak is an error a person can act on; nothing works without a key ring.

use crate::{
    seal::{KeyRing, RingError},
    secret,
};

/// The configuration of one deployment.
#[derive(Debug)]
pub struct Settings {
    /// Where `/oauth/authorize`, `/oauth/token` and `/oauth/revoke` are: `https://zoom.us` unless set.
    pub zoom_oauth_url: String,
    /// Where `/v2` is: `https://api.zoom.us` unless set.
    pub zoom_api_url: String,
    /// Our own origin as people and Zoom see it; the incoming request's own when not set.
    pub public_url: Option<String>,
    /// The master keys; an error when they cannot be used.
    pub ring: Result<KeyRing, RingError>,
    /// The SHA-256 of the admin secret; nothing when it is missing or under 32 bytes, which closes the admin routes.
    pub admin_digest: Option<String>,
    /// In development, our events also go to endpoints on this machine (`ALLOW_LOOPBACK` is `1`).
    pub allow_loopback: bool,
    /// An idle token pair is refreshed after so many days (`KEEP_ALIVE_DAYS`, 1 to 60; 7 unless set).
    pub keep_alive_days: i64,
    /// Events and deliveries are kept so many days (`EVENT_DAYS`, 1 to 365; 30 unless set).
    pub event_days: i64,
    /// Runs are kept so many days (`RUN_DAYS`, 1 to 365; 30 unless set).
    pub run_days: i64,
}

/// The shortest admin secret that opens the admin routes, in bytes.
pub const ADMIN_SECRET_BYTES: usize = 32;

impl Settings {
    /// Reads the settings by name (`MASTER_KEYS`, `ADMIN_SECRET`, `ZOOM_OAUTH_URL`, `ZOOM_API_URL`, `PUBLIC_URL`, …).
    pub fn new(value: impl Fn(&str) -> Option<String>) -> Self {
        let address = |name: &str, default: &str| {
            let given = value(name).filter(|text| !text.trim().is_empty());
            given.unwrap_or_else(|| default.to_owned()).trim().trim_end_matches('/').to_owned()
        };
        let days = |name: &str, default: i64, most: i64| {
            let given = value(name).and_then(|text| text.trim().parse().ok());
            given.filter(|days| (1..=most).contains(days)).unwrap_or(default)
        };
        let public_url = Some(address("PUBLIC_URL", "")).filter(|url| !url.is_empty());
        Self {
            zoom_oauth_url: address("ZOOM_OAUTH_URL", "https://zoom.us"),
            zoom_api_url: address("ZOOM_API_URL", "https://api.zoom.us"),
            public_url,
            ring: KeyRing::new(&value("MASTER_KEYS").unwrap_or_default()),
            admin_digest: value("ADMIN_SECRET")
                .filter(|secret| secret.len() >= ADMIN_SECRET_BYTES)
                .map(|secret| secret::digest(&secret)),
            allow_loopback: value("ALLOW_LOOPBACK").is_some_and(|text| text == "1"),
            keep_alive_days: days("KEEP_ALIVE_DAYS", 7, 60),
            event_days: days("EVENT_DAYS", 30, 365),
            run_days: days("RUN_DAYS", 30, 365),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooms_own_addresses_are_the_default() {
        let settings = Settings::new(|_| None);
        assert_eq!(settings.zoom_oauth_url, "https://zoom.us");
        assert_eq!(settings.zoom_api_url, "https://api.zoom.us");
        assert!(settings.ring.is_err() && settings.public_url.is_none());
    }

    #[test]
    fn a_short_admin_secret_is_no_admin_secret() {
        let with = |secret: &'static str| {
            Settings::new(|name| (name == "ADMIN_SECRET").then(|| secret.to_owned())).admin_digest
        };
        assert!(with("0123456789012345678901234567890").is_none());
        assert!(with("01234567890123456789012345678901").is_some());
    }
}
