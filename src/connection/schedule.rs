//! What the clock starts: due times in rows of the object, for each workflow and grant, served by its alarm. The tables
//! say what is scheduled; here is when. Before anything starts they are asked again: what was undeployed, switched off
//! or has left meanwhile does not start.

use std::{collections::HashMap, rc::Rc};

use serde_json::json;

use super::{Answer, Refusal, object::Inner, record::Record};
use crate::{
    host::{Cell, Host, HostError, Row, Statement},
    id::derived_uuid,
    record::{
        event::json_list,
        grant::Grant,
        read_row, read_rows,
        run::Run,
        start::{self, Scheduled},
        workflow::Candidate,
    },
    run::{self, Cause, new_run},
    shape::shape,
    time::{MINUTE, Timestamp},
    workflow::Cron,
};

/// A million users do not start in one tick: each has a delay of its own, below this, in milliseconds.
const JITTER: u32 = 60_000;
/// What was missed by more than this, in milliseconds, is done once and not as often as it was missed.
const LATE: i64 = MINUTE;
/// So many are started at once.
const AT_ONCE: i64 = 100;
/// In this time zone when none is said.
const ZONE: &str = "UTC";

shape! {
    /// A workflow that the clock starts for a grant: one row.
    #[expect(clippy::struct_field_names, reason = "columns")]
    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Due {
        workflow_id: String,
        grant_id: String,
        cron: String,
        zone: String,
        /// As the clock says.
        due_at: Timestamp,
        /// Some seconds later.
        next_at: Timestamp,
    }
}

/// What the tables say of one.
struct Wanted {
    candidate: Candidate,
    cron: String,
    zone: String,
}

/// By workflow and grant.
type Plan = HashMap<(String, String), Wanted>;

impl<C: Cell> Inner<C> {
    /// Something about what is scheduled has changed.
    pub(super) async fn reschedule(self: &Rc<Self>) -> Result<Answer, HostError> {
        if self.load_written().await?.is_none() {
            return Ok(Answer::Refused { refusal: Refusal::NotMember });
        }
        // Whoever has just joined is to be known to the tables.
        self.deliver().await?;
        self.take_over_schedules().await?;
        Ok(Answer::Done {})
    }

    /// Takes over from the tables what is scheduled, and says so there.
    pub(super) async fn take_over_schedules(&self) -> Result<(), HostError> {
        shape! {
            struct Reached {
                known: i64,
                wanted: i64,
            }
        }
        let _round = self.round.lock().await;
        let record = self.load().await?;
        let mut found = self.scheduled(&record.members).await?.into_iter();
        let reached = found.next().unwrap_or_default().into_iter().next();
        let reached: Option<Reached> = reached.map(read_row).transpose()?;
        let plan = plan(found.next().unwrap_or_default())?;
        let known = self.cell.rows(vec![all()]).await?;
        let known: Vec<Due> = read_rows(known.into_iter().flatten())?;
        let now = self.cell.now();
        let stays = |due: &&Due| plan.get(&due.key()).is_some_and(|one| one.is_of(due));
        let mut rows: Vec<Due> = known.iter().filter(stays).cloned().collect();
        let there: Vec<_> = rows.iter().map(Due::key).collect();
        let new = plan.iter().filter(|(key, _)| !there.contains(key));
        rows.extend(new.filter_map(|(_, one)| one.next(self.cell.as_ref(), now)));
        if rows != known {
            let _turn = self.turn.lock().await;
            self.write_rows(vec![only(&rows), put(&rows)]).await?;
        }
        if let Some(Reached { known, wanted }) = reached.filter(|one| one.known != one.wanted) {
            let name = self.cell.name();
            self.cell.tables(vec![start::schedules_taken_over(name, known, wanted)]).await?;
        }
        Ok(())
    }

    async fn scheduled(&self, members: &[Grant]) -> Result<Vec<Vec<Row>>, HostError> {
        let grants = members.iter().map(|member| member.id.clone()).collect();
        self.cell.tables(start::scheduled(self.cell.name(), &grants)).await
    }

