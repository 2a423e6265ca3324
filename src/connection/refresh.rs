//! The refresh: one in flight, shared by all who want it, a task of the object's own. The answer is durable, sealed,
//! before anyone reads it; reading it into the record is `settle`, which also finds an answer that landed in an
//! earlier life of this code.

use std::rc::Rc;

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
};
use serde_json::json;

use super::{
    Refusal,
    object::{Inner, Landed},
    record::Record,
};
use crate::{
    host::{Cell, HostError, Landing, SendError},
    oauth::{Client, refresh_token_request},
    record::{copy, count, grant, integration},
    secret::RefreshToken,
    time::Timestamp,
    zoom,
};

/// Where the answer of a refresh lands.
pub(super) const LANDED: &str = "landed";

/// A refresh in flight: what came of it, for everyone.
pub(super) type Flight = Shared<LocalBoxFuture<'static, Result<Result<(), Refusal>, HostError>>>;

/// What is wanted of a flight: a new pair in the place of the one of this version.
#[derive(Clone, Copy)]
struct Wish {
    version: u64,
    /// The provider has refused its access token.
    forced: bool,
}

impl<C: Cell> Inner<C> {
    /// Waits for the refresh in flight, or for a new one of the pair of `version`.
    pub(super) async fn refreshed(
        self: &Rc<Self>,
        version: u64,
        forced: bool,
    ) -> Result<Result<(), Refusal>, HostError> {
        self.board(Some(Wish { version, forced })).await
    }

    /// Takes in what landed in an earlier life of this code, if anything did.
    pub(super) async fn settle(self: &Rc<Self>) -> Result<(), HostError> {
        // A flight does so itself, before anything else.
        let waiting = self.flight.borrow().is_none() && self.cell.read(LANDED).await?.is_some();
        if waiting {
            // What the answer means is in the record.
            let _ = self.board(None).await?;
        }
        Ok(())
    }

    /// Waits for the refresh in flight, if there is one.
    pub(super) async fn landed(&self) {
        let flight = self.flight.borrow().clone();
        if let Some(flight) = flight {
            let _ = flight.await;
        }
    }

    fn board(self: &Rc<Self>, wish: Option<Wish>) -> Flight {
        // No wait between looking and setting: that is what makes it one.
        if let Some(flight) = self.flight.borrow().as_ref() {
            return flight.clone();
        }
        let this = Rc::clone(self);
        let flight = async move {
            let result = this.fly(wish).await;
            this.flight.borrow_mut().take();
            result
        }
        .boxed_local()
        .shared();
        *self.flight.borrow_mut() = Some(flight.clone());
        self.cell.keep(flight.clone().map(|_| ()).boxed_local());
        flight
    }

    async fn fly(&self, wish: Option<Wish>) -> Result<Result<(), Refusal>, HostError> {
        self.take_in_landed().await?;
        match wish {
            Some(wish) => self.refresh(wish).await,
            None => Ok(Ok(())),
        }
    }

    async fn refresh(&self, wish: Wish) -> Result<Result<(), Refusal>, HostError> {
        let Wish { version, forced } = wish;
        let (client, settings) = self.client().await?;
        let now = self.cell.now();
        // Whoever wished saw the record a while ago; it is looked at again in the same turn.
        let mark = |record: &mut Record| record.begin_refresh(version, forced, now, Some(settings));
        let begun = self.edit(mark).await?;
        let token = match begun.unwrap_or(Err(Refusal::NotMember)) {
            Ok(Some(token)) => token,
            Ok(None) => return Ok(Ok(())),
            Err(refusal) => return Ok(Err(refusal)),
        };
        match self.send(&client, &token, version).await {
            Ok(landed) => self.take_in(version, &landed, Some(settings)).await,
            Err(SendError::Timeout) => self.unanswered(version, Refusal::ProviderTimeout).await,
            Err(SendError::Unreachable(_)) => {
                self.unanswered(version, Refusal::ProviderUnreachable).await
            }
            Err(SendError::NotLanded(reason)) => Err(HostError::new("storage", reason)),
        }
    }

    async fn unanswered(
        &self,
        version: u64,
        refusal: Refusal,
    ) -> Result<Result<(), Refusal>, HostError> {
        let now = self.cell.now();
        let judged = self.edit(|record| record.refresh_unanswered(version, refusal, now)).await?;
        let refusal = judged.unwrap_or(Refusal::NotMember);
        self.note(Err(refusal));
        Ok(Err(refusal))
    }

