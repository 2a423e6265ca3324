//! From code to grant, in steps that can each be taken again by somebody else: exchange (the answer lands sealed in
//! the session's row), ask whose account it is, tell the connection, write the grant and end the session.

use serde_json::json;

use super::super::problem::{Code, Problem, code_of};
use crate::{
    connection::{Actor, Answer, Landed, Question, joining_record},
    host::{Host, HostError, Landing, Response, SendError},
    oauth::{TokenError, TokenResponse, code_token_request},
    record::{
        copy,
        grant::{self, Grant},
        integration::{self, Integration},
        session::{self, LAND_TOKENS, Session, Status},
    },
    secret::{AuthorizationCode, Text},
    time::Timestamp,
    zoom::{self, Account, AccountError},
};

/// How often an interrupted session is taken up again before it counts as failed.
const ATTEMPTS: i64 = 8;

/// What has come of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There is a grant.
    Done(String),
    /// There is none, and why.
    Failed(Code),
    /// Not yet: the next poll goes on.
    Pending,
}

/// Why this attempt stops.
enum Stop {
    /// For good.
    Fail(Code),
    /// For now.
    Later(Problem),
}

/// The outcome that a session's row tells, if any.
pub(super) fn outcome(session: &Session) -> Option<Outcome> {
    match (session.status, &session.grant_id) {
        (Status::Done, Some(id)) => Some(Outcome::Done(id.clone())),
        (Status::Failed, _) => {
            Some(Outcome::Failed(code_of(session.problem.as_deref().unwrap_or_default())))
        }
        _ => None,
    }
}

/// Goes on with a session that the caller has taken.
pub(super) async fn finish(host: &impl Host, session: Session) -> Result<Outcome, Problem> {
    // Attempts that ended without a word: it may be the attempt itself that ends whoever makes it.
    if session.attempts > ATTEMPTS {
        return fail(host, &session, Code::ExchangeInterrupted).await;
    }
    match steps(host, &session).await {
        Ok(grant) => Ok(Outcome::Done(grant.id)),
        Err(Stop::Fail(code)) => fail(host, &session, code).await,
        Err(Stop::Later(problem)) if session.attempts >= ATTEMPTS => {
            fail(host, &session, problem.code).await
        }
        Err(Stop::Later(problem)) => {
            host.log(
                &json!({"level": "warn", "what": "connect_delayed", "code": problem.code.text(),
                "reason": problem.reason}),
            );
            host.tables(vec![session::release(&session)]).await?;
            Ok(Outcome::Pending)
        }
    }
}

/// Ends a session with a problem, unless it went on since it was `seen`.
pub(super) async fn fail(host: &impl Host, seen: &Session, code: Code) -> Result<Outcome, Problem> {
    let now = session::fail(host, seen, code.text()).await?;
    Ok(now.as_ref().and_then(outcome).unwrap_or(Outcome::Pending))
}

async fn steps(host: &impl Host, session: &Session) -> Result<Grant, Stop> {
    let integration = integration::by_id(host, &session.integration_id).await?;
    let integration = integration.ok_or(Stop::Fail(Code::IntegrationNotFound))?;
    let (landed, obtained_at) = match &session.tokens_sealed {
        Some(sealed) => {
            let landed = copy::open(host, &session::tokens_record(&session.id), sealed)?;
            (landed, session.obtained_at.unwrap_or(session.created_at))
        }
        None => exchange(host, session, &integration).await?,
    };
    let response = landed.read().map_err(|error| exchange_failure(&error, sent_before(session)))?;
    let account = account(host, &response).await?;
    let grant = grant_of(session, account, &response, obtained_at, host.now());
    join(host, &grant, &landed, obtained_at).await?;
    host.tables(session::finish(&session.id, &grant.id, host.now())).await?;
    Ok(grant)
}

/// Exchanges the code. The answer is in the session's row before this returns.
async fn exchange(
    host: &impl Host,
    session: &Session,
    integration: &Integration,
) -> Result<(Landed, Timestamp), Stop> {
    let sealed = session.code_sealed.as_ref().ok_or(Stop::Fail(Code::ExchangeInterrupted))?;
    let code: Text = copy::open(host, &session::code_record(&session.id), sealed)?;
    let (client, secrets) = (integration.client(host)?, session.secrets(host)?);
    let mut nonce = [0; 12];
    host.fill_random(&mut nonce);
    let now = host.now();
    let landing = Landing::Table {
        sql: LAND_TOKENS,
        params: vec![json!(session.id), json!(now)],
        seal: copy::ring(host)?.landing_key(&session::tokens_record(&session.id), nonce),
    };
    let request = code_token_request(
        &zoom::endpoints(host.settings()).token,
        &client,
        &AuthorizationCode::new(code.take()),
        &session.redirect_uri,
        &secrets.verifier,
    );
    let Response { status, body, .. } = host.send_and_land(request, landing).await?;
    Ok((Landed::new(status, &body), now))
}

