//! The HTTP face of the test controls, JSON in and out, under `/_sandbox/`. It decides nothing:
//! every control is a method of [`Sandbox`].

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::authorize::Decision;
use crate::call::{Call, Fields};
use crate::config::AppConfig;
use crate::fault::{Fault, Planned};
use crate::kind::Kind;
use crate::limits::Limits;
use crate::sandbox::{Sandbox, Unknown};
use crate::state::State;
use crate::{meetings_page, webhook};

/// What forms of pages send.
const FORM: &str = "application/x-www-form-urlencoded";

/// What the controls can switch; `None` leaves it as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// `Cross-Origin-Opener-Policy: same-origin` on the consent page.
    pub coop: Option<bool>,
    /// Whether an access token outlives the refresh of its pair. It does not at the start, which
    /// is the stricter reading of Zoom's "the last issued token wins".
    pub access_token_survives_refresh: Option<bool>,
    /// Replaces all rate limits.
    pub limits: Option<Limits>,
    /// The pauses in ms before the second and each further attempt of a webhook (Zoom: 5, 20 and
    /// 60 minutes). One that has begun is not shortened.
    pub webhook_retry_ms: Option<Vec<u64>>,
    /// How long in ms an endpoint may take to answer (Zoom: 3,000).
    pub webhook_timeout_ms: Option<u64>,
    /// Whether a further attempt has the first one's timestamp and signature. It has its own at the
    /// start; what Zoom does is not known.
    pub webhook_retry_keeps_timestamp: Option<bool>,
}

