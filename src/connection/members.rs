//! The grants that use a connection: how they come, change, end and go, and what that means for the pair, the tables
//! and those who are told. Pure.

use super::{
    Actor, Change, Refusal,
    letter::{Letter, Note},
    pair::Pair,
    record::Record,
};
use crate::{
    oauth::TokenResponse,
    record::grant::{Grant, Status},
    secret::digest,
    shape::Given,
    time::Timestamp,
};

/// Who acts when nobody asked.
const CONNECTION: &str = "connection";
/// So many grants use one connection at most: its record has a size.
const MEMBERS: usize = 500;

impl Record {
    /// Why a grant cannot join, if so; `left` says that it has been here before, or it would not ask.
    pub(super) fn refuses(&self, grant_id: &str, left: bool) -> Option<Refusal> {
        if self.member(grant_id).is_some() {
            return None;
        }
        let full = self.members.len() >= MEMBERS;
        left.then_some(Refusal::NotMember).or(full.then_some(Refusal::TooManyGrants))
    }

    /// A grant joins, with the pair of its consent unless another is the live one. `told` says that this very consent
    /// has joined before.
    pub(super) fn join(
        &mut self,
        grant: Grant,
        pair: Option<(TokenResponse, Timestamp)>,
        told: bool,
        by: &Actor,
        now: Timestamp,
    ) {
        if let Some((response, obtained_at)) = pair {
            self.take_over(response, obtained_at);
        }
        if self.pair.is_none() && !told {
            // Its own consent was overtaken, and the one that did so has left.
            self.dead = Some(Refusal::RefreshTokenRefused);
        }
        if self.erasing.take().is_some() {
            // The tables may have been told already that it is gone.
            self.registered = None;
        }
        let index = self.members.iter().position(|member| member.id == grant.id);
        // An older one may be told after a newer one.
        let later = |known: &Grant| told || known.connected_at > grant.connected_at;
        let told = self.member(&grant.id).is_some_and(later);
        let known = index.filter(|_| !told).map(|index| self.members.remove(index));
        self.revive(now);
        if !told {
            self.take_in_member(grant, known, by, now);
        } else if let Some(known) = self.member(&grant.id).cloned() {
            self.put(&known, None, None);
        }
        // A consent may have ended while it was on the way.
        self.expire(now);
    }

    fn take_in_member(
        &mut self,
        mut grant: Grant,
        known: Option<Grant>,
        by: &Actor,
        now: Timestamp,
    ) {
        let kind = if known.is_some() { "grant.updated" } else { "grant.created" };
        grant.created_at = known.as_ref().map_or(grant.created_at, |known| known.created_at);
        // One that has ended already ends a moment later, as all do.
        grant.status = if self.dead.is_none() { Status::Valid } else { Status::Invalid };
        let note = Some(Note::new(kind, by, now));
        self.post(Letter::Put { grant: Box::new(grant.clone()), note });
        self.tell(kind, &grant, None, now);
        if known.is_none() {
            self.newcomers.get_or_insert_default().push((grant.id.clone(), now));
        }
        let mut member = grant.kept();
        member.metadata = member.metadata.or(known.and_then(|known| known.metadata));
        self.members.push(member);
    }

    /// The row of a member; what only the tables keep stays there, but for the `metadata` that is new.
    fn put(&mut self, member: &Grant, metadata: Option<String>, note: Option<Note>) {
        let grant = Box::new(Grant { metadata, ..member.clone() });
        self.post(Letter::Put { grant, note });
    }

    /// A pair came that no grant of ours asked for: those who use the connection take it if it is the live one;
    /// if nobody does, the provider shall forget it. Nothing when it has come before.
    pub(super) fn offer(
        &mut self,
        response: TokenResponse,
        obtained_at: Timestamp,
        alive: bool,
        now: Timestamp,
    ) {
        if self.knows(&response) {
            return;
        }
        self.remember(&response);
        if self.is_removed(obtained_at) {
            return;
        }
        if !self.is_wanted(now) {
            let pair = Pair::new(response, None, obtained_at);
            self.owe(pair.revocable(now));
        } else if alive {
            self.take_over(response, obtained_at);
            self.revive(now);
        }
    }

    /// A new pair by a consent: it kills the earlier tokens of the same user by itself.
    fn take_over(&mut self, response: TokenResponse, obtained_at: Timestamp) {
        self.consented_at = self.consented_at.max(Some(obtained_at));
        self.replace_pair(response, obtained_at);
        self.dead = None;
        self.forced_at = None;
        self.revocations.clear();
    }

    fn status_of(&self, grant: &Grant, now: Timestamp) -> Status {
        let usable = self.dead.is_none() && !grant.has_ended(now);
        if usable { Status::Valid } else { Status::Invalid }
    }

