//! A project's user-token keys: brought as PEM or JWK, or made here; and withdrawn.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::{
        call::{Call, json_answer},
        problem::{Code, Problem},
    },
    LONGEST_BODY, actor, current_project, no_content,
};
use crate::{
    host::{Host, PublicKey, Response},
    id::random_uuid,
    public_key,
    record::{
        audit,
        project::{self, SigningKey},
    },
    shape::shape,
};

shape! {
    /// How a project gets a user-token key.
    pub(super) struct KeyWish {
        generate: Option<bool>,
        pem: Option<String>,
        jwk: Option<Value>,
    }
}

/// `POST projects/{project}/signing-keys`
pub(super) async fn create(host: &impl Host, id: &str, call: &Call) -> Result<Response, Problem> {
    current_project(host, id).await?;
    let (key, private_key) = signing_key(host, call.json(LONGEST_BODY)?).await?;
    let now = host.now();
    let mut statements = project::insert_signing_key(id, &key, now);
    statements.push(audit::note(id, "signing_key.created", &actor(call), &key.id, now));
    host.tables(statements).await?;
    current_project(host, id).await?;
    Ok(json_answer(StatusCode::CREATED, &key_json(&key, private_key)))
}

/// `DELETE projects/{project}/signing-keys/{key}`
pub(super) async fn delete(
    host: &impl Host,
    id: &str,
    key: &str,
    call: &Call,
) -> Result<Response, Problem> {
    let project = current_project(host, id).await?;
    if !project.signing_keys.iter().any(|known| known.id == key) {
        return Err(Code::NotFound.into());
    }
    let mut statements = project::delete_signing_key(id, key);
    statements.push(audit::note(id, "signing_key.deleted", &actor(call), key, host.now()));
    host.tables(statements).await?;
    current_project(host, id).await?;
    Ok(no_content())
}

/// The key that is wished for, and its private half if it was made here.
pub(super) async fn signing_key(
    host: &impl Host,
    wish: KeyWish,
) -> Result<(SigningKey, Option<String>), Problem> {
    let invalid = |error: public_key::KeyError| {
        Problem::detailed(Code::InvalidRequest, format!("signing_key: {error}"))
    };
    let (key, private_key): (PublicKey, _) =
        match (wish.generate.unwrap_or_default(), wish.pem, wish.jwk) {
            (true, None, None) => {
                let (key, private_key) = host.generate_rs256().await?;
                (key, Some(private_key))
            }
            (false, Some(pem), None) => (public_key::from_pem(&pem).map_err(invalid)?, None),
            (false, None, Some(jwk)) => (public_key::from_jwk(&jwk).map_err(invalid)?, None),
            _ => {
                let detail = "signing_key: one of {\"generate\":true}, {\"pem\":…}, {\"jwk\":…}";
                return Err(Problem::detailed(Code::InvalidRequest, detail));
            }
        };
    Ok((SigningKey { id: random_uuid(host), n: key.n, e: key.e }, private_key))
}

/// A key, with its private half only when it was made just now.
pub(super) fn key_json(key: &SigningKey, private_key: Option<String>) -> Value {
    let mut value = json!({"id": key.id});
    if let (Some(private_key), Some(fields)) = (private_key, value.as_object_mut()) {
        fields.insert("private_key".to_owned(), json!(private_key));
    }
    value
}
