//! The five meeting operations: create, list, get, update, delete.

use serde_json::{Value, json};

use crate::answer::{Answer, FieldError, Problem};
use crate::bearer::{Caller, demand_self};
use crate::call::{Call, decode};
use crate::clock::{Millis, iso};
use crate::event::{self, emit};
use crate::limits;
use crate::meeting::{Meeting, Phase, merge};
use crate::meeting_body::{self, MeetingChange};
use crate::state::{Records, State, User};

/// Zoom API, Meetings: Create a meeting. 201.
pub(crate) fn create(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    demand_self(state, &caller.user, &call.segment(2), call.kind)?;
    let change = meeting_body::read(&call.json_object()?, "UTC")?;
    limits::admit_change(state, &caller.user.id, call.now)?;
    let meeting = add(&mut state.records, &caller.user, change, call.now);
    let answer = Answer::json(201, &meeting.shown(&caller.user.email, &call.base_url));
    let event = event::created(&caller.user, meeting, &call.base_url, call.now);
    emit(state, &caller.user.id, &event, call.now);
    Ok(answer)
}

/// Adds a meeting under a free eleven-digit number.
pub(crate) fn add<'a>(
    records: &'a mut Records,
    host: &User,
    change: MeetingChange,
    now: Millis,
) -> &'a mut Meeting {
    let mut id = rand::random_range(80_000_000_000..99_000_000_000_u64);
    while records.meetings.contains_key(&id) {
        id += 1;
    }
    let meeting = Meeting::new(id, host, change, now);
    records.meetings.entry(id).or_insert(meeting)
}

/// Zoom API, Meetings: List meetings. 200.
pub(crate) fn list(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    demand_self(state, &caller.user, &call.segment(2), call.kind)?;
    let query = call.query();
    let which = query.first("type").unwrap_or("scheduled");
    let is_listed = listed_by(which)?;
    let name = format!("meetings {which} {}", caller.user.id);
    let window = state.pages.read(&query, &name, call.now)?;
    let day = |meeting: &Meeting| meeting.start_time().unwrap_or_default();
    let since = query.first("from").unwrap_or_default();
    let until = query.first("to");
    let mut meetings: Vec<&Meeting> = state
        .records
        .meetings
        .values()
        .filter(|meeting| meeting.host_id == caller.user.id && is_listed(meeting, call.now))
        .filter(|meeting| *day(meeting) >= *since)
        .filter(|meeting| until.is_none_or(|until| day(meeting).get(..10) <= Some(until)))
        .collect();
    meetings.sort_by_key(|meeting| (meeting.start, meeting.id));
    let rows = meetings.into_iter().map(|meeting| meeting.listed(&call.base_url)).collect();
    let page = state.pages.answer(window, ("meetings", &name), rows, call.now);
    Ok(Answer::json(200, &page))
}

/// Zoom API, List meetings: what each `type` lists. Instant meetings are in none but `live`.
fn listed_by(which: &str) -> Result<fn(&Meeting, Millis) -> bool, Problem> {
    fn is_planned(meeting: &Meeting) -> bool {
        meeting.kind != 1 && meeting.phase != Phase::Ended
    }
    fn is_ahead(meeting: &Meeting, now: Millis) -> bool {
        is_planned(meeting) && (meeting.kind == 3 || meeting.end().is_none_or(|end| end >= now))
    }
    match which {
        "scheduled" => Ok(|meeting, _| is_planned(meeting)),
        "live" => Ok(|meeting, _| meeting.phase == Phase::Started),
        "upcoming" => Ok(|m, now| m.phase == Phase::Waiting && is_ahead(m, now)),
        "upcoming_meetings" => Ok(|m, now| m.phase == Phase::Started || is_ahead(m, now)),
        "previous_meetings" => Ok(|m, now| !is_ahead(m, now) && m.phase != Phase::Started),
        _ => Err(Problem::validation(vec![FieldError::invalid("type")])),
    }
}

