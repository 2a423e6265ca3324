//! The meeting record: made, changed, and shown the way Zoom shows it.

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock::{MINUTE, Millis, iso};
use crate::meeting_body::MeetingChange;
use crate::participant::Participant;
use crate::recording::Recording;
use crate::recurrence::Recurrence;
use crate::registrants::Registrant;
use crate::secret::{fingerprint, mint};
use crate::state::User;
use crate::webhook::Json;

/// One meeting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Meeting {
    pub(crate) id: u64,
    pub(crate) uuid: String,
    pub(crate) host_id: String,
    pub(crate) created_at: Millis,
    /// 1 instant, 2 scheduled, 3 recurring without a fixed time, 8 recurring, 10 screen share.
    pub(crate) kind: i64,
    pub(crate) topic: String,
    pub(crate) agenda: String,
    pub(crate) start: Option<Millis>,
    /// Minutes.
    pub(crate) duration: i64,
    pub(crate) timezone: String,
    pub(crate) password: String,
    pub(crate) recurrence: Option<Recurrence>,
    tracking_fields: Vec<Value>,
    pre_schedule: bool,
    pub(crate) settings: Map<String, Value>,
    pub(crate) occurrences: Vec<Occurrence>,
    pub(crate) registrants: Vec<Registrant>,
    pub(crate) phase: Phase,
    /// When it began the last time.
    #[serde(default)]
    pub(crate) started_at: Option<Millis>,
    /// Who is in it now.
    #[serde(default)]
    pub(crate) participants: Vec<Participant>,
    #[serde(default)]
    pub(crate) recording: Option<Recording>,
}

/// One occurrence of a recurring meeting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Occurrence {
    pub(crate) id: String,
    pub(crate) start: Millis,
    pub(crate) duration: i64,
    pub(crate) is_deleted: bool,
}

/// Where a meeting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    Waiting,
    Started,
    Ended,
}

impl Occurrence {
    /// As events tell it.
    pub(crate) fn told(&self) -> Json {
        Json::object()
            .and("occurrence_id", self.id.as_str())
            .and("start_time", iso(self.start))
            .and("duration", self.duration)
            .and("status", if self.is_deleted { "deleted" } else { "available" })
    }

    pub(crate) fn shown(&self) -> Value {
        json!({
            "occurrence_id": self.id,
            "start_time": iso(self.start),
            "duration": self.duration,
            "status": if self.is_deleted { "deleted" } else { "available" },
        })
    }
}

impl Meeting {
    /// A new meeting of `host` with Zoom's defaults: scheduled, one hour, now.
    pub(crate) fn new(id: u64, host: &User, change: MeetingChange, now: Millis) -> Self {
        let uuid: [u8; 16] = rand::random();
        let password: u32 = rand::random_range(100_000..1_000_000);
        let mut meeting = Self {
            id,
            uuid: Base64::encode_string(&uuid),
            host_id: host.id.clone(),
            created_at: now,
            kind: 2,
            topic: "Zoom Meeting".to_owned(),
            agenda: String::new(),
            start: None,
            duration: 60,
            timezone: "UTC".to_owned(),
            password: password.to_string(),
            recurrence: None,
            tracking_fields: Vec::new(),
            pre_schedule: false,
            settings: default_settings(),
            occurrences: Vec::new(),
            registrants: Vec::new(),
            phase: Phase::Waiting,
            started_at: None,
            participants: Vec::new(),
            recording: None,
        };
        meeting.change(change);
        if meeting.kind != 3 && meeting.start.is_none() {
            meeting.start = Some(now);
            meeting.plan_occurrences();
        }
        meeting
    }

    /// Sets what a body asks for.
    pub(crate) fn change(&mut self, change: MeetingChange) {
        let moves = change.kind.is_some() || change.start.is_some() || change.recurrence.is_some();
        let moves = moves || change.duration.is_some() || change.timezone.is_some();
        set(&mut self.kind, change.kind);
        set(&mut self.topic, change.topic);
        set(&mut self.agenda, change.agenda);
        set(&mut self.duration, change.duration);
        set(&mut self.timezone, change.timezone);
        set(&mut self.password, change.password);
        set(&mut self.tracking_fields, change.tracking_fields);
        set(&mut self.pre_schedule, change.pre_schedule);
        self.start = change.start.or(self.start);
        self.recurrence = change.recurrence.or(self.recurrence.take());
        self.settings.extend(change.settings);
        if moves {
            self.plan_occurrences();
        }
    }

