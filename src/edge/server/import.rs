//! `POST /connect/grants`: a grant out of a refresh token that the project has. The token is good once; so the call is a
//! session, which a repeated call with the same token goes on with.

use http::StatusCode;
use serde_json::{Map, Value};

use super::{
    super::{
        call::Call,
        connect::{Opening, Outcome, finish, resume},
        problem::{Code, Problem},
    },
    LONGEST_BODY, connectable, field, grant, success,
};
use crate::{
    host::{Host, Response},
    id::derived_uuid,
    record::{
        copy,
        grant::{self as grants, Grant},
        integration::Integration,
        login::Wish,
        session::{self, Dialect, Session, Status},
    },
    secret::{Text, digest},
    shape::shape,
};

shape! {
    /// A refresh token to make a grant of.
    pub(in super::super) struct NewGrant {
        /// `zoom`.
        pub provider: String,
        /// The token.
        pub settings: NewGrantSettings,
        /// Kept with the grant; at most 256 characters.
        pub state: Option<String>,
        /// Kept with the grant.
        pub metadata: Option<Map<String, Value>>,
        /// Of no effect: what Zoom has granted counts.
        pub scope: Option<Vec<String>>,
        /// The project's user; without it, `zoom:<Zoom's id of its user>`.
        pub account_id: Option<String>,
    }
}

shape! {
    /// The token.
    pub(in super::super) struct NewGrantSettings {
        /// A refresh token of the integration's Zoom app. It is used at once, and of no use afterwards.
        pub refresh_token: Text,
        /// How long the grant lasts, in seconds; unless said, until it is taken back.
        pub grant_expires_in: Option<i64>,
    }
}

/// `POST /connect/grants`
pub(super) async fn import(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: NewGrant = call.json(LONGEST_BODY)?;
    field::account_id(body.account_id.as_ref())?;
    field::state(body.state.as_ref())?;
    let wish = Wish {
        state: body.state,
        grant_expires_in: field::grant_expires_in(body.settings.grant_expires_in)?,
        metadata: field::metadata(body.metadata.as_ref())?,
        ..Wish::default()
    };
    let integration = connectable(host, project_id, &body.provider).await?;
    let user_id = body.account_id.unwrap_or_default();
    let token = &body.settings.refresh_token;
    let brought = bring(host, call, &integration, user_id, token, wish).await?;
    let grant = of_brought(host, project_id, &brought).await?;
    Ok(success(StatusCode::CREATED, &grant::shown(&grant)))
}

/// What a refresh token came to.
pub(super) struct Brought {
    pub grant_id: String,
    /// An earlier call brought the same token: what this one says besides was not heard.
    pub repeated: bool,
}

/// The grant that a refresh token came to, if it is still of use: the token itself is not, after the first call.
pub(super) async fn of_brought(
    host: &impl Host,
    project_id: &str,
    brought: &Brought,
) -> Result<Grant, Problem> {
    match grant::of_project(host, project_id, &brought.grant_id).await {
        // It has been deleted since.
        Err(problem) if problem.code == Code::GrantNotFound => {
            Err(Code::RefreshTokenRefused.into())
        }
        Ok(grant) if brought.repeated && grant.status == grants::Status::Invalid => {
            Err(Code::RefreshTokenRefused.into())
        }
        found => found,
    }
}

/// Makes a grant of a refresh token, or goes on where an earlier call with it stopped.
pub(super) async fn bring(
    host: &impl Host,
    call: &Call,
    integration: &Integration,
    user_id: String,
    token: &Text,
    wish: Wish,
) -> Result<Brought, Problem> {
    if token.expose().is_empty() {
        return Err(field::misfit("settings.refresh_token", "a text that is not empty is wanted"));
    }
    let id = derived_uuid(&["import", &integration.id, &user_id, &digest(token.expose())]);
    let opening = Opening {
        id: id.clone(),
        integration,
        user_id,
        origin: call.client_ip().unwrap_or_default(),
        dialect: Dialect::Import,
        redirect_uri: String::new(),
        login_id: None,
        wish: Some(wish),
        portal_id: None,
    };
    let (fresh, state) = opening.session(host)?;
    let code_sealed = Some(copy::seal(host, &session::code_record(&id), token)?);
    let session = Session { status: Status::Returned, attempts: 1, code_sealed, ..fresh };
    let stored = host.tables(session::insert(&session, &state, None)).await?;
    let repeated = stored.iter().all(Vec::is_empty);
    let outcome = if repeated { resume(host, &id).await? } else { finish(host, session).await? };
    match outcome {
        Outcome::Done(grant_id) => Ok(Brought { grant_id, repeated }),
        Outcome::Failed(code) => Err(code.into()),
        Outcome::Pending => Err(Problem::detailed(
            Code::ZoomUnreachable,
            "nothing is lost: send the same call again in a moment, it goes on where this one stopped",
        )),
    }
}
