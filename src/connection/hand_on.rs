//! Hands on what Zoom's webhooks brought: for each grant of the connection, which subscriptions are told, and which
//! workflows start (`starting`). The outcome comes to the tables first, with the rows of runs, then the engine begins with
//! the runs, and the deliveries begin; taking the same events up again changes nothing. Who is sent what is in `notify`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    ConnectionName,
    notify::LONGEST_REST,
    object::Inner,
    pair::days,
    rows::{self, Begun, Waiting},
    starting::{Started, Starts},
};
use crate::{
    host::{Cell, HostError, Statement},
    id::derived_id,
    record::{
        delivery::{self, Delivery, DeliveryStatus},
        event::{self, Event, Outcome, OutcomeRow},
        grant::Grant,
        read_rows, run as runs,
        run::Run,
        subscription::{self, Terms},
        usage,
    },
    run,
    shape::text,
    time::{SECOND, Timestamp},
    workflow::Filter,
    zoom::trigger,
};

/// As soon as what is planned is so long, in bytes, it is stored in one transaction: a parameter of the tables has at
/// most 2,000,000, and the longest event of all may come last. What one event means for many takes several.
const LONGEST: usize = 500_000;
/// So many deliveries are planned before that is looked at again.
const DELIVERIES_AT_ONCE: usize = 250;
/// So many runs of one grant are; twice as many are stored in one transaction at most.
const RUNS_AT_ONCE: usize = 125;
/// When the engine takes no runs, their events wait for as long as they have waited already, within these, in
/// milliseconds.
const SHORTEST_WAIT: i64 = 30 * SECOND;
const LONGEST_WAIT: i64 = LONGEST_REST;

/// A subscription, and which events it wants.
struct Wish {
    told: Terms,
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
    runs: Vec<Run>,
    /// Of these the engine did not take the runs: they are not done. It is not asked again in this round.
    unstarted: BTreeSet<String>,
    /// How long all of that is, about, in bytes.
    length: usize,
}

impl<C: Cell> Inner<C> {
    /// Hands on what waits, as many as go at once; whether there may be more. What cannot be read yet waits on.
    pub(super) async fn hand_on(&self) -> Result<bool, HostError> {
        let now = self.cell.now();
        let found = self.cell.rows(vec![rows::any_waiting(now)]).await?;
        if found.iter().all(Vec::is_empty) {
            return Ok(false);
        }
        // Whoever is told will look: what it is about has to be in the tables first.
        self.deliver().await?;
        // What is erased meanwhile is erased from the tables after this.
        let _round = self.round.lock().await;
        let record = self.load().await?;
        if record.erases() {
            // It goes on when the alarm rings again.
            return Ok(false);
        }
        let found = self.cell.rows(vec![rows::waiting(now)]).await?;
        let waiting: Vec<Waiting> = read_rows(found.into_iter().flatten())?;
        let events: Vec<Event> = waiting.into_iter().map(Event::from).collect();
        self.hand_on_these(&events, &record.members).await.map(|()| true)
    }

    /// Hands on the first of these events, as far as one transaction goes.
    async fn hand_on_these(&self, events: &[Event], members: &[Grant]) -> Result<(), HostError> {
        let (wishes, starts) = self.wanted(events, members).await?;
        let (mut plan, mut unread) = (Plan::default(), Vec::new());
        for event in events {
            let wanting = match self.wanting(event, &wishes, &starts) {
                Ok(wanting) => wanting,
                Err(error) => {
                    self.report("hand_on", Err(error));
                    unread.push(event.id.clone());
                    continue;
                }
            };
            let stored = self.plan(&mut plan, event, members, &wanting).await?;
            plan.done.push(event.id.clone());
            if stored {
                break;
            }
        }
        self.store(&mut plan).await?;
        let now = self.cell.now();
        let unstarted = events.iter().filter(|event| plan.unstarted.contains(&event.id));
        let mut put_off: Vec<_> = unstarted
            .map(|event| {
                let wait = now.since(event.received_at).clamp(SHORTEST_WAIT, LONGEST_WAIT);
                rows::put_off(&vec![event.id.clone()], now.plus(wait))
            })
            .collect();
        if !unread.is_empty() {
            put_off.push(rows::put_off(&unread, now.plus(LONGEST_REST)));
        }
        if !put_off.is_empty() {
            self.cell.rows(put_off).await?;
        }
        Ok(())
    }

