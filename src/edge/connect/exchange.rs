//! The part of `finish` that asks the provider: the code (or, of an import, the refresh token) becomes a token response
//! that lands sealed in the session's row, and `users/me` says whose it is.

use serde_json::json;

use super::{
    super::problem::{Code, Problem},
    finish::Stop,
};
use crate::{
    connection::Landed,
    host::{Host, HostError, Landing, Request, Response, SendError},
    oauth::{TokenError, TokenResponse, code_token_request, refresh_token_request},
    record::{
        copy,
        integration::Integration,
        session::{self, Dialect, LAND_TOKENS, Session},
    },
    secret::{AuthorizationCode, RefreshToken, Text},
    time::{SECOND, Timestamp},
    zoom::{self, Account, AccountError},
};

/// The token response, and when it was asked for: the one that has landed, or a new one.
pub(super) async fn tokens(
    host: &impl Host,
    session: &Session,
    integration: &Integration,
) -> Result<(Landed, Timestamp), Stop> {
    if let Some(sealed) = &session.tokens_sealed {
        let landed = copy::open(host, &session::tokens_record(&session.id), sealed)?;
        return Ok((landed, session.obtained_at.unwrap_or(session.created_at)));
    }
    let request = token_request(host, session, integration)?;
    let mut nonce = [0; 12];
    host.fill_random(&mut nonce);
    let now = host.now();
    let landing = Landing::Table {
        sql: LAND_TOKENS,
        params: vec![json!(session.id), json!(now)],
        seal: copy::ring(host)?.landing_key(&session::tokens_record(&session.id), nonce),
    };
    let Response { status, body, .. } = host.send_and_land(request, landing).await?;
    Ok((Landed::new(status, &body), now))
}

fn token_request(
    host: &impl Host,
    session: &Session,
    integration: &Integration,
) -> Result<Request, Stop> {
    let sealed = session.code_sealed.as_ref().ok_or(Stop::Fail(Code::ExchangeInterrupted))?;
    let code: Text = copy::open(host, &session::code_record(&session.id), sealed)?;
    let (client, endpoint) = (integration.client(host)?, zoom::endpoints(host.settings()).token);
    if session.dialect == Dialect::Import {
        return Ok(refresh_token_request(&endpoint, &client, &RefreshToken::new(code.take())));
    }
    let (code, verifier) = (AuthorizationCode::new(code.take()), session.secrets(host)?.verifier);
    Ok(code_token_request(&endpoint, &client, &code, &session.redirect_uri, &verifier))
}

/// Reads the token response. A code is good once: when it is refused the second time, the first has reached the provider
/// and its answer is lost.
pub(super) fn read(session: &Session, landed: &Landed) -> Result<TokenResponse, Stop> {
    let sent_before = session.attempts > 1 && session.tokens_sealed.is_none();
    landed.read().map_err(|error| {
        Stop::Settled(match error {
            TokenError::Refused(_) if session.dialect == Dialect::Import => {
                Code::RefreshTokenRefused
            }
            TokenError::Refused(_) if sent_before => Code::ExchangeInterrupted,
            TokenError::Refused(_) | TokenError::Malformed => Code::ExchangeRefused,
            TokenError::ClientRefused => Code::ClientRefused,
            TokenError::Unavailable(_) => Code::ZoomUnreachable,
        })
    })
}

/// Whose account it is.
pub(super) async fn account(host: &impl Host, response: &TokenResponse) -> Result<Account, Stop> {
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

/// Whether the access token of a response that was asked for at `obtained_at` has ended.
pub(super) fn has_ended(response: &TokenResponse, obtained_at: Timestamp, now: Timestamp) -> bool {
    let life = i64::from(response.expires_in).saturating_mul(SECOND);
    obtained_at.plus(life) <= now
}

/// A pair of which nobody will ever know whose it is shall not stay alive for nothing. Whether the provider was told.
pub(super) async fn disown(
    host: &impl Host,
    integration: &Integration,
    response: &TokenResponse,
    obtained_at: Timestamp,
) -> bool {
    let refresh = response.refresh_token.as_ref().map(RefreshToken::expose);
    // One that lives: a dead one may not be known to the provider any more.
    let dead = has_ended(response, obtained_at, host.now());
    let token = refresh.filter(|_| dead).unwrap_or(response.access_token.expose());
    let revoked = match integration.client(host) {
        Ok(client) => zoom::revoke(host, &client, token).await,
        Err(error) => Err(error),
    };
    if let Err(error) = &revoked {
        let reason = error.to_string();
        host.log(&json!({"level": "warn", "what": "pair_not_revoked", "reason": reason}));
    }
    revoked.is_ok()
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
