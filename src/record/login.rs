//! A login link: what a project's server asked for with `POST /connect/auth`. Each opening of the link is a session of
//! its own; the first that ends in a grant spends the link.

use crate::{shape::shape, time::Timestamp};

shape! {
    /// One row of `logins`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Login {
        /// 122 random bits.
        pub id: String,
        /// The project.
        pub project_id: String,
        /// What is to be connected.
        pub integration_id: String,
        /// For whom; nothing: for `zoom:<Zoom's id of its user>`.
        pub user_id: Option<String>,
        /// Where the person ends.
        pub redirect_uri: String,
        /// The [`Wish`], sealed.
        pub wish_sealed: String,
        /// The session whose code counts.
        pub taken_by: Option<String>,
        /// When there was a grant.
        pub spent_at: Option<Timestamp>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it ends.
        pub expires_at: Timestamp,
    }
}

shape! {
    /// What a grant shall carry besides, as the project's server said.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Wish {
        /// The grant to authenticate again; another Zoom account will not do.
        pub grant_id: Option<String>,
        /// Comes back to the server unchanged.
        pub state: Option<String>,
        /// Whom Zoom's page should suggest.
        pub login_hint: Option<String>,
        /// How long the grant lives after the consent, in seconds.
        pub grant_expires_in: Option<i64>,
        /// What the server notes with it: a JSON object as text.
        pub metadata: Option<String>,
        /// What to ask for, space separated, instead of the integration's.
        pub scope: Option<String>,
        /// Where the person was.
        pub ip: Option<String>,
        /// The person's browser.
        pub user_agent: Option<String>,
    }
}
