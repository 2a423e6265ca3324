//! The Request journey: a call of a page, or of a project's server, goes to Zoom under a grant. The grant is found here;
//! the token, the call, and the call once more when the token was dead, are `under_grant`'s.

use http::StatusCode;
use serde_json::json;

use super::{
    call::Call,
    credential::current,
    me::integration,
    problem::{Code, Problem},
    server,
    under_grant::{Sent, Source, send_with_token},
};
use crate::{
    headers::Headers,
    host::{Body, Host, Response},
    record::{
        copy, count, first_row,
        grant::{self, Grant, Status},
        rows,
    },
    zoom::{self, Account, AccountError, ApiPath},
};

/// Makes one call. `integration` is an id or a provider; `path` is what followed it.
pub(super) async fn request(
    host: &impl Host,
    project_id: &str,
    user_id: &str,
    integration: &str,
    path: &str,
    call: Call,
) -> Result<Response, Problem> {
    let answered = by_page(host, project_id, user_id, integration, path, call).await;
    counted(host, project_id, answered)
}

/// Makes one call for a project's server, under the grant of this id. Zoom's answer goes back as it is.
pub(super) async fn request_by_server(
    host: &impl Host,
    project_id: &str,
    grant_id: &str,
    path: &str,
    call: Call,
) -> Result<Response, Problem> {
    let answered = by_server(host, project_id, grant_id, path, call).await;
    counted(host, project_id, answered)
}

/// Counts a call, as what its answer makes of it.
fn counted(
    host: &impl Host,
    project_id: &str,
    answered: Result<Response, Problem>,
) -> Result<Response, Problem> {
    let failed =
        |answer: &Response| answer.status.is_client_error() || answer.status.is_server_error();
    count::request(host, project_id, answered.as_ref().map_or(true, failed));
    answered
}

async fn by_page(
    host: &impl Host,
    project_id: &str,
    user_id: &str,
    integration: &str,
    path: &str,
    call: Call,
) -> Result<Response, Problem> {
    let raw = call.header("x-paragon-use-raw-response").is_some();
    let credential = call.header("x-paragon-credential").map(str::to_owned);
    let (sent, body) = taken_apart(path, call)?;
    let source = find(host, project_id, user_id, integration, credential.as_deref()).await?;
    let answer = send_with_token(host, &source, sent, body).await?;
    Ok(answer_of(answer, raw).unwrap_or_else(|location| redirect_problem(location.as_deref())))
}

async fn by_server(
    host: &impl Host,
    project_id: &str,
    grant_id: &str,
    path: &str,
    call: Call,
) -> Result<Response, Problem> {
    let (sent, body) = taken_apart(path, call)?;
    let copy = copy::load_grant(host, grant_id, host.now()).await;
    let source = match copy.filter(|copy| copy.owner.project_id == project_id) {
        Some(copy) => Source::of_copy(copy),
        None => Source::of(&server::grant(host, project_id, grant_id).await?),
    };
    let answer = send_with_token(host, &source, sent, body).await.map_err(Problem::from);
    let answer = answer.map_err(for_server)?;
    answer_of(answer, true).map_err(|location| {
        let code = Code::ZoomRedirected;
        location.map_or(code.into(), |location| Problem::detailed(code, location))
    })
}

/// Asks Zoom whose account a grant is, under that grant.
pub(super) async fn account(host: &impl Host, grant: &Grant) -> Result<Account, Problem> {
    let (method, path) = (http::Method::GET, ApiPath::ACCOUNT);
    let sent = Sent { method, path, headers: Headers::default() };
    let answer = send_with_token(host, &Source::of(grant), sent, Body::Empty).await;
    let answer = answer.map_err(Problem::from).map_err(for_server)?;
    let read = zoom::read_account(answer.status, answer.body.bytes().unwrap_or_default());
    let read = read.and_then(|account| {
        let same = account.id == grant.provider_user_id;
        if same { Ok(account) } else { Err(AccountError::Malformed) }
    });
    read.map_err(|error| {
        let code = match error {
            AccountError::Unavailable(_) => Code::ZoomUnreachable,
            AccountError::Refused(_) | AccountError::Malformed => Code::AccountUnreadable,
        };
        Problem { reason: Some(error.to_string()), ..code.into() }
    })
}

