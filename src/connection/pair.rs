//! The token pair: its life, its refresh from beginning to end, and how long the provider is left alone after one that
//! failed. Pure; `refresh` does it.

use super::{
    Refusal,
    record::{Record, patience},
};
use crate::{
    oauth::{TokenError, TokenResponse},
    secret::{AccessToken, RefreshToken, Text, digest},
    shape::shape,
    time::{DAY, MINUTE, SECOND, Timestamp},
};

/// So many consents are remembered, for one that is told twice: those that one Zoom user gives while the session of an
/// earlier one is still being finished.
const JOINED: usize = 32;
/// A token is refreshed this long before it ends, at most, in milliseconds.
const LONGEST_MARGIN: i64 = 5 * MINUTE;
/// After a refresh that failed the provider is left alone for at most this long, in milliseconds.
const LONGEST_COOLDOWN: i64 = 30 * MINUTE;

shape! {
    /// A token pair. Serialized only into the sealed record.
    #[derive(Debug)]
    pub(super) struct Pair {
        pub access_token: Text,
        pub refresh_token: Text,
        pub obtained_at: Timestamp,
        pub expires_at: Timestamp,
        pub api_url: Option<String>,
    }
}

shape! {
    /// A refresh that was begun.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Begun {
        at: Timestamp,
        /// One before it was never answered clearly: the provider may have rotated the token already.
        doubt: bool,
    }
}

shape! {
    /// Refreshes failed, and the provider is left alone until a time.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Cooldown {
        failures: u32,
        until: Timestamp,
        refusal: Refusal,
        /// When the integration had last been changed, if our credentials were refused: a change ends the wait.
        settings: Option<Timestamp>,
    }
}

impl Record {
    /// Why no refresh is begun now, if so. `settings` is when the integration was last changed, as far as is known.
    pub(super) fn cooling(&self, now: Timestamp, settings: Option<Timestamp>) -> Option<Refusal> {
        let cooldown = self.cooldown?;
        let corrected = cooldown.refusal == Refusal::ClientRefused
            && settings.is_some_and(|changed| cooldown.settings != Some(changed));
        // A clock that was put back does not make it longer.
        let waits = (1..=LONGEST_COOLDOWN).contains(&cooldown.until.since(now));
        (waits && !corrected).then_some(cooldown.refusal)
    }

    /// A refresh of the pair of `version` begins; the refresh token to send. Nothing when there is another pair by now.
    pub(super) fn begin_refresh(
        &mut self,
        version: u64,
        forced: bool,
        now: Timestamp,
        settings: Option<Timestamp>,
    ) -> Result<Option<RefreshToken>, Refusal> {
        if let Some(refusal) = self.dead {
            return Err(refusal);
        }
        let pair = self.pair.as_ref().ok_or(Refusal::NotMember)?;
        if version != self.version {
            return Ok(None);
        }
        if let Some(refusal) = self.cooling(now, settings) {
            return Err(refusal);
        }
        let doubt = self.refreshing.is_some();
        self.refreshing = Some(Begun { at: now, doubt });
        if forced {
            self.forced_at = Some(now);
        }
        Ok(Some(pair.refresh_token()))
    }

    /// Takes the answer to the refresh of the pair of `version` in.
    pub(super) fn settle_refresh(
        &mut self,
        version: u64,
        answer: Result<TokenResponse, TokenError>,
        now: Timestamp,
        settings: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        if version != self.version {
            self.forget_overtaken(answer);
            return Ok(());
        }
        let begun = self.refreshing;
        match answer {
            Ok(response) => {
                // When it was asked for: the answer may have waited for us in an earlier life.
                let obtained_at = begun.map_or(now, |begun| begun.at);
                self.replace_pair(response, obtained_at);
                Ok(())
            }
            Err(TokenError::Refused(_)) => {
                self.refreshing = None;
                let lost = begun.is_some_and(|begun| begun.doubt);
                let refusal =
                    if lost { Refusal::RefreshAnswerLost } else { Refusal::RefreshTokenRefused };
                self.die(refusal, now);
                Err(refusal)
            }
            // Nothing was done this time; what was in doubt before, still is.
            Err(TokenError::ClientRefused) => {
                self.refreshing = begun.filter(|begun| begun.doubt);
                Err(self.cool_down(Refusal::ClientRefused, now, settings))
            }
            // The provider may have rotated the token all the same: the doubt stays until an answer is clear.
            Err(TokenError::Unavailable(_) | TokenError::Malformed) => {
                Err(self.cool_down(Refusal::ProviderUnreachable, now, None))
            }
        }
    }

    /// No answer came to the refresh of the pair of `version`.
    pub(super) fn refresh_unanswered(
        &mut self,
        version: u64,
        refusal: Refusal,
        now: Timestamp,
    ) -> Refusal {
        if version == self.version { self.cool_down(refusal, now, None) } else { refusal }
    }

