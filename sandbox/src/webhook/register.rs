//! Adding an endpoint, validating it again, removing it: the methods.

use std::collections::BTreeMap;
use std::fmt;

use axum::body::Bytes;
use axum::http::Uri;

use crate::clock::SECOND;
use crate::sandbox::Sandbox;
use crate::webhook::delivery::{Job, mint_request_id};
use crate::webhook::endpoint::{EndpointConfig, EndpointState};
use crate::webhook::validation;

/// An endpoint was not accepted; nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAccepted {
    /// What is wrong.
    pub reason: String,
    /// What the endpoint answered, if it did.
    pub status: Option<u16>,
}

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for NotAccepted {}

fn refused(reason: String) -> NotAccepted {
    NotAccepted { reason, status: None }
}

impl Sandbox {
    /// Adds an endpoint of an app after validating it, or replaces the one with the same name.
    pub async fn add_endpoint(&self, asked: EndpointConfig) -> Result<EndpointState, NotAccepted> {
        let client_id = asked.client_id.unwrap_or_else(|| self.app().client_id.clone());
        let known = self.with(|state| {
            let is_app = state.records.apps.contains_key(&client_id);
            is_app.then(|| state.webhooks.secret_token(&client_id).to_owned())
        });
        let known = known.ok_or_else(|| refused(format!("there is no app {client_id}")))?;
        let secret_token = asked.secret_token.unwrap_or(known);
        if secret_token.is_empty() {
            return Err(refused("the app has no secret token".to_owned()));
        }
        check_url(&asked.url)?;
        // Remembers the runtime, for what is queued from outside of it later.
        self.courier().runtime();
        self.validate_url(&client_id, &asked.url, &secret_token).await?;
        let endpoint = EndpointState {
            client_id,
            name: asked.name.unwrap_or_else(|| asked.url.clone()),
            url: asked.url,
            events: asked.events,
            validated: true,
            validated_at: self.clock().now(),
            failed_validations: 0,
            last_failure: None,
        };
        self.change(|state| state.webhooks.accept(endpoint.clone(), secret_token));
        Ok(endpoint)
    }

    /// Validates endpoints again, as Zoom does every 72 hours; after six failures in a row an
    /// endpoint receives nothing until it is validated. `named` is a URL or a name; `None` is all.
    pub async fn revalidate_endpoints(
        &self,
        client_id: Option<&str>,
        named: Option<&str>,
    ) -> Vec<EndpointState> {
        let is_meant = |endpoint: &EndpointState| endpoint.is(client_id, named);
        let meant = self.endpoints().into_iter().filter(is_meant);
        for EndpointState { client_id, name, url, .. } in meant.collect::<Vec<_>>() {
            let secret = self.with(|state| state.webhooks.secret_token(&client_id).to_owned());
            let result = self.validate_url(&client_id, &url, &secret).await;
            let result = result.map_err(|refusal| refusal.reason);
            let now = self.clock().now();
            self.change(|state| {
                let mut endpoints = state.webhooks.endpoints.iter_mut();
                if let Some(endpoint) = endpoints.find(|e| e.is(Some(&client_id), Some(&name))) {
                    endpoint.validated(result, now);
                }
            });
        }
        self.endpoints().into_iter().filter(is_meant).collect()
    }

    /// The endpoints and how their validation stands.
    pub fn endpoints(&self) -> Vec<EndpointState> {
        self.with(|state| state.webhooks.endpoints.clone())
    }

    /// Removes endpoints by app and by URL or name (`None` is all); answers how many. What was on
    /// its way to them is given up.
    pub fn remove_endpoints(&self, client_id: Option<&str>, named: Option<&str>) -> usize {
        let removed = self.change(|state| state.webhooks.remove(client_id, named));
        self.webhooks_changed();
        removed
    }

    async fn validate_url(
        &self,
        client_id: &str,
        url: &str,
        secret_token: &str,
    ) -> Result<(), NotAccepted> {
        let plain_token = validation::mint_plain_token();
        let sent_at = self.clock().receivers_now();
        let limit = self.with(|state| state.webhooks.rules.timeout);
        let job = Job {
            number: 0,
            client_id: client_id.to_owned(),
            url: url.to_owned(),
            request_id: mint_request_id(),
            body: Bytes::from(validation::question(&plain_token, sent_at)),
            headers: BTreeMap::new(),
        };
        let reply = self.post_signed(&job, secret_token, sent_at.div_euclid(SECOND), limit).await;
        let (status, body) =
            reply.map_err(|error| refused(format!("{url} could not be validated: {error}")))?;
        validation::check((status, &body), secret_token, &plain_token).map_err(|reason| {
            let reason = format!("{url} could not be validated: {reason}");
            NotAccepted { reason, status: Some(status) }
        })
    }
}

fn check_url(url: &str) -> Result<(), NotAccepted> {
    let uri: Option<Uri> = url.parse().ok();
    let is_http = uri.is_some_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some());
    if is_http {
        return Ok(());
    }
    let rule = "the sandbox sends over plain http: http://host:port/path";
    Err(refused(format!("{url} cannot be an endpoint here: {rule}")))
}
