//! What people do in Zoom itself, as methods: make a meeting, start it, join, leave, end it, record
//! it, remove an app. Each tells the apps.

use serde_json::{Map, Value};

use crate::clock::Millis;
use crate::event::{self, Event, emit, emit_to};
use crate::meeting::{Meeting, Phase};
use crate::meeting_body::MeetingChange;
use crate::meetings;
use crate::participant::Participant;
use crate::recording::Recording;
use crate::sandbox::{Sandbox, Unknown};
use crate::state::{State, User};

/// What Zoom says to those who are in a meeting when it ends.
const HOST_ENDED: &str = "Host ended the meeting.";

impl Sandbox {
    /// Adds a meeting of a user, as if made in Zoom itself; answers its id.
    pub fn add_meeting(&self, user: &str, topic: &str, uuid: Option<&str>) -> Result<u64, Unknown> {
        self.add_meeting_with(user, topic, uuid, Map::new())
    }

    /// The same with `settings` as Zoom's API takes them.
    pub(crate) fn add_meeting_with(
        &self,
        user: &str,
        topic: &str,
        uuid: Option<&str>,
        settings: Map<String, Value>,
    ) -> Result<u64, Unknown> {
        let (id, now) = (self.user_id(user)?, self.clock().now());
        self.change(|state| {
            let host = host(state, &id)?;
            let topic = Some(topic.to_owned());
            let change = MeetingChange { topic, settings, ..Default::default() };
            let base_url = state.base_url.clone();
            let meeting = meetings::add(&mut state.records, &host, change, now);
            if let Some(uuid) = uuid {
                uuid.clone_into(&mut meeting.uuid);
            }
            let (id, event) = (meeting.id, event::created(&host, meeting, &base_url, now));
            emit(state, &host.id, &event, now);
            Ok(id)
        })
    }

    /// Starts a meeting. Nothing happens when it is in progress already.
    pub fn start_meeting(&self, id: u64) -> Result<(), Unknown> {
        self.in_meeting(id, |meeting, host, now| {
            if meeting.phase == Phase::Started {
                return Ok(Vec::new());
            }
            meeting.phase = Phase::Started;
            meeting.started_at = Some(now);
            Ok(vec![event::started(host, meeting, now)])
        })
    }

    /// Ends a meeting; whoever is in it leaves. Nothing happens when it is over already.
    pub fn end_meeting(&self, id: u64) -> Result<(), Unknown> {
        self.in_meeting(id, |meeting, host, now| {
            if meeting.phase == Phase::Ended {
                return Ok(Vec::new());
            }
            let gone = std::mem::take(&mut meeting.participants);
            let left = |who| event::left(host, (&*meeting, who), Some(HOST_ENDED), now);
            let mut events: Vec<Event> = gone.iter().map(left).collect();
            meeting.phase = Phase::Ended;
            events.push(event::ended(host, meeting, now));
            Ok(events)
        })
    }

    /// Somebody joins a meeting that is in progress; answers the participant's number. With a Zoom
    /// user's e-mail address it is that user, signed in.
    pub fn join_meeting(
        &self,
        id: u64,
        name: &str,
        email: Option<&str>,
    ) -> Result<String, Unknown> {
        let email = email.unwrap_or_default();
        let user = self.with(|state| state.records.user(email).cloned());
        let participant = Participant::new(name, email, user.as_ref());
        let number = participant.user_id.clone();
        self.in_meeting(id, |meeting, host, now| {
            if meeting.phase != Phase::Started {
                return Err(Unknown(format!("the meeting {id} is not in progress: start it")));
            }
            let event = event::joined(host, (meeting, &participant), now);
            meeting.participants.push(participant);
            Ok(vec![event])
        })?;
        Ok(number)
    }

    /// Somebody leaves; `who` is a participant's number, e-mail address or name.
    pub fn leave_meeting(&self, id: u64, who: &str) -> Result<(), Unknown> {
        self.in_meeting(id, |meeting, host, now| {
            let found = meeting.participants.iter().position(|participant| participant.is(who));
            let found =
                found.ok_or_else(|| Unknown(format!("{who} is not in the meeting {id}")))?;
            let gone = meeting.participants.remove(found);
            Ok(vec![event::left(host, (meeting, &gone), None, now)])
        })
    }

    /// Begins to record a meeting.
    pub fn start_recording(&self, id: u64) -> Result<(), Unknown> {
        self.in_meeting(id, |meeting, host, now| {
            let recording = Recording::new(host, now);
            let event = event::recording_started(host, meeting, &recording, now);
            meeting.recording = Some(recording);
            Ok(vec![event])
        })
    }

    /// The recording is complete: its files can be fetched. A meeting that was not being recorded
    /// was recorded from its beginning.
    pub fn finish_recording(&self, id: u64) -> Result<(), Unknown> {
        let base_url = self.base_url();
        self.in_meeting(id, |meeting, host, now| {
            let began = meeting.started_at.or(meeting.start).unwrap_or(now).min(now);
            let mut recording =
                meeting.recording.take().unwrap_or_else(|| Recording::new(host, began));
            recording.ended_at = Some(now);
            let event = event::completed(host, (meeting, &recording), &base_url, now);
            meeting.recording = Some(recording);
            Ok(vec![event])
        })
    }

    /// The transcript of a complete recording can be fetched.
    pub fn finish_transcript(&self, id: u64) -> Result<(), Unknown> {
        let base_url = self.base_url();
        self.in_meeting(id, |meeting, host, now| {
            let complete = meeting.recording.as_ref().filter(|r| r.ended_at.is_some());
            let recording = complete.ok_or_else(|| {
                Unknown(format!("the meeting {id} has no complete recording: finish it"))
            })?;
            Ok(vec![event::transcript_completed(host, (meeting, recording), &base_url, now)])
        })
    }

    /// A user removes an app (`None` is the configured one): their tokens for it are dead, and the
    /// app is told with `app_deauthorized`.
    pub fn remove_app(&self, user: &str, client_id: Option<&str>) -> Result<(), Unknown> {
        let (id, now) = (self.user_id(user)?, self.clock().now());
        let client_id = client_id.unwrap_or(&self.app().client_id);
        self.change(|state| {
            if !state.records.has_consent(client_id, &id, now) {
                return Err(Unknown(format!("{user} has not allowed the app {client_id}")));
            }
            let event = event::deauthorized(&host(state, &id)?, client_id, now);
            state.records.remove_app(client_id, &id);
            emit_to(state, client_id, &event);
            Ok(())
        })
    }

    /// Does something in a meeting and tells the apps that may hear of its host.
    fn in_meeting(
        &self,
        id: u64,
        act: impl FnOnce(&mut Meeting, &User, Millis) -> Result<Vec<Event>, Unknown>,
    ) -> Result<(), Unknown> {
        let now = self.clock().now();
        self.change(|state| {
            let no_meeting = || Unknown(format!("there is no meeting {id}"));
            let host_id = state.records.meetings.get(&id).map(|meeting| meeting.host_id.clone());
            let host = host(state, &host_id.ok_or_else(no_meeting)?)?;
            let meeting = state.records.meetings.get_mut(&id).ok_or_else(no_meeting)?;
            for event in act(meeting, &host, now)? {
                emit(state, &host.id, &event, now);
            }
            Ok(())
        })
    }
}

fn host(state: &State, id: &str) -> Result<User, Unknown> {
    let user = state.records.user(id).cloned();
    user.ok_or_else(|| Unknown(format!("there is no Zoom user {id}")))
}
