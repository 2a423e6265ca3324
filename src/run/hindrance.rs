//! What keeps a step from being done, as far as one attempt at it goes.

use super::unfit::Unfit;
use crate::{
    connection::Refusal,
    edge::{Code, Problem, under_grant::NoAnswer},
    host::HostError,
    time::Timestamp,
    workflow::FillError,
};

/// Why there is no output.
#[derive(Debug)]
pub(super) enum Hindrance {
    /// It failed; `again`: another attempt may help.
    Failed { problem: Problem, again: bool },
    /// It was sent, and what came of it is not known.
    Lost { problem: Problem },
    /// Nothing was done: it is to be taken up again then.
    Wait { until: Timestamp },
    /// It may have been done: whether it is there is to be looked at then. The answer was lost so often.
    Look { until: Timestamp, problem: Option<Code>, lost: u32 },
    /// The run is to end.
    Stop { problem: Problem },
    /// Our own side is in doubt.
    Doubt(HostError),
}

impl Hindrance {
    /// It failed, for good.
    pub fn failed(code: Code, detail: impl Into<String>) -> Self {
        Self::Failed { problem: Problem::detailed(code, detail), again: false }
    }

    /// The same where doing it once more does no harm: what was lost is to be done again.
    pub fn harmless(self) -> Self {
        match self {
            Self::Lost { problem } => Self::Failed { problem, again: true },
            other => other,
        }
    }
}

impl From<HostError> for Hindrance {
    fn from(error: HostError) -> Self {
        Self::Doubt(error)
    }
}

impl From<Unfit> for Hindrance {
    fn from(unfit: Unfit) -> Self {
        Self::failed(Code::ValueUnfit, unfit.0)
    }
}

impl From<FillError> for Problem {
    fn from(error: FillError) -> Self {
        let code = match error {
            FillError::Missing { .. } => Code::ValueMissing,
            FillError::TooLarge { .. } => Code::ValueUnfit,
        };
        Self::detailed(code, error.to_string())
    }
}

impl From<FillError> for Hindrance {
    fn from(error: FillError) -> Self {
        Self::Failed { problem: error.into(), again: false }
    }
}

impl From<NoAnswer> for Hindrance {
    fn from(none: NoAnswer) -> Self {
        match none {
            NoAnswer::Lost(_) => Self::Lost { problem: none.into() },
            NoAnswer::Unsure { part, reason } => {
                // What seals is said as such, since the operator has to see to it.
                let part = if part == "seal_key" { "seal_key" } else { "connection" };
                Self::Doubt(HostError::new(part, reason))
            }
            NoAnswer::SendAgain => Self::Failed { problem: none.into(), again: true },
            NoAnswer::Refused(refusal) => refused(refusal),
        }
    }
}

/// A grant that cannot be used any more ends the run; what may pass does not.
fn refused(refusal: Refusal) -> Hindrance {
    let problem = refusal.into();
    match refusal {
        Refusal::NotMember
        | Refusal::RefreshTokenRefused
        | Refusal::RefreshAnswerLost
        | Refusal::GrantExpired => Hindrance::Stop { problem },
        Refusal::RefusedAgain
        | Refusal::ProviderUnreachable
        | Refusal::ProviderTimeout
        | Refusal::ClientRefused
        | Refusal::TooManyGrants => Hindrance::Failed { problem, again: true },
    }
}
