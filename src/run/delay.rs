//! A Delay step: how long it waits, and from when on.

use serde_json::Value;

use super::{
    own_step::OwnStep,
    scope::{hide_secrets, values},
    step::{Became, Place},
};
use crate::{
    edge::{Code, Problem},
    host::{Host, HostError},
    record::run::{self, Run},
    time::{DAY, HOUR, MINUTE, SECOND},
    workflow::{Definition, Step, Template},
};

/// The engine sleeps at most so long (Cloudflare Workflows, "Limits"), in milliseconds.
const LONGEST: i64 = 365 * DAY;

/// Begins to wait: until when is stored with it. The engine sleeps then.
pub(super) async fn begin(
    host: &impl Host,
    run: &Run,
    definition: &Definition,
    (step, inputs): (&Step, &Template),
    place: &Place,
) -> Result<Became, HostError> {
    let own = OwnStep::of(run, step, place);
    let mut values = values(host, run, definition, place, &inputs.roots()).await?;
    let delay =
        inputs.fill(&values).map_err(Problem::from).and_then(|filled| milliseconds(&filled));
    let (became, mut statements) = match delay {
        Ok(delay) => {
            hide_secrets(&mut values);
            let shown = inputs.fill(&values).unwrap_or_default().to_string();
            let until = host.now().plus(delay);
            (Became::Wait { until }, own.waits(host, until, &shown)?)
        }
        Err(problem) => {
            let failed = own.failed(host, &problem)?;
            (Became::Failed { code: problem.code, again: false }, failed)
        }
    };
    statements.push(run::works(&run.id, host.now()));
    let lives = host.tables(statements).await?.pop().is_some_and(|rows| !rows.is_empty());
    Ok(if lives { became } else { Became::Stop { code: Code::RunStopped } })
}

/// How long `value` of `unit` is; a number that came as text counts.
fn milliseconds(inputs: &Value) -> Result<i64, Problem> {
    let refused = |why: &str| Problem::detailed(Code::ValueUnfit, why);
    let unit = match inputs.get("unit").and_then(Value::as_str) {
        Some("seconds") => SECOND,
        Some("minutes") => MINUTE,
        Some("hours") => HOUR,
        Some("days") => DAY,
        _ => return Err(refused("inputs.unit: seconds, minutes, hours or days are wanted")),
    };
    let value = inputs.get("value");
    let number = value.and_then(Value::as_f64);
    let number = number.or_else(|| value.and_then(Value::as_str)?.trim().parse().ok());
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "in bounds")]
    match number.map(|number| number * unit as f64) {
        Some(delay) if (0.0..=LONGEST as f64).contains(&delay) => Ok(delay as i64),
        _ => Err(refused("inputs.value: a number is wanted, of at most 365 days")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_delay_is_a_number_of_a_unit_and_at_most_a_year() {
        let delay =
            |value: Value, unit: &str| milliseconds(&json!({"value": value, "unit": unit})).ok();
        assert_eq!(delay(json!(5), "seconds"), Some(5 * SECOND));
        assert_eq!(delay(json!("1.5"), "minutes"), Some(90 * SECOND));
        assert_eq!(delay(json!(0), "hours"), Some(0));
        assert_eq!(delay(json!(365), "days"), Some(LONGEST));
        for (value, unit) in [
            (json!(366), "days"),
            (json!(-1), "days"),
            (json!("soon"), "days"),
            (json!("NaN"), "days"),
            (json!(null), "days"),
            (json!(1), "weeks"),
        ] {
            assert_eq!(delay(value, unit), None);
        }
    }
}
