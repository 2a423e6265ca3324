//! What a project's pages call, under a user token: Paragon's Connect protocol, and what our own package adds.

use serde_json::{Value, json};

use super::{
    super::{
        connect::{NewSession, SessionStarted, SessionState},
        credential::{Credential, CredentialFromSession},
        me::{IntegrationMetadata, Me, MePatch, SdkIntegration},
        portal::{NewPortal, PortalState, PortalTicket},
        problem::Code,
    },
    operation::{Dialect, Operation, Origin, Security, sdk_failure},
};

/// What every call of a page may come to.
const ALWAYS: [Code; 5] = [
    Code::UserTokenMissing,
    Code::UserTokenInvalid,
    Code::UserTokenExpired,
    Code::OriginNotAllowed,
    Code::ProjectNotFound,
];
/// How a connect may have ended, but for its time being over.
pub(super) const ENDED_SO: [Code; 8] = [
    Code::ConsentDeclined,
    Code::IntegrationDeleting,
    Code::ExchangeRefused,
    Code::ExchangeInterrupted,
    Code::ClientRefused,
    Code::AccountUnreadable,
    Code::ZoomUnreachable,
    Code::ZoomTimeout,
];

pub(super) fn operation(
    id: &'static str,
    method: &'static str,
    path: &'static str,
    summary: &'static str,
) -> Operation {
    let operation = Operation::new(Dialect::Sdk, id, (method, path), summary);
    operation.opened_by(Security::UserToken).fails(&ALWAYS)
}

pub(super) fn operations() -> Vec<Operation> {
    let parts = [
        user(),
        connect(),
        portal(),
        vec![nonce()],
        connect_as_paragon(),
        credentials(),
        requests(),
    ];
    parts.into_iter().flatten().collect()
}

fn user() -> Vec<Operation> {
    vec![
        operation("me", "get", "/projects/{project}/sdk/me", "The user, with what is connected")
            .json::<Me>(200, "The user."),
        operation("patchMe", "patch", "/projects/{project}/sdk/me", "Replace the user's metadata")
            .takes::<MePatch>()
            .json::<Me>(200, "The user.")
            .fails(&[Code::InvalidRequest, Code::PayloadTooLarge]),
        operation(
            "integrations",
            "get",
            "/projects/{project}/sdk/integrations",
            "The project's integrations",
        )
        .json::<Vec<SdkIntegration>>(200, "All of them."),
        operation("metadata", "get", "/projects/{project}/sdk/metadata", "How integrations look")
            .json::<Vec<IntegrationMetadata>>(200, "All of them."),
        operation(
            "disconnect",
            "delete",
            "/projects/{project}/sdk/integrations/{integration}",
            "Disconnect an account",
        )
        .header("X-Paragon-Credential", "Which account, of several.")
        .empty(204, "It is disconnected, and Zoom has revoked the tokens.")
        .answer(202, "It is disconnected; Zoom will be told as soon as it can be reached.", {
            let schema =
                json!({"type": "object", "properties": {"revocation": {"const": "pending"}}});
            ("application/json", schema)
        })
        .fails(&[Code::IntegrationNotFound, Code::NotConnected, Code::CredentialNotFound]),
    ]
}

fn connect() -> Vec<Operation> {
    vec![
        operation("newSession", "post", "/projects/{project}/sdk/sessions", "Begin to connect")
            .takes::<NewSession>()
            .json::<SessionStarted>(201, "Open start_url in a popup.")
            .fails(&[Code::InvalidRequest, Code::IntegrationNotFound])
            .fails(&[Code::IntegrationDeleting, Code::PayloadTooLarge]),
        operation(
            "session",
            "get",
            "/projects/{project}/sdk/sessions/{session}",
            "How far a connect is",
        )
        .json::<SessionState>(200, "How far it is.")
        .fails(&[Code::SessionNotFound]),
    ]
}

fn portal() -> Vec<Operation> {
    let one = "/projects/{project}/sdk/portals/{portal}";
    vec![
        operation("newPortal", "post", "/projects/{project}/sdk/portals", "Have a portal opened")
            .takes::<NewPortal>()
            .json::<PortalTicket>(201, "Send a form with the ticket to url, into a window.")
            .fails(&[Code::InvalidRequest, Code::IntegrationNotFound])
            .fails(&[Code::IntegrationDeleting, Code::PayloadTooLarge]),
        operation("portal", "get", one, "How far a portal is, and what was done in it")
            .query("after", "Only changes behind the one of this number.", false)
            .json::<PortalState>(200, "How far it is.")
            .fails(&[Code::InvalidRequest, Code::PortalNotFound]),
    ]
}

