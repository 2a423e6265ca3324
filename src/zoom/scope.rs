//! What can be asked Zoom for: its scopes, as far as anything here needs one. What each is needed for stands with the
//! actions, the triggers and `users/me` themselves; here is what follows from that.
//!
//! Where the names are from: Zoom's reference of each operation ("Scopes", "Granular Scopes") for the actions and
//! `users/me`; Zoom's "Using webhooks", section "Scopes", for `meeting.participant_joined` and `recording.completed`.
//! Zoom names no scope there for the other events: taken is that of reading the thing that the event tells of.

use super::{
    action::ACTIONS,
    trigger::{self, TRIGGERS},
};

/// How Zoom names scopes. Apps that are new have granular ones; an app has one kind or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `meeting:read:meeting`: one thing each.
    Granular,
    /// `meeting:read`: everything about meetings.
    Classic,
}

/// Something that can be asked Zoom for.
#[derive(Debug)]
pub struct Scope {
    /// Zoom's name for it.
    pub name: &'static str,
    /// How it is named.
    pub kind: Kind,
    /// What it allows, for people.
    pub about: &'static str,
}

const fn granular(name: &'static str, about: &'static str) -> Scope {
    Scope { name, kind: Kind::Granular, about }
}

const fn classic(name: &'static str, about: &'static str) -> Scope {
    Scope { name, kind: Kind::Classic, about }
}

/// All of them.
pub const SCOPES: &[Scope] = &[
    granular("user:read:user", "See who the user is: name, e-mail address, account."),
    granular("meeting:write:meeting", "Schedule meetings."),
    granular("meeting:update:meeting", "Change meetings."),
    granular("meeting:read:list_meetings", "List the user's meetings."),
    granular(
        "meeting:read:meeting",
        "See a meeting, and hear when one is scheduled, changed or over.",
    ),
    granular("meeting:delete:meeting", "Delete meetings."),
    granular("meeting:write:registrant", "Register people for meetings."),
    granular("meeting:read:list_registrants", "List who is registered for a meeting."),
    granular("meeting:delete:registrant", "Take people off the list of a meeting's registrants."),
    granular("meeting:read:registrant", "Hear when somebody registers for a meeting."),
    granular("meeting:read:participant", "Hear when somebody joins or leaves a meeting."),
    granular(
        "cloud_recording:read:recording",
        "Hear of recordings and transcripts, and download them.",
    ),
    classic("user:read", "See who the user is: name, e-mail address, account."),
    classic(
        "meeting:read",
        "See the user's meetings and registrants, and hear what happens in them.",
    ),
    classic("meeting:write", "Schedule, change and delete meetings and their registrants."),
    classic("recording:read", "Hear of recordings and transcripts, and download them."),
];

/// The scopes that allow `users/me`, one of them is enough: the classic one, then the granular one. Without it nobody
/// knows whose account was connected.
pub const ACCOUNT: &[&str] = &["user:read", "user:read:user"];

/// Something that scopes are needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The name that people see.
    pub label: &'static str,
    /// The scopes that allow it, one of them is enough: the classic one, then the granular one.
    scopes: &'static [&'static str],
}

/// What every integration needs: whose account it is.
pub const IDENTITY: Need = Need { label: "connecting an account", scopes: ACCOUNT };

/// What an action needs; nothing when there is no such action.
pub fn of_action(id: &str) -> Option<Need> {
    let action = ACTIONS.iter().find(|action| action.id == id)?;
    Some(Need { label: action.label, scopes: action.scopes })
}

/// What a trigger needs; nothing when there is no such trigger.
pub fn of_trigger(id: &str) -> Option<Need> {
    trigger::by_id(id).map(|trigger| Need { label: trigger.label, scopes: trigger.scopes })
}

impl Need {
    /// The scope that these lack for it; nothing when one of them allows it. Named in their kind: the two do not mix.
    pub fn missing(&self, granted: &[&str]) -> Option<&'static str> {
        if granted.iter().any(|given| self.scopes.contains(&plain(given))) {
            return None;
        }
        let [classic, granular] = self.scopes else {
            return None;
        };
        Some(if kind_of(granted) == Kind::Classic { classic } else { granular })
    }
}

impl Scope {
    /// Whether every integration needs it, or one that does as well.
    pub fn always(&self) -> bool {
        ACCOUNT.contains(&self.name)
    }

