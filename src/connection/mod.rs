//! The connection: one Zoom user under one integration, with its token pair. Its object is the only holder and writer
//! of the pair and the only one that refreshes it. This file is what one may ask it; `object` answers,
//! `record` is what it keeps.

mod attempt;
mod changes;
mod hand_on;
mod intake;
mod letter;
mod members;
mod notify;
mod object;
mod outbox;
mod own_event;
mod pair;
mod record;
mod refresh;
mod rows;
mod schedule;
mod schema;
mod starting;
mod telling;
mod wake;

pub use object::{Connection, Landed};
pub use schema::ROWS;

use crate::{
    record::{delivery::Delivery, event::Event, grant::Grant},
    shape::{Given, choice, shape, words},
    time::Timestamp,
    zoom::Account,
};

shape! {
    /// Which connection: the integration, and the provider's id of its user.
    #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub struct ConnectionName {
        /// The integration's id.
        pub integration_id: String,
        /// The provider's id of the user (Zoom: `id` of `users/me`).
        pub provider_user_id: String,
    }
}

choice! {
    /// One question to a connection object.
    #[derive(Debug, Clone)]
    pub enum Question {
        /// A consent was given: take this pair, and this grant as one that uses it. Asking twice is asking once.
        Join as "join" {
            /// The grant as it shall be found in the table.
            grant: Box<Grant>,
            /// The token response, sealed under [`joining_record`] of this connection.
            tokens: String,
            /// When the token response came.
            obtained_at: Timestamp,
            /// Who consented, and from where.
            by: Actor,
            /// Whether it only renews the grant: one that has left meanwhile stays away, and the pair is offered.
            renews: bool,
        },
        /// A pair came that no grant of ours wants: it is for those who use the connection already; if nobody does, the
        /// provider shall forget it. Asking twice is asking once. `Joined` when the pair came with this grant before.
        Offer as "offer" {
            /// The grant that it was meant for.
            grant_id: Option<String>,
            /// The token response, sealed under [`joining_record`] of this connection.
            tokens: String,
            /// When the token response came.
            obtained_at: Timestamp,
        },
        /// Something about a grant is different from now on.
        Amend as "amend" {
            /// The grant.
            grant_id: String,
            /// What.
            change: Change,
            /// Who says so.
            by: Actor,
        },
        /// A valid access token for this grant, please.
        Token as "token" {
            /// The grant that wants it.
            grant_id: String,
            /// The version that the provider refused (401), if that is why.
            refused: Option<u64>,
        },
        /// This grant does not use the connection any more. Asking twice is asking once.
        Leave as "leave" {
            /// The grant that leaves.
            grant_id: String,
            /// Who says so.
            by: Actor,
        },
        /// The provider says that something happened: keep it for the grants that use the connection. Asking twice is
        /// asking once.
        TakeIn as "take_in" {
            /// What happened.
            event: Box<Event>,
        },
        /// The provider says that its user has removed the app: every grant leaves, unless a later consent brought one.
        Deauthorized as "deauthorized" {
            /// When.
            at: Timestamp,
        },
        /// Send one delivery once more.
        Replay as "replay" {
            /// The delivery.
            replay: Box<Replay>,
        },
        /// Send one of our own events once more.
        ReplayOwn as "replay_own" {
            /// Its row.
            delivery: Box<Delivery>,
        },
        /// What the clock starts may be different from now on: look. Asking twice is asking once.
        Reschedule as "reschedule" {},
        /// Seal everything with the key in front, and say so in the tables.
        Reseal as "reseal" {},
        /// The integration goes: every grant leaves, and when nothing is owed any more, everything is forgotten.
        Erase as "erase" {
            /// Who says so.
            by: Actor,
        },
    }
}

choice! {
    /// The connection object's answer.
    #[derive(Debug, Clone)]
    pub enum Answer {
        /// The grant is known now.
        Joined as "joined" {},
        /// A token: a [`crate::record::copy::GrantCopy`], sealed as the copy of that grant.
        Token as "token" {
            /// The sealed copy.
            copy: String,
        },
        /// No token, and why.
        Refused as "refused" {
            /// The reason.
            refusal: Refusal,
        },
        /// The grant has left.
        Left as "left" {
            /// The provider could not be told yet; it will be tried again.
            revocation_pending: bool,
        },
        /// The event is kept.
        Taken as "taken" {
            /// It was kept before.
            again: bool,
        },
        /// It is done.
        Done as "done" {},
        /// Our own side is unsure; try again.
        Unavailable as "unavailable" {
            /// Which part of the host.
            part: String,
            /// For the log.
            reason: String,
        },
    }
}

shape! {
    /// A delivery that is to be made once more.
    #[derive(Debug, Clone)]
    pub struct Replay {
        /// The delivery.
        pub id: String,
        /// What it tells of.
        pub event: Event,
        /// Who is told.
        pub subscription_id: String,
        /// The grant.
        pub grant_id: String,
        /// The attempts so far: a JSON list as text.
        pub attempts: String,
    }
}

shape! {
    /// Who changes something, and from where: for the audit trail.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Actor {
        /// `user:<id>`, `project`, `admin`, `connection`.
        pub who: String,
        /// The address that the call came from.
        pub origin: Option<String>,
    }
}

shape! {
    /// What is different about a grant; what is absent stays.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Change {
        /// What the project's server notes with it: a JSON object as text.
        pub metadata: Option<String>,
        /// When the consent ends by itself; `null` for never.
        pub expires_at: Given<Timestamp>,
        /// The account as the provider shows it now.
        pub account: Option<Account>,
    }
}

words! {
    /// Why a connection has no token for a grant.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Refusal {
        /// No such grant uses this connection.
        NotMember = "not_member",
        /// The provider does not accept our refresh token any more: the user has to connect again.
        RefreshTokenRefused = "refresh_token_refused",
        /// The provider has rotated the refresh token, and its answer was lost: the user has to connect again.
        RefreshAnswerLost = "refresh_answer_lost",
        /// A fresh token was refused too, less than a minute ago.
        RefusedAgain = "refused_again",
        /// The provider could not be reached for a refresh; the connection is still good.
        ProviderUnreachable = "provider_unreachable",
        /// The provider did not answer a refresh in time; the connection is still good.
        ProviderTimeout = "provider_timeout",
        /// The provider refused us as a client: the integration's client id or secret is wrong.
        ClientRefused = "client_refused",
        /// No further grant can use this connection.
        TooManyGrants = "too_many_grants",
        /// The consent has ended by itself, as was asked for when it was given.
        GrantExpired = "grant_expired",
    }
}

impl Actor {
    /// An actor that did not come from outside.
    pub fn here(who: &str) -> Self {
        Self { who: who.to_owned(), origin: None }
    }
}

impl ConnectionName {
    /// One text for both parts: the name of the object.
    pub fn text(&self) -> String {
        format!("{}/{}", self.integration_id, self.provider_user_id)
    }

    /// Reads [`ConnectionName::text`] back.
    pub fn parse(text: &str) -> Option<Self> {
        let (integration_id, provider_user_id) = text.split_once('/')?;
        Some(Self {
            integration_id: integration_id.to_owned(),
            provider_user_id: provider_user_id.to_owned(),
        })
    }
}

/// The name of the record under which the tokens of a [`Question::Join`] are sealed.
pub fn joining_record(name: &ConnectionName) -> String {
    format!("joining/{}", name.text())
}