    /// With a live pair, every grant can be used again whose consent has not ended.
    fn revive(&mut self, now: Timestamp) {
        let mut members = std::mem::take(&mut self.members);
        for member in &mut members {
            let status = self.status_of(member, now);
            if member.status != status && status == Status::Valid {
                member.status = status;
                self.changed(member, None, &Actor::here(CONNECTION), now);
            }
        }
        self.members = members;
    }

    fn changed(
        &mut self,
        member: &mut Grant,
        metadata: Option<String>,
        by: &Actor,
        now: Timestamp,
    ) {
        member.updated_at = now;
        self.put(member, metadata, Some(Note::new("grant.updated", by, now)));
        self.tell("grant.updated", member, None, now);
    }

    /// Something about a grant is different from now on.
    pub(super) fn amend(
        &mut self,
        grant_id: &str,
        change: Change,
        by: &Actor,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let index = self.members.iter().position(|member| member.id == grant_id);
        let index = index.ok_or(Refusal::NotMember)?;
        let mut member = self.members.remove(index);
        let before = member.clone();
        // What has ended is brought back by a consent only.
        let refused = member.has_ended(now) && !matches!(change.expires_at, Given::Nothing);
        let metadata = change.metadata.clone();
        if !refused {
            apply(&mut member, change);
        }
        if member != before {
            self.changed(&mut member, metadata, by, now);
        }
        self.members.insert(index, member);
        if refused { Err(Refusal::GrantExpired) } else { Ok(()) }
    }

    /// A grant leaves; the last one takes the pair along.
    pub(super) fn leave(&mut self, grant_id: &str, by: &Actor, now: Timestamp) {
        // Also of one that is not known here: a row that says otherwise came too late.
        let note = Some(Note::new("grant.deleted", by, now));
        self.post(Letter::Delete { grant_id: grant_id.to_owned(), note });
        if let Some(index) = self.members.iter().position(|member| member.id == grant_id) {
            let member = Grant { status: Status::Invalid, ..self.members.remove(index) };
            self.tell("grant.deleted", &member, None, now);
            self.newcomers.iter_mut().for_each(|joined| joined.retain(|(id, _)| id != grant_id));
        }
        self.drop_unwanted(now);
    }

    /// Every grant leaves, and the connection is to be forgotten.
    pub(super) fn erase(&mut self, by: &Actor, now: Timestamp) {
        let ids: Vec<_> = self.members.iter().map(|member| member.id.clone()).collect();
        for id in ids {
            self.leave(&id, by, now);
        }
        self.drop_unwanted(now);
        self.post(Letter::EraseEvents {});
        self.erasing = Some(now);
    }

    /// When the next consent ends by itself, of those that can be used.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        let usable = self.members.iter().filter(|member| member.status == Status::Valid);
        usable.filter_map(|member| member.expires_at).min()
    }

    /// The consents that have ended are over; without others the pair goes.
    pub(super) fn expire(&mut self, now: Timestamp) {
        let ended = |member: &Grant| member.status == Status::Valid && member.has_ended(now);
        self.invalidate(ended, "grant.expired", (Refusal::GrantExpired, None), now);
        self.drop_unwanted(now);
    }

    /// The provider does not accept the pair any more.
    pub(super) fn die(&mut self, refusal: Refusal, now: Timestamp) {
        self.dead = Some(refusal);
        self.cooldown = None;
        let age = self.pair.as_ref().map(|pair| now.since(pair.obtained_at));
        let usable = |member: &Grant| member.status == Status::Valid;
        self.invalidate(usable, "grant.invalid", (refusal, age), now);
    }

    fn invalidate(
        &mut self,
        which: impl Fn(&Grant) -> bool,
        kind: &str,
        reason: (Refusal, Option<i64>),
        now: Timestamp,
    ) {
        let mut members = std::mem::take(&mut self.members);
        for member in members.iter_mut().filter(|member| which(member)) {
            member.status = Status::Invalid;
            member.updated_at = now;
            let note = Some(Note::new(kind, &Actor::here(CONNECTION), now));
            let grant_id = member.id.clone();
            self.post(Letter::Invalid { grant_id, note, age: reason.1 });
            self.tell(kind, member, Some(reason), now);
        }
        self.members = members;
    }

    /// Whether a grant has a use for the pair, or would have if it lived.
    fn is_wanted(&self, now: Timestamp) -> bool {
        self.members.iter().any(|member| !member.has_ended(now))
    }

    fn drop_unwanted(&mut self, now: Timestamp) {
        if !self.is_wanted(now) {
            self.drop_pair(now);
        }
    }
}

fn apply(member: &mut Grant, change: Change) {
    if let Some(metadata) = change.metadata {
        member.metadata = Some(digest(&metadata));
    }
    match change.expires_at {
        Given::Nothing => {}
        Given::Null => member.expires_at = None,
        Given::Value(at) => member.expires_at = Some(at),
    }
    if let Some(account) = change.account.filter(|new| new.id == member.provider_user_id) {
        member.account_id = account.account_id;
        member.email = account.email;
        member.display_name = account.display_name;
    }
}
