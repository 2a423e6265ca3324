//! The library's face: one sandbox, its router, and a typed method for every test control.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use tokio::sync::Notify;

use crate::answer::Answer;
use crate::call::Call;
use crate::clock::Clock;
use crate::config::{AppConfig, Config};
use crate::controls::SettingsChange;
use crate::fault::{Fault, Planned};
use crate::kind::Kind;
use crate::limits::Limits;
use crate::log::{CallRecord, Note, TokenRequests};
use crate::router::{perform, router};
use crate::state::{App, Records, Snapshot, State, add_missing};
use crate::webhook::{Courier, Webhooks};

/// A Zoom that runs on this machine. Clones are the same sandbox.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    state: Mutex<State>,
    changed: Notify,
    courier: Courier,
}

/// A control named something that is not there; the text says what there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown(pub String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unknown {}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// A new sandbox, without meetings or tokens.
    pub fn new(config: Config) -> Self {
        let records = Records::new(&config);
        Self::with_records(config, records)
    }

    pub(crate) fn with_records(config: Config, mut records: Records) -> Self {
        records.configure(&config);
        let base_url = config.base_url.clone().unwrap_or("http://localhost:8789".to_owned());
        let webhooks = Webhooks::new(&config);
        let state = State { records, base_url, webhooks, ..State::default() };
        let (state, courier) = (Mutex::new(state), Courier::new());
        let inner = Inner { config, state, changed: Notify::new(), courier };
        Self { inner: Arc::new(inner) }
    }

    /// Every endpoint, to be called without a network or served.
    pub fn router(&self) -> Router {
        router(self.clone())
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.inner.config.clock
    }

    /// The sandbox's own address, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.with(|state| state.base_url.clone())
    }

    /// Sets the address, when the configuration names none.
    pub(crate) fn listens_at(&self, base_url: String) {
        if self.inner.config.base_url.is_none() {
            self.with(|state| state.base_url = base_url);
        }
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut state)
    }

    /// Changes the state, has it saved, and sends the webhooks that the change caused.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let (result, queued) = self.with(|state| {
            let result = change(state);
            (result, state.webhooks.take_queued())
        });
        self.inner.changed.notify_one();
        self.dispatch(queued);
        result
    }

    /// What sends webhooks.
    pub(crate) fn courier(&self) -> &Courier {
        &self.inner.courier
    }

    /// Waits until the records may have changed.
    pub(crate) async fn changed(&self) {
        self.inner.changed.notified().await;
    }

    /// Carries out a call that the log knows under `number`.
    pub(crate) fn perform(&self, call: &Call, number: u64) -> Answer {
        self.change(|state| {
            let mut note = Note::default();
            let answer = perform(state, call, &mut note);
            state.log.amend(number, |record| {
                record.client_id = note.client_id;
                record.user_id = note.user_id;
                record.token = note.token;
                record.issued = note.issued;
            });
            answer
        })
    }
}

/// The test controls.
impl Sandbox {
    /// Expires every access token of a user now; refresh tokens keep working.
    pub fn expire_access_tokens(&self, user: &str) -> Result<(), Unknown> {
        let id = self.user_id(user)?;
        let now = self.clock().now();
        self.change(|state| state.records.expire_access_tokens(&id, now));
        Ok(())
    }

    /// Kills every token of a user: refreshing answers `invalid_grant` afterwards.
    pub fn revoke_user(&self, user: &str) -> Result<(), Unknown> {
        let id = self.user_id(user)?;
        self.change(|state| state.records.revoke_user(&id));
        Ok(())
    }

    /// Makes the next call of a kind go wrong. Faults for the same call are used up in turn.
    pub fn fail_next(&self, kind: Kind, fault: Fault) {
        self.fail_next_times(kind, 1, fault);
    }

    /// Makes the next `times` calls of a kind go wrong.
    pub fn fail_next_times(&self, kind: Kind, times: u32, fault: Fault) {
        self.plan(Planned { kind, fault, times: Some(times) });
    }

