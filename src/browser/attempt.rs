//! One pending attempt to connect: reads the window, the clock, the focus, the messages and the Worker's answers into
//! signals, and does what `popup.rs` decides. What comes before and after is `connect.rs`'s.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Date, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Window;

use super::connect;
use super::field::{field, is_set, set, text};
use super::popup::{Answer, Failure, Millis, Outcome, Popup, Signal, Step};
use super::portal::{self, Told};
use super::problem::Problem;
use super::sdk::Sdk;

/// Milliseconds between two looks at the window.
pub(super) const TICK: i32 = 100;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: i32) -> JsValue;

    #[wasm_bindgen(js_name = addEventListener)]
    fn add_event_listener(event: &str, listener: JsValue);

    #[wasm_bindgen(js_namespace = document, js_name = hasFocus)]
    fn page_has_focus() -> bool;
}

/// An attempt, from the click to its end.
pub(super) struct Attempt {
    sdk: Weak<Sdk>,
    pub(super) integration: String,
    pub(super) integration_id: String,
    pub(super) options: JsValue,
    window: Window,
    /// Of the session, or of the portal.
    id: RefCell<String>,
    /// What a portal has told; nothing for a session.
    pub(super) portal: Option<Told>,
    popup: Cell<Option<Popup>>,
    outcome: RefCell<Option<Outcome>>,
    is_settled: Cell<bool>,
}

impl Attempt {
    pub(super) fn new(
        sdk: &Rc<Sdk>,
        integration: String,
        integration_id: String,
        options: JsValue,
        window: Window,
        portal: Option<Told>,
    ) -> Rc<Self> {
        Rc::new(Self {
            sdk: Rc::downgrade(sdk),
            integration,
            integration_id,
            options,
            window,
            id: RefCell::default(),
            portal,
            popup: Cell::default(),
            outcome: RefCell::default(),
            is_settled: Cell::default(),
        })
    }

    /// Whether it was ended before its window was sent anywhere.
    pub(super) fn is_settled(&self) -> bool {
        self.is_settled.get()
    }

    /// What `window.closed` reads.
    pub(super) fn reads_closed(&self) -> bool {
        field(&self.window, "closed").is_truthy()
    }

    pub(super) fn close_window(&self) {
        // A handle that was cut closes nothing; the popup's last page closes itself.
        let _ = self.window.close();
    }

    /// Sends the window to the start page of a session.
    pub(super) fn navigate(&self, start_url: &str) {
        set(&self.window, "location", &start_url.into());
    }

    /// Looks after the window, which was just sent on its way, until the attempt is over.
    pub(super) fn watch(self: &Rc<Self>, id: String, timeout: Millis) {
        self.id.replace(id);
        self.popup.set(Some(Popup::new(now(), timeout)));
        let attempt = Rc::clone(self);
        spawn_local(async move {
            while attempt.is_pending() {
                sleep(TICK).await;
                let (closed, focused) = (attempt.reads_closed(), page_has_focus());
                attempt.feed(Signal::Tick { now: now(), closed, focused });
            }
        });
    }

