//! The HTTP face of the test controls, JSON in and out, under `/_sandbox/`. It decides nothing:
//! every control is a method of [`Sandbox`].

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::authorize::Decision;
use crate::call::Call;
use crate::config::AppConfig;
use crate::fault::{Fault, Planned};
use crate::kind::Kind;
use crate::limits::Limits;
use crate::sandbox::{Sandbox, Unknown};
use crate::state;

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
}

impl SettingsChange {
    pub(crate) fn apply(self, to: &mut state::Settings) {
        to.coop = self.coop.unwrap_or(to.coop);
        let survives = self.access_token_survives_refresh;
        to.access_token_survives_refresh = survives.unwrap_or(to.access_token_survives_refresh);
        if let Some(limits) = self.limits {
            to.limits = limits;
        }
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentBody {
    authorize_url: String,
    zoom_user: String,
    decision: Decision,
}

/// Carries out one control.
pub(crate) fn control(sandbox: &Sandbox, call: &Call) -> Answer {
    let parts: Vec<String> =
        (1..call.path.split('/').count() - 1).map(|i| call.segment(i)).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
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
        ("POST", ["meetings", id, "start"]) => {
            number(id).and_then(|id| sandbox.start_meeting(id)).map(done_value)
        }
        ("POST", ["meetings", id, "end"]) => {
            number(id).and_then(|id| sandbox.end_meeting(id)).map(done_value)
        }
        ("POST", [noun]) => set(sandbox, noun, call),
        _ => Err(no_control()),
    };
    match result {
        Ok(body) => Answer::json(200, &body),
        Err(Unknown(text)) => Answer::json(400, &json!({"error": text})),
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
            let MeetingBody { user, topic, uuid } = read(call)?;
            let id = sandbox.add_meeting(&user, &topic, uuid.as_deref())?;
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

fn read<T: DeserializeOwned>(call: &Call) -> Result<T, Unknown> {
    let wrong = |error: serde_json::Error| Unknown(format!("the body is not as expected: {error}"));
    serde_json::from_slice(&call.body).map_err(wrong)
}

fn number(text: &str) -> Result<u64, Unknown> {
    text.parse().map_err(|_| Unknown(format!("{text} is no meeting id")))
}

#[expect(clippy::unnecessary_wraps, reason = "an arm of a match over results")]
fn done((): ()) -> Result<Value, Unknown> {
    Ok(done_value(()))
}

fn done_value((): ()) -> Value {
    json!({"status": "done"})
}

fn no_control() -> Unknown {
    Unknown("there is no such control; the page at / lists them".to_owned())
}
