//! The connection object: answers questions as they come, in any number at once. Changes of its record go one after
//! the other and never wait for the network; the network is waited for between them. Here: who gets a token, and how
//! the record is read and written; `changes` has the other questions.

use std::{
    cell::{Cell as StdCell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use futures_util::lock::Mutex;
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    Answer, Question, Refusal,
    record::{Plan, Record},
    refresh::Flight,
    rows,
    wake::Resting,
};
use crate::{
    host::{Body, Cell, HostError, Statement},
    id::random_text,
    oauth::{TokenResponse, read_token_response},
    record::{
        copy::{self, GrantCopy, Owner},
        grant::Grant,
    },
    secret::Text,
    shape::{shape, text},
    time::{MINUTE, Timestamp},
};

/// The record's key in the object's storage.
pub(super) const RECORD: &str = "record";

/// A connection object at work.
pub struct Connection<C: Cell>(pub(super) Rc<Inner<C>>);

pub(super) struct Inner<C> {
    pub cell: Rc<C>,
    /// Held while the record is read, changed and written.
    pub turn: Mutex<()>,
    /// Held while the alarm is at work.
    pub waking: Mutex<()>,
    /// How often the alarm has failed at the rows in this life, one time after the other.
    pub failed_rounds: StdCell<u32>,
    /// The other parts of the alarm's work that failed: how often in this life, and until when each rests.
    pub resting: RefCell<Resting>,
    /// Held while the outbox is brought to the tables.
    pub round: Mutex<()>,
    /// The refresh that all who want one share.
    pub flight: RefCell<Option<Flight>>,
    /// The record's sealed text that was read or written last, and what it says: it is read often, and opened once.
    pub opened: RefCell<Option<(String, Zeroizing<Vec<u8>>)>>,
    /// Whether a grant uses the connection; unknown until the record is read, and when it is unsure what was written.
    pub used: StdCell<Option<bool>>,
    /// The alarm was set to ring for whatever comes, and has not rung yet: at once, or after a rest when it failed.
    pub rings_soon: StdCell<bool>,
    /// Which version of the token the copy of each grant has, and since when: a crowd needs one copy, not a hundred.
    pub copied: RefCell<HashMap<String, (u64, Timestamp)>>,
}

/// Records that are written, or deleted, in the same moment as the one that matters.
pub(super) type Beside = Vec<(&'static str, Option<String>)>;

/// A copy of the same token is saved again at most this often, in milliseconds.
const COPY_EVERY: i64 = MINUTE;

impl<C: Cell> Connection<C> {
    /// The object of this cell. What it knows is in the cell's storage.
    pub fn new(cell: Rc<C>) -> Self {
        Self(Rc::new(Inner {
            cell,
            turn: Mutex::new(()),
            waking: Mutex::new(()),
            failed_rounds: StdCell::new(0),
            resting: RefCell::default(),
            round: Mutex::new(()),
            flight: RefCell::new(None),
            opened: RefCell::default(),
            used: StdCell::new(None),
            rings_soon: StdCell::new(false),
            copied: RefCell::default(),
        }))
    }

    /// Answers one question.
    pub async fn answer(&self, question: Question) -> Answer {
        let answer = match question {
            Question::Join { grant, tokens, obtained_at, by, renews } => {
                self.0.join((*grant, renews), &tokens, obtained_at, &by).await
            }
            Question::Offer { grant_id, tokens, obtained_at } => {
                self.0.offer(grant_id.as_deref(), &tokens, obtained_at).await
            }
            Question::Amend { grant_id, change, by } => self.0.amend(&grant_id, change, &by).await,
            Question::Token { grant_id, refused } => self.0.token(&grant_id, refused).await,
            Question::Leave { grant_id, by } => self.0.leave(&grant_id, &by).await,
            Question::TakeIn { event } => self.0.take_in_event(&event).await,
            Question::Deauthorized { at } => self.0.deauthorized(at).await,
            Question::Replay { replay } => self.0.replay(&replay).await,
            Question::ReplayOwn { delivery } => self.0.replay_own(*delivery).await,
            Question::Reschedule {} => self.0.reschedule().await,
            Question::Reseal {} => self.0.reseal().await,
            Question::Erase { by } => self.0.erase(&by).await,
        };
        answer.unwrap_or_else(|error| Answer::Unavailable {
            part: error.part.to_owned(),
            reason: error.reason,
        })
    }

    /// Does what is due. Sets itself again before it works; fails only when it could not, neither before nor after:
    /// then whoever rang has to ring again.
    pub async fn alarm(&self) -> Result<(), HostError> {
        self.0.wake().await
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
                Plan::Refresh => {}
            }
            let version = record.version;
            let landed = self.refreshed(version, refused.is_some()).await;
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

    pub(super) async fn give(&self, record: &Record, grant_id: &str) -> Result<Answer, HostError> {
        let (Some(member), Some(pair)) = (record.member(grant_id), &record.pair) else {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        };
        let copy = GrantCopy {
            owner: owner(member),
            access_token: pair.access_token(),
            version: record.version,
            expires_at: member
                .expires_at
                .map_or(pair.fresh_until(), |ends| ends.min(pair.fresh_until())),
            api_url: pair.api_url.clone(),
        };
        let sealed = copy.seal(self.cell.as_ref())?;
        if self.wants_copy(&copy) {
            copy::save_grant(self.cell.as_ref(), &copy, sealed.clone()).await;
            let record = self.load().await?;
            let now_there = record.member(grant_id);
            if now_there.is_none_or(|now| now.expires_at != member.expires_at) {
                // It left, or ends at another time; its copy was deleted before this one was saved.
                self.copied.borrow_mut().remove(grant_id);
                copy::delete_grant(self.cell.as_ref(), grant_id).await?;
            }
            if now_there.is_none() {
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

    /// The record as it is now.
    pub(super) async fn load(&self) -> Result<Record, HostError> {
        Ok(self.load_written().await?.unwrap_or_default())
    }

    /// The record, if there is one.
    pub(super) async fn load_written(&self) -> Result<Option<Record>, HostError> {
        let sealed = self.cell.read(RECORD).await?;
        sealed.map(|sealed| self.open(sealed)).transpose()
    }

    fn open(&self, sealed: String) -> Result<Record, HostError> {
        if let Some((_, plain)) = self.opened.borrow().as_ref().filter(|(of, _)| *of == sealed) {
            return copy::read(plain);
        }
        let plain = copy::open_text(self.cell.as_ref(), &self.record_name(), &sealed)?;
        let plain = Zeroizing::new(plain.as_bytes().to_vec());
        let record = copy::read(&plain);
        self.opened.replace(Some((sealed, plain)));
        record
    }

    /// Reads, changes and writes the record as one turn; nothing is waited for in between but the storage. Nothing when
    /// there is none: what ends after a connection was forgotten does not write it down again.
    pub(super) async fn edit<T>(
        &self,
        change: impl FnOnce(&mut Record) -> T,
    ) -> Result<Option<T>, HostError> {
        let _turn = self.turn.lock().await;
        let Some(mut record) = self.load_written().await? else {
            return Ok(None);
        };
        let result = change(&mut record);
        self.save(record, Vec::new()).await?;
        Ok(Some(result))
    }

    /// The same of a connection that may have to begin: somebody comes, or leaves something to be done.
    pub(super) async fn edit_or_begin<T>(
        &self,
        change: impl FnOnce(&mut Record) -> T,
    ) -> Result<T, HostError> {
        self.edit_or_begin_and(Vec::new(), change).await
    }

    /// The same, with what else is written in the same moment.
    pub(super) async fn edit_or_begin_and<T>(
        &self,
        beside: Beside,
        change: impl FnOnce(&mut Record) -> T,
    ) -> Result<T, HostError> {
        let _turn = self.turn.lock().await;
        let mut record = self.load().await?;
        let result = change(&mut record);
        self.save(record, beside).await?;
        Ok(result)
    }

    /// Writes a changed record, with all that follows from a change. The caller holds the turn.
    pub(super) async fn save(&self, mut record: Record, beside: Beside) -> Result<(), HostError> {
        let now = self.cell.now();
        record.seal_with(self.first_key()?);
        for event in record.events.iter_mut().flatten().filter(|event| event.id.is_empty()) {
            event.id = format!("evt_{}", random_text::<16>(self.cell.as_ref()));
        }
        let dropped = record.crowd_out();
        record.plan_retry(now);
        // While the alarm is at work, it has set itself in case it dies, and sets the next one at its end.
        let at_work = self.waking.try_lock().is_none();
        let earlier = record.earlier_wake(self.idle(), &self.resting.borrow(), now);
        if let Some(next) = earlier.filter(|_| !at_work) {
            // What waits in the rows may want it earlier still.
            let next = self.next_of_rows().await?.map_or(next, |at| at.min(next));
            self.cell.wake_at(next).await?;
            record.armed = Some(next);
        }
        let unused = record.members.is_empty();
        let rows = if unused { rows::give_up(now) } else { Vec::new() };
        self.write(&record, beside, rows).await?;
        if dropped > 0 {
            let line = json!({"level": "error", "what": "event_dropped", "events": dropped});
            self.cell.log(&line);
        }
        Ok(())
    }

    /// Writes the record as it is. The caller holds the turn.
    pub(super) async fn write(
        &self,
        record: &Record,
        mut beside: Beside,
        rows: Vec<Statement>,
    ) -> Result<(), HostError> {
        let plain = Zeroizing::new(text(record));
        let sealed = copy::seal_text(self.cell.as_ref(), &self.record_name(), &plain)?;
        self.opened.replace(Some((sealed.clone(), plain)));
        beside.push((RECORD, Some(sealed)));
        self.used.set(None);
        self.cell.write(beside, rows).await?;
        self.used.set(Some(!record.members.is_empty()));
        Ok(())
    }

    /// The id of the key that seals.
    pub(super) fn first_key(&self) -> Result<&str, HostError> {
        Ok(copy::ring(self.cell.as_ref())?.ids().next().unwrap_or_default())
    }

    fn record_name(&self) -> String {
        format!("connection/{}", self.cell.name().text())
    }
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
