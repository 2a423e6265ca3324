//! What a user makes of workflows: switched on or off, settings filled in; in the shapes of Paragon's Connect protocol.
//! How a change is made is here, for the project's server too (`server::enablements`); what it comes to is `wish`'s, what
//! is stored `record::enablement`'s.

use http::StatusCode;
use serde_json::json;

use super::{
    call::{Call, json_answer},
    credential::{Credential, meant},
    problem::{Code, Problem},
    schedule,
    wish::{CredentialPatch, EnablementPatch, Wish, changed},
};
use crate::{
    host::{Host, HostError, Response, Statement},
    record::{
        enablement::{self, Offer},
        grant::{self, Grant},
        portal,
        project::Project,
        read_rows, rows, run as run_row, run_text, start, usage,
        workflow::Candidate,
    },
    run::{self, Cause},
    shape::Given,
};

/// All that a page says about an account's workflows at once, in bytes.
pub(super) const LONGEST_BODY: usize = 256 * 1024;
/// What starts runs where a workflow is turned on.
const ENABLED: &str = "integration_enabled";
/// What the clock starts.
const SCHEDULE: &str = "schedule";
/// A change that others came between is made anew so often.
const ATTEMPTS: usize = 5;

/// `POST|DELETE …/sdk/workflows/{workflow}`
pub(super) async fn switch(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    workflow_id: &str,
    on: bool,
    call: &Call,
) -> Result<Response, Problem> {
    let statements = vec![
        enablement::some_offers(&project.id, &vec![workflow_id.to_owned()]),
        grant::of_user(&project.id, user_id),
    ];
    let mut answers = host.tables(statements).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default().into_iter();
    let (offers, grants) = (next(), next());
    let (offers, grants): (Vec<Offer>, Vec<Grant>) = (read_rows(offers)?, read_rows(grants)?);
    let offer = offers.first().ok_or(Code::WorkflowNotFound)?;
    let grant = meant(&grants, &offer.integration_id, call)?;
    if on && !grant.is_usable(host.now()) {
        return Err(Code::ReconnectRequired.into());
    }
    let patch = EnablementPatch { enabled: Given::Value(on), settings: None };
    let wish = Wish::one(workflow_id, patch);
    Ok(shown(grant, &change(host, grant, &wish).await?, &wish))
}

/// `PATCH …/sdk/credentials/{credential} {config}`
pub(super) async fn patch_credential(
    host: &impl Host,
    project: &Project,
    user_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let body: CredentialPatch = call.json(LONGEST_BODY)?;
    let wanted = grant::of_user_by_id(&project.id, user_id, id);
    let grants: Vec<Grant> = rows(host, wanted).await?;
    let grant = grants.first().ok_or(Code::CredentialNotFound)?;
    let wish = body.wish()?;
    Ok(shown(grant, &change(host, grant, &wish).await?, &wish))
}

/// The account, with what still keeps workflows from running.
fn shown(grant: &Grant, workflows: &[Candidate], wish: &Wish) -> Response {
    let missing = |workflow: &Candidate| {
        let id = workflow.workflow_id.clone();
        let missing = workflow.missing().into_iter();
        missing.map(move |name| format!("{id}: {name} has to be filled in before it runs"))
    };
    let on = workflows.iter().filter(|workflow| workflow.is_enabled());
    let mut errors: Vec<String> = on.flat_map(missing).collect();
    let known = |id: &String| workflows.iter().any(|workflow| workflow.workflow_id == *id);
    let unknown = wish.ids().into_iter().filter(|id| !known(id));
    errors.extend(unknown.map(|id| format!("{id:.64}: {}", Code::WorkflowNotFound.message())));
    let credential = Credential { errors: Some(errors), ..Credential::of(grant, workflows) };
    json_answer(StatusCode::OK, &credential)
}

/// Makes a change, and answers what became of all workflows of the grant. What is turned on by it begins.
pub(super) async fn change(
    host: &impl Host,
    grant: &Grant,
    wish: &Wish,
) -> Result<Vec<Candidate>, Problem> {
    change_in(host, grant, wish, None).await
}

