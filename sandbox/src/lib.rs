//! A Zoom that runs on this machine and checks what it is asked: consent, tokens, meetings,
//! registrants, limits; and that tells apps what happens, with webhooks. Its rules are those of Zoom's public documentation; what a test wants to
//! go wrong is asked for through [`Sandbox`]'s methods or the same controls under `/_sandbox/`.
//!
//! ```
//! use isthmus_sandbox::{Config, Decision, Fault, Kind, Sandbox};
//!
//! let mut config = Config::default();
//! config.app.redirect_uris.push("https://app.example/oauth".to_owned());
//! let sandbox = Sandbox::new(config);
//! let url = "http://localhost:8789/oauth/authorize?response_type=code&state=s\
//!            &client_id=sandbox-client-id&redirect_uri=https%3A%2F%2Fapp.example%2Foauth";
//! let back = sandbox.consent(url, "ada@acme.example", Decision::Allow)?;
//! assert!(back.starts_with("https://app.example/oauth?code="));
//! sandbox.fail_next(Kind::Exchange, Fault::Lost);
//! let _router = sandbox.router(); // call it with tower's `oneshot`, or `sandbox.serve(listener)`
//! # Ok::<(), isthmus_sandbox::Refusal>(())
//! ```

mod answer; //          what is answered, and Zoom's two shapes of a failure
mod authorize; //       GET and POST /oauth/authorize: the request, the person's decision
mod bearer; //          who calls /v2: access token, limits, scopes
mod body; //            fields of a JSON body, read and checked
mod call; //            one request as a plain value
mod client; //          which app calls: HTTP Basic
mod clock; //           the time, which tests can move
mod config; //          what a sandbox starts with: app, accounts, limits
mod controls; //        the HTTP face of the test controls
mod event; //           what apps are told, in Zoom's shapes
mod fault; //           answers that go wrong on purpose
mod kind; //            the kinds of calls
mod limits; //          rate limits
mod live; //            what people do in Zoom itself: start, join, record, remove an app
mod log; //             the calls received, without their secrets
mod meeting; //         the meeting record and how Zoom shows it
mod meeting_body; //    the body of create and update, checked
mod meetings; //        the five meeting operations
mod meetings_page; //   HTML: where a person plays Zoom's users
mod page; //            HTML: consent, index
mod paging; //          page_size, next_page_token
mod pairs; //           token pairs: issue, rotate, revoke
mod participant; //     somebody who is in a meeting
mod person; //          plays the person at the consent page
mod recording; //       the recording of a meeting
mod recurrence; //      the occurrences of a recurring meeting
mod registrant_body; // the body of add registrant, checked
mod registrants; //     the three registrant operations
mod revoke; //          POST /oauth/revoke
mod router; //          the route table; one request in, one answer out
mod sandbox; //         the library's face
mod secret; //          minting and recognising secrets
mod serve; //           TCP
mod state; //           everything a sandbox knows
mod store; //           the state file
mod token; //           POST /oauth/token
mod users; //           GET /v2/users/me
mod webhook; //         endpoints, signed requests, retries, deliveries

pub use authorize::Decision;
pub use clock::{Clock, Millis};
pub use config::{AccountConfig, AppConfig, Config, UserConfig};
pub use controls::SettingsChange;
pub use fault::Fault;
pub use kind::Kind;
pub use limits::{Limit, Limits};
pub use log::{CallRecord, TokenRequests};
pub use person::Refusal;
pub use router::LOST_HEADER;
pub use sandbox::{Sandbox, Unknown};
pub use state::{PairState, Snapshot, UserState};
pub use store::Store;
pub use webhook::{
    Attempt, Delivery, DeliveryCounts, DeliveryState, EndpointConfig, EndpointState, NotAccepted,
    RawWebhooks, encrypted_token, signature,
};
