//! What steps of runs were given and gave, and what runs were started with: texts, sealed, a long one in parts. Which step
//! may see which is `run::scope`'s.

use std::collections::BTreeMap;

use serde_json::json;

use super::{copy, event::json_list, read_row};
use crate::{
    host::{Host, HostError, Row, Statement},
    seal::OpenError,
    shape::shape,
};

/// A text has at most so many bytes: 4 MiB.
pub const LONGEST: usize = 4 * 1024 * 1024;
/// A part has at most so many bytes: a row of D1's holds 2 MB, and sealing makes a text longer by a third.
const LONGEST_PART: usize = 500_000;
/// Under this step is what a run was started with.
pub const TRIGGER: &str = "trigger";

/// What a text is to its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What it was given.
    Input,
    /// What it gave.
    Output,
    /// Why it gave nothing.
    Error,
    /// What the run was started with; its step is [`TRIGGER`].
    Trigger,
}

impl Kind {
    /// As it stands in the id.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Error => "error",
            Self::Trigger => "trigger",
        }
    }
}

/// The name of a text in its run: `<step>/<kind>`.
pub fn name(step: &str, kind: Kind) -> String {
    format!("{step}/{}", kind.text())
}

/// Stores what a run is started with, a JSON text; to be called with the run's own row. What is there stays: what a run
/// does does not change under it.
pub fn put_trigger(
    host: &impl Host,
    run_id: &str,
    text: &str,
) -> Result<Vec<Statement>, HostError> {
    let name = name(TRIGGER, Kind::Trigger);
    let mut all = put(host, run_id, &name, text, ONCE, &part_id(run_id, &name, 0))?;
    // The first part comes last: while it is not there, none of them is.
    all.reverse();
    Ok(all)
}

/// Stores a text of a step instead of what was there; nothing when the run is not there any more.
pub fn replace(
    host: &impl Host,
    run_id: &str,
    name: &str,
    text: &str,
) -> Result<Vec<Statement>, HostError> {
    let mut all = vec![remove(run_id, name)];
    all.extend(put(host, run_id, name, text, WITH_RUN, run_id)?);
    Ok(all)
}

/// Removes a text.
pub fn remove(run_id: &str, name: &str) -> Statement {
    Statement::new(
        "DELETE FROM run_texts WHERE id > ?1 || '/' AND id < ?1 || '0'",
        [json!(format!("{run_id}/{name}"))],
    )
}

/// A part that is stored if the last parameter finds nothing, or something.
macro_rules! put_part {
    ($where:literal) => {
        concat!(
            "INSERT OR REPLACE INTO run_texts (id, run_id, sealed, sealed_with)
             SELECT ?1, ?2, ?3, substr(?3, 4, instr(substr(?3, 4), '.') - 1) WHERE ",
            $where
        )
    };
}
const ONCE: &str = put_part!("NOT EXISTS (SELECT 1 FROM run_texts WHERE id = ?4)");
const WITH_RUN: &str = put_part!("EXISTS (SELECT 1 FROM runs WHERE id = ?4)");

fn put(
    host: &impl Host,
    run_id: &str,
    name: &str,
    text: &str,
    sql: &'static str,
    looked_for: &str,
) -> Result<Vec<Statement>, HostError> {
    let mut all = Vec::new();
    for (number, part) in parts(text).into_iter().enumerate() {
        let id = part_id(run_id, name, number);
        let mut nonce = [0; 12];
        host.fill_random(&mut nonce);
        let sealed = copy::ring(host)?.seal(&record(&id), part.as_bytes(), nonce);
        let params = [json!(id), json!(run_id), json!(sealed), json!(looked_for)];
        all.push(Statement::new(sql, params));
    }
    Ok(all)
}

/// Two digits: so parts are in their order when their ids are.
fn part_id(run_id: &str, name: &str, number: usize) -> String {
    format!("{run_id}/{name}/{number:02}")
}

fn record(id: &str) -> String {
    format!("run_text/{id}")
}

