//! One step of a run at one place, and what became of an attempt at it. `journey` decides what comes next, `attempt` does
//! it.

use crate::{edge::Code, record::run_step::RunStep, time::Timestamp};

/// Where a step stands in a run: inside which items of what it fans out over, the outermost first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place(pub Vec<(String, usize)>);

/// What became of one attempt at a step. What it was given and gave is stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It is done; its output is stored.
    Done,
    /// A condition: which way.
    Chosen(bool),
    /// It fans out: over so many items.
    Items(usize),
    /// It failed; `again`: it is worth another attempt, if the step wants that.
    Failed {
        /// What went wrong.
        code: Code,
        /// Whether another attempt may help.
        again: bool,
    },
    /// Nothing was done yet: it is to be taken up again then.
    Wait {
        /// When.
        until: Timestamp,
    },
    /// The run is to end here.
    Stop {
        /// Why.
        code: Code,
    },
}

impl Place {
    /// The name of a step at this place: `each[3].tell`.
    pub fn name(&self, step: &str) -> String {
        let around = self.0.iter().map(|(fan_out, item)| format!("{fan_out}[{item}]."));
        around.collect::<String>() + step
    }

    /// Reads [`Place::name`] back: the place and the step.
    pub(super) fn parse(name: &str) -> Option<(Self, String)> {
        let mut parts: Vec<&str> = name.split('.').collect();
        let step = parts.pop()?.to_owned();
        let item = |part: &str| {
            let (fan_out, item) = part.strip_suffix(']')?.split_once('[')?;
            Some((fan_out.to_owned(), item.parse().ok()?))
        };
        Some((Self(parts.into_iter().map(item).collect::<Option<_>>()?), step))
    }

    /// The place inside one item of a step that fans out here.
    #[must_use]
    pub fn inside(&self, fan_out: &str, item: usize) -> Self {
        let mut inside = self.clone();
        inside.0.push((fan_out.to_owned(), item));
        inside
    }
}

impl Became {
    /// As the engine keeps it: a word or two.
    pub fn text(&self) -> String {
        match self {
            Self::Done => "done".to_owned(),
            Self::Chosen(yes) => format!("chosen {}", u8::from(*yes)),
            Self::Items(count) => format!("items {count}"),
            Self::Failed { code, again } => format!("failed {} {}", code.text(), u8::from(*again)),
            Self::Wait { until } => format!("wait {}", until.0),
            Self::Stop { code } => format!("stop {}", code.text()),
        }
    }

    /// Reads [`Became::text`] back.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (first, second, third) = (words.next()?, words.next(), words.next());
        Some(match (first, second) {
            ("done", _) => Self::Done,
            ("chosen", Some(way)) => Self::Chosen(way == "1"),
            ("items", Some(count)) => Self::Items(count.parse().ok()?),
            ("failed", Some(text)) => {
                Self::Failed { code: Code::named(text)?, again: third == Some("1") }
            }
            ("wait", Some(until)) => Self::Wait { until: Timestamp(until.parse().ok()?) },
            ("stop", Some(text)) => Self::Stop { code: Code::named(text)? },
            _ => return None,
        })
    }
}

impl RunStep {
    /// What went wrong with it.
    pub(super) fn code(&self) -> Option<Code> {
        self.problem.as_deref().and_then(Code::named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_keeps_reads_back() {
        for became in [
            Became::Done,
            Became::Chosen(true),
            Became::Chosen(false),
            Became::Items(1000),
            Became::Failed { code: Code::ZoomRefused, again: true },
            Became::Failed { code: Code::ValueMissing, again: false },
            Became::Wait { until: Timestamp(1_795_000_000_000) },
            Became::Stop { code: Code::NotConnected },
        ] {
            assert_eq!(Became::parse(&became.text()), Some(became));
        }
        assert_eq!(Became::parse("failed no_such_code 1"), None);
        assert_eq!(Became::parse(""), None);
    }

    #[test]
    fn a_place_names_its_steps() {
        let place = Place::default().inside("each", 3).inside("inner", 0);
        assert_eq!(place.name("tell"), "each[3].inner[0].tell");
        assert_eq!(Place::parse("each[3].inner[0].tell"), Some((place, "tell".to_owned())));
        assert_eq!(Place::parse("each.tell"), None);
        assert_eq!(Place::default().name("tell"), "tell");
    }
}
