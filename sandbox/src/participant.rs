//! Somebody who is in a meeting.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

use crate::state::User;

/// One participant, for as long as the meeting lasts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Participant {
    /// Zoom's number of this participant in this meeting.
    pub(crate) user_id: String,
    pub(crate) uuid: String,
    pub(crate) name: String,
    /// Empty when it is not known.
    pub(crate) email: String,
    /// Empty for somebody who is not signed in to Zoom.
    pub(crate) zoom_user_id: String,
}

impl Participant {
    /// Somebody who joins; `user` is the Zoom user with that e-mail address.
    pub(crate) fn new(name: &str, email: &str, user: Option<&User>) -> Self {
        let uuid: [u8; 16] = rand::random();
        Self {
            user_id: rand::random_range(16_000_000..17_000_000).to_string(),
            uuid: Base64UrlUnpadded::encode_string(&uuid),
            name: name.to_owned(),
            email: email.to_owned(),
            zoom_user_id: user.map(|user| user.id.clone()).unwrap_or_default(),
        }
    }

    /// Whether this is who is meant: by number, e-mail address or name.
    pub(crate) fn is(&self, who: &str) -> bool {
        self.user_id == who || self.name == who || self.email.eq_ignore_ascii_case(who)
    }
}
