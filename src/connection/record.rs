//! What a connection object keeps, as one sealed record, and the pure decisions about it: who may have a token, when
//! to refresh, what a refresh or a consent changes.

use super::Refusal;
use crate::{
    oauth::{TokenError, TokenResponse},
    record::grant::{Grant, Status},
    secret::{AccessToken, RefreshToken, Text, digest},
    shape::{choice, shape},
    time::{MINUTE, SECOND, Timestamp},
};

/// A forced refresh at most this often, in milliseconds: a token refused right after a refresh is not refreshed again.
const FORCED_EVERY: i64 = MINUTE;
/// So many consents are remembered, for one that is told twice.
const JOINED: usize = 8;
/// A token is refreshed this long before it ends, at most, in milliseconds.
const LONGEST_MARGIN: i64 = 5 * MINUTE;

shape! {
    /// The whole state of a connection.
    #[derive(Debug, Default)]
    pub(super) struct Record {
        /// Rises with each new pair and when the pair goes.
        pub version: u64,
        pub pair: Option<Pair>,
        /// The digests of the access tokens that consents brought last.
        pub joined: Vec<String>,
        /// The grants that use the pair.
        pub members: Vec<Grant>,
        /// Why the pair cannot be refreshed any more, if so.
        pub dead: Option<Refusal>,
        /// A refresh was begun with this pair and is not settled: its answer may be lost.
        pub refreshing: Option<Begun>,
        pub forced_at: Option<Timestamp>,
        /// What the tables do not know yet, oldest first, numbered.
        pub outbox: Vec<(u64, Letter)>,
        /// The number of the letter written last.
        pub posted: u64,
        /// Tokens that the provider is to forget.
        pub revocations: Vec<Text>,
        /// How often the alarm tried the above in vain.
        pub vain: u32,
    }
}

