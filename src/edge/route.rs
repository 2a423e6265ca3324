//! The whole surface: which request is which journey. Matching keeps path segments as they came, except where an id is
//! taken out of them.

use http::Method;

/// One journey, with what its path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `GET /healthz`
    Health,
    /// What a person's browser opens, with everything below it, and `/connect` itself.
    Page(PageRoute),
    /// Everything else below `/connect`: a project's server.
    Server(ServerRoute),
    /// Everything below `/projects/{project}/sdk`, also with `/v2` in front.
    Sdk {
        /// The project's id.
        project: String,
        /// Which of them.
        route: SdkRoute,
    },
    /// `POST /webhook/triggers/connect/zoom/{integration}`
    Webhook {
        /// The integration's id.
        integration: String,
    },
    /// Everything below `/admin`, and `/metrics`.
    Admin(AdminRoute),
    /// The path is there, the method is not.
    WrongMethod,
    /// There is no such path.
    Nowhere,
}

/// One journey of a person's browser. `HEAD` is there wherever `GET` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageRoute {
    /// `GET|POST /connect/start`
    Start,
    /// `GET /oauth`, also `/connect/callback`
    Redirect,
    /// `GET|POST /connect/login`
    Login,
    /// The path is there, the method is not.
    WrongMethod,
    /// There is no such path: a link that came to harm.
    Nowhere,
}

/// One journey of a project's pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SdkRoute {
    /// `OPTIONS` of any of them
    Preflight,
    /// `GET me`
    Me,
    /// `PATCH me`
    PatchMe,
    /// `GET integrations`
    Integrations,
    /// `GET metadata`
    Metadata,
    /// `DELETE integrations/{integration}`
    Disconnect(String),
    /// `POST sessions`
    NewSession,
    /// `GET sessions/{session}`
    Session(String),
    /// `GET actions/oauth-nonce`
    Nonce,
    /// `GET actions/build-oauth`
    BuildOauth,
    /// `GET actions/session-id/{key}`
    SessionKey(String),
    /// `DELETE actions/session-id/{key}`
    ForgetSessionKey(String),
    /// `GET credentials`
    Credentials,
    /// `POST credentials`
    NewCredential,
    /// `GET credentials/{credential}`
    Credential(String),
    /// Any method on `proxy/{integration}/{path}`
    Request {
        /// The integration, by id or provider.
        integration: String,
        /// What follows, byte for byte.
        path: String,
    },
    /// The path is there, the method is not.
    WrongMethod,
    /// There is no such path.
    Nowhere,
}

/// One journey of a project's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerRoute {
    /// `POST integrations`
    NewIntegration,
    /// `GET integrations`
    Integrations,
    /// `GET integrations/{provider or id}`
    Integration(String),
    /// `PATCH integrations/{provider or id}`
    PatchIntegration(String),
    /// `DELETE integrations/{provider or id}`
    DeleteIntegration(String),
    /// `POST auth`
    Auth,
    /// `POST grants`
    NewGrant,
    /// `GET grants`
    Grants,
    /// `GET grants/{grant}`
    Grant(String),
    /// `PATCH grants/{grant}`
    PatchGrant(String),
    /// `DELETE grants/{grant}`
    DeleteGrant(String),
    /// `GET|POST grants/{grant}/sync`
    SyncGrant(String),
    /// Any method on `grants/{grant}/request/{path}`
    Request {
        /// The grant.
        grant: String,
        /// What follows, byte for byte.
        path: String,
    },
    /// `DELETE users/{account}`
    EraseUser(String),
    /// `GET triggers`
    Triggers,
    /// `POST subscriptions`
    NewSubscription,
    /// `GET subscriptions`
    Subscriptions,
    /// `GET subscriptions/{subscription}`
    Subscription(String),
    /// `PATCH subscriptions/{subscription}`
    PatchSubscription(String),
    /// `DELETE subscriptions/{subscription}`
    DeleteSubscription(String),
    /// `POST subscriptions/{subscription}/rotate-secret`
    RotateSubscriptionSecret(String),
    /// `GET events`
    Events,
    /// `GET events/{event}`
    Event(String),
    /// `GET deliveries`
    Deliveries,
    /// `GET deliveries/{delivery}`
    Delivery(String),
    /// `POST deliveries/{delivery}/replay`
    ReplayDelivery(String),
    /// The path is there, the method is not.
    WrongMethod,
    /// There is no such path.
    Nowhere,
}

