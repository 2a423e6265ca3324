//! Who is signed in, and what needs nothing but that: authenticate, log out, disconnect, metadata.
//! The user token lives here, in memory, and nowhere else.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Date, Function, Object};
use wasm_bindgen::JsValue;

use super::attempt::Attempt;
use super::field::{as_list, field, is_set, set, text};
use super::metadata;
use super::outward::{IntegrationEvent, SignedOut, to_js};
use super::problem::Problem;
use super::session::SignedIn;
use super::token::read_claims;
use super::user::User;
use super::wire::Pending;

/// The state behind the exported class.
pub(super) struct Sdk {
    emit: Function,
    enter: Function,
    api: RefCell<String>,
    proxy: RefCell<String>,
    /// Counts sign-ins and sign-outs, so that a late answer of an earlier one changes nothing.
    turn: Cell<u32>,
    signed_in: RefCell<Option<Rc<SignedIn>>>,
    pub(super) attempts: RefCell<Vec<Rc<Attempt>>>,
    pub(super) is_listening: Cell<bool>,
    /// By integration, the id of the credential that was connected last.
    chosen: RefCell<Object>,
    /// By integration, what to call once when it is disconnected.
    pub(super) on_uninstall: RefCell<Object>,
}

impl Sdk {
    pub(super) fn new(emit: Function, enter: Function) -> Rc<Self> {
        Rc::new(Self {
            emit,
            enter,
            api: RefCell::default(),
            proxy: RefCell::default(),
            turn: Cell::default(),
            signed_in: RefCell::default(),
            attempts: RefCell::default(),
            is_listening: Cell::default(),
            chosen: RefCell::new(Object::new()),
            on_uninstall: RefCell::new(Object::new()),
        })
    }

    pub(super) fn configure(&self, api: &str, proxy: &str) {
        self.api.replace(api.to_owned());
        self.proxy.replace(proxy.to_owned());
        self.log_out();
    }

    /// Whether a message comes from the Worker.
    pub(super) fn is_worker(&self, origin: &str) -> bool {
        *self.api.borrow() == origin
    }

    /// Who is signed in; fails when nobody is.
    pub(super) fn signed_in(&self) -> Result<Rc<SignedIn>, Problem> {
        self.signed_in.borrow().clone().ok_or_else(Problem::not_authenticated)
    }

    pub(super) fn user(&self) -> JsValue {
        match self.signed_in() {
            Ok(who) => who.user.borrow().to_js(),
            Err(_) => to_js(&SignedOut { authenticated: false }),
        }
    }

    /// Signs in, unless another sign-in or a sign-out took a turn after this one.
    pub(super) async fn authenticate(
        self: &Rc<Self>,
        turn: u32,
        project: &str,
        token: &str,
        options: &JsValue,
    ) -> Result<JsValue, Problem> {
        if project.is_empty() || token.is_empty() {
            let message = "projectId or token not specified to paragon.authenticate()";
            return Err(Problem::invalid_request(message));
        }
        let claims = read_claims(token)?;
        let who =
            SignedIn::new(&self.api.borrow(), &self.proxy.borrow(), project, token, claims.user);
        let welcome = if Date::now() < claims.expires_at * 1_000.0 {
            self.look_up(&who, &field(options, "metadata")).await
        } else {
            Err(Problem::plain("user_token_expired", "JWT token provided has expired."))
        };
        if turn != self.turn.get() {
            return Err(Problem::superseded());
        }
        if let Err(problem) = welcome {
            self.log_out();
            return Err(problem.of_authenticate());
        }
        // The same user with a new token keeps what was going on.
        let before = self.signed_in.replace(Some(Rc::new(who)));
        if let (Some(before), Ok(now)) = (before, self.signed_in())
            && !before.is_same_user(&now)
        {
            self.forget();
        }
        Ok(JsValue::UNDEFINED)
    }

    /// Asks the Worker about the user and the project, and writes metadata that it does not have yet.
    async fn look_up(&self, who: &SignedIn, written: &JsValue) -> Result<(), Problem> {
        if self.api.borrow().is_empty() {
            let message = "Call configureGlobal({ host: \"https://…\" }) before authenticate.";
            return Err(Problem::plain("host_not_configured", message));
        }
        let me = who.call("GET", "/me", &JsValue::UNDEFINED, None);
        let integrations = who.call("GET", "/integrations", &JsValue::UNDEFINED, None);
        let (me, integrations) = (me.await, integrations.await);
        let (me, integrations) = (me?, as_list(integrations?));
        let written = metadata::normalized(written);
        if let Some(both) = metadata::added(&written, &field(&me, "meta")) {
            who.write_metadata(&written).await?;
            set(&me, "meta", &both);
        }
        who.user.replace(User::new(&me, &self.chosen.borrow()));
        who.integrations.replace(integrations);
        Ok(())
    }

    pub(super) fn log_out(&self) {
        self.next_turn();
        self.signed_in.replace(None);
        self.forget();
    }

