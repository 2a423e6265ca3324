//! Grants, as a project's server sees and changes them. No answer shows a token.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    super::{
        call::Call,
        disconnect::leave,
        problem::{Code, Problem},
        request,
    },
    LONGEST_BODY, Page, actor, connectable,
    field::{self, short},
    import, success,
};
use crate::{
    connection::{Answer, Change, Question, Refusal},
    host::{Host, Response, Statement},
    record::{
        first_row,
        grant::{Grant, Status},
        login::Wish,
        rows,
    },
    secret::Text,
    shape::{Given, read_text, shape, words},
    time::{SECOND, Timestamp},
};

/// What a list is searched for has so many characters at most.
const LONGEST_PART: usize = 200;

shape! {
    /// One person's consent, as the project's server sees it.
    pub(in super::super) struct ServerGrant {
        /// The grant.
        pub id: String,
        /// `zoom`.
        pub provider: String,
        /// The integration.
        pub integration_id: String,
        /// The project's user.
        pub account_id: String,
        /// Zoom's id of its user.
        pub provider_user_id: String,
        /// The state of the login link that it came from; empty when there was none.
        pub state: String,
        /// Whose Zoom account it is.
        pub email: String,
        /// The name people see.
        pub name: String,
        /// Where the person was at the last consent.
        pub ip: Option<String>,
        /// The person's browser at the last consent.
        pub user_agent: Option<String>,
        /// Whether it can be used.
        pub grant_status: GrantStatus,
        /// The first consent (Unix seconds).
        pub created_at: i64,
        /// The last change (Unix seconds).
        pub updated_at: i64,
        /// When it ends by itself (Unix seconds).
        pub expires_at: Option<i64>,
        /// When its token pair was last renewed (Unix seconds).
        pub refreshed_at: Option<i64>,
        /// Nothing: its tokens are not shown.
        pub settings: Map<String, Value>,
        /// What the project's server noted with it.
        pub metadata: Map<String, Value>,
        /// What was granted.
        pub scope: Vec<String>,
    }
}

words! {
    /// Whether a grant can be used.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in super::super) enum GrantStatus {
        /// As far as anybody knows.
        Valid = "valid",
        /// The person has to connect again.
        Invalid = "invalid",
    }
}

shape! {
    /// What may be changed about a grant; what is absent stays.
    pub(in super::super) struct GrantPatch {
        /// Tokens and times.
        pub settings: Option<GrantPatchSettings>,
        /// Instead of what was noted.
        pub metadata: Option<Map<String, Value>>,
        /// What was granted, or nothing: another scope needs another consent.
        pub scope: Option<Vec<String>>,
    }
}

shape! {
    /// Tokens and times.
    pub(in super::super) struct GrantPatchSettings {
        /// A new refresh token for the same Zoom user.
        pub refresh_token: Option<Text>,
        /// How long the grant lasts from now on, in seconds; `null`: until it is taken back.
        pub grant_expires_in: Given<i64>,
    }
}

shape! {
    /// A grant that has gone.
    pub(in super::super) struct DeletedGrant {
        /// The grant.
        pub id: String,
        /// `deleted`.
        pub status: String,
        /// `pending`: Zoom has still to be told, which is tried until it is done.
        pub revocation: Option<String>,
    }
}

