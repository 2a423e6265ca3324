//! Fields that several bodies of this dialect have, and what they may be.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::super::{
    call::Call,
    integration_body::scope_text,
    problem::{Code, Problem},
};
use crate::{address::event_address, host::Host, shape::Shape};

/// How long a consent may last that ends by itself, in seconds: up to ten years.
const CONSENT: RangeInclusive<i64> = 60..=315_360_000;
/// Metadata is at most this long, as JSON, in bytes.
const LONGEST_METADATA: usize = 16 * 1024;

/// What is wrong with a field.
pub(super) fn misfit(field: &str, wanted: &str) -> Problem {
    Problem::detailed(Code::InvalidRequest, format!("{field}: {wanted}"))
}

/// What a list is narrowed by. A filter that is empty by mistake would show everything.
pub(super) fn filter(call: &Call, name: &str) -> Result<Option<String>, Problem> {
    let given = call.parameters(name);
    if given.iter().any(String::is_empty) {
        return Err(misfit(name, "a text that is not empty is wanted; leave it out for all"));
    }
    Ok(given.into_iter().next())
}

/// One of some words that a list is narrowed by.
pub(super) fn word<T: Shape>(call: &Call, name: &str) -> Result<Option<T>, Problem> {
    let word = filter(call, name)?.map(|text| T::read(Value::String(text))).transpose();
    word.map_err(|misfit| Problem::detailed(Code::InvalidRequest, misfit.within(name).to_string()))
}

/// An address that messages may go to.
pub(super) fn address(
    host: &impl Host,
    call: &Call,
    field: &str,
    url: &str,
) -> Result<(), Problem> {
    let settings = host.settings();
    event_address(url, &call.own_hosts(settings), settings.allow_loopback)
        .map_err(|error| misfit(field, &error.to_string()))
}

/// A number of seconds, if it is in range.
pub(super) fn seconds(
    field: &str,
    given: i64,
    range: &RangeInclusive<i64>,
) -> Result<i64, Problem> {
    if range.contains(&given) {
        return Ok(given);
    }
    Err(misfit(field, &format!("seconds from {} to {} are wanted", range.start(), range.end())))
}

/// How long a consent lasts that ends by itself.
pub(super) fn grant_expires_in(given: Option<i64>) -> Result<Option<i64>, Problem> {
    given.map(|given| seconds("settings.grant_expires_in", given, &CONSENT)).transpose()
}

/// A text of at most so many characters.
pub(super) fn short(field: &str, given: Option<&String>, longest: usize) -> Result<(), Problem> {
    if given.is_none_or(|text| text.chars().count() <= longest) {
        return Ok(());
    }
    Err(misfit(field, &format!("at most {longest} characters are wanted")))
}

/// What the product wants to find again with the grant.
pub(super) fn state(given: Option<&String>) -> Result<(), Problem> {
    short("state", given, 256)
}

/// The project's user that a body names.
pub(super) fn account_id(given: Option<&String>) -> Result<(), Problem> {
    short("account_id", given, 255)?;
    if given.is_some_and(String::is_empty) {
        return Err(misfit("account_id", "a text that is not empty is wanted"));
    }
    Ok(())
}

/// Metadata as it is stored.
pub(super) fn metadata(given: Option<&Map<String, Value>>) -> Result<Option<String>, Problem> {
    let text = given.map(|given| json!(given).to_string());
    if text.as_ref().is_some_and(|text| text.len() > LONGEST_METADATA) {
        return Err(Problem::detailed(Code::PayloadTooLarge, "metadata: at most 16 KiB"));
    }
    Ok(text)
}

/// Scopes as a request to the provider names them (RFC 6749 §3.3).
pub(super) fn scope(given: Option<&Vec<String>>) -> Result<Option<String>, Problem> {
    let Some(scopes) = given else {
        return Ok(None);
    };
    if scopes.is_empty() {
        return Err(misfit(
            "scope",
            "a list that is not empty is wanted; leave it out for the integration's",
        ));
    }
    scope_text(scopes).map(Some)
}
