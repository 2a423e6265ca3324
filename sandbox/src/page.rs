//! The pages: consent, index, meeting room, and what every page is made of. Plain HTML and CSS, no
//! script; light and dark.
#![expect(clippy::format_collect, reason = "pages are small; plain beats fast here")]

use crate::authorize::{AuthorizationRequest, PARAMETERS};
use crate::call::Fields;
use crate::clock::Millis;
use crate::meeting::Meeting;
use crate::state::{Account, App, Records, State, User};

const STYLE: &str = include_str!("page.css");

/// The consent page of a checked request. `fields` are its parameters, sent on with the decision.
pub(crate) fn consent(
    records: &Records,
    request: &AuthorizationRequest,
    fields: &Fields,
) -> String {
    let app = records.apps.get(&request.client_id).map_or("An app", |app| app.name.as_str());
    let content = format!(
        r#"<main class="card">
<p class="brand">Zoom <span>sandbox</span></p>
<h1>{app} wants to use your Zoom account</h1>
<form method="post" action="/oauth/authorize">
{hidden}
<label for="zoom-user">You are signed in as</label>
<select id="zoom-user" name="zoom_user" data-testid="zoom-user">{users}</select>
<h2>It will be able to</h2>
<ul>{scopes}</ul>
<p class="note">It goes back to <code>{redirect}</code>. You can remove it at any time.</p>
<div class="actions">
<button class="primary" name="decision" value="allow" data-testid="allow">Allow</button>
<button name="decision" value="decline" data-testid="decline">Decline</button>
</div>
</form>
<p class="note">This is a stand-in for Zoom on this machine. Nothing leaves it.</p>
</main>"#,
        app = escape(app),
        hidden = hidden_inputs(fields),
        users = user_options(records),
        scopes = scope_items(&request.scopes),
        redirect = escape(&request.redirect_uri),
    );
    page("Allow access · Zoom sandbox", &content)
}

fn hidden_inputs(fields: &Fields) -> String {
    let sent = PARAMETERS.iter().filter_map(|name| fields.first(name).map(|value| (name, value)));
    let input = |(name, value): (&&str, &str)| {
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value))
    };
    sent.map(input).collect()
}

fn scope_items(scopes: &[String]) -> String {
    let item =
        |scope: &String| format!("<li>{} <code>{}</code></li>", meaning(scope), escape(scope));
    scopes.iter().map(item).collect()
}

/// The users as options, grouped by account; the first is preselected.
pub(crate) fn user_options(records: &Records) -> String {
    let mut is_first = true;
    let mut option = |user: &User| {
        let selected = if std::mem::take(&mut is_first) { " selected" } else { "" };
        format!(
            "<option value=\"{}\"{selected}>{} ({})</option>",
            escape(&user.id),
            escape(&user.display_name()),
            escape(&user.email)
        )
    };
    let mut group = |account: &Account| {
        let users = records.users.iter().filter(|user| user.account_id == account.id);
        let options: String = users.map(&mut option).collect();
        format!("<optgroup label=\"{}\">{options}</optgroup>", escape(&account.name))
    };
    records.accounts.iter().map(&mut group).collect()
}

fn meaning(scope: &str) -> &'static str {
    match scope.strip_suffix(":admin").unwrap_or(scope) {
        "meeting:write:meeting" => "Create meetings for you",
        "meeting:update:meeting" => "Change your meetings",
        "meeting:read:list_meetings" => "List your meetings",
        "meeting:read:meeting" => "View your meetings",
        "meeting:delete:meeting" => "Delete your meetings",
        "meeting:write:registrant" => "Register people for your meetings",
        "meeting:read:list_registrants" => "List who registered",
        "meeting:delete:registrant" => "Remove registrants",
        "meeting:read:registrant" => "View who registers for your meetings",
        "meeting:read:participant" => "View who is in your meetings",
        "cloud_recording:read:recording" => "View your recordings",
        "user:read:user" => "View your name and e-mail address",
        _ => "Use",
    }
}

/// What this is, who is in it, and how to make it misbehave.
pub(crate) fn index(state: &State, now: Millis) -> String {
    let records = &state.records;
    let content = format!(
        "<main class=\"wide\"><p class=\"brand\">Zoom <span>sandbox</span></p>\
         <h1>A Zoom that runs on this machine</h1>\
         <p>It answers Zoom's OAuth endpoints at <code>{base}/oauth/…</code> and the meeting \
         operations of its API at <code>{base}/v2/…</code>, with Zoom's own rules and failures. \
         Nothing leaves this machine.</p>\
         <h2>People</h2>{users}<h2>Meetings</h2>{meetings}<h2>Apps</h2>{apps}\
         <h2>Test controls</h2>{controls}\
         <p><a href=\"/_sandbox/meetings\">Play Zoom's users</a> · \
         <a href=\"/_sandbox/state\">State</a> · <a href=\"/_sandbox/calls\">Calls received</a> \
         · <a href=\"/_sandbox/faults\">Faults waiting</a></p></main>",
        base = escape(&state.base_url),
        users = user_table(records, now),
        meetings = meeting_table(records),
        apps = app_table(records),
        controls = control_table(),
    );
    page("Zoom sandbox", &content)
}

