//! Plays the person at the consent page, without a browser.

use std::fmt;

use axum::http::{HeaderMap, HeaderValue, Method};

use crate::answer::Answer;
use crate::authorize::{Decision, PARAMETERS};
use crate::call::{Call, Fields};
use crate::kind::Kind;
use crate::router::query_of;
use crate::sandbox::Sandbox;

/// The consent page refused the authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Zoom's error page: JSON with `errorCode` and `errorMessage`.
    pub body: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zoom refused the authorization request: {} {}", self.status, self.body)
    }
}

impl std::error::Error for Refusal {}

impl Sandbox {
    /// Plays the person: opens the consent page at `authorize_url`, chooses `zoom_user` (id or
    /// e-mail) and decides. Answers the URL that the browser is sent to.
    pub fn consent(
        &self,
        authorize_url: &str,
        zoom_user: &str,
        decision: Decision,
    ) -> Result<String, Refusal> {
        let asked = query_of(authorize_url);
        let query = authorize_url.split_once('?').map_or("", |(_, query)| query);
        let page = self.visit(Kind::Authorize, Method::GET, query, String::new());
        if page.status != 200 {
            return Err(Refusal { status: page.status, body: page.body });
        }
        let answer = self.visit(Kind::Consent, Method::POST, "", form(&asked, zoom_user, decision));
        let location = answer.header("location").map(str::to_owned);
        location.ok_or(Refusal { status: answer.status, body: answer.body })
    }

    fn visit(&self, kind: Kind, method: Method, query: &str, body: String) -> Answer {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let call = Call {
            kind,
            method,
            path: "/oauth/authorize".to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::from_iter([(axum::http::header::CONTENT_TYPE, form)]),
            body: body.into_bytes(),
            now: self.clock().now(),
            base_url: self.base_url(),
        };
        let number = self.with(|state| state.log.received(&call));
        let answer = self.perform(&call, number);
        self.with(|state| {
            state.log.amend(number, |record| record.status = Some(answer.status));
        });
        answer
    }
}

/// What the consent page's form sends.
fn form(asked: &Fields, zoom_user: &str, decision: Decision) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for name in PARAMETERS {
        if let Some(value) = asked.first(name) {
            form.append_pair(name, value);
        }
    }
    form.append_pair("zoom_user", zoom_user);
    let pressed = match decision {
        Decision::Allow => "allow",
        Decision::Decline => "decline",
    };
    form.append_pair("decision", pressed).finish()
}
