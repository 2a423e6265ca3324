//! The inputs of the actions, under the names and with the values of Zoom's API ("Meetings"). Which action takes which is
//! in `zoom::action`.

use crate::workflow::{
    Input,
    Kind::{self, Boolean, Choice, DateTime, Email, List, Number, Object, Text},
    Place::{self, Body, Path, Query},
};

macro_rules! inputs {
    ($($constant:ident = $name:literal, $label:literal, $kind:expr, $place:expr, $help:literal;)*) => {
        $(pub(super) const $constant: Input = optional($name, $label, $kind, $place, $help);)*
    };
}

const fn optional(
    name: &'static str,
    label: &'static str,
    kind: Kind,
    place: Place,
    help: &'static str,
) -> Input {
    Input { name, label, help, kind, place, required: false }
}

/// The same input, where it has to be there.
#[expect(clippy::needless_pass_by_value, reason = "constants are values")]
pub(super) const fn required(input: Input) -> Input {
    Input { required: true, ..input }
}

const MEETING_TYPES: Kind = Choice(&[
    ("1", "Instant"),
    ("2", "Scheduled"),
    ("3", "Recurring, no fixed time"),
    ("8", "Recurring, fixed time"),
    ("10", "Screen share only"),
]);
const LISTED: Kind = Choice(&[
    ("scheduled", "Scheduled, past ones too"),
    ("live", "Going on now"),
    ("upcoming", "Upcoming, also those going on"),
    ("upcoming_meetings", "Upcoming"),
    ("previous_meetings", "Past"),
]);
const APPROVAL: Kind =
    Choice(&[("0", "Automatically"), ("1", "By hand"), ("2", "No registration")]);
const REGISTRATION: Kind = Choice(&[
    ("1", "Once, for all occurrences"),
    ("2", "For each occurrence"),
    ("3", "Once, for chosen occurrences"),
]);
const AUDIO: Kind = Choice(&[
    ("both", "Telephone and computer"),
    ("telephony", "Telephone only"),
    ("voip", "Computer only"),
    ("thirdParty", "Third party"),
]);
const RECORDING: Kind =
    Choice(&[("none", "Off"), ("local", "On the host's computer"), ("cloud", "In the cloud")]);
const EARLY: Kind =
    Choice(&[("0", "At any time"), ("5", "5 minutes before"), ("10", "10 minutes before")]);
const ENCRYPTION: Kind = Choice(&[("enhanced_encryption", "Enhanced"), ("e2ee", "End to end")]);
const CALENDAR: Kind = Choice(&[("1", "Outlook"), ("2", "Google Calendar")]);
const REGISTRANT_STATUS: Kind =
    Choice(&[("approved", "Approved"), ("pending", "Pending"), ("denied", "Denied")]);
const PURCHASE: Kind = Choice(&[
    ("Within a month", "Within a month"),
    ("1-3 months", "1-3 months"),
    ("4-6 months", "4-6 months"),
    ("More than 6 months", "More than 6 months"),
    ("No timeframe", "No timeframe"),
]);
const ROLE: Kind = Choice(&[
    ("Decision Maker", "Decision Maker"),
    ("Evaluator/Recommender", "Evaluator/Recommender"),
    ("Influencer", "Influencer"),
    ("Not involved", "Not involved"),
]);

