//! Hands on what Zoom's webhooks brought: for each grant of the connection, which subscriptions are told. The outcome
//! comes to the tables first, then the deliveries begin; taking the same events up again changes nothing. Who is sent
//! what is in `notify`.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    object::Inner,
    rows::{self, Begun, Waiting},
};
use crate::{
    host::{Cell, HostError, Statement},
    id::derived_id,
    record::{
        delivery::{self, Delivery, DeliveryStatus},
        event::{self, Event, Outcome, OutcomeRow},
        grant::{Grant, Status},
        read_rows,
        subscription::{self, Subscription},
    },
    time::Timestamp,
    workflow::Filter,
    zoom::trigger,
};

/// A subscription, and which events it wants.
struct Wish {
    told: Subscription,
    filter: Option<Filter>,
}

/// What follows from some events.
#[derive(Default)]
struct Plan {
    outcomes: Vec<OutcomeRow>,
    deliveries: Vec<Delivery>,
}

impl<C: Cell> Inner<C> {
    /// Hands on what waits, as many as go at once; whether there may be more.
    pub(super) async fn hand_on(&self) -> Result<bool, HostError> {
        let found = self.cell.rows(vec![rows::any_waiting()]).await?;
        if found.iter().all(Vec::is_empty) {
            return Ok(false);
        }
        // Whoever is told will look: what it is about has to be in the tables first.
        self.deliver().await?;
        // What is erased meanwhile is erased from the tables after this.
        let _round = self.round.lock().await;
        let found = self.cell.rows(vec![rows::waiting()]).await?;
        let waiting: Vec<Waiting> = read_rows(found.into_iter().flatten())?;
        let events: Vec<Event> = waiting.into_iter().map(Event::from).collect();
        let members = self.load().await?.members;
        let subscriptions = self.subscriptions_to(&events, &members).await?;
        let (mut plan, now) = (Plan::default(), self.cell.now());
        for event in &events {
            let trigger = trigger::by_event(&event.event).map(|trigger| trigger.id);
            let wanting: Vec<&Wish> =
                subscriptions.iter().filter(|wish| trigger == Some(&wish.told.trigger)).collect();
            let filtered = wanting.iter().any(|wish| wish.filter.is_some());
            let output = if filtered { self.output_of(event)? } else { Value::Null };
            plan.event(event, &members, &wanting, &output, now);
        }
        self.store(&events, &members, plan).await?;
        Ok(true)
    }

    async fn subscriptions_to(
        &self,
        events: &[Event],
        members: &[Grant],
    ) -> Result<Vec<Wish>, HostError> {
        let Some(member) = members.first() else {
            return Ok(Vec::new());
        };
        let mut triggers: Vec<String> = Vec::new();
        for event in events {
            if let Some(found) = trigger::by_event(&event.event)
                && !triggers.iter().any(|id| id == found.id)
            {
                triggers.push(found.id.to_owned());
            }
        }
        let statement = subscription::active(&member.project_id, &triggers);
        let found: Vec<Subscription> =
            read_rows(self.cell.tables(vec![statement]).await?.into_iter().flatten())?;
        let wish = |told: Subscription| {
            // It was read when it was stored.
            let filter = told.filter.as_deref().and_then(|text| Filter::parse(text).ok());
            Wish { told, filter }
        };
        Ok(found.into_iter().map(wish).collect())
    }

    fn output_of(&self, event: &Event) -> Result<Value, HostError> {
        match event::open_body(self.cell.as_ref(), &event.id, &event.sealed) {
            Ok(body) => Ok(trigger::output(serde_json::from_str(&body).unwrap_or_default())),
            Err(error) if error.part == "seal_key" => Err(error),
            // One that never opens again must not stand in the way of the others.
            Err(_) => Ok(Value::Null),
        }
    }

    async fn store(
        &self,
        events: &[Event],
        members: &[Grant],
        plan: Plan,
    ) -> Result<(), HostError> {
        let (name, now) = (self.cell.name(), self.cell.now());
        let mut statements: Vec<Statement> = Vec::new();
        if let Some(member) = members.first() {
            statements.extend(events.iter().map(|one| event::put(name, &member.project_id, one)));
            let meetings: HashMap<&String, ()> = events
                .iter()
                .filter(|one| one.by_host)
                .filter_map(|one| Some((one.meeting_id.as_ref()?, ())))
                .collect();
            let remember = |id: &&String| event::remember_host(name, id, now);
            statements.extend(meetings.keys().map(remember));
            statements.push(event::put_outcomes(&plan.outcomes));
            if !plan.deliveries.is_empty() {
                statements.push(delivery::begin(&plan.deliveries));
            }
            self.cell.tables(statements).await?;
        }
        let ids = events.iter().map(|one| one.id.clone()).collect();
        let begun = plan.deliveries.into_iter().map(Begun::from).collect();
        self.cell.rows(rows::handed_on(&ids, &begun)).await.map(|_| ())
    }
}

impl Plan {
    /// What follows from one event. `output` is what it carries, where a filter asks.
    fn event(
        &mut self,
        event: &Event,
        members: &[Grant],
        wanting: &[&Wish],
        output: &Value,
        now: Timestamp,
    ) {
        let fits = |wish: &&&Wish| wish.filter.as_ref().is_none_or(|filter| filter.matches(output));
        let wanted: Vec<_> = wanting.iter().filter(fits).map(|wish| &wish.told).collect();
        for member in members {
            let valid = member.status == Status::Valid && !member.has_ended(now);
            let of_user = |one: &&&Subscription| {
                one.account_id.as_ref().is_none_or(|account| *account == member.user_id)
            };
            let told: Vec<_> = wanted.iter().filter(of_user).filter(|_| valid).collect();
            self.outcomes.push(OutcomeRow {
                event_id: event.id.clone(),
                grant_id: member.id.clone(),
                project_id: member.project_id.clone(),
                user_id: member.user_id.clone(),
                outcome: match (valid, told.is_empty()) {
                    (false, _) => Outcome::GrantInvalid,
                    (true, true) => Outcome::Unmatched,
                    (true, false) => Outcome::Matched,
                },
                subscriptions: i64::try_from(told.len()).unwrap_or(i64::MAX),
            });
            self.deliveries.extend(told.into_iter().map(|one| begin(event, member, one, now)));
        }
    }
}

/// One delivery; the same each time it is begun.
fn begin(event: &Event, member: &Grant, told: &Subscription, now: Timestamp) -> Delivery {
    Delivery {
        id: derived_id("evt", &[&event.id, &told.id, &member.id]),
        project_id: member.project_id.clone(),
        kind: event.event.clone(),
        grant_id: member.id.clone(),
        url: told.url.clone().unwrap_or_default(),
        status: DeliveryStatus::Pending,
        attempts: "[]".to_owned(),
        created_at: now,
        next_at: Some(now),
        event_id: Some(event.id.clone()),
        subscription_id: Some(told.id.clone()),
        body: None,
        user_id: Some(member.user_id.clone()),
        integration_id: Some(member.integration_id.clone()),
        provider_user_id: Some(member.provider_user_id.clone()),
    }
}

impl From<Delivery> for Begun {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            event_id: delivery.event_id.unwrap_or_default(),
            subscription_id: delivery.subscription_id.unwrap_or_default(),
            grant_id: delivery.grant_id,
            next_at: delivery.next_at.unwrap_or(delivery.created_at),
        }
    }
}