    /// Starts what is due, and notes when it is due next.
    pub(super) async fn start_scheduled(&self, now: Timestamp) -> Result<(), HostError> {
        let found = self.cell.rows(vec![due(now)]).await?;
        if found.iter().all(Vec::is_empty) {
            return Ok(());
        }
        // Who leaves meanwhile ends these runs when it comes to the tables, which is after this.
        let _round = self.round.lock().await;
        let found = self.cell.rows(vec![due(now)]).await?;
        let due: Vec<Due> = read_rows(found.into_iter().flatten())?;
        let record = self.load().await?;
        let members: Vec<Grant> =
            record.members.iter().filter(|m| is_of_any(m, &due)).cloned().collect();
        let plan = plan(self.scheduled(&members).await?.into_iter().nth(1).unwrap_or_default())?;
        let (mut runs, mut next) = (Vec::new(), Vec::new());
        for one in &due {
            let (wanted, member) = (plan.get(&one.key()), record.member(&one.grant_id));
            let (Some(wanted), Some(member)) = (wanted, member) else {
                continue;
            };
            if wanted.is_of(one) {
                let usable = wanted.candidate.is_on() && member.is_usable(now);
                runs.extend(usable.then(|| wanted.run(member, one, now)));
            }
            next.extend(wanted.next(self.cell.as_ref(), one.after(now)));
        }
        run::begin_with(self.cell.as_ref(), &runs).await?;
        self.cell.rows(vec![done(&due), put(&next)]).await.map(|_| ())
    }

    /// Who has joined: what is scheduled for them, and what is to run once a user has connected.
    pub(super) async fn start_joined(&self) -> Result<(), HostError> {
        let joined = self.load().await?.newcomers.unwrap_or_default();
        if joined.is_empty() {
            return Ok(());
        }
        // What starts is about grants that the tables know.
        self.deliver().await?;
        self.take_over_schedules().await?;
        {
            let _round = self.round.lock().await;
            let record = self.load().await?;
            for member in joined.iter().filter_map(|(id, _)| record.member(id)) {
                run::enabled(self.cell.as_ref(), member).await?;
            }
        }
        self.edit(|record| record.has_started(&joined)).await?;
        Ok(())
    }
}

impl Record {
    /// What was to start for those who joined has started.
    fn has_started(&mut self, joined: &[(String, Timestamp)]) {
        let mut left = self.newcomers.take().unwrap_or_default();
        left.retain(|one| !joined.contains(one));
        self.newcomers = Some(left).filter(|left| !left.is_empty());
    }
}

impl Due {
    fn key(&self) -> (String, String) {
        (self.workflow_id.clone(), self.grant_id.clone())
    }

    /// The next one is the first after this time.
    fn after(&self, now: Timestamp) -> Timestamp {
        let missed = now.since(self.next_at) > LATE;
        let jitter = self.next_at.since(self.due_at);
        if missed { now.plus(-jitter) } else { self.due_at }
    }
}

impl Wanted {
    fn is_of(&self, due: &Due) -> bool {
        self.cron == due.cron && self.zone == due.zone
    }

    /// The first time after this one; nothing when there is none.
    fn next(&self, host: &impl Host, after: Timestamp) -> Option<Due> {
        let cron = Cron::parse(&self.cron).ok()?;
        let due_at = cron.next(after, |at| host.utc_offset(&self.zone, at))?;
        let (workflow_id, grant_id) = (&self.candidate.workflow_id, &self.candidate.grant_id);
        Some(Due {
            workflow_id: workflow_id.clone(),
            grant_id: grant_id.clone(),
            cron: self.cron.clone(),
            zone: self.zone.clone(),
            due_at,
            next_at: due_at.plus(jitter(workflow_id, grant_id)),
        })
    }

