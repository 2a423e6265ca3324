//! The authorization request and the redirect that answers it (RFC 6749 §4.1.1, §4.1.2).

use crate::secret::{AuthorizationCode, State};

/// What the user is asked to consent to.
#[derive(Debug)]
pub struct AuthorizationRequest<'a> {
    /// The client identifier.
    pub client_id: &'a str,
    /// Where the answer goes; must equal the registered one to the letter.
    pub redirect_uri: &'a str,
    /// Comes back unchanged.
    pub state: &'a State,
    /// The S256 code challenge (RFC 7636 §4.2).
    pub code_challenge: &'a str,
    /// Space separated; left out when empty (the provider's registration decides then).
    pub scope: &'a str,
}

/// The redirect as it came in.
#[derive(Debug)]
pub enum Redirect {
    /// The user consented.
    Code {
        /// The code.
        code: AuthorizationCode,
        /// The state it came with.
        state: State,
    },
    /// The user declined, or the provider did.
    Refused {
        /// `access_denied` and others (RFC 6749 §4.1.2.1).
        error: String,
        /// The state it came with.
        state: State,
    },
    /// No state: not an answer to any request of ours.
    NoState,
    /// A state, but neither code nor error.
    Malformed,
}

/// The address that the user's browser goes to (RFC 6749 §4.1.1, RFC 7636 §4.3).
pub fn authorization_url(endpoint: &str, request: &AuthorizationRequest<'_>) -> String {
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", request.client_id),
        ("redirect_uri", request.redirect_uri),
        ("state", request.state.expose()),
        ("code_challenge", request.code_challenge),
        ("code_challenge_method", "S256"),
    ];
    if !request.scope.is_empty() {
        query.push(("scope", request.scope));
    }
    format!("{endpoint}?{}", serde_urlencoded::to_string(query).unwrap_or_default())
}

/// Reads the query of the redirect. Of repeated parameters the first counts.
pub fn read_redirect(query: &str) -> Redirect {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let value = |name: &str| {
        pairs
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|pair| pair.1.clone())
    };
    let Some(state) = value("state").map(State::new) else {
        return Redirect::NoState;
    };
    match (value("error"), value("code")) {
        (Some(error), _) => Redirect::Refused { error, state },
        (None, Some(code)) => Redirect::Code { code: AuthorizationCode::new(code), state },
        (None, None) => Redirect::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authorization_url_names_everything_and_escapes_it() {
        let url = authorization_url(
            "https://zoom.us/oauth/authorize",
            &AuthorizationRequest {
                client_id: "id&1",
                redirect_uri: "https://edge.example/oauth",
                state: &State::new("s t"),
                code_challenge: "abc",
                scope: "",
            },
        );
        assert_eq!(
            url,
            "https://zoom.us/oauth/authorize?response_type=code&client_id=id%261&redirect_uri=https%3A%2F%2Fedge.example%2Foauth&state=s+t&code_challenge=abc&code_challenge_method=S256"
        );
    }

    #[test]
    fn an_error_wins_over_a_code() {
        let redirect = read_redirect("code=1&error=access_denied&state=x");
        assert!(matches!(redirect, Redirect::Refused { error, .. } if error == "access_denied"));
    }

    #[test]
    fn a_redirect_without_state_is_told_apart() {
        assert!(matches!(read_redirect("code=1"), Redirect::NoState));
        assert!(matches!(read_redirect("code=1&state="), Redirect::NoState));
        assert!(matches!(read_redirect("state=1"), Redirect::Malformed));
    }
}
