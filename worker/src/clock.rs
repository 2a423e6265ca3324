//! Time as the runtime knows it: waiting, and the zones of the world; the calls themselves are in `clock.js`.

use isthmus::time::Timestamp;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

use crate::wire;

#[wasm_bindgen(module = "/src/clock.js")]
extern "C" {
    #[wasm_bindgen(js_name = wait)]
    fn pass(milliseconds: u32) -> Promise;

    #[wasm_bindgen(js_name = utcOffset)]
    fn offset(zone: &str, at: f64) -> Option<f64>;
}

/// The wall clock.
pub(crate) fn now() -> Timestamp {
    // Milliseconds of the clock fit 53 bits for 280,000 years.
    #[allow(clippy::cast_possible_truncation, reason = "whole milliseconds")]
    Timestamp(js_sys::Date::now() as i64)
}

/// Lets so many milliseconds pass.
pub(crate) async fn wait(milliseconds: u32) {
    // A timer does not fail.
    let _ = wire::settled(pass(milliseconds)).await;
}

/// How many seconds the clocks of a zone are ahead of UTC at a time.
pub(crate) fn utc_offset(zone: &str, at: Timestamp) -> Option<i64> {
    #[allow(clippy::cast_precision_loss, reason = "milliseconds fit 53 bits")]
    let at = at.0 as f64;
    #[allow(clippy::cast_possible_truncation, reason = "whole seconds of a day")]
    offset(zone, at).map(|seconds| seconds as i64)
}
