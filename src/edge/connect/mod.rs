//! The Connect journey, a file a stage: `start` (a page's session) and `login` (a link of the project's server) begin,
//! by way of `opening`; `redirect` is what Zoom sends back, `finish` and `exchange` make a grant of the code, resumable, `unclaimed`
//! cares for the pair of one that failed; `poll` is what the page is told, `popup` the pages a person sees, `hosted` the way back of a login link,
//! `portal` that of the portal.

mod exchange;
mod finish;
mod hosted;
mod login;
mod opening;
mod poll;
mod popup;
mod portal;
mod redirect;
mod start;
mod unclaimed;

pub(super) use finish::{Outcome, finish, resume};
pub(super) use login::login;
pub(super) use opening::{Opening, connectable, pressed, question};
pub(super) use poll::{forget_key, granted, poll, poll_by_key};
pub(super) use popup::nonce_page;
pub(super) use redirect::redirect;
pub(super) use start::{build_oauth, new_session, start, start_url};
#[cfg(feature = "documents")]
pub(super) use {
    poll::SessionState,
    start::{NewSession, SessionStarted},
};

use super::{call::Call, problem::Problem};
use crate::{host::Host, record::copy, record::session::Session};

/// The cookie of one session: its *name* carries the session's id, so that two connects in one browser do not meet.
fn cookie_name(session_id: &str) -> String {
    format!("__Host-isthmus-{session_id}")
}

/// Whether this browser went through our start page for this session. The value is a code that only we can make.
fn has_cookie(host: &impl Host, call: &Call, session: &Session) -> Result<bool, Problem> {
    let Some(value) = call.cookie(&cookie_name(&session.id)) else {
        return Ok(false);
    };
    let codes = copy::ring(host)?.code("cookie", &session.id);
    Ok(codes.iter().any(|code| crate::secret::equal(code, value)))
}