/// Zoom API, Meetings: Get a meeting. 200.
pub(crate) fn read(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    let meeting = own(&mut state.records, call, &caller.user)?;
    let mut shown = meeting.shown(&caller.user.email, &call.base_url);
    if let Some(id) = call.query().first("occurrence_id") {
        let occurrence = meeting.occurrences.iter().find(|o| o.id == id && !o.is_deleted);
        let one = occurrence.ok_or_else(invalid_occurrence)?;
        merge(&mut shown, json!({"start_time": iso(one.start), "duration": one.duration}));
    }
    Ok(Answer::json(200, &shown))
}

/// Zoom API, Meetings: Update a meeting. 204.
pub(crate) fn update(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    let before = own(&mut state.records, call, &caller.user)?.clone();
    let change = meeting_body::read(&call.json_object()?, &before.timezone)?;
    let query = call.query();
    let event = if let Some(id) = query.first("occurrence_id") {
        let meeting = own(&mut state.records, call, &caller.user)?;
        let occurrence = meeting.occurrences.iter_mut().find(|o| o.id == id && !o.is_deleted);
        let one = occurrence.ok_or_else(invalid_occurrence)?;
        one.start = change.start.unwrap_or(one.start);
        one.duration = change.duration.unwrap_or(one.duration);
        event::occurrence_updated(&caller.user, &before, meeting, call.now)
    } else {
        limits::admit_change(state, &caller.user.id, call.now)?;
        let meeting = own(&mut state.records, call, &caller.user)?;
        meeting.change(change);
        event::updated(&caller.user, (&before, meeting), &call.base_url, call.now)
    };
    if let Some(event) = event {
        emit(state, &caller.user.id, &event, call.now);
    }
    Ok(Answer::empty())
}

/// Zoom API, Meetings: Delete a meeting. 204.
pub(crate) fn delete(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    let text = "Not allowed to delete PMI.";
    if call.segment(2) == caller.user.pmi.to_string() {
        return Err(Problem::new(400, 3018, text));
    }
    let meeting = own(&mut state.records, call, &caller.user)?;
    if let Some(id) = call.query().first("occurrence_id") {
        let occurrence = meeting.occurrences.iter_mut().find(|o| o.id == id && !o.is_deleted);
        let occurrence = occurrence.ok_or_else(invalid_occurrence)?;
        occurrence.is_deleted = true;
        let occurrence = occurrence.clone();
        let event = event::deleted(&caller.user, meeting, Some(&occurrence), call.now);
        emit(state, &caller.user.id, &event, call.now);
        return Ok(Answer::empty());
    }
    let state_error = |code, why: &str| {
        Problem::new(400, code, format!("Sorry, you cannot delete this meeting since it {why}."))
    };
    match meeting.phase {
        Phase::Started => Err(state_error(3002, "is in progress")),
        Phase::Ended => Err(state_error(3007, "has ended")),
        Phase::Waiting => {
            let id = meeting.id;
            let event = event::deleted(&caller.user, meeting, None, call.now);
            emit(state, &caller.user.id, &event, call.now);
            state.records.meetings.remove(&id);
            Ok(Answer::empty())
        }
    }
}

/// The meeting of the path, if it is the caller's: a number, or a UUID.
///
/// Zoom API, Get a meeting: a UUID that begins with `/` or contains `//` must be double-encoded;
/// encoded once it is another path, which no endpoint has. Somebody else's meeting is not found.
pub(crate) fn own<'a>(
    records: &'a mut Records,
    call: &Call,
    user: &User,
) -> Result<&'a mut Meeting, Problem> {
    let once = call.segment(2);
    if once.starts_with('/') || once.contains("//") {
        return Err(Problem::no_endpoint());
    }
    let name = decode(&once);
    let is_named = |m: &Meeting| name == m.uuid || name.parse() == Ok(m.id);
    let not_found =
        || Problem::new(404, 3001, format!("Meeting {name} is not found or has expired."));
    let mut meetings = records.meetings.values_mut();
    meetings.find(|m| m.host_id == user.id && is_named(m)).ok_or_else(not_found)
}

/// Zoom REST errors: 3000.
pub(crate) fn invalid_occurrence() -> Problem {
    Problem::new(400, 3000, "Invalid occurrence_id.")
}

/// Every meeting, for assertions.
pub(crate) fn states(records: &Records) -> Vec<Value> {
    records.meetings.values().map(Meeting::state).collect()
}