/// `GET /connect/grants`
pub(super) async fn list(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let filter = |name| field::filter(call, name);
    let status = match filter("grant_status")?.as_deref() {
        None => field::word(call, "status")?,
        Some("valid") => Some(Status::Valid),
        Some("invalid") => Some(Status::Invalid),
        Some(_) => return Err(field::misfit("grant_status", "one of valid, invalid is wanted")),
    };
    let part = filter("q")?;
    short("q", part.as_ref(), LONGEST_PART)?;
    // `instr`, because patterns of `LIKE` may have fifty bytes in D1.
    let statement = Statement::new(
        "SELECT * FROM grants
         WHERE project_id = ?1 AND (?2 IS NULL OR provider = ?2) AND (?3 IS NULL OR email = ?3 COLLATE NOCASE)
           AND (?4 IS NULL OR user_id = ?4) AND (?5 IS NULL OR status = ?5)
           AND (?8 IS NULL OR instr(lower(user_id || char(10) || email || char(10) || display_name), lower(?8)) > 0)
         ORDER BY created_at, id LIMIT ?6 OFFSET ?7",
        [
            json!(project_id),
            json!(filter("provider")?),
            json!(filter("email")?),
            json!(filter("account_id")?),
            json!(status),
            json!(page.limit),
            json!(page.offset),
            json!(part),
        ],
    );
    let grants: Vec<Grant> = rows(host, statement).await?;
    Ok(page.answer(&grants.iter().map(shown).collect::<Vec<_>>()))
}

/// `GET /connect/grants/{grant}`
pub(super) async fn one(host: &impl Host, project_id: &str, id: &str) -> Result<Response, Problem> {
    Ok(success(StatusCode::OK, &shown(&of_project(host, project_id, id).await?)))
}

/// `PATCH /connect/grants/{grant}`
pub(super) async fn patch(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: GrantPatch = call.json(LONGEST_BODY)?;
    let grant = of_project(host, project_id, id).await?;
    stays(&grant, body.scope.unwrap_or_default())?;
    let metadata = field::metadata(body.metadata.as_ref())?;
    let (token, life) = match body.settings {
        Some(settings) => (settings.refresh_token, settings.grant_expires_in),
        None => (None, Given::Nothing),
    };
    let life = match life {
        Given::Value(given) => match field::grant_expires_in(Some(given))? {
            Some(seconds) => Given::Value(seconds),
            None => Given::Nothing,
        },
        other => other,
    };
    let expires_at = match life {
        Given::Value(seconds) => Given::Value(host.now().plus(seconds.saturating_mul(SECOND))),
        Given::Null => Given::Null,
        Given::Nothing => Given::Nothing,
    };
    let change = Change { metadata, expires_at, account: None };
    let heard = match token {
        Some(token) => renew(host, call, &grant, &token, &change).await?,
        None => false,
    };
    if !heard && (change.metadata.is_some() || change.expires_at != Given::Nothing) {
        amend(host, &grant, change, call).await?;
    }
    one(host, project_id, id).await
}

/// `DELETE /connect/grants/{grant}`
pub(super) async fn delete(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let grant = of_project(host, project_id, id).await?;
    let pending = leave(host, &grant, actor(call)).await?;
    let deleted = DeletedGrant {
        id: grant.id,
        status: "deleted".to_owned(),
        revocation: pending.then(|| "pending".to_owned()),
    };
    Ok(success(if pending { StatusCode::ACCEPTED } else { StatusCode::OK }, &deleted))
}

/// `GET|POST /connect/grants/{grant}/sync`
pub(super) async fn sync(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let grant = of_project(host, project_id, id).await?;
    let account = Some(request::account(host, &grant).await?);
    let change = Change { metadata: None, expires_at: Given::Nothing, account };
    amend(host, &grant, change, call).await?;
    one(host, project_id, id).await
}

/// The project's grant of this id; another's is not there.
pub(in super::super) async fn of_project(
    host: &impl Host,
    project_id: &str,
    id: &str,
) -> Result<Grant, Problem> {
    let statement = Statement::new(
        "SELECT * FROM grants WHERE id = ?2 AND project_id = ?1",
        [json!(project_id), json!(id)],
    );
    first_row(host, statement).await?.ok_or_else(|| Code::GrantNotFound.into())
}

