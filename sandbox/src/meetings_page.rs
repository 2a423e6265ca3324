//! The page on which a person plays Zoom's users: meetings with what can be done in them, people
//! with the apps they allowed, and the webhooks sent. Its forms call the controls.
#![expect(clippy::format_collect, reason = "pages are small; plain beats fast here")]

use crate::clock::{Millis, iso};
use crate::meeting::{Meeting, Phase};
use crate::page::{escape, page, table, user_options};
use crate::state::{Records, State, User};
use crate::webhook::{Delivery, EndpointState};

/// How many deliveries are shown.
const SHOWN: usize = 25;

/// The whole page.
pub(crate) fn meetings(state: &State, now: Millis) -> String {
    let records = &state.records;
    let content = format!(
        "<main class=\"wide\"><p class=\"brand\">Zoom <span>sandbox</span></p>\
         <h1>Play Zoom's users</h1>\
         <p class=\"note\">What is done here Zoom's users would do in Zoom. Apps that they have \
         allowed are told, if they have an endpoint. <a href=\"/\">About the sandbox</a></p>\
         <h2>A new meeting</h2>{new}<h2>Meetings</h2>{meetings}<h2>People</h2>{people}\
         <h2>Endpoints</h2>{endpoints}<h2>Last webhooks</h2>{deliveries}\
         <p><a href=\"/_sandbox/meetings\">Reload</a> · \
         <a href=\"/_sandbox/webhooks/deliveries\">All deliveries</a></p></main>",
        new = new_meeting(records),
        meetings = meeting_table(records),
        people = people_table(records, now),
        endpoints = endpoint_table(&state.webhooks.endpoints),
        deliveries = delivery_table(state),
    );
    page("Meetings · Zoom sandbox", &content)
}

/// What a form answers when its control refuses.
pub(crate) fn refused(reason: &str) -> String {
    let content = format!(
        "<main class=\"card\"><p class=\"brand\">Zoom <span>sandbox</span></p>\
         <h1>That did not work</h1><p data-testid=\"reason\">{}</p>\
         <p><a href=\"/_sandbox/meetings\">Back</a></p></main>",
        escape(reason)
    );
    page("Refused · Zoom sandbox", &content)
}

/// A form that calls a control; the hidden field tells it from other callers.
fn form(control: &str, fields: &str, button: &str) -> String {
    format!(
        "<form class=\"inline\" method=\"post\" action=\"/_sandbox/{}\">\
         <input type=\"hidden\" name=\"page\" value=\"1\">{fields}<button>{}</button></form>",
        escape(control),
        escape(button)
    )
}

fn input(name: &str, label: &str, is_required: bool) -> String {
    let required = if is_required { " required" } else { "" };
    format!("<input name=\"{name}\" aria-label=\"{label}\" placeholder=\"{label}\"{required}>")
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value))
}

fn new_meeting(records: &Records) -> String {
    let hosts = user_options(records);
    let host = format!("<select name=\"user\" aria-label=\"Host\">{hosts}</select>");
    let fields = format!("{}{host}{REGISTRATION}", input("topic", "Topic", true));
    form("meetings", &fields, "Create")
}

/// Nobody can be registered for a meeting without.
const REGISTRATION: &str = "<select name=\"registration\" aria-label=\"Registration\">\
    <option value=\"\">Without registration</option>\
    <option value=\"automatic\">With registration</option>\
    <option value=\"manual\">The host approves registrations</option></select>";

fn meeting_table(records: &Records) -> String {
    if records.meetings.is_empty() {
        return "<p class=\"note\">No meeting yet.</p>".to_owned();
    }
    let rows: String = records.meetings.values().rev().map(|m| meeting_row(records, m)).collect();
    table(&["Topic", "Host", "Now", "In it", "What happens"], &rows)
}

fn meeting_row(records: &Records, meeting: &Meeting) -> String {
    let host = records.user(&meeting.host_id).map_or("", |user| user.email.as_str());
    let phase = match meeting.phase {
        Phase::Waiting => "waiting",
        Phase::Started => "in progress",
        Phase::Ended => "over",
    };
    format!(
        "<tr><td class=\"topic\">{}<br><code>{}</code>{}</td><td>{}</td><td class=\"whole\">{phase}</td><td>{}</td><td>{}</td></tr>",
        escape(&meeting.topic),
        meeting.id,
        registrants(meeting),
        escape(host),
        participants(meeting),
        actions(meeting),
    )
}

