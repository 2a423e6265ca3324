//! From code to grant, in steps that can each be taken again by somebody else: exchange (the answer lands sealed in
//! the session's row), ask whose account it is, tell the connection, which writes the grant, and end the session.

use serde_json::json;

use super::{
    super::problem::{Code, Problem, code_of},
    exchange::{account, disown, read, tokens},
};
use crate::{
    connection::{Actor, Answer, Landed, Question, joining_record},
    host::{Host, HostError},
    oauth::TokenResponse,
    record::{
        copy,
        grant::{self, Grant},
        integration::{self, Integration},
        login::Wish,
        session::{self, Dialect, Session, Status},
    },
    time::{SECOND, Timestamp},
    zoom::{self, Account},
};

/// How often an interrupted session is taken up again before it counts as failed.
const ATTEMPTS: i64 = 8;

/// What has come of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Outcome {
    /// There is a grant.
    Done(String),
    /// There is none, and why.
    Failed(Code),
    /// Not yet: whoever comes next goes on.
    Pending,
}

/// Why this attempt stops.
pub(super) enum Stop {
    /// For good.
    Fail(Code),
    /// For now.
    Later(Problem),
}

/// The outcome that a session's row tells, if any.
pub(in super::super) fn outcome(session: &Session) -> Option<Outcome> {
    match (session.status, &session.grant_id) {
        (Status::Done, Some(id)) => Some(Outcome::Done(id.clone())),
        (Status::Failed, _) => {
            Some(Outcome::Failed(code_of(session.problem.as_deref().unwrap_or_default())))
        }
        _ => None,
    }
}

/// Goes on with a session that somebody else may have begun to finish, unless that one is still at it.
pub(in super::super) async fn resume(host: &impl Host, id: &str) -> Result<Outcome, Problem> {
    let now = session::by_id(host, id).await?.ok_or(Code::SessionNotFound)?;
    if let Some(outcome) = outcome(&now) {
        return Ok(outcome);
    }
    match session::take_over(host, id).await? {
        Some(taken) => finish(host, taken).await,
        None => Ok(Outcome::Pending),
    }
}

