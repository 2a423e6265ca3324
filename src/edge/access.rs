//! The platform's access product in front of the console (Cloudflare Access, "Validate JWTs"): every request that it lets
//! through carries a token, `Cf-Access-Jwt-Assertion`, that its team's keys sign for one application. Off unless the team and
//! the application are configured. The keys are remembered; an unknown one is looked for at the team, at most once a minute,
//! and by one at a time, since anybody can make one up.

use http::Method;
use serde_json::json;

use super::call::Call;
use crate::{
    headers::Headers,
    host::{Body, Host, HostError, PublicKey, Request},
    jwt::Unverified,
    memory::AccessKey,
    secret::UserToken,
    settings::Access,
    shape::{read_text, shape},
    time::Timestamp,
};

/// The team's keys are waited for so long, in milliseconds.
const DEADLINE_MS: u32 = 5000;
/// Who waits for what somebody else is told looks again after so many milliseconds.
const LOOK_MS: u32 = 100;

/// Until when the platform vouches for whoever calls; nothing when it does not. An assertion that is not good is no
/// refusal: the admin secret still opens.
pub(super) async fn vouched_until(
    host: &impl Host,
    call: &Call,
) -> Result<Option<Timestamp>, HostError> {
    let Some(access) = &host.settings().access else {
        return Ok(None);
    };
    let Some(assertion) = call.header("cf-access-jwt-assertion") else {
        return Ok(None);
    };
    let Ok(token) = Unverified::parse(&UserToken::new(assertion)) else {
        return Ok(None);
    };
    let Some(key) = key(host, access, token.key_id.as_deref().unwrap_or_default()).await else {
        return Ok(None);
    };
    let signed = host.verify_rs256(&key, &token.signing_input, &token.signature).await?;
    let admitted = token.admit_from(&access.team_domain, &access.audience, host.now());
    Ok(admitted.ok().filter(|_| signed))
}

/// The team's key of this id.
async fn key(host: &impl Host, access: &Access, id: &str) -> Option<PublicKey> {
    let memory = host.memory();
    loop {
        match memory.access_key(id, host.now()) {
            AccessKey::Said(key) => return key,
            AccessKey::Asked => host.wait(LOOK_MS).await,
            AccessKey::Ask => break,
        }
    }
    let keys = match fetched(host, access).await {
        Ok(keys) => Some(keys),
        Err(reason) => {
            host.log(&json!({"level": "error", "what": "access_keys", "reason": reason}));
            None
        }
    };
    memory.remember_access_keys(keys, host.now());
    // While the team does not answer, the keys that were known will do.
    memory.known_access_key(id)
}

/// The team's keys, by id.
async fn fetched(host: &impl Host, access: &Access) -> Result<Vec<(String, PublicKey)>, String> {
    shape! {
        struct Certificates {
            keys: Vec<Jwk>,
        }
    }
    shape! {
        struct Jwk {
            kid: Option<String>,
            kty: Option<String>,
            n: Option<String>,
            e: Option<String>,
        }
    }
    let request = Request {
        method: Method::GET,
        url: format!("{}/cdn-cgi/access/certs", access.team_domain),
        headers: Headers::default(),
        body: Body::Empty,
        deadline_ms: DEADLINE_MS,
    };
    let answer = host.send(request).await.map_err(|error| error.to_string())?;
    if !answer.status.is_success() {
        return Err(format!("the team answered {}", answer.status.as_u16()));
    }
    let read = read_text::<Certificates>(answer.body.bytes().unwrap_or_default());
    let keys = read.map_err(|misfit| misfit.to_string())?.keys.into_iter();
    let key = |key: Jwk| match key {
        Jwk { kid: Some(id), kty: Some(kty), n: Some(n), e: Some(e) } if kty == "RSA" => {
            Some((id, PublicKey { n, e }))
        }
        _ => None,
    };
    Ok(keys.filter_map(key).collect())
}
