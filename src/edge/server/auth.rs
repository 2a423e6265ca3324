//! `POST /connect/auth`: a link by which a person connects an account. What opening it does is `connect::login`'s.

use std::ops::RangeInclusive;

use http::StatusCode;
use serde_json::{Map, Value};

use super::{
    super::{
        call::Call,
        problem::{Code, Problem},
        redirect_uri::is_own_end,
    },
    LONGEST_BODY, connectable,
    field::{self, misfit, short},
    grant, success,
};
use crate::{
    host::{Host, Response},
    id::random_uuid,
    record::{
        integration::Integration,
        login::{self, Login, Wish},
    },
    shape::shape,
    time::SECOND,
};

/// How long a login link may live, in seconds: up to a year.
const LINK: RangeInclusive<i64> = 60..=31_536_000;

shape! {
    /// What a link is asked for with.
    pub(in super::super) struct NewLogin {
        /// `zoom`.
        pub provider: String,
        /// Where the person ends; one of the integration's, to the letter, or `/connect/done` of this Worker.
        pub redirect_uri: String,
        /// The project's user; without it, `zoom:<Zoom's id of its user>`.
        pub account_id: Option<String>,
        /// The grant to authenticate again.
        pub grant_id: Option<String>,
        /// Whose account is meant. Zoom's page takes no such hint; it is answered and not sent.
        pub login_hint: Option<String>,
        /// Comes back to `redirect_uri` unchanged; at most 256 characters.
        pub state: Option<String>,
        /// How long the link lives, in seconds; unless said, as the integration says.
        pub expires_in: Option<i64>,
        /// More of our own.
        pub settings: Option<LoginSettings>,
        /// Kept with the grant.
        pub metadata: Option<Map<String, Value>>,
        /// What to ask Zoom for; unless said, what the integration says.
        pub scope: Option<Vec<String>>,
    }
}

shape! {
    /// More of our own.
    pub(in super::super) struct LoginSettings {
        /// How long the grant lasts after the consent, in seconds; unless said, until it is taken back.
        pub grant_expires_in: Option<i64>,
    }
}

shape! {
    /// A link by which a person connects an account.
    pub(in super::super) struct LoginLink {
        /// Send the person there.
        pub url: String,
        /// The link's id.
        pub id: String,
        /// When the link ends (Unix seconds).
        pub expires_at: i64,
        /// What it was asked for with.
        pub request: NewLogin,
    }
}

/// `POST /connect/auth`
pub(super) async fn auth(
    host: &impl Host,
    project_id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: NewLogin = call.json(LONGEST_BODY)?;
    let integration = connectable(host, project_id, &body.provider).await?;
    admit(&body.redirect_uri, &integration, call.own_origin(host.settings()))?;
    let wish = wish(&body)?;
    let user_id = user(host, &integration, &body).await?;
    let expires_in = match body.expires_in {
        Some(given) => field::seconds("expires_in", given, &LINK)?,
        None => integration.expires_in,
    };
    let (id, now) = (random_uuid(host), host.now());
    let login = Login {
        wish_sealed: login::seal_wish(host, &id, &wish)?,
        id,
        project_id: project_id.to_owned(),
        integration_id: integration.id,
        user_id,
        redirect_uri: body.redirect_uri.clone(),
        taken_by: None,
        spent_at: None,
        created_at: now,
        expires_at: now.plus(expires_in.saturating_mul(SECOND)),
    };
    host.tables(login::insert(&login)).await?;
    let link = LoginLink {
        url: format!("{}/connect/login?id={}", call.own_origin(host.settings()), login.id),
        id: login.id,
        expires_at: login.expires_at.seconds(),
        request: body,
    };
    Ok(success(StatusCode::OK, &link))
}

/// What the grant shall carry.
fn wish(body: &NewLogin) -> Result<Wish, Problem> {
    field::state(body.state.as_ref())?;
    short("login_hint", body.login_hint.as_ref(), 320)?;
    let settings = body.settings.as_ref();
    Ok(Wish {
        grant_id: body.grant_id.clone(),
        state: body.state.clone(),
        login_hint: body.login_hint.clone(),
        grant_expires_in: field::grant_expires_in(settings.and_then(|own| own.grant_expires_in))?,
        expires_at: None,
        metadata: field::metadata(body.metadata.as_ref())?,
        scope: field::scope(body.scope.as_ref())?,
        ip: None,
        user_agent: None,
    })
}

/// For whom the link is: the named user, or the one of the named grant.
async fn user(
    host: &impl Host,
    integration: &Integration,
    body: &NewLogin,
) -> Result<Option<String>, Problem> {
    field::account_id(body.account_id.as_ref())?;
    let Some(grant_id) = &body.grant_id else {
        return Ok(body.account_id.clone());
    };
    let grant = grant::of_project(host, &integration.project_id, grant_id).await?;
    if grant.integration_id != integration.id {
        return Err(Code::GrantNotFound.into());
    }
    if body.account_id.as_ref().is_some_and(|account| *account != grant.user_id) {
        return Err(misfit("account_id", "the grant of grant_id is another user's"));
    }
    Ok(Some(grant.user_id))
}

/// Whether a link may end there.
fn admit(uri: &str, integration: &Integration, own_origin: &str) -> Result<(), Problem> {
    let refused = |reason: &str| Err(Problem::detailed(Code::RedirectUriRefused, reason));
    let path = uri.strip_prefix(own_origin).and_then(|rest| rest.split(['?', '#']).next());
    if matches!(path, Some("/oauth" | "/connect/callback")) {
        return refused(
            "this is where Zoom sends people back to; name a page of your own, where they shall end",
        );
    }
    if is_own_end(uri, own_origin) {
        return Ok(());
    }
    let registered = integration.redirect_uris();
    if registered.iter().any(|own| own == uri) {
        return Ok(());
    }
    if registered.iter().any(|own| own.trim_end_matches('/') == uri.trim_end_matches('/')) {
        return refused("it differs by a slash from one of the integration's redirect_uris");
    }
    refused("it is not one of the integration's redirect_uris, which are compared to the letter")
}
