//! The numbered names of Paragon's placeholders (`{{1.event.x}}`, `{{2.output.y}}`), as ours: the trigger is number 1, and
//! the steps follow in the order of the document. What is not numbered stays as it is.

use super::path::{Part, Path};

/// The ids of a workflow's steps in the order of its document.
pub(super) type Steps<'a> = &'a [String];

/// What a path means; where its number means nothing, what would.
pub(super) fn resolve(path: Path, steps: Steps) -> Result<Path, &'static str> {
    match path.name(0) {
        Some("settings") if path.name(1) == Some("userId") => Ok(under(&["user", "id"], &path, 2)),
        Some(name) if name.bytes().all(|byte| byte.is_ascii_digit()) => {
            numbered(name, &path, steps)
        }
        Some(_) => Ok(path),
        None => Err("a name is wanted first"),
    }
}

fn numbered(number: &str, path: &Path, steps: Steps) -> Result<Path, &'static str> {
    let number: usize = number.parse().unwrap_or_default();
    let what = path.name(1).unwrap_or_default();
    if number == 1 {
        return match what {
            "event" | "request" | "output" => Ok(under(&["trigger"], path, 2)),
            _ => Err("of number 1, the trigger, event, request or output is wanted"),
        };
    }
    let step = number.checked_sub(2).and_then(|index| steps.get(index));
    let step = step.ok_or("the number or the id of a step is wanted")?.as_str();
    match what {
        "output" | "result" | "response" if path.name(2) == Some("statusCode") => {
            Ok(under(&[step, "output", "status_code"], path, 3))
        }
        "output" | "result" | "response" => Ok(under(&[step, "output"], path, 2)),
        "instance" => Ok(under(&[step, "instance"], path, 2)),
        "selectedChoice" => Ok(under(&[step, "output", "choice"], path, 2)),
        _ => Err("of a number, output, result, response, instance or selectedChoice is wanted"),
    }
}

/// These names, and what follows the first so many parts of a path.
fn under(names: &[&str], path: &Path, parts: usize) -> Path {
    let names = names.iter().map(|name| Part::Name((*name).to_owned()));
    Path(names.chain(path.0.iter().skip(parts).cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(path: &str) -> Result<String, &'static str> {
        let steps = ["create".to_owned(), "each".to_owned()];
        resolve(Path::parse(path).unwrap(), &steps).map(|path| path.to_string())
    }

    #[test]
    fn numbers_count_from_the_trigger() {
        for (numbered, meant) in [
            ("1.event.userId", "trigger.userId"),
            ("1.event", "trigger"),
            ("1.request.body.a[0]", "trigger.body.a[0]"),
            ("1.output[\"c d\"]", "trigger[\"c d\"]"),
            ("2.output.id", "create.output.id"),
            ("2.result.id", "create.output.id"),
            ("2.response.statusCode", "create.output.status_code"),
            ("2.response.body.statusCode", "create.output.body.statusCode"),
            ("3.instance.email", "each.instance.email"),
            ("3.selectedChoice", "each.output.choice"),
            ("settings.userId", "user.id"),
            ("settings.user_id", "settings.user_id"),
            ("create.output.id", "create.output.id"),
        ] {
            assert_eq!(means(numbered), Ok(meant.to_owned()), "{numbered}");
        }
    }

    #[test]
    fn a_number_that_means_nothing_is_refused() {
        let no_step = Err("the number or the id of a step is wanted");
        for path in ["0.output", "4.output", "99999999999999999999999.output"] {
            assert_eq!(means(path), no_step, "{path}");
        }
        assert!(means("1.result.x").unwrap_err().contains("the trigger"));
        assert!(means("2.event.x").unwrap_err().contains("selectedChoice"));
        assert!(means("2").is_err());
        assert_eq!(means("[0].x"), Err("a name is wanted first"));
    }
}
