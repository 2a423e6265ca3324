use serde_json::{Value, json};

use super::*;

fn filter(value: &Value) -> Filter {
    Filter::parse(&value.to_string()).unwrap_or_else(|misfit| panic!("{value}: {misfit}"))
}

fn holds(operator: &str, value: Value, found: Value) -> bool {
    let one = json!({"field": "found", "operator": operator, "value": value});
    filter(&one).matches(&json!({"found": found}))
}

fn holds_of_nothing(operator: &str, value: Value) -> bool {
    filter(&json!({"field": "found", "operator": operator, "value": value})).matches(&json!({}))
}

fn misfit(value: &Value) -> String {
    Filter::parse(&value.to_string()).unwrap_err().to_string()
}

/// Each operator: a value that fits it, what it holds of, what it does not hold of, and whether it holds where there is
/// nothing.
fn table() -> Vec<(&'static str, Value, Vec<Value>, Vec<Value>, bool)> {
    let eight = "2026-11-22T08:00:00Z";
    let nine = json!("2026-11-22T10:00:00+01:00");
    let odd = || vec![json!(null), json!(true), json!([]), json!({"a": 1})];
    let and = |mut list: Vec<Value>, more: &[Value]| {
        list.extend_from_slice(more);
        list
    };
    let texts = |list: &[&str]| list.iter().map(|text| json!(text)).collect::<Vec<_>>();
    vec![
        (
            "$stringContains",
            json!("em"),
            texts(&["Demo", "em"]),
            and(odd(), &texts(&["", "EM"])),
            false,
        ),
        (
            "$stringDoesNotContain",
            json!("em"),
            and(odd(), &texts(&["", "EM"])),
            texts(&["Demo"]),
            true,
        ),
        (
            "$stringExactlyMatches",
            json!("8"),
            vec![json!("8"), json!(8)],
            and(odd(), &texts(&["88"])),
            false,
        ),
        (
            "$stringDoesNotExactlyMatch",
            json!("8"),
            and(odd(), &texts(&["88"])),
            vec![json!("8"), json!(8)],
            true,
        ),
        (
            "$stringIsIn",
            json!(["a", "8"]),
            vec![json!("a"), json!(8)],
            and(odd(), &texts(&["b"])),
            false,
        ),
        (
            "$stringIsNotIn",
            json!(["a", "8"]),
            and(odd(), &texts(&["b"])),
            vec![json!("a"), json!(8)],
            true,
        ),
        ("$stringStartsWith", json!("De"), texts(&["Demo"]), and(odd(), &texts(&["XDe"])), false),
        (
            "$stringDoesNotStartWith",
            json!("De"),
            and(odd(), &texts(&["XDe"])),
            texts(&["Demo"]),
            true,
        ),
        ("$stringEndsWith", json!("mo"), texts(&["Demo"]), and(odd(), &texts(&["mox"])), false),
        (
            "$stringDoesNotEndWith",
            json!("mo"),
            and(odd(), &texts(&["mox"])),
            texts(&["Demo"]),
            true,
        ),
        (
            "$stringGreaterThan",
            json!("b"),
            texts(&["c", "ba", "é"]),
            and(odd(), &texts(&["b", "a"])),
            false,
        ),
        (
            "$stringLessThan",
            json!("b"),
            texts(&["a", "", "B"]),
            and(odd(), &texts(&["b", "c"])),
            false,
        ),
        (
            "$numberGreaterThan",
            json!(5),
            vec![json!(5.1), json!("6")],
            and(odd(), &[json!(5), json!("six")]),
            false,
        ),
        (
            "$numberLessThan",
            json!(5),
            vec![json!(4.9), json!("-6")],
            and(odd(), &[json!(5), json!("")]),
            false,
        ),
        (
            "$numberEquals",
            json!(5),
            vec![json!(5), json!(5.0), json!("5")],
            and(odd(), &[json!(6), json!("inf")]),
            false,
        ),
        (
            "$numberDoesNotEqual",
            json!(5),
            and(odd(), &[json!(6), json!("NaN")]),
            vec![json!(5.0), json!("5")],
            true,
        ),
        (
            "$numberLessThanOrEqualTo",
            json!(5),
            vec![json!(5), json!(-1)],
            and(odd(), &[json!(5.1)]),
            false,
        ),
        (
            "$numberGreaterThanOrEqualTo",
            json!(5),
            vec![json!(5), json!(9e9)],
            and(odd(), &[json!(4.9)]),
            false,
        ),
        (
            "$dateTimeAfter",
            json!(eight),
            vec![nine.clone()],
            and(odd(), &[json!(eight), json!("soon")]),
            false,
        ),
        (
            "$dateTimeBefore",
            nine.clone(),
            vec![json!(eight), json!(0)],
            and(odd(), &[nine.clone(), json!("")]),
            false,
        ),
        (
            "$dateTimeEquals",
            json!("2026-11-22T09:00:00Z"),
            vec![nine],
            and(odd(), &[json!(eight)]),
            false,
        ),
        (
            "$booleanTrue",
            json!(null),
            vec![json!(true)],
            vec![json!(false), json!("true"), json!(1), json!(null)],
            false,
        ),
        (
            "$booleanFalse",
            json!(null),
            vec![json!(false)],
            vec![json!(true), json!("false"), json!(0), json!(null)],
            false,
        ),
        ("$exists", json!(null), vec![json!(null), json!(""), json!(0)], vec![], false),
        ("$doesNotExist", json!(null), vec![], vec![json!(null), json!("")], true),
        (
            "$isNotUndefinedOrNull",
            json!(null),
            vec![json!(""), json!(false)],
            vec![json!(null)],
            false,
        ),
        ("$isUndefinedOrNull", json!(null), vec![json!(null)], vec![json!(""), json!(false)], true),
        (
            "$arrayIsIn",
            json!("a"),
            vec![json!(["b", "a"])],
            vec![json!(["b"]), json!("a"), json!(null), json!([])],
            false,
        ),
        (
            "$arrayIsNotIn",
            json!("a"),
            vec![json!(["b"]), json!("a"), json!(null)],
            vec![json!(["a"])],
            true,
        ),
        (
            "$arrayIsEmpty",
            json!(null),
            vec![json!([])],
            vec![json!([1]), json!(""), json!({}), json!(null)],
            false,
        ),
        (
            "$arrayIsNotEmpty",
            json!(null),
            vec![json!([1])],
            vec![json!([]), json!("x"), json!({"a": 1}), json!(null)],
            false,
        ),
    ]
}

