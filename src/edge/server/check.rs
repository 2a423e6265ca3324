//! `POST /connect/integrations/{provider or id}/check`: what is wrong with an integration. Zoom is asked what it can be
//! asked without a person, the tables what the integration is used for; what that comes to is `finding`'s.

mod finding;
mod scope_finding;

use http::StatusCode;

pub(in super::super) use self::finding::Finding;
use self::finding::Said;
use super::{
    super::{call::Call, problem::Problem},
    integration::found,
    success,
};
use crate::{
    host::{BUFFER_LIMIT, Host, HostError, Request, Response, SendError},
    record::{
        integration::Integration,
        integration_use::{Consents, Granted, Named, consents, granted, subscribed, types_at_work},
        read_rows,
    },
    shape::shape,
    zoom::{
        check::{
            Consent, Credentials, consent_request, credentials_request, next_page, read_consent,
            read_credentials,
        },
        scope::{IDENTITY, Need, of_action, of_trigger},
    },
};

shape! {
    /// What a check found.
    pub(in super::super) struct Checkup {
        /// When (Unix seconds).
        pub checked_at: i64,
        /// One of each check.
        pub findings: Vec<Finding>,
    }
}

/// `POST /connect/integrations/{provider or id}/check`
pub(super) async fn check(
    host: &impl Host,
    project_id: &str,
    id: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let integration = found(host, project_id, id).await?;
    let redirect_url = call.own_redirect_uri(host.settings());
    let webhook_url = call.own_webhook_url(host.settings(), &integration.id);
    let known = Known::read(host, &integration, &redirect_url).await?;
    let tokens = ask_with_secret(host, &integration, &redirect_url).await?;
    let consent = ask_for_consent(host, &integration, &redirect_url).await;
    let now = host.now();
    let checkup = Checkup {
        checked_at: now.seconds(),
        findings: vec![
            finding::credentials(&tokens, &consent),
            finding::redirect_url(&tokens, &consent, &redirect_url, known.consents),
            scope_finding::scopes(&consent, &known.needs, &integration.scopes(), &known.granted),
            finding::webhook(&integration, &webhook_url, now),
        ],
    };
    Ok(success(StatusCode::OK, &checkup))
}

/// What the tables say.
struct Known {
    needs: Vec<Need>,
    granted: Vec<Granted>,
    consents: Consents,
}

impl Known {
    async fn read(
        host: &impl Host,
        integration: &Integration,
        redirect_url: &str,
    ) -> Result<Self, HostError> {
        let statements = vec![
            types_at_work(&integration.id, &integration.provider),
            subscribed(&integration.project_id),
            granted(&integration.id),
            consents(integration, redirect_url),
        ];
        let mut answers = host.tables(statements).await?.into_iter().map(Vec::into_iter);
        let mut next = || answers.next().unwrap_or_default();
        let (types, triggers, scopes, consents) = (next(), next(), next(), next());
        let mut needs = vec![IDENTITY];
        for Named { name } in read_rows(types)? {
            let trigger = name.split_once('.').and_then(|(_, id)| of_trigger(id));
            needs.extend(of_action(&name).or(trigger));
        }
        for Named { name } in read_rows(triggers)? {
            needs.extend(of_trigger(&name));
        }
        let consents: Vec<Consents> = read_rows(consents)?;
        Ok(Self {
            needs,
            granted: read_rows(scopes)?,
            consents: consents.into_iter().next().unwrap_or_default(),
        })
    }
}

/// Shows Zoom client id and secret. That these do not open is our own side's failure.
async fn ask_with_secret(
    host: &impl Host,
    integration: &Integration,
    redirect_url: &str,
) -> Result<Said<Credentials>, HostError> {
    let client = integration.client(host)?;
    let request = credentials_request(host.settings(), &client, redirect_url);
    Ok(match page(host, request).await {
        Ok((answer, bytes)) => Ok(read_credentials(answer.status, &bytes)),
        Err(why) => Err(why),
    })
}

/// Opens the consent page, and where Zoom sends from there.
async fn ask_for_consent(
    host: &impl Host,
    integration: &Integration,
    redirect_url: &str,
) -> Said<Consent> {
    let settings = host.settings();
    let request =
        consent_request(settings, &integration.client_id, redirect_url, &integration.scope);
    let (first, bytes) = page(host, request).await?;
    let bytes = match next_page(settings, &first) {
        Some(request) => page(host, request).await?.1,
        None => bytes,
    };
    Ok(read_consent(&bytes))
}

/// An answer with its body; what is larger than any page that tells something is taken for empty.
async fn page(host: &impl Host, request: Request) -> Said<(Response, Vec<u8>)> {
    let why = |error: SendError| match error {
        SendError::Timeout => "it did not answer in time".to_owned(),
        SendError::Unreachable(_) | SendError::NotLanded(_) => "it could not be reached".to_owned(),
    };
    let mut answer = host.send(request).await.map_err(why)?;
    if answer.status.is_server_error() {
        return Err(format!("it answered {}", answer.status.as_u16()));
    }
    let body = std::mem::take(&mut answer.body);
    let bytes = host.read_body(body, BUFFER_LIMIT).await.map_err(why)?;
    Ok((answer, bytes.unwrap_or_default()))
}
