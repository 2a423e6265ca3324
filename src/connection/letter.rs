//! One effect on the tables that a connection owes, with its note for the audit trail: both happen in one transaction,
//! and doing them twice does no harm.

use super::{Actor, ConnectionName};
use crate::{
    host::Statement,
    record::{
        audit,
        delivery::{self, Delivery, Progress},
        grant::{self, Grant},
        portal, start, subscription,
    },
    shape::{choice, shape},
    time::Timestamp,
};

choice! {
    /// One effect on the tables, idempotent.
    #[derive(Debug, Clone)]
    pub(super) enum Letter {
        /// The grant is there.
        Put as "put" { grant: Box<Grant>, note: Option<Note> },
        /// The grant is not there, and nothing runs for it.
        Delete as "delete" { grant_id: String, note: Option<Note> },
        /// The grant cannot be used until the user connects again; `age` is that of the pair that was refused.
        Invalid as "invalid" { grant_id: String, note: Option<Note>, age: Option<i64> },
        /// The record is here, sealed with this key.
        Register as "register" { key_id: String },
        /// So far is a delivery.
        Delivery as "delivery" { row: Box<Delivery> },
        /// So far is a delivery that has a row, unless it was erased.
        Progress as "progress" { progress: Progress },
        /// A subscription that has failed since `since` is disabled.
        Disable as "disable" { subscription_id: String, since: Timestamp, at: Timestamp },
        /// What Zoom said about the connection is forgotten, and what was told of it: some at a time, beside the others.
        EraseEvents as "erase_events" {},
        /// So many tokens were never revoked.
        Abandoned as "abandoned" { at: Timestamp },
    }
}

shape! {
    /// What the audit trail says about it.
    #[derive(Debug, Clone)]
    pub(super) struct Note {
        pub what: String,
        pub by: Actor,
        pub at: Timestamp,
    }
}

impl Note {
    pub(super) fn new(what: &str, by: &Actor, at: Timestamp) -> Self {
        Self { what: what.to_owned(), by: by.clone(), at }
    }
}

impl Letter {
    /// What it does to the tables; nothing for [`Letter::EraseEvents`], which takes several rounds. `number` is its number in the outbox of the connection of this `name`.
    pub(super) fn statements(
        &self,
        name: &ConnectionName,
        number: u64,
        now: Timestamp,
    ) -> Vec<Statement> {
        // The time keeps a connection that was forgotten, and numbers from the start, apart from what it was before.
        let cause = |at: Timestamp| format!("{}/{number}/{}", name.text(), at.0);
        let noted = |grant_id: &str, note: &Option<Note>| {
            let note = note.as_ref()?;
            Some(audit::note_of_grant(grant_id, &note.what, &note.by, note.at, &cause(note.at)))
        };
        match self {
            Self::Put { grant, note } => {
                [grant::put(grant)].into_iter().chain(noted(&grant.id, note)).collect()
            }
            Self::Delete { grant_id, note } => {
                let gone = [
                    delivery::give_up_of_grant(grant_id, now),
                    grant::delete(grant_id),
                    portal::left(grant_id),
                ];
                let left = start::grant_left(grant_id, now);
                noted(grant_id, note).into_iter().chain(gone).chain(left).collect()
            }
            Self::Invalid { grant_id, note, age } => {
                let set = grant::set_invalid(grant_id, *age, now);
                [set].into_iter().chain(noted(grant_id, note)).collect()
            }
            Self::Register { key_id } => vec![grant::register(name, key_id)],
            Self::Delivery { row } => vec![delivery::put(&Delivery {
                integration_id: Some(name.integration_id.clone()),
                provider_user_id: Some(name.provider_user_id.clone()),
                ..(**row).clone()
            })],
            Self::Disable { subscription_id, since, at } => {
                vec![
                    subscription::disable(subscription_id, *since, *at),
                    subscription::disabled(subscription_id, *at),
                ]
            }
            Self::Progress { progress } => vec![delivery::update(&vec![progress.clone()])],
            Self::EraseEvents {} => Vec::new(),
            Self::Abandoned { at } => {
                vec![audit::note_of_connection(name, "revocation.abandoned", *at, &cause(*at))]
            }
        }
    }

    /// Whether it erases what Zoom said.
    pub(super) fn erases(&self) -> bool {
        matches!(self, Self::EraseEvents {})
    }

    /// The grant whose copy goes with it.
    pub(super) fn deletes_copy_of(&self) -> Option<&str> {
        match self {
            Self::Delete { grant_id, .. } | Self::Invalid { grant_id, .. } => Some(grant_id),
            _ => None,
        }
    }
}
