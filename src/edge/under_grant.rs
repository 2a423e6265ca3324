//! One call of Zoom's API under a grant: the token (from a copy, or from the connection when that is stale), the call, and
//! where Zoom refuses the token, one forced refresh and the call once more. What the answer is to the caller is `request`'s
//! and `run`'s.

use super::problem::{Code, Problem};
use crate::{
    connection::{Answer, ConnectionName, Question, Refusal},
    headers::Headers,
    host::{Body, Host, HostError, Response, SendError},
    record::{copy::GrantCopy, grant::Grant},
    zoom::{self, ApiPath},
};

/// Where the token comes from.
pub(crate) struct Source {
    /// The grant.
    pub grant_id: String,
    /// The connection that it uses.
    pub connection: ConnectionName,
    /// The copy that said yes, if one did.
    pub copy: Option<GrantCopy>,
}

/// What is sent, less its body.
pub(crate) struct Sent {
    pub method: http::Method,
    pub path: ApiPath,
    pub headers: Headers,
}

/// Why there is no answer of Zoom's.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// There is no token; nothing was asked of Zoom in the caller's name, or it was refused before.
    Refused(Refusal),
    /// Our own side is unsure: nothing was sent.
    Unsure {
        /// Which part of the host.
        part: String,
        /// For the log.
        reason: String,
    },
    /// The first token was refused, and what passes through can be sent once only.
    SendAgain,
    /// It was sent, and what came of it is not known.
    Lost(SendError),
}

impl Source {
    /// A grant, without a copy.
    pub fn of(grant: &Grant) -> Self {
        Self { grant_id: grant.id.clone(), connection: grant.connection(), copy: None }
    }

    /// A grant whose copy says yes.
    pub fn of_copy(copy: GrantCopy) -> Self {
        let owner = &copy.owner;
        let (grant_id, connection) = (owner.grant_id.clone(), owner.connection.clone());
        Self { grant_id, connection, copy: Some(copy) }
    }
}

/// Makes one call.
pub(crate) async fn send_with_token(
    host: &impl Host,
    source: &Source,
    sent: Sent,
    body: Body,
) -> Result<Response, NoAnswer> {
    // What passes through can be sent once only.
    let again = match &body {
        Body::Empty => Some(Body::Empty),
        Body::Bytes(bytes) => Some(Body::Bytes(bytes.clone())),
        Body::Stream(_) => None,
    };
    let stored = match &source.copy {
        Some(copy) => copy,
        None => &token(host, source, None).await?,
    };
    let first = send(host, &sent, body, stored).await?;
    if !is_refused(&first) {
        return Ok(first);
    }
    let fresh = token(host, source, Some(stored.version)).await?;
    let Some(body) = again else {
        return Err(NoAnswer::SendAgain);
    };
    let second = send(host, &sent, body, &fresh).await?;
    if is_refused(&second) { Err(NoAnswer::Refused(Refusal::RefusedAgain)) } else { Ok(second) }
}

async fn send(
    host: &impl Host,
    sent: &Sent,
    body: Body,
    copy: &GrantCopy,
) -> Result<Response, NoAnswer> {
    let base = zoom::api_base(copy.api_url.as_deref(), &host.settings().zoom_api_url);
    let (method, headers) = (sent.method.clone(), Some(&sent.headers));
    let request = zoom::api_request(method, &base, &sent.path, headers, body, &copy.access_token);
    host.send(request).await.map_err(NoAnswer::Lost)
}

fn is_refused(answer: &Response) -> bool {
    zoom::token_refused(answer.status, answer.body.bytes().unwrap_or_default())
}

/// Asks the connection for a token; `refused` is the version that Zoom did not accept.
pub(crate) async fn token(
    host: &impl Host,
    source: &Source,
    refused: Option<u64>,
) -> Result<GrantCopy, NoAnswer> {
    let question = Question::Token { grant_id: source.grant_id.clone(), refused };
    match host.ask(&source.connection, question).await? {
        Answer::Token { copy } => Ok(GrantCopy::open(host, &source.grant_id, &copy)?),
        Answer::Refused { refusal } => Err(NoAnswer::Refused(refusal)),
        Answer::Unavailable { part, reason } => Err(NoAnswer::Unsure { part, reason }),
        Answer::Joined {} | Answer::Left { .. } | Answer::Done {} | Answer::Taken { .. } => {
            let reason = "another answer than was asked for".to_owned();
            Err(NoAnswer::Unsure { part: "connection".to_owned(), reason })
        }
    }
}

impl From<HostError> for NoAnswer {
    fn from(error: HostError) -> Self {
        Self::Unsure { part: error.part.to_owned(), reason: error.reason }
    }
}

impl From<NoAnswer> for Problem {
    fn from(none: NoAnswer) -> Self {
        match none {
            NoAnswer::Refused(refusal) => refusal.into(),
            NoAnswer::Unsure { part, reason } => Self::unavailable(&part, &reason),
            NoAnswer::SendAgain => Code::SendAgain.into(),
            NoAnswer::Lost(error) => error.into(),
        }
    }
}
