//! The edge: one HTTP request in, one answer out. `route` says which journey it is, the file of that journey says
//! what happens; this file puts the two together and writes one line to the log.

mod access;
mod admin;
mod call;
mod connect;
mod console;
mod cors;
mod credential;
mod deletion;
mod disconnect;
#[cfg(feature = "documents")]
mod document;
mod enablement;
mod history;
mod integration_body;
mod me;
mod operator;
mod page;
mod portal;
mod problem;
mod redirect_uri;
mod reply;
mod request;
mod route;
mod run_view;
mod schedule;
mod server;
mod setting;
mod sweep;
mod trigger;
pub(crate) mod under_grant;
mod user;
mod webhook;
mod wish;

use http::{Method, StatusCode};
use serde_json::json;

#[cfg(feature = "documents")]
pub use self::document::openapi;
use self::{
    call::{Call, empty_answer, json_answer},
    page::problem_page,
    route::{PageRoute, Route, SdkRoute, allowed, route},
};
pub use self::{
    problem::{Code, Problem},
    sweep::{Swept, scheduled, sweep},
};
use crate::{
    host::{Body, Host, Request, Response},
    id::random_text,
};

/// Answers one request. Never fails: a failure is an answer too.
pub async fn handle(host: &impl Host, request: Request) -> Response {
    let (began, request_id) = (host.now(), random_text::<16>(host));
    let call = Call::new(request, &request_id);
    let (method, path) = (call.method.clone(), call.path.clone());
    let found = route(&method, &path);
    let name = found.name();
    let project = match &found {
        Route::Sdk { project, .. } | Route::History { project, .. } => {
            Some(project.chars().take(64).collect::<String>())
        }
        _ => None,
    };
    let result = journey(host, found, call).await;
    let mut answer = result.unwrap_or_else(|problem| problem_answer(&problem));
    answer.headers.set("x-request-id", &request_id);
    if answer.headers.get(CODE_HEADER) == Some(Code::MethodNotAllowed.text()) {
        answer.headers.set("allow", &allowed(&path));
    }
    if method == Method::HEAD {
        answer.body = Body::Empty;
    }
    let (known, reason) = (answer.headers.take(PROJECT_HEADER), answer.headers.take(REASON_HEADER));
    host.log(&json!({
        "level": if answer.status.is_server_error() { "error" } else { "info" },
        "request_id": request_id,
        "route": name,
        "project": known.or(project),
        "status": answer.status.as_u16(),
        "code": answer.headers.get(CODE_HEADER),
        "reason": reason,
        "duration_ms": host.now().since(began),
    }));
    answer
}

/// Carries the stable code of a failure beside the body, also where the body is a page.
const CODE_HEADER: &str = "x-isthmus-code";
/// Carries what only the log may know of a failure from where that became an answer; nobody outside sees it.
const REASON_HEADER: &str = "x-isthmus-reason";
/// Carries to the log whose credentials opened a call; nobody outside sees it.
const PROJECT_HEADER: &str = "x-isthmus-project";

async fn journey(host: &impl Host, route: Route, call: Call) -> Result<Response, Problem> {
    match route {
        Route::Health => Ok(json_answer(StatusCode::OK, &json!({"status": "ok"}))),
        Route::Page(route) => page_for_people(host, route, call).await,
        Route::Server(route) => Ok(server::server(host, route, call).await),
        Route::Webhook { integration } => webhook::webhook(host, &integration, &call).await,
        Route::WrongMethod => Err(Code::MethodNotAllowed.into()),
        Route::Portal(route) => portal::portal(host, &route, &call).await,
        Route::Admin(route) => admin::admin(host, &route, &call).await,
        Route::Sdk { project, route } => sdk(host, &project, route, call).await,
        Route::History { project, route } => history::history(host, &project, route, &call).await,
        Route::Nowhere => Err(Code::NotFound.into()),
    }
}

/// A page that a person opens, also to say that there is none: whoever has a mangled link is not asked for a password.
async fn page_for_people(
    host: &impl Host,
    route: PageRoute,
    mut call: Call,
) -> Result<Response, Problem> {
    let looks_only = call.method == Method::HEAD;
    if looks_only {
        // Whoever comes from nowhere is asked before anything goes on.
        call.headers.take("referer");
    }
    match route {
        PageRoute::Start => connect::start(host, &call).await,
        PageRoute::Login => connect::login(host, &call).await,
        PageRoute::Redirect if looks_only => Ok(empty_answer(StatusCode::OK)),
        PageRoute::Redirect => connect::redirect(host, &call).await,
        PageRoute::Done => Ok(page::done_page(host, &call)),
        PageRoute::Console => console::console(host, &call),
        PageRoute::Ui => portal::ui(host, &call).await,
        PageRoute::WrongMethod => Ok(problem_page(host, &Code::MethodNotAllowed.into(), None)),
        PageRoute::Nowhere => {
            let detail = "is the link whole? Open it again where you have it from";
            Ok(problem_page(host, &Problem::detailed(Code::NotFound, detail), None))
        }
    }
}