fn participants(meeting: &Meeting) -> String {
    let leave = format!("meetings/{}/leave", meeting.id);
    let one = |participant: &crate::participant::Participant| {
        let who = hidden("participant", &participant.user_id);
        format!("<div>{} {}</div>", escape(&participant.name), form(&leave, &who, "Leaves"))
    };
    meeting.participants.iter().map(one).collect()
}

/// Who has registered, below the topic.
fn registrants(meeting: &Meeting) -> String {
    let one = |email: &str| format!("<br>registered: {}", escape(email));
    meeting.registrants.iter().map(|registrant| one(&registrant.email)).collect()
}

/// The buttons that make sense in the meeting's phase.
fn actions(meeting: &Meeting) -> String {
    let button =
        |what: &str, label: &str| form(&format!("meetings/{}/{what}", meeting.id), "", label);
    let mut all = Vec::new();
    if meeting.phase == Phase::Started {
        let fields = format!("{}{}", input("name", "Name", true), input("email", "E-mail", false));
        all.push(form(&format!("meetings/{}/join", meeting.id), &fields, "Joins"));
        all.push(button("end", "End"));
    } else {
        all.push(button("start", "Start"));
    }
    if meeting.phase == Phase::Started && meeting.recording.is_none() {
        all.push(button("recording/start", "Record"));
    }
    if meeting.phase != Phase::Waiting {
        all.push(button("recording/finish", "Recording is complete"));
    }
    if meeting.recording.as_ref().is_some_and(|recording| recording.ended_at.is_some()) {
        all.push(button("recording/transcribe", "Transcript is complete"));
    }
    all.concat()
}

fn people_table(records: &Records, now: Millis) -> String {
    let rows: String = records.users.iter().map(|user| person_row(records, user, now)).collect();
    table(&["Name", "E-mail", "Apps allowed"], &rows)
}

fn person_row(records: &Records, user: &User, now: Millis) -> String {
    let allowed = records.apps.iter().filter(|(id, _)| records.has_consent(id, &user.id, now));
    let control = format!("users/{}/remove", user.id);
    let apps: String = allowed
        .map(|(id, app)| {
            let button = form(&control, &hidden("client_id", id), "Remove app");
            format!("<div>{} {button}</div>", escape(&app.name))
        })
        .collect();
    let (name, email) = (escape(&user.display_name()), escape(&user.email));
    format!("<tr><td>{name}</td><td>{email}</td><td>{apps}</td></tr>")
}

fn endpoint_table(endpoints: &[EndpointState]) -> String {
    if endpoints.is_empty() {
        return "<p class=\"note\">None: <code>POST /_sandbox/webhooks</code> adds one.</p>"
            .to_owned();
    }
    let of_endpoint = |endpoint: &EndpointState| {
        let state = match (&endpoint.last_failure, endpoint.validated) {
            (None, _) => "validated".to_owned(),
            (Some(reason), true) => format!("last validation failed: {reason}"),
            (Some(reason), false) => format!("disabled: {reason}"),
        };
        let events = endpoint.events.as_ref().map_or("all".to_owned(), |names| names.join(", "));
        let fields = hidden("client_id", &endpoint.client_id) + &hidden("name", &endpoint.name);
        let cells = [&endpoint.client_id, &endpoint.url, &events, &state];
        let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
        format!("<tr>{cells}<td>{}</td></tr>", form("webhooks/validate", &fields, "Validate"))
    };
    let rows: String = endpoints.iter().map(of_endpoint).collect();
    table(&["App", "URL", "Events", "State", ""], &rows)
}

fn delivery_table(state: &State) -> String {
    let deliveries = &state.webhooks.deliveries;
    let rows: String = deliveries.all().rev().take(SHOWN).map(delivery_row).collect();
    if rows.is_empty() {
        return "<p class=\"note\">None yet.</p>".to_owned();
    }
    table(&["When", "Event", "To", "State", "Attempts"], &rows)
}

fn delivery_row(delivery: &Delivery) -> String {
    let attempt = |attempt: &crate::webhook::Attempt| {
        let answer = attempt.status.map(|status| status.to_string());
        answer.or_else(|| attempt.error.clone()).unwrap_or_default()
    };
    let attempts: Vec<String> = delivery.attempts.iter().map(attempt).collect();
    let cells = [
        &iso(delivery.queued_at),
        &delivery.event,
        &delivery.url,
        delivery.state.name(),
        &attempts.join(", "),
    ];
    let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
    format!("<tr>{cells}</tr>")
}
