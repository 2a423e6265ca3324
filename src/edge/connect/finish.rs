//! From code to grant, in steps that can each be taken again by somebody else: exchange (the answer lands sealed in
//! the session's row), ask whose account it is, tell the connection, which writes the grant, and end the session.

use serde_json::json;

use super::{
    super::problem::{Code, Problem, code_of},
    exchange::{account, disown, read, tokens},
    unclaimed,
};
use crate::{
    connection::{Actor, Answer, Landed, Question, Refusal, joining_record},
    host::{Host, HostError},
    oauth::TokenResponse,
    record::{
        copy, first_row,
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
    /// For good; if a pair has landed, it is still to be settled whose it is.
    Fail(Code),
    /// For good, and nothing is left to be done for a pair.
    Settled(Code),
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
    let ended = outcome(&now);
    if let Some(outcome) = &ended
        && !now.has_unclaimed_pair()
    {
        return Ok(outcome.clone());
    }
    match session::take_over(host, id).await? {
        Some(taken) if taken.status == Status::Failed => unclaimed::settle(host, &taken).await,
        Some(taken) => finish(host, taken).await,
        None => Ok(ended.unwrap_or(Outcome::Pending)),
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
        Err(Stop::Settled(code)) => end(host, &session, code, true).await,
        Err(Stop::Later(problem)) if is_last(&session) => fail(host, &session, problem.code).await,
        Err(Stop::Later(problem)) => {
            host.log(
                &json!({"level": "warn", "what": "connect_delayed", "code": problem.code.text(),
                "reason": problem.reason}),
            );
            host.tables(vec![session::release(&session, host.now())]).await?;
            Ok(Outcome::Pending)
        }
    }
}

/// Ends a session with a problem, unless it went on since it was `seen`. If a pair has landed, `unclaimed` goes on with it.
pub(super) async fn fail(host: &impl Host, seen: &Session, code: Code) -> Result<Outcome, Problem> {
    end(host, seen, code, false).await
}

async fn end(
    host: &impl Host,
    seen: &Session,
    code: Code,
    settled: bool,
) -> Result<Outcome, Problem> {
    let now = session::fail(host, seen, code.text(), settled).await?;
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
    let integration = integration.ok_or(Stop::Settled(Code::IntegrationNotFound))?;
    let deleting = integration.is_deleting();
    if deleting && session.tokens_sealed.is_none() {
        return Err(Stop::Fail(Code::IntegrationDeleting));
    }
    let (landed, obtained_at) = tokens(host, session, &integration).await?;
    let response = read(session, &landed)?;
    let account = known_account(host, session, &integration, (&response, obtained_at)).await?;
    let wish = session.wish(host)?;
    let grant = grant_of(session, &wish, account, &response, obtained_at, host.now());
    let mismatch = wish.grant_id.as_ref().is_some_and(|id| *id != grant.id);
    if deleting || mismatch {
        offer(host, &grant, &landed, obtained_at).await?;
        let code = if deleting { Code::IntegrationDeleting } else { Code::AccountMismatch };
        return Err(Stop::Settled(code));
    }
    let joined = join(host, session, &wish, &grant, &landed).await;
    let lost = matches!(joined, Err(Stop::Later(_))) && is_last(session);
    if lost && has_joined(host, &grant).await? {
        // Only the connection's answers were lost.
    } else {
        joined?;
    }
    stay(host, session, &wish, &grant).await?;
    host.tables(session::finish(&session.id, &grant.id, host.now())).await?;
    Ok(grant.id)
}

/// Whose account it is. When that will never be known, the provider forgets the pair.
async fn known_account(
    host: &impl Host,
    session: &Session,
    integration: &Integration,
    (response, obtained_at): (&TokenResponse, Timestamp),
) -> Result<Account, Stop> {
    let asked = account(host, response).await;
    let unknown = match &asked {
        Err(Stop::Fail(code)) => *code == Code::AccountUnreadable,
        Err(Stop::Later(_)) => is_last(session),
        Ok(_) | Err(Stop::Settled(_)) => false,
    };
    let settled = unknown && disown(host, integration, response, obtained_at).await;
    asked.map_err(|stop| match stop {
        Stop::Fail(code) if settled => Stop::Settled(code),
        Stop::Later(problem) if settled => Stop::Settled(problem.code),
        other => other,
    })
}

/// The grant that a session comes to.
pub(super) fn grant_of(
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
        expires_at: wish.expires_at.or(wish.grant_expires_in.map(life)),
        refreshed_at: None,
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
    session: &Session,
    wish: &Wish,
    grant: &Grant,
    landed: &Landed,
) -> Result<(), Stop> {
    let name = grant.connection();
    let question = Question::Join {
        grant: Box::new(grant.clone()),
        tokens: copy::seal(host, &joining_record(&name), landed)?,
        obtained_at: grant.connected_at,
        by: actor(session, wish, grant),
        // A person's consent makes a grant anew; a token that the project brings for one does not.
        renews: session.dialect == Dialect::Import && wish.grant_id.is_some(),
    };
    told(host.ask(&name, question).await?).map(|_| ())
}

/// Whether the tables know already that this very consent has joined.
async fn has_joined(host: &impl Host, grant: &Grant) -> Result<bool, HostError> {
    let found = first_row(host, grant::of_consent(&grant.id, grant.connected_at)).await?;
    Ok(found.is_some_and(|_: Grant| true))
}

/// The pair is not for this grant: others may be using the same login. Whether it had joined with it before.
pub(super) async fn offer(
    host: &impl Host,
    grant: &Grant,
    landed: &Landed,
    obtained_at: Timestamp,
) -> Result<bool, Stop> {
    let name = grant.connection();
    let tokens = copy::seal(host, &joining_record(&name), landed)?;
    let question = Question::Offer { grant_id: Some(grant.id.clone()), tokens, obtained_at };
    told(host.ask(&name, question).await?)
}

/// An integration may have begun to go while its newest grant came: the round that deletes its connections may have
/// passed this one already.
async fn stay(host: &impl Host, session: &Session, wish: &Wish, grant: &Grant) -> Result<(), Stop> {
    let code = match integration::by_id(host, &session.integration_id).await? {
        Some(integration) if !integration.is_deleting() => return Ok(()),
        Some(_) => Code::IntegrationDeleting,
        None => Code::IntegrationNotFound,
    };
    let by = actor(session, wish, grant);
    told(host.ask(&grant.connection(), Question::Leave { grant_id: grant.id.clone(), by }).await?)?;
    Err(Stop::Settled(code))
}

/// What the connection says to something that it was told; whether a grant has joined.
fn told(answer: Answer) -> Result<bool, Stop> {
    match answer {
        Answer::Joined {} => Ok(true),
        Answer::Done {} | Answer::Left { .. } => Ok(false),
        Answer::Refused { refusal: Refusal::NotMember } => Err(Stop::Settled(Code::GrantNotFound)),
        Answer::Refused { refusal: Refusal::TooManyGrants } => {
            Err(Stop::Settled(Code::TooManyGrants))
        }
        Answer::Unavailable { part, reason } => {
            Err(Stop::Later(Problem::unavailable(&part, &reason)))
        }
        Answer::Token { .. } | Answer::Taken { .. } | Answer::Refused { .. } => {
            Err(HostError::new("connection", "an answer to another question").into())
        }
    }
}
