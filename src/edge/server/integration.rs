//! Integrations, as a project's server sets them up.

use super::super::{
    call::Call,
    problem::{Code, Problem},
};
use crate::host::{Host, Response};

/// `POST /connect/integrations`
pub(super) async fn create(
    _host: &impl Host,
    _project_id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}

/// `GET /connect/integrations`
pub(super) async fn list(
    _host: &impl Host,
    _project_id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}

/// `GET /connect/integrations/{provider or id}`
pub(super) async fn one(
    _host: &impl Host,
    _project_id: &str,
    _id: &str,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}

/// `PATCH /connect/integrations/{provider or id}`
pub(super) async fn patch(
    _host: &impl Host,
    _project_id: &str,
    _id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}

/// `DELETE /connect/integrations/{provider or id}`
pub(super) async fn delete(
    _host: &impl Host,
    _project_id: &str,
    _id: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}
