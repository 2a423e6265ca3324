//! A step that calls any address: what is sent, by the rules of `address` after everything was filled in, and what came
//! back.

use base64ct::{Base64, Encoding};
use http::Method;
use serde_json::Value;

use super::{
    attempt::Attempt,
    hindrance::Hindrance,
    outcome::{Outcome, Result as Done},
    unfit::{Unfit, fields, header, pairs, plain},
    zoom_ask::{Answer, whole},
    zoom_call::method,
    zoom_step::answered,
};
use crate::{
    address::event_address,
    edge::{Code, Problem},
    headers::Headers,
    host::{Body, Host, Request, SendError},
    shape::text,
};

/// How long an address may take to answer, in milliseconds.
const DEADLINE_MS: u32 = 30_000;
/// So much of a failure is told, in letters.
const TOLD: usize = 300;

/// Headers that are not a workflow's to set.
const NOT_THEIRS: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "idempotency-key",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Calls an address with what was filled in.
pub(super) async fn request<H: Host>(attempt: &Attempt<'_, H>, filled: Value) -> Done {
    let host = attempt.host;
    let mut request = outgoing(filled)?;
    let settings = host.settings();
    event_address(&request.url, &settings.own_hosts(), settings.allow_loopback)
        .map_err(|error| Hindrance::failed(Code::AddressRefused, error.to_string()))?;
    let key = format!("{}/{}", attempt.run.id, attempt.name);
    request.headers.set("idempotency-key", &key);
    let answer =
        whole(host, host.send(request).await.map_err(|error| unreachable(&error))?).await?;
    if answer.status.is_success() {
        Ok(Outcome::of(answered(&answer)))
    } else {
        Err(refused(&answer))
    }
}

fn unreachable(error: &SendError) -> Hindrance {
    let problem = Problem::detailed(Code::RequestUnreachable, error.to_string());
    Hindrance::Failed { problem, again: true }
}

fn refused(answer: &Answer) -> Hindrance {
    let status = answer.status;
    let said: String = String::from_utf8_lossy(&answer.bytes).trim().chars().take(TOLD).collect();
    let colon = if said.is_empty() { "" } else { ": " };
    let detail = format!("status {}{colon}{said}", status.as_u16());
    let again = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
    Hindrance::Failed { problem: Problem::detailed(Code::RequestRefused, detail), again }
}

/// The request that the inputs stand for.
fn outgoing(filled: Value) -> Result<Request, Unfit> {
    let mut inputs = fields("inputs", Some(filled))?;
    let text = |value: Option<Value>| value.as_ref().and_then(plain).unwrap_or_default();
    let method = method(&text(inputs.remove("method")))?;
    let mut url = text(inputs.remove("url")).trim().to_owned();
    let params = pairs("params", inputs.remove("params"))?;
    if !params.is_empty() {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&serde_urlencoded::to_string(&params).unwrap_or_default());
    }
    let (kind, body) = body(&text(inputs.remove("body_type")), inputs.remove("body"), &method)?;
    let mut headers = Headers::default();
    headers.set("accept", "application/json, */*;q=0.5");
    if let Some(kind) = kind {
        headers.set("content-type", kind);
    }
    for (name, value) in pairs("headers", inputs.remove("headers"))? {
        let (name, value) = header("headers", &name, &value)?;
        if !NOT_THEIRS.contains(&name.as_str()) {
            headers.set(&name, &value);
        }
    }
    if let Some(authorization) = authorization(inputs.remove("authorization"))? {
        let (name, value) = header("authorization", "authorization", &authorization)?;
        headers.set(&name, &value);
    }
    Ok(Request { method, url, headers, body, deadline_ms: DEADLINE_MS })
}

