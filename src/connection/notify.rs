//! Makes the deliveries that are due: tells the endpoints of subscriptions what Zoom said, a few at a time. What became of
//! an attempt is kept here first, then brought to the tables; an endpoint that fails keeps nobody else waiting.

use futures_util::future::join_all;
use serde_json::json;

use super::{
    attempt::{ATTEMPTS_KEPT, made_since, wait_after},
    object::Inner,
    rows::{self, Due, Resting, Untold},
};
use crate::{
    host::{Cell, HostError, Statement},
    record::{
        delivery::{self, Attempt, DeliveryStatus, Endpoint, Progress},
        event,
        grant::Grant,
        read_rows, rows as table_rows,
        subscription::{self, FAILING_FOR, Subscription, SubscriptionStatus, Told},
    },
    shape::{read_text, text},
    time::{MINUTE, SECOND, Timestamp},
    zoom::trigger,
};

/// So many are made side by side: a Worker has six connections at once.
const SIDE_BY_SIDE: i64 = 6;
/// An endpoint that failed is left alone for a quarter of the time that it has failed, at least so long, in milliseconds.
const SHORTEST_REST: i64 = 5 * SECOND;
/// And at most so long, in milliseconds.
pub(super) const LONGEST_REST: i64 = 5 * MINUTE;

/// Whom deliveries go to.
struct Recipients {
    subscriptions: Vec<Subscription>,
    members: Vec<Grant>,
    /// The project's event endpoint.
    project: Result<Option<Endpoint>, HostError>,
}

/// What came of one delivery: where it went, and the attempt, or why nobody is told any more.
struct Made {
    url: String,
    attempt: Result<Attempt, &'static str>,
}

impl<C: Cell> Inner<C> {
    /// Makes some of the deliveries that are due; how many.
    pub(super) async fn notify(&self) -> Result<usize, HostError> {
        self.tell_tables().await?;
        let found = self.cell.rows(vec![rows::due(self.cell.now(), SIDE_BY_SIDE)]).await?;
        let due: Vec<Due> = read_rows(found.into_iter().flatten())?;
        if !due.is_empty() {
            self.make(&due).await?;
            self.tell_tables().await?;
        }
        Ok(due.len())
    }

    async fn make(&self, due: &[Due]) -> Result<(), HostError> {
        let recipients = self.recipients(due).await?;
        let made = join_all(due.iter().map(|one| self.tell_one(one, &recipients))).await;
        let now = self.cell.now();
        let (mut progress, mut resting) = (Vec::new(), Vec::new());
        for (one, made) in due.iter().zip(made) {
            let made = match made {
                Ok(made) => made,
                Err(error) => {
                    // Ours to mend; it keeps nothing else waiting, and is no attempt. But not for ever.
                    self.report("notify", Err(error));
                    progress.push(if self.is_forgotten(one.received_at) {
                        let attempt = Err("event_unreadable");
                        one.after(Made { url: one.url.clone(), attempt }, now)
                    } else {
                        one.put_off(now.plus(LONGEST_REST))
                    });
                    continue;
                }
            };
            if made.attempt.as_ref().is_ok_and(Attempt::was_refused) {
                let told = recipients.subscription(one);
                let failing = told.and_then(|told| told.failing_since);
                let rest = failing.map_or(0, |since| now.since(since) / 4);
                let until = now.plus(rest.clamp(SHORTEST_REST, LONGEST_REST));
                resting.push(Resting { id: one.subscription_id.clone(), until });
            }
            progress.push(one.after(made, now));
        }
        self.cell.rows(rows::attempted(&progress, &resting, now)).await.map(|_| ())
    }

    async fn recipients(&self, due: &[Due]) -> Result<Recipients, HostError> {
        let host = self.cell.as_ref();
        let ids = due.iter().map(|one| one.subscription_id.clone()).collect();
        let subscriptions = table_rows(host, subscription::of_ids(&ids)).await?;
        let members = self.load().await?.members;
        // All of a connection's grants are of one project.
        let project = match members.first() {
            Some(member) => delivery::endpoint(host, &member.project_id).await,
            None => Ok(None),
        };
        Ok(Recipients { subscriptions, members, project })
    }

    async fn tell_one(&self, due: &Due, recipients: &Recipients) -> Result<Made, HostError> {
        let nobody = |why| Ok(Made { url: due.url.clone(), attempt: Err(why) });
        let Some(member) = recipients.members.iter().find(|member| member.id == due.grant_id)
        else {
            return nobody("grant_left");
        };
        let Some(told) = recipients.subscription(due) else {
            return nobody("subscription_deleted");
        };
        match told.status {
            SubscriptionStatus::Active => {}
            SubscriptionStatus::Paused => return nobody("subscription_paused"),
            SubscriptionStatus::Disabled => return nobody("subscription_disabled"),
        }
        let own = told.endpoint(self.cell.as_ref())?;
        let endpoint = match &own {
            Some(own) => Some(own),
            None => recipients.project.as_ref().map_err(Clone::clone)?.as_ref(),
        };
        let Some(endpoint) = endpoint else {
            return nobody("endpoint_missing");
        };
        let came = match event::open_body(self.cell.as_ref(), &due.event_id, &due.sealed) {
            Ok(came) => came,
            Err(error) if error.part == "seal_key" => return Err(error),
            Err(_) => return nobody("event_unreadable"),
        };
        let body = self.body(due, told, &member.user_id, &came);
        let attempt = self.attempt(endpoint, &due.id, body.as_bytes()).await;
        Ok(Made { url: endpoint.url.clone(), attempt: Ok(attempt) })
    }