inputs! {
    // What is called.
    MEETING_ID = "meeting_id", "Meeting ID", Text, Path,
        "The meeting's id: digits, or a UUID.";
    REGISTRANT_ID = "registrant_id", "Registrant ID", Text, Path,
        "The registrant's id, as Zoom gave it when the registrant was added.";
    OCCURRENCE_ID = "occurrence_id", "Occurrence ID", Text, Query,
        "Only this occurrence of a recurring meeting.";
    OCCURRENCE_IDS = "occurrence_ids", "Occurrence IDs", Text, Query,
        "Only these occurrences of a recurring meeting: ids with commas between them.";
    SHOW_PREVIOUS = "show_previous_occurrences", "Show previous occurrences", Boolean, Query,
        "Whether occurrences that are over are listed too.";
    REMIND_HOST = "schedule_for_reminder", "Tell the host", Boolean, Query,
        "Whether the host and the alternative hosts get an e-mail.";
    REMIND_REGISTRANTS = "cancel_meeting_reminder", "Tell the registrants", Boolean, Query,
        "Whether the registrants get an e-mail.";
    LIST_TYPE = "type", "Which meetings", LISTED, Query, "Scheduled ones unless said otherwise.";
    FROM = "from", "From", DateTime, Query, "Meetings from this day on: 2026-11-21.";
    TO = "to", "To", DateTime, Query, "Meetings until this day: 2026-12-21.";
    LIST_TIMEZONE = "timezone", "Time zone", Text, Query,
        "The time zone of From and To: Europe/Berlin.";
    STATUS = "status", "Status", REGISTRANT_STATUS, Query, "Approved ones unless said otherwise.";

    // A meeting.
    TOPIC = "topic", "Topic", Text, Body("topic"), "What people see; at most 200 characters.";
    AGENDA = "agenda", "Agenda", Text, Body("agenda"), "What it is about; at most 2,000 characters.";
    MEETING_TYPE = "type", "Type", MEETING_TYPES, Body("type"), "Scheduled unless said otherwise.";
    START_TIME = "start_time", "Start time", DateTime, Body("start_time"),
        "In UTC, 2026-11-21T20:51:00Z, or without Z as local time of the time zone.";
    DURATION = "duration", "Duration", Number, Body("duration"), "In minutes.";
    TIMEZONE = "timezone", "Time zone", Text, Body("timezone"),
        "The time zone of the start time: Europe/Berlin.";
    PASSWORD = "password", "Passcode", Text, Body("password"),
        "At most ten letters, digits or @ - _ *; the account's rules count.";
    DEFAULT_PASSWORD = "default_password", "Default passcode", Boolean, Body("default_password"),
        "Whether Zoom makes a passcode by the user's settings.";
    SCHEDULE_FOR = "schedule_for", "Schedule for", Text, Body("schedule_for"),
        "The e-mail or id of the user for whom it is scheduled; it takes their permission at Zoom.";
    TEMPLATE_ID = "template_id", "Template", Text, Body("template_id"),
        "The id of the meeting template that it is made from.";
    PRE_SCHEDULE = "pre_schedule", "Pre-schedule", Boolean, Body("pre_schedule"),
        "Whether it is made by a calendar integration, without a start yet.";
    RECURRENCE = "recurrence", "Recurrence", Object, Body("recurrence"),
        "For recurring meetings: type (1 daily, 2 weekly, 3 monthly), repeat_interval, weekly_days, monthly_day, monthly_week, monthly_week_day, end_times, end_date_time.";
    TRACKING_FIELDS = "tracking_fields", "Tracking fields", List, Body("tracking_fields"),
        "The account's tracking fields: a list of objects with field and value.";
    SETTINGS = "settings", "Other settings", Object, Body("settings"),
        "Settings of the meeting by Zoom's names; those that have an input of their own win.";
    HOST_VIDEO = "host_video", "Host video", Boolean, Body("settings.host_video"),
        "Whether it starts with the host's video on.";
    PARTICIPANT_VIDEO = "participant_video", "Participant video", Boolean,
        Body("settings.participant_video"), "Whether people come in with their video on.";
    JOIN_BEFORE_HOST = "join_before_host", "Join before host", Boolean,
        Body("settings.join_before_host"), "Whether people can come in before the host.";
    JBH_TIME = "jbh_time", "How early", EARLY, Body("settings.jbh_time"),
        "How long before the start, where people can join before the host.";
    MUTE_UPON_ENTRY = "mute_upon_entry", "Mute upon entry", Boolean,
        Body("settings.mute_upon_entry"), "Whether people come in muted.";
    WAITING_ROOM = "waiting_room", "Waiting room", Boolean, Body("settings.waiting_room"),
        "Whether people wait until the host lets them in.";
    USE_PMI = "use_pmi", "Use personal meeting ID", Boolean, Body("settings.use_pmi"),
        "Whether it takes the user's personal meeting id.";
    AUDIO_KIND = "audio", "Audio", AUDIO, Body("settings.audio"), "How people can hear.";
    AUTO_RECORDING = "auto_recording", "Automatic recording", RECORDING,
        Body("settings.auto_recording"), "Whether it is recorded from the start.";
    ALTERNATIVE_HOSTS = "alternative_hosts", "Alternative hosts", Text,
        Body("settings.alternative_hosts"), "E-mails with semicolons between them.";
    APPROVAL_TYPE = "approval_type", "Registration", APPROVAL, Body("settings.approval_type"),
        "How registrants are approved. Only a meeting with registration takes registrants.";
    REGISTRATION_TYPE = "registration_type", "Registration of recurring meetings", REGISTRATION,
        Body("settings.registration_type"), "For which occurrences people register.";
    CLOSE_REGISTRATION = "close_registration", "Close registration", Boolean,
        Body("settings.close_registration"), "Whether registration ends when the meeting begins.";
    CONFIRMATION_EMAIL = "registrants_confirmation_email", "Confirm by e-mail", Boolean,
        Body("settings.registrants_confirmation_email"),
        "Whether registrants get an e-mail that confirms it.";
    REGISTRANTS_NOTIFICATION = "registrants_email_notification", "Notify registrants", Boolean,
        Body("settings.registrants_email_notification"),
        "Whether registrants get e-mails about approval, changes and cancellation.";
    MEETING_INVITEES = "meeting_invitees", "Invitees", List, Body("settings.meeting_invitees"),
        "A list of objects with email.";
    MEETING_AUTHENTICATION = "meeting_authentication", "Only signed-in users", Boolean,
        Body("settings.meeting_authentication"), "Whether only signed-in users can join.";
    ENCRYPTION_TYPE = "encryption_type", "Encryption", ENCRYPTION,
        Body("settings.encryption_type"), "How it is encrypted.";
    CALENDAR_TYPE = "calendar_type", "Calendar", CALENDAR, Body("settings.calendar_type"),
        "Which calendar integration schedules it.";
    CONTACT_NAME = "contact_name", "Contact name", Text, Body("settings.contact_name"),
        "Whom registrants can ask.";
    CONTACT_EMAIL = "contact_email", "Contact e-mail", Email, Body("settings.contact_email"),
        "Where registrants can ask.";
    PRIVATE_MEETING = "private_meeting", "Private", Boolean, Body("settings.private_meeting"),
        "Whether calendars hide it from others.";

    // A registrant.
    FIRST_NAME = "first_name", "First name", Text, Body("first_name"), "The registrant's first name.";
    EMAIL = "email", "E-mail", Email, Body("email"), "The registrant's e-mail.";
    LAST_NAME = "last_name", "Last name", Text, Body("last_name"), "The registrant's last name.";
    ADDRESS = "address", "Address", Text, Body("address"), "Street and number.";
    CITY = "city", "City", Text, Body("city"), "The registrant's city.";
    STATE = "state", "State", Text, Body("state"), "State or province.";
    ZIP = "zip", "ZIP code", Text, Body("zip"), "The registrant's postal code.";
    COUNTRY = "country", "Country", Text, Body("country"), "A code of two letters: DE.";
    PHONE = "phone", "Phone", Text, Body("phone"), "The registrant's telephone number.";
    COMMENTS = "comments", "Comments", Text, Body("comments"), "What the registrant says.";
    CUSTOM_QUESTIONS = "custom_questions", "Custom questions", List, Body("custom_questions"),
        "Answers to the meeting's own questions: a list of objects with title and value.";
    INDUSTRY = "industry", "Industry", Text, Body("industry"), "The registrant's industry.";
    JOB_TITLE = "job_title", "Job title", Text, Body("job_title"), "The registrant's job title.";
    EMPLOYEES = "no_of_employees", "Number of employees", Text, Body("no_of_employees"),
        "One of Zoom's ranges: 1-20, 21-50, 51-100, …";
    ORG = "org", "Organization", Text, Body("org"), "The registrant's organization.";
    PURCHASING_TIME_FRAME = "purchasing_time_frame", "Purchasing time frame", PURCHASE,
        Body("purchasing_time_frame"), "When the registrant wants to buy.";
    PURCHASE_ROLE = "role_in_purchase_process", "Role in the purchase", ROLE,
        Body("role_in_purchase_process"), "The registrant's part in it.";
    LANGUAGE = "language", "Language", Text, Body("language"),
        "The language of the confirmation e-mail: en-US.";
    AUTO_APPROVE = "auto_approve", "Approve at once", Boolean, Body("auto_approve"),
        "Whether the registrant is approved although others wait for approval.";
}
