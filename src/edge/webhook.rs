//! stub
use super::{
    call::Call,
    problem::{Code, Problem},
};
use crate::host::{Host, Response};

/// `POST /webhook/triggers/connect/zoom/{integration}`
pub(super) async fn webhook(
    _host: &impl Host,
    _integration: &str,
    _call: &Call,
) -> Result<Response, Problem> {
    Err(Code::NotFound.into())
}
