//! How long a JSON value is when written, and how deep: what limits are counted in, before anything is copied.

use serde_json::Value;

/// Lists and objects stand inside so many others at most, themselves counted.
pub(super) const DEEPEST: usize = 32;

/// It is too long, or too deep.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

#[cfg(all(test, not(target_arch = "wasm32")))]
std::thread_local! {
    /// So many bytes were looked at on this thread.
    pub(super) static LOOKED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts, for the tests, bytes that are looked at: what reads and fills templates takes time by these.
pub(super) fn looked(bytes: usize) {
    #[cfg(all(test, not(target_arch = "wasm32")))]
    LOOKED.set(LOOKED.get() + bytes);
    #[cfg(any(not(test), target_arch = "wasm32"))]
    let _ = bytes;
}

/// Takes the bytes of a value's JSON off what is left; looks at no more than that. `depth`: inside so many others.
pub(super) fn measure(value: &Value, depth: usize, left: &mut usize) -> Result<(), TooLarge> {
    let inside = if matches!(value, Value::Array(_) | Value::Object(_)) { depth + 1 } else { 0 };
    if inside > DEEPEST {
        return Err(TooLarge);
    }
    match value {
        Value::Null | Value::Bool(true) => take(left, 4),
        Value::Bool(false) => take(left, 5),
        Value::Number(number) => take(left, number.to_string().len()),
        Value::String(text) => measure_text(text, left),
        Value::Array(items) => {
            take(left, 2 + items.len().saturating_sub(1))?;
            items.iter().try_for_each(|item| measure(item, inside, left))
        }
        Value::Object(fields) => {
            take(left, 2 + fields.len().saturating_sub(1))?;
            fields.iter().try_for_each(|(name, value)| {
                take(left, 1)?;
                measure_text(name, left)?;
                measure(value, inside, left)
            })
        }
    }
}

/// A text as JSON writes it, its quotes too.
fn measure_text(text: &str, left: &mut usize) -> Result<(), TooLarge> {
    // What is too long unescaped is not looked at.
    take(left, text.len().saturating_add(2))?;
    looked(text.len());
    let escapes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 1,
        0..32 => 5,
        _ => 0,
    });
    take(left, escapes.sum())
}

fn take(left: &mut usize, bytes: usize) -> Result<(), TooLarge> {
    looked(bytes);
    *left = left.checked_sub(bytes).ok_or(TooLarge)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_as_long_as_its_json() {
        let text = "a\"b\\c\n\r\t\u{8}\u{c}\u{1}\u{1f}\u{7f}é🚒/";
        for value in [
            json!(null),
            json!([true, false, -0.0, 1e300, 12_345_678_901_u64]),
            json!({"": [], "a\n": {}, "b": {"c": [[1], text]}}),
            json!(text),
        ] {
            let length = value.to_string().len();
            let mut left = length;
            assert_eq!(measure(&value, 0, &mut left), Ok(()), "{value}");
            assert_eq!(left, 0, "{value}");
            assert_eq!(measure(&value, 0, &mut { length - 1 }), Err(TooLarge), "{value}");
        }
    }

    #[test]
    fn a_value_is_so_deep_at_most() {
        let deep = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(measure(&deep(32), 0, &mut 1000), Ok(()));
        assert_eq!(measure(&deep(33), 0, &mut 1000), Err(TooLarge));
        assert_eq!(measure(&deep(30), 2, &mut 1000), Ok(()));
        assert_eq!(measure(&deep(30), 3, &mut 1000), Err(TooLarge));
    }
}
