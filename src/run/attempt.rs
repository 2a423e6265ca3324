//! One attempt at one step: the values it needs, what it does, what is stored of it. A call of Zoom's is made by
//! `zoom_step`, one of any address by `request`, what became of it is stored by `outcome`.

use std::{cell::Cell, collections::BTreeSet};

use serde_json::{Value, json};

use super::{
    hindrance::Hindrance,
    outcome::{Outcome, Result as Done},
    request, scope,
    step::{Became, Place},
    unfit::{Unfit, fields, fitted},
    zoom_step,
};
use crate::{
    edge::{
        Code,
        under_grant::{Source, token},
    },
    host::{Host, HostError, Statement},
    record::{
        grant::{Grant, Status},
        read_row,
        run::Run,
        run_step::{self, RunStep, StepStatus},
    },
    time::Timestamp,
    workflow::{Branch, Definition, Does, Kind, Step, Template, Values},
    zoom::limit::Plan,
};

/// One attempt: at what, and what is known of it.
pub(super) struct Attempt<'a, H> {
    pub host: &'a H,
    pub run: &'a Run,
    pub definition: &'a Definition,
    pub step: &'a Step,
    pub place: &'a Place,
    /// The step's name at its place.
    pub name: String,
    /// Which attempt, from 1.
    pub number: u32,
    /// What is stored of it.
    pub row: Option<RunStep>,
    /// The grant, as the tables have it.
    pub grant: Option<Grant>,
    /// The plan of the Zoom accounts, as the project says.
    pub plan: Plan,
    /// When this began.
    pub began: Timestamp,
    /// When the step began, or what is not to be made twice was sent last.
    pub begun_at: Cell<Timestamp>,
    /// Of a step that is tried out: the values that it finds. There is no run then, and nothing of it is stored.
    pub trial: Option<&'a Values>,
}

/// Does one step once. Everything about it is stored when this returns; `HostError` is our own doubt: the engine tries
/// the very same again. `number` counts from 1. A step that is stored as ended is not done again.
pub(super) async fn attempt<H: Host>(
    host: &H,
    run: &Run,
    definition: &Definition,
    step: &Step,
    place: &Place,
    number: u32,
) -> Result<Became, HostError> {
    let (began, name) = (host.now(), place.name(&step.id));
    let Standing { lives, row, grant, plan } = Standing::read(host, run, &name).await?;
    let begun_at = Cell::new(row.as_ref().map_or(began, |row| row.begun_at));
    #[rustfmt::skip]
    let attempt = Attempt {
        host, run, definition, step, place, name, number, row, grant, plan, began, begun_at, trial: None,
    };
    if !lives {
        return Ok(Became::Stop { code: Code::RunStopped });
    }
    if let Some(became) = attempt.remembered() {
        return Ok(became);
    }
    let (input, done) = attempt.perform().await;
    attempt.store(input, done).await
}

/// How things stand before an attempt.
struct Standing {
    lives: bool,
    row: Option<RunStep>,
    grant: Option<Grant>,
    plan: Plan,
}

impl Standing {
    async fn read(host: &impl Host, run: &Run, name: &str) -> Result<Self, HostError> {
        let statements = vec![
            Statement::new(
                "SELECT plan FROM runs LEFT JOIN integrations ON integrations.id = integration_id
                 WHERE runs.id = ?1 AND due_at IS NOT NULL",
                [json!(run.id)],
            ),
            run_step::one(&run.id, name),
            Statement::new("SELECT * FROM grants WHERE id = ?1", [json!(run.grant_id)]),
        ];
        let mut answers = host.tables(statements).await?.into_iter();
        let mut next = || answers.next().and_then(|rows| rows.into_iter().next());
        let (run, row, grant) = (next(), next(), next());
        let plan = run.as_ref().and_then(|row| row.get("plan")).and_then(Value::as_str);
        Ok(Self {
            lives: run.is_some(),
            row: row.map(read_row).transpose()?,
            grant: grant.map(read_row).transpose()?,
            plan: Plan::named(plan),
        })
    }
}

