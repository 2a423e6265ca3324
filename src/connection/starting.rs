//! Which workflows an event starts, for which grants of the connection, and how many runs came before it: an event about
//! what a run made is one deeper than that run. `hand_on` stores what follows; `run` is what begins.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::object::Inner;
use crate::{
    edge::Code,
    host::{Cell, HostError, Row, Statement},
    record::{
        event::Event,
        grant::Grant,
        read_rows,
        run::{Run, RunStatus},
        start::{self, Made},
        workflow::Candidate,
    },
    run::{Cause, new_run},
    time::Timestamp,
    workflow::Filter,
    zoom::{self, trigger},
};

/// So many runs may start one another through what they make.
const DEEPEST: i64 = 5;

/// What events may start.
#[derive(Default)]
pub(super) struct Starts {
    workflows: Vec<Deployed>,
    /// Those that are on, by grant.
    on: HashMap<String, Vec<usize>>,
    /// What runs made, of what the events are about.
    made: HashMap<String, Made>,
}

/// A deployed workflow.
struct Deployed {
    id: String,
    version: i64,
    trigger_key: String,
    filter: Option<Filter>,
    /// Nothing starts it when its filter cannot be read.
    starts: bool,
}

/// What starts at one event.
pub(super) struct Started<'a> {
    event: &'a Event,
    starts: &'a Starts,
    workflows: Vec<usize>,
    depth: i64,
}

impl<C: Cell> Inner<C> {
    /// What finds out what events may start: two statements.
    pub(super) fn looked_up(
        &self,
        events: &[Event],
        triggers: &[String],
        members: &[Grant],
    ) -> [Statement; 2] {
        let integration_id = &self.cell.name().integration_id;
        let now = self.cell.now();
        let usable = members.iter().filter(|member| member.is_usable(now));
        let grants = usable.map(|member| member.id.clone()).collect();
        let keys = triggers.iter().map(|id| format!("{}.{id}", zoom::PROVIDER)).collect();
        let mut things: Vec<_> = events.iter().filter_map(meeting).collect();
        if events.iter().any(is_new_meeting) {
            things.push(self.creating());
        }
        [start::switched_on(integration_id, &keys, &grants), start::made(integration_id, &things)]
    }

    /// What that found.
    pub(super) fn starts(&self, found: Vec<Row>, made: Vec<Row>) -> Result<Starts, HostError> {
        let mut starts = Starts::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        for one in read_rows::<Candidate>(found.into_iter())? {
            if !one.is_on() {
                continue;
            }
            let next = starts.workflows.len();
            let place = *places.entry(one.workflow_id.clone()).or_insert(next);
            if place == next {
                starts.workflows.push(self.deployed(&one));
            }
            starts.on.entry(one.grant_id).or_default().push(place);
        }
        let made = read_rows::<Made>(made.into_iter())?;
        starts.made = made.into_iter().map(|made| (made.thing.clone(), made)).collect();
        Ok(starts)
    }

    fn deployed(&self, one: &Candidate) -> Deployed {
        let read = one.filter.as_deref().map(Filter::parse).transpose();
        if let Err(misfit) = &read {
            let reason = misfit.to_string();
            self.cell.log(&json!({"level": "error", "what": "filter_unreadable",
                "workflow_id": one.workflow_id, "reason": reason}));
        }
        Deployed {
            id: one.workflow_id.clone(),
            version: one.version,
            trigger_key: one.trigger_key.clone(),
            starts: read.is_ok(),
            filter: read.unwrap_or_default(),
        }
    }

    /// What starts at this event; `output` is what it brings into filters.
    pub(super) fn started<'a>(
        &self,
        event: &'a Event,
        starts: &'a Starts,
        output: impl FnOnce() -> Result<Value, HostError>,
    ) -> Result<Started<'a>, HostError> {
        let trigger = trigger::by_event(&event.event);
        let key = trigger.map(|trigger| format!("{}.{}", zoom::PROVIDER, trigger.id));
        let all = starts.workflows.iter().enumerate();
        let mut wanting: Vec<_> =
            all.filter(|(_, one)| one.starts && Some(&one.trigger_key) == key.as_ref()).collect();
        if wanting.iter().any(|(_, one)| one.filter.is_some()) {
            let output = output()?;
            wanting.retain(|(_, one)| one.filter.as_ref().is_none_or(|one| one.matches(&output)));
        }
        let workflows = wanting.into_iter().map(|(place, _)| place).collect();
        Ok(Started { event, starts, workflows, depth: self.depth(event, starts) })
    }

    /// How many runs, one after the other, led to this event.
    fn depth(&self, event: &Event, starts: &Starts) -> i64 {
        let known =
            |thing: String| starts.made.get(&thing).filter(|m| m.until >= event.received_at);
        let of_meeting = meeting(event).and_then(known);
        // What Zoom says of a new meeting may come before its answer to the run that makes it.
        let creating = || Some(self.creating()).filter(|_| is_new_meeting(event)).and_then(known);
        of_meeting.or_else(creating).map_or(0, |made| made.depth.saturating_add(1))
    }

    fn creating(&self) -> String {
        format!("creating/{}", self.cell.name().provider_user_id)
    }
}

impl Started<'_> {
    /// The runs that begin for one grant.
    pub(super) fn for_member(&self, member: &Grant, now: Timestamp) -> Vec<Run> {
        let on = self.starts.on.get(&member.id).map(Vec::as_slice).unwrap_or_default();
        let both = self.workflows.iter().filter(|place| on.binary_search(place).is_ok());
        let workflows = both.filter_map(|place| self.starts.workflows.get(*place));
        workflows.map(|workflow| self.run(member, workflow, now)).collect()
    }

    fn run(&self, member: &Grant, workflow: &Deployed, now: Timestamp) -> Run {
        let cause = Cause {
            event: &self.event.id,
            workflow_id: &workflow.id,
            version: workflow.version,
            trigger_key: &workflow.trigger_key,
            replay: 0,
        };
        let event_id = Some(self.event.id.clone());
        let run = Run { event_id, depth: self.depth, ..new_run(member, &cause, now) };
        if self.depth <= DEEPEST {
            return run;
        }
        Run {
            status: RunStatus::Stopped,
            problem: Some(Code::LoopCut.text().to_owned()),
            due_at: None,
            ended_at: Some(now),
            ..run
        }
    }
}

fn meeting(event: &Event) -> Option<String> {
    event.meeting_id.as_ref().map(|id| format!("meeting/{id}"))
}

fn is_new_meeting(event: &Event) -> bool {
    event.event == "meeting.created"
}
