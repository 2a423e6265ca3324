//! The wasm of the SDK in a real page: its `fetch`, `postMessage`, windows and focus (`wasm-pack test --headless
//! --chrome`). The races themselves are tested natively (`src/browser/popup`), the entry and its clicks in
//! `tests/package`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, reason = "a failed expectation is a failed test")]

mod connect;
mod editor;
mod page;
mod portal;
mod request;
mod sign_in;
mod worker;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
