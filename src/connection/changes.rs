//! The questions that change who uses a connection: join, offer, amend, leave, erase; and sealing all of it anew. Each changes
//! the record in one turn, with the letters and events that follow from it, and brings them where they belong.

use std::rc::Rc;

use super::{
    Actor, Answer, Change, joining_record,
    object::{Inner, Landed},
    rows::{self, Sealed},
};
use crate::{
    host::{Cell, HostError},
    oauth::TokenResponse,
    record::{copy, event, grant::Grant, read_rows},
    shape::Given,
    time::Timestamp,
    zoom,
};

impl<C: Cell> Inner<C> {
    pub(super) async fn join(
        self: &Rc<Self>,
        (grant, renews): (Grant, bool),
        tokens: &str,
        obtained_at: Timestamp,
        by: &Actor,
    ) -> Result<Answer, HostError> {
        self.settle().await?;
        let landed = self.open_joining(tokens)?;
        let id = grant.id.clone();
        let refused = loop {
            let (response, known, alive, judged) = self.judge(&landed).await?;
            let now = self.cell.now();
            let joined = self.edit_or_begin(|record| {
                // Unless another pair came while it was found out which one is the live one.
                let stands = record.version == judged;
                let known = known || record.knows(&response);
                let refused = record.refuses(&grant.id, renews || known);
                if stands && refused.is_none() {
                    if !known {
                        record.remember(&response);
                    }
                    let lives = alive && !known && !record.is_removed(obtained_at);
                    let pair = lives.then_some((response, obtained_at));
                    record.join(grant.clone(), pair, known, by, now);
                } else if stands {
                    record.offer(response, obtained_at, alive, now);
                }
                stands.then_some(refused)
            });
            if let Some(refused) = joined.await? {
                break refused;
            }
        };
        self.deliver().await?;
        if let Some(refusal) = refused {
            self.report("join", self.revoke().await);
            return Ok(Answer::Refused { refusal });
        }
        let record = self.load().await?;
        if record.plan(&id, None, self.cell.now()) == super::record::Plan::Give {
            self.give(&record, &id).await?;
        }
        Ok(Answer::Joined {})
    }

    pub(super) async fn offer(
        self: &Rc<Self>,
        grant_id: Option<&str>,
        tokens: &str,
        obtained_at: Timestamp,
    ) -> Result<Answer, HostError> {
        self.settle().await?;
        let landed = self.open_joining(tokens)?;
        let joined = loop {
            let (response, known, alive, judged) = self.judge(&landed).await?;
            let now = self.cell.now();
            let offered = self.edit_or_begin(|record| {
                let stands = record.version == judged;
                if stands {
                    record.offer(response, obtained_at, alive, now);
                }
                let member = grant_id.and_then(|id| record.member(id));
                let joined = member.is_some_and(|member| member.connected_at == obtained_at);
                stands.then_some(known && joined)
            });
            if let Some(joined) = offered.await? {
                break joined;
            }
        };
        // Whoever offers a pair forgets it then: the tables have to know of this connection first.
        self.deliver().await?;
        // The alarm does it when this fails.
        self.report("offer", self.revoke().await);
        Ok(if joined { Answer::Joined {} } else { Answer::Done {} })
    }

    fn open_joining(&self, tokens: &str) -> Result<Landed, HostError> {
        copy::open(self.cell.as_ref(), &joining_record(self.cell.name()), tokens)
    }

