//! The public surface as an OpenAPI 3.1 document, for people and generators: `cargo xtask openapi` writes it to
//! `worker/assets/openapi.json`. Native only. The shapes are the ones that read and write; a test asks the running
//! Worker for every answer that is listed here.

mod definition;
mod events;
mod history;
mod operation;
mod pages;
mod sdk;
mod server;
mod triggers;
mod workflows;

use serde_json::{Map, Value, json};

use self::operation::Security;

/// The whole document.
pub fn openapi() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let operations = [
        pages::operations(),
        sdk::operations(),
        triggers::operations(),
        history::operations(),
        server::operations(),
        events::operations(),
        workflows::operations(),
    ];
    for operation in operations.iter().flatten() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(operation.method.to_owned(), operation.document());
        }
    }
    let mut schemas = operation::failures();
    let paths = lifted(Value::Object(paths), &mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Isthmus",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Connect Zoom: for a project's pages (a user token) and for its server (client id and \
                client secret). Every answer carries x-request-id; every failure has a stable code.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "https://{worker}", "variables": {
            "worker": {"default": "isthmus.example.workers.dev", "description": "your Worker"},
        }}],
        "tags": [
            {"name": "pages", "description": "What a person's browser opens."},
            {"name": "sdk", "description": "What a project's pages call, under a user token: Paragon's Connect protocol. Also below `/v2`."},
            {"name": "history", "description": "What became of runs, in the shapes of Paragon's task history, under a client secret. Also below `/v2`."},
            {"name": "server", "description": "What a project's server calls, under HTTP Basic."},
        ],
        "paths": paths,
        "components": components(&schemas),
    })
}

fn components(schemas: &Map<String, Value>) -> Value {
    json!({
        "securitySchemes": {
            Security::UserToken.name(): {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "A JWT (RS256) that the project's server signs for its user: sub, iat, exp.",
            },
            Security::Client.name(): {
                "type": "http", "scheme": "basic",
                "description": "The project's client id and client secret.",
            },
            Security::ClientSecret.name(): {
                "type": "http", "scheme": "bearer",
                "description": "A client secret of the project, as its API key.",
            },
        },
        "headers": {"RequestId": {
            "description": "The id of this answer's line in the log.",
            "schema": {"type": "string"},
        }},
        "schemas": schemas,
    })
}

/// The same with every titled schema as a reference into `schemas`.
fn lifted(value: Value, schemas: &mut Map<String, Value>) -> Value {
    match value {
        Value::Array(items) => {
            items.into_iter().map(|item| lifted(item, schemas)).collect::<Vec<_>>().into()
        }
        Value::Object(fields) => {
            let each = fields.into_iter().map(|(name, field)| (name, lifted(field, schemas)));
            titled(each.collect(), schemas)
        }
        other => other,
    }
}

fn titled(mut fields: Map<String, Value>, schemas: &mut Map<String, Value>) -> Value {
    let Some(Value::String(title)) = fields.get("title").cloned() else {
        return Value::Object(fields);
    };
    fields.remove("title");
    // What is said of a field stays with the field.
    let about = fields.remove("description");
    schemas.insert(title.clone(), Value::Object(fields));
    let mut reference = json!({"$ref": format!("#/components/schemas/{title}")});
    if let (Some(about), Some(fields)) = (about, reference.as_object_mut()) {
        fields.insert("description".to_owned(), about);
    }
    reference
}
