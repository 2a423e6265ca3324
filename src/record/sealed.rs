//! Every column of the tables that holds something sealed: under which keys, and how it comes under the first one. What
//! connection objects hold is theirs to re-seal; the tables know with which key they did.

use serde_json::json;

use super::{copy, event::json_list, read_row, rows};
use crate::{
    host::{Host, HostError, Row, Statement},
    shape::shape,
};

/// One column, and the name of the record that its text is sealed for: `<before><id><after>`.
pub(super) struct Column {
    pub(super) by_key: &'static str,
    pub(super) under_others: &'static str,
    pub(super) replace: &'static str,
    before: &'static str,
    after: &'static str,
}

/// The key's id in a sealed text, `v1.<key id>.…`.
macro_rules! key_of {
    ($column:literal) => {
        concat!("substr(", $column, ", 4, instr(substr(", $column, ", 4), '.') - 1)")
    };
}

macro_rules! column {
    ($table:literal $column:literal $before:literal $after:literal) => {
        column!($table $column $before $after, key_of!($column), "")
    };
    ($table:literal $column:literal $before:literal $after:literal, $key:expr, $with_it:expr) => {
        Column {
            by_key: concat!(
                "SELECT ",
                $key,
                " AS key, count(*) AS n FROM ",
                $table,
                " WHERE ",
                $key,
                " IS NOT NULL GROUP BY 1"
            ),
            // In no order: texts that do not open must not stand in the way of the others. D1 takes 2 MB of them at once.
            under_others: concat!(
                "SELECT id, ",
                $column,
                " AS sealed FROM ",
                $table,
                " WHERE rowid IN (SELECT place FROM (SELECT rowid AS place, sum(octet_length(",
                $column,
                ")) OVER (ROWS UNBOUNDED PRECEDING) AS size FROM ",
                $table,
                " WHERE rowid IN (SELECT rowid FROM ",
                $table,
                " WHERE ",
                $key,
                " IN (SELECT value FROM json_each(?1)) ORDER BY random() LIMIT 200)) WHERE size <= 1900000)"
            ),
            replace: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = value ->> 'sealed'",
                $with_it,
                " FROM json_each(?1) WHERE ",
                $table,
                ".id = value ->> 'id' AND instr(",
                $column,
                ", value ->> 'before') = 1 RETURNING 1"
            ),
            before: $before,
            after: $after,
        }
    };
}

pub(super) const COLUMNS: [Column; 13] = [
    column!("integrations" "client_secret_sealed" "integration/" "/client_secret"),
    column!("integrations" "webhook_secret_sealed" "integration/" "/webhook_secret"),
    column!("integrations" "webhook_secret_before_sealed" "integration/" "/webhook_secret"),
    column!("projects" "event_secrets_sealed" "project/" "/event_secrets"),
    column!("sessions" "secrets_sealed" "session/" "/secrets"),
    column!("sessions" "code_sealed" "session/" "/code"),
    column!("sessions" "tokens_sealed" "session/" "/tokens"),
    column!("sessions" "wish_sealed" "session/" "/wish"),
    column!("logins" "wish_sealed" "login/" "/wish"),
    column!("subscriptions" "secrets_sealed" "subscription/" "/secrets"),
    column!("workflow_secrets" "value_sealed" "workflow_secret/" "/value"),
    // These are many: what their key is has a column of its own.
    column!("events" "body_sealed" "event/" "/body", "sealed_with",
        concat!(", sealed_with = ", key_of!("value ->> 'sealed'"))),
    column!("run_texts" "sealed" "run_text/" "", "sealed_with",
        concat!(", sealed_with = ", key_of!("value ->> 'sealed'"))),
];

shape! {
    /// How many records are sealed with one key.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct KeyCount {
        /// The key's id; empty for connections of which it is not known yet.
        pub key: String,
        /// So many records.
        pub n: i64,
    }
}

