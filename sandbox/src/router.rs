//! The route table, and what every call goes through: log, fault, operation, answer.

use std::future::Future;
use std::pin::Pin;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderValue, Response};
use axum::routing::{any, get, post};
use http_body_util::{BodyExt, Limited};

use crate::answer::{Answer, Problem};
use crate::bearer::{self, Caller};
use crate::call::{Call, Fields};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::log::Note;
use crate::sandbox::Sandbox;
use crate::state::State;
use crate::{
    authorize, controls, meetings, meetings_page, page, registrants, revoke, token, users,
};

/// Marks a response whose answer is to be lost. Over TCP the connection is dropped instead; a
/// caller in the same process must treat a response with this header as no answer at all.
pub const LOST_HEADER: &str = "x-sandbox-lost";

/// Zoom takes no larger body.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// Every route.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    use Kind::{
        AddRegistrant, Authorize, Consent, CreateMeeting, DeleteMeeting, DeleteRegistrant,
        GetMeeting, ListMeetings, ListRegistrants, Revoke, Token, Unknown, UpdateMeeting, UsersMe,
    };
    let meeting = get(on(GetMeeting)).patch(on(UpdateMeeting)).delete(on(DeleteMeeting));
    let registrants = get(on(ListRegistrants)).post(on(AddRegistrant));
    Router::new()
        .route("/oauth/authorize", get(on(Authorize)).post(on(Consent)))
        .route("/oauth/token", post(on(Token)))
        .route("/oauth/revoke", post(on(Revoke)))
        .route("/v2/users/{user}", get(on(UsersMe)))
        .route("/v2/users/{user}/meetings", get(on(ListMeetings)).post(on(CreateMeeting)))
        .route("/v2/meetings/{meeting}", meeting)
        .route("/v2/meetings/{meeting}/registrants", registrants)
        .route(
            "/v2/meetings/{meeting}/registrants/{registrant}",
            axum::routing::delete(on(DeleteRegistrant)),
        )
        .route("/", get(index))
        .route("/j/{meeting}", get(meeting_room))
        .route("/s/{meeting}", get(meeting_room))
        .route("/w/{meeting}", get(meeting_room))
        .route("/_sandbox/meetings", get(meetings_page).post(control))
        .route("/_sandbox/{*control}", any(control))
        .fallback(on(Unknown))
        .method_not_allowed_fallback(on(Unknown))
        .with_state(sandbox)
}

type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

fn on(kind: Kind) -> impl Fn(Shared<Sandbox>, Request) -> Answering + Clone + Send + Sync {
    move |Shared(sandbox), request| Box::pin(receive(sandbox, kind, request))
}

async fn receive(sandbox: Sandbox, kind: Kind, request: Request) -> Response<Body> {
    match read(&sandbox, kind, request).await {
        Ok(call) => answer(&sandbox, &call).await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn read(sandbox: &Sandbox, kind: Kind, request: Request) -> Result<Call, Answer> {
    let (parts, body) = request.into_parts();
    let too_large = |_| Problem::new(413, 413, "Request Entity Too Large").answer();
    let body = Limited::new(body, MOST_BYTES).collect().await.map_err(too_large)?;
    let mut call = Call {
        kind,
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.to_bytes().to_vec(),
        now: sandbox.clock().now(),
        base_url: sandbox.base_url(),
    };
    if kind == Kind::Token {
        call.kind = Kind::of_grant_type(call.form_and_query().first("grant_type"));
    }
    Ok(call)
}

async fn answer(sandbox: &Sandbox, call: &Call) -> Response<Body> {
    let (number, fault) = sandbox.with(|state| {
        let (number, fault) = (state.log.received(call), state.faults.take(call.kind));
        state.log.amend(number, |record| {
            record.fault = fault.as_ref().map(Fault::name);
        });
        (number, fault)
    });
    let is_performed = fault.as_ref().is_none_or(Fault::has_effect);
    let ordinary = is_performed.then(|| sandbox.perform(call, number));
    if let Some(wait) = fault.as_ref().and_then(Fault::wait) {
        tokio::time::sleep(wait).await;
    }
    let answer = match fault {
        Some(fault) => fault.answer(call, ordinary),
        None => ordinary,
    };
    let status = answer.as_ref().map(|answer| answer.status);
    sandbox.with(|state| state.log.amend(number, |record| record.status = status));
    answer.map_or_else(lost, Answer::into_response)
}

fn lost() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = axum::http::StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(LOST_HEADER, HeaderValue::from_static("1"));
    response
}

/// Carries one call out.
pub(crate) fn perform(state: &mut State, call: &Call, note: &mut Note) -> Answer {
    match call.kind {
        Kind::Authorize => authorize::consent_page(state, call, note),
        Kind::Consent => authorize::decide(state, call, note),
        Kind::Token | Kind::Exchange | Kind::Refresh => token::token(state, call, note),
        Kind::Revoke => revoke::revoke(state, call, note),
        Kind::Unknown | Kind::Any | Kind::Api => Problem::no_endpoint().answer(),
        Kind::UsersMe => api(state, call, note, users::user),
        Kind::CreateMeeting => api(state, call, note, meetings::create),
        Kind::ListMeetings => api(state, call, note, meetings::list),
        Kind::GetMeeting => api(state, call, note, meetings::read),
        Kind::UpdateMeeting => api(state, call, note, meetings::update),
        Kind::DeleteMeeting => api(state, call, note, meetings::delete),
        Kind::AddRegistrant => api(state, call, note, registrants::add),
        Kind::ListRegistrants => api(state, call, note, registrants::list),
        Kind::DeleteRegistrant => api(state, call, note, registrants::delete),
    }
}

type Operation = fn(&mut State, &Call, &Caller) -> Result<Answer, Problem>;

fn api(state: &mut State, call: &Call, note: &mut Note, operation: Operation) -> Answer {
    let caller = match bearer::admit(state, call, note) {
        Ok(caller) => caller,
        Err(problem) => return problem.answer(),
    };
    let mut answer = operation(state, call, &caller).unwrap_or_else(Problem::answer);
    for (name, value) in caller.limit_headers {
        if answer.header(name).is_none() {
            answer = answer.with(name, &value);
        }
    }
    answer
}

async fn index(Shared(sandbox): Shared<Sandbox>) -> Response<Body> {
    let now = sandbox.clock().now();
    Answer::html(200, sandbox.with(|state| page::index(state, now))).into_response()
}

async fn meetings_page(Shared(sandbox): Shared<Sandbox>) -> Response<Body> {
    let now = sandbox.clock().now();
    Answer::html(200, sandbox.with(|state| meetings_page::meetings(state, now))).into_response()
}

async fn meeting_room() -> Response<Body> {
    Answer::html(200, page::meeting_room()).into_response()
}

async fn control(Shared(sandbox): Shared<Sandbox>, request: Request) -> Response<Body> {
    match read(&sandbox, Kind::Unknown, request).await {
        Ok(call) => controls::control(&sandbox, call).await.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// The parameters of a URL's query.
pub(crate) fn query_of(url: &str) -> Fields {
    let query = url.split_once('?').map_or("", |(_, rest)| rest);
    Fields::read(query.split('#').next().unwrap_or_default().as_bytes())
}
