//! What a sandbox starts with: one registered app, two Zoom accounts with people in them, limits.

use std::time::Duration;

use crate::clock::Clock;
use crate::limits::Limits;
use crate::webhook::Rules;

/// What [`crate::Sandbox::new`] needs. `Config::default()` is a whole, usable one.
#[derive(Clone, Debug)]
pub struct Config {
    /// The registered app.
    pub app: AppConfig,
    /// The Zoom accounts and their users; the first user is preselected on the consent page.
    pub accounts: Vec<AccountConfig>,
    /// The sandbox's own address without a slash at the end, told to apps as `api_url`.
    /// [`crate::Sandbox::serve`] sets it from its listener when it is `None`.
    pub base_url: Option<String>,
    /// The rate limits at the start.
    pub limits: Limits,
    /// The time.
    pub clock: Clock,
    /// The pauses before the second and each further attempt of a webhook, in real time.
    pub webhook_retries: Vec<Duration>,
    /// How long an endpoint may take to answer a webhook.
    pub webhook_timeout: Duration,
}

/// An app as registered on Zoom's marketplace (confidential).
#[derive(Clone)]
pub struct AppConfig {
    /// The name on the consent page.
    pub name: String,
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: String,
    /// The exact redirect URIs.
    pub redirect_uris: Vec<String>,
    /// The app's scopes: a user consents to all of them.
    pub scopes: Vec<String>,
    /// Signs the app's webhooks.
    pub secret_token: String,
    /// Whether an administrator installs it for everybody: then it hears the events of all users
    /// of an account in which one user's consent is live, not only of those who consented.
    pub account_events: bool,
}

/// One Zoom account.
#[derive(Clone, Debug)]
pub struct AccountConfig {
    /// Zoom's account id.
    pub id: String,
    /// The company's name.
    pub name: String,
    /// Its users.
    pub users: Vec<UserConfig>,
}

/// One Zoom user.
#[derive(Clone, Debug)]
pub struct UserConfig {
    /// Zoom's user id (22 characters of base64url).
    pub id: String,
    /// The e-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
}

/// The granular, user-level scopes of the eight operations, of `users/me`, and of the events.
pub(crate) const ALL_SCOPES: [&str; 12] = [
    "meeting:write:meeting",
    "meeting:update:meeting",
    "meeting:read:list_meetings",
    "meeting:read:meeting",
    "meeting:delete:meeting",
    "meeting:write:registrant",
    "meeting:read:list_registrants",
    "meeting:delete:registrant",
    "meeting:read:registrant",
    "meeting:read:participant",
    "cloud_recording:read:recording",
    "user:read:user",
];

impl Default for Config {
    fn default() -> Self {
        let acme = [
            user("AdaLovelace-zoomuser01", "ada@acme.example", "Ada", "Lovelace"),
            user("AlanTuring-zoom-user02", "alan@acme.example", "Alan", "Turing"),
        ];
        let rules = Rules::default();
        let globex = [user("GraceHopper-zoomuser03", "grace@globex.example", "Grace", "Hopper")];
        Self {
            app: AppConfig::default(),
            accounts: vec![
                account("Acme-zoom-account-0001", "Acme", acme.to_vec()),
                account("Globex-zoom-account-02", "Globex", globex.to_vec()),
            ],
            base_url: None,
            limits: Limits::business(),
            clock: Clock::system(),
            webhook_retries: rules.retries,
            webhook_timeout: rules.timeout,
        }
    }
}

impl Default for AppConfig {
    fn default() -> Self {
        Self {
            name: "Isthmus (development)".to_owned(),
            client_id: "sandbox-client-id".to_owned(),
            client_secret: "sandbox-client-secret".to_owned(),
            redirect_uris: Vec::new(),
            scopes: ALL_SCOPES.map(str::to_owned).to_vec(),
            secret_token: "sandbox-secret-token".to_owned(),
            account_events: false,
        }
    }
}

impl std::fmt::Debug for AppConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppConfig")
            .field("client_id", &self.client_id)
            .field("client_secret", &"[redacted]")
            .field("redirect_uris", &self.redirect_uris)
            .finish_non_exhaustive()
    }
}

fn account(id: &str, name: &str, users: Vec<UserConfig>) -> AccountConfig {
    AccountConfig { id: id.to_owned(), name: name.to_owned(), users }
}

fn user(id: &str, email: &str, first_name: &str, last_name: &str) -> UserConfig {
    UserConfig {
        id: id.to_owned(),
        email: email.to_owned(),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
    }
}
