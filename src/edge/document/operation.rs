//! One operation of the document, and how it is written down.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::problem::Code;
use crate::shape::Shape;

/// A media type, and the schema of what is in it.
pub(super) type Content = (&'static str, Value);

/// One method of one path.
pub(super) struct Operation {
    pub id: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    pub summary: &'static str,
    pub dialect: Dialect,
    pub security: Option<Security>,
    /// Query parameters: name, what it is for, whether it has to be there.
    pub query: Vec<(&'static str, &'static str, bool)>,
    /// Headers: name, what it is for.
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: Option<Value>,
    /// Whether the body may be left out.
    pub bodiless: bool,
    /// Status, what it means, and what it carries: a media type with a schema.
    pub answers: Vec<(u16, &'static str, Option<Content>)>,
    pub problems: Vec<Code>,
    /// Whose own answers come through, whatever their status.
    pub passes: Option<Origin>,
}

/// Who answers in words of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Zoom,
    /// A Response step of the project's own workflow.
    Workflow,
}

impl Origin {
    fn answer(self) -> &'static str {
        match self {
            Self::Zoom => "Zoom's own answer.",
            Self::Workflow => "What a Response step says.",
        }
    }

    /// What is said of a status that failures of our own have too.
    fn instead(self) -> &'static str {
        match self {
            Self::Zoom => "Without `x-isthmus-code` it is Zoom's own answer.",
            Self::Workflow => "Without `x-isthmus-code` it is what a Response step says.",
        }
    }

    fn other(self) -> &'static str {
        match self {
            Self::Zoom => "Any other answer of Zoom's, or any other failure.",
            Self::Workflow => {
                "Whatever else a Response step says; how else the run ended before it got there; or any other failure."
            }
        }
    }
}

/// Whose words the failures are in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Pages,
    Sdk,
    /// Those of the pages, for Paragon's task history.
    History,
    Server,
}

/// What opens an operation.
#[derive(Clone, Copy)]
pub(super) enum Security {
    UserToken,
    Client,
    ClientSecret,
}

impl Security {
    pub fn name(self) -> &'static str {
        match self {
            Self::UserToken => "userToken",
            Self::Client => "clientCredentials",
            Self::ClientSecret => "clientSecret",
        }
    }
}

impl Dialect {
    fn tag(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Sdk => "sdk",
            Self::History => "history",
            Self::Server => "server",
        }
    }

    fn failure(self) -> Content {
        match self {
            Self::Pages => ("text/html", json!({"type": "string"})),
            Self::Sdk | Self::History => ("application/json", sdk_failure()),
            Self::Server => {
                ("application/json", json!({"$ref": "#/components/schemas/ServerFailure"}))
            }
        }
    }

    /// What carries a failure that is not listed: a runtime that restarts knows one form for all.
    fn other_failure(self) -> Value {
        match self {
            Self::Sdk | Self::History => json!({"application/json": {"schema": sdk_failure()}}),
            Self::Server => {
                let schemas = [self.failure().1, sdk_failure()];
                json!({"application/json": {"schema": {"anyOf": schemas}}})
            }
            Self::Pages => {
                let (kind, schema) = self.failure();
                json!({kind: {"schema": schema}, "application/json": {"schema": sdk_failure()}})
            }
        }
    }
}

impl Operation {
    /// An operation without parameters and answers.
    pub fn new(
        dialect: Dialect,
        id: &'static str,
        (method, path): (&'static str, &'static str),
        summary: &'static str,
    ) -> Self {
        Self {
            id,
            method,
            path,
            summary,
            dialect,
            security: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            bodiless: false,
            answers: Vec::new(),
            problems: Vec::new(),
            passes: None,
        }
    }

    pub fn opened_by(mut self, security: Security) -> Self {
        self.security = Some(security);
        self
    }

    pub fn query(mut self, name: &'static str, about: &'static str, required: bool) -> Self {
        self.query.push((name, about, required));
        self
    }

    pub fn header(mut self, name: &'static str, about: &'static str) -> Self {
        self.headers.push((name, about));
        self
    }

    pub fn takes<T: Shape>(mut self) -> Self {
        self.body = Some(T::schema());
        self
    }

    /// What is taken may be left out.
    pub fn may_take<T: Shape>(mut self) -> Self {
        self.bodiless = true;
        self.takes::<T>()
    }

    /// An answer with JSON of a shape.
    pub fn json<T: Shape>(self, status: u16, about: &'static str) -> Self {
        self.answer(status, about, ("application/json", T::schema()))
    }

    /// An answer with something in it.
    pub fn answer(mut self, status: u16, about: &'static str, carries: Content) -> Self {
        self.answers.push((status, about, Some(carries)));
        self
    }

    /// An answer without a body.
    pub fn empty(mut self, status: u16, about: &'static str) -> Self {
        self.answers.push((status, about, None));
        self
    }

    pub fn fails(mut self, codes: &[Code]) -> Self {
        self.problems.extend_from_slice(codes);
        self
    }

    /// Its own answers come through.
    pub fn passes_answers_of(mut self, origin: Origin) -> Self {
        self.passes = Some(origin);
        self
    }

