//! Makes the deliveries that are due: tells the endpoints of subscriptions what Zoom said, a few at a time. What became of
//! an attempt is kept here first, then brought to the tables; an endpoint that fails keeps nobody else waiting.

use futures_util::future::join_all;
use serde_json::json;

use super::{
    attempt::{made_since, wait_after},
    object::Inner,
    rows::{self, Due, Untold},
};
use crate::{
    host::{Cell, HostError},
    record::{
        delivery::{self, Attempt, DeliveryStatus, Endpoint, Progress},
        event, read_rows, rows as table_rows,
        subscription::{self, FAILING_FOR, Subscription, SubscriptionStatus},
    },
    shape::{read_text, text},
    time::{SECOND, Timestamp},
    zoom::trigger,
};

/// So many are made side by side: a Worker has six connections at once.
const SIDE_BY_SIDE: i64 = 6;
/// So many are made in one round: an invocation of a Worker has a number of calls.
const MOST: usize = 24;
/// After so long a round begins no further ones, in milliseconds.
const LONGEST_ROUND: i64 = 10 * SECOND;
/// An endpoint that failed is left alone so long, in milliseconds.
const REST: i64 = 5 * SECOND;

impl<C: Cell> Inner<C> {
    /// Makes what is due, as far as one round goes; whether there may be more.
    pub(super) async fn notify(&self, began: Timestamp) -> Result<bool, HostError> {
        self.tell_tables().await?;
        let mut made = 0;
        loop {
            let now = self.cell.now();
            let found = self.cell.rows(vec![rows::due(now, SIDE_BY_SIDE)]).await?;
            let due: Vec<Due> = read_rows(found.into_iter().flatten())?;
            if due.is_empty() {
                return Ok(false);
            }
            if made >= MOST || now.since(began) >= LONGEST_ROUND {
                return Ok(true);
            }
            made += due.len();
            self.make(due).await?;
            self.tell_tables().await?;
        }
    }

    async fn make(&self, due: Vec<Due>) -> Result<(), HostError> {
        let ids = due.iter().map(|one| one.subscription_id.clone()).collect();
        let subscriptions: Vec<Subscription> =
            table_rows(self.cell.as_ref(), subscription::of_ids(&ids)).await?;
        let members = self.load().await?.members;
        // All of a connection's grants are of one project.
        let project = match members.first() {
            Some(member) => delivery::endpoint(self.cell.as_ref(), &member.project_id).await?,
            None => None,
        };
        let made = join_all(due.iter().map(|one| async {
            let told = subscriptions.iter().find(|told| told.id == one.subscription_id);
            let member = members.iter().find(|member| member.id == one.grant_id);
            match (told, member) {
                (_, None) => Ok((String::new(), Err("grant_left"))),
                (None, _) => Ok((String::new(), Err("subscription_deleted"))),
                (Some(told), Some(member)) => {
                    self.tell_one(one, told, &member.user_id, project.as_ref()).await
                }
            }
        }));
        let (mut progress, mut failing) = (Vec::new(), Vec::new());
        for (one, made) in due.iter().zip(made.await) {
            let (url, attempt) = made?;
            let after = self.after(one, url, attempt);
            let failed = after.status == DeliveryStatus::Pending;
            failing.extend(failed.then(|| one.subscription_id.clone()));
            progress.push(after);
        }
        let now = self.cell.now();
        let rested = now.plus(REST);
        self.cell.rows(rows::attempted(&progress, &failing, rested, now)).await.map(|_| ())
    }

    /// Tells one; where, and what came of it, or why nobody is told any more.
    async fn tell_one(
        &self,
        due: &Due,
        told: &Subscription,
        user_id: &str,
        project: Option<&Endpoint>,
    ) -> Result<(String, Result<Attempt, &'static str>), HostError> {
        match told.status {
            SubscriptionStatus::Active => {}
            SubscriptionStatus::Paused => return Ok((String::new(), Err("subscription_paused"))),
            SubscriptionStatus::Disabled => {
                return Ok((String::new(), Err("subscription_disabled")));
            }
        }
        let own = told.endpoint(self.cell.as_ref())?;
        let Some(endpoint) = own.as_ref().or(project) else {
            return Ok((String::new(), Err("endpoint_missing")));
        };
        let came = event::open_body(self.cell.as_ref(), &due.event_id, &due.sealed)?;
        let body = self.body(due, told, user_id, &came);
        let attempt = self.attempt(endpoint, &due.id, body.as_bytes()).await;
        Ok((endpoint.url.clone(), Ok(attempt)))
    }

