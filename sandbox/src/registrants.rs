//! The three registrant operations: add, list, delete.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, FieldError, Problem};
use crate::bearer::Caller;
use crate::call::{Call, Fields};
use crate::clock::{Millis, iso};
use crate::event::{self, emit};
use crate::limits;
use crate::meeting::{Meeting, Occurrence, Phase, merge};
use crate::meetings::{invalid_occurrence, own};
use crate::registrant_body::{self, Registration};
use crate::secret::{fingerprint, mint};
use crate::state::{Records, State, User};
use crate::webhook::Json;

/// Zoom API, Add a meeting registrant: at most 4,999.
const MOST: usize = 4_999;

/// What a registrant filled in, in the order of Zoom's events.
const TOLD: [&str; 17] = [
    "first_name",
    "last_name",
    "email",
    "address",
    "city",
    "country",
    "zip",
    "state",
    "phone",
    "industry",
    "org",
    "job_title",
    "purchasing_time_frame",
    "role_in_purchase_process",
    "no_of_employees",
    "comments",
    "custom_questions",
];

/// One registrant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Registrant {
    pub(crate) id: String,
    pub(crate) email: String,
    fields: Map<String, Value>,
    /// approved, pending or denied.
    status: String,
    created_at: Millis,
    pin: u32,
    /// The occurrences registered for; empty is all.
    occurrence_ids: Vec<String>,
}

impl Registrant {
    /// The address that lets this registrant, and nobody else, join: a secret.
    fn join_url(&self, meeting: &Meeting, base_url: &str) -> Option<String> {
        let ticket = fingerprint(&format!("{} {} {}", meeting.uuid, self.id, self.pin));
        let url = format!("{base_url}/w/{}?tk={ticket}", meeting.id);
        (self.status == "approved").then_some(url)
    }

    /// The occurrences registered for.
    pub(crate) fn occurrences<'a>(&self, meeting: &'a Meeting) -> Vec<&'a Occurrence> {
        let is_chosen = |o: &&Occurrence| {
            let is_asked = self.occurrence_ids.is_empty() || self.occurrence_ids.contains(&o.id);
            !o.is_deleted && is_asked
        };
        meeting.occurrences.iter().filter(is_chosen).collect()
    }

    fn shown(&self, meeting: &Meeting, base_url: &str) -> Value {
        let mut shown = Value::Object(self.fields.clone());
        let with = json!({
            "id": self.id,
            "status": self.status,
            "create_time": iso(self.created_at),
            "participant_pin_code": self.pin,
        });
        merge(&mut shown, with);
        if let Some(url) = self.join_url(meeting, base_url) {
            merge(&mut shown, json!({"join_url": url}));
        }
        shown
    }

    /// As events tell it: the fields in Zoom's order, those that were filled in.
    pub(crate) fn told(&self, meeting: &Meeting, base_url: &str) -> Json {
        let start = Json::object().and("id", self.id.as_str());
        let told = TOLD
            .iter()
            .fold(start, |told, name| told.and_some(name, self.fields.get(*name).cloned()));
        told.and("status", self.status.as_str())
            .and_some("join_url", self.join_url(meeting, base_url))
            .and("participant_pin_code", self.pin)
    }

    /// For assertions: no address that carries a ticket.
    pub(crate) fn state(&self) -> Value {
        json!({"id": self.id, "email": self.email, "status": self.status})
    }
}

/// Zoom API, Meetings: Add a meeting registrant. 201. The same e-mail address again is the same
/// registrant.
pub(crate) fn add(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    let meeting = registrable(&mut state.records, call, &caller.user)?;
    let id = meeting.id;
    let registration = registrant_body::read(&call.json_object()?)?;
    let occurrence_ids = read_occurrence_ids(meeting, &call.query())?;
    if meeting.phase == Phase::Ended || meeting.registrants.len() >= MOST {
        return Err(Problem::new(400, 3000, "Cannot access meeting information."));
    }
    limits::admit_registrant(state, id, &registration.email, call.now)?;
    let meeting = registrable(&mut state.records, call, &caller.user)?;
    let is_new = !meeting.is_registered(&registration.email);
    let registrant = register(meeting, registration, occurrence_ids, call.now);
    let answer = Answer::json(201, &added(meeting, &registrant, &call.base_url));
    if is_new {
        let event = event::registration_created(
            &caller.user,
            (meeting, &registrant),
            &call.base_url,
            call.now,
        );
        emit(state, &caller.user.id, &event, call.now);
    }
    Ok(answer)
}