    /// The first outcome, once it is there; taken.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        self.outcome.take()
    }

    /// Whether its window was sent on its way.
    pub(super) fn is_watched(&self) -> bool {
        self.read(|_| true)
    }

    /// Ends the attempt in favour of another one.
    pub(super) fn supersede(self: &Rc<Self>) {
        self.end(Signal::Superseded, Outcome::Superseded);
    }

    /// Closes the window, because the page wants it closed.
    pub(super) fn close(self: &Rc<Self>) {
        self.close_window();
        self.end(Signal::Closed, Outcome::WindowClosed);
    }

    fn end(self: &Rc<Self>, signal: Signal, outcome: Outcome) {
        if self.is_pending() {
            self.feed(signal);
        } else {
            self.settle(outcome);
        }
    }

    /// Takes a message to the page: it counts when it names this session or portal and comes from this window.
    pub(super) fn hear(self: &Rc<Self>, message: &JsValue) {
        let window: &JsValue = self.window.as_ref();
        let data = field(message, "data");
        let id = text(&data, if self.portal.is_some() { "portal" } else { "session" });
        let is_ours = id.as_deref() == Some(self.id.borrow().as_str());
        if is_ours && (field(message, "source") == *window || !self.read(Popup::has_window)) {
            let leaves = is_set(&data, "leaves");
            if self.portal.is_some() {
                self.feed(Signal::Navigated { at: if leaves { now() } else { 0 } });
            }
            if !leaves {
                self.feed(Signal::Message);
            }
        }
    }

    /// Whether signals still matter.
    pub(super) fn is_pending(&self) -> bool {
        self.read(|popup| !popup.is_over())
    }

    fn read(&self, question: impl Fn(&Popup) -> bool) -> bool {
        let popup = self.popup.take();
        let answer = popup.as_ref().is_some_and(question);
        self.popup.set(popup);
        answer
    }

    fn feed(self: &Rc<Self>, signal: Signal) {
        let Some(popup) = self.popup.take() else {
            return;
        };
        let (popup, step) = popup.on(signal);
        self.popup.set(Some(popup));
        match step {
            None => {}
            Some(Step::Poll) => self.poll(),
            Some(Step::Settle(Outcome::Connected { credential_id })) if self.is_settled() => {
                self.report_late(credential_id);
            }
            Some(Step::Settle(outcome)) => self.settle(outcome),
        }
    }

    fn settle(&self, outcome: Outcome) {
        if self.is_settled.replace(true) {
            return;
        }
        self.outcome.replace(Some(outcome));
        if let Some(sdk) = self.sdk.upgrade() {
            portal::ended(&sdk, self);
        }
    }

    fn report_late(self: &Rc<Self>, credential_id: Option<String>) {
        let attempt = Rc::clone(self);
        spawn_local(async move {
            if let Some(sdk) = attempt.sdk.upgrade() {
                // The promise has been rejected long since; callbacks and listeners are what is left to tell.
                let _ = connect::installed(&sdk, &attempt, credential_id).await;
            }
        });
    }

    fn poll(self: &Rc<Self>) {
        let attempt = Rc::clone(self);
        spawn_local(async move {
            let Some(sdk) = attempt.sdk.upgrade() else {
                return;
            };
            let Ok(who) = sdk.signed_in() else { return };
            let (what, after) = match &attempt.portal {
                Some(told) => ("portals", told.query()),
                None => ("sessions", String::new()),
            };
            let path = format!("/{what}/{}{after}", attempt.id.borrow());
            let read = who.call("GET", &path, &JsValue::UNDEFINED, None).await;
            let answer = match &read {
                Ok(answer) if attempt.portal.is_some() => {
                    portal::told(&sdk, &attempt, answer).await
                }
                _ => answer_of(&read),
            };
            attempt.feed(Signal::Polled { now: now(), answer });
            if let Err(problem) = read {
                sdk.note(&who, &problem);
            }
        });
    }
}

/// Reads what a poll brought.
fn answer_of(read: &Result<JsValue, Problem>) -> Answer {
    let session = match read {
        Ok(session) => session,
        Err(problem) if problem.is_final() => return Answer::Failed(problem.to_failure()),
        Err(_) => return Answer::Unreachable,
    };
    match text(session, "status").as_deref() {
        Some("done") => Answer::Done { credential_id: text(session, "credential_id") },
        Some("failed") => {
            let problem = field(session, "problem");
            let or = |name, other: &str| text(&problem, name).unwrap_or_else(|| other.to_owned());
            Answer::Failed(Failure {
                code: or("code", "unexpected_answer"),
                message: or("message", "The account could not be connected."),
            })
        }
        _ => Answer::Open,
    }
}

/// Hears the popups' messages from now on; called once for a page.
pub(super) fn listen(sdk: &Rc<Sdk>) {
    let weak = Rc::downgrade(sdk);
    let listener = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
        let Some(sdk) = weak.upgrade() else { return };
        let is_from_worker = text(&message, "origin").is_some_and(|origin| sdk.is_worker(&origin));
        let kind = text(&field(&message, "data"), "type");
        if is_from_worker && matches!(kind.as_deref(), Some("isthmus" | "isthmus-portal")) {
            let attempts = sdk.attempts.borrow().clone();
            for attempt in &attempts {
                attempt.hear(&message);
            }
        }
    });
    add_event_listener("message", listener.into_js_value());
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds since 1970 fit"
)]
fn now() -> Millis {
    Date::now() as Millis
}

/// Waits this many milliseconds.
pub(super) async fn sleep(milliseconds: i32) {
    let slept = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, milliseconds);
    });
    let _ = JsFuture::from(slept).await;
}
