//! How a connect begins: the page asks for a session, the popup opens our own start page, which ties the session to
//! this browser and goes on to Zoom; unasked only when it was reached from one of the project's pages a moment ago.

use http::{Method, StatusCode};
use maud::html;
use serde_json::json;

use super::{
    super::{
        call::{Call, json_answer, redirect_answer},
        cors::admit_origin,
        me::integration,
        page::{Page, page_answer, problem_page},
        problem::{Code, Problem},
        user::{confirmed_project, known_project},
    },
    cookie_name,
};
use crate::{
    host::{Host, Response},
    id::{random_text, random_uuid},
    oauth::{AuthorizationRequest, authorization_url, code_challenge, code_verifier},
    record::{
        copy, integration as integrations,
        project::Project,
        session::{self, Dialect, LIFE, Secrets, Session, Status},
    },
    secret::State,
    shape::shape,
    time::{MINUTE, SECOND},
    zoom,
};

/// A start link is followed unasked only so soon after it was made, in milliseconds: the package does it at once. What is
/// left is a link that is planted on one of the project's own pages and pressed within that time.
const UNASKED_WITHIN: i64 = MINUTE;

/// What a page wants to connect.
struct Wish {
    integration: String,
    origin: String,
    dialect: Dialect,
    client_key: Option<String>,
    redirect_url: Option<String>,
}

/// `POST …/sdk/sessions {integration}`: our own package's way to begin.
pub(in super::super) async fn new_session(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    shape! {
        struct Body {
            integration: String,
            redirect_url: Option<String>,
        }
    }
    let body: Body = call.json(4096)?;
    let origin = call.header("origin").ok_or_else(|| {
        Problem::detailed(Code::InvalidRequest, "the Origin header is missing: call it from a page")
    })?;
    let wish = Wish {
        integration: body.integration,
        origin: origin.to_owned(),
        dialect: Dialect::Isthmus,
        client_key: None,
        redirect_url: body.redirect_url,
    };
    let session = begin(host, project, user_id, call, wish).await?;
    let answer = json!({
        "id": session.id,
        "start_url": start_url(host, call, &session),
        "expires_at": session.expires_at,
    });
    Ok(json_answer(StatusCode::CREATED, &answer))
}

/// `GET …/sdk/actions/build-oauth`: the way of `@useparagon/connect`.
pub(in super::super) async fn build_oauth(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let wanted = call.parameter("integrationId").or_else(|| call.parameter("action"));
    let missing = |name| Problem::detailed(Code::InvalidRequest, format!("{name} is missing"));
    let origin = call.parameter("originForPostMessage").ok_or(missing("originForPostMessage"))?;
    let wish = Wish {
        integration: wanted.ok_or(missing("integrationId"))?,
        dialect: Dialect::Paragon,
        client_key: call.parameter("oauthMetaKeyId").filter(|key| key.len() <= 128),
        redirect_url: call.parameter("redirectUrl"),
        origin,
    };
    let session = begin(host, project, user_id, call, wish).await?;
    let answer = json!({"redirectUrl": start_url(host, call, &session)});
    Ok(json_answer(StatusCode::OK, &answer))
}

async fn begin(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
    wish: Wish,
) -> Result<Session, Problem> {
    let project = admit_origin(host, project.clone(), Some(&wish.origin)).await?;
    let integration = integration(host, &project.id, &wish.integration).await?;
    let redirect_uri = match wish.redirect_url {
        Some(url) => own_page(host, &project, url).await?,
        None => format!("{}/oauth", call.own_origin(host.settings())),
    };
    let mut random = [0; 32];
    host.fill_random(&mut random);
    let state = State::new(random_text::<16>(host));
    let secrets = Secrets { state, verifier: code_verifier(random) };
    let (id, now) = (random_uuid(host), host.now());
    let session = Session {
        secrets_sealed: session::seal_secrets(host, &id, &secrets)?,
        id,
        project_id: project.id.clone(),
        integration_id: integration.id,
        user_id: user_id.to_owned(),
        origin: wish.origin,
        dialect: wish.dialect,
        redirect_uri,
        status: Status::Open,
        code_sealed: None,
        tokens_sealed: None,
        obtained_at: None,
        attempts: 0,
        grant_id: None,
        problem: None,
        created_at: now,
        expires_at: now.plus(LIFE),
        login_id: None,
        wish_sealed: None,
    };
    let key = wish.client_key.as_deref();
    host.tables(session::insert(&session, &secrets.state, key)).await?;
    Ok(session)
}

