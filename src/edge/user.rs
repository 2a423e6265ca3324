//! Who is calling: the project by its id, its user by a token that the project signed. A copy may admit; a refusal is
//! confirmed at the source first, at most once a second for each project and isolate.

use super::{
    call::Call,
    problem::{Code, Problem},
};
use crate::{
    host::Host,
    jwt::{Claims, TokenError, Unverified},
    record::{copy, project, project::Project},
    secret::{UserToken, digest},
};

/// The project of this id. A copy counts for five minutes after the source was read for it: so long a withdrawn key may
/// admit at most, however late copies are. Only while the source does not answer, an older copy will do.
pub(super) async fn known_project(host: &impl Host, id: &str) -> Result<Project, Problem> {
    let now = host.now();
    if let Some(project) = host.memory().known(id, now) {
        return Ok(project);
    }
    let Some((read_at, project)) = copy::load_project(host, id).await else {
        return confirmed_project(host, id).await;
    };
    if copy::is_trusted(read_at, now) {
        return Ok(project);
    }
    match confirmed_project(host, id).await {
        Err(problem) if problem.code == Code::StoreUnavailable => Ok(project),
        confirmed => confirmed,
    }
}

/// The project as the source has it.
pub(super) async fn confirmed_project(host: &impl Host, id: &str) -> Result<Project, Problem> {
    let now = host.now();
    if let Some(said) = host.memory().confirmed(id, now) {
        return said.ok_or_else(|| Code::ProjectNotFound.into());
    }
    let found = project::load(host, id).await?;
    host.memory().confirm(id, found.clone(), now);
    let Some(project) = found else {
        return Err(Code::ProjectNotFound.into());
    };
    // Refusals come here too, and anyone can cause those: what the copies know already is not written again.
    let copied = copy::load_project(host, id).await;
    let known = copied.is_some_and(|(read_at, copied)| {
        copied.version == project.version && copy::is_trusted(read_at, now)
    });
    if !known {
        copy::save_project(host, &project, now).await;
    }
    Ok(project)
}

/// The user whom the call's token names.
pub(super) async fn authenticate(
    host: &impl Host,
    project: &Project,
    call: &Call,
) -> Result<Claims, Problem> {
    let token = call.bearer().ok_or(Code::UserTokenMissing)?;
    match verify(host, project, &token).await? {
        // Only these two can be cured by what the source knows and a copy does not.
        Err(TokenError::Signature | TokenError::Audience) => {
            let project = confirmed_project(host, &project.id).await?;
            Ok(verify(host, &project, &token).await??)
        }
        other => Ok(other?),
    }
}

async fn verify(
    host: &impl Host,
    project: &Project,
    token: &UserToken,
) -> Result<Result<Claims, TokenError>, Problem> {
    let now = host.now();
    let audience = project.audience.as_deref();
    let key = digest(&format!("{}\n{}\n{}", project.id, project.version, token.expose()));
    if let Some(claims) = host.memory().verified(&key, now) {
        return Ok(claims.admit(now, audience));
    }
    let unverified = match Unverified::parse(token) {
        Ok(unverified) => unverified,
        Err(error) => return Ok(Err(error)),
    };
    if !is_signed_by(host, project, &unverified).await? {
        return Ok(Err(TokenError::Signature));
    }
    let admitted = unverified.admit(now, audience);
    if let Ok(claims) = &admitted {
        host.memory().remember(key, claims.clone(), now);
    }
    Ok(admitted)
}

/// Whether a key of the project made the signature: the one that the token names, else any.
async fn is_signed_by(
    host: &impl Host,
    project: &Project,
    token: &Unverified,
) -> Result<bool, Problem> {
    let named = project.signing_keys.iter().filter(|key| token.key_id.as_ref() == Some(&key.id));
    let named: Vec<_> = named.collect();
    let keys = if named.is_empty() { project.signing_keys.iter().collect() } else { named };
    for key in keys {
        if host.verify_rs256(&key.key(), &token.signing_input, &token.signature).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
