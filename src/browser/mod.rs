//! The `isthmus` object of a page, as far as it is wasm: one exported class, one to six lines a method.
//! The click (opening the window), loading this wasm, the listeners and the error classes are `pkg/`'s.
//!
//! | file | what |
//! |---|---|
//! | `popup` | the races of one attempt to connect, pure |
//! | `path` | what a page may ask the proxy for, pure |
//! | `sdk` | who is signed in; authenticate, uninstall, metadata |
//! | `session` | a signed-in user: the token and the calls in its name |
//! | `connect` | from the click to the callbacks |
//! | `portal` | the same through the Connect Portal, which stays open |
//! | `attempt` | one pending popup: feeds `popup` its signals and does its steps |
//! | `request` | a call through the proxy |
//! | `workflow` | what starts workflows, and what users make of them |
//! | `user` | what `/sdk/me` said, and which credential is current |
//! | `token`, `metadata` | reading the user token; metadata names |
//! | `problem` | every error, with its name, code and message |
//! | `field` | reading JavaScript values |
//! | `outward` | writing JavaScript values (the only file with serde-wasm-bindgen) |
//! | `wire` | one HTTP exchange (the only file with gloo-net) |

mod attempt;
mod connect;
mod field;
mod metadata;
mod outward;
pub mod path;
pub mod popup;
mod portal;
mod problem;
mod request;
mod sdk;
mod session;
mod token;
mod user;
mod wire;
mod workflow;

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// A third of the default allocator's size; a page allocates little and on one thread.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What `pkg/entry.js` drives. Takes any values and answers promises that reject with `Error`s with a stable `code`.
#[wasm_bindgen]
pub struct Sdk(Rc<sdk::Sdk>);

#[expect(
    clippy::needless_pass_by_value,
    reason = "JavaScript hands values over; taking references costs code at the border"
)]
#[wasm_bindgen]
impl Sdk {
    /// `emit(target, payload, user)` tells the page: a callback, or the listeners of the event of that name.
    /// `enter(integration, url, ticket)` sends the integration's window to a portal.
    #[wasm_bindgen(constructor)]
    pub fn new(emit: Function, enter: Function) -> Self {
        Self(sdk::Sdk::new(emit, enter))
    }

    /// Says where the Worker is: two origins (the API's, the proxy's). Whoever was signed in is not any more.
    pub fn configure(&self, api: JsValue, proxy: JsValue) {
        self.0.configure(&given(&api), &given(&proxy));
    }

    /// Signs a user in with a user token; settles when the Worker has agreed.
    pub fn authenticate(&self, project: JsValue, token: JsValue, options: JsValue) -> Promise {
        let sdk = Rc::clone(&self.0);
        // Taken now, not when the promise first runs: a sign-out in between must win.
        let turn = sdk.next_turn();
        promise(async move {
            let (project, token) = (given(&project), given(&token));
            sdk.authenticate(turn, &project, &token, &options).await
        })
    }

    /// Forgets the user; pending attempts to connect end as superseded.
    pub fn logout(&self) {
        self.0.log_out();
    }

    /// A deep copy of the user, without the token; `{authenticated: false}` when there is none.
    #[wasm_bindgen(js_name = getUser)]
    pub fn user(&self) -> JsValue {
        self.0.user()
    }

    /// Whether `connect` or `installIntegration` would be refused now whatever happens in a window.
    #[wasm_bindgen(js_name = isRefused)]
    pub fn is_refused(&self, integration: JsValue, options: JsValue, install: bool) -> bool {
        connect::admit(&self.0, &given(&integration), &options, install).is_err()
    }

    /// Connects an account in `window`, which was opened in the click (`null`: the browser blocked it; `retry` tries
    /// again in a new click): in the portal; with `install`, straight at the provider.
    pub fn connect(
        &self,
        integration: JsValue,
        options: JsValue,
        install: bool,
        window: JsValue,
        retry: JsValue,
    ) -> Promise {
        let call =
            connect::Call { integration: given(&integration), options, install, window, retry };
        promise(connect::connect(Rc::clone(&self.0), call))
    }

    /// Closes the portal's window.
    #[wasm_bindgen(js_name = closePortal)]
    pub fn close_portal(&self) {
        self.0.close_portals();
    }

    /// Disconnects one account of an integration: the selected one, else the current one.
    #[wasm_bindgen(js_name = uninstallIntegration)]
    pub fn uninstall_integration(&self, integration: JsValue, options: JsValue) -> Promise {
        let sdk = Rc::clone(&self.0);
        promise(async move { sdk.uninstall(&given(&integration), &options).await })
    }

    /// Calls the provider's API through the proxy.
    pub fn request(&self, integration: JsValue, path: JsValue, options: JsValue) -> Promise {
        let sdk = Rc::clone(&self.0);
        promise(async move {
            request::request(&sdk, &given(&integration), &given(&path), &options).await
        })
    }

    /// Tells of something that happened in the product.
    pub fn event(&self, name: JsValue, payload: JsValue, options: JsValue) -> Promise {
        self.call(Ok(workflow::event(&name, &payload, &options)))
    }

    /// Starts a workflow by a request; `query` is written already.
    pub fn workflow(&self, id: JsValue, query: JsValue, options: JsValue) -> Promise {
        self.call(workflow::start(&given(&id), &given(&query), &options))
    }

    /// Switches a workflow on or off.
    #[wasm_bindgen(js_name = switchWorkflow)]
    pub fn switch_workflow(&self, id: JsValue, on: bool, options: JsValue) -> Promise {
        self.call(workflow::switch(&given(&id), on, &options))
    }

    /// Fills in settings of a workflow; answers the account.
    #[wasm_bindgen(js_name = fillIn)]
    pub fn fill_in(
        &self,
        integration: JsValue,
        id: JsValue,
        update: JsValue,
        options: JsValue,
    ) -> Promise {
        let (integration, id) = (given(&integration), given(&id));
        self.call(workflow::fill_in(&self.0, &integration, &id, &update, &options))
    }

    /// What an integration is for its pages; `undefined` when there is no such one.
    #[wasm_bindgen(js_name = getIntegrationConfig)]
    pub fn integration_config(&self, integration: JsValue) -> JsValue {
        workflow::config(&self.0, &given(&integration))
    }

    /// Writes metadata of the user and answers the user.
    #[wasm_bindgen(js_name = setUserMetadata)]
    pub fn set_user_metadata(&self, metadata: JsValue) -> Promise {
        let sdk = Rc::clone(&self.0);
        promise(async move { sdk.set_metadata(&metadata).await })
    }

    /// Type, name, icon and colour of every active integration.
    #[wasm_bindgen(js_name = getIntegrationMetadata)]
    pub fn integration_metadata(&self) -> JsValue {
        self.0.integration_metadata()
    }
}

impl Sdk {
    fn call(&self, call: Result<workflow::Call, problem::Problem>) -> Promise {
        promise(workflow::make(Rc::clone(&self.0), call))
    }
}

/// A text that a page gave; empty when it gave something else.
fn given(value: &JsValue) -> String {
    value.as_string().unwrap_or_default()
}

fn promise(work: impl Future<Output = Result<JsValue, problem::Problem>> + 'static) -> Promise {
    erased(Box::pin(work))
}

fn erased(work: wire::Pending<Result<JsValue, problem::Problem>>) -> Promise {
    future_to_promise(async move { work.await.map_err(|problem| problem.0) })
}