/// A page of the project that takes the redirect in our place and passes it on to `/oauth`.
async fn own_page(host: &impl Host, project: &Project, url: String) -> Result<String, Problem> {
    let begins = |origin: &String| {
        url.strip_prefix(origin.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if project.origins.iter().any(begins) {
        return Ok(url);
    }
    let project = confirmed_project(host, &project.id).await?;
    if project.origins.iter().any(begins) {
        return Ok(url);
    }
    Err(Problem::detailed(
        Code::OriginNotAllowed,
        "the redirect URL is not on one of the project's origins",
    ))
}

fn start_url(host: &impl Host, call: &Call, session: &Session) -> String {
    format!("{}/connect/start?session={}", call.own_origin(host.settings()), session.id)
}

/// `GET /connect/start?session=…`, and its `POST` from the question that this page asks.
pub(in super::super) async fn start(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    let begun = match call.method {
        Method::POST => confirmed(host, call).await,
        _ => reached(host, call).await,
    };
    Ok(begun.unwrap_or_else(|problem| problem_page(host, &problem, None)))
}

/// The popup arrives.
async fn reached(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    let id = call.parameter("session").ok_or(Code::SessionNotFound)?;
    let session = open_session(host, &id).await?;
    let project = known_project(host, &session.project_id).await?;
    let referer = call.header("referer").map(origin_of);
    let recent = (0..UNASKED_WITHIN).contains(&host.now().since(session.created_at));
    let from_own_page = match referer {
        Some(origin) => admit_origin(host, project.clone(), Some(origin)).await.is_ok(),
        None => false,
    };
    if recent && from_own_page {
        return go_on(host, &session).await;
    }
    Ok(question(host, &project, &session))
}

/// The person has pressed the button of our question.
async fn confirmed(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    // A form of another site would carry that site's origin.
    if call.header("origin") != Some(call.own_origin(host.settings())) {
        return Err(Code::OriginNotAllowed.into());
    }
    let form = call.form()?;
    let id = form.iter().find(|(name, _)| name == "session").map(|(_, value)| value.as_str());
    let session = open_session(host, id.unwrap_or_default()).await?;
    go_on(host, &session).await
}

async fn open_session(host: &impl Host, id: &str) -> Result<Session, Problem> {
    let session = session::by_id(host, id).await?.ok_or(Code::SessionNotFound)?;
    if session.has_expired(host.now()) {
        return Err(Code::SessionExpired.into());
    }
    if session.status == Status::Open { Ok(session) } else { Err(Code::SessionUsed.into()) }
}

/// Ties the session to this browser and sends it to Zoom.
async fn go_on(host: &impl Host, session: &Session) -> Result<Response, Problem> {
    let integration = integrations::by_id(host, &session.integration_id).await?;
    let integration = integration.ok_or(Code::IntegrationNotFound)?;
    let secrets = session.secrets(host)?;
    let url = authorization_url(
        &zoom::endpoints(host.settings()).authorization,
        &AuthorizationRequest {
            client_id: &integration.client_id,
            redirect_uri: &session.redirect_uri,
            state: &secrets.state,
            code_challenge: &code_challenge(&secrets.verifier),
            scope: &integration.scope,
        },
    );
    let mut answer = redirect_answer(&url);
    let code = copy::ring(host)?.code("cookie", &session.id).into_iter().next().unwrap_or_default();
    let (name, age) = (cookie_name(&session.id), LIFE / SECOND);
    let cookie = format!("{name}={code}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}");
    answer.headers.set("set-cookie", &cookie);
    Ok(answer)
}

fn question(host: &impl Host, project: &Project, session: &Session) -> Response {
    let content = html! {
        p { "Go on only if you started this yourself, in " strong { (project.name) } ", as " strong { (session.user_id) } "." }
        form method="post" action="/connect/start" {
            input type="hidden" name="session" value=(session.id);
            button type="submit" data-testid="confirm-connect" { "Connect my Zoom account" }
        }
        p { "Otherwise close this window: nothing has happened." }
    };
    let title = format!("Connect your Zoom account to {} as {}?", project.name, session.user_id);
    let page = Page { title: &title, content, script: None, form_leads_on: true };
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
