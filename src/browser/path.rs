//! The part of a proxy URL that a page chooses: pure text.
//! The Worker checks the path again; here it is kept from leaving the proxy inside the browser's own URL parser.

/// A path that the browser would turn into another address than the one written.
#[derive(Debug, PartialEq, Eq)]
pub struct LeavesProxy;

/// The path below `…/sdk/proxy`: the integration, then the page's path with a slash before it where it has none.
/// Refuses `.` and `..` segments, raw or percent-encoded, and control characters: a browser resolves or drops them
/// before anything is sent, so that the Worker could not see them.
pub fn proxy_path(integration: &str, path: &str) -> Result<String, LeavesProxy> {
    let path = if path.starts_with('/') {
        format!("/{integration}{path}")
    } else {
        format!("/{integration}/{path}")
    };
    let end = path.bytes().position(|byte| matches!(byte, b'?' | b'#'));
    let resource = path.as_bytes().get(..end.unwrap_or(path.len())).unwrap_or_default();
    let mut segments = resource.split(|byte| matches!(byte, b'/' | b'\\'));
    if path.bytes().any(|byte| byte.is_ascii_control()) || segments.any(is_dots) {
        return Err(LeavesProxy);
    }
    Ok(path)
}

/// Whether a segment is one or two dots, raw or encoded. Bytes, because text search costs the wasm its Unicode tables.
fn is_dots(mut rest: &[u8]) -> bool {
    let mut dots = 0;
    while let [b'.', after @ ..] | [b'%', b'2', b'e' | b'E', after @ ..] = rest {
        dots += 1;
        rest = after;
    }
    rest.is_empty() && (1..=2).contains(&dots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_kept_byte_for_byte_below_one_slash() {
        for (path, expected) in [
            ("users/me", "/zoom/users/me"),
            ("/users/me", "/zoom/users/me"),
            ("", "/zoom/"),
            ("//host/x", "/zoom//host/x"),
            ("past/%252Fabc%3D%3D", "/zoom/past/%252Fabc%3D%3D"),
            ("meetings?a=../b&c=%2e", "/zoom/meetings?a=../b&c=%2e"),
            ("a/...", "/zoom/a/..."),
            ("a/.b", "/zoom/a/.b"),
        ] {
            assert_eq!(proxy_path("zoom", path).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn a_path_that_the_browser_would_resolve_is_refused() {
        for path in [
            "..", "../me", "a/../b", "a/./b", "a/..", "a\\..\\b", "%2e%2e/x", "a/.%2E/b", "a/%2e",
            "a/.\t./b", "a\n", "../x?y", "..#x",
        ] {
            assert_eq!(proxy_path("zoom", path), Err(LeavesProxy), "{path}");
        }
        assert_eq!(proxy_path("..", "credentials"), Err(LeavesProxy));
        assert_eq!(proxy_path("a/%2e.", "credentials"), Err(LeavesProxy));
    }
}