    /// Makes every call of a kind go wrong until [`Sandbox::clear_faults`].
    pub fn fail_always(&self, kind: Kind, fault: Fault) {
        self.plan(Planned { kind, fault, times: None });
    }

    pub(crate) fn plan(&self, planned: Planned) {
        self.with(|state| state.faults.plan(planned));
    }

    /// Drops every fault that has not happened yet.
    pub fn clear_faults(&self) {
        self.with(|state| state.faults.clear());
    }

    /// Sends `Cross-Origin-Opener-Policy: same-origin` with the consent page, or not.
    pub fn set_coop(&self, on: bool) {
        self.change_settings(SettingsChange { coop: Some(on), ..SettingsChange::default() });
    }

    /// Replaces the rate limits.
    pub fn set_limits(&self, limits: Limits) {
        self.change_settings(SettingsChange { limits: Some(limits), ..SettingsChange::default() });
    }

    /// Changes what is `Some`.
    pub fn change_settings(&self, change: SettingsChange) {
        self.change(|state| change.apply(state));
    }

    /// The calls received since the log was reset, oldest first.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.with(|state| state.log.calls())
    }

    /// The calls of one kind (or group of kinds) received since the log was reset.
    pub fn calls_of(&self, kind: Kind) -> Vec<CallRecord> {
        self.calls().into_iter().filter(|call| kind.covers(call.kind)).collect()
    }

    /// Forgets the calls and the counters.
    pub fn reset_calls(&self) {
        self.with(|state| state.log.reset());
    }

    /// How often the token endpoint was called since the log was reset.
    pub fn token_requests(&self) -> TokenRequests {
        self.with(|state| state.log.token_requests())
    }

    /// How many token pairs of a user have a refresh token that works.
    pub fn live_pairs(&self, user: &str) -> Result<usize, Unknown> {
        let (id, now) = (self.user_id(user)?, self.clock().now());
        Ok(self.with(|state| state.records.live_pairs(&id, now)))
    }

    /// The state, for assertions. Holds no secret.
    pub fn snapshot(&self) -> Snapshot {
        let now = self.clock().now();
        self.with(|state| state.records.snapshot(now))
    }

    /// Registers one more redirect URI for the configured app.
    pub fn add_redirect_uri(&self, uri: &str) {
        let client_id = self.inner.config.app.client_id.clone();
        self.change(|state| {
            if let Some(app) = state.records.apps.get_mut(&client_id) {
                add_missing(&mut app.redirect_uris, &[uri.to_owned()]);
            }
        });
    }

    /// Registers an app, or replaces the one with the same client id.
    pub fn register_app(&self, app: &AppConfig) {
        let record = App::new(app);
        self.change(|state| {
            state.records.apps.insert(app.client_id.clone(), record);
            state.webhooks.configure(app);
        });
    }

    /// The configured app.
    pub(crate) fn app(&self) -> &AppConfig {
        &self.inner.config.app
    }

    /// Moves the sandbox's time forward.
    pub fn advance(&self, by: Duration) {
        self.clock().advance(by);
    }

    /// Back to the beginning: no meetings, tokens, endpoints, faults or calls; settings as
    /// configured.
    pub fn reset(&self) {
        let records = Records::new(&self.inner.config);
        self.change(|state| {
            let base_url = std::mem::take(&mut state.base_url);
            let webhooks = state.webhooks.cleared(&self.inner.config);
            *state = State { records, base_url, webhooks, ..State::default() };
        });
        self.webhooks_changed();
    }

    pub(crate) fn user_id(&self, user: &str) -> Result<String, Unknown> {
        self.with(|state| {
            let known = state.records.user(user).map(|user| user.id.clone());
            known.ok_or_else(|| {
                let all: Vec<&str> =
                    state.records.users.iter().map(|user| user.email.as_str()).collect();
                Unknown(format!("there is no Zoom user {user}; there are {}", all.join(", ")))
            })
        })
    }
}
