//! Lists in pages: `page_size`, `next_page_token`, and the older `page_number`.

use serde_json::{Value, json};

use crate::answer::{FieldError, Problem};
use crate::call::Fields;
use crate::clock::{MINUTE, Millis};
use crate::secret::{fingerprint, mint};

/// Zoom API, Pagination: a token works for 15 minutes.
const TOKEN_LIFETIME: Millis = 15 * MINUTE;
const DEFAULT_SIZE: usize = 30;
const MOST: usize = 300;
/// How many tokens are remembered.
const REMEMBERED: usize = 1_000;

/// The tokens given out.
#[derive(Debug, Default)]
pub(crate) struct Pages(Vec<Next>);

#[derive(Debug)]
struct Next {
    token: String,
    list: String,
    offset: usize,
    expires_at: Millis,
}

/// The part of a list that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    size: usize,
    offset: usize,
}

impl Pages {
    /// Reads a request for a page. `list` names the list: a token works for no other.
    pub(crate) fn read(&self, query: &Fields, list: &str, now: Millis) -> Result<Window, Problem> {
        let size = number(query, "page_size", DEFAULT_SIZE, 1..=MOST)?;
        let page = number(query, "page_number", 1, 1..=1_000_000)?;
        let Some(token) = query.first("next_page_token") else {
            return Ok(Window { size, offset: (page - 1) * size });
        };
        let list = fingerprint(list);
        let known = self.0.iter().find(|n| n.token == token && n.list == list);
        match known.filter(|next| now < next.expires_at) {
            Some(next) => Ok(Window { size, offset: next.offset }),
            None => Err(Problem::new(400, 300, "The next page token is invalid or expired.")),
        }
    }

    /// The page: its rows under `name`, the counts, and the token of the next page, which is empty
    /// on the last one.
    pub(crate) fn answer(
        &mut self,
        window: Window,
        (name, list): (&str, &str),
        rows: Vec<Value>,
        now: Millis,
    ) -> Value {
        let total = rows.len();
        let end = window.offset.saturating_add(window.size);
        let mut token = String::new();
        if end < total {
            token = mint("");
            let expires_at = now + TOKEN_LIFETIME;
            let list = fingerprint(list);
            self.0.push(Next { token: token.clone(), list, offset: end, expires_at });
            let excess = self.0.len().saturating_sub(REMEMBERED);
            self.0.drain(..excess);
        }
        let page: Vec<Value> = rows.into_iter().skip(window.offset).take(window.size).collect();
        json!({
            "next_page_token": token,
            "page_count": total.div_ceil(window.size),
            "page_number": window.offset / window.size + 1,
            "page_size": window.size,
            "total_records": total,
            name: page,
        })
    }
}

fn number(
    query: &Fields,
    name: &str,
    default: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Result<usize, Problem> {
    let Some(text) = query.first(name) else {
        return Ok(default);
    };
    let wrong = || Problem::validation(vec![FieldError::invalid(name)]);
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(wrong)
}
