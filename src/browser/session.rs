//! A signed-in user: the token, the calls in its name, and what the Worker said about the user and the project.
//! Who is signed in now is `sdk.rs`'s.

use std::cell::RefCell;

use js_sys::{Array, Object};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Headers;

use super::field::{is_set, json, member, set, text};
use super::problem::Problem;
use super::user::User;
use super::wire::{self, Exchange, Pending};

/// A signed-in user of one project.
pub(super) struct SignedIn {
    /// The start of every URL of the project, and of its proxied ones.
    pub(super) api: String,
    pub(super) proxy: String,
    authorization: String,
    subject: Option<String>,
    pub(super) user: RefCell<User>,
    /// What `/sdk/integrations` said.
    pub(super) integrations: RefCell<Array>,
}

impl SignedIn {
    pub(super) fn new(
        api: &str,
        proxy: &str,
        project: &str,
        token: &str,
        subject: Option<String>,
    ) -> Self {
        Self {
            api: format!("{api}/projects/{project}/sdk"),
            proxy: format!("{proxy}/projects/{project}/sdk/proxy"),
            authorization: format!("Bearer {token}"),
            subject,
            user: RefCell::new(User::new(&JsValue::UNDEFINED, &Object::new())),
            integrations: RefCell::default(),
        }
    }

    pub(super) fn is_same_user(&self, other: &Self) -> bool {
        self.api == other.api && self.subject == other.subject
    }

    /// Asks the Worker outside the proxy and reads its JSON. Sent at once; boxed, so that its code is there once.
    pub(super) fn call(
        &self,
        method: &str,
        path: &str,
        body: &JsValue,
        credential: Option<&str>,
    ) -> Pending<Result<JsValue, Problem>> {
        let started =
            self.headers(&JsValue::UNDEFINED, credential, body.is_object()).and_then(|headers| {
                let url = format!("{}{path}", self.api);
                let body = json(body).map_or(JsValue::UNDEFINED, JsValue::from);
                wire::start(&Exchange { method, url: &url, headers, body, hurried: true })
            });
        Box::pin(async move {
            let answer = started?.finish().await?;
            if answer.is_ok() { Ok(answer.body) } else { Err(Problem::refused(&answer)) }
        })
    }

    /// The headers of a call: the page's own, in any form that `fetch` takes, and ours.
    pub(super) fn headers(
        &self,
        own: &JsValue,
        credential: Option<&str>,
        is_json: bool,
    ) -> Result<Headers, Problem> {
        let refused = |_| Problem::invalid_request("A header cannot be sent.");
        let own = if own.is_object() { own.clone() } else { Object::new().into() };
        let headers = Headers::new_with_headers(own.unchecked_ref()).map_err(refused)?;
        headers.set("Authorization", &self.authorization).map_err(refused)?;
        for (name, value) in [
            ("X-Paragon-Credential", credential),
            ("Accept", Some("application/json")),
            ("Content-Type", is_json.then_some("application/json")),
        ] {
            if let Some(value) = value.filter(|_| !headers.has(name).unwrap_or(false)) {
                headers.set(name, value).map_err(refused)?;
            }
        }
        Ok(headers)
    }

    pub(super) fn write_metadata(&self, written: &Object) -> Pending<Result<JsValue, Problem>> {
        let body = Object::new();
        set(&body, "meta", written);
        self.call("PATCH", "/me", &body, None)
    }

    /// Whether the user has this credential.
    pub(super) fn has(&self, integration: &str, credential: &str) -> bool {
        self.user.borrow().credential(integration, credential).is_some()
    }

    /// The credential that a page selected, else the current one.
    pub(super) fn selected(&self, integration: &str, options: &JsValue) -> Result<String, Problem> {
        text(options, "selectedCredentialId")
            .or_else(|| self.user.borrow().current_credential(integration))
            .filter(|credential| self.has(integration, credential))
            .ok_or_else(|| Problem::not_installed(integration))
    }

    /// The project's integration of this name.
    pub(super) fn integration(&self, name: &str) -> Option<JsValue> {
        member(&self.integrations.borrow(), "type", name)
    }

    /// The id of an integration that is set up and active.
    pub(super) fn active_integration(&self, name: &str) -> Result<String, Problem> {
        let integration = self.integration(name);
        let is_set_up = self.user.borrow().integration(name).is_object();
        let (code, message) = match &integration {
            Some(found) if is_set_up && is_set(found, "isActive") => {
                return Ok(text(found, "id").unwrap_or_default());
            }
            Some(_) if is_set_up => (
                "integration_inactive",
                format!("integration \"{name}\" is not active in your Paragon project yet."),
            ),
            Some(_) => (
                "integration_not_found",
                format!(
                    "integration \"{name}\" has not been set up in your Paragon project yet.\n{}",
                    self.configured()
                ),
            ),
            None => (
                "integration_not_found",
                format!(
                    "\"{name}\" is not a valid integration type. The integrations you have configured for this \
                     Paragon project are:\n{}\n",
                    self.configured()
                ),
            ),
        };
        Err(Problem::plain(code, &message))
    }

    fn configured(&self) -> String {
        let mut configured = String::new();
        for name in self.integrations.borrow().iter().filter_map(|one| text(&one, "type")) {
            configured = format!("{configured}\n- \"{name}\"");
        }
        configured
    }
}