fn added(meeting: &Meeting, registrant: &Registrant, base_url: &str) -> Value {
    let occurrences = registrant.occurrences(meeting);
    let mut body = json!({
        "id": meeting.id,
        "registrant_id": registrant.id,
        "topic": meeting.topic,
        "start_time": meeting.start_time(),
        "occurrences": occurrences.into_iter().map(Occurrence::shown).collect::<Value>(),
        "participant_pin_code": registrant.pin,
    });
    if let Some(url) = registrant.join_url(meeting, base_url) {
        merge(&mut body, json!({"join_url": url}));
    }
    body
}

fn register(
    meeting: &mut Meeting,
    registration: Registration,
    occurrence_ids: Vec<String>,
    now: Millis,
) -> Registrant {
    let is_same = |known: &Registrant| known.email.eq_ignore_ascii_case(&registration.email);
    let approved = meeting.approval_type() == 0 || registration.auto_approve;
    let known = meeting.registrants.iter().position(is_same);
    let known = known.map(|index| meeting.registrants.remove(index));
    let mut registrant = known.unwrap_or_else(|| Registrant {
        id: mint("").chars().take(22).collect(),
        email: registration.email.clone(),
        fields: Map::new(),
        status: if approved { "approved" } else { "pending" }.to_owned(),
        created_at: now,
        pin: rand::random_range(100_000..1_000_000),
        occurrence_ids: Vec::new(),
    });
    registrant.fields = registration.fields;
    registrant.occurrence_ids = occurrence_ids;
    meeting.registrants.push(registrant.clone());
    registrant
}

fn read_occurrence_ids(meeting: &Meeting, query: &Fields) -> Result<Vec<String>, Problem> {
    let Some(list) = query.first("occurrence_ids") else {
        return Ok(Vec::new());
    };
    let ids: Vec<String> = list.split(',').map(|id| id.trim().to_owned()).collect();
    let exists = |id: &String| meeting.occurrences.iter().any(|o| o.id == *id && !o.is_deleted);
    if ids.iter().all(exists) { Ok(ids) } else { Err(invalid_occurrence()) }
}

/// Zoom API, Meetings: List meeting registrants. 200.
pub(crate) fn list(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    let query = call.query();
    let status = query.first("status").unwrap_or("approved");
    if !["pending", "approved", "denied"].contains(&status) {
        return Err(Problem::validation(vec![FieldError::invalid("status")]));
    }
    let meeting = registrable(&mut state.records, call, &caller.user)?;
    let name = format!("registrants {status} {}", meeting.id);
    let wanted = query.first("occurrence_id");
    let is_listed = |r: &&Registrant| {
        let attends =
            |id: &str| r.occurrence_ids.is_empty() || r.occurrence_ids.iter().any(|o| o == id);
        r.status == status && wanted.is_none_or(attends)
    };
    let listed = meeting.registrants.iter().filter(is_listed);
    let rows = listed.map(|registrant| registrant.shown(meeting, &call.base_url)).collect();
    let window = state.pages.read(&query, &name, call.now)?;
    let page = state.pages.answer(window, ("registrants", &name), rows, call.now);
    Ok(Answer::json(200, &page))
}

/// Zoom API, Meetings: Delete a meeting registrant. 204.
pub(crate) fn delete(state: &mut State, call: &Call, caller: &Caller) -> Result<Answer, Problem> {
    let meeting = registrable(&mut state.records, call, &caller.user)?;
    let id = call.segment(4);
    let before = meeting.registrants.len();
    meeting.registrants.retain(|registrant| registrant.id != id);
    if meeting.registrants.len() == before {
        return Err(Problem::new(400, 300, format!("Invalid registrant id: {id}.")));
    }
    Ok(Answer::empty())
}

/// The meeting of the path, if registration is on.
///
/// Zoom REST errors: 404, "Registration has not been enabled for this meeting".
fn registrable<'a>(
    records: &'a mut Records,
    call: &Call,
    user: &User,
) -> Result<&'a mut Meeting, Problem> {
    let meeting = own(records, call, user)?;
    if meeting.has_registration() {
        return Ok(meeting);
    }
    let text = format!("Registration has not been enabled for this meeting: {}.", meeting.id);
    Err(Problem::new(404, 404, text))
}
