//! What a connection object keeps, as one sealed record, and who may have a token out of it. How a pair changes is in
//! `pair`, how the grants do in `members`, when the alarm is due in `wake`.

use super::{
    Refusal,
    letter::Letter,
    own_event::OwnEvent,
    pair::{Begun, Cooldown, Pair},
};
use crate::{
    record::grant::Grant,
    secret::Text,
    shape::shape,
    time::{MINUTE, SECOND, Timestamp},
};

/// A forced refresh at most this often, in milliseconds: a token refused right after a refresh is not refreshed again.
const FORCED_EVERY: i64 = MINUTE;

shape! {
    /// The whole state of a connection. What was added later is optional: older records are read.
    #[derive(Debug, Default)]
    pub(super) struct Record {
        /// Rises with each new pair and when the pair goes.
        pub version: u64,
        pub pair: Option<Pair>,
        /// The digests of the access tokens that consents brought last.
        pub joined: Vec<String>,
        /// The grants that use the pair, also those whose consent has ended by itself; each as [`Grant::kept`].
        pub members: Vec<Grant>,
        /// Why the pair cannot be refreshed any more, if so.
        pub dead: Option<Refusal>,
        /// A refresh was begun with this pair and is not settled: its answer may be lost.
        pub refreshing: Option<Begun>,
        pub forced_at: Option<Timestamp>,
        /// The last refresh failed, and the provider is left alone for a while.
        pub cooldown: Option<Cooldown>,
        /// What the tables do not know yet, oldest first, numbered.
        pub outbox: Vec<(u64, Letter)>,
        /// The number of the letter written last.
        pub posted: u64,
        /// Tokens that the provider is to forget.
        pub revocations: Vec<Text>,
        /// How often the alarm tried letters and revocations in vain.
        pub vain: u32,
        /// When the alarm tries them again; something while there are some.
        pub retry_at: Option<Timestamp>,
        /// Since when something of these is left, without a break.
        pub owes_since: Option<Timestamp>,
        /// What the tables know of that.
        pub told_owing: Option<Timestamp>,
        /// What the project's endpoint has still to be told, oldest first.
        pub events: Option<Vec<OwnEvent>>,
        /// Who has joined, and when: what is to start by that has not started yet.
        pub newcomers: Option<Vec<(String, Timestamp)>>,
        /// The key of which the tables know that it seals all that is here; empty while it may be several.
        pub registered: Option<String>,
        /// The last consent that brought a pair.
        pub consented_at: Option<Timestamp>,
        /// When the user removed the app last, as far as a consent did not stand against it.
        pub removed_at: Option<Timestamp>,
        /// The integration goes: since when the connection is to be forgotten.
        pub erasing: Option<Timestamp>,
        /// When the alarm rings, or rang last, as far as is known; it may ring earlier.
        pub armed: Option<Timestamp>,
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
        let Some(member) = self.member(grant_id) else {
            return Plan::Refuse(Refusal::NotMember);
        };
        if member.has_ended(now) {
            return Plan::Refuse(Refusal::GrantExpired);
        }
        if let Some(refusal) = self.dead {
            return Plan::Refuse(refusal);
        }
        let Some(pair) = &self.pair else {
            return Plan::Refuse(Refusal::NotMember);
        };
        if self.is_newer_than(refused) && !pair.is_due(now) {
            return Plan::Give;
        }
        // One that failed does not count: the pair is older than it.
        let recent =
            |at: Timestamp| pair.obtained_at >= at && (0..FORCED_EVERY).contains(&now.since(at));
        if !self.is_newer_than(refused) && self.forced_at.is_some_and(recent) {
            return Plan::Refuse(Refusal::RefusedAgain);
        }
        match self.cooling(now, None) {
            Some(_) if self.has_live_token(refused, now) => Plan::Give,
            // Whoever begins a refresh sees whether the integration was corrected meanwhile.
            None | Some(Refusal::ClientRefused) => Plan::Refresh,
            Some(refusal) => Plan::Refuse(refusal),
        }
    }

    /// One grant that uses the connection.
    pub(super) fn member(&self, grant_id: &str) -> Option<&Grant> {
        self.members.iter().find(|member| member.id == grant_id)
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

    /// Something is sealed with this key from now on; whether the tables have to be told. Texts of events may be under
    /// the one before until all of them are sealed anew, and the one before may come back: then it is this one of which
    /// nobody else knows.
    pub(super) fn seal_with(&mut self, first: &str) -> bool {
        match self.registered.as_deref() {
            None => self.register(first),
            Some(known) if known == first || known.is_empty() => return false,
            Some(_) => self.register(""),
        }
        true
    }

    /// The tables shall know that this key seals all that is here.
    pub(super) fn register(&mut self, key_id: &str) {
        self.registered = Some(key_id.to_owned());
        self.post(Letter::Register { key_id: key_id.to_owned() });
    }

    /// Whether the user has removed the app since this pair came: the provider has killed it.
    pub(super) fn is_removed(&self, obtained_at: Timestamp) -> bool {
        self.removed_at.is_some_and(|at| obtained_at < at)
    }

    pub(super) fn post(&mut self, letter: Letter) {
        self.posted += 1;
        self.outbox.push((self.posted, letter));
    }

    /// One more token that the provider is to forget.
    pub(super) fn owe(&mut self, token: Text) {
        self.revocations.push(token);
        // It has its own time, whatever was tried in vain before it.
        self.vain = 0;
        self.retry_at = None;
    }

    /// Whether letters or revocations are left.
    pub(super) fn owes(&self) -> bool {
        !self.outbox.is_empty() || !self.revocations.is_empty()
    }

    /// Whether there is something to do about that: also where the tables believe that some are left.
    pub(super) fn has_errands(&self) -> bool {
        self.owes() || self.told_owing.is_some()
    }

    /// Whether somebody has still to hear of what happened: then the connection cannot be forgotten. Events end by
    /// themselves, a day and some hours after they began.
    pub(super) fn is_owing(&self) -> bool {
        self.owes() || self.events.iter().flatten().next().is_some()
    }

    /// How long the alarm waits before it tries errands again.
    pub(super) fn patience(&self) -> i64 {
        patience(self.vain)
    }
}

/// How long to wait after so many failures: 30 s, doubling, at most an hour, in milliseconds.
pub(super) fn patience(failures: u32) -> i64 {
    (30 * SECOND).saturating_mul(1 << failures.min(7)).min(60 * MINUTE)
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