    /// What is sent: the same bytes at each attempt.
    fn body(&self, due: &Due, told: &Subscription, user_id: &str, came: &str) -> String {
        let data = json!({
            "event_id": due.event_id,
            "trigger": told.trigger,
            "subscription_id": told.id,
            "grant_id": due.grant_id,
            "account_id": user_id,
            "integration_id": self.cell.name().integration_id,
            "provider": crate::zoom::PROVIDER,
        });
        let (event, at) = (json!(due.event), json!(due.event_ts.rfc3339()));
        let data = data.to_string();
        let open = data.strip_suffix('}').unwrap_or_default();
        // As text at once: as values a long event takes fifty times its length. What came is beside it, byte for byte.
        let output = trigger::output(serde_json::from_str(came).unwrap_or_default()).to_string();
        format!(
            "{{\"type\":{event},\"timestamp\":{at},\"data\":{open},\"output\":{output},\"original\":{came}}}}}"
        )
    }

    /// Brings to the tables what became of attempts, and how their endpoints do.
    async fn tell_tables(&self) -> Result<(), HostError> {
        loop {
            let found = self.cell.rows(vec![rows::untold()]).await?;
            let untold: Vec<Untold> = read_rows(found.into_iter().flatten())?;
            if untold.is_empty() {
                return Ok(());
            }
            let events = untold.iter().map(|one| one.event_id.clone()).collect();
            let health = Health::of(&untold);
            let progress = untold.into_iter().map(Progress::from).collect();
            {
                // What is erased meanwhile is erased from the tables after this.
                let _round = self.round.lock().await;
                let mut statements = vec![delivery::update(&progress)];
                statements.extend(health.statements(self.cell.now()));
                self.cell.tables(statements).await?;
            }
            self.disable_failing(&health).await?;
            self.cell.rows(rows::told(&progress, &events)).await?;
        }
    }

    /// Disables subscriptions whose endpoints have failed for days, or said that they are gone; and says so.
    async fn disable_failing(&self, health: &Health) -> Result<(), HostError> {
        if health.failed.is_empty() {
            return Ok(());
        }
        let now = self.cell.now();
        let lists = [(&health.failed, false), (&health.gone, true)];
        for (told, gone) in lists.into_iter().filter(|(told, _)| !told.is_empty()) {
            let found: Vec<Subscription> =
                table_rows(self.cell.as_ref(), subscription::told_there(told)).await?;
            for one in found.into_iter().filter(|one| one.status == SubscriptionStatus::Active) {
                let long = |since: &Timestamp| gone || now.since(*since) >= FAILING_FOR;
                if let Some(since) = one.failing_since.filter(long) {
                    self.edit(|record| record.disable(&one, since, now)).await?;
                }
            }
        }
        self.deliver().await
    }
}

impl Recipients {
    fn subscription(&self, due: &Due) -> Option<&Subscription> {
        self.subscriptions.iter().find(|told| told.id == due.subscription_id)
    }
}

impl Due {
    /// How far it is after what came of it.
    fn after(&self, made: Made, now: Timestamp) -> Progress {
        let mut attempts: Vec<Attempt> = read_text(self.attempts.as_bytes()).unwrap_or_default();
        let (status, next_at) = match &made.attempt {
            Err(_) => (DeliveryStatus::Failed, None),
            Ok(attempt) if attempt.has_delivered() => (DeliveryStatus::Delivered, None),
            Ok(attempt) if attempt.is_gone() => (DeliveryStatus::Failed, None),
            Ok(_) => match wait_after(made_since(&attempts, self.replayed_after) + 1) {
                Some(wait) => (DeliveryStatus::Pending, Some(now.plus(wait))),
                None => (DeliveryStatus::Failed, None),
            },
        };
        attempts.push(made.attempt.unwrap_or_else(|why| Attempt::failed(now, why)));
        attempts.drain(..attempts.len().saturating_sub(ATTEMPTS_KEPT));
        let attempts = String::from_utf8_lossy(&text(&attempts)).into_owned();
        Progress { id: self.id.clone(), url: made.url, status, attempts, next_at }
    }

    /// Nothing was tried; it is tried later.
    fn put_off(&self, until: Timestamp) -> Progress {
        Progress {
            id: self.id.clone(),
            url: self.url.clone(),
            status: DeliveryStatus::Pending,
            attempts: self.attempts.clone(),
            next_at: Some(until),
        }
    }
}

/// How the endpoints of subscriptions did.
#[derive(Default)]
struct Health {
    succeeded: Vec<Told>,
    failed: Vec<Told>,
    gone: Vec<Told>,
}

impl Health {
    fn of(untold: &[Untold]) -> Self {
        let mut health = Self::default();
        for one in untold {
            let attempts: Vec<Attempt> = read_text(one.attempts.as_bytes()).unwrap_or_default();
            // Those before a replay have been told.
            let fresh = made_since(&attempts, one.replayed_after) > 0;
            let Some(last) = attempts.last().filter(|_| fresh) else { continue };
            let those = match last {
                last if last.has_delivered() => &mut health.succeeded,
                last if last.was_refused() => &mut health.failed,
                _ => continue,
            };
            let told = Told { id: one.subscription_id.clone(), url: one.url.clone() };
            those.push(told.clone());
            if last.is_gone() {
                health.gone.push(told);
            }
        }
        health
    }

    fn statements(&self, now: Timestamp) -> Vec<Statement> {
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
