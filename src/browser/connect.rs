//! From the click to the callbacks: who may connect what, the session, the wait, and what the page is told.
//! The races in between are `popup.rs`'s, its signals `attempt.rs`'s, the portal `portal.rs`'s; the window was opened by
//! `pkg/entry.js`.

use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::Window;

use super::attempt::{self, Attempt};
use super::field::{copy, field, is_set, set, text};
use super::outward::{IntegrationEvent, SessionRequest, to_js};
use super::popup::{Millis, Outcome};
use super::portal::{self, Told};
use super::problem::Problem;
use super::sdk::Sdk;
use super::session::SignedIn;
use super::wire::Pending;

/// How long an attempt may take when the page does not say: three minutes.
const TIMEOUT: Millis = 180_000;
/// A call of `connect` or `installIntegration`.
pub(super) struct Call {
    pub(super) integration: String,
    pub(super) options: JsValue,
    /// Whether it is `installIntegration`.
    pub(super) install: bool,
    /// The window that was opened in the click; anything else when there is none.
    pub(super) window: JsValue,
    /// Tries again in a new click.
    pub(super) retry: JsValue,
}

/// Who may go on, with which integration.
pub(super) struct Admitted {
    who: Rc<SignedIn>,
    integration_id: String,
}

/// Says who connects, or why the call is refused whatever happens in a window.
pub(super) fn admit(
    sdk: &Sdk,
    integration: &str,
    options: &JsValue,
    install: bool,
) -> Result<Admitted, Problem> {
    let who = sdk.signed_in()?;
    if install {
        if is_set(options, "bypassPostOAuthPrompt") && is_set(options, "showPortalAfterInstall") {
            let message = "Could not use both `bypassPostOAuthPrompt` and `showPortalAfterInstall` as true at the same time.";
            return Err(Problem::invalid_request(message));
        }
    } else if who.integration(integration).is_none() {
        return Err(Problem::no_such_integration(integration));
    }
    let integration_id = who.active_integration(integration)?;
    if install
        && !is_set(options, "allowMultipleCredentials")
        && is_set(&who.user.borrow().integration(integration), "enabled")
    {
        let message = format!("Integration \"{integration}\" is already installed.");
        return Err(Problem::plain("already_installed", &message));
    }
    Ok(Admitted { who, integration_id })
}

/// Connects an account and answers the event that callbacks and listeners got.
pub(super) async fn connect(sdk: Rc<Sdk>, call: Call) -> Result<JsValue, Problem> {
    let window = call.window.is_object().then(|| call.window.unchecked_ref::<Window>().clone());
    let admitted = admit(&sdk, &call.integration, &call.options, call.install);
    let admitted = admitted.inspect_err(|_| {
        window.as_ref().map(Window::close);
    })?;
    let window = window.ok_or_else(|| Problem::popup_blocked(&call.retry))?;
    let told = (!call.install).then(Told::default);
    let attempt =
        Attempt::new(&sdk, call.integration, admitted.integration_id, call.options, window, told);
    take_place(&sdk, &attempt);
    let started = start(&sdk, &admitted.who, &attempt).await;
    if let Err(problem) = started {
        leave(&sdk, &attempt);
        return Err(problem);
    }
    portal::opened(&sdk, &attempt);
    wait(&sdk, &attempt).await
}

/// Makes this the attempt of its integration; an earlier one that is still pending ends as superseded.
fn take_place(sdk: &Rc<Sdk>, attempt: &Rc<Attempt>) {
    if !sdk.is_listening.replace(true) {
        attempt::listen(sdk);
    }
    let earlier = sdk.attempts.take();
    for one in earlier {
        if one.integration == attempt.integration {
            one.supersede();
        } else {
            sdk.attempts.borrow_mut().push(one);
        }
    }
    sdk.attempts.borrow_mut().push(Rc::clone(attempt));
    let on_uninstall = field(&attempt.options, "onUninstall");
    set(&sdk.on_uninstall.borrow(), &attempt.integration, &on_uninstall);
}

fn leave(sdk: &Sdk, attempt: &Rc<Attempt>) {
    sdk.attempts.borrow_mut().retain(|one| !Rc::ptr_eq(one, attempt));
}

