//! Copies that lag: a write, a delete and a miss alike are seen only after the lag has passed.

use std::collections::HashMap;

/// Every change of one key, with the time (milliseconds) from which it is seen.
#[derive(Debug, Default)]
pub(super) struct Copies(HashMap<String, Vec<Change>>);

#[derive(Debug)]
struct Change {
    seen_from: i64,
    value: Option<String>,
    ends_at: i64,
}

impl Copies {
    pub(super) fn change(
        &mut self,
        key: &str,
        value: Option<String>,
        seen_from: i64,
        ends_at: i64,
    ) {
        self.0.entry(key.to_owned()).or_default().push(Change { seen_from, value, ends_at });
    }

    pub(super) fn load(&self, key: &str, now: i64) -> Option<String> {
        let mut changes = self.0.get(key)?.iter();
        let last = changes.rfind(|change| change.seen_from <= now)?;
        last.value.clone().filter(|_| now < last.ends_at)
    }

    /// How many changes there were.
    pub(super) fn changes(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Every value ever written, for searching them for secrets.
    pub(super) fn everything(&self) -> impl Iterator<Item = &str> {
        self.0.values().flatten().filter_map(|change| change.value.as_deref())
    }
}
