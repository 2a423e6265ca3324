//! `DELETE /connect/users/{account}`: everything of one user goes.

use super::super::{
    call::Call,
    problem::{Code, Problem},
};
use crate::host::{Host, Response};

/// `DELETE /connect/users/{account}`
pub(super) async fn erase(
    _host: &impl Host,
    _project_id: &str,
    _id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}