    /// Plans what follows from one event, and stores what is planned whenever it is long enough; whether it did.
    async fn plan<'a>(
        &self,
        plan: &mut Plan<'a>,
        event: &'a Event,
        members: &[Grant],
        (wanting, started): &(Vec<&Terms>, Started<'_>),
    ) -> Result<bool, HostError> {
        let (now, mut stored) = (self.cell.now(), false);
        for member in members {
            let usable = member.is_usable(now);
            let runs = if usable { started.for_member(member, now) } else { Vec::new() };
            let (outcome, told) = outcome(event, member, wanting, runs.len(), now);
            let (mut told, mut runs) = (told.chunks(DELIVERIES_AT_ONCE), runs.chunks(RUNS_AT_ONCE));
            let (mut some_told, mut some_runs) = (told.next(), runs.next());
            loop {
                let told_now = some_told.unwrap_or_default().iter();
                let deliveries = told_now.map(|one| begin(event, member, one, now));
                plan.add(event, outcome.clone(), deliveries, some_runs.unwrap_or_default());
                if plan.length >= LONGEST || plan.runs.len() >= RUNS_AT_ONCE {
                    self.store(plan).await?;
                    stored = true;
                }
                (some_told, some_runs) = (told.next(), runs.next());
                if some_told.is_none() && some_runs.is_none() {
                    break;
                }
            }
        }
        Ok(stored)
    }

    /// The active subscriptions to what happened, and the workflows that it may start.
    async fn wanted(
        &self,
        events: &[Event],
        members: &[Grant],
    ) -> Result<(Vec<Wish>, Starts), HostError> {
        let Some(member) = members.first() else {
            return Ok((Vec::new(), Starts::default()));
        };
        let found = events.iter().filter_map(|event| trigger::by_event(&event.event));
        let mut triggers: Vec<String> = found.map(|trigger| trigger.id.to_owned()).collect();
        triggers.sort_unstable();
        triggers.dedup();
        // All of a connection's grants are of one project.
        let mut statements = vec![subscription::active(&member.project_id, &triggers)];
        statements.extend(self.looked_up(events, &triggers, members));
        let mut found = self.cell.tables(statements).await?.into_iter();
        let mut next = || found.next().unwrap_or_default();
        let told: Vec<Terms> = read_rows(next().into_iter())?;
        let wishes = told.into_iter().filter_map(|told| self.wish(told)).collect();
        Ok((wishes, self.starts(next(), next())?))
    }

    /// What a subscription wants; nothing at all when its filter cannot be read.
    fn wish(&self, told: Terms) -> Option<Wish> {
        match told.filter.as_deref().map(Filter::parse).transpose() {
            Ok(filter) => Some(Wish { told, filter }),
            Err(misfit) => {
                let reason = misfit.to_string();
                self.cell.log(&json!({"level": "error", "what": "filter_unreadable",
                    "subscription_id": told.id, "reason": reason}));
                None
            }
        }
    }

    /// Of these, the subscriptions that want this event, and the workflows that it starts.
    fn wanting<'a>(
        &self,
        event: &'a Event,
        wishes: &'a [Wish],
        starts: &'a Starts,
    ) -> Result<(Vec<&'a Terms>, Started<'a>), HostError> {
        let trigger = trigger::by_event(&event.event).map(|trigger| trigger.id);
        let mut wishes: Vec<_> =
            wishes.iter().filter(|wish| trigger == Some(&wish.told.trigger)).collect();
        if wishes.iter().any(|wish| wish.filter.is_some()) {
            let output = self.output_of(event)?;
            wishes.retain(|wish| wish.filter.as_ref().is_none_or(|one| one.matches(&output)));
        }
        let started = self.started(event, starts, || self.output_of(event))?;
        Ok((wishes.into_iter().map(|wish| &wish.told).collect(), started))
    }

    fn output_of(&self, event: &Event) -> Result<Value, HostError> {
        match event::open_body(self.cell.as_ref(), &event.id, &event.sealed) {
            Ok(body) => Ok(trigger::output(serde_json::from_str(&body).unwrap_or_default())),
            Err(error) if error.part == "seal_key" && !self.is_forgotten(event.received_at) => {
                Err(error)
            }
            // One that never opens again must not stand in the way of the others.
            Err(_) => Ok(Value::Null),
        }
    }

    /// Whether nobody remembers any more what came at this time.
    pub(super) fn is_forgotten(&self, received_at: Timestamp) -> bool {
        self.cell.now().since(received_at) >= days(self.cell.settings().event_days)
    }

    /// Stores what is planned, and has it begin.
    async fn store(&self, plan: &mut Plan<'_>) -> Result<(), HostError> {
        let statements = plan.statements(self.cell.name(), self.cell.now());
        let mut answers = Vec::new();
        if !statements.is_empty() {
            answers = self.cell.tables(statements).await?;
        }
        let queued = run::ids_in(answers.pop().unwrap_or_default());
        let begun: Vec<Begun> = read_rows(answers.pop().unwrap_or_default().into_iter())?;
        if !queued.is_empty() && !self.start_runs(plan, &queued).await {
            plan.unstarted.extend(plan.runs.iter().filter_map(|run| run.event_id.clone()));
        }
        plan.done.retain(|id| !plan.unstarted.contains(id));
        self.cell.rows(rows::handed_on(&plan.done, &begun)).await?;
        *plan = Plan { unstarted: std::mem::take(&mut plan.unstarted), ..Plan::default() };
        Ok(())
    }

    /// Whether the engine takes runs. What is to be told does not wait for it.
    async fn start_runs(&self, plan: &Plan<'_>, queued: &[String]) -> bool {
        if !plan.unstarted.is_empty() {
            return false;
        }
        let started = run::start(self.cell.as_ref(), queued).await;
        let taken = started.is_ok();
        self.report("start_runs", started);
        taken
    }
}

