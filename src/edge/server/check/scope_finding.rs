//! What a check finds about scopes: what is needed against what is asked for and what was granted. Pure; which scopes are
//! needed for what is `zoom::scope`'s.

use super::finding::{CheckName, CheckStatus, Finding, Said, finding};
use crate::{
    record::integration_use::Granted,
    zoom::{check::Consent, scope::Need},
};

const SCOPES: &str = "the Scopes page of your Zoom app";

/// What Zoom allows, against what is needed. `asked` is what the integration asks for, empty: what the app has;
/// `granted` what was granted, the newest first.
pub(super) fn scopes(
    consent: &Said<Consent>,
    needs: &[Need],
    asked: &[&str],
    granted: &[Granted],
) -> Finding {
    if *consent == Ok(Consent::ScopesRefused) {
        let message = format!(
            "Zoom refuses the scopes that are chosen here: they have to be exactly those on {SCOPES}. Choose the same in \
             both places, or none here, which asks for what the app has."
        );
        return finding(CheckName::Scopes, CheckStatus::Wrong, message);
    }
    let here = if asked.is_empty() { Missing::default() } else { Missing::of(needs, asked) };
    if here.is_some() {
        let (without, names) = (here.without(), here.names());
        let message = format!(
            "{without} Add {names} on {SCOPES} and here; then have accounts that are connected already connect again."
        );
        return here.wrong(message);
    }
    match granted.split_first() {
        Some((newest, older)) => of_grants(needs, newest, older),
        None if asked.is_empty() => {
            let message = format!(
                "Which scopes the app has shows when the first account is connected. Needed on {SCOPES}: {}.",
                Missing::of(needs, &[]).names()
            );
            finding(CheckName::Scopes, CheckStatus::Unknown, message)
        }
        None => ok(
            "Every scope that is needed is chosen; Zoom grants them when an account is connected.",
        ),
    }
}

/// What was granted, against what is needed.
fn of_grants(needs: &[Need], newest: &Granted, older: &[Granted]) -> Finding {
    let lacking = |granted: &Granted| {
        Missing::of(needs, &granted.scope.split_ascii_whitespace().collect::<Vec<_>>())
    };
    let newest = lacking(newest);
    if newest.is_some() {
        let (without, names) = (newest.without(), newest.names());
        let message = format!(
            "{without} The account that was connected last was not granted {names}: add that on {SCOPES}, then have the \
             connected accounts connect again."
        );
        return newest.wrong(message);
    }
    let (mut count, mut all) = (0, Missing::default());
    for granted in older {
        let missing = lacking(granted);
        if missing.is_some() {
            count += granted.n;
            all.add(missing);
        }
    }
    if all.is_some() {
        let names = all.names();
        let message = format!(
            "Connected accounts that lack {names}, which the app has by now: {count}. Have them connect again, by a \
             reconnect link for one."
        );
        return all.wrong(message);
    }
    ok("Every scope that is needed has been granted.")
}

fn ok(message: &str) -> Finding {
    finding(CheckName::Scopes, CheckStatus::Ok, message)
}

/// Scopes that are missing, each once, with what it is needed for.
#[derive(Default)]
struct Missing(Vec<(&'static str, Vec<&'static str>)>);

impl Missing {
    /// What these lack of what is needed.
    fn of(needs: &[Need], given: &[&str]) -> Self {
        let mut all = Self::default();
        for need in needs {
            all.0.extend(need.missing(given).map(|scope| (scope, vec![need.label])));
        }
        let mut each = Self::default();
        each.add(all);
        each
    }

    fn add(&mut self, other: Self) {
        for (scope, labels) in other.0 {
            match self.0.iter_mut().find(|(known, _)| *known == scope) {
                Some((_, known)) => known.extend(labels),
                None => self.0.push((scope, labels)),
            }
        }
    }

    fn is_some(&self) -> bool {
        !self.0.is_empty()
    }

    fn names(&self) -> String {
        self.0.iter().map(|(scope, _)| *scope).collect::<Vec<_>>().join(", ")
    }

    /// What does not work.
    fn without(&self) -> String {
        let mut labels: Vec<&str> = self.0.iter().flat_map(|(_, labels)| labels).copied().collect();
        labels.sort_unstable();
        labels.dedup();
        format!("Not possible as it is: {}.", labels.join(", "))
    }

    fn wrong(self, message: String) -> Finding {
        let scopes = self.0.into_iter().map(|(scope, _)| scope.to_owned()).collect();
        let wrong = finding(CheckName::Scopes, CheckStatus::Wrong, message);
        Finding { scopes: Some(scopes), ..wrong }
    }
}