    /// Ends what belongs to the user before.
    fn forget(&self) {
        self.chosen.replace(Object::new());
        self.on_uninstall.replace(Object::new());
        for attempt in self.attempts.take() {
            attempt.supersede();
            attempt.close_window();
        }
    }

    pub(super) fn next_turn(&self) -> u32 {
        self.turn.set(self.turn.get().wrapping_add(1));
        self.turn.get()
    }

    /// Signs out when the Worker refused the very token that is in use.
    pub(super) fn note(&self, who: &Rc<SignedIn>, problem: &Problem) {
        let is_current = self.signed_in().is_ok_and(|now| Rc::ptr_eq(&now, who));
        if is_current && problem.is_about_the_token() {
            self.log_out();
        }
    }

    /// Asks the Worker in the name of `who`, outside the proxy.
    pub(super) fn call(
        self: &Rc<Self>,
        who: &Rc<SignedIn>,
        method: &str,
        path: &str,
        body: &JsValue,
        credential: Option<&str>,
    ) -> Pending<Result<JsValue, Problem>> {
        let (sdk, who) = (Rc::clone(self), Rc::clone(who));
        let answer = who.call(method, path, body, credential);
        Box::pin(async move { answer.await.inspect_err(|problem| sdk.note(&who, problem)) })
    }

    /// Fetches the user again.
    pub(super) fn refresh(self: &Rc<Self>) -> Pending<Result<(), Problem>> {
        let sdk = Rc::clone(self);
        Box::pin(async move {
            let who = sdk.signed_in()?;
            let me = sdk.call(&who, "GET", "/me", &JsValue::UNDEFINED, None).await?;
            who.user.replace(User::new(&me, &sdk.chosen.borrow()));
            Ok(())
        })
    }

    pub(super) async fn set_metadata(
        self: &Rc<Self>,
        written: &JsValue,
    ) -> Result<JsValue, Problem> {
        let who = self.signed_in()?;
        let answer = who.write_metadata(&metadata::normalized(written)).await;
        answer.inspect_err(|problem| self.note(&who, problem))?;
        self.refresh().await?;
        Ok(self.user())
    }

    pub(super) async fn uninstall(
        self: &Rc<Self>,
        integration: &str,
        options: &JsValue,
    ) -> Result<JsValue, Problem> {
        let who = self.signed_in()?;
        let id = who.active_integration(integration)?;
        let credential = who.selected(integration, options)?;
        let path = format!("/integrations/{id}");
        self.call(&who, "DELETE", &path, &JsValue::UNDEFINED, Some(&credential)).await?;
        let event = to_js(&IntegrationEvent { integration_id: &id, integration_type: integration });
        self.uninstalled(integration, &credential, &event);
        Ok(JsValue::UNDEFINED)
    }

    /// Takes a credential away that is not connected any more, and tells the page.
    pub(super) fn uninstalled(&self, integration: &str, credential: &str, event: &JsValue) {
        let Ok(now) = self.signed_in() else { return };
        if text(&self.chosen.borrow(), integration).as_deref() == Some(credential) {
            set(&self.chosen.borrow(), integration, &JsValue::UNDEFINED);
        }
        now.user.borrow().remove(integration, credential);
        let callback = field(&self.on_uninstall.borrow(), integration);
        set(&self.on_uninstall.borrow(), integration, &JsValue::UNDEFINED);
        self.tell(&callback, event);
        self.tell(&"onIntegrationUninstall".into(), event);
    }

    /// Closes the portals that are open.
    pub(super) fn close_portals(&self) {
        let attempts = self.attempts.borrow().clone();
        for attempt in attempts.iter().filter(|attempt| attempt.portal.is_some()) {
            attempt.close();
        }
    }

    /// Sends the window of an integration to a portal, with the ticket that opens it.
    pub(super) fn enter(&self, integration: &str, url: &str, ticket: &JsValue) {
        // It fails only where the page has taken forms away from us; then nobody comes, and the portal ends by itself.
        let _ = self.enter.call3(&JsValue::UNDEFINED, &integration.into(), &url.into(), ticket);
    }

    /// Remembers which credential of an integration was connected last.
    pub(super) fn choose(&self, integration: &str, credential: &str) {
        set(&self.chosen.borrow(), integration, &credential.into());
    }

    pub(super) fn integration_metadata(&self) -> JsValue {
        let Ok(who) = self.signed_in() else {
            return Array::new().into();
        };
        let integrations = who.integrations.borrow();
        let active = integrations.iter().filter(|one| is_set(one, "isActive"));
        active.map(|one| metadata::shown(&one)).collect::<Array>().into()
    }

    /// Tells the page: a callback if it is one, or the listeners of the event of this name.
    pub(super) fn tell(&self, target: &JsValue, event: &JsValue) {
        // What the page's functions throw is logged where they are called.
        let _ = self.emit.call3(&JsValue::UNDEFINED, target, event, &self.user());
    }
}
