//! Hands on what Zoom's webhooks brought: for each grant of the connection, which subscriptions are told. The outcome
//! comes to the tables first, then the deliveries begin; taking the same events up again changes nothing. Who is sent
//! what is in `notify`.

use serde_json::Value;

use super::{
    ConnectionName,
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
        read_rows, rows as table_rows,
        subscription::{self, Subscription},
    },
    time::Timestamp,
    workflow::Filter,
    zoom::trigger,
};

/// So many outcomes and deliveries go into one transaction of the tables: what one event means for many grants and
/// subscriptions takes several.
const MOST: usize = 1_000;

/// A subscription, and which events it wants.
struct Wish {
    told: Subscription,
    filter: Option<Filter>,
}

/// What follows from some events.
#[derive(Default)]
struct Plan<'a> {
    /// The events that it tells of, the last one perhaps in part.
    events: Vec<&'a Event>,
    /// Those of which it tells the end.
    done: Vec<String>,
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
        let wishes = self.wishes(&events, &members).await?;
        let (mut plan, now) = (Plan::default(), self.cell.now());
        for event in &events {
            let wanting = self.wanting(event, &wishes)?;
            for some in members.chunks(MOST.div_ceil(wanting.len() + 1)) {
                plan.add(event, some, &wanting, now);
                if plan.outcomes.len() + plan.deliveries.len() >= MOST {
                    self.store(std::mem::take(&mut plan)).await?;
                }
            }
            plan.done.push(event.id.clone());
        }
        self.store(plan).await?;
        Ok(true)
    }

    /// The active subscriptions to what happened.
    async fn wishes(&self, events: &[Event], members: &[Grant]) -> Result<Vec<Wish>, HostError> {
        let Some(member) = members.first() else {
            return Ok(Vec::new());
        };
        let found = events.iter().filter_map(|event| trigger::by_event(&event.event));
        let mut triggers: Vec<String> = found.map(|trigger| trigger.id.to_owned()).collect();
        triggers.sort_unstable();
        triggers.dedup();
        // All of a connection's grants are of one project.
        let active = subscription::active(&member.project_id, &triggers);
        let found: Vec<Subscription> = table_rows(self.cell.as_ref(), active).await?;
        let wish = |told: Subscription| {
            // It was read when it was stored.
            let filter = told.filter.as_deref().and_then(|text| Filter::parse(text).ok());
            Wish { told, filter }
        };
        Ok(found.into_iter().map(wish).collect())
    }

    /// Of these, the subscriptions that want this event.
    fn wanting<'a>(
        &self,
        event: &Event,
        wishes: &'a [Wish],
    ) -> Result<Vec<&'a Subscription>, HostError> {
        let trigger = trigger::by_event(&event.event).map(|trigger| trigger.id);
        let mut wishes: Vec<_> =
            wishes.iter().filter(|wish| trigger == Some(&wish.told.trigger)).collect();
        if wishes.iter().any(|wish| wish.filter.is_some()) {
            let output = self.output_of(event)?;
            wishes.retain(|wish| wish.filter.as_ref().is_none_or(|one| one.matches(&output)));
        }
        Ok(wishes.into_iter().map(|wish| &wish.told).collect())
    }

    fn output_of(&self, event: &Event) -> Result<Value, HostError> {
        match event::open_body(self.cell.as_ref(), &event.id, &event.sealed) {
            Ok(body) => Ok(trigger::output(serde_json::from_str(&body).unwrap_or_default())),
            Err(error) if error.part == "seal_key" => Err(error),
            // One that never opens again must not stand in the way of the others.
            Err(_) => Ok(Value::Null),
        }
    }

    async fn store(&self, plan: Plan<'_>) -> Result<(), HostError> {
        let begun = match plan.statements(self.cell.name(), self.cell.now()) {
            Some(statements) => self.cell.tables(statements).await?.pop().unwrap_or_default(),
            None => Vec::new(),
        };
        let begun: Vec<Begun> = read_rows(begun.into_iter())?;
        self.cell.rows(rows::handed_on(&plan.done, &begun)).await.map(|_| ())
    }
}

impl<'a> Plan<'a> {
    /// What follows from one event for some of the grants.
    fn add(
        &mut self,
        event: &'a Event,
        members: &[Grant],
        wanting: &[&Subscription],
        now: Timestamp,
    ) {
        self.events.push(event);
        for member in members {
            let valid = member.status == Status::Valid && !member.has_ended(now);
            let of_user = |one: &&&Subscription| {
                one.account_id.as_ref().is_none_or(|account| *account == member.user_id)
            };
            let told: Vec<_> = wanting.iter().filter(|_| valid).filter(of_user).collect();
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

    /// What the tables are told; the last statement answers the deliveries that begin. Those of an earlier try count too:
    /// what they were for may have gone since.
    fn statements(&self, name: &ConnectionName, now: Timestamp) -> Option<Vec<Statement>> {
        let project_id = &self.outcomes.first()?.project_id;
        let mut statements: Vec<Statement> =
            self.events.iter().map(|one| event::put(name, project_id, one)).collect();
        let hosted = self.events.iter().filter(|one| one.by_host);
        let mut meetings: Vec<_> = hosted.filter_map(|one| one.meeting_id.as_ref()).collect();
        meetings.sort_unstable();
        meetings.dedup();
        statements.extend(meetings.into_iter().map(|id| event::remember_host(name, id, now)));
        statements.push(event::put_outcomes(&self.outcomes));
        if !self.deliveries.is_empty() {
            statements.push(delivery::begin(&self.deliveries));
        }
        let events = self.events.iter().map(|one| one.id.clone()).collect();
        let mut grants: Vec<_> = self.outcomes.iter().map(|one| one.grant_id.clone()).collect();
        grants.sort_unstable();
        grants.dedup();
        statements.push(delivery::begun(&events, &grants));
        Some(statements)
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
