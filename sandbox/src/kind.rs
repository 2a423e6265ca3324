//! The kinds of calls a sandbox receives, as the log and the faults name them.

use serde::{Deserialize, Serialize};

/// What a call is. `Any`, `Api` and `Token` are groups, for faults; `Token` is also a call to the
/// token endpoint with some other grant type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Every call.
    Any,
    /// Every call below `/v2`.
    Api,
    /// Every call of `POST /oauth/token`.
    Token,
    /// `GET /oauth/authorize`: the consent page.
    Authorize,
    /// `POST /oauth/authorize`: Allow or Decline.
    Consent,
    /// `POST /oauth/token` with `grant_type=authorization_code`.
    Exchange,
    /// `POST /oauth/token` with `grant_type=refresh_token`.
    Refresh,
    /// `POST /oauth/revoke`.
    Revoke,
    /// `GET /v2/users/{userId}`.
    UsersMe,
    /// `POST /v2/users/{userId}/meetings`.
    CreateMeeting,
    /// `GET /v2/users/{userId}/meetings`.
    ListMeetings,
    /// `GET /v2/meetings/{meetingId}`.
    GetMeeting,
    /// `PATCH /v2/meetings/{meetingId}`.
    UpdateMeeting,
    /// `DELETE /v2/meetings/{meetingId}`.
    DeleteMeeting,
    /// `POST /v2/meetings/{meetingId}/registrants`.
    AddRegistrant,
    /// `GET /v2/meetings/{meetingId}/registrants`.
    ListRegistrants,
    /// `DELETE /v2/meetings/{meetingId}/registrants/{registrantId}`.
    DeleteRegistrant,
    /// Anything else.
    Unknown,
}

impl Kind {
    /// The kind of a token request, from its `grant_type`.
    pub(crate) fn of_grant_type(grant_type: Option<&str>) -> Self {
        match grant_type {
            Some("authorization_code") => Self::Exchange,
            Some("refresh_token") => Self::Refresh,
            _ => Self::Token,
        }
    }

    /// Whether a fault for `self` is meant for a call of kind `call`.
    pub(crate) fn covers(self, call: Self) -> bool {
        match self {
            Self::Any => true,
            Self::Api => call.is_api(),
            Self::Token => matches!(call, Self::Token | Self::Exchange | Self::Refresh),
            one => one == call,
        }
    }

    /// Whether the call is below `/v2`.
    pub(crate) fn is_api(self) -> bool {
        matches!(
            self,
            Self::UsersMe
                | Self::CreateMeeting
                | Self::ListMeetings
                | Self::GetMeeting
                | Self::UpdateMeeting
                | Self::DeleteMeeting
                | Self::AddRegistrant
                | Self::ListRegistrants
                | Self::DeleteRegistrant
        )
    }
}