/// Goes on with a session that the caller has taken.
pub(in super::super) async fn finish(
    host: &impl Host,
    session: Session,
) -> Result<Outcome, Problem> {
    // Attempts that ended without a word: it may be the attempt itself that ends whoever makes it.
    if session.attempts > ATTEMPTS && !is_patient(&session) {
        return fail(host, &session, Code::ExchangeInterrupted).await;
    }
    match steps(host, &session).await {
        Ok(grant_id) => Ok(Outcome::Done(grant_id)),
        Err(Stop::Fail(code)) => fail(host, &session, code).await,
        Err(Stop::Later(problem)) if is_last(&session) => fail(host, &session, problem.code).await,
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

/// A refresh token that was imported cannot be had again by one more consent; and each attempt is a call of somebody's.
fn is_patient(session: &Session) -> bool {
    session.dialect == Dialect::Import
}

fn is_last(session: &Session) -> bool {
    session.attempts >= ATTEMPTS && !is_patient(session)
}

async fn steps(host: &impl Host, session: &Session) -> Result<String, Stop> {
    let integration = integration::by_id(host, &session.integration_id).await?;
    let integration = integration.ok_or(Stop::Fail(Code::IntegrationNotFound))?;
    let deleting = integration.deleting_at.is_some();
    if deleting && session.tokens_sealed.is_none() {
        return Err(Stop::Fail(Code::IntegrationDeleting));
    }
    let (landed, obtained_at) = tokens(host, session, &integration).await?;
    let response = read(session, &landed)?;
    let account = known_account(host, session, &integration, &response).await?;
    let wish = session.wish(host)?;
    let grant = grant_of(session, &wish, account, &response, obtained_at, host.now());
    let mismatch = wish.grant_id.as_ref().is_some_and(|id| *id != grant.id);
    if deleting || mismatch {
        offer(host, &grant, &landed, obtained_at).await?;
        let code = if deleting { Code::IntegrationDeleting } else { Code::AccountMismatch };
        return Err(Stop::Fail(code));
    }
    join(host, &grant, &landed, obtained_at, actor(session, &wish, &grant)).await?;
    stay(host, session, &wish, &grant).await?;
    host.tables(session::finish(&session.id, &grant.id, host.now())).await?;
    Ok(grant.id)
}

/// Whose account it is. When that will never be known, the provider forgets the pair.
async fn known_account(
    host: &impl Host,
    session: &Session,
    integration: &Integration,
    response: &TokenResponse,
) -> Result<Account, Stop> {
    let asked = account(host, response).await;
    let unknown = match &asked {
        Err(Stop::Fail(code)) => *code == Code::AccountUnreadable,
        Err(Stop::Later(_)) => is_last(session),
        Ok(_) => false,
    };
    if unknown {
        disown(host, integration, response).await;
    }
    asked
}

fn grant_of(
    session: &Session,
    wish: &Wish,
    account: Account,
    response: &TokenResponse,
    obtained_at: Timestamp,
    now: Timestamp,
) -> Grant {
    let user_id = match session.user_id.as_str() {
        "" => format!("{}:{}", zoom::PROVIDER, account.id),
        known => known.to_owned(),
    };
    let life = |seconds: i64| obtained_at.plus(seconds.saturating_mul(SECOND));
    Grant {
        id: grant::grant_id(&session.integration_id, &user_id, &account.id),
        project_id: session.project_id.clone(),
        integration_id: session.integration_id.clone(),
        provider: zoom::PROVIDER.to_owned(),
        user_id,
        provider_user_id: account.id,
        account_id: account.account_id,
        email: account.email,
        display_name: account.display_name,
        scope: response.scope.clone(),
        status: grant::Status::Valid,
        created_at: obtained_at,
        connected_at: obtained_at,
        updated_at: now,
        metadata: wish.metadata.clone(),
        state: wish.state.clone(),
        ip: wish.ip.clone(),
        user_agent: wish.user_agent.clone(),
        expires_at: wish.grant_expires_in.map(life),
    }
}

/// Who consented: a person, or for them the project's server, whose address is then the session's origin.
fn actor(session: &Session, wish: &Wish, grant: &Grant) -> Actor {
    match session.dialect {
        Dialect::Import => Actor {
            who: "project".to_owned(),
            origin: Some(session.origin.clone()).filter(|origin| !origin.is_empty()),
        },
        _ => Actor { who: format!("user:{}", grant.user_id), origin: wish.ip.clone() },
    }
}

async fn join(
    host: &impl Host,
    grant: &Grant,
    landed: &Landed,
    obtained_at: Timestamp,
    by: Actor,
) -> Result<(), Stop> {
    let name = grant.connection();
    let tokens = copy::seal(host, &joining_record(&name), landed)?;
    let grant = Box::new(grant.clone());
    told(host.ask(&name, Question::Join { grant, tokens, obtained_at, by }).await?)
}

/// The pair is not for this grant: others may be using the same login.
async fn offer(
    host: &impl Host,
    grant: &Grant,
    landed: &Landed,
    obtained_at: Timestamp,
) -> Result<(), Stop> {
    let name = grant.connection();
    let tokens = copy::seal(host, &joining_record(&name), landed)?;
    told(host.ask(&name, Question::Offer { tokens, obtained_at }).await?)
}

/// An integration may have begun to go while its newest grant came: the round that deletes its connections may have
/// passed this one already.
async fn stay(host: &impl Host, session: &Session, wish: &Wish, grant: &Grant) -> Result<(), Stop> {
    let code = match integration::by_id(host, &session.integration_id).await? {
        Some(integration) if integration.deleting_at.is_none() => return Ok(()),
        Some(_) => Code::IntegrationDeleting,
        None => Code::IntegrationNotFound,
    };
    let by = actor(session, wish, grant);
    told(host.ask(&grant.connection(), Question::Leave { grant_id: grant.id.clone(), by }).await?)?;
    Err(Stop::Fail(code))
}

/// What the connection says to something that it was told.
fn told(answer: Answer) -> Result<(), Stop> {
    match answer {
        Answer::Joined {} | Answer::Done {} | Answer::Left { .. } => Ok(()),
        Answer::Unavailable { part, reason } => {
            Err(Stop::Later(Problem::unavailable(&part, &reason)))
        }
        Answer::Token { .. } | Answer::Refused { .. } => {
            Err(HostError::new("connection", "an answer to another question").into())
        }
    }
}
