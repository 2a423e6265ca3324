//! One call of Zoom's API on its way: leased, sent under the run's grant, its answer read whole; and lists, page after
//! page. What the answer means for the step is `zoom_step`'s and `once`'s.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{attempt::Attempt, hindrance::Hindrance, lease, zoom_call::ZoomCall};
use crate::{
    edge::{
        Code, Problem,
        under_grant::{Sent, Source, send_with_token},
    },
    headers::Headers,
    host::{Body, Host, Response},
    record::{copy, run_text},
    shape::{read_text, shape, text},
    zoom::{limit::LimitedAccount, read_limited},
};

/// A page has so many items: as many as Zoom gives.
const PAGE: &str = "300";
/// So many pages are read at most: longer lists would be too large to keep.
const PAGES: usize = 200;

/// What Zoom answered, whole.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: Headers,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body of a success as JSON, nothing where there is none; or what Zoom refused.
    pub fn success(self) -> Result<Value, Hindrance> {
        if !self.status.is_success() {
            return Err(self.refusal());
        }
        if self.bytes.is_empty() {
            return Ok(Value::Null);
        }
        // Half an answer is as good as a lost one.
        let broken = |_| Problem::detailed(Code::ZoomRefused, "Zoom's answer is no JSON");
        serde_json::from_slice(&self.bytes)
            .map_err(broken)
            .map_err(|problem| Hindrance::Lost { problem })
    }

    /// What Zoom refused, in its own words.
    pub fn refusal(&self) -> Hindrance {
        if self.status.is_redirection() {
            return Hindrance::Failed { problem: Code::ZoomRedirected.into(), again: false };
        }
        let said = said(&self.bytes).unwrap_or_else(|| format!("status {}", self.status.as_u16()));
        Hindrance::failed(Code::ZoomRefused, said)
    }
}

/// Zoom's own code and message, with the fields that are wrong.
fn said(body: &[u8]) -> Option<String> {
    shape! {
        struct Failure {
            code: Value,
            message: Option<String>,
            errors: Option<Vec<Field>>,
        }
    }
    shape! {
        struct Field {
            field: Option<String>,
            message: Option<String>,
        }
    }
    let failure: Failure = read_text(body).ok()?;
    let mut said = format!("{} {}", failure.code, failure.message.unwrap_or_default());
    for error in failure.errors.into_iter().flatten().take(10) {
        let (field, message) = (error.field.unwrap_or_default(), error.message.unwrap_or_default());
        said.push_str(&[" ", &field, ": ", &message].concat());
    }
    Some(said.trim().chars().take(1000).collect())
}

impl<H: Host> Attempt<'_, H> {
    /// Makes one call. A refusal is an answer too; what may pass is not.
    pub async fn ask(&self, call: &ZoomCall) -> Result<Answer, Hindrance> {
        let mut source = self.source();
        source.copy = copy::load_grant(self.host, &source.grant_id, self.host.now()).await;
        self.ask_with(&source, call).await
    }

    async fn ask_with(&self, source: &Source, call: &ZoomCall) -> Result<Answer, Hindrance> {
        let (host, account) = (self.host, self.account());
        let path = call.address()?;
        lease::lease(host, &account, call.weight.into(), self.plan).await?;
        let (method, mut headers) = (call.method.clone(), call.headers.clone());
        let body = call.body.as_ref().map_or(Body::Empty, |body| {
            headers.set("content-type", "application/json");
            Body::Bytes(text(body))
        });
        let sent = Sent { method, path, headers };
        let answer = whole(host, send_with_token(host, source, sent, body).await?).await?;
        let (status, bytes) = (answer.status, &answer.bytes);
        let now = host.now();
        if let Some(limited) = read_limited(status, &answer.headers, bytes, call.weight.into(), now)
        {
            let until = lease::limited(host, &account, limited).await;
            return Err(Hindrance::Wait { until });
        }
        if status.is_server_error() {
            let detail = said(bytes).unwrap_or_else(|| format!("status {}", status.as_u16()));
            return Err(Hindrance::Lost { problem: Problem::detailed(Code::ZoomRefused, detail) });
        }
        Ok(answer)
    }

    fn account(&self) -> LimitedAccount {
        let account_id = self.grant.as_ref().map(|grant| grant.account_id.clone());
        let integration_id = self.run.integration_id.clone();
        LimitedAccount { integration_id, account_id: account_id.unwrap_or_default() }
    }

    /// Reads a list whole, page after page, each answer with the list under its name.
    pub async fn ask_for_all(&self, call: &ZoomCall, list: &str) -> Result<Value, Hindrance> {
        let mut source = self.source();
        source.copy = copy::load_grant(self.host, &source.grant_id, self.host.now()).await;
        let (mut items, mut size, mut next) = (Vec::new(), 0, String::new());
        for _ in 0..PAGES {
            let mut page = call.clone().with("page_size", PAGE);
            if !next.is_empty() {
                page = page.with("next_page_token", &next);
            }
            let answer = self.ask_with(&source, &page).await?;
            size += answer.bytes.len();
            if size > run_text::LONGEST {
                return Err(too_large());
            }
            let mut fields = fields(answer.success()?);
            let total = fields.remove("total_records");
            if let Some(Value::Array(some)) = fields.remove(list) {
                items.extend(some);
            }
            let token = fields.remove("next_page_token");
            let token = token.as_ref().and_then(Value::as_str).unwrap_or_default();
            if token.is_empty() || token == next {
                let total = total.unwrap_or_else(|| json!(items.len()));
                return Ok(json!({"total_records": total, list: items}));
            }
            token.clone_into(&mut next);
        }
        Err(too_large())
    }
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn too_large() -> Hindrance {
    Hindrance::failed(Code::OutputTooLarge, format!("at most {} bytes", run_text::LONGEST))
}

/// Reads an answer whole.
pub(super) async fn whole(host: &impl Host, answer: Response) -> Result<Answer, Hindrance> {
    let lost = |error| Hindrance::Lost { problem: Problem::from(error) };
    let bytes = host.read_body(answer.body, run_text::LONGEST).await.map_err(lost)?;
    let bytes = bytes.ok_or_else(too_large)?;
    Ok(Answer { status: answer.status, headers: answer.headers, bytes })
}
