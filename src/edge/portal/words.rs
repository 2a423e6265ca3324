//! The portal's words where the Worker itself shows them, before the page's script is there: from the one file that is
//! replaced to have the portal in another language.

use std::collections::BTreeMap;

use crate::shape::{read_text, shape};

const TEXT: &[u8] = include_bytes!("../../../www/portal/text.json");

shape! {
    /// What the Worker shows of the file; what is missing there is empty.
    #[derive(Debug, Default)]
    pub(super) struct Words {
        /// The language (BCP 47).
        pub lang: String,
        /// The question before a portal opens.
        pub asked: Asked,
        /// The heading of a page that says why a portal does not open.
        pub unopened: String,
        /// What people read of problems, by code.
        pub problems: BTreeMap<String, String>,
    }
}

shape! {
    /// The question whether a person meant to open the portal; `{integration}`, `{project}` and `{user}` are filled in.
    #[derive(Debug, Default)]
    pub(super) struct Asked {
        pub title: String,
        pub only: String,
        pub open: String,
        pub otherwise: String,
    }
}

/// The words of the file.
pub(super) fn words() -> Words {
    read_text(TEXT).unwrap_or_default()
}

/// A text with its `{name}`s replaced, each once; values stand there as they are.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, (gap, after))) =
        rest.split_once('{').and_then(|(before, gap)| Some((before, gap.split_once('}')?)))
    {
        let value = values.iter().find(|(name, _)| *name == gap).map(|(_, value)| *value);
        filled.push_str(before);
        filled.push_str(value.unwrap_or_default());
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_file_has_what_the_worker_shows() {
        let words: Words = read_text(TEXT).unwrap();
        let Asked { title, only, open, otherwise } = words.asked;
        for text in [words.lang, words.unopened, title, only, open, otherwise] {
            assert!(!text.is_empty());
        }
    }

    #[test]
    fn a_value_is_put_in_as_it_is() {
        let values = [("project", "{user}"), ("user", "ada")];
        assert_eq!(fill("In {project} as {user}: {other}.", &values), "In {user} as ada: .");
        assert_eq!(fill("{", &values), "{");
    }
}