impl<H: Host> Attempt<'_, H> {
    /// What became of it before, if it is not to be done now.
    fn remembered(&self) -> Option<Became> {
        let row = self.row.as_ref()?;
        let items = || row.chosen.as_ref()?.parse().ok().map(Became::Items);
        match (row.status, &self.step.does) {
            (StepStatus::Succeeded, Does::Condition { .. }) => {
                Some(Became::Chosen(row.chosen.as_deref() == Some("yes")))
            }
            (StepStatus::Succeeded | StepStatus::Begun, Does::FanOut { .. }) => items(),
            (StepStatus::Succeeded, _) => Some(Became::Done),
            (StepStatus::Failed, _) => {
                Some(Became::Failed { code: row.code().unwrap_or(Code::Interrupted), again: false })
            }
            (StepStatus::Stopped, _) => {
                Some(Became::Stop { code: row.code().unwrap_or(Code::RunStopped) })
            }
            (StepStatus::Waiting, _) if row.attempts >= i64::from(self.number) => {
                row.code().map(|code| Became::Failed { code, again: true })
            }
            (StepStatus::Waiting | StepStatus::Begun, _) => None,
        }
    }

    /// Does it: what it was given, as far as that is to be stored, and what came of it.
    pub async fn perform(&self) -> (Option<Value>, Done) {
        if let Err(hindrance) = self.check_grant().await {
            return (None, Err(hindrance));
        }
        match &self.step.does {
            Does::Condition { test, .. } => (None, self.choose(test).await),
            Does::FanOut { over, .. } => {
                self.with_filled(over, "over", async |list| items(&list)).await
            }
            Does::Action { action, inputs } => {
                let call = async |filled| zoom_step::action(self, action, filled).await;
                self.with_filled(inputs, "inputs", call).await
            }
            Does::ProviderRequest { inputs, .. } => {
                let call = async |filled| zoom_step::request(self, filled).await;
                self.with_filled(inputs, "inputs", call).await
            }
            Does::Request { inputs } => {
                let call = async |filled| request::request(self, filled).await;
                self.with_filled(inputs, "inputs", call).await
            }
            Does::Response { inputs } => {
                self.with_filled(inputs, "inputs", async |filled| response(filled)).await
            }
            // How long is `journey`'s to see to.
            Does::Delay { .. } => (None, Ok(Outcome::of(json!({})))),
        }
    }

    /// Whom the tables take for connected is; of anybody else the connection has the last word.
    async fn check_grant(&self) -> Result<(), Hindrance> {
        let usable = |grant: &Grant| grant.status == Status::Valid && !grant.has_ended(self.began);
        if !self.grant.as_ref().is_some_and(usable) {
            token(self.host, &self.source(), None).await?;
        }
        Ok(())
    }

    /// Where tokens come from.
    pub fn source(&self) -> Source {
        let (grant_id, connection) = (self.run.grant_id.clone(), self.run.connection());
        Source { grant_id, connection, copy: None }
    }

    async fn values(&self, roots: &BTreeSet<String>) -> Result<Values, HostError> {
        let Some(given) = self.trial else {
            return scope::values(self.host, self.run, self.definition, self.place, roots).await;
        };
        let own = |root: &String| root == "user" || root.starts_with("secrets.");
        let own: BTreeSet<String> = roots.iter().filter(|root| own(root)).cloned().collect();
        let mut values = given.clone();
        values.extend(scope::values(self.host, self.run, self.definition, self.place, &own).await?);
        Ok(values)
    }

    async fn choose(&self, test: &Branch) -> Done {
        let holds = test.holds(&self.values(&test.roots()).await?);
        let choice = if holds { "yes" } else { "no" };
        Ok(Outcome { chosen: Some(holds), ..Outcome::of(json!({"choice": choice})) })
    }

    /// Fills in a template and goes on with that; what is stored of it has no secret in it.
    async fn with_filled(
        &self,
        template: &Template,
        name: &str,
        then: impl AsyncFnOnce(Value) -> Done,
    ) -> (Option<Value>, Done) {
        let roots = template.roots();
        let mut values = match self.values(&roots).await {
            Ok(values) => values,
            Err(error) => return (None, Err(error.into())),
        };
        let filled = match template.fill(&values) {
            Ok(filled) => filled,
            Err(error) => return (None, Err(error.within(name).into())),
        };
        let stored = if values.contains_key("secrets") {
            scope::hide_secrets(&mut values);
            template.fill(&values).unwrap_or_default()
        } else {
            filled.clone()
        };
        drop(values);
        (Some(stored), then(filled).await)
    }
}

fn items(list: &Value) -> Done {
    let items = match list {
        Value::Array(items) => items.len(),
        Value::Null => 0,
        _ => return Err(Unfit::new("over", "a list is wanted").into()),
    };
    Ok(Outcome { items: Some(items), ..Outcome::of(Value::Null) })
}

fn response(filled: Value) -> Done {
    let mut inputs = fields("inputs", Some(filled))?;
    let given = inputs.remove("status_code").unwrap_or_default();
    let status = fitted("status_code", Kind::Number, given)?.unwrap_or_else(|| json!(200));
    if !status.as_i64().is_some_and(|status| (200..600).contains(&status)) {
        return Err(Unfit::new("status_code", "a number from 200 to 599 is wanted").into());
    }
    let body = inputs.remove("body").unwrap_or_default();
    Ok(Outcome::of(json!({"status_code": status, "body": body})))
}
