//! Everything a sandbox knows: the records that survive a restart, and what does not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::config::{AppConfig, Config};
use crate::fault::Faults;
use crate::limits::{Limits, Seconds, Today};
use crate::log::Log;
use crate::meeting::Meeting;
use crate::meetings;
use crate::paging::Pages;
use crate::pairs::{Code, Pair};
use crate::secret::fingerprint;
use crate::webhook::Webhooks;

/// The whole state of one sandbox.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) records: Records,
    pub(crate) base_url: String,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
    pub(crate) pages: Pages,
    pub(crate) seconds: Seconds,
    pub(crate) webhooks: Webhooks,
}

/// What the state file holds. No secret is in it: only fingerprints.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Records {
    pub(crate) accounts: Vec<Account>,
    pub(crate) users: Vec<User>,
    pub(crate) apps: BTreeMap<String, App>,
    pub(crate) codes: Vec<Code>,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) last_pair: u64,
    pub(crate) meetings: BTreeMap<u64, Meeting>,
    pub(crate) today: Today,
    pub(crate) settings: Settings,
}

/// What the controls can switch.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// `Cross-Origin-Opener-Policy: same-origin` on the consent page.
    pub(crate) coop: bool,
    /// Whether an access token outlives the refresh of its pair.
    pub(crate) access_token_survives_refresh: bool,
    pub(crate) limits: Limits,
}

/// One Zoom account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// One Zoom user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    /// Personal meeting id.
    pub(crate) pmi: u64,
    pub(crate) created_at: Millis,
}

/// One registered app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) secret: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) scopes: Vec<String>,
    /// Whether it hears of everybody in the accounts where it is installed.
    #[serde(default)]
    pub(crate) account_events: bool,
}

impl User {
    /// First and last name.
    pub(crate) fn display_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

impl App {
    /// The record of a configured app.
    pub(crate) fn new(config: &AppConfig) -> Self {
        Self {
            name: config.name.clone(),
            secret: fingerprint(&config.client_secret),
            redirect_uris: config.redirect_uris.clone(),
            scopes: config.scopes.clone(),
            account_events: config.account_events,
        }
    }
}

impl Records {
    /// The records of a new sandbox.
    pub(crate) fn new(config: &Config) -> Self {
        let mut records = Self::default();
        records.settings.limits = config.limits.clone();
        records.configure(config);
        records
    }

    /// Brings kept records up to date with the configuration: the app as configured (redirect URIs
    /// that a control added stay), and every configured user.
    pub(crate) fn configure(&mut self, config: &Config) {
        let mut app = App::new(&config.app);
        if let Some(kept) = self.apps.get(&config.app.client_id) {
            add_missing(&mut app.redirect_uris, &kept.redirect_uris);
        }
        self.apps.insert(config.app.client_id.clone(), app);
        for account in &config.accounts {
            if self.accounts.iter().all(|kept| kept.id != account.id) {
                self.accounts.push(Account { id: account.id.clone(), name: account.name.clone() });
            }
            for user in &account.users {
                if self.users.iter().any(|kept| kept.id == user.id) {
                    continue;
                }
                let number = u64::try_from(self.users.len()).unwrap_or_default();
                self.users.push(User {
                    id: user.id.clone(),
                    account_id: account.id.clone(),
                    email: user.email.clone(),
                    first_name: user.first_name.clone(),
                    last_name: user.last_name.clone(),
                    pmi: 5_550_000_001 + number,
                    created_at: config.clock.now(),
                });
            }
        }
    }

    /// Whether an app is told of a user's events: the user's consent is live or, if an
    /// administrator installed it, anybody's in that account.
    pub(crate) fn hears_of(&self, client_id: &str, user_id: &str, now: Millis) -> bool {
        if self.has_consent(client_id, user_id, now) {
            return true;
        }
        let is_shared = self.apps.get(client_id).is_some_and(|app| app.account_events);
        let account = self.user(user_id).map(|user| user.account_id.as_str());
        let mut colleagues = self.users.iter().filter(|u| Some(u.account_id.as_str()) == account);
        is_shared && colleagues.any(|user| self.has_consent(client_id, &user.id, now))
    }

    /// A user by id or e-mail address.
    pub(crate) fn user(&self, id_or_email: &str) -> Option<&User> {
        self.users
            .iter()
            .find(|user| user.id == id_or_email || user.email.eq_ignore_ascii_case(id_or_email))
    }
}

impl Records {
    /// For assertions.
    pub(crate) fn snapshot(&self, now: Millis) -> Snapshot {
        let records = self;
        let user = |user: &User| UserState {
            id: user.id.clone(),
            email: user.email.clone(),
            account_id: user.account_id.clone(),
            live_pairs: records.live_pairs(&user.id, now),
            meetings: records.meetings.values().filter(|m| m.host_id == user.id).count(),
        };
        let apps = records.apps.iter();
        Snapshot {
            users: records.users.iter().map(user).collect(),
            pairs: records.pairs.iter().map(|pair| pair.state(now)).collect(),
            meetings: meetings::states(records),
            redirect_uris: apps.map(|(id, app)| (id.clone(), app.redirect_uris.clone())).collect(),
            settings: serde_json::to_value(&records.settings).unwrap_or_default(),
        }
    }
}

/// Appends what is not there yet.
pub(crate) fn add_missing(to: &mut Vec<String>, from: &[String]) {
    for item in from {
        if !to.contains(item) {
            to.push(item.clone());
        }
    }
}

/// What a test can assert on: the state without any secret.
#[derive(Clone, Debug, Serialize)]
pub struct Snapshot {
    /// The users, with how many live pairs and meetings each has.
    pub users: Vec<UserState>,
    /// Every token pair issued, live and ended.
    pub pairs: Vec<PairState>,
    /// The meetings as `GET /v2/meetings/{id}` shows them, without secrets, with their registrants.
    pub meetings: Vec<serde_json::Value>,
    /// The registered redirect URIs of each app, by client id.
    pub redirect_uris: BTreeMap<String, Vec<String>>,
    /// What the controls have switched.
    pub settings: serde_json::Value,
}

/// One user, for assertions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserState {
    /// Zoom's user id.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// Zoom's account id.
    pub account_id: String,
    /// Pairs whose refresh token works.
    pub live_pairs: usize,
    /// Meetings this user hosts.
    pub meetings: usize,
}

/// One token pair, for assertions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PairState {
    /// Its number, as in the log of calls.
    pub number: u64,
    /// The app.
    pub client_id: String,
    /// The Zoom user.
    pub user_id: String,
    /// Whether its refresh token works.
    pub live: bool,
    /// Why it ended, when it has: `rotated`, `revoked`, `superseded` or `code_replayed`.
    pub ended_by: Option<String>,
    /// When its access token ends, in ms since 1970.
    pub access_expires_at: Millis,
}