/// Whether this attempt has sent the code of an attempt before it once more.
fn sent_before(session: &Session) -> bool {
    session.attempts > 1 && session.tokens_sealed.is_none()
}

/// A code is good once: when it is refused the second time, the first has reached Zoom and its answer is lost.
fn exchange_failure(error: &TokenError, sent_before: bool) -> Stop {
    Stop::Fail(match error {
        TokenError::Refused(_) if sent_before => Code::ExchangeInterrupted,
        TokenError::Refused(_) | TokenError::Malformed => Code::ExchangeRefused,
        TokenError::ClientRefused => Code::ClientRefused,
        TokenError::Unavailable(_) => Code::ZoomUnreachable,
    })
}

async fn account(host: &impl Host, response: &TokenResponse) -> Result<Account, Stop> {
    let base = zoom::api_base(response.api_url.as_deref(), &host.settings().zoom_api_url);
    let asked = host.send(zoom::account_request(&base, &response.access_token)).await;
    // Asking who somebody is may be repeated.
    let answer = asked.map_err(|error| Stop::Later(error.into()))?;
    let body = answer.body.bytes().unwrap_or_default();
    zoom::read_account(answer.status, body).map_err(|error| match error {
        AccountError::Unavailable(_) => Stop::Later(Problem {
            reason: Some(error.to_string()),
            ..Code::AccountUnreadable.into()
        }),
        // A token this new is dead only because the same person consented again meanwhile.
        AccountError::Refused(401) => Stop::Fail(Code::ExchangeInterrupted),
        AccountError::Refused(_) | AccountError::Malformed => Stop::Fail(Code::AccountUnreadable),
    })
}

fn grant_of(
    session: &Session,
    account: Account,
    response: &TokenResponse,
    obtained_at: Timestamp,
    now: Timestamp,
) -> Grant {
    Grant {
        id: grant::grant_id(&session.integration_id, &session.user_id, &account.id),
        project_id: session.project_id.clone(),
        integration_id: session.integration_id.clone(),
        provider: zoom::PROVIDER.to_owned(),
        user_id: session.user_id.clone(),
        provider_user_id: account.id,
        account_id: account.account_id,
        email: account.email,
        display_name: account.display_name,
        scope: response.scope.clone(),
        status: grant::Status::Valid,
        created_at: obtained_at,
        connected_at: obtained_at,
        updated_at: now,
        metadata: None,
        state: None,
        ip: None,
        user_agent: None,
        expires_at: None,
    }
}

async fn join(
    host: &impl Host,
    grant: &Grant,
    landed: &Landed,
    obtained_at: Timestamp,
) -> Result<(), Stop> {
    let name = grant.connection();
    let tokens = copy::seal(host, &joining_record(&name), landed)?;
    let by = Actor::here(&format!("user:{}", grant.user_id));
    let question = Question::Join { grant: Box::new(grant.clone()), tokens, obtained_at, by };
    match host.ask(&name, question).await? {
        Answer::Joined {} => Ok(()),
        Answer::Unavailable { part, reason } => {
            Err(Stop::Later(Problem::unavailable(&part, reason)))
        }
        Answer::Token { .. } | Answer::Refused { .. } | Answer::Left { .. } | Answer::Done {} => {
            Err(HostError::new("connection", "an answer to another question").into())
        }
    }
}

impl From<HostError> for Stop {
    fn from(error: HostError) -> Self {
        Self::Later(error.into())
    }
}

impl From<SendError> for Stop {
    /// Of the exchange: the code may have been used, so it is not sent again.
    fn from(error: SendError) -> Self {
        match error {
            SendError::Timeout => Self::Fail(Code::ZoomTimeout),
            SendError::Unreachable(_) => Self::Fail(Code::ZoomUnreachable),
            SendError::NotLanded(_) => Self::Fail(Code::ExchangeInterrupted),
        }
    }
}