/// A grant in the words of this dialect.
pub(super) fn shown(grant: &Grant) -> ServerGrant {
    let metadata = grant.metadata.as_deref().and_then(|text| read_text(text.as_bytes()).ok());
    ServerGrant {
        id: grant.id.clone(),
        provider: grant.provider.clone(),
        integration_id: grant.integration_id.clone(),
        account_id: grant.user_id.clone(),
        provider_user_id: grant.provider_user_id.clone(),
        state: grant.state.clone().unwrap_or_default(),
        email: grant.email.clone(),
        name: grant.display_name.clone(),
        ip: grant.ip.clone(),
        user_agent: grant.user_agent.clone(),
        grant_status: match grant.status {
            Status::Valid => GrantStatus::Valid,
            Status::Invalid => GrantStatus::Invalid,
        },
        created_at: grant.created_at.seconds(),
        updated_at: grant.updated_at.seconds(),
        expires_at: grant.expires_at.map(Timestamp::seconds),
        refreshed_at: grant.refreshed_at.map(Timestamp::seconds),
        settings: Map::new(),
        metadata: metadata.unwrap_or_default(),
        scope: grant.scope.split_whitespace().map(str::to_owned).collect(),
    }
}

/// Refuses a scope that was not granted.
fn stays(grant: &Grant, mut wanted: Vec<String>) -> Result<(), Problem> {
    let mut granted: Vec<&str> = grant.scope.split_whitespace().collect();
    granted.sort_unstable();
    wanted.sort_unstable();
    if wanted.is_empty() || wanted == granted {
        return Ok(());
    }
    Err(field::misfit(
        "scope",
        "it is what was granted; another needs a new consent by POST /connect/auth",
    ))
}

/// A new refresh token for the same Zoom user. What the grant carries stays, also when it ends, unless that is said too:
/// then both are one change. Whether that was heard; an earlier call with this token did not say it.
async fn renew(
    host: &impl Host,
    call: &Call,
    grant: &Grant,
    token: &Text,
    change: &Change,
) -> Result<bool, Problem> {
    let integration = connectable(host, &grant.project_id, &grant.provider).await?;
    let expires_at = match change.expires_at {
        Given::Value(at) => Some(at),
        Given::Null => None,
        // A token does not make a consent longer than it was given for.
        Given::Nothing if grant.has_ended(host.now()) => return Err(Code::GrantExpired.into()),
        Given::Nothing => grant.expires_at,
    };
    let wish = Wish {
        grant_id: Some(grant.id.clone()),
        state: grant.state.clone(),
        ip: grant.ip.clone(),
        user_agent: grant.user_agent.clone(),
        expires_at,
        metadata: change.metadata.clone(),
        ..Wish::default()
    };
    let user_id = grant.user_id.clone();
    let brought = import::bring(host, call, &integration, user_id, token, wish).await?;
    if brought.grant_id != grant.id {
        return Err(Code::AccountMismatch.into());
    }
    if brought.repeated {
        import::of_brought(host, &grant.project_id, &brought).await?;
    }
    Ok(!brought.repeated)
}

async fn amend(
    host: &impl Host,
    grant: &Grant,
    change: Change,
    call: &Call,
) -> Result<(), Problem> {
    let question = Question::Amend { grant_id: grant.id.clone(), change, by: actor(call) };
    match host.ask(&grant.connection(), question).await? {
        Answer::Done {} => Ok(()),
        Answer::Unavailable { part, reason } => Err(Problem::unavailable(&part, &reason)),
        // The row was there a moment ago: it left meanwhile.
        Answer::Refused { refusal: Refusal::NotMember } => Err(Code::GrantNotFound.into()),
        Answer::Refused { refusal: Refusal::GrantExpired } => {
            Err(Problem::detailed(Code::GrantExpired, "nothing was changed"))
        }
        Answer::Refused { refusal } => Err(refusal.into()),
        Answer::Joined {} | Answer::Token { .. } | Answer::Left { .. } | Answer::Taken { .. } => {
            Err(Code::StoreUnavailable.into())
        }
    }
}