    fn cool_down(
        &mut self,
        refusal: Refusal,
        now: Timestamp,
        settings: Option<Timestamp>,
    ) -> Refusal {
        let before = self.cooldown.map_or(0, |cooldown| cooldown.failures);
        let until = now.plus(patience(before).min(LONGEST_COOLDOWN));
        let failures = before.saturating_add(1);
        self.cooldown = Some(Cooldown { failures, until, refusal, settings });
        refusal
    }

    /// An answer that a consent or the last leaving has overtaken. A consent has killed this pair at the provider;
    /// after a leaving nobody else would have the provider forget it.
    fn forget_overtaken(&mut self, answer: Result<TokenResponse, TokenError>) {
        if let (Ok(response), None) = (answer, &self.pair) {
            self.owe(Text::new(response.access_token.expose()));
        }
    }

    /// Whether the pair of this response has come before: then it is the one in hand, or an older one.
    pub(super) fn knows(&self, response: &TokenResponse) -> bool {
        self.joined.contains(&digest(response.access_token.expose()))
    }

    /// Remembers that the pair of this response has come.
    pub(super) fn remember(&mut self, response: &TokenResponse) {
        self.joined.push(digest(response.access_token.expose()));
        let many = self.joined.len().saturating_sub(JOINED);
        self.joined.drain(..many);
    }

    /// Another pair takes the place of the one in hand.
    pub(super) fn replace_pair(&mut self, response: TokenResponse, obtained_at: Timestamp) {
        self.pair = Some(Pair::new(response, self.pair.take(), obtained_at));
        self.version += 1;
        self.refreshing = None;
        self.cooldown = None;
    }

    /// The pair goes, and the provider is to forget it unless it has done so already.
    pub(super) fn drop_pair(&mut self, now: Timestamp) {
        let Some(pair) = self.pair.take() else { return };
        self.version += 1;
        self.refreshing = None;
        self.cooldown = None;
        if self.dead.take().is_none() {
            self.owe(pair.revocable(now));
        }
    }

    /// When the pair is refreshed although nobody asks for a token: after `idle` milliseconds, a tenth more or less, so
    /// that connections that were made at once do not come at once.
    pub(super) fn keep_alive_at(&self, idle: i64) -> Option<Timestamp> {
        let pair = self.pair.as_ref().filter(|_| self.dead.is_none())?;
        let name = &self.members.first()?.provider_user_id;
        let digest = digest(&format!("keep-alive/{name}/{}", self.version));
        let part = digest.get(..4).and_then(|part| i64::from_str_radix(part, 16).ok())?;
        let about = |time: i64| time / 10 * 9 + time / 5 / 0xffff * part;
        let due = pair.obtained_at.plus(about(idle));
        // Nobody waits for it: after failures it is tried ever more seldom, once a day at last.
        let later = |cooldown: Cooldown| {
            let wait = (30 * SECOND).saturating_mul(1 << cooldown.failures.min(12)).min(DAY);
            due.max(cooldown.until.plus(about(wait)))
        };
        Some(self.cooldown.map_or(due, later))
    }
}

impl Pair {
    pub(super) fn new(
        response: TokenResponse,
        previous: Option<Self>,
        obtained_at: Timestamp,
    ) -> Self {
        let kept = previous.map(|pair| pair.refresh_token);
        let refresh_token = response.refresh_token.map(|token| Text::new(token.expose()));
        Self {
            access_token: Text::new(response.access_token.expose()),
            refresh_token: refresh_token.or(kept).unwrap_or(Text::new("")),
            obtained_at,
            expires_at: obtained_at.plus(i64::from(response.expires_in).saturating_mul(SECOND)),
            api_url: response.api_url,
        }
    }

    pub(super) fn access_token(&self) -> AccessToken {
        AccessToken::new(self.access_token.expose())
    }

    pub(super) fn refresh_token(&self) -> RefreshToken {
        RefreshToken::new(self.refresh_token.expose())
    }

    /// Until when copies of the token may be used: its end less the margin.
    pub(super) fn fresh_until(&self) -> Timestamp {
        let margin = (self.expires_at.since(self.obtained_at) / 4).clamp(0, LONGEST_MARGIN);
        self.expires_at.plus(-margin)
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        now >= self.fresh_until()
    }

    /// The token by which the provider forgets the pair: one that lives, since a dead one may not be known to it.
    pub(super) fn revocable(self, now: Timestamp) -> Text {
        if now < self.expires_at { self.access_token } else { self.refresh_token }
    }
}

/// So many days, in milliseconds.
pub(super) const fn days(days: i64) -> i64 {
    days.saturating_mul(DAY)
}