const CONTROLS: [[&str; 3]; 20] = [
    ["GET /_sandbox/state", "", "Users, token pairs, meetings, settings; no secrets"],
    ["GET, DELETE /_sandbox/calls", "", "The calls received; forget them"],
    ["POST /_sandbox/users/{id or e-mail}/expire", "", "The user's access tokens expire now"],
    ["POST /_sandbox/users/{id or e-mail}/revoke", "", "All the user's tokens are dead"],
    [
        "POST, DELETE /_sandbox/faults",
        r#"{"kind":"refresh","times":1,"fault":{"type":"lost"}}"#,
        "The next calls of a kind go wrong: answer, garbage, hold, lost, refused, delay",
    ],
    [
        "POST /_sandbox/settings",
        r#"{"coop":true,"limits":{"light":{"per_second":1}}}"#,
        "The consent page's opener policy, the rate limits, access tokens that survive a refresh, \
         when webhooks are sent again (webhook_retry_ms)",
    ],
    ["POST /_sandbox/app", r#"{"redirect_uris":["…"]}"#, "One more redirect URI, or another app"],
    ["POST /_sandbox/clock", r#"{"advance_ms":3600000}"#, "Time passes"],
    [
        "POST /_sandbox/consent",
        r#"{"authorize_url":"…","zoom_user":"ada@acme.example","decision":"allow"}"#,
        "Consents without a browser; answers redirect_url",
    ],
    [
        "POST /_sandbox/meetings",
        r#"{"user":"…","topic":"…","uuid":"/a//b==","registration":"automatic"}"#,
        "A new meeting; registration may also be manual",
    ],
    ["POST /_sandbox/meetings/{id}/start, …/end", "", "The meeting is in progress, or over"],
    ["POST /_sandbox/meetings/{id}/join", r#"{"name":"…","email":"…"}"#, "Somebody joins"],
    ["POST /_sandbox/meetings/{id}/leave", r#"{"participant":"…"}"#, "Somebody leaves"],
    [
        "POST /_sandbox/meetings/{id}/recording/start, …/finish, …/transcribe",
        "",
        "It is recorded; the recording, or its transcript, is complete",
    ],
    ["POST /_sandbox/users/{id or e-mail}/remove", r#"{"client_id":"…"}"#, "Removes the app"],
    [
        "GET, POST, DELETE /_sandbox/webhooks",
        r#"{"url":"http://…","secret_token":"…","events":["meeting.created"]}"#,
        "The apps' endpoints; a new one is validated first",
    ],
    ["POST /_sandbox/webhooks/validate", r#"{"url":"…"}"#, "Endpoints are validated again"],
    ["GET, DELETE /_sandbox/webhooks/deliveries", "", "What was sent, and how it went"],
    [
        "POST /_sandbox/webhooks/send",
        r#"{"body":{"event":"…"},"times":1,"headers":{}}"#,
        "Signs and sends raw bodies; bodies takes a list",
    ],
    ["POST /_sandbox/reset", "", "Back to the beginning"],
];

fn user_table(records: &Records, now: Millis) -> String {
    let of_user = |user: &User| {
        let live = records.live_pairs(&user.id, now).to_string();
        row(&[&user.display_name(), &user.email, &user.id, &live])
    };
    let rows: String = records.users.iter().map(of_user).collect();
    table(&["Name", "E-mail", "Zoom user id", "Live token pairs"], &rows)
}

fn meeting_table(records: &Records) -> String {
    if records.meetings.is_empty() {
        return "<p class=\"note\">No meeting yet.</p>".to_owned();
    }
    let of_meeting = |meeting: &Meeting| {
        let host = records.user(&meeting.host_id).map_or("", |user| user.email.as_str());
        let start = meeting.start_time().unwrap_or_default();
        row(&[&meeting.topic, host, &start, &meeting.id.to_string()])
    };
    let rows: String = records.meetings.values().map(of_meeting).collect();
    table(&["Topic", "Host", "Start", "Id"], &rows)
}

fn app_table(records: &Records) -> String {
    let of_app = |(client_id, app): (&String, &App)| {
        row(&[&app.name, client_id, &app.redirect_uris.join(" ")])
    };
    let rows: String = records.apps.iter().map(of_app).collect();
    table(&["App", "Client id", "Redirect URIs"], &rows)
}

fn control_table() -> String {
    let rows: String = CONTROLS.iter().map(|cells| row(cells)).collect();
    table(&["Control", "Body", "What it does"], &rows)
}

fn row(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
    format!("<tr>{cells}</tr>")
}

/// A table; `rows` are HTML.
pub(crate) fn table(heads: &[&str], rows: &str) -> String {
    let heads: String =
        heads.iter().map(|head| format!("<th scope=\"col\">{}</th>", escape(head))).collect();
    format!(
        "<div class=\"scroll\"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

/// Where a join or start URL leads.
pub(crate) fn meeting_room() -> String {
    let content = "<main class=\"card\"><p class=\"brand\">Zoom <span>sandbox</span></p>\
                   <h1>Here the meeting would begin</h1>\
                   <p class=\"note\">The sandbox has no video. <a href=\"/\">About it</a></p></main>";
    page("Meeting · Zoom sandbox", content)
}

/// A whole page; `title` and `content` are HTML.
pub(crate) fn page(title: &str, content: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body>{content}</body></html>\n"
    )
}

/// Text as HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
