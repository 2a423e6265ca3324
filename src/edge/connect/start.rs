//! How a connect begins: the page asks for a session, the popup opens our own start page, which ties the session to
//! this browser and goes on to Zoom; unasked only when it was reached from one of the project's pages a moment ago.

use http::{Method, StatusCode};
use maud::html;
use serde_json::json;

use super::{
    super::{
        call::{Call, json_answer},
        cors::{admit_origin, page_origin},
        page::{LANG, problem_page},
        portal,
        problem::{Code, Problem},
        user::{confirmed_project, known_project},
    },
    opening::{Opening, comes_from_page, connectable, go_to_zoom, pressed, question},
};
use crate::{
    host::{Host, Response},
    id::random_uuid,
    record::{
        integration as integrations, login,
        project::Project,
        session::{self, Dialect, Session, Status},
    },
    shape::shape,
    time::Timestamp,
};

/// What a page wants to connect.
struct Wish {
    integration: String,
    origin: String,
    dialect: Dialect,
    client_key: Option<String>,
    redirect_url: Option<String>,
}

shape! {
    /// What a page wants to connect.
    pub(in super::super) struct NewSession {
        /// The integration, by id or provider.
        pub integration: String,
        /// A page of the project that takes the redirect and passes it on to `/oauth`.
        pub redirect_url: Option<String>,
    }
}

shape! {
    /// A connect has begun.
    pub(in super::super) struct SessionStarted {
        /// Ask by it how the connect ended.
        pub id: String,
        /// What the popup opens.
        pub start_url: String,
        /// When it ends: ten minutes from now.
        pub expires_at: Timestamp,
    }
}

/// `POST …/sdk/sessions {integration}`: our own package's way to begin.
pub(in super::super) async fn new_session(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: NewSession = call.json(4096)?;
    let origin = page_origin(call)?;
    let wish = Wish {
        integration: body.integration,
        origin: origin.to_owned(),
        dialect: Dialect::Isthmus,
        client_key: None,
        redirect_url: body.redirect_url,
    };
    let session = begin(host, project, user_id, call, wish).await?;
    let started = SessionStarted {
        start_url: start_url(host, call, &session),
        id: session.id,
        expires_at: session.expires_at,
    };
    Ok(json_answer(StatusCode::CREATED, &started))
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
    let found = integrations::of_project(host, &project.id, &wish.integration).await?;
    let integration = connectable(found)?;
    let redirect_uri = match wish.redirect_url {
        Some(url) => own_page(host, &project, url).await?,
        None => call.own_redirect_uri(host.settings()),
    };
    let opening = Opening {
        id: random_uuid(host),
        integration: &integration,
        user_id: user_id.to_owned(),
        origin: wish.origin,
        dialect: wish.dialect,
        redirect_uri,
        login_id: None,
        wish: Some(login::Wish {
            ip: call.client_ip(),
            user_agent: call.user_agent(),
            ..login::Wish::default()
        }),
        portal_id: None,
    };
    let (session, state) = opening.session(host)?;
    host.tables(session::insert(&session, &state, wish.client_key.as_deref())).await?;
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

pub(in super::super) fn start_url(host: &impl Host, call: &Call, session: &Session) -> String {
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
    let session = open_session(host, call, &id).await?;
    if session.dialect == Dialect::Portal {
        // This very browser has the portal open, and pressed its button a moment ago.
        return go_on(host, &session).await;
    }
    let project = known_project(host, &session.project_id).await?;
    if comes_from_page(host, call, &project, session.created_at).await {
        return go_on(host, &session).await;
    }
    Ok(asked(host, &project, &session))
}

/// The person has pressed the button of our question.
async fn confirmed(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    let session = open_session(host, call, &pressed(host, call, "session")?).await?;
    go_on(host, &session).await
}

async fn open_session(host: &impl Host, call: &Call, id: &str) -> Result<Session, Problem> {
    let found = session::by_id(host, id).await?;
    // A login link has its own page, and an import none.
    let of_page = |found: &Session| !matches!(found.dialect, Dialect::Hosted | Dialect::Import);
    let session = found.filter(of_page).ok_or(Code::SessionNotFound)?;
    if let Some(portal_id) = &session.portal_id {
        portal::admitted(host, portal_id, call).await?;
    }
    if session.has_expired(host.now()) {
        return Err(Code::SessionExpired.into());
    }
    if session.status == Status::Open { Ok(session) } else { Err(Code::SessionUsed.into()) }
}

async fn go_on(host: &impl Host, session: &Session) -> Result<Response, Problem> {
    let integration = integrations::by_id(host, &session.integration_id).await?;
    go_to_zoom(host, session, &integration.ok_or(Code::IntegrationNotFound)?)
}

fn asked(host: &impl Host, project: &Project, session: &Session) -> Response {
    let content = html! {
        p { "Go on only if you started this yourself, in " strong { (project.name) } ", as " strong { (session.user_id) } "." }
        form method="post" action="/connect/start" {
            input type="hidden" name="session" value=(session.id);
            button type="submit" data-testid="confirm-connect" { "Connect my Zoom account" }
        }
        p { "Otherwise close this window: nothing has happened." }
    };
    let title = format!("Connect your Zoom account to {} as {}?", project.name, session.user_id);
    question(host, LANG, &title, content)
}