    /// The operation object (OpenAPI 3.1 §4.8.10).
    pub fn document(&self) -> Value {
        let mut operation = json!({
            "operationId": self.id,
            "summary": self.summary,
            "tags": [self.dialect.tag()],
            "parameters": self.parameters(),
            "responses": self.responses(),
        });
        if let Some(fields) = operation.as_object_mut() {
            let security = self.security.map(|security| json!({security.name(): []}));
            fields.insert("security".into(), json!(security.into_iter().collect::<Vec<_>>()));
            if let Some(schema) = &self.body {
                let content = json!({"application/json": {"schema": schema}});
                fields.insert(
                    "requestBody".into(),
                    json!({"required": !self.bodiless, "content": content}),
                );
            } else if self.passes.is_some() && self.method != "get" {
                fields.insert("requestBody".into(), json!({"content": anything()}));
            }
        }
        operation
    }

    fn parameters(&self) -> Vec<Value> {
        let named = self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let mut all: Vec<Value> = named
            .map(|name| {
                json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
            })
            .collect();
        all.extend(self.query.iter().map(|(name, about, required)| {
            json!({"name": name, "in": "query", "required": required, "description": about,
                "schema": {"type": "string"}})
        }));
        all.extend(self.headers.iter().map(|(name, about)| {
            json!({"name": name, "in": "header", "description": about, "schema": {"type": "string"}})
        }));
        all
    }

    fn responses(&self) -> Map<String, Value> {
        let mut responses = Map::new();
        if let Some(origin) = self.passes {
            responses.insert("2XX".to_owned(), response(origin.answer(), Some(anything())));
        }
        for (status, about, carries) in &self.answers {
            let content = carries.as_ref().map(|(kind, schema)| json!({*kind: {"schema": schema}}));
            responses.insert(status.to_string(), response(about, content));
        }
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in &self.problems {
            by_status.entry(code.status().as_u16()).or_default().push(*code);
        }
        let (kind, schema) = self.dialect.failure();
        for (status, codes) in by_status {
            let mut lines: Vec<String> =
                codes.iter().map(|code| format!("`{}`: {}", code.text(), code.message())).collect();
            let content = if let Some(origin) = self.passes {
                lines.push(origin.instead().to_owned());
                anything()
            } else {
                json!({kind: {"schema": schema}})
            };
            let failure = response(&lines.join("\n\n"), Some(content));
            responses.entry(status.to_string()).or_insert(failure);
        }
        let other = if let Some(origin) = self.passes {
            response(origin.other(), Some(anything()))
        } else {
            response("Any other failure.", Some(self.dialect.other_failure()))
        };
        responses.insert("default".into(), other);
        responses
    }
}

/// The response object (OpenAPI 3.1 §4.8.17).
fn response(about: &str, content: Option<Value>) -> Value {
    let id = json!({"$ref": "#/components/headers/RequestId"});
    let mut response = json!({"description": about, "headers": {"x-request-id": id}});
    if let (Some(content), Some(fields)) = (content, response.as_object_mut()) {
        fields.insert("content".to_owned(), content);
    }
    response
}

fn anything() -> Value {
    json!({"*/*": {"schema": {}}})
}

/// A failure in the words of the browser's dialect.
pub(super) fn sdk_failure() -> Value {
    json!({"$ref": "#/components/schemas/SdkFailure"})
}

/// The bodies of failures.
pub(super) fn failures() -> Map<String, Value> {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.text()).collect();
    let code = json!({"type": "string", "enum": codes});
    let bodies = [("SdkFailure", sdk_body(&code)), ("ServerFailure", server_body(&code))];
    bodies.map(|(name, body)| (name.to_owned(), body)).into_iter().collect()
}

fn sdk_body(code: &Value) -> Value {
    let meta = json!({
        "type": "object",
        "description": "Of `reconnect_required` and `grant_expired`, but for calls of Zoom's API: the account has \
            ended, not the user's session.",
        "properties": {"isIntegrationError": {"const": true}},
    });
    json!({
        "type": "object",
        "required": ["message", "code"],
        "properties": {
            "message": {"type": "string"},
            "code": code,
            "location": {
                "type": "string",
                "description": "Of `zoom_redirected`: where Zoom's answer leads.",
            },
            "meta": meta,
        },
    })
}

fn server_body(code: &Value) -> Value {
    let numbers: Vec<u32> = Code::ALL.iter().map(|code| code.event_code()).collect();
    let complaints = json!({
        "type": "array",
        "description": "Of `workflow_invalid`: everything that does not hold together.",
        "items": {"$ref": "#/components/schemas/Complaint"},
    });
    json!({
        "type": "object",
        "required": ["success", "error", "message", "type"],
        "properties": {
            "success": {"const": false},
            "error": {
                "type": "object",
                "required": ["type", "http_code", "event_code", "code", "message", "request_id"],
                "properties": {
                    "type": {"type": "string"},
                    "http_code": {"type": "integer"},
                    "event_code": {"type": "integer", "enum": numbers},
                    "code": code,
                    "message": {"type": "string"},
                    "request_id": {"type": "string"},
                    "complaints": complaints,
                },
            },
            "message": {"type": "string"},
            "type": {"type": "string"},
        },
    })
}
