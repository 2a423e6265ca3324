//! Every way the SDK can fail: an `Error` with a name and a stable `code` for programs and a message for people.
//! Messages that the replaced package has are its own, word for word. `pkg/errors.js` gives each its class.

use js_sys::Error;
use wasm_bindgen::JsValue;

use super::field::{field, is_set, json, set, text};
use super::popup::Failure;
use super::wire::Answer;

/// A failure: the very `Error` that the page gets.
pub(super) struct Problem(pub(super) JsValue);

impl Problem {
    fn new(name: &str, code: &str, message: &str) -> Self {
        let error = Error::new(message);
        error.set_name(name);
        Self(error.into()).with("code", &code.into())
    }

    fn with(self, name: &str, value: &JsValue) -> Self {
        set(&self.0, name, value);
        self
    }

    /// A failure with a code and no class of its own. The codes are documented in `pkg/README.md`.
    pub(super) fn plain(code: &str, message: &str) -> Self {
        Self::new("Error", code, message)
    }

    pub(super) fn not_authenticated() -> Self {
        let message = "User not authenticated, Call paragon.authenticate(<projectId>, <user token>) before using the SDK.";
        Self::new("UserNotAuthenticatedError", "not_authenticated", message)
    }

    /// The Worker or the network gave no answer; `cause` is the browser's reason.
    pub(super) fn unreachable(cause: &str) -> Self {
        let message = format!(
            "The Worker gave no answer ({cause}). Check configureGlobal's host and the project's origins."
        );
        Self::plain("worker_unreachable", &message)
    }

    pub(super) fn invalid_request(message: &str) -> Self {
        Self::plain("invalid_request", message)
    }

    pub(super) fn no_such_integration(integration: &str) -> Self {
        let message = format!("Integration with name {integration} not found");
        Self::new("IntegrationNotFoundError", "integration_not_found", &message).about(integration)
    }

    pub(super) fn not_installed(integration: &str) -> Self {
        let message = format!("Integration \"{integration}\" is not installed.");
        Self::new("IntegrationNotInstalledError", "not_installed", &message).about(integration)
    }

    fn about(self, integration: &str) -> Self {
        let meta = JsValue::from(js_sys::Object::new());
        set(&meta, "integrationName", &integration.into());
        self.with("integrationName", &integration.into()).with("meta", &meta)
    }

    /// The browser blocked the window; `retry` opens it in a new click.
    pub(super) fn popup_blocked(retry: &JsValue) -> Self {
        let message = "Popup was blocked by the browser.";
        Self::new("OAuthBlockedError", "popup_blocked", message).with("retry", retry)
    }

    pub(super) fn popup_closed() -> Self {
        let message = "The window was closed before the account was connected.";
        Self::new("OAuthWindowClosedError", "popup_closed", message)
    }

    pub(super) fn timed_out() -> Self {
        Self::new("OAuthTimeoutError", "oauth_timeout", "OAuth timeout")
    }

    pub(super) fn superseded() -> Self {
        Self::plain("superseded", "A newer call or user took its place.")
    }

    /// What the Worker said about a failed attempt.
    pub(super) fn of_attempt(failure: &Failure) -> Self {
        Self::plain(&failure.code, &failure.message)
    }

    /// What the Worker refused outside the proxy.
    pub(super) fn refused(answer: &Answer) -> Self {
        let code = text(&answer.body, "code").unwrap_or_else(|| "unexpected_answer".to_owned());
        Self::plain(&code, &message_of(answer))
            .with("status", &answer.status.into())
            .with("response", &answer.body)
    }

    /// What a call through the proxy brought: the Worker's refusal has a text code, the provider's own has none.
    pub(super) fn proxied(answer: &Answer) -> Self {
        let problem = Self::refused(answer).with("name", &"ProxyRequestError".into());
        let is_edge = field(&answer.body, "code").is_string();
        if is_edge && !is_set(&field(&answer.body, "meta"), "isIntegrationError") {
            return problem;
        }
        problem.with("code", &"provider_error".into())
    }

    /// The same failure, told as a failed sign-in.
    pub(super) fn of_authenticate(self) -> Self {
        let message = format!("Failed to authenticate user with Paragon: {}", self.message());
        self.with("message", &message.into())
    }

    /// The stable code.
    pub(super) fn code(&self) -> String {
        text(&self.0, "code").unwrap_or_default()
    }

    fn message(&self) -> String {
        text(&self.0, "message").unwrap_or_default()
    }

    /// Whether the Worker does not accept the user token any more.
    pub(super) fn is_about_the_token(&self) -> bool {
        self.code().starts_with("user_token_")
    }

    /// Whether asking again cannot bring another answer: a refusal other than "later".
    pub(super) fn is_final(&self) -> bool {
        let status = field(&self.0, "status").as_f64().unwrap_or_default();
        (400.0..500.0).contains(&status) && ![408.0, 429.0].contains(&status)
    }

    /// The failure as the popup's state machine knows it.
    pub(super) fn to_failure(&self) -> Failure {
        Failure { code: self.code(), message: self.message() }
    }
}

/// The message that the replaced package would show for a body.
fn message_of(answer: &Answer) -> String {
    let body = &answer.body;
    let meta = field(body, "meta");
    let shown =
        if is_set(&meta, "isIntegrationError") { json(&meta) } else { text(body, "message") };
    shown
        .or_else(|| body.as_string())
        .or_else(|| json(body))
        .unwrap_or_else(|| format!("HTTP {}", answer.status))
}
