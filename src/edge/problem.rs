//! The one outward table of failures: status, number, stable code, what to do next. The code is the contract: the same
//! in the answer, in JavaScript, in the log and in the documentation. Reasons that are for us go to the log only.

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
    ($($name:ident $status:literal $event:literal $code:literal $message:literal;)*) => {
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

            /// The number of the server dialect; stable, and never given to another code.
            pub const fn event_code(self) -> u32 {
                match self { $(Self::$name => $event,)* }
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
    InvalidRequest 400 26001 "invalid_request" "The request is not what this address takes: see the detail.";
    PathRefused 400 26002 "path_refused" "The path cannot be sent to Zoom: see the detail.";
    StateUnknown 400 26003 "state_unknown" "This is not an answer to a connect that was started here: go back to the app and press Connect again.";
    StateMissing 400 26004 "state_missing" "Zoom sent you here without a connect that was started in the app: open the app and press Connect there.";
    SessionExpired 410 26005 "session_expired" "The ten minutes for connecting are over: press Connect again.";
    SessionUsed 409 26006 "session_used" "This connect has already been finished: press Connect again to start another.";
    BrowserMismatch 403 26007 "browser_mismatch" "This connect was started in another browser, or cookies are blocked: press Connect again, here.";
    ConsentDeclined 403 26008 "consent_declined" "The connection was declined at Zoom: press Connect again and choose Allow.";
    AccountMismatch 409 26009 "account_mismatch" "The account that was chosen at Zoom is not the one of this grant: choose the same account, or connect without grant_id.";
    ExchangeRefused 502 26010 "exchange_refused" "Zoom did not accept the sign-in: press Connect again; when it stays, check client id, secret and redirect URL of the Zoom app.";
    ExchangeInterrupted 502 26011 "exchange_interrupted" "Connecting was interrupted and Zoom's answer is lost: press Connect again.";
    ClientRefused 502 26012 "client_refused" "Zoom refused this integration's client id or secret: correct them in the integration's settings.";
    AccountUnreadable 502 26013 "account_unreadable" "Zoom did not tell whose account it is: give the Zoom app the scope user:read:user, then press Connect again.";
    RefreshTokenRefused 400 26014 "refresh_token_refused" "Zoom does not accept this refresh token: it was used, revoked, or belongs to another Zoom app.";
    LoginNotFound 404 26015 "login_not_found" "There is no such login link: ask the app for a new one.";
    LoginExpired 410 26016 "login_expired" "This login link has expired: ask the app for a new one.";
    LoginSpent 409 26017 "login_spent" "This login link has been used: ask the app for a new one.";
    UserTokenMissing 401 26018 "user_token_missing" "A user token is needed: send Authorization: Bearer <token signed by your server>.";
    UserTokenInvalid 401 26019 "user_token_invalid" "The user token was refused: see the detail; sign it with a key of this project, RS256.";
    UserTokenExpired 401 26020 "user_token_expired" "The user token has expired: get a new one from your server and authenticate again.";
    OriginNotAllowed 403 26021 "origin_not_allowed" "This page's origin is not one of the project's: add it to the project's origins.";
    ClientCredentialsMissing 401 26022 "client_credentials_missing" "The project's credentials are needed: send Authorization: Basic base64(client_id:client_secret).";
    ClientCredentialsInvalid 401 26023 "client_credentials_invalid" "The project's client id or client secret was refused.";
    ProjectNotFound 404 26024 "project_not_found" "There is no such project: check the project id.";
    IntegrationNotFound 404 26025 "integration_not_found" "This project has no such integration: set it up first.";
    IntegrationExists 409 26026 "integration_exists" "This project has an integration with this provider: change it with PATCH, or delete it first.";
    IntegrationDeleting 409 26027 "integration_deleting" "This integration is being deleted: nothing new connects to it.";
    ProviderUnknown 400 26028 "provider_unknown" "There is no such provider: the only one is \"zoom\".";
    RedirectUriRefused 400 26029 "redirect_uri_refused" "This redirect_uri cannot be used: see the detail.";
    GrantNotFound 404 26030 "grant_not_found" "This project has no such grant.";
    GrantExpired 401 26031 "grant_expired" "The consent has ended, as was asked for when it was given: the user has to connect again.";
    CredentialNotFound 404 26032 "credential_not_found" "This user has no such connected account.";
    SessionNotFound 404 26033 "session_not_found" "There is no such connect: press Connect again.";
    NotConnected 404 26034 "not_connected" "This user has not connected a Zoom account: call connect(\"zoom\") first.";
    ReconnectRequired 401 26035 "reconnect_required" "Zoom does not accept this connection any more: the user has to connect again.";
    NotFound 404 26036 "not_found" "There is nothing at this address: check method and path.";
    MethodNotAllowed 405 26037 "method_not_allowed" "This address does not take that method.";
    PayloadTooLarge 413 26038 "payload_too_large" "The body is too large for this address.";
    SendAgain 503 26039 "send_again" "Zoom refused the old token and a new one is in place now: send the request again.";
    ZoomRedirected 502 26040 "zoom_redirected" "Zoom answered with a redirect; redirects are not followed: see location.";
    ZoomUnreachable 502 26041 "zoom_unreachable" "Zoom could not be reached, or the connection broke; look before you repeat what may have been done.";
    ZoomTimeout 504 26042 "zoom_timeout" "Zoom did not answer in time; whether it did something is not known: look before you repeat.";
    StoreUnavailable 503 26043 "store_unavailable" "Our own storage did not answer: try again in a moment.";
    KeyUnknown 503 26044 "key_unknown" "MASTER_KEYS is missing or lacks a key that is in use: the operator has to add it.";
    AdminClosed 503 26045 "admin_closed" "ADMIN_SECRET is missing or shorter than 32 bytes: the operator has to set it.";
    AdminSecretInvalid 401 26046 "admin_secret_invalid" "The admin secret was refused: send Authorization: Bearer <ADMIN_SECRET>.";
    ClientSecretLast 409 26047 "client_secret_last" "This is the project's last client secret: create another one first.";
    Interrupted 503 26048 "interrupted" "The runtime restarted in the middle; whether the request was carried out is not known: look before you repeat it.";
    TooManyGrants 409 26049 "too_many_grants" "Too many users have connected this Zoom account: choose another one at Zoom, or disconnect some first.";
    WebhookSignatureInvalid 401 26050 "webhook_signature_invalid" "The webhook is not signed with this integration's secret token: see the detail; set the Secret Token of the Zoom app.";
    WebhookStale 401 26051 "webhook_stale" "The webhook's timestamp is more than 90 minutes old, or ahead of the clock: it may be a replay.";
    WebhookSecretMissing 503 26052 "webhook_secret_missing" "This integration has no secret token to check webhooks with: set the Secret Token of the Zoom app; Zoom sends the event again.";
    WebhookMalformed 400 26053 "webhook_malformed" "The webhook is signed, but is not what Zoom sends: see the detail.";
    TriggerUnknown 400 26054 "trigger_unknown" "There is no such trigger: GET /connect/triggers lists them.";
    SubscriptionNotFound 404 26055 "subscription_not_found" "This project has no such subscription.";
    TooManySubscriptions 409 26056 "too_many_subscriptions" "A project has 1,000 subscriptions at most: delete one first.";
    EventEndpointMissing 400 26057 "event_endpoint_missing" "The project has no event endpoint: name a url, or set the endpoint up first.";
    EventNotFound 404 26058 "event_not_found" "This project has no such event; events are kept for 30 days unless configured.";
    DeliveryNotFound 404 26059 "delivery_not_found" "This project has no such delivery; deliveries are kept for 30 days unless configured.";
    DeliveryNotReplayable 409 26060 "delivery_not_replayable" "This delivery cannot be made again: see the detail.";
    WorkflowNotFound 404 26061 "workflow_not_found" "There is no such workflow in this project, or it is not deployed.";
    WorkflowInvalid 400 26062 "workflow_invalid" "The workflow's definition does not hold together: see the detail.";
    WorkflowChanged 409 26063 "workflow_changed" "The workflow was changed meanwhile: read it again, then change it.";
    TooManyWorkflows 409 26064 "too_many_workflows" "A project has 500 workflows at most: delete one first.";
    WorkflowNotEnabled 409 26065 "workflow_not_enabled" "This workflow is not enabled for this user: enable it first.";
    SettingsMissing 409 26066 "settings_missing" "The workflow has settings that have to be filled in first: see the detail.";
    WorkflowSecretNotFound 404 26067 "workflow_secret_not_found" "This project has no workflow secret of that name.";
    RunNotFound 404 26068 "run_not_found" "This project has no such run; runs are kept for 30 days unless configured.";
    RunNotReplayable 409 26069 "run_not_replayable" "This run cannot be replayed: see the detail.";
    RunEnded 409 26070 "run_ended" "The run has come to its end already.";
    RunNotCompleted 542 26071 "run_not_completed" "Workflow has been enqueued but has not completed.";
    ValueMissing 422 26072 "value_missing" "A value that the step needs is not there: see the detail; give it a default with ?? where it may be missing.";
    ValueUnfit 422 26073 "value_unfit" "A value is not what the step takes: see the detail.";
    OutcomeUnknown 409 26074 "outcome_unknown" "The answer was lost, and what it made cannot be told apart: look at Zoom, then replay the run if need be.";
    LoopCut 409 26075 "loop_cut" "Runs started one another through what they made, more than five times over: the loop was cut here.";
    TooManySteps 409 26076 "too_many_steps" "The run has more steps than the engine takes: fan out over fewer items at a time.";
    OutputTooLarge 413 26077 "output_too_large" "What came back is larger than a step may keep: ask for less.";
    ZoomRefused 502 26078 "zoom_refused" "Zoom refused the call: see the detail.";
    ZoomRateLimited 429 26079 "zoom_rate_limited" "Zoom's limit for this account was reached: see the detail.";
    RequestRefused 502 26080 "request_refused" "The address answered with a failure: see the detail.";
    RequestUnreachable 502 26081 "request_unreachable" "The address could not be reached, or did not answer in time.";
    AddressRefused 400 26082 "address_refused" "This address is not called: see the detail.";
    RunStopped 409 26083 "run_stopped" "The run was stopped.";
    WorkflowGone 410 26084 "workflow_gone" "The workflow was deleted while the run was on its way.";
    OperatorSignedOut 401 26085 "operator_signed_out" "Nobody is signed in here, or no longer: sign in with the admin secret.";
    SignInThrottled 429 26086 "sign_in_throttled" "Too many wrong admin secrets were sent: wait as long as Retry-After says.";
    PortalNotFound 404 26087 "portal_not_found" "There is no such portal: open it again from the app.";
    PortalExpired 410 26088 "portal_expired" "This window is closed, or has been open for too long: open it again from the app.";
    PortalUnconfirmed 403 26089 "portal_unconfirmed" "Nobody has said yet that this window was meant to be opened: press the button of its question.";
    StepNotTestable 400 26092 "step_not_testable" "A step of this kind does nothing by itself that could be tried out: test an action, a Zoom request or a request.";
}

impl Code {
    /// The code of this text, as rows keep it; nothing where it is none of the table.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.text() == text)
    }

    /// The kind of failure, in the words of the server dialect.
    pub fn kind(self) -> &'static str {
        match self.status().as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            409 => "conflict_error",
            502 | 504 => "provider_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        }
    }
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

    /// Writes a problem to the log that becomes nobody's answer.
    pub fn report(&self, host: &impl Host) {
        if let Some(reason) = &self.reason {
            host.log(&json!({"level": "error", "code": self.code.text(), "reason": reason}));
        }
    }

    /// What the connection object could not do.
    pub fn unavailable(part: &str, reason: &str) -> Self {
        let code = if part == "seal_key" { Code::KeyUnknown } else { Code::StoreUnavailable };
        Self { code, detail: None, reason: Some(format!("{part}: {reason}")) }
    }

    /// The JSON body of the browser's dialect.
    pub fn body(&self) -> Value {
        json!({"message": self.message(), "code": self.code.text()})
    }
}