impl<'a> Plan<'a> {
    /// What follows from one event for one grant, or a part of that.
    fn add(
        &mut self,
        event: &'a Event,
        outcome: OutcomeRow,
        deliveries: impl Iterator<Item = Delivery>,
        runs: &[Run],
    ) {
        if self.events.last().is_none_or(|last| last.id != event.id) {
            self.length += text(event).len();
            self.events.push(event);
        }
        self.length += text(&outcome).len();
        self.outcomes.push(outcome);
        for delivery in deliveries {
            self.length += text(&delivery).len();
            self.deliveries.push(delivery);
        }
        for run in runs {
            self.length += text(run).len();
            self.runs.push(run.clone());
        }
    }

    /// What the tables are told; the last two statements answer the deliveries that begin and the runs that the engine
    /// has not begun with. Those of an earlier try count too: what they were for may have gone since.
    fn statements(&self, name: &ConnectionName, now: Timestamp) -> Vec<Statement> {
        let Some(first) = self.outcomes.first() else {
            return Vec::new();
        };
        let events = self.events.iter().map(|one| one.id.clone()).collect();
        let mut statements = vec![usage::events(&first.project_id, &events, now)];
        statements.extend(usage::runs(&self.runs, now));
        statements.push(event::put(name, &first.project_id, &self.events));
        let hosted = self.events.iter().filter(|one| one.by_host);
        let meetings: Vec<_> = hosted.filter_map(|one| one.meeting_id.clone()).collect();
        if !meetings.is_empty() {
            statements.push(event::remember_hosts(name, &meetings, now));
        }
        statements.push(event::put_outcomes(&self.outcomes));
        if !self.deliveries.is_empty() {
            statements.push(delivery::begin(&self.deliveries));
        }
        if !self.runs.is_empty() {
            statements.push(runs::put(&self.runs));
        }
        let mut grants: Vec<_> = self.outcomes.iter().map(|one| one.grant_id.clone()).collect();
        grants.sort_unstable();
        grants.dedup();
        let runs = self.runs.iter().map(|run| run.id.clone()).collect();
        statements.extend([delivery::begun(&events, &grants), runs::queued(&runs)]);
        statements
    }
}

/// What comes of one event for one grant, and who is told.
fn outcome<'a>(
    event: &Event,
    member: &Grant,
    wanting: &[&'a Terms],
    runs: usize,
    now: Timestamp,
) -> (OutcomeRow, Vec<&'a Terms>) {
    let valid = member.is_usable(now);
    let of_user =
        |one: &&Terms| one.account_id.as_ref().is_none_or(|account| *account == member.user_id);
    let told: Vec<_> = wanting.iter().copied().filter(|_| valid).filter(of_user).collect();
    let row = OutcomeRow {
        event_id: event.id.clone(),
        grant_id: member.id.clone(),
        project_id: member.project_id.clone(),
        user_id: member.user_id.clone(),
        outcome: match (valid, told.is_empty() && runs == 0) {
            (false, _) => Outcome::GrantInvalid,
            (true, true) => Outcome::Unmatched,
            (true, false) => Outcome::Matched,
        },
        subscriptions: i64::try_from(told.len()).unwrap_or(i64::MAX),
        runs: i64::try_from(runs).unwrap_or(i64::MAX),
    };
    (row, told)
}

/// One delivery; the same each time it is begun.
fn begin(event: &Event, member: &Grant, told: &Terms, now: Timestamp) -> Delivery {
    Delivery {
        id: derived_id("evt", &[&event.id, &told.id, &member.id]),
        project_id: member.project_id.clone(),
        kind: event.event.clone(),
        grant_id: member.id.clone(),
        url: String::new(),
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
