//! What the portal shows: the integration, the user's accounts of it, and what they made of its workflows.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    super::{
        call::{Call, json_answer},
        credential::states,
        problem::{Code, Problem},
        setting,
        user::known_project,
    },
    admit,
    changes::go_on,
};
use crate::{
    host::{Host, HostError, Response},
    record::{
        enablement::{self, Offer},
        grant::{self, Grant, Status},
        integration::{self, Integration},
        portal, read_rows,
        workflow::Candidate,
    },
    shape::shape,
    time::Timestamp,
    zoom,
};

shape! {
    /// Everything that the portal's page shows.
    struct State {
        /// When the portal ends.
        expires_at: Timestamp,
        /// The page that opened it: who may be told that something changed.
        origin: String,
        /// The product.
        project: StateProject,
        /// Whose portal it is.
        user: StateUser,
        /// What it is about.
        integration: StateIntegration,
        /// The user's accounts, the one connected last first.
        grants: Vec<StateGrant>,
        /// What is deployed, the oldest first.
        workflows: Vec<StateWorkflow>,
    }
}

shape! {
    /// The product.
    struct StateProject {
        /// The name that people see.
        name: String,
    }
}

shape! {
    /// Whose portal it is.
    struct StateUser {
        /// The project's id of the user.
        id: String,
    }
}

shape! {
    /// An integration, as the people who connect see it.
    struct StateIntegration {
        /// The integration.
        id: String,
        /// The provider: `zoom`.
        kind: String as "type",
        /// What it is called.
        name: String,
        /// One line about it.
        description: String,
        /// More of the same.
        overview: String,
        /// `#rrggbb`
        accent_color: String,
        /// A data URL.
        icon: String,
        /// What is asked for; nothing: what the Zoom app is registered for.
        scopes: Vec<String>,
    }
}

shape! {
    /// One account.
    struct StateGrant {
        /// The grant.
        id: String,
        /// The account's address.
        email: String,
        /// The name people see.
        display_name: String,
        /// `INVALID`: it has to be connected again.
        status: Status,
        /// The last consent.
        connected_at: Timestamp,
        /// By workflow id: `{enabled, settings}`.
        workflows: Map<String, Value>,
    }
}

shape! {
    /// One workflow.
    struct StateWorkflow {
        /// The workflow.
        id: String,
        /// The name that people see.
        name: String,
        /// What it is for.
        description: String,
        /// More about it: nothing.
        info_text: String,
        /// Whether it is on for those who never said.
        default_enabled: bool,
        /// What is filled in, as in `workflowMeta` of the Connect protocol.
        inputs: Vec<Value>,
    }
}

/// `GET /portal/{portal}/state`
pub(super) async fn state(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    let portal = admit(host, id, call).await?;
    if let Err(problem) = go_on(host, &portal.id).await {
        // What is there is shown all the same, and the page that opened the portal goes on asking.
        host.log(
            &json!({"level": "warn", "what": "portal_connect_delayed", "code": problem.code.text(),
            "reason": problem.reason}),
        );
    }
    let project = known_project(host, &portal.project_id).await?;
    let statements = vec![
        integration::all_of_project(&portal.project_id),
        grant::of_user(&portal.project_id, &portal.user_id),
        enablement::of_user(&portal.project_id, &portal.user_id),
        enablement::offers(&portal.project_id),
        portal::is_back(&portal.id, host.now()),
    ];
    let mut answers = host.tables(statements).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default().into_iter();
    let (integrations, grants, made, offers) = (next(), next(), next(), next());
    let integrations: Vec<Integration> = read_rows(integrations)?;
    let found = integrations.into_iter().find(|found| found.id == portal.integration_id);
    let integration = found.ok_or(Code::IntegrationNotFound)?;
    let mut grants: Vec<Grant> = read_rows(grants)?;
    grants.retain(|grant| grant.integration_id == integration.id);
    let mut offers: Vec<Offer> = read_rows(offers)?;
    offers.retain(|offer| offer.integration_id == integration.id);
    let made: Vec<Candidate> = read_rows(made)?;
    let state = State {
        expires_at: portal.expires_at,
        origin: portal.origin,
        project: StateProject { name: project.name },
        user: StateUser { id: portal.user_id },
        integration: StateIntegration::of(&integration),
        grants: grants.iter().map(|grant| StateGrant::of(grant, &made, host.now())).collect(),
        workflows: offers.iter().map(StateWorkflow::of).collect::<Result<_, HostError>>()?,
    };
    Ok(json_answer(StatusCode::OK, &state))
}

impl StateIntegration {
    fn of(integration: &Integration) -> Self {
        Self {
            id: integration.id.clone(),
            kind: integration.provider.clone(),
            name: integration.shown_name().to_owned(),
            description: integration.shown_description().to_owned(),
            overview: integration.shown_overview().to_owned(),
            accent_color: integration.shown_accent_color().to_owned(),
            icon: zoom::ICON.to_owned(),
            scopes: integration.scopes().into_iter().map(str::to_owned).collect(),
        }
    }
}

impl StateGrant {
    fn of(grant: &Grant, made: &[Candidate], now: Timestamp) -> Self {
        Self {
            id: grant.id.clone(),
            email: grant.email.clone(),
            display_name: grant.display_name.clone(),
            status: if grant.is_usable(now) { Status::Valid } else { Status::Invalid },
            connected_at: grant.connected_at,
            workflows: states(&grant.id, made),
        }
    }
}

impl StateWorkflow {
    fn of(offer: &Offer) -> Result<Self, HostError> {
        Ok(Self {
            id: offer.id.clone(),
            name: offer.name.clone(),
            description: offer.description.clone().unwrap_or_default(),
            info_text: String::new(),
            default_enabled: offer.default_enabled != 0,
            inputs: offer.settings()?.iter().map(setting::input).collect(),
        })
    }
}
