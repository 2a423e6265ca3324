//! Grants, as a project's server sees and changes them.

use super::super::{
    call::Call,
    problem::{Code, Problem},
};
use crate::host::{Host, Response};

/// `GET /connect/grants`
pub(super) async fn list(
    _host: &impl Host,
    _project_id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}

/// `GET /connect/grants/{grant}`
pub(super) async fn one(
    _host: &impl Host,
    _project_id: &str,
    _id: &str,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}

/// `PATCH /connect/grants/{grant}`
pub(super) async fn patch(
    _host: &impl Host,
    _project_id: &str,
    _id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}

/// `DELETE /connect/grants/{grant}`
pub(super) async fn delete(
    _host: &impl Host,
    _project_id: &str,
    _id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}

/// `GET|POST /connect/grants/{grant}/sync`
pub(super) async fn sync(
    _host: &impl Host,
    _project_id: &str,
    _id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}