#[test]
fn every_operator_holds_of_what_it_says_and_of_nothing_else() {
    let table = table();
    assert_eq!(table.len(), 31);
    for (operator, value, yes, no, nothing) in table {
        for found in yes {
            assert!(holds(operator, value.clone(), found.clone()), "{operator} {value} of {found}");
        }
        for found in no {
            let other = holds(operator, value.clone(), found.clone());
            assert!(!other, "{operator} {value} of {found}");
        }
        assert_eq!(holds_of_nothing(operator, value), nothing, "{operator} of nothing");
    }
}

#[test]
fn a_list_of_values_holds_what_was_found_or_the_other_way_round() {
    assert!(holds("$arrayIsIn", json!(["a", 1.0]), json!(1)));
    assert!(holds("$arrayIsIn", json!(true), json!([true])));
    assert!(!holds("$arrayIsIn", json!(["a"]), json!(["a"])));
    assert!(holds("$arrayIsNotIn", json!([1, 2]), json!(3)));
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
    for (operator, value, ..) in table() {
        for field in ["a", "a.b[0]", "a.b[2]", "[0]", "[\"\"]"] {
            let one = filter(&json!({"field": field, "operator": operator, "value": value}));
            for value in values {
                one.matches(&serde_json::from_str(value).unwrap());
            }
        }
    }
}
