//! Webhooks as Zoom sends them: endpoints and their validation, signed requests, retries, and the
//! log of deliveries. What is in an event is `crate::event`'s.

pub(crate) mod controls; // the HTTP face under /_sandbox/webhooks
mod courier; //             the HTTP client
mod delivery; //            the log of deliveries, and when another attempt is due
mod dispatch; //            carries queued deliveries out
mod endpoint; //            the endpoints of the apps and the rules of sending; in memory only
mod json; //                JSON as Zoom writes it
mod register; //            adding, validating and removing endpoints
mod send; //                raw bodies, for load tests
mod signature; //           HMAC
mod validation; //          URL validation: the question, and the answer checked

pub use delivery::{Attempt, Delivery, DeliveryCounts, DeliveryState};
pub use endpoint::{EndpointConfig, EndpointState};
pub use register::NotAccepted;
pub use send::RawWebhooks;
pub use signature::{encrypted_token, signature};

pub(crate) use courier::Courier;
pub(crate) use endpoint::{Rules, Webhooks};
pub(crate) use json::Json;
pub(crate) use signature::hex;
