//! Connecting through the Connect Portal: its window stays open after the first account, and everything that is done
//! there is told as it happens. The window and its races are `attempt.rs`'s and `popup.rs`'s.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::attempt::Attempt;
use super::connect;
use super::field::{as_list, field, is_set, set, text};
use super::popup::{Answer, Failure, Millis};
use super::sdk::Sdk;
use super::wire::Pending;

/// Longer than a portal lives: the Worker says when its time is over.
pub(super) const LIFE: Millis = 1_800_000;

/// What a portal has told so far.
#[derive(Default)]
pub(super) struct Told {
    /// The number of the last change.
    last: Cell<u32>,
    /// What the page heard of the first account.
    installed: RefCell<Option<JsValue>>,
}

impl Told {
    /// The query that asks for what came after.
    pub(super) fn query(&self) -> String {
        format!("?after={}", self.last.get())
    }
}

/// The event of the first account that was connected in a portal, once.
pub(super) fn installed(attempt: &Attempt) -> Option<JsValue> {
    attempt.portal.as_ref()?.installed.take()
}

/// Whether a portal that is closed without a new account was of use: the user has one all the same, or has changed
/// something.
pub(super) fn was_of_use(sdk: &Sdk, attempt: &Attempt) -> bool {
    let Some(told) = &attempt.portal else {
        return false;
    };
    let state = sdk.signed_in().map(|who| who.user.borrow().integration(&attempt.integration));
    told.last.get() > 0 || state.is_ok_and(|state| is_set(&state, "enabled"))
}

/// Tells the page that the portal is open.
pub(super) fn opened(sdk: &Sdk, attempt: &Attempt) {
    if attempt.portal.is_some() {
        announce(sdk, attempt, "onOpen", "onPortalOpen");
    }
}

/// Tells the page that the portal, which was open, is of no more use.
pub(super) fn ended(sdk: &Sdk, attempt: &Attempt) {
    if attempt.portal.is_some() && attempt.is_watched() {
        announce(sdk, attempt, "onClose", "onPortalClose");
    }
}

/// Tells the page what a poll brought; answers what that means for the attempt.
pub(super) fn told(sdk: &Rc<Sdk>, attempt: &Rc<Attempt>, answer: &JsValue) -> Pending<Answer> {
    let (sdk, attempt, answer) = (Rc::clone(sdk), Rc::clone(attempt), answer.clone());
    Box::pin(async move {
        for change in as_list(field(&answer, "changes")).iter() {
            let n = number(&field(&change, "n"));
            let Some(told) = attempt.portal.as_ref().filter(|told| n > told.last.get()) else {
                continue;
            };
            told.last.set(n);
            tell(&sdk, &attempt, told, &change).await;
        }
        match text(&answer, "status").as_deref() {
            // An account that is still on its way is told first.
            Some("closed" | "expired") if !is_set(&answer, "connecting") => Answer::Ended,
            Some("unopened") => {
                attempt.close_window();
                let message = "Check form-action.".into();
                Answer::Failed(Failure { code: "portal_unopened".into(), message })
            }
            _ => Answer::Open,
        }
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the Worker counts from 1; saturates"
)]
fn number(value: &JsValue) -> u32 {
    value.as_f64().unwrap_or_default() as u32
}

async fn tell(sdk: &Rc<Sdk>, attempt: &Rc<Attempt>, told: &Told, change: &JsValue) {
    let grant = text(change, "grant_id").unwrap_or_default();
    match text(change, "what").as_deref() {
        Some("installed") => {
            let event = connect::installed(sdk, attempt, Some(grant)).await;
            // A page that signed out meanwhile is told nothing, here as elsewhere.
            if let Ok(event) = event {
                told.installed.replace(Some(event));
            }
        }
        Some("uninstalled") => {
            let event = connect::placement(attempt);
            sdk.uninstalled(&attempt.integration, &grant, &event);
        }
        Some("workflow") => {
            let event = connect::placement(attempt);
            set(&event, "workflowId", &field(change, "workflow_id"));
            set(&event, "credentialId", &grant.into());
            let state = JsValue::from(js_sys::Object::new());
            set(&state, "enabled", &field(change, "enabled"));
            set(&event, "workflowStateChange", &state);
            // What is told is true whatever the look at the user brings.
            let _ = sdk.refresh().await;
            sdk.tell(&field(&attempt.options, "onWorkflowChange"), &event);
            sdk.tell(&"onWorkflowChange".into(), &event);
        }
        _ => {}
    }
}

/// Tells the page that the portal is open, or that it is not any more.
fn announce(sdk: &Sdk, attempt: &Attempt, callback: &str, event: &str) {
    let portal = connect::placement(attempt);
    sdk.tell(&field(&attempt.options, callback), &portal);
    sdk.tell(&event.into(), &portal);
}
