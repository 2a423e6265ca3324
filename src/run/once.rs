//! Doing it once, although Zoom knows no idempotency keys: what may have been made by a call whose answer is not known is
//! looked for before the call is made again, and taken for the call's when it can be told apart.

use serde_json::{Value, json};

use super::{
    attempt::Attempt,
    hindrance::Hindrance,
    outcome::{Outcome, Result as Done},
    unfit::plain,
    zoom_call::ZoomCall,
    zoom_step::touch,
};
use crate::{
    edge::{Code, Problem},
    host::Host,
    record::{
        made::{self, Touch},
        run_step::RunStep,
    },
    time::{SECOND, Timestamp},
    workflow::Weight,
    zoom::action::output,
};

/// After so long, in milliseconds, what was sent has come to its end at Zoom's: longer than a call waits for its answer.
const SETTLED: i64 = 35 * SECOND;
/// Zoom's clock may be so far behind ours, in milliseconds.
const CLOCKS: i64 = 5 * SECOND;
/// A call whose answer was lost so often, and which made nothing, has failed.
const MOST_LOST: u32 = 2;

/// Makes a meeting, unless an earlier call of this step has.
pub(super) async fn create_meeting<H: Host>(attempt: &Attempt<'_, H>, call: &ZoomCall) -> Done {
    let before = attempt.was_begun();
    let lost = before.map_or(0, times_lost);
    if let Some(row) = before {
        let look_at = row.begun_at.plus(SETTLED);
        if attempt.host.now() < look_at {
            return Err(kept(row, look_at));
        }
        if let Some(outcome) = find_meeting(attempt, call, row).await? {
            return Ok(outcome);
        }
        if let Some(code) = row.code().filter(|_| lost >= MOST_LOST) {
            let problem = Problem::detailed(code, "it was not made");
            return Err(Hindrance::Failed { problem, again: true });
        }
    }
    attempt.begin(touch(attempt, call), before).await?;
    let answer = attempt.ask_once(call).await;
    match answer.and_then(super::zoom_ask::Answer::success) {
        Ok(meeting) => {
            let made = meeting.get("id").and_then(plain).map(Touch::Made);
            Ok(Outcome { made, ..Outcome::of(output(meeting)) })
        }
        Err(Hindrance::Lost { problem }) => Err(Hindrance::Look {
            until: attempt.begun_at.get().plus(SETTLED),
            problem: Some(problem.code),
            lost: lost + 1,
        }),
        Err(other) => Err(other),
    }
}

/// The row as it is, to be looked at again then.
fn kept(row: &RunStep, until: Timestamp) -> Hindrance {
    Hindrance::Look { until, problem: row.code(), lost: times_lost(row) }
}

fn times_lost(row: &RunStep) -> u32 {
    row.chosen.as_deref().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// What a look fails at leaves the row as it is: nothing was made by it.
fn looking(row: &RunStep, now: Timestamp) -> impl Fn(Hindrance) -> Hindrance {
    move |hindrance| match hindrance {
        Hindrance::Wait { until } => kept(row, until),
        Hindrance::Lost { .. } | Hindrance::Failed { again: true, .. } => {
            kept(row, now.plus(SETTLED))
        }
        Hindrance::Failed { problem, .. } => Hindrance::failed(
            Code::OutcomeUnknown,
            format!("looking for it failed: {}", problem.message()),
        ),
        other => other,
    }
}

/// The meeting that an earlier call made, if it did.
async fn find_meeting<H: Host>(
    attempt: &Attempt<'_, H>,
    call: &ZoomCall,
    row: &RunStep,
) -> Result<Option<Outcome>, Hindrance> {
    let host = attempt.host;
    let hindered = looking(row, host.now());
    let wanted = Wanted::of(host, call, row.begun_at);
    let mut found: Vec<String> = Vec::new();
    for list in wanted.lists {
        let listed = ZoomCall::get(call.path.clone(), Weight::Medium).with("type", list);
        let all = attempt.ask_for_all(&listed, "meetings").await.map_err(&hindered)?;
        let meetings = all.get("meetings").and_then(Value::as_array);
        let ids = meetings.into_iter().flatten().filter(|meeting| wanted.is(meeting));
        found.extend(ids.filter_map(|meeting| plain(meeting.get("id")?)));
    }
    found.sort();
    found.dedup();
    let known = made::made_by_runs(&attempt.run.integration_id, &found);
    for other in host.tables(vec![known]).await?.into_iter().flatten() {
        found.retain(|id| other.get("id").and_then(Value::as_str) != Some(id.as_str()));
    }
    let [id] = found.as_slice() else {
        let several = format!("{} meetings may be it", found.len());
        let unknown = Hindrance::failed(Code::OutcomeUnknown, several);
        return if found.is_empty() { Ok(None) } else { Err(unknown) };
    };
    let read = ZoomCall::get(format!("meetings/{id}"), Weight::Light);
    let meeting = attempt.ask(&read).await.and_then(super::zoom_ask::Answer::success);
    let meeting = meeting.map_err(&hindered)?;
    let claimed = host.tables(vec![made::claim(attempt.run, id, host.now())]).await?;
    if claimed.iter().flatten().next().is_none() {
        // Another run took it meanwhile: look again.
        return Err(kept(row, host.now().plus(SECOND)));
    }
    Ok(Some(Outcome::of(output(meeting))))
}

/// What tells the meeting from others.
struct Wanted {
    topic: String,
    start_time: Option<Timestamp>,
    since: Timestamp,
    /// Where Zoom lists it.
    lists: &'static [&'static str],
}

