//! What a project's server calls, under its client id and client secret.

use serde_json::json;

use super::{
    super::{
        integration_body::{IntegrationPatch, NewIntegration, ServerIntegration},
        problem::Code,
        server::{
            Checkup, DeletedGrant, Deletion, ErasedUser, GrantPatch, LoginLink, NewGrant, NewLogin,
            ServerGrant, ServerScope, ServerUsage,
        },
    },
    operation::{Content, Dialect, Operation, Origin, Security},
};
use crate::shape::Shape;

/// What every call of a project's server may come to.
const ALWAYS: [Code; 2] = [Code::ClientCredentialsMissing, Code::ClientCredentialsInvalid];

pub(super) fn operation(
    id: &'static str,
    at: (&'static str, &'static str),
    summary: &'static str,
) -> Operation {
    let operation = Operation::new(Dialect::Server, id, at, summary);
    operation.opened_by(Security::Client).fails(&ALWAYS)
}

/// `{"success":true,"data":…}`
pub(super) fn success<T: Shape>() -> Content {
    let schema = json!({
        "type": "object",
        "required": ["success", "data"],
        "properties": {"success": {"const": true}, "data": T::schema()},
    });
    ("application/json", schema)
}

/// `{"success":true,"data":[…],"limit":…,"offset":…}`
fn page<T: Shape>() -> Content {
    let schema = json!({
        "type": "object",
        "required": ["success", "data", "limit", "offset"],
        "properties": {
            "success": {"const": true},
            "data": Vec::<T>::schema(),
            "limit": {"type": "integer"},
            "offset": {"type": "integer"},
            "total": {"type": "integer", "description": "Where it was asked for by `count`."},
        },
    });
    ("application/json", schema)
}

pub(super) fn list<T: Shape>(
    id: &'static str,
    path: &'static str,
    summary: &'static str,
) -> Operation {
    operation(id, ("get", path), summary)
        .query("offset", "How many to leave out (0).", false)
        .query("limit", "How many at most, 1 to 200 (50).", false)
        .answer(200, "A part of the list; the part beyond its end is empty.", page::<T>())
        .fails(&[Code::InvalidRequest])
}

pub(super) fn operations() -> Vec<Operation> {
    [integrations(), set_up(), grants(), grant(), requests(), others()]
        .into_iter()
        .flatten()
        .collect()
}

fn integrations() -> Vec<Operation> {
    let (all, one) = ("/connect/integrations", "/connect/integrations/{integration}");
    vec![
        operation("newIntegration", ("post", all), "Set an integration up")
            .takes::<NewIntegration>()
            .answer(201, "The integration.", success::<ServerIntegration>())
            .fails(&[Code::InvalidRequest, Code::ProviderUnknown, Code::RedirectUriRefused])
            .fails(&[Code::IntegrationExists, Code::IntegrationDeleting, Code::PayloadTooLarge]),
        list::<ServerIntegration>("listIntegrations", all, "The project's integrations"),
        operation("integration", ("get", one), "One integration, by provider or id")
            .answer(200, "The integration.", success::<ServerIntegration>())
            .fails(&[Code::IntegrationNotFound]),
        operation("patchIntegration", ("patch", one), "Change an integration")
            .takes::<IntegrationPatch>()
            .answer(200, "The integration.", success::<ServerIntegration>())
            .fails(&[Code::InvalidRequest, Code::RedirectUriRefused, Code::IntegrationNotFound])
            .fails(&[Code::IntegrationDeleting, Code::PayloadTooLarge]),
        operation("deleteIntegration", ("delete", one), "Disconnect everybody, and forget it")
            .answer(200, "It is gone.", success::<Deletion>())
            .answer(202, "It is going, by itself; asked again, faster.", success::<Deletion>())
            .fails(&[Code::IntegrationNotFound]),
    ]
}

fn set_up() -> Vec<Operation> {
    let check = "/connect/integrations/{integration}/check";
    vec![
        list::<ServerScope>(
            "scopes",
            "/connect/scopes",
            "What can be asked Zoom for, and what it is needed for",
        ),
        operation(
            "checkIntegration",
            ("post", check),
            "Ask Zoom whether an integration is set up right",
        )
        .answer(200, "What was found; what Zoom does not tell is `unknown`.", success::<Checkup>())
        .fails(&[Code::IntegrationNotFound]),
    ]
}

