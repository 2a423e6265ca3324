//! What a person sees while a chore works. All of it goes to stderr, so that stdout stays for results;
//! nothing here fails, even when the terminal is gone.

use std::io::{IsTerminal, Write};

/// Writes one line as it is.
pub(crate) fn line(text: &str) {
    // A closed terminal must not end the chore: it has children to end first.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Opens a step: what is being done now.
pub(crate) fn step(text: &str) {
    line(&painted("1", &format!("==> {text}")));
}

/// Opens a stage of a longer chore.
pub(crate) fn headline(text: &str) {
    line("");
    line(&painted("1;36", &format!("=== {text}")));
}

/// Says why the chore ends here.
pub(crate) fn failure(text: &str) {
    line(&painted("1;31", &format!("error: {text}")));
}

/// Whether a person watches (progress bars make sense) rather than a log file.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

fn painted(code: &str, text: &str) -> String {
    if is_watched() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}
