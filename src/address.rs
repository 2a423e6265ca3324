//! Which addresses that people give us we call: https, port 443, a host name that is not ours. A Worker cannot resolve
//! a name first, so what a name leads to is Cloudflare's to refuse (`global_fetch_strictly_public`). Whatever a browser
//! would mend (tabs, backslashes, `%31`) is refused, so that nobody after us reads another address than this did.

use thiserror::Error;

/// Longer than any sensible address.
const LONGEST: usize = 2048;

/// Why an address is not called.
#[derive(Debug, Clone, Copy, Error, PartialEq, Eq)]
pub enum AddressError {
    /// `http:`, another scheme, or none.
    #[error("an address that begins with https:// is wanted")]
    NotHttps,
    /// Spaces, control characters, backslashes, other alphabets, a fragment, or too long.
    #[error(
        "plain characters are wanted, at most 2048, without spaces, backslashes or a fragment; write other alphabets in punycode"
    )]
    Characters,
    /// `user:password@`.
    #[error("an address without user name and password is wanted")]
    UserInfo,
    /// Another port.
    #[error("port 443 is wanted")]
    Port,
    /// An IP address in any spelling, a name that is not public, or no name at all.
    #[error(
        "a host name with a dot is wanted, such as hooks.example.com; no IP address, no name of a local network"
    )]
    HostName,
    /// Our own.
    #[error("an address of this service itself is not called")]
    OwnHost,
}

/// Whether our events may go to this address. `own_hosts` are our own, with their ports if they have one; with
/// `allow_loopback` (development) `http` and any port will do on `localhost` and `127.0.0.1`.
pub fn event_address(
    url: &str,
    own_hosts: &[&str],
    allow_loopback: bool,
) -> Result<(), AddressError> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#';
    if url.len() > LONGEST || !url.bytes().all(plain) {
        return Err(AddressError::Characters);
    }
    let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(AddressError::NotHttps),
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default().to_ascii_lowercase();
    if authority.contains('@') {
        return Err(AddressError::UserInfo);
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority.as_str(), None),
    };
    if allow_loopback && is_loopback(host) {
        let sound = port.is_none_or(|port| port.parse().is_ok_and(|port: u16| port > 0));
        let is_own = own_hosts.iter().any(|own| own.eq_ignore_ascii_case(&authority));
        return match (sound, is_own) {
            (false, _) => Err(AddressError::Port),
            (true, true) => Err(AddressError::OwnHost),
            (true, false) => Ok(()),
        };
    }
    if !secure {
        return Err(AddressError::NotHttps);
    }
    if !is_public_name(host) {
        return Err(AddressError::HostName);
    }
    if port.is_some_and(|port| port != "443") {
        return Err(AddressError::Port);
    }
    let is_own =
        |own: &&str| own.split(':').next().is_some_and(|own| own.eq_ignore_ascii_case(host));
    if own_hosts.iter().any(is_own) { Err(AddressError::OwnHost) } else { Ok(()) }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "127.0.0.1"
}

/// Last labels that lead to nobody in public: this machine, this network, examples that never answer.
const NOT_PUBLIC: [&str; 7] =
    ["arpa", "internal", "invalid", "local", "localhost", "onion", "test"];

/// At least two labels, the last of which begins with a letter: so no number is a name, in whatever base.
fn is_public_name(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let last = labels.last().copied().unwrap_or_default();
    host.len() <= 253
        && labels.len() >= 2
        && labels.iter().all(|label| is_label(label))
        && last.starts_with(|letter: char| letter.is_ascii_lowercase())
        && !NOT_PUBLIC.contains(&last)
}

