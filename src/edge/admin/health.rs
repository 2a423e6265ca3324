//! How the Worker is: the same figures as `/metrics`, as JSON for the console.

use http::StatusCode;

use super::{
    super::{call::json_answer, problem::Problem},
    metrics::{Metric, measured},
};
use crate::{
    host::{Host, Response},
    shape::shape,
};

/// `GET health`
pub(super) async fn health(host: &impl Host) -> Result<Response, Problem> {
    shape! {
        struct Health {
            metrics: Vec<Metric>,
        }
    }
    let metrics = measured(host).await?;
    Ok(json_answer(StatusCode::OK, &Health { metrics }))
}
