//! `POST /connect/grants`: a grant out of a refresh token that the project has.

use super::super::{
    call::Call,
    problem::{Code, Problem},
};
use crate::host::{Host, Response};

/// `POST /connect/grants`
pub(super) async fn import(
    _host: &impl Host,
    _project_id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}