/// A call of one of the project's pages. Failures are answers here, so that the page may read them.
async fn sdk(
    host: &impl Host,
    project_id: &str,
    route: SdkRoute,
    call: Call,
) -> Result<Response, Problem> {
    let origin = call.header("origin").map(str::to_owned);
    let proxied = matches!(route, SdkRoute::Request { .. });
    let result = match user::known_project(host, project_id).await {
        Ok(project) => {
            let project = cors::admit_origin(host, project, origin.as_deref()).await?;
            sdk_journey(host, project, route, call).await
        }
        // Whose page it is cannot be told, and the answer says so: any page may read that, and its preflight too.
        Err(_) if route == SdkRoute::Preflight => Ok(cors::preflight(&call)),
        Err(problem) => Err(problem),
    };
    let mut answer = result.unwrap_or_else(|problem| match problem.code {
        Code::ReconnectRequired | Code::GrantExpired if !proxied => grant_problem_answer(&problem),
        _ => problem_answer(&problem),
    });
    cors::allow(&mut answer, origin.as_deref());
    Ok(answer)
}

/// A grant that has ended: unless told so, the published package takes a 401 for its user's and logs the user out.
fn grant_problem_answer(problem: &Problem) -> Response {
    let mut body = problem.body();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("meta".to_owned(), json!({"isIntegrationError": true}));
    }
    let mut answer = json_answer(problem.code.status(), &body);
    mark(&mut answer, problem);
    answer
}

async fn sdk_journey(
    host: &impl Host,
    project: crate::record::project::Project,
    route: SdkRoute,
    call: Call,
) -> Result<Response, Problem> {
    match route {
        SdkRoute::Preflight => return Ok(cors::preflight(&call)),
        SdkRoute::Nonce => return connect::nonce_page(host, &project, &call).await,
        SdkRoute::Nowhere => return Err(Code::NotFound.into()),
        SdkRoute::WrongMethod => return Err(Code::MethodNotAllowed.into()),
        _ => {}
    }
    let user = user::authenticate(host, &project, &call).await?.user_id;
    match route {
        SdkRoute::Request { integration, path } => {
            request::request(host, &project.id, &user, &integration, &path, call).await
        }
        SdkRoute::Me => me::me(host, &project, &user).await,
        SdkRoute::PatchMe => me::patch(host, &project, &user, &call).await,
        SdkRoute::Integrations => me::integrations(host, &project, &user).await,
        SdkRoute::Metadata => me::metadata(host, &project).await,
        SdkRoute::Disconnect(id) => disconnect::disconnect(host, &project, &user, &id, &call).await,
        SdkRoute::NewPortal => portal::open(host, &project, &user, &call).await,
        SdkRoute::Portal(id) => portal::changes(host, &project, &user, &id, &call).await,
        SdkRoute::NewSession => connect::new_session(host, &project, &user, &call).await,
        SdkRoute::Session(id) => connect::poll(host, &project, &user, &id).await,
        SdkRoute::BuildOauth => connect::build_oauth(host, &project, &user, &call).await,
        SdkRoute::SessionKey(key) => connect::poll_by_key(host, &project, &user, &key).await,
        SdkRoute::ForgetSessionKey(key) => connect::forget_key(host, &project, &user, &key).await,
        SdkRoute::Credentials => credential::list(host, &project, &user, &call).await,
        SdkRoute::NewCredential => credential::from_session(host, &project, &user, &call).await,
        SdkRoute::Credential(id) => credential::one(host, &project, &user, &id).await,
        SdkRoute::PatchCredential(id) => {
            enablement::patch_credential(host, &project, &user, &id, &call).await
        }
        SdkRoute::EnableWorkflow(id) => {
            enablement::switch(host, &project, &user, &id, true, &call).await
        }
        SdkRoute::DisableWorkflow(id) => {
            enablement::switch(host, &project, &user, &id, false, &call).await
        }
        SdkRoute::AppEvent => trigger::app_event(host, &project, &user, &call).await,
        SdkRoute::Trigger(id) => trigger::request(host, &project, &user, &id, &call).await,
        SdkRoute::Preflight | SdkRoute::Nonce | SdkRoute::Nowhere | SdkRoute::WrongMethod => {
            Err(Code::NotFound.into())
        }
    }
}

fn problem_answer(problem: &Problem) -> Response {
    let mut answer = json_answer(problem.code.status(), &problem.body());
    mark(&mut answer, problem);
    answer
}

/// What every answer says that tells of a problem, in any dialect; and what is for the log alone.
fn mark(answer: &mut Response, problem: &Problem) {
    answer.headers.set(CODE_HEADER, problem.code.text());
    if problem.code.status() == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers.set("retry-after", "1");
    }
    if let Some(reason) = &problem.reason {
        answer.headers.set(REASON_HEADER, &reason.replace(char::is_control, " "));
    }
}