shape! {
    /// A token pair. Serialized only into the sealed record.
    #[derive(Debug)]
    pub(super) struct Pair {
        access_token: Text,
        refresh_token: Text,
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

choice! {
    /// One effect on the tables, idempotent.
    #[derive(Debug, Clone)]
    pub(super) enum Letter {
        /// The grant is there.
        Put as "put" { grant: Box<Grant> },
        /// The grant is not there.
        Delete as "delete" { grant_id: String },
        /// The grant cannot be used until the user connects again.
        Invalid as "invalid" { grant_id: String },
    }
}

/// What to do about one who wants a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// The token in hand will do.
    Give,
    /// Get a new one first.
    Refresh,
    /// There is none.
    Refuse(Refusal),
}

impl Record {
    /// Decides about one who wants a token; `refused` is the version that the provider has refused.
    pub(super) fn plan(&self, grant_id: &str, refused: Option<u64>, now: Timestamp) -> Plan {
        if !self.has_member(grant_id) {
            return Plan::Refuse(Refusal::NotMember);
        }
        if let Some(refusal) = self.dead {
            return Plan::Refuse(refusal);
        }
        let Some(pair) = &self.pair else {
            return Plan::Refuse(Refusal::NotMember);
        };
        if !self.is_newer_than(refused) {
            // One that failed does not count: the pair is older than it.
            let recent = |at: Timestamp| {
                pair.obtained_at >= at && (0..FORCED_EVERY).contains(&now.since(at))
            };
            if self.forced_at.is_some_and(recent) {
                return Plan::Refuse(Refusal::RefusedAgain);
            }
            return Plan::Refresh;
        }
        if pair.is_due(now) { Plan::Refresh } else { Plan::Give }
    }

    /// Whether this grant uses the connection.
    pub(super) fn has_member(&self, grant_id: &str) -> bool {
        self.members.iter().any(|member| member.id == grant_id)
    }

    /// Whether the pair in hand is another than the one that the provider has refused.
    pub(super) fn is_newer_than(&self, refused: Option<u64>) -> bool {
        refused.is_none_or(|version| version < self.version)
    }

    /// Whether the token in hand still opens something: what one gets when a refresh fails for now.
    pub(super) fn has_live_token(&self, refused: Option<u64>, now: Timestamp) -> bool {
        self.is_newer_than(refused)
            && self.dead.is_none()
            && self.pair.as_ref().is_some_and(|pair| now < pair.expires_at)
    }

    /// A refresh of the pair of `version` begins; the refresh token to send. Nothing when there is another pair by now.
    pub(super) fn begin_refresh(
        &mut self,
        version: u64,
        forced: bool,
        now: Timestamp,
    ) -> Result<Option<RefreshToken>, Refusal> {
        if let Some(refusal) = self.dead {
            return Err(refusal);
        }
        let pair = self.pair.as_ref().ok_or(Refusal::NotMember)?;
        if version != self.version {
            return Ok(None);
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
    ) -> Result<(), Refusal> {
        if version != self.version {
            self.forget_overtaken(answer);
            return Ok(());
        }
        let begun = self.refreshing;
        match answer {
            Ok(response) => {
                let previous = self.pair.take();
                // When it was asked for: the answer may have waited for us in an earlier life.
                let obtained_at = begun.map_or(now, |begun| begun.at);
                self.pair = Some(Pair::new(response, previous, obtained_at));
                self.version += 1;
                self.refreshing = None;
                Ok(())
            }
            Err(TokenError::Refused(_)) => {
                self.refreshing = None;
                Err(self.die(if begun.is_some_and(|begun| begun.doubt) {
                    Refusal::RefreshAnswerLost
                } else {
                    Refusal::RefreshTokenRefused
                }))
            }
            // Nothing was done this time; what was in doubt before, still is.
            Err(TokenError::ClientRefused) => {
                self.refreshing = begun.filter(|begun| begun.doubt);
                Err(Refusal::ClientRefused)
            }
            // The provider may have rotated the token all the same: the doubt stays until an answer is clear.
            Err(TokenError::Unavailable(_) | TokenError::Malformed) => {
                Err(Refusal::ProviderUnreachable)
            }
        }
    }

    /// An answer that a consent or the last leaving has overtaken. A consent has killed this pair at the provider;
    /// after a leaving nobody else would have the provider forget it.
    fn forget_overtaken(&mut self, answer: Result<TokenResponse, TokenError>) {
        if let (Ok(response), None) = (answer, &self.pair) {
            self.revocations.push(Text::new(response.access_token.expose()));
        }
    }

    fn die(&mut self, refusal: Refusal) -> Refusal {
        self.dead = Some(refusal);
        let mut letters = Vec::new();
        for member in &mut self.members {
            member.status = Status::Invalid;
            letters.push(Letter::Invalid { grant_id: member.id.clone() });
        }
        self.post(letters);
        refusal
    }

    /// Whether the pair of this response has joined before: then it is the one in hand, or an older one.
    pub(super) fn knows(&self, response: &TokenResponse) -> bool {
        self.joined.contains(&digest(response.access_token.expose()))
    }

    /// A grant joins, with the pair of its consent unless another is the live one.
    pub(super) fn join(&mut self, grant: Grant, pair: Option<(TokenResponse, Timestamp)>) {
        if let Some((response, obtained_at)) = pair {
            self.joined.push(digest(response.access_token.expose()));
            let many = self.joined.len().saturating_sub(JOINED);
            self.joined.drain(..many);
            let previous = self.pair.take();
            self.pair = Some(Pair::new(response, previous, obtained_at));
            self.version += 1;
            self.dead = None;
            self.refreshing = None;
            self.forced_at = None;
            // A consent kills the earlier tokens of the same user by itself.
            self.revocations.clear();
        }
        if self.pair.is_none() {
            // Its own consent was overtaken, and the one that did so has left.
            self.dead = Some(Refusal::RefreshTokenRefused);
        }
        let usable = self.dead.is_none();
        self.members.retain(|member| member.id != grant.id);
        self.members.push(grant);
        let mut letters = Vec::new();
        for member in &mut self.members {
            member.status = if usable { Status::Valid } else { Status::Invalid };
            letters.push(Letter::Put { grant: Box::new(member.clone()) });
        }
        self.post(letters);
    }

    fn post(&mut self, letters: Vec<Letter>) {
        for letter in letters {
            self.posted += 1;
            self.outbox.push((self.posted, letter));
        }
    }

    /// A grant leaves; the last one takes the pair along.
    pub(super) fn leave(&mut self, grant_id: &str, now: Timestamp) {
        // Also of one that is not known here: a row that says otherwise came too late.
        self.post(vec![Letter::Delete { grant_id: grant_id.to_owned() }]);
        self.members.retain(|member| member.id != grant_id);
        if self.members.is_empty()
            && let Some(pair) = self.pair.take()
        {
            self.version += 1;
            self.refreshing = None;
            if self.dead.take().is_none() {
                self.revocations.push(pair.revocable(now));
            }
        }
    }

    /// Whether something is left for the alarm.
    pub(super) fn has_errands(&self) -> bool {
        !self.outbox.is_empty() || !self.revocations.is_empty()
    }

    /// How long the alarm waits before it tries again: 30 s, doubling, at most an hour.
    pub(super) fn patience(&self) -> i64 {
        (30 * SECOND).saturating_mul(1 << self.vain.min(7)).min(60 * MINUTE)
    }
}

impl Pair {
    fn new(response: TokenResponse, previous: Option<Self>, obtained_at: Timestamp) -> Self {
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

    fn is_due(&self, now: Timestamp) -> bool {
        now >= self.fresh_until()
    }

    /// The token by which the provider forgets the pair.
    fn revocable(self, now: Timestamp) -> Text {
        if now < self.expires_at { self.access_token } else { self.refresh_token }
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
