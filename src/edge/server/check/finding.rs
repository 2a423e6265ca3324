//! What an integration's check finds: pure. What was asked and read is `check`'s; what Zoom's answers mean
//! `zoom::check`'s; about scopes `scope_finding`'s. Every message says what to do next, by the names of Zoom's app pages.

use crate::{
    record::{integration::Integration, integration_use::Consents},
    shape::{shape, words},
    time::{DAY, Timestamp},
    zoom::check::{Consent, Credentials},
};

/// Zoom asks every 72 hours whether a webhook's address is still ours; one missed time is no reason to worry.
const ASKED_AGAIN: i64 = 7 * DAY;
const CREDENTIALS: &str = "Basic Information → App Credentials of your Zoom app";
const REDIRECT: &str =
    "Basic Information → OAuth Redirect URL of your Zoom app, and under OAuth Allow Lists below it";
const TOKEN: &str = "Features → Access → Secret Token of your Zoom app";
const EVENTS: &str = "Features → Access → Event Subscription of your Zoom app";

words! {
    /// What is checked.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in super::super::super) enum CheckName {
        /// Client ID and Client Secret.
        Credentials = "credentials",
        /// Where Zoom sends people back to.
        RedirectUrl = "redirect_url",
        /// What Zoom allows.
        Scopes = "scopes",
        /// Where Zoom sends its events.
        Webhook = "webhook",
    }
}

words! {
    /// What was found.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in super::super::super) enum CheckStatus {
        /// It is right.
        Ok = "ok",
        /// It is wrong.
        Wrong = "wrong",
        /// It cannot be told from here.
        Unknown = "unknown",
    }
}

shape! {
    /// What one check found.
    #[derive(Debug, PartialEq)]
    pub(in super::super::super) struct Finding {
        /// What was checked.
        pub check: CheckName,
        /// What was found.
        pub status: CheckStatus,
        /// The same for people, and what to do.
        pub message: String,
        /// Of scopes: those that are missing.
        pub scopes: Option<Vec<String>>,
    }
}

/// What Zoom said, or why it said nothing.
pub(super) type Said<T> = Result<T, String>;

pub(super) fn finding(
    check: CheckName,
    status: CheckStatus,
    message: impl Into<String>,
) -> Finding {
    Finding { check, status, message: message.into(), scopes: None }
}

fn silent(check: CheckName, why: &str) -> Finding {
    let message = format!("Zoom could not be asked: {why}. Check again in a moment.");
    finding(check, CheckStatus::Unknown, message)
}

/// Client ID and Client Secret.
pub(super) fn credentials(tokens: &Said<Credentials>, consent: &Said<Consent>) -> Finding {
    let found = |status, message: String| finding(CheckName::Credentials, status, message);
    if *consent == Ok(Consent::ClientUnknown) {
        let message = format!(
            "Zoom knows no app with this Client ID: copy it again from {CREDENTIALS}. Development and production have \
             one each."
        );
        return found(CheckStatus::Wrong, message);
    }
    match tokens {
        Ok(Credentials::Accepted | Credentials::RedirectRefused) => {
            found(CheckStatus::Ok, "Zoom accepts the Client ID and the Client Secret.".to_owned())
        }
        Ok(Credentials::Refused) => {
            let message = format!(
                "Zoom refuses the Client ID or the Client Secret: copy both again from {CREDENTIALS}. The pair for \
                 development and the one for production do not mix."
            );
            found(CheckStatus::Wrong, message)
        }
        Ok(Credentials::Unclear(status)) => {
            silent(CheckName::Credentials, &format!("it answered {status}"))
        }
        Err(why) => silent(CheckName::Credentials, why),
    }
}

/// Where Zoom sends people back to; `consents` says when that last worked.
pub(super) fn redirect_url(
    tokens: &Said<Credentials>,
    consent: &Said<Consent>,
    url: &str,
    consents: Consents,
) -> Finding {
    let found = |status, message: String| finding(CheckName::RedirectUrl, status, message);
    let refused = *tokens == Ok(Credentials::RedirectRefused);
    if refused || *consent == Ok(Consent::RedirectRefused) {
        let message = format!(
            "Zoom does not know the Redirect URL: put {url}, to the letter, under {REDIRECT}."
        );
        return found(CheckStatus::Wrong, message);
    }
    if let Some(at) = consents.here {
        let message = format!("Zoom sent somebody back to {url} on {}.", day(at));
        return found(CheckStatus::Ok, message);
    }
    match consent {
        Ok(Consent::ClientUnknown) => {
            let message = "Zoom can be asked once it knows the Client ID.";
            found(CheckStatus::Unknown, message.to_owned())
        }
        Ok(_) => {
            let before = consents.any.map(|at| {
                format!(
                    "Somebody connected on {}, but it is not known any more by which Redirect URL. ",
                    day(at)
                )
            });
            let message = format!(
                "{}Zoom tells only somebody who is signed in there. See that {url} stands, to the letter, under \
                 {REDIRECT}; then connect an account: if it is wrong, Zoom shows “Invalid redirect (4,700)”.",
                before.unwrap_or_default()
            );
            found(CheckStatus::Unknown, message)
        }
        Err(why) => silent(CheckName::RedirectUrl, why),
    }
}

/// Where Zoom sends its events.
pub(super) fn webhook(integration: &Integration, url: &str, now: Timestamp) -> Finding {
    let found = |status, message: String| finding(CheckName::Webhook, status, message);
    if integration.webhook_secret_sealed.is_none() {
        let message = format!(
            "No Secret Token is set, so nothing that Zoom sends can be believed: copy it from {TOKEN} into the \
             integration, then press Validate at Zoom."
        );
        return found(CheckStatus::Wrong, message);
    }
    let how = format!(
        "put {url} under {EVENTS} as the Event notification endpoint URL, and press Validate there"
    );
    let Some(at) = integration.webhook_validated_at else {
        return found(
            CheckStatus::Wrong,
            format!("Zoom has never validated the Webhook URL: {how}."),
        );
    };
    if integration.webhook_secret_changed_at.is_some_and(|changed| at < changed) {
        let message = format!(
            "Zoom has not validated the Webhook URL since the Secret Token was changed: {how}."
        );
        return found(CheckStatus::Wrong, message);
    }
    if now.since(at) > ASKED_AGAIN {
        let message = format!(
            "Zoom validated the Webhook URL last on {}, although it does so every 72 hours as long as it sends events: \
             {how}.",
            day(at)
        );
        return found(CheckStatus::Unknown, message);
    }
    found(CheckStatus::Ok, format!("Zoom validated the Webhook URL on {}.", day(at)))
}

fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}
