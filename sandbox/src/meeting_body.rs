//! The body of create and update meeting, checked field by field.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::answer::Problem;
use crate::body::Reader;
use crate::clock::Millis;
use crate::recurrence::{self, Recurrence};

/// What a body asks to set; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeetingChange {
    pub(crate) kind: Option<i64>,
    pub(crate) topic: Option<String>,
    pub(crate) agenda: Option<String>,
    pub(crate) start: Option<Millis>,
    pub(crate) duration: Option<i64>,
    pub(crate) timezone: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) recurrence: Option<Recurrence>,
    pub(crate) tracking_fields: Option<Vec<Value>>,
    pub(crate) pre_schedule: Option<bool>,
    pub(crate) settings: Map<String, Value>,
}

/// Zoom API, Create a meeting and Update a meeting: request body. `timezone` is the meeting's, for
/// a start time without `Z`.
pub(crate) fn read(body: &Map<String, Value>, timezone: &str) -> Result<MeetingChange, Problem> {
    let mut reader = Reader::new(body, "");
    let zone = reader.text("timezone", 64);
    if zone.as_deref().is_some_and(|zone| TimeZone::get(zone).is_err()) {
        reader.wrong("timezone");
    }
    let change = MeetingChange {
        kind: reader.choice("type", &[1, 2, 3, 8, 10]),
        topic: reader.text("topic", 200),
        agenda: reader.text("agenda", 2_000),
        start: read_start(&mut reader, zone.as_deref().unwrap_or(timezone)),
        duration: reader.whole("duration", 1..=1_440),
        password: read_password(&mut reader),
        recurrence: read_recurrence(&mut reader),
        tracking_fields: reader.array("tracking_fields").cloned(),
        pre_schedule: reader.flag("pre_schedule"),
        settings: read_settings(&mut reader),
        timezone: zone,
    };
    reader.finish(change)
}

/// `yyyy-MM-ddTHH:mm:ssZ`, or without `Z` in the meeting's time zone.
fn read_start(reader: &mut Reader<'_>, timezone: &str) -> Option<Millis> {
    let text = reader.text("start_time", 40)?;
    let start = parse_start(&text, timezone);
    if start.is_none() {
        reader.wrong("start_time");
    }
    start
}

fn parse_start(text: &str, timezone: &str) -> Option<Millis> {
    if text.ends_with('Z') {
        return text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
    }
    let local: DateTime = text.parse().ok().filter(|_| text.contains('T'))?;
    let zone = TimeZone::get(timezone).ok()?;
    Some(local.to_zoned(zone).ok()?.timestamp().as_millisecond())
}

/// At most ten characters of `[a-z A-Z 0-9 @ - _ *]`.
fn read_password(reader: &mut Reader<'_>) -> Option<String> {
    let password = reader.text("password", 10)?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "@-_*".contains(c);
    if !password.chars().all(is_allowed) {
        reader.wrong("password");
    }
    Some(password)
}

fn read_recurrence(reader: &mut Reader<'_>) -> Option<Recurrence> {
    match recurrence::read(reader.object("recurrence")?) {
        Ok(recurrence) => Some(recurrence),
        Err(errors) => {
            reader.errors.extend(errors);
            None
        }
    }
}

const FLAGS: [&str; 24] = [
    "allow_multiple_devices",
    "alternative_hosts_email_notification",
    "alternative_host_update_polls",
    "auto_add_recording_to_video_management",
    "close_registration",
    "cn_meeting",
    "device_testing",
    "email_notification",
    "focus_mode",
    "host_save_video_order",
    "host_video",
    "in_meeting",
    "internal_meeting",
    "join_before_host",
    "meeting_authentication",
    "mute_upon_entry",
    "participant_focused_meeting",
    "participant_video",
    "private_meeting",
    "registrants_confirmation_email",
    "registrants_email_notification",
    "show_share_button",
    "use_pmi",
    "waiting_room",
];

/// The settings that have a fixed set of values are checked; the others are kept as they are.
fn read_settings(reader: &mut Reader<'_>) -> Map<String, Value> {
    let Some(object) = reader.object("settings") else {
        return Map::new();
    };
    let mut settings = Reader::new(object, "settings.");
    for name in FLAGS {
        settings.flag(name);
    }
    settings.choice("approval_type", &[0, 1, 2]);
    settings.choice("registration_type", &[1, 2, 3]);
    settings.choice("jbh_time", &[0, 5, 10, 15]);
    settings.choice("calendar_type", &[1, 2]);
    settings.word("audio", &["both", "telephony", "voip", "thirdParty"]);
    settings.word("auto_recording", &["local", "cloud", "none"]);
    settings.word("encryption_type", &["enhanced_encryption", "e2ee"]);
    settings.text("alternative_hosts", 1_000);
    settings.text("contact_email", 128);
    settings.text("contact_name", 128);
    settings.array("meeting_invitees");
    settings.array("global_dial_in_countries");
    reader.errors.append(&mut settings.errors);
    let given = object.iter().filter(|(_, value)| !value.is_null());
    given.map(|(name, value)| (name.clone(), value.clone())).collect()
}