    /// Reads a pair that came, and finds out whether it came before and whether it is the live one, seen from the
    /// version of the record that is answered too. Two consents at once: each kills the tokens of the one before, and
    /// they may arrive in the other order.
    async fn judge(&self, landed: &Landed) -> Result<(TokenResponse, bool, bool, u64), HostError> {
        let response =
            landed.read().map_err(|error| HostError::new("joining", error.to_string()))?;
        let record = self.load().await?;
        let known = record.knows(&response);
        let alive = known || record.pair.is_none() || self.is_alive(&response).await;
        Ok((response, known, alive, record.version))
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

    pub(super) async fn amend(
        &self,
        grant_id: &str,
        change: Change,
        by: &Actor,
    ) -> Result<Answer, HostError> {
        let record = self.load().await?;
        let Some(member) = record.member(grant_id) else {
            return Ok(Answer::Refused { refusal: super::Refusal::NotMember });
        };
        let ends = match change.expires_at {
            Given::Value(at) => Some(at),
            Given::Null => None,
            Given::Nothing => member.expires_at,
        };
        let other_end = member.expires_at != ends;
        let now = self.cell.now();
        let amended = self.edit(|record| record.amend(grant_id, change, by, now)).await?;
        if let Err(refusal) = amended.unwrap_or(Err(super::Refusal::NotMember)) {
            return Ok(Answer::Refused { refusal });
        }
        self.deliver().await?;
        if other_end {
            // A copy says until when it is good; the next one says it anew.
            self.copied.borrow_mut().remove(grant_id);
            copy::delete_grant(self.cell.as_ref(), grant_id).await?;
        }
        Ok(Answer::Done {})
    }

    pub(super) async fn leave(
        self: &Rc<Self>,
        grant_id: &str,
        by: &Actor,
    ) -> Result<Answer, HostError> {
        self.settle().await?;
        // A refresh under way would bring a pair that nobody revokes.
        self.landed().await;
        let now = self.cell.now();
        self.edit_or_begin(|record| record.leave(grant_id, by, now)).await?;
        self.copied.borrow_mut().remove(grant_id);
        let left = self.deliver().await.and(self.revoke().await);
        let failed = left.is_err();
        self.report("leave", left);
        Ok(Answer::Left {
            revocation_pending: failed || !self.load().await?.revocations.is_empty(),
        })
    }

    pub(super) async fn reseal(self: &Rc<Self>) -> Result<Answer, HostError> {
        self.landed().await;
        self.settle().await?;
        if self.load_written().await?.is_some() {
            self.reseal_texts().await?;
            // Every write seals with the key in front, and by now nothing is under another one.
            let first = self.first_key()?;
            self.edit(|record| {
                if record.registered.as_deref() != Some(first) {
                    record.register(first);
                }
            })
            .await?;
            self.deliver().await?;
        } else {
            self.forget().await?;
        }
        Ok(Answer::Done {})
    }

    async fn reseal_texts(&self) -> Result<(), HostError> {
        let first = self.first_key()?;
        let mut after = String::new();
        loop {
            let found = self.cell.rows(vec![rows::under_others(first, &after)]).await?;
            let others: Vec<Sealed> = read_rows(found.into_iter().flatten())?;
            let Some(last) = others.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            let mut resealed = Vec::new();
            for Sealed { id, sealed } in &others {
                match self.under_first_key(id, sealed) {
                    Ok(sealed) => resealed.push(rows::reseal(id, &sealed)),
                    Err(error) if error.part == "seal_key" => return Err(error),
                    // One that never opens again stays as it is.
                    Err(_) => {}
                }
            }
            self.cell.rows(resealed).await?;
        }
    }

    /// The text of an event under the key in front.
    pub(super) fn under_first_key(&self, id: &str, sealed: &str) -> Result<String, HostError> {
        if sealed.starts_with(&format!("v1.{}.", self.first_key()?)) {
            return Ok(sealed.to_owned());
        }
        let body = event::open_body(self.cell.as_ref(), id, sealed)?;
        event::seal_body(self.cell.as_ref(), id, body.as_bytes())
    }

    pub(super) async fn erase(self: &Rc<Self>, by: &Actor) -> Result<Answer, HostError> {
        self.settle().await?;
        self.landed().await;
        if self.load_written().await?.is_some() {
            let now = self.cell.now();
            self.edit_or_begin(|record| record.erase(by, now)).await?;
            self.copied.borrow_mut().clear();
            let done = self.deliver().await.and(self.revoke().await);
            self.report("erase", done.and(self.forget_untold().await));
            self.report("erase", self.deliver().await);
        }
        Ok(Answer::Left { revocation_pending: !self.forget().await? })
    }
}