/// The code of this text, as a session's row keeps it.
pub fn code_of(text: &str) -> Code {
    Code::named(text).unwrap_or(Code::ExchangeInterrupted)
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, detail: None, reason: None }
    }
}

impl From<HostError> for Problem {
    fn from(error: HostError) -> Self {
        Self::unavailable(error.part, &error.reason)
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
            Refusal::GrantExpired => Code::GrantExpired.into(),
            Refusal::TooManyGrants => Code::TooManyGrants.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was published: a row here is never changed, and a new code takes the next number.
    const PUBLISHED: &[(u32, &str)] = &[
        (26001, "invalid_request"),
        (26002, "path_refused"),
        (26003, "state_unknown"),
        (26004, "state_missing"),
        (26005, "session_expired"),
        (26006, "session_used"),
        (26007, "browser_mismatch"),
        (26008, "consent_declined"),
        (26009, "account_mismatch"),
        (26010, "exchange_refused"),
        (26011, "exchange_interrupted"),
        (26012, "client_refused"),
        (26013, "account_unreadable"),
        (26014, "refresh_token_refused"),
        (26015, "login_not_found"),
        (26016, "login_expired"),
        (26017, "login_spent"),
        (26018, "user_token_missing"),
        (26019, "user_token_invalid"),
        (26020, "user_token_expired"),
        (26021, "origin_not_allowed"),
        (26022, "client_credentials_missing"),
        (26023, "client_credentials_invalid"),
        (26024, "project_not_found"),
        (26025, "integration_not_found"),
        (26026, "integration_exists"),
        (26027, "integration_deleting"),
        (26028, "provider_unknown"),
        (26029, "redirect_uri_refused"),
        (26030, "grant_not_found"),
        (26031, "grant_expired"),
        (26032, "credential_not_found"),
        (26033, "session_not_found"),
        (26034, "not_connected"),
        (26035, "reconnect_required"),
        (26036, "not_found"),
        (26037, "method_not_allowed"),
        (26038, "payload_too_large"),
        (26039, "send_again"),
        (26040, "zoom_redirected"),
        (26041, "zoom_unreachable"),
        (26042, "zoom_timeout"),
        (26043, "store_unavailable"),
        (26044, "key_unknown"),
        (26045, "admin_closed"),
        (26046, "admin_secret_invalid"),
        (26047, "client_secret_last"),
        (26048, "interrupted"),
        (26049, "too_many_grants"),
        (26050, "webhook_signature_invalid"),
        (26051, "webhook_stale"),
        (26052, "webhook_secret_missing"),
        (26053, "webhook_malformed"),
        (26054, "trigger_unknown"),
        (26055, "subscription_not_found"),
        (26056, "too_many_subscriptions"),
        (26057, "event_endpoint_missing"),
        (26058, "event_not_found"),
        (26059, "delivery_not_found"),
        (26060, "delivery_not_replayable"),
        (26061, "workflow_not_found"),
        (26062, "workflow_invalid"),
        (26063, "workflow_changed"),
        (26064, "too_many_workflows"),
        (26065, "workflow_not_enabled"),
        (26066, "settings_missing"),
        (26067, "workflow_secret_not_found"),
        (26068, "run_not_found"),
        (26069, "run_not_replayable"),
        (26070, "run_ended"),
        (26071, "run_not_completed"),
        (26072, "value_missing"),
        (26073, "value_unfit"),
        (26074, "outcome_unknown"),
        (26075, "loop_cut"),
        (26076, "too_many_steps"),
        (26077, "output_too_large"),
        (26078, "zoom_refused"),
        (26079, "zoom_rate_limited"),
        (26080, "request_refused"),
        (26081, "request_unreachable"),
        (26082, "address_refused"),
        (26083, "run_stopped"),
        (26084, "workflow_gone"),
        (26085, "operator_signed_out"),
        (26086, "sign_in_throttled"),
        (26087, "portal_not_found"),
        (26088, "portal_expired"),
        (26089, "portal_unconfirmed"),
        (26092, "step_not_testable"),
    ];

    #[test]
    fn a_published_number_belongs_to_its_code_for_ever() {
        let now: Vec<_> = Code::ALL.iter().map(|code| (code.event_code(), code.text())).collect();
        assert_eq!(now, PUBLISHED);
    }

    #[test]
    fn every_code_is_there_once_and_reads_back() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert_eq!(code_of(code.text()), *code);
            let others = &Code::ALL[..index];
            assert!(!others.iter().any(|other| other.text() == code.text()));
            assert!(!others.iter().any(|other| other.event_code() == code.event_code()));
        }
    }
}