fn grants() -> Vec<Operation> {
    let all = "/connect/grants";
    vec![
        operation(
            "auth",
            ("post", "/connect/auth"),
            "A link by which a person connects an account",
        )
        .takes::<NewLogin>()
        .answer(200, "Send the person to url.", success::<LoginLink>())
        .fails(&[Code::InvalidRequest, Code::ProviderUnknown, Code::RedirectUriRefused])
        .fails(&[Code::IntegrationNotFound, Code::GrantNotFound, Code::IntegrationDeleting])
        .fails(&[Code::PayloadTooLarge]),
        list::<ServerGrant>("grants", all, "The project's grants")
            .query("provider", "`zoom`", false)
            .query("email", "Whose Zoom account it is.", false)
            .query("account_id", "The project's user.", false)
            .query("grant_status", "`valid` or `invalid`", false)
            .query("status", "The same: `VALID` or `INVALID`", false)
            .query("q", "A part of the user's id, of the email or of the name; of A to Z, capitals do not matter.", false),
        operation("newGrant", ("post", all), "A grant out of a refresh token")
            .takes::<NewGrant>()
            .answer(201, "The grant.", success::<ServerGrant>())
            .fails(&[Code::InvalidRequest, Code::ProviderUnknown])
            .fails(&[Code::IntegrationNotFound, Code::IntegrationDeleting, Code::PayloadTooLarge])
            .fails(&EXCHANGE),
    ]
}

/// What may become of a refresh token that is brought: Zoom is asked for a pair, and whose it is.
const EXCHANGE: [Code; 7] = [
    Code::RefreshTokenRefused,
    Code::ClientRefused,
    Code::ExchangeRefused,
    Code::ExchangeInterrupted,
    Code::AccountUnreadable,
    Code::ZoomUnreachable,
    Code::ZoomTimeout,
];
/// What may become of a token when it is used.
const UNDER_A_GRANT: [Code; 6] = [
    Code::GrantNotFound,
    Code::ReconnectRequired,
    Code::GrantExpired,
    Code::ClientRefused,
    Code::ZoomUnreachable,
    Code::ZoomTimeout,
];

fn grant() -> Vec<Operation> {
    let (one, sync) = ("/connect/grants/{grant}", "/connect/grants/{grant}/sync");
    let syncs = |id, method| {
        operation(id, (method, sync), "Ask Zoom whose account it is")
            .answer(200, "The grant.", success::<ServerGrant>())
            .fails(&UNDER_A_GRANT)
            .fails(&[Code::AccountUnreadable])
    };
    vec![
        operation("grant", ("get", one), "One grant")
            .answer(200, "The grant.", success::<ServerGrant>())
            .fails(&[Code::GrantNotFound]),
        operation("patchGrant", ("patch", one), "Change a grant")
            .takes::<GrantPatch>()
            .answer(200, "The grant.", success::<ServerGrant>())
            .fails(&[Code::InvalidRequest, Code::GrantNotFound, Code::PayloadTooLarge])
            .fails(&[Code::AccountMismatch, Code::IntegrationDeleting])
            .fails(&EXCHANGE),
        operation("deleteGrant", ("delete", one), "Disconnect")
            .answer(200, "It is gone, and Zoom has revoked the tokens.", success::<DeletedGrant>())
            .answer(202, "It is gone; Zoom will be told.", success::<DeletedGrant>())
            .fails(&[Code::GrantNotFound]),
        syncs("syncGrant", "post"),
        syncs("syncGrantByGet", "get"),
    ]
}

fn requests() -> Vec<Operation> {
    let path = "/connect/grants/{grant}/request/{path}";
    let one = |id, method| {
        let request = operation(id, (method, path), "Call Zoom's API under a grant")
            .passes_answers_of(Origin::Zoom)
            .fails(&[Code::PathRefused, Code::ZoomRedirected])
            .fails(&UNDER_A_GRANT);
        // What has no body can always be sent again, by us.
        if method == "get" { request } else { request.fails(&[Code::SendAgain]) }
    };
    vec![
        one("grantRequest", "get"),
        one("grantRequestByPost", "post"),
        one("grantRequestByPut", "put"),
        one("grantRequestByPatch", "patch"),
        one("grantRequestByDelete", "delete"),
    ]
}

fn others() -> Vec<Operation> {
    vec![
        operation("usage", ("get", "/connect/usage"), "What the project used, day by day")
            .query("days", "So many days up to today (UTC), 1 to 400 (30).", false)
            .answer(200, "Every day of the range, the oldest first.", success::<ServerUsage>())
            .fails(&[Code::InvalidRequest]),
        operation(
            "eraseUser",
            ("delete", "/connect/users/{account_id}"),
            "Everything of one user goes",
        )
        .answer(200, "It is gone.", success::<ErasedUser>())
        .answer(
            202,
            "It is going: see `revocation`, `connecting` and `events`.",
            success::<ErasedUser>(),
        )
        .fails(&[Code::InvalidRequest]),
    ]
}
