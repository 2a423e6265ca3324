//! What holds of every template: reading and filling never panic and take time by the length of what is read and written,
//! and what is written reads back.

use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::select,
    test_runner::RngSeed,
};
use serde_json::json;

use super::*;
use crate::workflow::{measure::LOOKED, path::Part, path::Path};

/// The same inputs each time: what breaks is to break for everybody.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 1000,
        rng_seed: RngSeed::Fixed(5),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// What texts of templates are made of, and what comes near it.
const PARTS: [&str; 37] = [
    "{{\"{\"}}{{a}}",
    "{{",
    "}}",
    "{",
    "}",
    "{{a}}",
    "{{a.b[0]}}",
    "{{ b ?? 1 }}",
    "{{\"",
    "\"}}",
    "{{\"{{\"}}",
    "??",
    " ?? ",
    "\"",
    "\\",
    "\\u00e9",
    "[",
    "]",
    "[0]",
    "[\"",
    "\"]",
    ".",
    "a",
    "b",
    "0",
    "1.event",
    "2.output",
    "settings.userId",
    "secrets",
    "secrets.x",
    "null",
    "{\"a\":[1]}",
    " ",
    "\n",
    "é",
    "🚒",
    "\u{0}",
];

fn text() -> impl Strategy<Value = String> {
    let parts = vec(select(&PARTS[..]), 0..24).prop_map(|parts| parts.concat());
    prop_oneof![4 => parts, 1 => any::<String>()]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[ab]", 1 => text()]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Halves are read as they are written; serde_json is not exact with all others.
        any::<i16>().prop_map(|number| Value::from(f64::from(number) / 2.0)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(name(), inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn path() -> impl Strategy<Value = Path> {
    let part =
        prop_oneof![2 => name().prop_map(Part::Name), 1 => (0..3_usize).prop_map(Part::Index)];
    let first = "[abc]".prop_map(Part::Name);
    (first, vec(part, 0..4))
        .prop_map(|(first, rest)| Path([first].into_iter().chain(rest).collect()))
}

fn values() -> impl Strategy<Value = Values> {
    btree_map("[abc]", value(), 0..3).prop_map(|map| map.into_iter().collect())
}

/// A value as it stands, placeholders or not.
fn plain(value: Value) -> Node {
    match value {
        Value::Array(items) => Node::List(items.into_iter().map(plain).collect()),
        Value::Object(fields) => {
            Node::Object(fields.into_iter().map(|(name, value)| (name, plain(value))).collect())
        }
        other => Node::Plain(other),
    }
}

/// What this gives, and how many bytes it looked at.
fn counted<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LOOKED.get();
    let done = work();
    (done, LOOKED.get() - before)
}

/// Each byte is looked at so many times at most.
const TIMES: usize = 8;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_read_or_refused_and_what_was_read_is_filled_or_refused(
        template in value(), values in values(),
    ) {
        let length = template.to_string().len();
        let (read, looked) = counted(|| Template::parse(&template));
        prop_assert!(looked <= TIMES * length, "{looked} for {length}");
        let Ok(read) = read else { return Ok(()) };
        let (filled, looked) = counted(|| read.fill(&values));
        let written = filled.map_or(0, |filled| filled.to_string().len());
        let given = Value::Object(values).to_string().len();
        prop_assert!(looked <= TIMES * (length + written + given), "{looked} for {length}, {written}");
    }

    #[test]
    fn a_template_that_is_written_reads_back(template in value()) {
        let Ok(read) = Template::parse(&template) else { return Ok(()) };
        let written = read.written();
        let again = Template::parse(&written);
        prop_assert_eq!(again, Ok(read), "{}", written);
    }

    #[test]
    fn a_value_that_is_written_as_a_template_is_filled_in_as_itself(value in value()) {
        let written = Template(plain(value.clone())).written();
        let read = Template::parse(&written).map_err(|misfit| TestCaseError::fail(format!("{misfit}: {written}")))?;
        prop_assert_eq!(read.fill(&Values::new()), Ok(value));
    }

    #[test]
    fn one_placeholder_is_the_value_and_inside_text_it_is_its_text(value in value()) {
        let values = Values::from_iter([("a".to_owned(), value.clone())]);
        let fill = |template: &str| Template::parse(&json!(template)).unwrap().fill(&values);
        prop_assert_eq!(fill("{{a}}"), Ok(value.clone()));
        let text = match &value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        prop_assert_eq!(fill("{{a}}!"), Ok(json!(format!("{text}!"))));
        prop_assert_eq!(fill(&format!("{{{{b ?? {value}}}}}")), Ok(value));
    }

    #[test]
    fn a_path_that_is_written_reads_back(path in path()) {
        prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
    }
}

#[test]
fn what_is_long_takes_time_by_its_length() {
    let repeated = [
        "{{",
        "{{a",
        "{{a}}",
        "{{a[",
        "{{a[0",
        "{{a[0]",
        "{{a[\"",
        "{{a ?? ",
        "{{a ?? [",
        "{{a ?? \"",
        "{{a ?? \"}}",
        "{{\"",
        "{{\"a\"}}",
        "{",
        "{ ",
        "{{ ",
        "{{a.",
        "{{a ?? {\"a\":",
        "[",
        ".a",
        "??",
    ];
    for part in repeated {
        for before in ["", "{{", "{{a", "{{a ?? ", "{{a[", "{{\""] {
            for template in [
                json!(format!("{before}{}", part.repeat(30_000 / part.len()))),
                json!(vec![format!("{before}{part}"); 1000]),
            ] {
                let length = template.to_string().len();
                let (read, looked) = counted(|| Template::parse(&template));
                assert!(looked <= TIMES * length, "{looked} for {length} of {before}{part}");
                let Ok(read) = read else { continue };
                let values = Values::from_iter([("a".to_owned(), json!("x"))]);
                let (_, looked) = counted(|| read.fill(&values));
                assert!(looked <= TIMES * length, "{looked} for {length} of {before}{part}");
            }
        }
    }
}

#[test]
fn what_becomes_too_large_is_given_up_on_the_way() {
    let values = Values::from_iter([("a".to_owned(), json!(["x".repeat(1000)]))]);
    for text in ["{{a}}", "{{a}} "] {
        let template = Template::parse(&json!(vec![text; 5000])).unwrap();
        let (filled, looked) = counted(|| template.fill(&values));
        assert!(matches!(filled, Err(FillError::TooLarge { .. })));
        assert!(looked <= TIMES * LARGEST, "{looked}");
    }
}