fn nonce() -> Operation {
    let at = ("get", "/projects/{project}/sdk/actions/oauth-nonce");
    let summary = "The first page of the published package's popup";
    let page = ("text/html", json!({"type": "string"}));
    let unknown = ("application/json", sdk_failure());
    Operation::new(Dialect::Pages, "oauthNonce", at, summary)
        .query("originForPostMessage", "The origin of the page that opened it.", true)
        .query("integrationId", "The integration.", true)
        .answer(200, "Tells its opener that it is there.", page)
        .answer(404, "`project_not_found`: there is no such project.", unknown)
        .fails(&[Code::InvalidRequest, Code::OriginNotAllowed])
}

fn connect_as_paragon() -> Vec<Operation> {
    let object = |name: &str, kind: Value| {
        let schema = json!({"type": "object", "properties": {name: kind}});
        ("application/json", schema)
    };
    let build = "/projects/{project}/sdk/actions/build-oauth";
    let key = "/projects/{project}/sdk/actions/session-id/{key}";
    vec![
        operation("buildOauth", "get", build, "Begin to connect, as the published package does")
            .query("integrationId", "The integration.", true)
            .query("originForPostMessage", "The origin of the page that opened the popup.", true)
            .query("oauthMetaKeyId", "A name for this connect, to ask by.", false)
            .query(
                "redirectUrl",
                "A page of the project that takes the redirect and passes it on.",
                false,
            )
            .answer(
                200,
                "Open redirectUrl in the popup.",
                object("redirectUrl", json!({"type": "string"})),
            )
            .fails(&[Code::InvalidRequest, Code::IntegrationNotFound, Code::IntegrationDeleting]),
        operation(
            "sessionByKey",
            "get",
            key,
            "Whether a connect of this name has ended in a grant",
        )
        .answer(
            200,
            "Empty until then.",
            object("connectCredentialId", json!({"type": "string"})),
        ),
        operation("forgetSessionKey", "delete", key, "Forget the name of a connect")
            .empty(204, "It is forgotten."),
    ]
}

fn credentials() -> Vec<Operation> {
    let all = "/projects/{project}/sdk/credentials";
    vec![
        operation("credentials", "get", all, "The user's connected accounts")
            .query("integration", "Only of this integration, by id or provider.", false)
            .json::<Vec<Credential>>(200, "All of them."),
        operation("newCredential", "post", all, "The account that a connect ended in")
            .takes::<CredentialFromSession>()
            .json::<Credential>(200, "The account.")
            .fails(&[Code::InvalidRequest, Code::SessionNotFound, Code::PayloadTooLarge])
            .fails(&[Code::NotConnected, Code::CredentialNotFound])
            .fails(&ENDED_SO),
        operation(
            "credential",
            "get",
            "/projects/{project}/sdk/credentials/{credential}",
            "One connected account",
        )
        .json::<Credential>(200, "The account.")
        .fails(&[Code::CredentialNotFound]),
    ]
}

fn requests() -> Vec<Operation> {
    let path = "/projects/{project}/sdk/proxy/{integration}/{path}";
    let one = |id, method| {
        let request = operation(id, method, path, "Call Zoom's API under the user's grant")
            .header("X-Paragon-Credential", "Which account, of several.")
            .header(
                "X-Paragon-Use-Raw-Response",
                "Zoom's own body, not `{\"output\": …}` around it.",
            )
            .passes_answers_of(Origin::Zoom)
            .fails(&[Code::PathRefused, Code::InvalidRequest, Code::NotConnected])
            .fails(&[Code::IntegrationNotFound, Code::CredentialNotFound])
            .fails(&[Code::ReconnectRequired, Code::GrantExpired, Code::ClientRefused])
            .fails(&[Code::ZoomUnreachable, Code::ZoomRedirected, Code::ZoomTimeout]);
        // What has no body can always be sent again, by us.
        if method == "get" { request } else { request.fails(&[Code::SendAgain]) }
    };
    vec![
        one("request", "get"),
        one("requestByPost", "post"),
        one("requestByPut", "put"),
        one("requestByPatch", "patch"),
        one("requestByDelete", "delete"),
    ]
}
