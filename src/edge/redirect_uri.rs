//! Where a login link may end: which addresses an integration may name. That one of them is asked for to the letter is
//! the affair of whoever makes a link.

/// Whether a login link may end at this address, and why not.
pub(super) fn redirect_uri(uri: &str) -> Result<(), &'static str> {
    if uri.len() > 2048 {
        return Err("at most 2048 characters");
    }
    // Browsers read a backslash as a slash, and drop tabs and line ends.
    if !uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&byte)) {
        return Err("only the characters of a URI (RFC 3986), others percent-encoded");
    }
    if uri.contains('#') {
        return Err("no fragment (#…): RFC 6749 forbids one here");
    }
    let (scheme, rest) =
        uri.split_once("://").ok_or("an address like https://app.example.com/zoom")?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("no user name or password");
    }
    let host = host_of(authority).ok_or("a host name, and a port from 1 to 65535 if any")?;
    match scheme {
        "https" => Ok(()),
        "http" if ["localhost", "127.0.0.1", "[::1]"].contains(&host) => Ok(()),
        "http" => Err("https, unless it is on localhost, 127.0.0.1 or [::1]"),
        _ => Err("https"),
    }
}

/// Whether it is our own last page, where a link may always end: it says what came of the link.
pub(super) fn is_own_end(uri: &str, own_origin: &str) -> bool {
    uri.strip_prefix(own_origin) == Some("/connect/done")
}

/// The host of `host[:port]`, if it is one.
fn host_of(authority: &str) -> Option<&str> {
    let end = if authority.starts_with('[') { authority.find(']')? + 1 } else { 0 };
    let colon = authority.get(end..)?.find(':').map_or(authority.len(), |at| end + at);
    let (host, port) = authority.split_at_checked(colon)?;
    let digits = port.strip_prefix(':').filter(|port| port.bytes().all(|b| b.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse::<u16>().ok());
    let port_fits = port.is_empty() || number.is_some_and(|number| number > 0);
    let address = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    let named = |label: &str| {
        let sound = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.bytes().all(sound)
    };
    let host_fits = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => !inner.is_empty() && inner.bytes().all(address),
        None => host.strip_suffix('.').unwrap_or(host).split('.').all(named),
    };
    (port_fits && host_fits).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::redirect_uri;

    #[test]
    fn a_login_link_ends_at_https_or_on_this_machine() {
        for uri in [
            "https://app.example.com",
            "https://app.example.com/zoom/back?tab=1&x=%23",
            "https://APP.example.com:8443/",
            "https://app.example.com./",
            "https://a_b.example/",
            "http://localhost:8788/back",
            "http://127.0.0.1",
            "http://[::1]:1/x",
            "https://[2001:db8::1]/x",
        ] {
            assert_eq!(redirect_uri(uri), Ok(()), "{uri}");
        }
        let long = format!("https://app.example/{}", "x".repeat(2048));
        for (uri, why) in [
            ("", "an address like"),
            ("app.example/back", "an address like"),
            ("//app.example/back", "an address like"),
            ("http://app.example/back", "https, unless"),
            ("http://localhost.example/", "https, unless"),
            ("http://127.0.0.1.example/", "https, unless"),
            ("http://127.1/", "https, unless"),
            ("HTTPS://app.example/", "https"),
            ("ftp://app.example/", "https"),
            ("javascript://app.example/%0aalert(1)", "https"),
            ("zoom-app://callback", "https"),
            ("https://", "a host name"),
            ("https:///back", "a host name"),
            ("https://?x", "a host name"),
            ("https://app..example/", "a host name"),
            ("https://app.example:0/", "a host name"),
            ("https://app.example:65536/", "a host name"),
            ("https://app.example:/", "a host name"),
            ("https://app.example:8x/", "a host name"),
            ("https://app.example:+8/", "a host name"),
            ("https://[::1/", "a host name"),
            ("https://[]/", "a host name"),
            ("https://*.example/", "a host name"),
            ("https://user@app.example/", "no user name"),
            ("https://app.example@evil.example/", "no user name"),
            ("https://app.example\\@evil.example/", "only the characters"),
            ("https://app.example/a b", "only the characters"),
            ("https://app.example/\n", "only the characters"),
            ("https://äpp.example/", "only the characters"),
            ("https://app.example/#", "no fragment"),
            ("https://app.example/#/back", "no fragment"),
            (&long, "at most 2048"),
        ] {
            let refused = redirect_uri(uri).unwrap_err();
            assert!(refused.contains(why), "{uri}: {refused}");
        }
    }
}
