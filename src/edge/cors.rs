//! Cross-origin calls of a project's pages (WHATWG Fetch, "CORS protocol"): the project's origins only, never with
//! credentials.

use http::StatusCode;

use super::{
    call::{Call, empty_answer},
    problem::{Code, Problem},
    user::confirmed_project,
};
use crate::{
    host::{Host, Response},
    record::project::Project,
};

/// How long a browser may remember a preflight, in seconds.
const PREFLIGHT_SECONDS: &str = "600";

/// Refuses a page whose origin is not one of the project's, after asking the source. A call without an origin is no
/// page's. Answers the project, newer if the source was asked.
pub(super) async fn admit_origin(
    host: &impl Host,
    project: Project,
    origin: Option<&str>,
) -> Result<Project, Problem> {
    let Some(origin) = origin else {
        return Ok(project);
    };
    if project.admits_origin(origin) {
        return Ok(project);
    }
    let project = confirmed_project(host, &project.id).await?;
    if project.admits_origin(origin) { Ok(project) } else { Err(Code::OriginNotAllowed.into()) }
}

/// The origin of the page that calls: nobody else may.
pub(super) fn page_origin(call: &Call) -> Result<&str, Problem> {
    call.header("origin").ok_or_else(|| {
        Problem::detailed(Code::InvalidRequest, "the Origin header is missing: call it from a page")
    })
}

/// Lets the page of this origin read the answer.
pub(super) fn allow(answer: &mut Response, origin: Option<&str>) {
    // The answer depends on the origin even where there is none: a cache must not mix the two.
    answer.headers.append("vary", "Origin");
    if let Some(origin) = origin {
        answer.headers.set("access-control-allow-origin", origin);
        answer.headers.set("access-control-expose-headers", "*");
    }
}

/// Answers a preflight of an admitted origin.
pub(super) fn preflight(call: &Call) -> Response {
    let mut answer = empty_answer(StatusCode::NO_CONTENT);
    answer.headers.set("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE");
    if let Some(asked) = call.header("access-control-request-headers") {
        answer.headers.set("access-control-allow-headers", asked);
    }
    answer.headers.set("access-control-max-age", PREFLIGHT_SECONDS);
    answer
}
