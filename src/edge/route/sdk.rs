//! The part of the surface that a project's pages call, below `/projects/{project}/sdk`.

use http::Method;

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
    /// `POST portals`
    NewPortal,
    /// `GET portals/{portal}`
    Portal(String),
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
    /// `PATCH credentials/{credential}`
    PatchCredential(String),
    /// `POST workflows/{workflow}`
    EnableWorkflow(String),
    /// `DELETE workflows/{workflow}`
    DisableWorkflow(String),
    /// `POST events/trigger`
    AppEvent,
    /// `POST triggers/{workflow}`
    Trigger(String),
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

/// Which of them a request is.
pub(super) fn sdk_route(method: &Method, rest: &str) -> SdkRoute {
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
        ["portals"] => by_method(&[(Method::POST, SdkRoute::NewPortal)]),
        ["portals", id] => by_method(&[(Method::GET, SdkRoute::Portal((*id).into()))]),
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
        ["credentials", id] => by_method(&[
            (Method::GET, SdkRoute::Credential((*id).into())),
            (Method::PATCH, SdkRoute::PatchCredential((*id).into())),
        ]),
        ["workflows", id] => by_method(&[
            (Method::POST, SdkRoute::EnableWorkflow((*id).into())),
            (Method::DELETE, SdkRoute::DisableWorkflow((*id).into())),
        ]),
        ["events", "trigger"] => by_method(&[(Method::POST, SdkRoute::AppEvent)]),
        ["triggers", id] => by_method(&[(Method::POST, SdkRoute::Trigger((*id).into()))]),
        _ => SdkRoute::Nowhere,
    }
}
