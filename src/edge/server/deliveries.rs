//! `GET /connect/deliveries`: our events on their way to the project's endpoint.

use super::super::{
    call::Call,
    problem::{Code, Problem},
};
use crate::host::{Host, Response};

/// `GET /connect/deliveries`
pub(super) async fn list(
    _host: &impl Host,
    _project_id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}