/// One journey of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminRoute {
    /// `POST projects`
    NewProject,
    /// `GET projects/{project}`
    Project(String),
    /// `PATCH projects/{project}`
    PatchProject(String),
    /// `POST projects/{project}/signing-keys`
    NewSigningKey(String),
    /// `DELETE projects/{project}/signing-keys/{key}`
    DeleteSigningKey(String, String),
    /// `PUT projects/{project}/integrations/zoom`
    PutIntegration(String, String),
    /// `POST projects/{project}/client-secrets`
    NewClientSecret(String),
    /// `GET projects/{project}/client-secrets`
    ClientSecrets(String),
    /// `DELETE projects/{project}/client-secrets/{secret}`
    DeleteClientSecret(String, String),
    /// `PUT projects/{project}/event-endpoint`
    PutEventEndpoint(String),
    /// `GET projects/{project}/event-endpoint`
    EventEndpoint(String),
    /// `DELETE projects/{project}/event-endpoint`
    DeleteEventEndpoint(String),
    /// `GET keys`
    Keys,
    /// `POST sweep`
    Sweep,
    /// `GET /metrics`
    Metrics,
    /// There is no such path or method.
    Nowhere,
}

/// Which journey a request is.
pub fn route(method: &Method, path: &str) -> Route {
    let mut segments = path.trim_start_matches('/').split('/');
    match (segments.next(), method) {
        (Some("healthz"), _) if segments.next().is_none() => Route::Health,
        (Some("oauth"), _) => Route::Page(page_route(method, "oauth", segments.next())),
        (Some("connect"), _) => match segments.next() {
            None | Some("") => Route::Page(PageRoute::Nowhere),
            Some(page @ ("start" | "callback" | "login")) => {
                Route::Page(page_route(method, page, segments.next()))
            }
            Some(_) => Route::Server(server_route(
                method,
                path.strip_prefix("/connect/").unwrap_or_default(),
            )),
        },
        (Some("webhook"), _) => webhook_route(method, path),
        (Some("metrics"), &Method::GET) if segments.next().is_none() => {
            Route::Admin(AdminRoute::Metrics)
        }
        (Some("admin"), _) => Route::Admin(admin_route(method, &segments.collect::<Vec<_>>())),
        (Some("v2"), _) => sdk(method, path.strip_prefix("/v2").unwrap_or_default()),
        (Some("projects"), _) => sdk(method, path),
        _ => Route::Nowhere,
    }
}

/// The methods that an address takes, as `Allow` names them (RFC 9110 §10.2.1).
pub fn allowed(path: &str) -> String {
    let methods =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let taken = methods.iter().filter(|method| route(method, path).is_there());
    taken.map(Method::as_str).collect::<Vec<_>>().join(", ")
}

fn webhook_route(method: &Method, path: &str) -> Route {
    match path.strip_prefix("/webhook/triggers/connect/zoom/") {
        None | Some("") => Route::Nowhere,
        Some(id) if id.contains('/') => Route::Nowhere,
        Some(_) if method != Method::POST => Route::WrongMethod,
        Some(id) => Route::Webhook { integration: id.to_owned() },
    }
}

fn page_route(method: &Method, page: &str, below: Option<&str>) -> PageRoute {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match (page, below) {
        (_, Some(_)) => PageRoute::Nowhere,
        ("start", None) if reads || method == Method::POST => PageRoute::Start,
        ("login", None) if reads || method == Method::POST => PageRoute::Login,
        ("oauth" | "callback", None) if reads => PageRoute::Redirect,
        _ => PageRoute::WrongMethod,
    }
}

