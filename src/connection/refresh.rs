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
    object::{Errands, Inner, Landed},
};
use crate::{
    host::{Cell, HostError, Landing, SendError},
    oauth::{Client, refresh_token_request},
    record::{copy, integration},
    secret::RefreshToken,
    zoom,
};

/// Where the answer of a refresh lands.
const LANDED: &str = "landed";

/// A refresh in flight: what came of it, for everyone.
pub(super) type Flight = Shared<LocalBoxFuture<'static, Result<Result<(), Refusal>, HostError>>>;

impl<C: Cell> Inner<C> {
    /// Waits for a refresh: the one in flight, or a new one.
    pub(super) async fn refreshed(
        self: &Rc<Self>,
        forced: bool,
    ) -> Result<Result<(), Refusal>, HostError> {
        self.board(forced).await
    }

    /// Waits for the refresh in flight, if there is one.
    pub(super) async fn landed(&self) {
        let flight = self.flight.borrow().clone();
        if let Some(flight) = flight {
            let _ = flight.await;
        }
    }

    fn board(self: &Rc<Self>, forced: bool) -> Flight {
        // No wait between looking and setting: that is what makes it one.
        if let Some(flight) = self.flight.borrow().as_ref() {
            return flight.clone();
        }
        let this = Rc::clone(self);
        let flight = async move {
            let result = this.refresh(forced).await;
            this.flight.borrow_mut().take();
            result
        }
        .boxed_local()
        .shared();
        *self.flight.borrow_mut() = Some(flight.clone());
        self.cell.keep(flight.clone().map(|_| ()).boxed_local());
        flight
    }

    async fn refresh(&self, forced: bool) -> Result<Result<(), Refusal>, HostError> {
        let client = self.client().await?;
        let now = self.cell.now();
        let begun = self
            .edit(Errands::None, |record| {
                let token = record
                    .pair
                    .as_ref()
                    .map(super::record::Pair::refresh_token)?;
                let doubt = record.refreshing == Some(record.version);
                record.begin_refresh(forced, now);
                Some((record.version, token, doubt))
            })
            .await?;
        let Some((version, token, doubt)) = begun else {
            return Ok(Err(Refusal::NotMember));
        };
        match self.send(&client, &token, version).await {
            Ok(landed) => self.take_in(version, &landed, doubt).await,
            Err(SendError::Timeout) => Ok(Err(Refusal::ProviderTimeout)),
            Err(SendError::Unreachable(_)) => Ok(Err(Refusal::ProviderUnreachable)),
            Err(SendError::NotLanded(reason)) => Err(HostError::new("storage", reason)),
        }
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

    /// Takes in what landed in an earlier life of this code, if anything did.
    pub(super) async fn settle(&self) -> Result<(), HostError> {
        if self.flight.borrow().is_some() {
            return Ok(());
        }
        let Some(sealed) = self.cell.read(LANDED).await? else {
            return Ok(());
        };
        if self.flight.borrow().is_some() {
            return Ok(());
        }
        let record = self.load().await?;
        let Some(version) = record.refreshing else {
            return self.cell.write(vec![(LANDED, None)]).await;
        };
        let landed: Landed = copy::open(self.cell.as_ref(), &self.landed_name(version), &sealed)?;
        self.take_in(version, &landed, false).await.map(|_| ())
    }

    /// Reads an answer that is durable into the record; the landed text goes in the same write.
    async fn take_in(
        &self,
        version: u64,
        landed: &Landed,
        doubt: bool,
    ) -> Result<Result<(), Refusal>, HostError> {
        let answer = landed.read();
        let now = self.cell.now();
        if let Err(error) = &answer {
            self.cell
                .log(&json!({"level": "warn", "what": "refresh", "reason": error.to_string()}));
        }
        let settled = self
            .edit_and(Errands::None, vec![(LANDED, None)], |record| {
                record.settle_refresh(version, answer, doubt, now)
            })
            .await?;
        if settled.is_err() {
            // The alarm does it when this fails.
            let _ = self.deliver().await;
        }
        Ok(settled)
    }

    /// Our credentials at the provider.
    pub(super) async fn client(&self) -> Result<Client, HostError> {
        let id = &self.cell.name().integration_id;
        let found = integration::by_id(self.cell.as_ref(), id).await?;
        let missing = || HostError::new("tables", "the integration of this connection is gone");
        found.ok_or_else(missing)?.client(self.cell.as_ref())
    }

    fn landed_name(&self, version: u64) -> String {
        format!("landed/{}/{version}", self.cell.name().text())
    }
}
