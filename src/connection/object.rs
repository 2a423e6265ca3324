//! The connection object: answers questions as they come, in any number at once. Changes of its record go one after
//! the other and never wait for the network; the network is waited for between them.

use std::{
    cell::{Cell as StdCell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use futures_util::lock::Mutex;

use super::{
    Answer, Question, Refusal, joining_record,
    record::{Plan, Record},
    refresh::Flight,
};
use crate::{
    host::{Body, Cell, HostError},
    oauth::{TokenResponse, read_token_response},
    record::{
        copy::{self, GrantCopy, Owner},
        grant::Grant,
    },
    secret::Text,
    shape::shape,
    time::{MINUTE, SECOND, Timestamp},
    zoom,
};

/// The record's key in the object's storage.
const RECORD: &str = "record";

/// A connection object at work.
pub struct Connection<C: Cell>(pub(super) Rc<Inner<C>>);

pub(super) struct Inner<C> {
    pub cell: Rc<C>,
    /// Held while the record is read, changed and written.
    turn: Mutex<()>,
    /// Held while the outbox is brought to the tables.
    pub round: Mutex<()>,
    /// The refresh that all who want one share.
    pub flight: RefCell<Option<Flight>>,
    /// When a refresh last failed in this life.
    failed_at: StdCell<Option<Timestamp>>,
    /// Which version of the token the copy of each grant has, and since when: a crowd needs one copy, not a hundred.
    copied: RefCell<HashMap<String, (u64, Timestamp)>>,
}

/// After a refresh that failed, a token that still lives is given this long before it is tried again, in milliseconds.
const REST: i64 = 30 * SECOND;
/// A copy of the same token is saved again at most this often, in milliseconds.
const COPY_EVERY: i64 = MINUTE;

impl<C: Cell> Connection<C> {
    /// The object of this cell. What it knows is in the cell's storage.
    pub fn new(cell: Rc<C>) -> Self {
        Self(Rc::new(Inner {
            cell,
            turn: Mutex::new(()),
            round: Mutex::new(()),
            flight: RefCell::new(None),
            failed_at: StdCell::new(None),
            copied: RefCell::default(),
        }))
    }

    /// Answers one question.
    pub async fn answer(&self, question: Question) -> Answer {
        let answer = match question {
            Question::Join { grant, tokens, obtained_at, by: _ } => {
                self.0.join(*grant, &tokens, obtained_at).await
            }
            Question::Token { grant_id, refused } => self.0.token(&grant_id, refused).await,
            Question::Leave { grant_id, by: _ } => self.0.leave(&grant_id).await,
            Question::Offer { .. }
            | Question::Amend { .. }
            | Question::Reseal {}
            | Question::Erase { .. } => Err(HostError::new("connection", "not yet")),
        };
        answer.unwrap_or_else(|error| Answer::Unavailable {
            part: error.part.to_owned(),
            reason: error.reason,
        })
    }

    /// Does what was left to do. Arms itself again before it works, and never fails.
    pub async fn alarm(&self) {
        let done = self.0.errands().await;
        if let Err(error) = done {
            let reason = error.to_string();
            self.0
                .cell
                .log(&serde_json::json!({"level": "error", "what": "alarm", "reason": reason}));
        }
    }
}

impl<C: Cell> Inner<C> {
    async fn token(
        self: &Rc<Self>,
        grant_id: &str,
        refused: Option<u64>,
    ) -> Result<Answer, HostError> {
        self.settle().await?;
        let mut record = self.load().await?;
        // The flight that one boards may have begun for an older pair than the one that was refused here.
        for _ in 0..2 {
            let now = self.cell.now();
            match record.plan(grant_id, refused, now) {
                Plan::Give => break,
                Plan::Refuse(refusal) => return Ok(Answer::Refused { refusal }),
                Plan::Refresh if self.rests(now) && record.has_live_token(refused, now) => break,
                Plan::Refresh => {}
            }
            let version = record.version;
            let landed = self.refreshed(version, refused.is_some()).await;
            self.failed_at.set((!matches!(landed, Ok(Ok(())))).then_some(now));
            record = self.load().await?;
            let live = record.has_live_token(refused, self.cell.now());
            match landed {
                Err(error) if !live => return Err(error),
                Ok(Err(refusal)) if !live => return Ok(Answer::Refused { refusal }),
                Ok(Ok(())) if record.version == version || !record.is_newer_than(refused) => {}
                _ => break,
            }
        }
        self.give(&record, grant_id).await
    }

    /// Whether a refresh has failed just now.
    fn rests(&self, now: Timestamp) -> bool {
        self.failed_at.get().is_some_and(|at| (0..REST).contains(&now.since(at)))
    }

    async fn give(&self, record: &Record, grant_id: &str) -> Result<Answer, HostError> {
        let member = record.members.iter().find(|member| member.id == grant_id);
        let (Some(member), Some(pair)) = (member, &record.pair) else {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        };
        let copy = GrantCopy {
            owner: owner(member),
            access_token: pair.access_token(),
            version: record.version,
            expires_at: pair.fresh_until(),
            api_url: pair.api_url.clone(),
        };
        let sealed = copy.seal(self.cell.as_ref())?;
        if self.wants_copy(&copy) {
            copy::save_grant(self.cell.as_ref(), &copy, sealed.clone()).await;
            if !self.load().await?.has_member(grant_id) {
                // It left meanwhile; its copy was deleted before this one was saved.
                copy::delete_grant(self.cell.as_ref(), grant_id).await?;
                return Ok(Answer::Refused { refusal: Refusal::NotMember });
            }
        }
        Ok(Answer::Token { copy: sealed })
    }

    /// Whether this copy is to be saved; saying yes counts as saving.
    fn wants_copy(&self, copy: &GrantCopy) -> bool {
        let (now, mut copied) = (self.cell.now(), self.copied.borrow_mut());
        let last = copied.get(&copy.owner.grant_id);
        let known = last.is_some_and(|(version, at)| {
            *version == copy.version && (0..COPY_EVERY).contains(&now.since(*at))
        });
        if !known {
            copied.insert(copy.owner.grant_id.clone(), (copy.version, now));
        }
        !known
    }

    async fn join(
        self: &Rc<Self>,
        grant: Grant,
        tokens: &str,
        obtained_at: Timestamp,
    ) -> Result<Answer, HostError> {
        self.settle().await?;
        let landed: Landed =
            copy::open(self.cell.as_ref(), &joining_record(self.cell.name()), tokens)?;
        let id = grant.id.clone();
        while !self.join_judged(&grant, &landed, obtained_at).await? {}
        self.deliver().await?;
        let record = self.load().await?;
        if record.dead.is_none() {
            self.give(&record, &id).await?;
        }
        Ok(Answer::Joined {})
    }

    /// Joins, unless another pair came while it was found out which one is the live one: then nothing has changed.
    async fn join_judged(
        &self,
        grant: &Grant,
        landed: &Landed,
        obtained_at: Timestamp,
    ) -> Result<bool, HostError> {
        let response =
            landed.read().map_err(|error| HostError::new("joining", error.to_string()))?;
        let record = self.load().await?;
        let judged = record.version;
        let known = record.knows(&response);
        // Two consents at once: each kills the tokens of the one before, and they may arrive in the other order.
        let alive = known || record.pair.is_none() || self.is_alive(&response).await;
        let pair = (alive && !known).then_some((response, obtained_at));
        self.edit(Errands::Expected, |record| {
            let stands = record.version == judged;
            if stands {
                record.join(grant.clone(), pair);
            }
            stands
        })
        .await
    }

    /// Whether the provider still accepts a token. In doubt, yes.
    async fn is_alive(&self, response: &TokenResponse) -> bool {
        let configured = &self.cell.settings().zoom_api_url;
        let base = zoom::api_base(response.api_url.as_deref(), configured);
        let asked = self.cell.send(zoom::account_request(&base, &response.access_token)).await;
        asked.map_or(true, |answer| {
            !zoom::token_refused(answer.status, answer.body.bytes().unwrap_or_default())
        })
    }

    async fn leave(self: &Rc<Self>, grant_id: &str) -> Result<Answer, HostError> {
        self.settle().await?;
        // A refresh under way would bring a pair that nobody revokes.
        self.landed().await;
        let now = self.cell.now();
        self.edit(Errands::Expected, |record| record.leave(grant_id, now)).await?;
        self.copied.borrow_mut().remove(grant_id);
        let left = self.deliver().await.and(self.revoke().await);
        if let Err(error) = &left {
            self.cell.log(
                &serde_json::json!({"level": "warn", "what": "leave", "reason": error.to_string()}),
            );
        }
        Ok(Answer::Left {
            revocation_pending: left.is_err() || !self.load().await?.revocations.is_empty(),
        })
    }

    async fn errands(&self) -> Result<(), HostError> {
        let armed = self.arm().await;
        if armed.is_err() {
            // It is not known whether there is something to do: look again, and try it now in case this fails too.
            let soon = Record::default().patience();
            let _ = self.cell.wake_at(self.cell.now().plus(soon)).await;
        }
        if !matches!(armed, Ok(false)) {
            self.deliver().await.and(self.revoke().await)?;
        }
        armed.map(|_| ())
    }

    /// Sets the alarm again if there is something to do; whether there is.
    async fn arm(&self) -> Result<bool, HostError> {
        let record = self.load().await?;
        let left = record.has_errands();
        if left || record.vain > 0 {
            let vain = if left { record.vain.saturating_add(1) } else { 0 };
            let errands = if left { Errands::Expected } else { Errands::None };
            self.edit(errands, |record| record.vain = vain).await?;
        }
        Ok(left)
    }

    /// The record as it is now.
    pub(super) async fn load(&self) -> Result<Record, HostError> {
        match self.cell.read(RECORD).await? {
            Some(sealed) => copy::open(self.cell.as_ref(), &self.record_name(), &sealed),
            None => Ok(Record::default()),
        }
    }

    /// Reads, changes and writes the record as one turn; nothing is waited for in between but the storage.
    pub(super) async fn edit<T>(
        &self,
        errands: Errands,
        change: impl FnOnce(&mut Record) -> T,
    ) -> Result<T, HostError> {
        self.edit_and(errands, Vec::new(), change).await
    }

    /// The same, with other records of the object written in the same moment.
    pub(super) async fn edit_and<T>(
        &self,
        errands: Errands,
        mut others: Vec<(&'static str, Option<String>)>,
        change: impl FnOnce(&mut Record) -> T,
    ) -> Result<T, HostError> {
        let _turn = self.turn.lock().await;
        let mut record = self.load().await?;
        let had_errands = record.has_errands();
        let result = change(&mut record);
        // Armed before the write: an alarm without errands is harmless, errands without an alarm are lost. One that is
        // set stays: it must not be put off again and again.
        if errands == Errands::Expected || (record.has_errands() && !had_errands) {
            self.cell.wake_at(self.cell.now().plus(record.patience())).await?;
        }
        let sealed = copy::seal(self.cell.as_ref(), &self.record_name(), &record)?;
        others.push((RECORD, Some(sealed)));
        self.cell.write(others).await?;
        Ok(result)
    }

    fn record_name(&self) -> String {
        format!("connection/{}", self.cell.name().text())
    }
}

/// Whether a change may leave something for the alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errands {
    /// Set the alarm first.
    Expected,
    /// Only if there are some.
    None,
}

shape! {
    /// The answer to a token request as it lands, sealed: what [`crate::host::Host::send_and_land`] stores.
    pub struct Landed {
        /// The HTTP status.
        pub status: u16,
        /// The body, as text.
        pub body: Text,
    }
}

impl Landed {
    /// An answer in hand, in the form in which it lands.
    pub fn new(status: http::StatusCode, body: &Body) -> Self {
        let body = String::from_utf8_lossy(body.bytes().unwrap_or_default()).into_owned();
        Self { status: status.as_u16(), body: Text::new(body) }
    }

    /// Reads it as a token response.
    pub fn read(&self) -> Result<TokenResponse, crate::oauth::TokenError> {
        let status = http::StatusCode::from_u16(self.status);
        read_token_response(status.unwrap_or(http::StatusCode::BAD_GATEWAY), self.body.expose())
    }
}

fn owner(grant: &Grant) -> Owner {
    Owner {
        grant_id: grant.id.clone(),
        project_id: grant.project_id.clone(),
        user_id: grant.user_id.clone(),
        provider: grant.provider.clone(),
        connection: grant.connection(),
    }
}
