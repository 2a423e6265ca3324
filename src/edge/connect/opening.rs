//! A fresh session, and the way of its browser to Zoom: what a page's popup, a login link and an import have in common.

use http::StatusCode;
use maud::Markup;

use super::{
    super::{
        call::{Call, redirect_answer},
        cors::admit_origin,
        page::{Page, page_answer},
        problem::{Code, Problem},
    },
    cookie_name,
};
use crate::{
    host::{Host, HostError, Response},
    id::random_text,
    oauth::{AuthorizationRequest, authorization_url, code_challenge, code_verifier},
    record::{
        copy,
        integration::Integration,
        login::Wish,
        project::Project,
        session::{self, Dialect, LIFE, Secrets, Session, Status},
    },
    secret::State,
    time::{MINUTE, SECOND, Timestamp},
    zoom,
};

/// A link is followed unasked only so soon after it was made, in milliseconds: a page does it at once. What is left is
/// a link that is planted on one of the project's own pages and pressed within that time.
const UNASKED_WITHIN: i64 = MINUTE;

/// What a session begins with.
pub(in super::super) struct Opening<'a> {
    pub id: String,
    pub integration: &'a Integration,
    pub user_id: String,
    pub origin: String,
    pub dialect: Dialect,
    pub redirect_uri: String,
    pub login_id: Option<String>,
    pub wish: Option<Wish>,
    pub portal_id: Option<String>,
}

impl Opening<'_> {
    /// The session, not stored yet, and its state.
    pub fn session(self, host: &impl Host) -> Result<(Session, State), HostError> {
        let mut random = [0; 32];
        host.fill_random(&mut random);
        let state = State::new(random_text::<16>(host));
        let secrets = Secrets { state, verifier: code_verifier(random) };
        let wish_sealed = match &self.wish {
            Some(wish) => Some(session::seal_wish(host, &self.id, wish)?),
            None => None,
        };
        let now = host.now();
        let session = Session {
            secrets_sealed: session::seal_secrets(host, &self.id, &secrets)?,
            id: self.id,
            project_id: self.integration.project_id.clone(),
            integration_id: self.integration.id.clone(),
            user_id: self.user_id,
            origin: self.origin,
            dialect: self.dialect,
            redirect_uri: self.redirect_uri,
            status: Status::Open,
            code_sealed: None,
            tokens_sealed: None,
            obtained_at: None,
            attempts: 0,
            grant_id: None,
            problem: None,
            created_at: now,
            expires_at: now.plus(LIFE),
            login_id: self.login_id,
            wish_sealed,
            portal_id: self.portal_id,
        };
        Ok((session, secrets.state))
    }
}

/// Whether a browser that follows a link made at `made_at` may go on unasked: it comes from one of the project's pages,
/// and a moment ago.
pub(super) async fn comes_from_page(
    host: &impl Host,
    call: &Call,
    project: &Project,
    made_at: Timestamp,
) -> bool {
    let Some(origin) = call.header("referer").map(origin_of) else {
        return false;
    };
    (0..UNASKED_WITHIN).contains(&host.now().since(made_at))
        && admit_origin(host, project.clone(), Some(origin)).await.is_ok()
}

/// The id in the form of a question of ours, whose button was pressed.
pub(in super::super) fn pressed(
    host: &impl Host,
    call: &Call,
    field: &str,
) -> Result<String, Problem> {
    // A form of another site would carry that site's origin.
    if call.header("origin") != Some(call.own_origin(host.settings())) {
        return Err(Code::OriginNotAllowed.into());
    }
    let form = call.form()?;
    let found = form.into_iter().find(|(name, _)| name == field);
    Ok(found.map(|(_, value)| value).unwrap_or_default())
}

/// Ties the session to this browser and sends it to Zoom.
pub(super) fn go_to_zoom(
    host: &impl Host,
    session: &Session,
    integration: &Integration,
) -> Result<Response, Problem> {
    let secrets = session.secrets(host)?;
    let wanted = session.wish(host)?.scope;
    let url = authorization_url(
        &zoom::endpoints(host.settings()).authorization,
        &AuthorizationRequest {
            client_id: &integration.client_id,
            redirect_uri: &session.redirect_uri,
            state: &secrets.state,
            code_challenge: &code_challenge(&secrets.verifier),
            scope: wanted.as_ref().unwrap_or(&integration.scope),
        },
    );
    let mut answer = redirect_answer(&url);
    let code = copy::ring(host)?.code("cookie", &session.id).into_iter().next().unwrap_or_default();
    let (name, age) = (cookie_name(&session.id), LIFE / SECOND);
    let cookie = format!("{name}={code}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}");
    answer.headers.set("set-cookie", &cookie);
    Ok(answer)
}

/// A page that asks before it goes on to Zoom.
pub(in super::super) fn question(
    host: &impl Host,
    lang: &str,
    title: &str,
    content: Markup,
) -> Response {
    let page = Page { lang, title, content, script: None, form_leads_on: true };
    let mut answer = page_answer(host, StatusCode::OK, &page);
    // With `no-referrer` a browser sends its form with `Origin: null` (WHATWG Fetch, "append a request Origin header").
    answer.headers.set("referrer-policy", "same-origin");
    answer
}

/// `scheme://host[:port]` of an address.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(start..).and_then(|rest| rest.find(['/', '?', '#']));
    url.get(..end.map_or(url.len(), |at| start + at)).unwrap_or(url)
}

/// The integration that was found, if something new may be connected to it.
pub(in super::super) fn connectable(found: Option<Integration>) -> Result<Integration, Problem> {
    let integration = found.ok_or(Code::IntegrationNotFound)?;
    if integration.is_deleting() { Err(Code::IntegrationDeleting.into()) } else { Ok(integration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_of_a_referer_is_what_stands_before_its_path() {
        assert_eq!(origin_of("https://app.example/settings?x=1"), "https://app.example");
        assert_eq!(origin_of("http://localhost:8788"), "http://localhost:8788");
        assert_eq!(origin_of("nonsense"), "nonsense");
    }
}
