//! Where a login link ends: back at the product, with what came of it in the query.

use http::StatusCode;
use maud::html;

use super::{
    super::{
        CODE_HEADER,
        call::redirect_answer,
        page::{LANG, Page, page_answer},
        problem::{Code, Problem},
        redirect_uri::is_own_end,
    },
    finish::Outcome,
};
use crate::{
    host::{Host, Response},
    record::{
        integration::{self, Integration},
        login,
        session::Session,
    },
    zoom,
};

/// Sends the person back to the product; a page that tries again while there is no outcome yet.
pub(super) async fn ending(
    host: &impl Host,
    session: &Session,
    outcome: &Outcome,
) -> Result<Response, Problem> {
    if *outcome == Outcome::Pending {
        return Ok(slow_page(host));
    }
    let id = session.login_id.as_deref().unwrap_or_default();
    let login = login::by_id(host, id).await?.ok_or(Code::LoginNotFound)?;
    let integration = integration::by_id(host, &session.integration_id).await?;
    let integration = integration.ok_or(Code::IntegrationNotFound)?;
    admit(&integration, &login.redirect_uri, &session.redirect_uri)?;
    let state = session.wish(host)?.state;
    let mut answer =
        redirect_answer(&back_to(&login.redirect_uri, &query(outcome, state.as_deref())));
    if let Outcome::Failed(code) = outcome {
        answer.headers.set(CODE_HEADER, code.text());
    }
    Ok(answer)
}

/// Whether a link may still end there: the project's server may have taken the address back. `own` is where Zoom sends
/// people back to, on our own origin.
pub(super) fn admit(
    integration: &Integration,
    redirect_uri: &str,
    own: &str,
) -> Result<(), Problem> {
    let own_origin = own.strip_suffix("/oauth").unwrap_or_default();
    if is_own_end(redirect_uri, own_origin)
        || integration.redirect_uris().iter().any(|end| end == redirect_uri)
    {
        return Ok(());
    }
    Err(Problem::detailed(
        Code::RedirectUriRefused,
        "it is not the integration's any more: ask the app for a new link",
    ))
}

/// The outcome as the product reads it.
fn query(outcome: &Outcome, state: Option<&str>) -> String {
    let number;
    let mut pairs = match outcome {
        Outcome::Done(id) => {
            vec![("success", "true"), ("provider", zoom::PROVIDER), ("grant_id", id)]
        }
        Outcome::Failed(code) => {
            number = code.event_code().to_string();
            vec![
                ("success", "false"),
                ("error", code.text()),
                ("error_description", code.message()),
                ("event_code", &number),
            ]
        }
        Outcome::Pending => Vec::new(),
    };
    pairs.extend(state.map(|state| ("state", state)));
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

/// An address of the product, with a query added to the one that it may have.
fn back_to(redirect_uri: &str, query: &str) -> String {
    let joint = match redirect_uri.split_once('?') {
        None => "?",
        Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{redirect_uri}{joint}{query}")
}

/// Zoom or our own stores are slow: the same address is asked again, and goes on.
pub(super) fn slow_page(host: &impl Host) -> Response {
    let content = html! { p { "Zoom is slow to answer. This page tries again by itself; reload it if it does not." } };
    let page =
        Page { lang: LANG, title: "Almost there", content, script: None, form_leads_on: false };
    let mut answer = page_answer(host, StatusCode::OK, &page);
    answer.headers.set("refresh", "3");
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_added_to_whatever_query_there_is() {
        for (uri, whole) in [
            ("https://a.example/x", "https://a.example/x?q=1"),
            ("https://a.example", "https://a.example?q=1"),
            ("https://a.example/x?", "https://a.example/x?q=1"),
            ("https://a.example/x?y=%20", "https://a.example/x?y=%20&q=1"),
            ("https://a.example/x?y=1&", "https://a.example/x?y=1&q=1"),
        ] {
            assert_eq!(back_to(uri, "q=1"), whole);
        }
    }

    #[test]
    fn the_outcome_is_told_in_the_order_of_the_guide_and_the_state_comes_last() {
        let done = Outcome::Done("g".to_owned());
        assert_eq!(query(&done, None), "success=true&provider=zoom&grant_id=g");
        assert_eq!(
            query(&done, Some("a&b ")),
            "success=true&provider=zoom&grant_id=g&state=a%26b+"
        );
        let failed = query(&Outcome::Failed(Code::ConsentDeclined), Some("s"));
        assert!(failed.starts_with("success=false&error=consent_declined&error_description=The+"));
        assert!(failed.ends_with("&event_code=26008&state=s"), "{failed}");
    }
}
