//! The popup's own pages: the last one, which tells its opener and closes, and the nonce page that the published
//! package opens first. What they post holds no secret and goes to the session's exact origin.

use http::StatusCode;
use maud::html;

use super::{
    super::{
        call::Call,
        cors::admit_origin,
        page::{LANG, Page, page_answer, problem_page, script_text},
        problem::{Code, Problem},
    },
    finish::Outcome,
};
use crate::{
    host::{Host, Response},
    record::{
        project::Project,
        session::{Dialect, Session},
    },
};

/// The page at the end of a connect. On success it closes itself; on failure it stays and says why.
pub(super) fn last_page(host: &impl Host, session: &Session, outcome: &Outcome) -> Response {
    match outcome {
        Outcome::Done(_) => closing(host, session, "Connected", "Your Zoom account is connected."),
        Outcome::Pending => closing(
            host,
            session,
            "Almost there",
            "Zoom is slow to answer; the app goes on by itself.",
        ),
        Outcome::Failed(code) => {
            let problem = Problem::from(*code);
            let script = message(session, Some(&problem));
            problem_page(host, &problem, Some(script))
        }
    }
}

fn closing(host: &impl Host, session: &Session, title: &str, text: &str) -> Response {
    let script = format!("{}window.close();", message(session, None));
    let content = html! { p { (text) " You can close this window." } };
    let page = Page { lang: LANG, title, content, script: Some(script), form_leads_on: false };
    page_answer(host, StatusCode::OK, &page)
}

/// The script that tells the opener.
fn message(session: &Session, problem: Option<&Problem>) -> String {
    let post = |message: String| {
        let origin = script_text(&session.origin);
        format!("if(window.opener)window.opener.postMessage({message},{origin});")
    };
    match (session.dialect, problem) {
        (Dialect::Isthmus, _) => {
            post(format!("{{type:\"isthmus\",session:{}}}", script_text(&session.id)))
        }
        (Dialect::Portal, _) => {
            let id = session.portal_id.as_deref().unwrap_or_default();
            post(format!("{{type:\"isthmus-portal\",portal:{}}}", script_text(id)))
        }
        // The first two have no opener: they end elsewhere. The published package polls as soon as its popup is gone,
        // with or without an opener; a message besides would make it report the same success twice.
        (Dialect::Hosted | Dialect::Import, _) | (Dialect::Paragon, None) => String::new(),
        (Dialect::Paragon, Some(problem)) => {
            let (text, code) = (script_text(&problem.message()), script_text(problem.code.text()));
            let integration = script_text(&session.integration_id);
            post(format!(
                "{{type:\"oauth_error_callback\",error:{text},errorResponse:{{code:{code},message:{text}}},\
                 integrationId:{integration}}}"
            ))
        }
    }
}

/// `GET …/sdk/actions/oauth-nonce`: the first page of the published package's popup. It says that it is there, to the
/// exact origin; the package then sends the popup to our start page.
pub(in super::super) async fn nonce_page(
    host: &impl Host,
    project: &Project,
    call: &Call,
) -> Result<Response, Problem> {
    let origin = call.parameter("originForPostMessage").unwrap_or_default();
    if let Err(problem) = admit_origin(host, project.clone(), Some(&origin)).await {
        return Ok(problem_page(host, &problem, None));
    }
    if call.parameter("integrationId").or_else(|| call.parameter("action")).is_none() {
        let problem = Problem::detailed(Code::InvalidRequest, "integrationId is missing");
        return Ok(problem_page(host, &problem, None));
    }
    let script = format!(
        "if(window.opener)window.opener.postMessage({{type:\"oauth-nonce-loaded\"}},{});",
        script_text(&origin)
    );
    let content = html! { p { "One moment, Zoom is next." } };
    let page = Page {
        lang: LANG,
        title: "Connecting",
        content,
        script: Some(script),
        form_leads_on: false,
    };
    Ok(page_answer(host, StatusCode::OK, &page))
}
