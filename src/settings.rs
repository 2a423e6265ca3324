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
    /// The origin that the console is bound to (`CONSOLE_URL`, less its path); any that reaches the Worker when not set.
    pub console_url: Option<String>,
    /// The access product in front of the console; nothing unless both of `ACCESS_TEAM_DOMAIN` and `ACCESS_AUD` are set.
    pub access: Option<Access>,
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

/// Cloudflare Access in front of the console.
#[derive(Debug, Clone)]
pub struct Access {
    /// The team: `https://<team>.cloudflareaccess.com`.
    pub team_domain: String,
    /// The tag of the application that stands in front of the console.
    pub audience: String,
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
            console_url: Some(address("CONSOLE_URL", ""))
                .filter(|url| !url.is_empty())
                .map(|url| origin(&url)),
            access: Access::new(&address("ACCESS_TEAM_DOMAIN", ""), address("ACCESS_AUD", "")),
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

    /// The hosts that are known to be ours, with their ports: people's addresses do not lead there.
    pub fn own_hosts(&self) -> Vec<&str> {
        let urls = self.public_url.iter().chain(&self.console_url);
        urls.filter_map(|url| url.split('/').nth(2)).collect()
    }
}

/// The origin of an address, as a browser writes it (WHATWG URL): in lower case, without the port that goes without saying,
/// without a path. It is `https` unless it says otherwise.
fn origin(address: &str) -> String {
    let address = address.to_ascii_lowercase();
    let (scheme, rest) = address.split_once("://").unwrap_or(("https", &address));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let usual = if scheme == "http" { ":80" } else { ":443" };
    format!("{scheme}://{}", authority.strip_suffix(usual).unwrap_or(authority))
}

impl Access {
    /// A team's name alone will do.
    fn new(team_domain: &str, audience: String) -> Option<Self> {
        if team_domain.is_empty() || audience.is_empty() {
            return None;
        }
        let is_name = !team_domain.contains(['.', ':']);
        let rest = if is_name { ".cloudflareaccess.com" } else { "" };
        Some(Self { team_domain: origin(&format!("{team_domain}{rest}")), audience })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_is_on_when_team_and_application_are_set() {
        let with = |team: &'static str, audience: &'static str| {
            let settings = Settings::new(|name| match name {
                "ACCESS_TEAM_DOMAIN" => Some(team.to_owned()),
                "ACCESS_AUD" => Some(audience.to_owned()),
                _ => None,
            });
            settings.access.map(|access| access.team_domain)
        };
        let team = Some("https://acme.cloudflareaccess.com".to_owned());
        for given in [
            "acme",
            "Acme",
            "acme.cloudflareaccess.com",
            "https://acme.cloudflareaccess.com/",
            "https://ACME.CloudflareAccess.com:443/cdn-cgi/access/certs",
        ] {
            assert_eq!(with(given, "tag"), team, "{given}");
        }
        assert!(with("acme", "").is_none() && with("", "tag").is_none());
    }

    #[test]
    fn the_consoles_origin_is_written_as_browsers_write_it() {
        let bound = |given: &'static str| {
            let only = |name: &str| (name == "CONSOLE_URL").then(|| given.to_owned());
            Settings::new(only).console_url
        };
        for (given, origin) in [
            ("https://console.example.com", "https://console.example.com"),
            (" HTTPS://Console.Example.com:443/console/ ", "https://console.example.com"),
            ("console.example.com", "https://console.example.com"),
            ("https://console.example.com:8443", "https://console.example.com:8443"),
            ("http://localhost:80/?a#b", "http://localhost"),
            ("http://localhost:8787", "http://localhost:8787"),
        ] {
            assert_eq!(bound(given).as_deref(), Some(origin), "{given}");
        }
        assert_eq!(bound(" "), None);
    }

    #[test]
    fn our_own_hosts_are_those_of_the_people_and_of_the_console() {
        let both = Settings::new(|name| match name {
            "PUBLIC_URL" => Some("https://edge.example/".to_owned()),
            "CONSOLE_URL" => Some("https://Console.example:8443".to_owned()),
            _ => None,
        });
        assert_eq!(both.own_hosts(), ["edge.example", "console.example:8443"]);
        assert!(Settings::new(|_| None).own_hosts().is_empty());
    }

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