    /// The actions that it allows, by id.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> {
        let name = self.name;
        ACTIONS.iter().filter(move |one| one.scopes.contains(&name)).map(|one| one.id)
    }

    /// The triggers that it brings, by id.
    pub fn triggers(&self) -> impl Iterator<Item = &'static str> {
        let name = self.name;
        TRIGGERS.iter().filter(move |one| one.scopes.contains(&name)).map(|one| one.id)
    }

    /// The scopes that allow all that it allows.
    pub fn same_as(&self) -> impl Iterator<Item = &'static str> {
        SCOPES
            .iter()
            .filter(|other| other.name != self.name && other.covers(self))
            .map(|one| one.name)
    }

    fn covers(&self, other: &Scope) -> bool {
        let mut actions = other.actions();
        let mut triggers = other.triggers();
        (!other.always() || self.always())
            && actions.all(|id| self.actions().any(|own| own == id))
            && triggers.all(|id| self.triggers().any(|own| own == id))
    }
}

/// An administrator's scope includes the user's own.
fn plain(scope: &str) -> &str {
    scope.strip_suffix(":admin").unwrap_or(scope)
}

/// How an app with these scopes is named; a new app, when that does not tell.
fn kind_of(granted: &[&str]) -> Kind {
    let known = |name: &&str| SCOPES.iter().find(|scope| scope.name == plain(name));
    granted.iter().find_map(known).map_or(Kind::Granular, |scope| scope.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(kind: Kind) -> Vec<&'static str> {
        SCOPES.iter().filter(|scope| scope.kind == kind).map(|scope| scope.name).collect()
    }

    /// Every action and trigger by its id, with what it needs.
    fn needs() -> Vec<(&'static str, Need)> {
        let actions = ACTIONS.iter().map(|one| (one.id, of_action(one.id).unwrap()));
        let triggers = TRIGGERS.iter().map(|one| (one.id, of_trigger(one.id).unwrap()));
        actions.chain(triggers).collect()
    }

    /// What would not work with these scopes, by id.
    fn lost(granted: &[&str]) -> Vec<&'static str> {
        needs()
            .iter()
            .filter(|(_, need)| need.missing(granted).is_some())
            .map(|one| one.0)
            .collect()
    }

    #[test]
    fn every_action_and_every_trigger_works_with_all_scopes_of_either_kind() {
        for kind in [Kind::Granular, Kind::Classic] {
            assert_eq!(lost(&all(kind)), [""; 0], "{kind:?}");
            assert_eq!(IDENTITY.missing(&all(kind)), None);
        }
        assert_eq!((needs().len(), lost(&[]).len()), (17, 17));
    }

    #[test]
    fn without_a_scope_exactly_what_it_is_needed_for_does_not_work() {
        for kind in [Kind::Granular, Kind::Classic] {
            for scope in SCOPES.iter().filter(|scope| scope.kind == kind) {
                let rest: Vec<_> =
                    all(kind).into_iter().filter(|name| *name != scope.name).collect();
                let expected: Vec<_> = scope.actions().chain(scope.triggers()).collect();
                assert_eq!(lost(&rest), expected, "{}", scope.name);
                assert_eq!(IDENTITY.missing(&rest).is_some(), scope.always(), "{}", scope.name);
                assert!(scope.always() || !expected.is_empty(), "{}: for nothing", scope.name);
            }
        }
    }

    #[test]
    fn what_is_needed_is_in_the_catalogue_once_in_each_kind() {
        let needs = needs().into_iter().map(|one| one.1).chain([IDENTITY]);
        for need in needs {
            let kind = |name: &str| SCOPES.iter().find(|scope| scope.name == name).unwrap().kind;
            let [classic, granular] = need.scopes else { panic!("{}", need.label) };
            assert_eq!((kind(classic), kind(granular)), (Kind::Classic, Kind::Granular));
        }
        for (index, scope) in SCOPES.iter().enumerate() {
            assert!(!SCOPES[..index].iter().any(|other| other.name == scope.name));
            assert!(scope.about.ends_with('.'));
        }
    }

    #[test]
    fn a_classic_scope_does_for_the_granular_ones_below_it() {
        let same = |name: &str| -> Vec<_> {
            SCOPES.iter().find(|scope| scope.name == name).unwrap().same_as().collect()
        };
        assert_eq!(same("meeting:delete:registrant"), ["meeting:write"]);
        assert_eq!(same("user:read"), ["user:read:user"]);
        assert_eq!(same("cloud_recording:read:recording"), ["recording:read"]);
        assert_eq!(same("meeting:read"), [""; 0]);
    }

    #[test]
    fn a_missing_scope_is_named_in_the_kind_that_the_app_has() {
        let create = of_action("zoom.create_meeting").unwrap();
        assert_eq!(create.missing(&["user:read:user"]), Some("meeting:write:meeting"));
        assert_eq!(create.missing(&["user:read:admin"]), Some("meeting:write"));
        assert_eq!(create.missing(&["meeting:write:meeting:admin"]), None);
        assert_eq!((of_action("condition"), of_trigger("schedule")), (None, None));
    }
}