/// A server names a grant, where a page speaks of a user who is connected or not.
fn for_server(problem: Problem) -> Problem {
    if problem.code == Code::NotConnected { Code::GrantNotFound.into() } else { problem }
}

/// What is sent to Zoom. `path` is what followed the grant's or the integration's place in the call's own path.
fn taken_apart(path: &str, call: Call) -> Result<(Sent, Body), Problem> {
    let whole = call.query.as_ref().map(|query| format!("{path}?{query}"));
    let path = ApiPath::new(whole.as_deref().unwrap_or(path))?;
    let bodiless = matches!(call.method, http::Method::GET | http::Method::HEAD);
    if bodiless && call.body.bytes().is_none_or(|bytes| !bytes.is_empty()) {
        return Err(Problem::detailed(
            Code::InvalidRequest,
            "GET and HEAD have no body: use query",
        ));
    }
    Ok((Sent { method: call.method, path, headers: call.headers }, call.body))
}

/// Finds the grant. A named one may be admitted by its copy; which one is meant when none is named, only the table
/// knows: a copy that is late would still name an account that was disconnected.
async fn find(
    host: &impl Host,
    project_id: &str,
    user_id: &str,
    integration: &str,
    credential: Option<&str>,
) -> Result<Source, Problem> {
    let Some(id) = credential else {
        return find_current(host, project_id, user_id, integration).await;
    };
    let copy = copy::load_grant(host, id, host.now()).await.filter(|copy| {
        let owner = &copy.owner;
        owner.project_id == project_id
            && owner.user_id == user_id
            && (owner.provider == integration || owner.connection.integration_id == integration)
    });
    if let Some(copy) = copy {
        return Ok(Source::of_copy(copy));
    }
    let found: Option<Grant> =
        first_row(host, grant::of_user_by_id(project_id, user_id, id)).await?;
    let grant =
        found.filter(|grant| belongs(grant, integration)).ok_or(Code::CredentialNotFound)?;
    Ok(Source::of(&grant))
}

async fn find_current(
    host: &impl Host,
    project_id: &str,
    user_id: &str,
    wanted: &str,
) -> Result<Source, Problem> {
    let grants: Vec<Grant> = rows(host, grant::of_user(project_id, user_id)).await?;
    let Some(grant) = current(grants.iter().filter(|grant| belongs(grant, wanted))) else {
        integration(host, project_id, wanted).await?;
        return Err(Code::NotConnected.into());
    };
    // A copy admits nobody of whom the table says no: the connection then says why.
    let usable = grant.status == Status::Valid && !grant.has_ended(host.now());
    let copy = if usable { copy::load_grant(host, &grant.id, host.now()).await } else { None };
    Ok(Source { copy, ..Source::of(grant) })
}

fn belongs(grant: &Grant, integration: &str) -> bool {
    grant.provider == integration || grant.integration_id == integration
}

/// Zoom's answer as the caller gets it; where it would lead, when it is a redirect.
fn answer_of(zoom: Response, raw: bool) -> Result<Response, Option<String>> {
    if zoom.status.is_redirection() && zoom.status != StatusCode::NOT_MODIFIED {
        return Err(zoom.headers.get("location").map(str::to_owned));
    }
    let mut headers = Headers::default();
    for (name, value) in zoom.headers.iter().filter(|(name, _)| passes(name)) {
        headers.append(name, value);
    }
    let mut answer = Response { status: zoom.status, headers, body: zoom.body };
    answer.headers.set("x-content-type-options", "nosniff");
    answer.headers.set("cache-control", "no-store");
    if !raw && answer.status.is_success() {
        wrap(&mut answer);
    }
    Ok(answer)
}

