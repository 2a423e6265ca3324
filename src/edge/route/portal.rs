//! The part of the surface that a user's browser calls in the Connect Portal, below `/portal`.

use http::Method;

/// One journey of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalRoute {
    /// `POST /portal`: a ticket, from the page that had it made.
    Enter,
    /// `GET|POST /portal/{portal}`: the page; the `POST` is the answer to its question.
    Page(String),
    /// `GET /portal/{portal}/state`
    State(String),
    /// `POST /portal/{portal}/connect`
    Connect(String),
    /// `DELETE /portal/{portal}/grants/{grant}`
    Disconnect(String, String),
    /// `PATCH /portal/{portal}/grants/{grant}/workflows/{workflow}`
    PatchWorkflow(String, String, String),
    /// `POST /portal/{portal}/close`
    Close(String),
    /// The path is there, the method is not.
    WrongMethod,
    /// There is no such path.
    Nowhere,
}

/// Which of them a request is; `segments` are what follows `/portal/`.
pub(super) fn portal_route(method: &Method, segments: &[&str]) -> PortalRoute {
    let owned = |text: &str| text.to_owned();
    match (method.as_str(), segments) {
        ("POST", []) => PortalRoute::Enter,
        ("GET" | "HEAD" | "POST", [id]) => PortalRoute::Page(owned(id)),
        ("GET", [id, "state"]) => PortalRoute::State(owned(id)),
        ("POST", [id, "connect"]) => PortalRoute::Connect(owned(id)),
        ("DELETE", [id, "grants", grant]) => PortalRoute::Disconnect(owned(id), owned(grant)),
        ("PATCH", [id, "grants", grant, "workflows", workflow]) => {
            PortalRoute::PatchWorkflow(owned(id), owned(grant), owned(workflow))
        }
        ("POST", [id, "close"]) => PortalRoute::Close(owned(id)),
        (
            _,
            []
            | [_]
            | [_, "state" | "connect" | "close"]
            | [_, "grants", _]
            | [_, "grants", _, "workflows", _],
        ) => PortalRoute::WrongMethod,
        _ => PortalRoute::Nowhere,
    }
}