    /// Says in the tables that the pair was renewed at this time, or counts that it was not: for people who watch, and
    /// nobody waits for it. What is lost on the way, the next refresh says anew. A row an hour for each grant at work.
    fn note(&self, refreshed: Result<Timestamp, Refusal>) {
        let cell = Rc::clone(&self.cell);
        let note = async move {
            let name = cell.name();
            match refreshed {
                Err(why) => count::refresh_failed(&*cell, &name.integration_id, why.text()).await,
                // It is not worth a line in the log.
                Ok(at) => drop(cell.tables(vec![grant::refreshed(name, at)]).await),
            }
        };
        self.cell.keep(note.boxed_local());
    }

    async fn send(
        &self,
        client: &Client,
        token: &RefreshToken,
        version: u64,
    ) -> Result<Landed, SendError> {
        let not_landed = |error: HostError| SendError::NotLanded(error.to_string());
        let mut nonce = [0; 12];
        self.cell.fill_random(&mut nonce);
        let ring = copy::ring(self.cell.as_ref()).map_err(not_landed)?;
        let landing = Landing::Object {
            key: LANDED,
            seal: ring.landing_key(&self.landed_name(version), nonce),
            id: format!("{}/{version}", self.cell.name().text()),
        };
        let endpoint = zoom::endpoints(self.cell.settings()).token;
        let request = refresh_token_request(&endpoint, client, token);
        let answer = self.cell.send_and_land(request, landing).await?;
        Ok(Landed::new(answer.status, &answer.body))
    }

    async fn take_in_landed(&self) -> Result<(), HostError> {
        let Some(sealed) = self.cell.read(LANDED).await? else {
            return Ok(());
        };
        let record = self.load().await?;
        let name = self.landed_name(record.version);
        match copy::open::<Landed>(self.cell.as_ref(), &name, &sealed) {
            Ok(landed) if record.refreshing.is_some() => {
                self.take_in(record.version, &landed, None).await.map(|_| ())
            }
            Err(error) if error.part == "seal_key" => Err(error),
            // It does not open as an answer for the pair in hand: another pair has taken that one's place.
            _ => self.cell.write(vec![(LANDED, None)], Vec::new()).await,
        }
    }

    /// Reads an answer that is durable into the record; the landed text goes in the same write.
    async fn take_in(
        &self,
        version: u64,
        landed: &Landed,
        settings: Option<Timestamp>,
    ) -> Result<Result<(), Refusal>, HostError> {
        let answer = landed.read();
        let now = self.cell.now();
        let reason = answer.as_ref().err().map(ToString::to_string);
        let take = |record: &mut Record| {
            let age = record.pair.as_ref().map(|pair| now.since(pair.obtained_at));
            let settled = record.settle_refresh(version, answer, now, settings);
            (age, settled, record.pair.as_ref().map(|pair| pair.obtained_at))
        };
        let (age, settled, obtained_at) =
            self.edit_or_begin_and(vec![(LANDED, None)], take).await?;
        if let Some(reason) = reason {
            let line = json!({"level": "warn", "what": "refresh", "reason": reason, "age": age});
            self.cell.log(&line);
        }
        match (settled, obtained_at) {
            (Err(refusal), _) => self.note(Err(refusal)),
            (Ok(()), Some(at)) => self.note(Ok(at)),
            (Ok(()), None) => {}
        }
        if settled.is_err() {
            // The alarm does it when this fails.
            let _ = self.deliver().await;
        }
        Ok(settled)
    }

    /// Our credentials at the provider, and when the integration was last changed.
    pub(super) async fn client(&self) -> Result<(Client, Timestamp), HostError> {
        let id = &self.cell.name().integration_id;
        let found = integration::by_id(self.cell.as_ref(), id).await?;
        let missing = || HostError::new("tables", "the integration of this connection is gone");
        let integration = found.ok_or_else(missing)?;
        Ok((integration.client(self.cell.as_ref())?, integration.updated_at))
    }

    fn landed_name(&self, version: u64) -> String {
        format!("landed/{}/{version}", self.cell.name().text())
    }
}
