//! The login link's page: `GET /connect/login?id=…` asks, going on makes a fresh session each time. What comes back
//! from Zoom is `redirect`'s.

use super::super::{
    call::Call,
    page::problem_page,
    problem::{Code, Problem},
};
use crate::host::{Host, Response};

/// `GET /connect/login?id=…`, and its `POST` from the question that this page asks.
pub(in super::super) async fn login(host: &impl Host, _call: &Call) -> Result<Response, Problem> {
    Ok(problem_page(host, &Code::LoginNotFound.into(), None))
}