impl Wanted {
    fn of(host: &impl Host, call: &ZoomCall, begun_at: Timestamp) -> Self {
        let body = call.body.as_ref();
        let field = |name: &str| body.and_then(|body| body.get(name));
        let text = |name| field(name).and_then(Value::as_str).unwrap_or_default();
        let zone = text("timezone");
        let start_time = start_time(text("start_time"), |at| host.utc_offset(zone, at));
        // An instant meeting is listed while it goes on only.
        let instant = field("type").and_then(Value::as_i64) == Some(1);
        let lists: &[&str] = if instant { &["live", "scheduled"] } else { &["scheduled"] };
        Self { topic: text("topic").to_owned(), start_time, since: begun_at.plus(-CLOCKS), lists }
    }

    fn is(&self, meeting: &Value) -> bool {
        let text = |name| meeting.get(name).and_then(Value::as_str).unwrap_or_default();
        let at = |name| Timestamp::parse_rfc3339(text(name));
        let same_start = match (self.start_time, at("start_time")) {
            (Some(wanted), Some(there)) => wanted.seconds() == there.seconds(),
            // Where either does not say, the other two have to tell.
            _ => true,
        };
        text("topic").trim() == self.topic.trim()
            && same_start
            && at("created_at").is_some_and(|created| created >= self.since)
    }
}

/// A start time as Zoom reads it: in UTC, or by the clocks of a time zone.
fn start_time(text: &str, offset: impl Fn(Timestamp) -> Option<i64>) -> Option<Timestamp> {
    if let Some(at) = Timestamp::parse_rfc3339(text) {
        return Some(at);
    }
    let local = Timestamp::parse_rfc3339(&format!("{text}Z"))?;
    let earlier = |at: Timestamp| Some(local.plus(-offset(at)?.saturating_mul(SECOND)));
    // The zone's own offset at that time: guessed once, then asked at what was guessed.
    earlier(earlier(local)?)
}

/// Registers somebody, unless they are registered by an earlier call of this step.
pub(super) async fn add_registrant<H: Host>(attempt: &Attempt<'_, H>, call: &ZoomCall) -> Done {
    let before = attempt.was_begun();
    if (before.is_some() || attempt.number > 1)
        && let Some(found) = find_registrant(attempt, call).await?
    {
        return Ok(found);
    }
    attempt.begin(touch(attempt, call), None).await?;
    let answer = attempt.ask(call).await;
    match answer.and_then(super::zoom_ask::Answer::success) {
        Ok(registrant) => Ok(Outcome::of(output(registrant))),
        Err(Hindrance::Lost { problem }) => match find_registrant(attempt, call).await {
            Ok(Some(found)) => Ok(found),
            // Registering the same person again changes nothing at Zoom's.
            Ok(None) | Err(_) => Err(Hindrance::Failed { problem, again: true }),
        },
        Err(other) => Err(other),
    }
}

/// Somebody with this e-mail among those who are registered, as an answer to registering says it.
async fn find_registrant<H: Host>(
    attempt: &Attempt<'_, H>,
    call: &ZoomCall,
) -> Result<Option<Outcome>, Hindrance> {
    let email = call.body.as_ref().and_then(|body| body.get("email")).and_then(Value::as_str);
    let email = email.unwrap_or_default();
    let is_it = |registrant: &&Value| {
        let there = registrant.get("email").and_then(Value::as_str).unwrap_or_default();
        there.eq_ignore_ascii_case(email)
    };
    for status in ["approved", "pending"] {
        let list = ZoomCall::get(call.path.clone(), call.weight).with("status", status);
        let all = match attempt.ask_for_all(&list, "registrants").await {
            // Who may not look, registers.
            Err(Hindrance::Failed { again: false, .. }) => return Ok(None),
            all => all?,
        };
        let found = all.get("registrants").and_then(Value::as_array);
        let Some(found) = found.into_iter().flatten().find(is_it) else { continue };
        let field = |name: &str| found.get(name).cloned().unwrap_or_default();
        let registrant = json!({"id": call.meeting_id(), "registrant_id": field("id"),
            "join_url": field("join_url"), "participant_pin_code": field("participant_pin_code")});
        return Ok(Some(Outcome::of(output(registrant))));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_time_is_read_by_the_clocks_of_its_zone() {
        let utc = Timestamp::parse_rfc3339("2026-12-01T09:00:00Z");
        let berlin = |_| Some(3600);
        assert_eq!(start_time("2026-12-01T09:00:00Z", |_| None), utc);
        assert_eq!(start_time("2026-12-01T10:00:00", berlin), utc);
        assert_eq!(start_time("2026-12-01T10:00:00", |_| None), None);
        assert_eq!(start_time("", berlin), None);
    }
}