    fn run(&self, member: &Grant, due: &Due, now: Timestamp) -> (Run, String) {
        let event = format!("schedule/{}", due.due_at.0);
        let cause = Cause::of(&event, &self.candidate);
        let input = json!({"scheduled_at": due.due_at.rfc3339()}).to_string();
        (new_run(member, &cause, now), input)
    }
}

/// How much later than the clock says a workflow starts for a grant, in milliseconds: always the same.
fn jitter(workflow_id: &str, grant_id: &str) -> i64 {
    let id = derived_uuid(&["jitter", workflow_id, grant_id]);
    let number = id.get(..8).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    i64::from(number.unwrap_or_default() % JITTER)
}

fn is_of_any(member: &Grant, due: &[Due]) -> bool {
    due.iter().any(|one| one.grant_id == member.id)
}

fn plan(rows: Vec<Row>) -> Result<Plan, HostError> {
    let mut plan = Plan::new();
    for row in rows {
        let Scheduled { cron, zone } = read_row(row.clone())?;
        let candidate: Candidate = read_row(row)?;
        let key = (candidate.workflow_id.clone(), candidate.grant_id.clone());
        let zone = zone.unwrap_or_else(|| ZONE.to_owned());
        plan.insert(key, Wanted { candidate, cron, zone });
    }
    Ok(plan)
}

fn all() -> Statement {
    Statement::new("SELECT * FROM schedules", [])
}

fn due(now: Timestamp) -> Statement {
    Statement::new(
        "SELECT * FROM schedules WHERE next_at <= ?1 ORDER BY next_at LIMIT ?2",
        [json!(now), json!(AT_ONCE)],
    )
}

/// Removes what is not among these.
fn only(rows: &Vec<Due>) -> Statement {
    Statement::new(
        "DELETE FROM schedules WHERE NOT EXISTS (SELECT 1 FROM json_each(?1)
           WHERE value ->> 'workflow_id' = workflow_id AND value ->> 'grant_id' = grant_id)",
        [json_list(rows)],
    )
}

/// Removes what was due, unless it has changed since.
fn done(rows: &Vec<Due>) -> Statement {
    Statement::new(
        "DELETE FROM schedules WHERE (workflow_id, grant_id, due_at) IN (
           SELECT value ->> 'workflow_id', value ->> 'grant_id', value ->> 'due_at' FROM json_each(?1))",
        [json_list(rows)],
    )
}

fn put(rows: &Vec<Due>) -> Statement {
    Statement::new(
        "INSERT OR REPLACE INTO schedules (workflow_id, grant_id, cron, zone, due_at, next_at)
         SELECT value ->> 'workflow_id', value ->> 'grant_id', value ->> 'cron', value ->> 'zone', value ->> 'due_at',
           value ->> 'next_at' FROM json_each(?1)",
        [json_list(rows)],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(due_at: i64, next_at: i64) -> Due {
        let text = |text: &str| text.to_owned();
        Due {
            workflow_id: text("w"),
            grant_id: text("g"),
            cron: text("* * * * *"),
            zone: text("UTC"),
            due_at: Timestamp(due_at),
            next_at: Timestamp(next_at),
        }
    }

    #[test]
    fn delays_are_below_a_minute_always_the_same_and_spread() {
        let all: Vec<_> = (0..1000).map(|number| jitter("w", &format!("g{number}"))).collect();
        assert!(all.iter().all(|delay| (0..60_000).contains(delay)));
        assert_eq!(all.first().copied(), Some(jitter("w", "g0")));
        for second in 0..6 {
            let some = all.iter().filter(|delay| **delay / 10_000 == second).count();
            assert!((100..250).contains(&some), "{some} in ten seconds");
        }
    }

    #[test]
    fn what_was_missed_for_long_is_done_once() {
        assert_eq!(due(1000, 3000).after(Timestamp(3000)), Timestamp(1000));
        assert_eq!(due(1000, 3000).after(Timestamp(3000 + LATE)), Timestamp(1000));
        assert_eq!(due(1000, 3000).after(Timestamp(500_000)), Timestamp(498_000));
    }
}
