//! One webhook out of the fuzzer's bytes: to which integration, signed by what, when, and what is wrong with it. The
//! first line (six letters, `aaaaaa` is a delivery as Zoom makes it) decides; the rest is the body, byte for byte.

use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use isthmus::{
    headers::Headers,
    host::{Body, Request},
};
use sha2::Sha256;

use super::world::{EDGE, Place, SECRET, SECRET_BEFORE};

/// A timestamp that is older (in seconds) or further ahead is refused.
const OLDEST: i64 = 90 * 60;
const FURTHEST: i64 = 5 * 60;
/// A longer body is refused, in bytes.
const LONGEST: usize = 1024 * 1024;

/// How the timestamp differs from the clock, in seconds; the last ones are no times at all.
const OFFSETS: [i64; 10] = [0, 0, 0, -1, -299, -5399, 299, -5402, 302, -86_400];
const NO_TIMES: [&str; 6] = ["", "-1", "1e9", "99999999999999999999999", "0x10", " "];

/// One webhook, and what must become of it.
pub struct Delivery {
    pub place: Place,
    timestamp: Option<String>,
    signature: Option<String>,
    body: Vec<u8>,
    /// Whether it has to be admitted: right signature over these bytes, in time, of an integration that works.
    pub genuine: bool,
}

impl Delivery {
    /// Reads the fuzzer's bytes; nothing when they are too few. `now` in seconds.
    pub fn new(input: &[u8], now: i64) -> Option<Self> {
        let (choices, body) = input.split_first_chunk::<6>()?;
        let body = body.strip_prefix(b"\n").unwrap_or(body);
        let [place, signer, time, damage, headers, size] =
            choices.map(|byte| usize::from(byte.wrapping_sub(b'a')));
        let mut body = body.to_vec();
        if size % 16 == 1 {
            body.resize(LONGEST + 1, b' ');
        }
        let place = Place::ALL[place % Place::ALL.len()];
        let time = time % (OFFSETS.len() + NO_TIMES.len());
        let offset = OFFSETS.get(time);
        let timestamp = match offset {
            Some(offset) => (now + offset).to_string(),
            None => NO_TIMES[time - OFFSETS.len()].to_owned(),
        };
        let key = [SECRET, SECRET, SECRET, SECRET, SECRET_BEFORE, "", "another"][signer % 7];
        let mut signature = format!("v0={}", signature(key, &timestamp, &body));
        let broken = damage % 12;
        match broken {
            6 => signature = signature.replacen("v0=", "", 1),
            7 => signature = signature.to_uppercase(),
            8 => drop(signature.pop()),
            9 => signature.push('0'),
            10 => body.push(b' '),
            11 => signature = String::from_utf8_lossy(body.get(..67).unwrap_or(&body)).into_owned(),
            _ => {}
        }
        let (timed, signed) = (headers % 8 != 6, headers % 8 != 7);
        let fresh = offset.is_some_and(|offset| (-OLDEST..=FURTHEST).contains(offset));
        Some(Self {
            place,
            genuine: place.secrets().contains(&key)
                && broken < 6
                && timed
                && signed
                && fresh
                && body.len() <= LONGEST,
            timestamp: timed.then_some(timestamp),
            signature: signed.then_some(signature),
            body,
        })
    }

    /// The same event as Zoom repeats it later: another timestamp, another signature.
    pub fn repeated(&self, now: i64) -> Self {
        let timestamp = (now - 60).to_string();
        Self {
            signature: Some(format!("v0={}", signature(SECRET, &timestamp, &self.body))),
            timestamp: Some(timestamp),
            body: self.body.clone(),
            ..*self
        }
    }

    /// The request to the integration of this id.
    pub fn request(&self, integration: &str) -> Request {
        let mut headers = Headers::default();
        headers.append("content-type", "application/json; charset=utf-8");
        for (name, value) in
            [("x-zm-request-timestamp", &self.timestamp), ("x-zm-signature", &self.signature)]
        {
            value.iter().for_each(|value| headers.append(name, value));
        }
        Request {
            method: Method::POST,
            url: format!("{EDGE}/webhook/triggers/connect/zoom/{integration}"),
            headers,
            body: Body::Bytes(self.body.clone()),
            deadline_ms: 0,
        }
    }

    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub fn is_too_long(&self) -> bool {
        self.body.len() > LONGEST
    }
}

/// HMAC-SHA256 as Zoom makes it, written here once more: what checks must not be what is checked.
fn signature(key: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key of any length");
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
