//! The one outward table of failures: status, stable code, what to do next. The code is the contract: the same in the
//! answer, in JavaScript, in the log and in the documentation. Reasons that are for us go to the log only.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    connection::Refusal,
    host::{Host, HostError, SendError},
    jwt::TokenError,
    zoom::PathError,
};

/// Declares the table.
macro_rules! problems {
    ($($name:ident $status:literal $code:literal $message:literal;)*) => {
        /// What went wrong, as the caller sees it.
        #[expect(clippy::doc_markdown, rustdoc::invalid_html_tags, reason = "the messages are for people, not for rustdoc")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $message] $name,)*
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The HTTP status.
            pub fn status(self) -> StatusCode {
                let status = match self { $(Self::$name => $status,)* };
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// The stable text.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What happened and what to do next.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

problems! {
    InvalidRequest 400 "invalid_request" "The request is not what this address takes: see the detail.";
    PathRefused 400 "path_refused" "The path cannot be sent to Zoom: see the detail.";
    StateUnknown 400 "state_unknown" "This is not an answer to a connect that was started here: go back to the app and press Connect again.";
    StateMissing 400 "state_missing" "Zoom sent you here without a connect that was started in the app: open the app and press Connect there.";
    SessionExpired 410 "session_expired" "The ten minutes for connecting are over: press Connect again.";
    SessionUsed 409 "session_used" "This connect has already been finished: press Connect again to start another.";
    BrowserMismatch 403 "browser_mismatch" "This connect was started in another browser, or cookies are blocked: press Connect again, here.";
    ConsentDeclined 403 "consent_declined" "The connection was declined at Zoom: press Connect again and choose Allow.";
    ExchangeRefused 502 "exchange_refused" "Zoom did not accept the sign-in: press Connect again; when it stays, check client id, secret and redirect URL of the Zoom app.";
    ExchangeInterrupted 502 "exchange_interrupted" "Connecting was interrupted and Zoom's answer is lost: press Connect again.";
    ClientRefused 502 "client_refused" "Zoom refused this integration's client id or secret: correct them in the integration's settings.";
    AccountUnreadable 502 "account_unreadable" "Zoom did not tell whose account it is: give the Zoom app the scope user:read:user, then press Connect again.";
    UserTokenMissing 401 "user_token_missing" "A user token is needed: send Authorization: Bearer <token signed by your server>.";
    UserTokenInvalid 401 "user_token_invalid" "The user token was refused: see the detail; sign it with a key of this project, RS256.";
    UserTokenExpired 401 "user_token_expired" "The user token has expired: get a new one from your server and authenticate again.";
    OriginNotAllowed 403 "origin_not_allowed" "This page's origin is not one of the project's: add it to the project's origins.";
    ProjectNotFound 404 "project_not_found" "There is no such project: check the project id.";
    IntegrationNotFound 404 "integration_not_found" "This project has no such integration: set it up first.";
    CredentialNotFound 404 "credential_not_found" "This user has no such connected account.";
    SessionNotFound 404 "session_not_found" "There is no such connect: press Connect again.";
    NotConnected 404 "not_connected" "This user has not connected a Zoom account: call connect(\"zoom\") first.";
    ReconnectRequired 401 "reconnect_required" "Zoom does not accept this connection any more: the user has to connect again.";
    NotFound 404 "not_found" "There is nothing at this address: check method and path.";
    MethodNotAllowed 405 "method_not_allowed" "This address does not take that method.";
    PayloadTooLarge 413 "payload_too_large" "The body is too large for this address.";
    SendAgain 503 "send_again" "Zoom refused the old token and a new one is in place now: send the request again.";
    ZoomRedirected 502 "zoom_redirected" "Zoom answered with a redirect; redirects are not followed: see location.";
    ZoomUnreachable 502 "zoom_unreachable" "Zoom could not be reached, or the connection broke; look before you repeat what may have been done.";
    ZoomTimeout 504 "zoom_timeout" "Zoom did not answer in time; whether it did something is not known: look before you repeat.";
    StoreUnavailable 503 "store_unavailable" "Our own storage did not answer: try again in a moment.";
    KeyUnknown 503 "key_unknown" "MASTER_KEYS is missing or lacks a key that is in use: the operator has to add it.";
    AdminClosed 503 "admin_closed" "ADMIN_SECRET is missing or shorter than 32 bytes: the operator has to set it.";
    AdminSecretInvalid 401 "admin_secret_invalid" "The admin secret was refused: send Authorization: Bearer <ADMIN_SECRET>.";
    Interrupted 503 "interrupted" "The runtime restarted in the middle; whether the request was carried out is not known: look before you repeat it.";
}

/// A failure on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which.
    pub code: Code,
    /// More for the caller, after the message.
    pub detail: Option<String>,
    /// More for the log.
    pub reason: Option<String>,
}

impl Problem {
    /// A problem with a detail for the caller.
    pub fn detailed(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()), reason: None }
    }

    /// The whole sentence for the caller.
    pub fn message(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{} ({detail})", self.code.message()),
            None => self.code.message().to_owned(),
        }
    }

    /// Writes what is for us to the log, where the answer alone would not tell it.
    pub fn report(&self, host: &impl Host) {
        if let Some(reason) = &self.reason {
            host.log(&json!({"level": "error", "code": self.code.text(), "reason": reason}));
        }
    }

    /// The JSON body of the browser's dialect.
    pub fn body(&self) -> Value {
        json!({"message": self.message(), "code": self.code.text()})
    }
}

/// The code of this text, as a session's row keeps it.
pub fn code_of(text: &str) -> Code {
    let found = Code::ALL.iter().find(|code| code.text() == text);
    found.copied().unwrap_or(Code::ExchangeInterrupted)
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, detail: None, reason: None }
    }
}

impl From<HostError> for Problem {
    fn from(error: HostError) -> Self {
        let code = if error.part == "seal_key" { Code::KeyUnknown } else { Code::StoreUnavailable };
        Self { code, detail: None, reason: Some(error.to_string()) }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Code::UserTokenExpired.into(),
            other => Self::detailed(Code::UserTokenInvalid, other.to_string()),
        }
    }
}

impl From<PathError> for Problem {
    fn from(error: PathError) -> Self {
        Self::detailed(Code::PathRefused, error.to_string())
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        let code = match error {
            SendError::Timeout => Code::ZoomTimeout,
            SendError::Unreachable(_) => Code::ZoomUnreachable,
            SendError::NotLanded(_) => Code::StoreUnavailable,
        };
        Self { code, detail: None, reason: Some(error.to_string()) }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotMember => Code::NotConnected.into(),
            Refusal::RefreshTokenRefused | Refusal::RefusedAgain => Code::ReconnectRequired.into(),
            Refusal::RefreshAnswerLost => Self::detailed(
                Code::ReconnectRequired,
                "Zoom renewed the token, but its answer never arrived",
            ),
            Refusal::ProviderUnreachable => Code::ZoomUnreachable.into(),
            // Nothing was asked of Zoom in the caller's name yet, so repeating is safe.
            Refusal::ProviderTimeout => {
                Self::detailed(Code::ZoomUnreachable, "no answer to the token refresh in time")
            }
            Refusal::ClientRefused => Code::ClientRefused.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_there_once_and_reads_back() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert_eq!(code_of(code.text()), *code);
            assert!(!Code::ALL[..index].iter().any(|other| other.text() == code.text()));
        }
    }
}
