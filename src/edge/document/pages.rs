//! What a person's browser opens.

use serde_json::json;

use super::{
    super::problem::Code,
    operation::{Dialect, Operation},
    sdk::ENDED_SO,
};

pub(super) fn operations() -> Vec<Operation> {
    let page = || ("text/html", json!({"type": "string"}));
    let operation = |id, at, summary| Operation::new(Dialect::Pages, id, at, summary);
    let redirect = |id, path| {
        operation(id, ("get", path), "Where Zoom sends the browser back to")
            .query("code", "The authorization code (RFC 6749 §4.1.2).", false)
            .query("state", "The state of the authorization request.", false)
            .query("error", "Why there is no code.", false)
            .answer(200, "The popup's last page; it closes itself.", page())
            .empty(303, "On to the redirect_uri of the login link, or back to the portal.")
            .fails(&[Code::StateMissing, Code::StateUnknown, Code::InvalidRequest])
            .fails(&[Code::BrowserMismatch])
            .fails(&ENDED_SO)
    };
    vec![
        Operation::new(Dialect::Sdk, "health", ("get", "/healthz"), "Whether the Worker runs")
            .answer(200, "It runs.", {
                let status = json!({"const": "ok"});
                let schema = json!({"type": "object", "required": ["status"],
                    "properties": {"status": status}});
                ("application/json", schema)
            }),
        operation("connectStart", ("get", "/connect/start"), "The first page of a popup")
            .query("session", "The connect session.", true)
            .answer(200, "Asks whether the person meant to connect.", page())
            .empty(303, "On to Zoom: the popup came from one of the project's pages.")
            .fails(&[Code::SessionNotFound, Code::SessionUsed]),
        operation("connectLogin", ("get", "/connect/login"), "What a login link opens")
            .query("id", "The login link.", true)
            .answer(200, "Asks whether the person meant to connect.", page())
            .empty(303, "On to Zoom: the link was reached from one of the project's pages.")
            .fails(&[Code::RedirectUriRefused, Code::LoginNotFound, Code::LoginSpent])
            .fails(&[Code::IntegrationDeleting, Code::LoginExpired]),
        redirect("oauthRedirect", "/oauth"),
        redirect("connectCallback", "/connect/callback"),
    ]
}
