//! The whole surface: which request is which journey. Matching keeps path segments as they came, except where an id is
//! taken out of them.

mod history;
mod name;
mod portal;
mod sdk;
mod server;

use http::Method;

pub use self::{history::HistoryRoute, portal::PortalRoute, sdk::SdkRoute, server::ServerRoute};
use self::{history::history_route, portal::portal_route, sdk::sdk_route, server::server_route};

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
    /// Everything below `/projects/{project}/task-history`: what became of runs, in Paragon's shapes.
    History {
        /// The project's id.
        project: String,
        /// Which of them.
        route: HistoryRoute,
    },
    /// `POST /webhook/triggers/connect/zoom/{integration}`
    Webhook {
        /// The integration's id.
        integration: String,
    },
    /// Everything below `/portal`: what a user sees and switches.
    Portal(PortalRoute),
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
    /// `GET /connect/done`: where a login link of the operator ends.
    Done,
    /// `GET /console`, and everything below it: the operator's pages; `GET /` where they have an origin of their own.
    Console,
    /// `GET /ui`: the portal inside a frame of the published package.
    Ui,
    /// The path is there, the method is not.
    WrongMethod,
    /// There is no such path: a link that came to harm.
    Nowhere,
}

/// One journey of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminRoute {
    /// `POST session`
    SignIn,
    /// `GET session`
    SignedIn,
    /// `DELETE session`
    SignOut,
    /// `GET projects`
    Projects,
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
    /// `GET projects/{project}/integrations`
    Integrations(String),
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
    /// `GET health`
    Health,
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
            Some(page @ ("start" | "callback" | "login" | "done")) => {
                Route::Page(page_route(method, page, segments.next()))
            }
            Some(_) => Route::Server(server_route(
                method,
                path.strip_prefix("/connect/").unwrap_or_default(),
            )),
        },
        (Some("console"), _) => Route::Page(page_route(method, "console", None)),
        (Some(""), &Method::GET | &Method::HEAD) if path == "/" => Route::Page(PageRoute::Console),
        (Some("ui"), _) => Route::Page(page_route(method, "ui", segments.next())),
        (Some("portal"), _) => Route::Portal(portal_route(method, &segments.collect::<Vec<_>>())),
        (Some("webhook"), _) => webhook_route(method, path),
        (Some("metrics"), &Method::GET) if segments.next().is_none() => {
            Route::Admin(AdminRoute::Metrics)
        }
        (Some("admin"), _) => Route::Admin(admin_route(method, &segments.collect::<Vec<_>>())),
        (Some("v2"), _) => of_project(method, path.strip_prefix("/v2").unwrap_or_default()),
        (Some("projects"), _) => of_project(method, path),
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
        ("done", None) if reads => PageRoute::Done,
        ("console", None) if reads => PageRoute::Console,
        ("ui", None) if reads => PageRoute::Ui,
        _ => PageRoute::WrongMethod,
    }
}

fn of_project(method: &Method, path: &str) -> Route {
    let mut parts = path.splitn(5, '/');
    let (Some(""), Some("projects"), Some(project), Some(part), Some(rest)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Route::Nowhere;
    };
    let project = project.to_owned();
    match part {
        "sdk" => Route::Sdk { project, route: sdk_route(method, rest) },
        "task-history" => Route::History { project, route: history_route(method, rest) },
        _ => Route::Nowhere,
    }
}

fn admin_route(method: &Method, segments: &[&str]) -> AdminRoute {
    let owned = |text: &str| text.to_owned();
    match (method.as_str(), segments) {
        ("POST", ["session"]) => AdminRoute::SignIn,
        ("GET", ["session"]) => AdminRoute::SignedIn,
        ("DELETE", ["session"]) => AdminRoute::SignOut,
        ("GET", ["projects"]) => AdminRoute::Projects,
        ("POST", ["projects"]) => AdminRoute::NewProject,
        ("GET", ["projects", id]) => AdminRoute::Project(owned(id)),
        ("PATCH", ["projects", id]) => AdminRoute::PatchProject(owned(id)),
        ("POST", ["projects", id, "signing-keys"]) => AdminRoute::NewSigningKey(owned(id)),
        ("DELETE", ["projects", id, "signing-keys", key]) => {
            AdminRoute::DeleteSigningKey(owned(id), owned(key))
        }
        ("GET", ["projects", id, "integrations"]) => AdminRoute::Integrations(owned(id)),
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
        ("GET", ["health"]) => AdminRoute::Health,
        ("POST", ["sweep"]) => AdminRoute::Sweep,
        _ => AdminRoute::Nowhere,
    }
}

impl Route {
    fn is_there(&self) -> bool {
        use self::{
            AdminRoute as Admin, PageRoute as Page, PortalRoute as Portal, SdkRoute as Sdk,
            ServerRoute as Server,
        };
        !matches!(
            self,
            Self::Page(Page::WrongMethod | Page::Nowhere)
                | Self::Portal(Portal::WrongMethod | Portal::Nowhere)
                | Self::Server(Server::WrongMethod | Server::Nowhere)
                | Self::Sdk { route: Sdk::WrongMethod | Sdk::Nowhere, .. }
                | Self::History { route: HistoryRoute::WrongMethod | HistoryRoute::Nowhere, .. }
                | Self::Admin(Admin::Nowhere)
                | Self::WrongMethod
                | Self::Nowhere
        )
    }
}

#[cfg(test)]
mod tests;