    /// What is sent: the same bytes at each attempt.
    fn body(&self, due: &Due, told: &Subscription, user_id: &str, came: &str) -> String {
        let original = serde_json::from_str(came).unwrap_or_default();
        let data = json!({
            "event_id": due.event_id,
            "trigger": told.trigger,
            "subscription_id": told.id,
            "grant_id": due.grant_id,
            "account_id": user_id,
            "integration_id": self.cell.name().integration_id,
            "provider": crate::zoom::PROVIDER,
            "output": trigger::output(original),
        });
        let (event, at) = (json!(due.event), json!(due.event_ts.rfc3339()));
        let data = data.to_string();
        // What came is beside it, byte for byte.
        let open = data.strip_suffix('}').unwrap_or_default();
        format!("{{\"type\":{event},\"timestamp\":{at},\"data\":{open},\"original\":{came}}}}}")
    }

    fn after(&self, due: &Due, url: String, made: Result<Attempt, &'static str>) -> Progress {
        let now = self.cell.now();
        let mut attempts: Vec<Attempt> = read_text(due.attempts.as_bytes()).unwrap_or_default();
        let (status, next_at) = match &made {
            Err(_) => (DeliveryStatus::Failed, None),
            Ok(attempt) if attempt.has_delivered() => (DeliveryStatus::Delivered, None),
            Ok(attempt) if attempt.is_gone() => (DeliveryStatus::Failed, None),
            Ok(_) => match wait_after(made_since(&attempts, due.replayed_after) + 1) {
                Some(wait) => (DeliveryStatus::Pending, Some(now.plus(wait))),
                None => (DeliveryStatus::Failed, None),
            },
        };
        attempts.push(made.unwrap_or_else(|error| Attempt::failed(now, error)));
        let attempts = String::from_utf8_lossy(&text(&attempts)).into_owned();
        Progress { id: due.id.clone(), url, status, attempts, next_at }
    }

    /// Brings to the tables what became of attempts, and how their endpoints do.
    async fn tell_tables(&self) -> Result<(), HostError> {
        let found = self.cell.rows(vec![rows::untold()]).await?;
        let untold: Vec<Untold> = read_rows(found.into_iter().flatten())?;
        if untold.is_empty() {
            return Ok(());
        }
        let ids = untold.iter().map(|one| one.id.clone()).collect();
        let health = Health::of(&untold);
        {
            // What is erased meanwhile is erased from the tables after this.
            let _round = self.round.lock().await;
            let progress = untold.into_iter().map(Progress::from).collect();
            let mut statements = vec![delivery::update(&progress)];
            statements.extend(health.statements(self.cell.now()));
            self.cell.tables(statements).await?;
        }
        self.disable_failing(&health).await?;
        self.cell.rows(rows::told(&ids)).await.map(|_| ())
    }

    /// Disables subscriptions whose endpoints have failed for days, or said that they are gone; and says so.
    async fn disable_failing(&self, health: &Health) -> Result<(), HostError> {
        if health.failed.is_empty() {
            return Ok(());
        }
        let now = self.cell.now();
        let found: Vec<Subscription> =
            table_rows(self.cell.as_ref(), subscription::of_ids(&health.failed)).await?;
        for one in found.into_iter().filter(|one| one.status == SubscriptionStatus::Active) {
            let gone = health.gone.contains(&one.id);
            let long = |since: &Timestamp| gone || now.since(*since) >= FAILING_FOR;
            if let Some(since) = one.failing_since.filter(long) {
                self.edit(|record| record.disable(&one, since, now)).await?;
            }
        }
        self.deliver().await
    }
}

/// How the endpoints of subscriptions did, by the subscriptions' ids.
#[derive(Default)]
struct Health {
    succeeded: Vec<String>,
    failed: Vec<String>,
    gone: Vec<String>,
}

impl Health {
    fn of(untold: &[Untold]) -> Self {
        let mut health = Self::default();
        for one in untold {
            let attempts: Vec<Attempt> = read_text(one.attempts.as_bytes()).unwrap_or_default();
            let Some(last) = attempts.last() else { continue };
            let list = match last {
                last if last.has_delivered() => &mut health.succeeded,
                last if last.was_refused() => &mut health.failed,
                _ => continue,
            };
            list.push(one.subscription_id.clone());
            if last.is_gone() {
                health.gone.push(one.subscription_id.clone());
            }
        }
        health
    }

    fn statements(&self, now: Timestamp) -> Vec<crate::host::Statement> {
        let mut statements = Vec::new();
        if !self.succeeded.is_empty() {
            statements.push(subscription::succeeded(&self.succeeded));
        }
        if !self.failed.is_empty() {
            statements.push(subscription::failed(&self.failed, now));
        }
        statements
    }
}

impl From<Untold> for Progress {
    fn from(untold: Untold) -> Self {
        let pending = untold.status == DeliveryStatus::Pending;
        Self {
            id: untold.id,
            url: untold.url,
            status: untold.status,
            attempts: untold.attempts,
            next_at: pending.then_some(untold.next_at),
        }
    }
}
