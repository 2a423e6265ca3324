//! The login link's page: `GET /connect/login?id=…` asks, going on makes a fresh session each time, since mail scanners
//! open links too. What comes back from Zoom is `redirect`'s, where it ends `hosted`'s.

use http::Method;
use maud::html;

use super::{
    super::{
        call::Call,
        page::{LANG, problem_page},
        problem::{Code, Problem},
        user::known_project,
    },
    hosted,
    opening::{Opening, comes_from_page, connectable, go_to_zoom, pressed, question},
};
use crate::{
    host::{Host, Response},
    id::random_uuid,
    record::{
        integration,
        login::{self, Login, Wish},
        project::Project,
        session::{self, Dialect},
    },
};

/// `GET /connect/login?id=…`, and its `POST` from the question that this page asks.
pub(in super::super) async fn login(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    let opened = match call.method {
        Method::POST => confirmed(host, call).await,
        _ => reached(host, call).await,
    };
    Ok(opened.unwrap_or_else(|problem| problem_page(host, &problem, None)))
}

/// Somebody opens the link: the person, or whoever else looks into their mail.
async fn reached(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    let login = open_login(host, &call.parameter("id").unwrap_or_default()).await?;
    let project = known_project(host, &login.project_id).await?;
    if comes_from_page(host, call, &project, login.created_at).await {
        return go_on(host, call, &login).await;
    }
    Ok(asked(host, &project, &login))
}

/// The person has pressed the button of our question.
async fn confirmed(host: &impl Host, call: &Call) -> Result<Response, Problem> {
    let login = open_login(host, &pressed(host, call, "id")?).await?;
    go_on(host, call, &login).await
}

async fn open_login(host: &impl Host, id: &str) -> Result<Login, Problem> {
    let login = login::by_id(host, id).await?.ok_or(Code::LoginNotFound)?;
    if login.spent_at.is_some() {
        return Err(Code::LoginSpent.into());
    }
    if host.now() < login.expires_at { Ok(login) } else { Err(Code::LoginExpired.into()) }
}

/// One more attempt begins.
async fn go_on(host: &impl Host, call: &Call, login: &Login) -> Result<Response, Problem> {
    let integration = connectable(integration::by_id(host, &login.integration_id).await?)?;
    let redirect_uri = call.own_redirect_uri(host.settings());
    hosted::admit(&integration, &login.redirect_uri, &redirect_uri)?;
    let wish = Wish { ip: call.client_ip(), user_agent: call.user_agent(), ..login.wish(host)? };
    let opening = Opening {
        id: random_uuid(host),
        integration: &integration,
        user_id: login.user().to_owned(),
        origin: String::new(),
        dialect: Dialect::Hosted,
        redirect_uri,
        login_id: Some(login.id.clone()),
        wish: Some(wish),
        portal_id: None,
    };
    let (session, state) = opening.session(host)?;
    host.tables(session::insert(&session, &state, None)).await?;
    go_to_zoom(host, &session, &integration)
}

fn asked(host: &impl Host, project: &Project, login: &Login) -> Response {
    let user = login.user_id.as_deref();
    let content = html! {
        p {
            "Go on only if you started this yourself, in " strong { (project.name) }
            @if let Some(user) = user { ", as " strong { (user) } }
            "."
        }
        form method="post" action="/connect/login" {
            input type="hidden" name="id" value=(login.id);
            button type="submit" data-testid="confirm-connect" { "Connect my Zoom account" }
        }
        p { "Otherwise close this window: nothing has happened." }
    };
    let named = user.map(|user| format!(" as {user}")).unwrap_or_default();
    let title = format!("Connect your Zoom account to {}{named}?", project.name);
    question(host, LANG, &title, content)
}
