//! The user as `GET …/sdk/me` tells it, in the shape that pages know, and which credential is current.
//! Fetching it and telling pages about changes is `sdk.rs`'s.

use js_sys::{Array, Object};
use wasm_bindgen::JsValue;

use super::field::{as_list, copy, field, member, set, text};

/// A signed-in user. Holds no token.
pub(super) struct User(JsValue);

impl User {
    /// Reads the Worker's answer; `chosen` names, by integration, the credential that was connected last.
    pub(super) fn new(me: &JsValue, chosen: &Object) -> Self {
        let user = JsValue::from(Object::new());
        set(&user, "authenticated", &JsValue::TRUE);
        for name in ["userId", "integrations", "meta", "resources"] {
            set(&user, name, &field(me, name));
        }
        let user = Self(user);
        for integration in Object::keys(chosen).iter().filter_map(|name| name.as_string()) {
            if let Some(credential) = text(chosen, &integration) {
                user.choose(&integration, &credential);
            }
        }
        user
    }

    /// A deep copy for the page.
    pub(super) fn to_js(&self) -> JsValue {
        copy(&self.0)
    }

    /// What is known about an integration; `undefined` when it was not set up.
    pub(super) fn integration(&self, integration: &str) -> JsValue {
        field(&field(&self.0, "integrations"), integration)
    }

    /// One credential of an integration.
    pub(super) fn credential(&self, integration: &str, id: &str) -> Option<JsValue> {
        member(&self.credentials(integration), "id", id)
    }

    /// The id of the credential that calls use.
    pub(super) fn current_credential(&self, integration: &str) -> Option<String> {
        text(&self.integration(integration), "credentialId")
    }

    /// Makes a credential the current one, if the user has it.
    fn choose(&self, integration: &str, id: &str) {
        let Some(credential) = self.credential(integration, id) else {
            return;
        };
        let state = self.integration(integration);
        let status = field(&credential, "status");
        let is_valid = status.as_string().as_deref() == Some("VALID");
        set(&state, "enabled", &is_valid.into());
        set(&state, "credentialId", &field(&credential, "id"));
        set(&state, "credentialStatus", &status);
        for name in ["providerId", "providerData", "externalId"] {
            set(&state, name, &field(&credential, name));
        }
        let configuration = field(&field(&credential, "configurations"), "0");
        set(&state, "workflowSettings", &field(&configuration, "workflowSettings"));
    }

    /// Takes a credential away; the first one left becomes the current one.
    pub(super) fn remove(&self, integration: &str, id: &str) {
        let state = self.integration(integration);
        let without = |from: &str, name: &str| -> Array {
            as_list(field(&state, from))
                .iter()
                .filter(|it| text(it, name).as_deref() != Some(id))
                .collect()
        };
        let credentials = without("allCredentials", "id");
        let configurations = without("allConfigurations", "connectCredentialId");
        let next = text(&credentials.get(0), "id");
        let rest = if next.is_some() { state.clone() } else { Object::new().into() };
        set(&rest, "allCredentials", &credentials);
        set(&rest, "allConfigurations", &configurations);
        set(&field(&self.0, "integrations"), integration, &rest);
        if let Some(next) = next {
            self.choose(integration, &next);
        } else {
            set(&rest, "enabled", &JsValue::FALSE);
            set(&rest, "workflowSettings", &Object::new());
        }
    }

    fn credentials(&self, integration: &str) -> Array {
        as_list(field(&self.integration(integration), "allCredentials"))
    }
}