/// Opens a session, or a portal, and sends the window there.
async fn start(sdk: &Rc<Sdk>, who: &Rc<SignedIn>, attempt: &Rc<Attempt>) -> Result<(), Problem> {
    let is_portal = attempt.portal.is_some();
    let (path, url) = if is_portal { ("/portals", "url") } else { ("/sessions", "start_url") };
    let redirect_url = text(&attempt.options, "overrideRedirectUrl").filter(|_| !is_portal);
    let body = to_js(&SessionRequest { integration: &attempt.integration, redirect_url });
    let opened = sdk.call(who, "POST", path, &body, None).await;
    if attempt.is_settled() {
        return Err(Problem::superseded());
    }
    let opened = opened.inspect_err(|_| attempt.close_window())?;
    let (Some(id), Some(url)) = (text(&opened, "id"), text(&opened, url)) else {
        attempt.close_window();
        return Err(Problem::plain("unexpected_answer", "The Worker answered no session."));
    };
    if attempt.reads_closed() {
        return Err(Problem::popup_closed());
    }
    if is_portal {
        sdk.enter(&attempt.integration, &url, &field(&opened, "ticket"));
        attempt.watch(id, portal::LIFE);
    } else {
        attempt.navigate(&url);
        attempt.watch(id, timeout(&attempt.options));
    }
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be positive; saturates"
)]
fn timeout(options: &JsValue) -> Millis {
    let asked = field(options, "oauthTimeout").as_f64().filter(|asked| *asked > 0.0);
    asked.map_or(TIMEOUT, |asked| asked as Millis)
}

async fn wait(sdk: &Rc<Sdk>, attempt: &Rc<Attempt>) -> Result<JsValue, Problem> {
    let outcome = loop {
        // A portal stays open after the first account.
        if let Some(event) = portal::installed(attempt) {
            return Ok(event);
        }
        if let Some(outcome) = attempt.outcome() {
            break outcome;
        }
        attempt::sleep(attempt::TICK).await;
    };
    if !attempt.is_pending() {
        leave(sdk, attempt);
    }
    match outcome {
        Outcome::Connected { credential_id } => {
            attempt.close_window();
            installed(sdk, attempt, credential_id).await
        }
        Outcome::Failed(failure) => Err(Problem::of_attempt(&failure)),
        Outcome::WindowClosed if portal::was_of_use(sdk, attempt) => Ok(JsValue::UNDEFINED),
        Outcome::WindowClosed => Err(Problem::popup_closed()),
        Outcome::TimedOut => {
            attempt.close_window();
            Err(Problem::timed_out())
        }
        Outcome::Superseded => Err(Problem::superseded()),
    }
}

/// Brings the user up to date and tells the page: callback, listeners. Answers the event.
pub(super) fn installed(
    sdk: &Rc<Sdk>,
    attempt: &Rc<Attempt>,
    credential_id: Option<String>,
) -> Pending<Result<JsValue, Problem>> {
    Box::pin(tell_installed(Rc::clone(sdk), Rc::clone(attempt), credential_id))
}

async fn tell_installed(
    sdk: Rc<Sdk>,
    attempt: Rc<Attempt>,
    credential_id: Option<String>,
) -> Result<JsValue, Problem> {
    let integration = attempt.integration.as_str();
    if let Some(id) = &credential_id {
        sdk.choose(integration, id);
    }
    // The account is connected whatever these looks at the user bring; the second one is for an answer that lags.
    for _ in 0..2 {
        let looked = sdk.refresh().await;
        let who = sdk.signed_in().map_err(|_| Problem::superseded())?;
        if looked.is_ok() && credential_id.as_ref().is_none_or(|id| who.has(integration, id)) {
            break;
        }
        attempt::sleep(500).await;
    }
    let who = sdk.signed_in().map_err(|_| Problem::superseded())?;
    let event = placement(&attempt);
    let credential_id = credential_id.or_else(|| who.user.borrow().current_credential(integration));
    if let Some(id) = credential_id {
        let credential = who.user.borrow().credential(integration, &id);
        set(&event, "credentialId", &id.into());
        set(&event, "credential", &copy(&credential.unwrap_or_default()));
    }
    let on_install = field(&attempt.options, "onInstall");
    let on_success = field(&attempt.options, "onSuccess");
    sdk.tell(if on_install.is_function() { &on_install } else { &on_success }, &event);
    sdk.tell(&"onIntegrationInstall".into(), &event);
    Ok(event)
}

/// Which integration of the project it is about.
pub(super) fn placement(attempt: &Attempt) -> JsValue {
    let Attempt { integration_id, integration, .. } = attempt;
    to_js(&IntegrationEvent { integration_id, integration_type: integration })
}