/// The body with its type: JSON unless said otherwise. Where there is nothing to send, there is none.
fn body(
    kind: &str,
    body: Option<Value>,
    method: &Method,
) -> Result<(Option<&'static str>, Body), Unfit> {
    let body = body.filter(|body| !body.is_null());
    let Some(body) = body.filter(|_| !matches!(*method, Method::GET | Method::HEAD)) else {
        return Ok((None, Body::Empty));
    };
    let (kind, bytes) = match kind {
        "" | "json" => ("application/json", text(&body)),
        "form" => {
            let form = serde_urlencoded::to_string(pairs("body", Some(body))?).unwrap_or_default();
            ("application/x-www-form-urlencoded", form.into_bytes())
        }
        "text" => {
            let text = plain(&body).unwrap_or_else(|| body.to_string());
            ("text/plain; charset=utf-8", text.into_bytes())
        }
        _ => return Err(Unfit::new("body_type", "json, form or text is wanted")),
    };
    Ok((Some(kind), Body::Bytes(bytes)))
}

/// The value of the header that says who calls.
fn authorization(given: Option<Value>) -> Result<Option<String>, Unfit> {
    let mut fields = fields("authorization", given)?;
    let mut text = |name: &str| fields.remove(name).as_ref().and_then(plain).unwrap_or_default();
    Ok(match text("type").as_str() {
        "" | "none" => None,
        "bearer" => Some(format!("Bearer {}", text("token"))),
        "basic" => {
            let pair = format!("{}:{}", text("username"), text("password"));
            Some(format!("Basic {}", Base64::encode_string(pair.as_bytes())))
        }
        _ => return Err(Unfit::new("authorization.type", "bearer or basic is wanted")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(inputs: Value) -> (String, String, Vec<(String, String)>, String) {
        let request = outgoing(inputs).unwrap();
        let body = String::from_utf8(request.body.bytes().unwrap().to_vec()).unwrap();
        let headers = request.headers.iter().filter(|(name, _)| *name != "accept");
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        (request.method.to_string(), request.url, headers, body)
    }

    fn headers(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn json_forms_and_texts_are_sent_as_what_they_are() {
        let url = "https://hooks.acme.example/x?a=1";
        let json = json!({"method": "POST", "url": url, "params": {"b": "c d"}, "body": {"n": 1}});
        let kind = headers(&[("content-type", "application/json")]);
        let whole = "https://hooks.acme.example/x?a=1&b=c+d".to_owned();
        assert_eq!(sent(json), ("POST".into(), whole, kind, r#"{"n":1}"#.into()));
        let form = json!({"method": "PUT", "url": url, "body_type": "form", "body": {"a": "x y", "b": [1, 2]}});
        let kind = headers(&[("content-type", "application/x-www-form-urlencoded")]);
        assert_eq!(sent(form), ("PUT".into(), url.into(), kind, "a=x+y&b=1&b=2".into()));
        let text = json!({"method": "POST", "url": url, "body_type": "text", "body": "hé",
            "headers": {"Content-Type": "text/csv"}});
        let kind = headers(&[("content-type", "text/csv")]);
        assert_eq!(sent(text), ("POST".into(), url.into(), kind, "hé".into()));
        let get = json!({"url": url, "body": {"a": 1}});
        assert_eq!(sent(get), ("GET".into(), url.into(), headers(&[]), String::new()));
    }

    #[test]
    fn who_calls_is_said_in_a_header_and_some_headers_are_not_theirs() {
        let url = "https://hooks.acme.example/";
        let all = json!({"url": url, "headers": {"X-A": 1, "Host": "evil.example", "Idempotency-Key": "k"},
            "authorization": {"type": "bearer", "token": "t"}});
        assert_eq!(sent(all).2, headers(&[("x-a", "1"), ("authorization", "Bearer t")]));
        let basic = json!({"url": url, "authorization": {"type": "basic", "username": "u", "password": "p"}});
        assert_eq!(sent(basic).2, headers(&[("authorization", "Basic dTpw")]));
        for inputs in [
            json!({"url": url, "authorization": {"type": "digest"}}),
            json!({"url": url, "method": "BREW"}),
            json!({"url": url, "method": "POST", "body_type": "xml", "body": "<a/>"}),
            json!({"url": url, "headers": {"a b": 1}}),
            json!({"url": url, "headers": {"x-name": "李"}}),
            json!({"url": url, "headers": {"x-name": "a\nb"}}),
            json!({"url": url, "authorization": {"type": "bearer", "token": "a\nb"}}),
            json!({"url": url, "params": [1]}),
        ] {
            assert!(outgoing(inputs.clone()).is_err(), "{inputs}");
        }
    }
}
