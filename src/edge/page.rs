//! The few pages that a person sees in the popup: plain HTML with its own style, a strict CSP, no third party, no COOP
//! (which would cut the opener off).

use http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    call::{Call, empty_answer},
    problem::{Problem, code_of},
};
use crate::{
    host::{Body, Host, Response},
    id::random_text,
};

/// What a page is made of.
pub(super) struct Page<'a> {
    /// The language of its words (BCP 47).
    pub lang: &'a str,
    /// The heading, also the window's title.
    pub title: &'a str,
    /// What is below it.
    pub content: Markup,
    /// A script to run, if any. Text that goes into it was made by [`script_text`].
    pub script: Option<String>,
    /// Whether its form leads on to the provider. Browsers check every redirect that follows a form against
    /// `form-action`, and where the provider redirects to is its own business.
    pub form_leads_on: bool,
}

/// The language of our own words.
pub(super) const LANG: &str = "en";

/// Light and dark, one column, large targets.
const STYLE: &str = "
:root{color-scheme:light dark;--ink:#16181d;--quiet:#5b6270;--paper:#f6f7f9;--card:#fff;--line:#e2e5ea;--act:#0b5cff}
@media(prefers-color-scheme:dark){:root{--ink:#eef0f4;--quiet:#a3abb9;--paper:#121418;--card:#1b1e24;--line:#2c313a;--act:#5b93ff}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:24rem;padding:1.75rem;background:var(--card);border:1px solid var(--line);border-radius:1rem;overflow-wrap:anywhere}
h1{margin:0 0 .5rem;font-size:1.25rem;line-height:1.3}p{margin:.5rem 0;color:var(--quiet)}code{font-size:.85em}
button{width:100%;margin-top:1rem;padding:.75rem 1rem;border:0;border-radius:.6rem;background:var(--act);color:#fff;font:inherit;font-weight:600;cursor:pointer}
@media(prefers-color-scheme:dark){button{color:#0d1117}}
button:focus-visible{outline:3px solid var(--act);outline-offset:2px}
";

/// An answer with a page.
pub(super) fn page_answer(host: &impl Host, status: StatusCode, page: &Page<'_>) -> Response {
    let nonce = random_text::<16>(host);
    let text = html! {
        (DOCTYPE)
        html lang=(page.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (page.title) }
                style nonce=(nonce) { (PreEscaped(STYLE)) }
            }
            body {
                main { h1 { (page.title) } (page.content) }
                @if let Some(script) = &page.script {
                    script nonce=(nonce) { (PreEscaped(script)) }
                }
            }
        }
    };
    let forms = if page.form_leads_on { "" } else { "form-action 'none'; " };
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; {forms}frame-ancestors 'none'; \
         base-uri 'none'"
    );
    let mut answer = html_answer(status, text, &policy, "no-referrer");
    answer.headers.set("x-frame-options", "DENY");
    answer
}

/// A page that our own script fills.
pub(super) struct Shell<'a> {
    /// The window's title until the script says more.
    pub title: &'a str,
    /// The script's path on our origin; a module.
    pub script: &'a str,
    /// The style sheet's path on our origin.
    pub style: &'a str,
    /// Who may frame it (CSP `frame-ancestors`).
    pub frame_ancestors: &'a str,
    /// Whether its script runs WebAssembly.
    pub runs_wasm: bool,
}

/// An answer with a page that our own script fills: nothing inline, nothing of others.
pub(super) fn shell_answer(status: StatusCode, shell: &Shell<'_>) -> Response {
    let text = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (shell.title) }
                link rel="icon" href="/static/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href=(shell.style);
                script type="module" src=(shell.script) {}
            }
            body {
                div id="app" {}
                noscript { "This page needs JavaScript." }
            }
        }
    };
    let wasm = if shell.runs_wasm { " 'wasm-unsafe-eval'" } else { "" };
    let policy = format!(
        "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         font-src 'self'; form-action 'self'; frame-ancestors {}; base-uri 'none'",
        shell.frame_ancestors
    );
    let mut answer = html_answer(status, text, &policy, "same-origin");
    answer.headers.set("permissions-policy", "camera=(), geolocation=(), microphone=()");
    if shell.frame_ancestors == "'none'" {
        answer.headers.set("x-frame-options", "DENY");
    }
    answer
}

/// HTML with what it may load (CSP), and what links on it say of where they stand.
fn html_answer(status: StatusCode, text: Markup, policy: &str, referrer_policy: &str) -> Response {
    let mut answer = empty_answer(status);
    answer.headers.set("content-type", "text/html; charset=utf-8");
    answer.headers.set("content-security-policy", policy);
    answer.headers.set("referrer-policy", referrer_policy);
    answer.body = Body::Bytes(text.into_string().into_bytes());
    answer
}

/// Where a login link of the operator ends: what came of it is in the query.
pub(super) fn done_page(host: &impl Host, call: &Call) -> Response {
    if call.parameter("success").is_some_and(|success| success == "false") {
        let code = code_of(&call.parameter("error").unwrap_or_default());
        return problem_page(host, &code.into(), None);
    }
    let content = html! { p { "You can close this window." } };
    let page = Page { lang: LANG, title: "Connected", content, script: None, form_leads_on: false };
    page_answer(host, StatusCode::OK, &page)
}

/// A page that says why nothing was connected and what to do, with the stable code.
pub(super) fn problem_page(
    host: &impl Host,
    problem: &Problem,
    script: Option<String>,
) -> Response {
    let told = Told { lang: LANG, title: "Not connected", message: &problem.message() };
    problem_page_in(host, &told, problem, script)
}

/// What a page says of a problem.
pub(super) struct Told<'a> {
    /// The language (BCP 47).
    pub lang: &'a str,
    /// The heading.
    pub title: &'a str,
    /// What happened, and what to do.
    pub message: &'a str,
}

/// A page that says what went wrong and what to do in these words, with the stable code.
pub(super) fn problem_page_in(
    host: &impl Host,
    told: &Told<'_>,
    problem: &Problem,
    script: Option<String>,
) -> Response {
    let content = html! {
        p { (told.message) }
        p { code data-testid="error" { (problem.code.text()) } }
    };
    let page = Page { lang: told.lang, title: told.title, content, script, form_leads_on: false };
    let mut answer = page_answer(host, problem.code.status(), &page);
    super::mark(&mut answer, problem);
    answer
}

/// A text as a JavaScript literal that cannot leave its script element.
pub(super) fn script_text(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_leave_its_script() {
        assert_eq!(script_text("</script>\"'"), "\"\\u003c/script>\\\"'\"");
    }
}