/// The same in a portal: it is told there, and nothing is switched on before it is filled in.
pub(super) async fn change_in(
    host: &impl Host,
    grant: &Grant,
    wish: &Wish,
    portal_id: Option<&str>,
) -> Result<Vec<Candidate>, Problem> {
    let ids = wish.ids();
    for _ in 0..ATTEMPTS {
        let statements =
            vec![enablement::of_grant(&grant.id), enablement::some_offers(&grant.project_id, &ids)];
        let mut answers = host.tables(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default().into_iter();
        let (before, offers) = (next(), next());
        let before: Vec<Candidate> = read_rows(before)?;
        let after = changed(&before, &read_rows::<Offer>(offers)?, wish, host.now())?;
        if portal_id.is_some() {
            are_filled_in(&before, &after)?;
        }
        if write(host, grant, (&before, &after), portal_id).await? {
            return Ok(after);
        }
    }
    let reason = "others changed the workflows of this grant all the time, or it has gone";
    Err(Problem::unavailable("enablements", reason))
}

/// Refuses to switch on what still has to be filled in.
fn are_filled_in(before: &[Candidate], after: &[Candidate]) -> Result<(), Problem> {
    let switched_on = before.iter().zip(after).filter(|(b, a)| a.is_enabled() && !b.is_enabled());
    let missing: Vec<String> = switched_on.flat_map(|(_, after)| after.missing()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Problem::detailed(Code::SettingsMissing, missing.join(", ")))
}

/// Stores what is different, together with the runs that begin by it; whether nobody came between.
async fn write(
    host: &impl Host,
    grant: &Grant,
    (before, after): (&[Candidate], &[Candidate]),
    portal_id: Option<&str>,
) -> Result<bool, Problem> {
    let now = host.now();
    let different: Vec<_> =
        before.iter().zip(after).filter(|(before, after)| before != after).collect();
    if different.is_empty() {
        return Ok(true);
    }
    let change = |pair: &(&Candidate, &Candidate)| enablement::change(grant, pair.0, pair.1, now);
    let mut statements: Vec<_> = different.iter().map(change).collect();
    if let Some(id) = portal_id {
        let told = |pair: &(&Candidate, &Candidate)| {
            portal::workflow_changed(id, grant, pair.0, pair.1, now)
        };
        statements.extend(different.iter().map(told));
    }
    let is_scheduled = different.iter().any(|(before, _)| before.trigger_key == SCHEDULE);
    if is_scheduled {
        statements.push(start::schedules_of_grant_changed(&grant.id));
    }
    let begun = begun(host, grant, &different)?;
    let begins = !begun.is_empty();
    statements.extend(begun);
    let mut answers = host.tables(statements).await?;
    let queued = answers.pop_if(|_| begins).map(run::ids_in).unwrap_or_default();
    // It is stored with what follows from it: who is not told of that now is found by the sweep.
    if let Err(error) = run::start(host, &queued).await {
        Problem::from(error).report(host);
    }
    if is_scheduled && let Err(error) = schedule::tell(host, &grant.connection()).await {
        Problem::from(error).report(host);
    }
    Ok(answers.iter().take(different.len()).all(|rows| !rows.is_empty()))
}

/// Stores the runs that begin because a workflow is on now; the last statement answers the ids of those that the engine
/// is to be told of. The cause is when it was turned on, as in [`run::enabled`].
fn begun(
    host: &impl Host,
    grant: &Grant,
    different: &[(&Candidate, &Candidate)],
) -> Result<Vec<Statement>, HostError> {
    let now = host.now();
    let usable = if grant.is_usable(now) { different } else { &[] };
    let mut runs = Vec::new();
    let mut causes = Vec::new();
    let mut texts = Vec::new();
    for (before, after) in usable {
        let begins = after.trigger_key == ENABLED && after.is_on() && !before.is_on();
        let Some(since) = after.enabled_at.filter(|_| begins) else { continue };
        let event = format!("enabled/{}", since.0);
        let run = run::new_run(grant, &Cause::of(&event, after), now);
        texts.extend(run_text::put_trigger(host, &run.id, "{}")?);
        causes.push(json!([run.id, after.workflow_id, grant.id, since]));
        runs.push(run);
    }
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let ids = runs.iter().map(|run: &run_row::Run| run.id.clone()).collect();
    let causes = causes.into();
    let mut statements =
        vec![usage::turned_on_runs(&grant.project_id, &causes, now), run_row::put(&runs)];
    statements.extend(texts);
    statements.push(enablement::only_turned_on(&causes));
    statements.extend(start::only_connected(&ids));
    statements.push(run_row::queued(&ids));
    Ok(statements)
}
