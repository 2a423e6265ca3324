//! A login link: what a project's server asked for with `POST /connect/auth`. Each opening of the link is a session of
//! its own; the first that ends in a grant spends the link.

use serde_json::json;

use crate::{
    host::{Host, HostError, Statement},
    record::{copy, first_row},
    shape::shape,
    time::{DAY, Timestamp},
};

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
    #[derive(Debug, Clone, Default, PartialEq, Eq)]
    pub struct Wish {
        /// The grant to authenticate again; another Zoom account will not do.
        pub grant_id: Option<String>,
        /// Comes back to the server unchanged.
        pub state: Option<String>,
        /// Whom Zoom's page should suggest.
        pub login_hint: Option<String>,
        /// How long the grant lives after the consent, in seconds.
        pub grant_expires_in: Option<i64>,
        /// When the grant ends instead, if that is known to the moment.
        pub expires_at: Option<Timestamp>,
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

impl Login {
    /// Opens the wish.
    pub fn wish(&self, host: &impl Host) -> Result<Wish, HostError> {
        copy::open(host, &wish_record(&self.id), &self.wish_sealed)
    }

    /// For whom a session of this link is; empty until the provider has told whose account it is.
    pub fn user(&self) -> &str {
        self.user_id.as_deref().unwrap_or_default()
    }
}

/// Seals the wish of the login link of this id.
pub fn seal_wish(host: &impl Host, id: &str, wish: &Wish) -> Result<String, HostError> {
    copy::seal(host, &wish_record(id), wish)
}

fn wish_record(id: &str) -> String {
    format!("login/{id}/wish")
}

/// Stores a new link, and forgets those that ended a day ago.
pub fn insert(login: &Login) -> Vec<Statement> {
    vec![
        Statement::new(
            "DELETE FROM logins WHERE expires_at < ?1",
            [json!(login.created_at.plus(-DAY))],
        ),
        Statement::new(
            "INSERT INTO logins (id, project_id, integration_id, user_id, redirect_uri, wish_sealed, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            [
                json!(login.id),
                json!(login.project_id),
                json!(login.integration_id),
                json!(login.user_id),
                json!(login.redirect_uri),
                json!(login.wish_sealed),
                json!(login.created_at),
                json!(login.expires_at),
            ],
        ),
    ]
}

/// The login link of this id.
pub async fn by_id(host: &impl Host, id: &str) -> Result<Option<Login>, HostError> {
    first_row(host, Statement::new("SELECT * FROM logins WHERE id = ?1", [json!(id)])).await
}