impl SettingsChange {
    pub(crate) fn apply(self, state: &mut State) {
        let to = &mut state.records.settings;
        to.coop = self.coop.unwrap_or(to.coop);
        let survives = self.access_token_survives_refresh;
        to.access_token_survives_refresh = survives.unwrap_or(to.access_token_survives_refresh);
        if let Some(limits) = self.limits {
            to.limits = limits;
        }
        let rules = &mut state.webhooks.rules;
        if let Some(retries) = self.webhook_retry_ms {
            rules.retries = retries.into_iter().map(Duration::from_millis).collect();
        }
        rules.timeout = self.webhook_timeout_ms.map_or(rules.timeout, Duration::from_millis);
        let keeps = self.webhook_retry_keeps_timestamp;
        rules.retry_keeps_timestamp = keeps.unwrap_or(rules.retry_keeps_timestamp);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultBody {
    kind: Kind,
    fault: Fault,
    /// Absent is once, `null` is for ever.
    #[serde(default = "once")]
    times: Option<u32>,
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the field's type")]
fn once() -> Option<u32> {
    Some(1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppBody {
    client_id: Option<String>,
    client_secret: Option<String>,
    name: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    scopes: Option<Vec<String>>,
    secret_token: Option<String>,
    account_events: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    advance_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeetingBody {
    user: String,
    #[serde(default)]
    topic: String,
    uuid: Option<String>,
    /// Absent is without.
    registration: Option<Registration>,
}

/// Who approves the people that register for a meeting.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Registration {
    Automatic,
    Manual,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JoinBody {
    name: String,
    email: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeaveBody {
    participant: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemoveBody {
    client_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentBody {
    authorize_url: String,
    zoom_user: String,
    decision: Decision,
}

/// Carries out one control. A form of the page of meetings goes back to that page.
pub(crate) async fn control(sandbox: &Sandbox, mut call: Call) -> Answer {
    let Some(fields) = pressed(&call) else {
        return carry_out(sandbox, &call).await;
    };
    call.body = fields.to_string().into_bytes();
    let answer = carry_out(sandbox, &call).await;
    if answer.status < 300 {
        return Answer { status: 303, ..Answer::redirect("/_sandbox/meetings") };
    }
    let told: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let reason = told.get("error").and_then(Value::as_str).unwrap_or(&answer.body);
    Answer::html(answer.status, meetings_page::refused(reason))
}

/// The fields of that page's form as a control's JSON; an empty one counts as absent.
fn pressed(call: &Call) -> Option<Value> {
    let is_form = call.header("content-type").is_some_and(|it| it.starts_with(FORM));
    let fields = Fields::read(if is_form { &call.body } else { b"" });
    fields.first("page")?;
    let given = fields.0.iter().filter(|(name, value)| name != "page" && !value.is_empty());
    Some(given.map(|(name, value)| (name.clone(), json!(value))).collect())
}

async fn carry_out(sandbox: &Sandbox, call: &Call) -> Answer {
    let parts: Vec<String> =
        (1..call.path.split('/').count() - 1).map(|i| call.segment(i)).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if let ["webhooks", rest @ ..] = parts.as_slice() {
        return webhook::controls::control(sandbox, call, rest).await;
    }
    let result = match (call.method.as_str(), parts.as_slice()) {
        ("GET", rest) => look(sandbox, rest),
        ("DELETE", ["calls"]) => {
            sandbox.reset_calls();
            done(())
        }
        ("DELETE", ["faults"]) => {
            sandbox.clear_faults();
            done(())
        }
        ("POST", ["reset"]) => {
            sandbox.reset();
            done(())
        }
        ("POST", ["users", user, "expire"]) => sandbox.expire_access_tokens(user).map(done_value),
        ("POST", ["users", user, "revoke"]) => sandbox.revoke_user(user).map(done_value),
        ("POST", ["users", user, "remove"]) => remove(sandbox, user, call),
        ("POST", ["meetings", id, what @ ..]) => in_meeting(sandbox, id, what, call),
        ("POST", [noun]) => set(sandbox, noun, call),
        _ => Err(no_control()),
    };
    match result {
        Ok(body) => Answer::json(200, &body),
        Err(Unknown(text)) => Answer::json(400, &json!({"error": text})),
    }
}

fn remove(sandbox: &Sandbox, user: &str, call: &Call) -> Result<Value, Unknown> {
    let body: RemoveBody = if call.body.is_empty() { RemoveBody::default() } else { read(call)? };
    sandbox.remove_app(user, body.client_id.as_deref()).map(done_value)
}

fn in_meeting(sandbox: &Sandbox, id: &str, what: &[&str], call: &Call) -> Result<Value, Unknown> {
    let id = id.parse().map_err(|_| Unknown(format!("{id} is no meeting id")))?;
    match what {
        ["start"] => sandbox.start_meeting(id).map(done_value),
        ["end"] => sandbox.end_meeting(id).map(done_value),
        ["join"] => {
            let JoinBody { name, email } = read(call)?;
            let participant = sandbox.join_meeting(id, &name, email.as_deref())?;
            Ok(json!({"participant": participant}))
        }
        ["leave"] => {
            let LeaveBody { participant } = read(call)?;
            sandbox.leave_meeting(id, &participant).map(done_value)
        }
        ["recording", "start"] => sandbox.start_recording(id).map(done_value),
        ["recording", "finish"] => sandbox.finish_recording(id).map(done_value),
        ["recording", "transcribe"] => sandbox.finish_transcript(id).map(done_value),
        _ => Err(no_control()),
    }
}

fn look(sandbox: &Sandbox, parts: &[&str]) -> Result<Value, Unknown> {
    match parts {
        ["state"] => Ok(json!(sandbox.snapshot())),
        ["calls"] => Ok(json!({
            "calls": sandbox.calls(),
            "token_requests": sandbox.token_requests(),
        })),
        ["faults"] => Ok(json!(sandbox.with(|state| state.faults.waiting().to_vec()))),
        ["elsewhere"] => Ok(json!({"redirected": true})),
        _ => Err(no_control()),
    }
}

fn set(sandbox: &Sandbox, noun: &str, call: &Call) -> Result<Value, Unknown> {
    match noun {
        "faults" => {
            let FaultBody { kind, fault, times } = read(call)?;
            sandbox.plan(Planned { kind, fault, times });
            done(())
        }
        "settings" => {
            sandbox.change_settings(read(call)?);
            done(())
        }
        "clock" => {
            let ClockBody { advance_ms } = read(call)?;
            sandbox.advance(Duration::from_millis(advance_ms));
            Ok(json!({"now": sandbox.clock().now()}))
        }
        "app" => register(sandbox, read(call)?),
        "meetings" => {
            let MeetingBody { user, topic, uuid, registration } = read(call)?;
            // Zoom API, Create a meeting: `settings.approval_type`.
            let approval_type = registration.map(|approval| json!(approval as u8));
            let settings = approval_type.map(|it| ("approval_type".to_owned(), it));
            let settings = settings.into_iter().collect();
            let id = sandbox.add_meeting_with(&user, &topic, uuid.as_deref(), settings)?;
            Ok(json!({"id": id}))
        }
        "consent" => {
            let ConsentBody { authorize_url, zoom_user, decision } = read(call)?;
            let to = sandbox.consent(&authorize_url, &zoom_user, decision);
            to.map(|url| json!({"redirect_url": url}))
                .map_err(|refusal| Unknown(refusal.to_string()))
        }
        _ => Err(no_control()),
    }
}

/// Without a secret: more redirect URIs for the configured app. With one: another app.
fn register(sandbox: &Sandbox, body: AppBody) -> Result<Value, Unknown> {
    let configured = sandbox.app();
    let client_id = body.client_id.unwrap_or_else(|| configured.client_id.clone());
    if let Some(client_secret) = body.client_secret {
        sandbox.register_app(&AppConfig {
            name: body.name.unwrap_or_else(|| configured.name.clone()),
            client_id,
            client_secret,
            redirect_uris: body.redirect_uris,
            scopes: body.scopes.unwrap_or_else(|| configured.scopes.clone()),
            secret_token: body.secret_token.unwrap_or_else(|| configured.secret_token.clone()),
            account_events: body.account_events.unwrap_or_default(),
        });
        return done(());
    }
    if client_id != configured.client_id {
        return Err(Unknown("a new app needs a client_secret".to_owned()));
    }
    for uri in &body.redirect_uris {
        sandbox.add_redirect_uri(uri);
    }
    done(())
}

/// The body of a control.
pub(crate) fn read<T: DeserializeOwned>(call: &Call) -> Result<T, Unknown> {
    let wrong = |error: serde_json::Error| Unknown(format!("the body is not as expected: {error}"));
    serde_json::from_slice(&call.body).map_err(wrong)
}

#[expect(clippy::unnecessary_wraps, reason = "an arm of a match over results")]
fn done((): ()) -> Result<Value, Unknown> {
    Ok(done_value(()))
}

fn done_value((): ()) -> Value {
    json!({"status": "done"})
}

/// There is no such control.
pub(crate) fn no_control() -> Unknown {
    Unknown("there is no such control; the page at / lists them".to_owned())
}