/// A text in parts of at most [`LONGEST_PART`] bytes; an empty one is one empty part.
fn parts(text: &str) -> Vec<&str> {
    let (mut all, mut rest) = (Vec::new(), text);
    while rest.len() > LONGEST_PART {
        let mut end = LONGEST_PART;
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (part, after) = rest.split_at(end);
        all.push(part);
        rest = after;
    }
    all.push(rest);
    all
}

/// Texts of a run by name, and of the runs that fan out into it; to be read by [`join`].
pub fn along_the_line(run_id: &str, names: &Vec<String>) -> Statement {
    Statement::new(
        "WITH RECURSIVE line (id, parent_id) AS (
           SELECT id, parent_id FROM runs WHERE id = ?1
           UNION SELECT runs.id, runs.parent_id FROM line CROSS JOIN runs ON runs.id = line.parent_id)
         SELECT run_texts.id AS id, run_id, sealed FROM line CROSS JOIN json_each(?2) AS wanted CROSS JOIN run_texts
           ON run_texts.id > line.id || '/' || wanted.value || '/' AND run_texts.id < line.id || '/' || wanted.value || '0'
         ORDER BY run_texts.id",
        [json!(run_id), json_list(names)],
    )
}

/// What a run was started with, where that is no event: its own text, or that of the run that fans out into it, or that
/// it replays; to be read by [`join`].
pub fn trigger_of(run_id: &str) -> Statement {
    Statement::new(
        "WITH RECURSIVE line (id, next) AS (
           SELECT id, coalesce(parent_id, replay_of) FROM runs WHERE id = ?1
           UNION SELECT runs.id, coalesce(parent_id, replay_of) FROM line CROSS JOIN runs ON runs.id = line.next)
         SELECT run_texts.id AS id, run_id, sealed FROM line CROSS JOIN run_texts
           ON run_texts.id > line.id || '/trigger/trigger/' AND run_texts.id < line.id || '/trigger/trigger0'
         ORDER BY run_texts.id",
        [json!(run_id)],
    )
}

/// The event that a run was started with, its own or that of the run that fans out into it or that it replays: one row
/// with `id` and `body_sealed`, as [`super::event::open_body`] opens it.
pub fn event_of(run_id: &str) -> Statement {
    Statement::new(
        "WITH RECURSIVE line (id, next, event_id) AS (
           SELECT id, coalesce(parent_id, replay_of), event_id FROM runs WHERE id = ?1
           UNION SELECT runs.id, coalesce(parent_id, replay_of), runs.event_id
             FROM line CROSS JOIN runs ON runs.id = line.next)
         SELECT events.id AS id, body_sealed FROM line CROSS JOIN events ON events.id = line.event_id LIMIT 1",
        [json!(run_id)],
    )
}

/// The texts of one step of a run, all kinds; to be read by [`join`].
pub fn of_step(run_id: &str, step: &str) -> Statement {
    Statement::new(
        "SELECT id, run_id, sealed FROM run_texts WHERE id > ?1 || '/' AND id < ?1 || '0' ORDER BY id",
        [json!(format!("{run_id}/{step}"))],
    )
}

/// Opens rows of texts and puts their parts together: texts by name.
pub fn join(host: &impl Host, rows: Vec<Row>) -> Result<BTreeMap<String, String>, HostError> {
    shape! {
        struct Part {
            id: String,
            run_id: String,
            sealed: String,
        }
    }
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        let part: Part = read_row(row)?;
        let opened = copy::ring(host)?.open(&record(&part.id), &part.sealed);
        let plain = opened.map_err(|error| match error {
            OpenError::UnknownKey(_) => HostError::new("seal_key", error.to_string()),
            OpenError::Broken => HostError::new("seal", error.to_string()),
        })?;
        let within = part.id.strip_prefix(&part.run_id).and_then(|rest| rest.strip_prefix('/'));
        let name = within.and_then(|rest| rest.rsplit_once('/')).map(|(name, _)| name);
        texts.entry(name.unwrap_or_default().to_owned()).or_default().push_str(&plain);
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_letters() {
        let text = "é".repeat(LONGEST / 2);
        let parts = parts(&text);
        assert_eq!(parts.concat(), text);
        assert!(parts.iter().all(|part| part.len() <= LONGEST_PART) && parts.len() < 10);
        assert_eq!(super::parts(""), [""]);
    }
}