/// How many records there are under each key, a row for each key and place. A connection that has grants, but has not
/// said which key it uses, counts under the empty id.
pub async fn by_key(host: &impl Host) -> Result<Vec<KeyCount>, HostError> {
    let mut statements: Vec<Statement> =
        COLUMNS.iter().map(|column| Statement::new(column.by_key, [])).collect();
    statements.push(Statement::new(
        "SELECT sealed_with AS key, count(*) AS n FROM connections GROUP BY 1",
        [],
    ));
    statements.push(Statement::new(
        "SELECT '' AS key, count(*) AS n FROM (SELECT DISTINCT integration_id, provider_user_id FROM grants
           WHERE NOT EXISTS (SELECT 1 FROM connections WHERE connections.integration_id = grants.integration_id
             AND connections.provider_user_id = grants.provider_user_id)) HAVING count(*) > 0",
        [],
    ));
    host.tables(statements).await?.into_iter().flatten().map(read_row).collect()
}

/// Brings some texts of each column under the first key; how many it was. One that does not open stays as it is, and is
/// named in the log.
pub async fn reseal(host: &impl Host) -> Result<i64, HostError> {
    let others: Vec<String> = copy::ring(host)?.ids().skip(1).map(str::to_owned).collect();
    if others.is_empty() {
        return Ok(0);
    }
    let others = json_list(&others);
    let select = |column: &Column| Statement::new(column.under_others, [others.clone()]);
    let found = host.tables(COLUMNS.iter().map(select).collect()).await?;
    let mut replacements = Vec::new();
    for (column, rows) in COLUMNS.iter().zip(found) {
        let mut texts = Vec::new();
        for row in rows {
            texts.extend(resealed(host, column, row)?);
        }
        if !texts.is_empty() {
            replacements.push(Statement::new(column.replace, [json_list(&texts)]));
        }
    }
    if replacements.is_empty() {
        return Ok(0);
    }
    let replaced = host.tables(replacements).await?.into_iter().flatten().count();
    Ok(i64::try_from(replaced).unwrap_or_default())
}

shape! {
    /// What replaces a text, unless somebody else replaced it meanwhile.
    struct Replacement {
        id: String,
        /// What the text begins with: its nonce is among it, and no two have the same.
        before: String,
        sealed: String,
    }
}

fn resealed(host: &impl Host, column: &Column, row: Row) -> Result<Option<Replacement>, HostError> {
    shape! {
        struct Found {
            id: String,
            sealed: String,
        }
    }
    let found: Found = read_row(row)?;
    let (ring, record) = (copy::ring(host)?, [column.before, &found.id, column.after].concat());
    let plain = match ring.open(&record, &found.sealed) {
        Ok(plain) => plain,
        Err(error) => {
            // Without the id: that of a login link opens it.
            let place = [column.before, "*", column.after].concat();
            let reason = error.to_string();
            let line = json!({"level": "error", "what": "not_resealed", "record": place,
                "reason": reason});
            host.log(&line);
            return Ok(None);
        }
    };
    let mut nonce = [0; 12];
    host.fill_random(&mut nonce);
    let sealed = ring.seal(&record, plain.as_bytes(), nonce);
    let before = found.sealed.rsplit_once('.').map_or("", |(before, _)| before).to_owned();
    Ok(Some(Replacement { id: found.id, before, sealed }))
}

shape! {
    /// A connection whose record is not sealed with the first key, as far as the tables know.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Unsealed {
        /// The integration.
        pub integration_id: String,
        /// The provider's id of its user.
        pub provider_user_id: String,
    }
}

/// Some connections that are not known to be sealed with this key, in no order.
pub async fn connections_under_others(
    host: &impl Host,
    first_key: &str,
    limit: i64,
) -> Result<Vec<Unsealed>, HostError> {
    let statement = Statement::new(
        "SELECT integration_id, provider_user_id FROM (
           SELECT integration_id, provider_user_id FROM connections WHERE sealed_with <> ?1
           UNION SELECT integration_id, provider_user_id FROM grants
             WHERE NOT EXISTS (SELECT 1 FROM connections WHERE connections.integration_id = grants.integration_id
               AND connections.provider_user_id = grants.provider_user_id))
         ORDER BY random() LIMIT ?2",
        [json!(first_key), json!(limit)],
    );
    rows(host, statement).await
}