/// `{"output": …}` around the body, its bytes unchanged (Paragon's REST API; its package unwraps it again).
fn wrap(answer: &mut Response) {
    let Body::Bytes(bytes) = &answer.body else {
        return;
    };
    if bytes.is_empty() {
        return;
    }
    let content_type = answer.headers.get("content-type");
    let said_json = content_type.is_some_and(|text| text.contains("json"));
    let is_json = said_json && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    let wrapped = if is_json {
        [b"{\"output\":", bytes.as_slice(), b"}"].concat()
    } else {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        json!({"output": text}).to_string().into_bytes()
    };
    answer.body = Body::Bytes(wrapped);
    answer.headers.set("content-type", "application/json");
}

/// A redirect is told, not passed on: the browser would follow it with the page's headers.
fn redirect_problem(location: Option<&str>) -> Response {
    let problem = Problem::from(Code::ZoomRedirected);
    let mut body = problem.body();
    if let (Some(location), Some(fields)) = (location, body.as_object_mut()) {
        fields.insert("location".to_owned(), json!(location));
    }
    let mut answer = super::problem_answer(&problem);
    answer.body = Body::Bytes(body.to_string().into_bytes());
    answer
}

/// Whether a header of Zoom's answer goes on to the page: nothing of the hop, no cookies, no rules for our own origin.
fn passes(name: &str) -> bool {
    let hop = [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let ours = [
        "set-cookie",
        "authorization",
        "www-authenticate",
        "content-encoding",
        "content-length",
        "strict-transport-security",
        "content-security-policy",
        "alt-svc",
        "server",
        "location",
        "clear-site-data",
        "vary",
        "refresh",
        "link",
        "report-to",
        "nel",
    ];
    !hop.contains(&name)
        && !ours.contains(&name)
        && !name.starts_with("access-control-")
        && !name.starts_with("cf-")
        && !name.starts_with("cross-origin-")
        && !name.starts_with("x-isthmus-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zoom(status: u16, kind: &'static str, body: &str) -> Response {
        let mut headers = Headers::default();
        headers.set("content-type", kind);
        headers.set("set-cookie", "a=1");
        headers.set("x-isthmus-code", "not_connected");
        let status = StatusCode::from_u16(status).unwrap();
        Response { status, headers, body: Body::Bytes(body.as_bytes().to_vec()) }
    }

    fn body_of(answer: &Response) -> String {
        String::from_utf8(answer.body.bytes().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn success_is_wrapped_unless_asked_raw_and_big_numbers_survive() {
        let id = r#"{"id":93840203456789012345}"#;
        let wrapped = answer_of(zoom(201, "application/json; charset=UTF-8", id), false).unwrap();
        assert_eq!(body_of(&wrapped), format!("{{\"output\":{id}}}"));
        assert!(wrapped.headers.get("set-cookie").is_none());
        assert!(wrapped.headers.get("x-isthmus-code").is_none());
        let raw = answer_of(zoom(201, "application/json", id), true).unwrap();
        assert_eq!(body_of(&raw), id);
    }

    #[test]
    fn text_and_broken_json_are_wrapped_as_text() {
        let text = answer_of(zoom(200, "text/plain", "a\"b"), false).unwrap();
        assert_eq!(body_of(&text), r#"{"output":"a\"b"}"#);
        let broken = answer_of(zoom(200, "application/json", "{"), false).unwrap();
        assert_eq!(body_of(&broken), r#"{"output":"{"}"#);
    }

    #[test]
    fn zooms_errors_pass_unchanged_and_a_redirect_is_told() {
        let error = r#"{"code":3001,"message":"Meeting 9 is not found or has expired."}"#;
        let passed = answer_of(zoom(404, "application/json", error), false).unwrap();
        assert_eq!(body_of(&passed), error);
        let mut redirect = zoom(302, "text/html", "");
        redirect.headers.set("location", "https://files.example/x");
        let location = answer_of(redirect, true).unwrap_err();
        let told = redirect_problem(location.as_deref());
        assert_eq!(told.status, StatusCode::BAD_GATEWAY);
        assert!(body_of(&told).contains("https://files.example/x"));
    }
}