fn sdk(method: &Method, path: &str) -> Route {
    let mut parts = path.splitn(5, '/');
    let (Some(""), Some("projects"), Some(project), Some("sdk"), Some(rest)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Route::Nowhere;
    };
    Route::Sdk { project: project.to_owned(), route: sdk_route(method, rest) }
}

fn sdk_route(method: &Method, rest: &str) -> SdkRoute {
    if method == Method::OPTIONS {
        return SdkRoute::Preflight;
    }
    if let Some(("proxy", proxied)) = rest.split_once('/') {
        let (integration, path) = proxied.split_once('/').unwrap_or((proxied, ""));
        return SdkRoute::Request { integration: integration.to_owned(), path: path.to_owned() };
    }
    let segments: Vec<&str> = rest.split('/').collect();
    let by_method = |choices: &[(Method, SdkRoute)]| {
        let found = choices.iter().find(|(wanted, _)| wanted == method);
        found.map_or(SdkRoute::WrongMethod, |(_, route)| route.clone())
    };
    match segments.as_slice() {
        ["me"] => by_method(&[(Method::GET, SdkRoute::Me), (Method::PATCH, SdkRoute::PatchMe)]),
        ["integrations"] => by_method(&[(Method::GET, SdkRoute::Integrations)]),
        ["metadata"] => by_method(&[(Method::GET, SdkRoute::Metadata)]),
        ["integrations", id] => by_method(&[(Method::DELETE, SdkRoute::Disconnect((*id).into()))]),
        ["sessions"] => by_method(&[(Method::POST, SdkRoute::NewSession)]),
        ["sessions", id] => by_method(&[(Method::GET, SdkRoute::Session((*id).into()))]),
        ["actions", "oauth-nonce"] => by_method(&[(Method::GET, SdkRoute::Nonce)]),
        ["actions", "build-oauth"] => by_method(&[(Method::GET, SdkRoute::BuildOauth)]),
        ["actions", "session-id", key] => by_method(&[
            (Method::GET, SdkRoute::SessionKey((*key).into())),
            (Method::DELETE, SdkRoute::ForgetSessionKey((*key).into())),
        ]),
        ["credentials"] => by_method(&[
            (Method::GET, SdkRoute::Credentials),
            (Method::POST, SdkRoute::NewCredential),
        ]),
        ["credentials", id] => by_method(&[(Method::GET, SdkRoute::Credential((*id).into()))]),
        _ => SdkRoute::Nowhere,
    }
}

