//! `GET /connect/scopes`: what can be asked Zoom for, and what it is needed for. The facts are `zoom::scope`'s.

use super::{
    super::{call::Call, problem::Problem},
    Page,
};
use crate::{
    host::Response,
    shape::{shape, words},
    zoom::scope::{Kind, SCOPES, Scope},
};

words! {
    /// How Zoom names scopes; an app has one kind or the other.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in super::super) enum ScopeKind {
        /// Of apps that are new: one thing each.
        Granular = "granular",
        /// Of older apps.
        Classic = "classic",
    }
}

shape! {
    /// Something that can be asked Zoom for.
    pub(in super::super) struct ServerScope {
        /// Zoom's name for it.
        pub scope: String,
        /// How it is named.
        pub kind: ScopeKind,
        /// What it allows, for people.
        pub about: String,
        /// Whether every integration needs it, or one of `same_as`.
        pub always: bool,
        /// The actions that do not work without it, by id.
        pub actions: Vec<String>,
        /// The triggers that Zoom does not send without it, by id.
        pub triggers: Vec<String>,
        /// The scopes that do as well; so does its own `:admin` form.
        pub same_as: Vec<String>,
    }
}

/// `GET /connect/scopes`
pub(super) fn list(call: &Call) -> Result<Response, Problem> {
    let page = Page::of(call)?;
    let number = |number: i64| usize::try_from(number).unwrap_or_default();
    let part = SCOPES.iter().skip(number(page.offset)).take(number(page.limit));
    Ok(page.answer(&part.map(shown).collect()))
}

fn shown(scope: &Scope) -> ServerScope {
    ServerScope {
        scope: scope.name.to_owned(),
        kind: match scope.kind {
            Kind::Granular => ScopeKind::Granular,
            Kind::Classic => ScopeKind::Classic,
        },
        about: scope.about.to_owned(),
        always: scope.always(),
        actions: scope.actions().map(str::to_owned).collect(),
        triggers: scope.triggers().map(str::to_owned).collect(),
        same_as: scope.same_as().map(str::to_owned).collect(),
    }
}