fn is_label(label: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=63).contains(&label.len())
        && label.bytes().all(sound)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::{AddressError::*, *};

    fn public(url: &str) -> Result<(), AddressError> {
        event_address(url, &["console.example", "edge.example"], false)
    }

    #[test]
    fn a_https_address_with_a_name_will_do() {
        for url in [
            "https://hooks.acme.example",
            "https://hooks.acme.example/",
            "https://hooks.acme.example:443/zoom?x=1&y=a@b:2",
            "https://HOOKS.Acme.Example/Path",
            "https://a-b_c.1.2.example/%41",
            "https://xn--bcher-kva.example/",
            "https://edge.example.org/",
            "https://api.edge.example/",
        ] {
            assert_eq!(public(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_is_no_https_is_refused() {
        for url in [
            "",
            "hooks.acme.example",
            "//hooks.acme.example/",
            "http://hooks.acme.example/",
            "HTTPS://hooks.acme.example/",
            "ftp://hooks.acme.example/",
            "javascript:alert(1)",
            "https:hooks.acme.example",
            "https:/hooks.acme.example",
            "data:text/plain,https://a.b/",
        ] {
            assert_eq!(public(url), Err(NotHttps), "{url}");
        }
    }

    #[test]
    fn no_spelling_of_an_ip_address_and_no_local_name_passes() {
        for host in [
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "017700000001",
            "127.1",
            "127.0.0.1.",
            "1.1.1.1",
            "0",
            "0.0.0.0",
            "127.0.0.0x1",
            "example.0x7f",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::]:443",
            "::1",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "acme.example.",
            "app.localhost",
            "printer.local",
            "metadata.google.internal",
            "router.home.arpa",
            "1.0.0.127.in-addr.arpa",
            "abcdefgh.onion",
            "hooks.test",
            "hooks.INVALID",
            "com",
            "",
            ".",
            "..",
            ".example",
            "a..example",
            "-a.example",
            "a-.example",
            "a.1example",
            "127.0.0.1%2eexample.com",
            "%31%32%37.0.0.1",
            "loc%61lhost",
            "a.example%00",
        ] {
            let url = format!("https://{host}/");
            assert_eq!(public(&url), Err(HostName), "{url}");
        }
        let long = format!("https://{}.example/", "a".repeat(64));
        assert_eq!(public(&long), Err(HostName));
        let long = format!("https://{}example/", "abcd.".repeat(60));
        assert_eq!(public(&long), Err(HostName));
    }

    #[test]
    fn user_names_and_other_ports_are_refused() {
        for url in [
            "https://user@hooks.acme.example/",
            "https://a:b@hooks.acme.example/",
            "https://hooks.acme.example@127.0.0.1/",
            "https://@hooks.acme.example/",
            "https://hooks.acme.example:443@localhost/",
        ] {
            assert_eq!(public(url), Err(UserInfo), "{url}");
        }
        for port in ["80", "8443", "", "0443", "443:443", "99999", "4 4 3", "-443", "+443"] {
            let refused = public(&format!("https://hooks.acme.example:{port}/"));
            assert!(matches!(refused, Err(Port | Characters)), "{port}");
        }
    }

    #[test]
    fn what_a_browser_would_mend_is_refused() {
        for url in [
            "https://hooks.acme.example/ ",
            " https://hooks.acme.example/",
            "ht\ttps://a.example/",
            "https://hooks.acme\n.example/",
            "https:\\\\hooks.acme.example\\",
            "https://127。0。0。1/",
            "https://hooks.acme.example\\@127.0.0.1/",
            "https://hooks.acme.example/#part",
            "https://①②⑦.0.0.1/",
            "https://exämple.example/",
            "https://hooks.acme.example/ä",
            "https://hooks.acme.example/\u{0}",
            "https://loc\u{ad}alhost/",
        ] {
            assert_eq!(public(url), Err(Characters), "{url}");
        }
        let long = format!("https://hooks.acme.example/{}", "a".repeat(LONGEST));
        assert_eq!(public(&long), Err(Characters));
    }

    #[test]
    fn our_own_host_is_refused_in_any_case_and_with_any_port() {
        for url in [
            "https://edge.example/",
            "https://EDGE.example:443",
            "https://edge.example?a",
            "https://console.example/",
        ] {
            assert_eq!(public(url), Err(OwnHost), "{url}");
            assert_eq!(
                event_address(url, &["EDGE.example:443", "Console.example"], true),
                Err(OwnHost),
                "{url}"
            );
            assert_eq!(event_address(url, &[], false), Ok(()), "{url}");
        }
    }

    #[test]
    fn development_may_call_this_machine_and_nothing_else_besides() {
        let local = |url: &str| event_address(url, &["edge.example", "127.0.0.1:8787"], true);
        for url in [
            "http://localhost:3000/events",
            "http://127.0.0.1:3000/events",
            "http://localhost/",
            "https://LOCALHOST:8443/",
            "https://hooks.acme.example/",
        ] {
            assert_eq!(local(url), Ok(()), "{url}");
        }
        assert_eq!(local("http://127.0.0.1:8787/x"), Err(OwnHost));
        assert_eq!(local("http://localhost:0/"), Err(Port));
        assert_eq!(local("http://localhost:/"), Err(Port));
        assert_eq!(local("http://user@localhost:3000/"), Err(UserInfo));
        assert_eq!(local("http://hooks.acme.example/"), Err(NotHttps));
        for url in
            ["http://127.0.0.2/", "http://[::1]/", "http://localhost./", "http://2130706433/"]
        {
            assert_eq!(local(url), Err(NotHttps), "{url}");
        }
        assert_eq!(local("https://127.0.0.2/"), Err(HostName));
    }
}