    fn plan_occurrences(&mut self) {
        self.occurrences.clear();
        let (8, Some(start), Some(rule)) = (self.kind, self.start, &self.recurrence) else {
            return;
        };
        let occurrence = |start: Millis| Occurrence {
            id: start.to_string(),
            start,
            duration: self.duration,
            is_deleted: false,
        };
        self.occurrences = rule.starts(start, &self.timezone).into_iter().map(occurrence).collect();
    }

    /// When it is over, if that is known: after the last occurrence, or after its duration.
    pub(crate) fn end(&self) -> Option<Millis> {
        let last = self.occurrences.iter().filter(|o| !o.is_deleted).map(|o| o.start).max();
        last.or(self.start).map(|start| start + self.duration * MINUTE)
    }

    /// Zoom API, Create a meeting: `approval_type` 0 or 1 turns registration on; an instant
    /// meeting has none.
    pub(crate) fn has_registration(&self) -> bool {
        self.kind != 1 && self.approval_type() != 2
    }

    /// Whether somebody with this e-mail address has registered.
    pub(crate) fn is_registered(&self, email: &str) -> bool {
        self.registrants.iter().any(|known| known.email.eq_ignore_ascii_case(email))
    }

    /// 0 automatic, 1 manual, 2 no registration.
    pub(crate) fn approval_type(&self) -> i64 {
        self.settings.get("approval_type").and_then(Value::as_i64).unwrap_or(2)
    }

    pub(crate) fn start_time(&self) -> Option<String> {
        self.start.filter(|_| self.kind != 3).map(iso)
    }

    /// The address for participants. It carries the password, so it is a secret.
    pub(crate) fn join_url(&self, base_url: &str) -> String {
        format!("{base_url}/j/{}?pwd={}", self.id, self.encrypted_password())
    }

    fn encrypted_password(&self) -> String {
        fingerprint(&format!("{} {}", self.uuid, self.password))
    }

    /// As create and get answer it. `start_url` is new each time and lets its bearer host.
    pub(crate) fn shown(&self, host_email: &str, base_url: &str) -> Value {
        let mut shown = self.listed(base_url);
        let with = json!({
            "host_email": host_email,
            "assistant_id": "",
            "status": if self.phase == Phase::Started { "started" } else { "waiting" },
            "start_url": format!("{base_url}/s/{}?zak={}", self.id, mint("sandbox-zak-")),
            "password": self.password,
            "encrypted_password": self.encrypted_password(),
            "h323_password": self.password,
            "pstn_password": self.password,
            "settings": self.settings,
            "tracking_fields": self.tracking_fields,
            "pre_schedule": self.pre_schedule,
            "creation_source": "open_api",
        });
        merge(&mut shown, with);
        if let Some(rule) = &self.recurrence {
            merge(&mut shown, json!({"recurrence": rule}));
        }
        if !self.occurrences.is_empty() {
            let all: Vec<Value> = self.occurrences.iter().map(Occurrence::shown).collect();
            merge(&mut shown, json!({"occurrences": all}));
        }
        if self.has_registration() {
            let url = format!("{base_url}/meeting/register/{}", fingerprint(&self.uuid));
            merge(&mut shown, json!({"registration_url": url}));
        }
        shown
    }

    /// As list answers it.
    pub(crate) fn listed(&self, base_url: &str) -> Value {
        let mut listed = json!({
            "uuid": self.uuid,
            "id": self.id,
            "host_id": self.host_id,
            "topic": self.topic,
            "type": self.kind,
            "duration": self.duration,
            "timezone": self.timezone,
            "agenda": self.agenda,
            "created_at": iso(self.created_at),
            "join_url": self.join_url(base_url),
        });
        if let Some(start_time) = self.start_time() {
            merge(&mut listed, json!({"start_time": start_time}));
        }
        listed
    }

    /// For assertions: no password and no address that carries one.
    pub(crate) fn state(&self) -> Value {
        let registrants: Vec<Value> = self.registrants.iter().map(Registrant::state).collect();
        json!({
            "id": self.id,
            "uuid": self.uuid,
            "host_id": self.host_id,
            "topic": self.topic,
            "type": self.kind,
            "start_time": self.start_time(),
            "duration": self.duration,
            "phase": self.phase,
            "registrants": registrants,
        })
    }
}

fn default_settings() -> Map<String, Value> {
    let settings = json!({
        "host_video": false,
        "participant_video": false,
        "join_before_host": false,
        "jbh_time": 0,
        "mute_upon_entry": false,
        "waiting_room": false,
        "use_pmi": false,
        "approval_type": 2,
        "audio": "both",
        "auto_recording": "none",
        "meeting_authentication": false,
        "encryption_type": "enhanced_encryption",
    });
    settings.as_object().cloned().unwrap_or_default()
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// Adds the fields of one object to another.
pub(crate) fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
