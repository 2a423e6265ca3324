//! The engine as a run sees it: work that is done once and remembered, and sleep that outlives the process. On Cloudflare
//! this is Workflows, in tests `testing`'s twin of it; both keep the promises and the limits written here.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use crate::host::HostError;

/// The engine keeps at most so many steps of a run, sleeps included (Cloudflare Workflows, "Limits").
pub const MOST_STEPS: usize = 1024;
/// A step may give back so many bytes (the same page). The engine keeps them in clear: ours are a word or two.
pub const LONGEST_RESULT: usize = 1024 * 1024;

/// Work that can be begun more than once.
pub type Work = Rc<dyn Fn() -> LocalBoxFuture<'static, Result<String, HostError>>>;

/// What a run can ask of the engine. Names are unique within a run, and the same when the run is taken up again.
#[allow(async_fn_in_trait, reason = "every host is single-threaded")]
pub trait Steps {
    /// Does the work, unless it is remembered what it gave: then that. Work that fails is tried again by the engine a few
    /// times, with pauses; then the run fails.
    async fn perform(&self, name: &str, work: Work) -> Result<String, HostError>;

    /// Goes on after so many milliseconds, also when the process is another one by then.
    async fn sleep(&self, name: &str, milliseconds: i64) -> Result<(), HostError>;
}
