//! What somebody who mistyped a name probably meant.

/// ` (did you mean …?)`, where one of these names is near enough; nothing otherwise.
pub(super) fn did_you_mean(name: &str, all: &[impl AsRef<str>]) -> String {
    nearest(name, all).map_or_else(String::new, |near| format!(" (did you mean {near}?)"))
}

/// The one of these names that is nearest, if it is near enough to be meant.
pub(super) fn nearest<'a>(name: &str, all: &'a [impl AsRef<str>]) -> Option<&'a str> {
    // Whoever mistypes does so by a letter or two; longer names are of no use to compare.
    let enough = |known: &str| known.len().max(name.len()).div_ceil(3).min(4);
    let long = |known: &str| known.len().max(name.len()) > 80;
    let far = all
        .iter()
        .map(AsRef::as_ref)
        .filter(|known| !long(known) && known.len().abs_diff(name.len()) <= 2 * enough(known));
    let far = far.map(|known| (distance(name, known), known));
    let near = far.filter(|(distance, known)| *distance <= enough(known));
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// How many letters have to be changed, added, left out or swapped (Damerau and Levenshtein, swaps of neighbours only).
fn distance(one: &str, other: &str) -> usize {
    let fold = |text: &str| -> Vec<char> { text.chars().flat_map(char::to_lowercase).collect() };
    let (one, other) = (fold(one), fold(other));
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.iter().enumerate() {
        let mut next = vec![index + 1];
        for (place, known) in other.iter().enumerate() {
            let at =
                |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let changed = at(&row, place) + usize::from(letter != known);
            let added = at(&next, place).min(at(&row, place + 1)) + 1;
            let last = |letters: &[char], index: usize| {
                index.checked_sub(1).and_then(|index| letters.get(index).copied())
            };
            let swapped = last(&one, index) == Some(*known) && last(&other, place) == Some(*letter);
            let swap =
                if swapped { at(&before, place.wrapping_sub(1)) + 1 } else { usize::MAX / 2 };
            next.push(changed.min(added).min(swap));
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_mistyped_is_recognised() {
        for (one, other, far) in [
            ("id", "idd", 1),
            ("topic", "tpoic", 1),
            ("", "abc", 3),
            ("Ä", "ä", 0),
            ("ab", "cd", 2),
        ] {
            assert_eq!(distance(one, other), far, "{one} {other}");
            assert_eq!(distance(other, one), far, "{other} {one}");
        }
        let all = ["topic", "start_time", "type"];
        assert_eq!(nearest("tpoic", &all), Some("topic"));
        assert_eq!(nearest("startTime", &all), Some("start_time"));
        assert_eq!(nearest("agenda", &all), None);
        assert_eq!(did_you_mean("types", &all), " (did you mean type?)");
    }
}
