//! `POST /connect/auth`: a link by which a person connects an account.

use super::super::{
    call::Call,
    problem::{Code, Problem},
};
use crate::host::{Host, Response};

/// `POST /connect/auth`
pub(super) async fn auth(
    _host: &impl Host,
    _project_id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}
