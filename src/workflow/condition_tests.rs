use serde_json::{Value, json};

use super::*;

fn filter(value: &Value) -> Filter {
    Filter::parse(&value.to_string()).unwrap_or_else(|misfit| panic!("{value}: {misfit}"))
}

fn holds(operator: &str, value: &Value, found: &Value) -> bool {
    let one = json!({"field": "found", "operator": operator, "value": value});
    filter(&one).matches(&json!({"found": found}))
}

fn holds_of_nothing(operator: &str, value: &Value) -> bool {
    filter(&json!({"field": "found", "operator": operator, "value": value})).matches(&json!({}))
}

fn values(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn misfit(value: &Value) -> String {
    Filter::parse(&value.to_string()).unwrap_err().to_string()
}

/// An operator, a value that fits it, what it holds of, what it does not hold of, and whether it holds of nothing.
type Row = (&'static str, &'static str, &'static str, &'static str, bool);

/// Each operator, all as JSON.
const TABLE: [Row; 31] = [
    ("$stringContains", r#""em""#, r#"["Demo", "em"]"#, r#"["", "EM"]"#, false),
    ("$stringDoesNotContain", r#""em""#, r#"["", "EM"]"#, r#"["Demo"]"#, true),
    ("$stringExactlyMatches", r#""8""#, r#"["8", 8]"#, r#"["88", ""]"#, false),
    ("$stringDoesNotExactlyMatch", r#""8""#, r#"["88"]"#, r#"["8", 8]"#, true),
    ("$stringIsIn", r#"["a", "8"]"#, r#"["a", 8]"#, r#"["b"]"#, false),
    ("$stringIsNotIn", r#"["a", "8"]"#, r#"["b"]"#, r#"["a", 8]"#, true),
    ("$stringStartsWith", r#""De""#, r#"["Demo"]"#, r#"["XDe"]"#, false),
    ("$stringDoesNotStartWith", r#""De""#, r#"["XDe"]"#, r#"["Demo"]"#, true),
    ("$stringEndsWith", r#""mo""#, r#"["Demo"]"#, r#"["mox"]"#, false),
    ("$stringDoesNotEndWith", r#""mo""#, r#"["mox"]"#, r#"["Demo"]"#, true),
    ("$stringGreaterThan", r#""b""#, r#"["c", "ba", "é"]"#, r#"["b", "a"]"#, false),
    ("$stringLessThan", r#""b""#, r#"["a", "", "B"]"#, r#"["b", "c"]"#, false),
    ("$numberGreaterThan", "5", r#"[5.1, "6"]"#, r#"[5, "six"]"#, false),
    ("$numberLessThan", "5", r#"[4.9, "-6"]"#, r#"[5, ""]"#, false),
    ("$numberEquals", "5", r#"[5, 5.0, "5"]"#, r#"[6, "inf"]"#, false),
    ("$numberDoesNotEqual", "5", r#"[6, "NaN"]"#, r#"[5.0, "5"]"#, true),
    ("$numberLessThanOrEqualTo", "5", "[5, -1]", "[5.1]", false),
    ("$numberGreaterThanOrEqualTo", "5", "[5, 9e9]", "[4.9]", false),
    ("$dateTimeAfter", EIGHT, NINES, r#"["2026-11-22T08:00:00Z", "soon", 0]"#, false),
    ("$dateTimeBefore", EIGHT, r#"["2026-11-22T07:59:59.999Z", 0]"#, NINES, false),
    ("$dateTimeEquals", EIGHT, r#"["2026-11-22T09:00:00+01:00"]"#, NINES, false),
    ("$booleanTrue", "null", "[true]", r#"[false, "true", 1, null]"#, false),
    ("$booleanFalse", "null", "[false]", r#"[true, "false", 0, null]"#, false),
    ("$exists", "null", r#"[null, "", 0]"#, "[]", false),
    ("$doesNotExist", "null", "[]", r#"[null, ""]"#, true),
    ("$isNotUndefinedOrNull", "null", r#"["", false]"#, "[null]", false),
    ("$isUndefinedOrNull", "null", "[null]", r#"["", false]"#, true),
    ("$arrayIsIn", r#""a""#, r#"[["b", "a"]]"#, r#"[["b"], "a", null, []]"#, false),
    ("$arrayIsNotIn", r#""a""#, r#"[["b"], "a", null]"#, r#"[["a"]]"#, true),
    ("$arrayIsEmpty", "null", "[[]]", r#"[[1], "", {}, null]"#, false),
    ("$arrayIsNotEmpty", "null", "[[1]]", r#"[[], "x", {"a": 1}, null]"#, false),
];
const EIGHT: &str = r#""2026-11-22T08:00:00Z""#;
const NINES: &str = r#"["2026-11-22T10:00:00+01:00", "2026-11-22T09:00:00.5Z"]"#;

#[test]
fn every_operator_holds_of_what_it_says_and_of_nothing_else() {
    for (operator, value, yes, no, nothing) in TABLE {
        let value = serde_json::from_str(value).unwrap();
        for (wanted, all) in [(true, yes), (false, no)] {
            for found in values(all) {
                assert_eq!(
                    holds(operator, &value, &found),
                    wanted,
                    "{operator} {value} of {found}"
                );
            }
        }
        assert_eq!(holds_of_nothing(operator, &value), nothing, "{operator} of nothing");
    }
}

#[test]
fn what_is_of_another_kind_is_like_nothing_to_what_compares() {
    let compares =
        |name: &str| ["$string", "$number", "$date"].iter().any(|kind| name.starts_with(kind));
    for (operator, value, .., nothing) in TABLE.into_iter().filter(|row| compares(row.0)) {
        let value = serde_json::from_str(value).unwrap();
        for found in values(r#"[null, true, [], ["Demo", 5], {"a": 1}]"#) {
            assert_eq!(holds(operator, &value, &found), nothing, "{operator} {value} of {found}");
        }
    }
}

#[test]
fn a_list_of_values_holds_what_was_found_or_the_other_way_round() {
    assert!(holds("$arrayIsIn", &json!(["a", 1.0]), &json!(1)));
    assert!(holds("$arrayIsIn", &json!(true), &json!([true])));
    assert!(!holds("$arrayIsIn", &json!(["a"]), &json!(["a"])));
    assert!(holds("$arrayIsNotIn", &json!([1, 2]), &json!(3)));
}

#[test]
fn a_value_of_another_kind_than_its_operator_compares_is_refused() {
    for (operators, wanted, wrong) in [
        ("Contains ExactlyMatches StartsWith EndsWith GreaterThan LessThan", "a text", json!(1)),
        ("IsIn IsNotIn", "a list of texts", json!(["a", 1])),
    ] {
        for operator in operators.split(' ') {
            let one =
                json!({"field": "a", "operator": format!("$string{operator}"), "value": wrong});
            let said = misfit(&one);
            assert!(said.starts_with(&format!("value: {wanted} is wanted, not ")), "{said}");
        }
    }
    for (operator, wanted) in [
        ("$numberEquals", "a number is wanted"),
        ("$dateTimeAfter", "a time such as \"2026-11-22T08:00:00Z\" is wanted"),
    ] {
        for wrong in [json!("8"), json!(null), json!([8]), json!(true)] {
            let said = misfit(&json!({"field": "a", "operator": operator, "value": wrong}));
            assert!(said.starts_with(&format!("value: {wanted}, not ")), "{said}");
        }
    }
    assert_eq!(
        misfit(&json!({"field": "a", "operator": "$arrayIsIn"})),
        "value: a value is wanted, not nothing"
    );
}

#[test]
fn one_of_the_groups_has_to_hold_and_in_it_every_condition() {
    let is = |field: &str, text: &str| json!({"field": field, "operator": "$stringExactlyMatches", "value": text});
    let both = json!({"operator": "AND", "conditions": [is("a", "1"), is("b", "2")]});
    let any = json!({"operator": "OR", "conditions": [both, is("c", "3")]});
    for (value, wanted) in [
        (json!({"a": "1", "b": "2"}), true),
        (json!({"a": "1", "b": "x"}), false),
        (json!({"c": "3"}), true),
        (json!({}), false),
        (json!(null), false),
    ] {
        assert_eq!(filter(&any).matches(&value), wanted, "{value}");
    }
    assert!(filter(&both).matches(&json!({"a": "1", "b": "2"})));
    assert!(filter(&is("c", "3")).matches(&json!({"c": "3"})));
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    let or = |one: Value| json!({"operator": "OR", "conditions": [{"operator": "AND", "conditions": [one]}]});
    let inside = "conditions[0].conditions[0].";
    let fits = json!({"field": "a", "operator": "$exists"});
    let mut nameless = fits.clone();
    nameless["operator"] = json!(null);
    for (value, said) in [
        (json!([]), "an object is wanted, not a list".to_owned()),
        (json!({}), "operator: a text is wanted, not nothing".to_owned()),
        (
            json!({"operator": "OR"}),
            "conditions: a list with a condition in it is wanted, not nothing".to_owned(),
        ),
        (
            json!({"operator": "AND", "conditions": []}),
            "conditions: a list with a condition in it is wanted, not a list".to_owned(),
        ),
        (
            json!({"operator": "NOR"}),
            "operator: an operator such as $stringContains is wanted, not NOR".to_owned(),
        ),
        (
            or(json!(7)),
            "conditions[0].conditions[0]: an object is wanted, not this number".to_owned(),
        ),
        (or(nameless), format!("{inside}operator: a text is wanted, not nothing")),
        (
            or(json!({"operator": "$exists"})),
            format!(
                "{inside}field: a path such as object.participant.email is wanted, not nothing"
            ),
        ),
        (
            or(json!({"field": "é..b", "operator": "$exists"})),
            format!(
                "{inside}field: a path such as object.participant.email is wanted, not this text (see its character 2)"
            ),
        ),
        (
            or(json!({"field": "a", "operator": "$numberEquals", "value": "1"})),
            format!("{inside}value: a number is wanted, not this text"),
        ),
        (or(or(fits.clone())), format!("{inside}operator: OR is wanted outermost only, not OR")),
        (
            or(json!({"operator": "AND", "conditions": [fits]})),
            format!("{inside}operator: AND is wanted outermost, or right inside OR, not AND"),
        ),
    ] {
        assert_eq!(misfit(&value), said);
    }
    assert!(
        Filter::parse("{").unwrap_err().to_string().starts_with("JSON is wanted, not this (EOF")
    );
}

#[test]
fn a_filter_has_at_most_so_many_conditions_and_bytes() {
    let one = json!({"field": "a", "operator": "$exists"});
    let of = |count: usize| json!({"operator": "AND", "conditions": vec![one.clone(); count]});
    assert!(filter(&of(100)).matches(&json!({"a": 1})));
    assert_eq!(misfit(&of(101)), "at most 100 conditions are wanted, not 101");
    let halves = json!({"operator": "OR", "conditions": [of(50), of(51)]});
    assert_eq!(misfit(&halves), "at most 100 conditions are wanted, not 101");
    let long = |length: usize| json!({"field": "a", "operator": "$stringIsIn", "value": ["x".repeat(length)]});
    let rest = long(0).to_string().len();
    assert!(!filter(&long(8192 - rest)).matches(&json!({})));
    assert_eq!(misfit(&long(8193 - rest)), "at most 8192 bytes are wanted, not 8193");
}

#[test]
fn whatever_a_filter_is_asked_of_nothing_panics() {
    let deep = "[".repeat(100) + &"]".repeat(100);
    let values = ["null", "[]", "{\"a\":{\"b\":[1e300,-0.0,\"\\ud83d\\ude92\"]}}", &deep];
    for (operator, value, ..) in TABLE {
        let value: Value = serde_json::from_str(value).unwrap();
        for field in ["a", "a.b[0]", "a.b[2]", "[0]", "[\"\"]"] {
            let one = filter(&json!({"field": field, "operator": operator, "value": value}));
            for value in values {
                one.matches(&serde_json::from_str(value).unwrap());
            }
        }
    }
}