fn server_route(method: &Method, rest: &str) -> ServerRoute {
    let mut parts = rest.splitn(4, '/');
    if let (Some("grants"), Some(grant), Some("request"), Some(path)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    {
        return ServerRoute::Request { grant: grant.to_owned(), path: path.to_owned() };
    }
    let segments: Vec<&str> = rest.split('/').collect();
    let owned = |text: &str| text.to_owned();
    match (method.as_str(), segments.as_slice()) {
        ("POST", ["integrations"]) => ServerRoute::NewIntegration,
        ("GET", ["integrations"]) => ServerRoute::Integrations,
        ("GET", ["integrations", id]) => ServerRoute::Integration(owned(id)),
        ("PATCH", ["integrations", id]) => ServerRoute::PatchIntegration(owned(id)),
        ("DELETE", ["integrations", id]) => ServerRoute::DeleteIntegration(owned(id)),
        ("POST", ["auth"]) => ServerRoute::Auth,
        ("POST", ["grants"]) => ServerRoute::NewGrant,
        ("GET", ["grants"]) => ServerRoute::Grants,
        ("GET", ["grants", id]) => ServerRoute::Grant(owned(id)),
        ("PATCH", ["grants", id]) => ServerRoute::PatchGrant(owned(id)),
        ("DELETE", ["grants", id]) => ServerRoute::DeleteGrant(owned(id)),
        ("GET" | "POST", ["grants", id, "sync"]) => ServerRoute::SyncGrant(owned(id)),
        ("DELETE", ["users", id]) => ServerRoute::EraseUser(owned(id)),
        ("GET", ["triggers"]) => ServerRoute::Triggers,
        ("POST", ["subscriptions"]) => ServerRoute::NewSubscription,
        ("GET", ["subscriptions"]) => ServerRoute::Subscriptions,
        ("GET", ["subscriptions", id]) => ServerRoute::Subscription(owned(id)),
        ("PATCH", ["subscriptions", id]) => ServerRoute::PatchSubscription(owned(id)),
        ("DELETE", ["subscriptions", id]) => ServerRoute::DeleteSubscription(owned(id)),
        ("POST", ["subscriptions", id, "rotate-secret"]) => {
            ServerRoute::RotateSubscriptionSecret(owned(id))
        }
        ("GET", ["events"]) => ServerRoute::Events,
        ("GET", ["events", id]) => ServerRoute::Event(owned(id)),
        ("GET", ["deliveries"]) => ServerRoute::Deliveries,
        ("GET", ["deliveries", id]) => ServerRoute::Delivery(owned(id)),
        ("POST", ["deliveries", id, "replay"]) => ServerRoute::ReplayDelivery(owned(id)),
        (
            _,
            ["integrations" | "grants" | "users" | "subscriptions" | "events" | "deliveries", _]
            | ["grants", _, "sync"]
            | ["subscriptions", _, "rotate-secret"]
            | ["deliveries", _, "replay"]
            | [
                "integrations" | "auth" | "grants" | "deliveries" | "events" | "triggers"
                | "subscriptions",
            ],
        ) => ServerRoute::WrongMethod,
        _ => ServerRoute::Nowhere,
    }
}

fn admin_route(method: &Method, segments: &[&str]) -> AdminRoute {
    let owned = |text: &str| text.to_owned();
    match (method.as_str(), segments) {
        ("POST", ["projects"]) => AdminRoute::NewProject,
        ("GET", ["projects", id]) => AdminRoute::Project(owned(id)),
        ("PATCH", ["projects", id]) => AdminRoute::PatchProject(owned(id)),
        ("POST", ["projects", id, "signing-keys"]) => AdminRoute::NewSigningKey(owned(id)),
        ("DELETE", ["projects", id, "signing-keys", key]) => {
            AdminRoute::DeleteSigningKey(owned(id), owned(key))
        }
        ("PUT", ["projects", id, "integrations", provider]) => {
            AdminRoute::PutIntegration(owned(id), owned(provider))
        }
        ("POST", ["projects", id, "client-secrets"]) => AdminRoute::NewClientSecret(owned(id)),
        ("GET", ["projects", id, "client-secrets"]) => AdminRoute::ClientSecrets(owned(id)),
        ("DELETE", ["projects", id, "client-secrets", secret]) => {
            AdminRoute::DeleteClientSecret(owned(id), owned(secret))
        }
        ("PUT", ["projects", id, "event-endpoint"]) => AdminRoute::PutEventEndpoint(owned(id)),
        ("GET", ["projects", id, "event-endpoint"]) => AdminRoute::EventEndpoint(owned(id)),
        ("DELETE", ["projects", id, "event-endpoint"]) => {
            AdminRoute::DeleteEventEndpoint(owned(id))
        }
        ("GET", ["keys"]) => AdminRoute::Keys,
        ("POST", ["sweep"]) => AdminRoute::Sweep,
        _ => AdminRoute::Nowhere,
    }
}

impl Route {
    fn is_there(&self) -> bool {
        use self::{
            AdminRoute as Admin, PageRoute as Page, SdkRoute as Sdk, ServerRoute as Server,
        };
        !matches!(
            self,
            Self::Page(Page::WrongMethod | Page::Nowhere)
                | Self::Server(Server::WrongMethod | Server::Nowhere)
                | Self::Sdk { route: Sdk::WrongMethod | Sdk::Nowhere, .. }
                | Self::Admin(Admin::Nowhere)
                | Self::WrongMethod
                | Self::Nowhere
        )
    }
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
