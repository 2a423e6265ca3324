use serde_json::json;

use super::*;

fn values() -> Values {
    let values = json!({
        "trigger": {"object": {"id": "85", "topic": "Demo", "n": 5, "yes": true, "none": null}},
        "create": {"output": {"list": [1, {"a b": "x"}], "text": "{{trigger.object.id}}"}},
        "user": {"id": "ada"},
    });
    values.as_object().unwrap().clone()
}

fn filled(template: &Value) -> Result<Value, FillError> {
    Template::parse(template).unwrap_or_else(|misfit| panic!("{misfit}")).fill(&values())
}

fn misfit(template: &Value) -> String {
    Template::parse(template).unwrap_err().to_string()
}

#[test]
fn one_placeholder_keeps_its_type_and_inside_text_it_is_text() {
    for (template, value) in [
        (json!("{{trigger.object.n}}"), json!(5)),
        (json!("{{ trigger.object.yes }}"), json!(true)),
        (json!("{{trigger.object.none}}"), json!(null)),
        (json!("{{create.output.list}}"), json!([1, {"a b": "x"}])),
        (json!("{{create.output.list[1][\"a b\"]}}"), json!("x")),
        (json!(" {{trigger.object.n}}"), json!(" 5")),
        (json!("{{trigger.object.topic}} {{trigger.object.yes}}!"), json!("Demo true!")),
        (json!("<{{trigger.object.none}}>"), json!("<>")),
        (json!("<{{create.output.list}}>"), json!("<[1,{\"a b\":\"x\"}]>")),
        (json!("{\"a\":{{trigger.object.n}}}"), json!("{\"a\":5}")),
        (json!({"a": ["{{user.id}}", 1, null], "b": {}}), json!({"a": ["ada", 1, null], "b": {}})),
        (json!(""), json!("")),
        (json!("}} { {x} }"), json!("}} { {x} }")),
    ] {
        assert_eq!(filled(&template), Ok(value), "{template}");
    }
}

#[test]
fn what_was_filled_in_is_not_looked_at_again() {
    assert_eq!(filled(&json!("{{create.output.text}}")), Ok(json!("{{trigger.object.id}}")));
    assert_eq!(filled(&json!("-{{create.output.text}}")), Ok(json!("-{{trigger.object.id}}")));
}

#[test]
fn a_default_stands_for_what_is_missing_and_for_null() {
    for (template, value) in [
        (json!("{{a.b ?? \"x\"}}"), json!("x")),
        (json!("{{a.b??5}}"), json!(5)),
        (json!("{{a.b ?? {\"a\":{\"b\":[]}}}}"), json!({"a": {"b": []}})),
        (json!("{{ a.b  ??  null }}"), json!(null)),
        (json!("{{trigger.object.none ?? false}}"), json!(false)),
        (json!("{{trigger.object.n ?? 7}}"), json!(5)),
        (json!("-{{a ?? \"}}\"}}-"), json!("-}}-")),
        (json!("{{a ?? \"{{user.id}}\"}}"), json!("{{user.id}}")),
    ] {
        assert_eq!(filled(&template), Ok(value), "{template}");
    }
}

#[test]
fn braces_themselves_are_written_as_a_text() {
    assert_eq!(filled(&json!("{{\"{{\"}}user.id}}")), Ok(json!("{{user.id}}")));
    assert_eq!(filled(&json!("{{ \"a\\n\" }}")), Ok(json!("a\n")));
}

#[test]
fn what_is_missing_is_named_with_its_place() {
    let error = filled(&json!({"a": [{"b": "x {{create.output.idd}}"}]})).unwrap_err();
    assert_eq!(error.to_string(), "a[0].b: {{create.output.idd}} is not there");
    let error = filled(&json!("{{trigger.object.id[0]}}")).unwrap_err();
    assert_eq!(error.to_string(), "{{trigger.object.id[0]}} is not there");
}

#[test]
fn what_is_no_placeholder_is_named_with_its_place() {
    let wanted = "a placeholder such as {{trigger.object.id}} is wanted";
    for (text, said) in [
        ("é {{", format!("{wanted}, not this text (see its character 5)")),
        ("{{}}", format!("{wanted}, not this text (see its character 3)")),
        ("{{a..b}}", format!("{wanted}, not this text (see its character 4)")),
        ("{{a", "}} is wanted, not this text (see its character 4)".to_owned()),
        ("{{a b}}", "}} is wanted, not this text (see its character 5)".to_owned()),
        (
            "{{a ?? }}",
            "JSON such as \"text\", 5 or null is wanted, not this text (see its character 8)"
                .to_owned(),
        ),
        ("{{[0]}}", "a name is wanted first, not this text (see its character 3)".to_owned()),
        (
            "{{secrets}}",
            "the name of a secret is wanted: {{secrets.name}}, not this text (see its character 3)"
                .to_owned(),
        ),
        (
            "{{2.output}}",
            "the number or the id of a step is wanted, not this text (see its character 3)"
                .to_owned(),
        ),
    ] {
        assert_eq!(misfit(&json!(text)), said, "{text}");
    }
    assert!(misfit(&json!({"a": [1, "{{"]})).starts_with("a[1]: a placeholder"));
}

#[test]
fn what_a_template_needs_is_the_beginning_of_each_path() {
    let template = Template::parse(&json!({
        "a": "{{trigger.object.id}}{{1.event.x}}", "b": ["{{secrets.backend}}", "{{secrets[\"c d\"].x}}"],
        "c": "{{create.output}}", "d": "{{settings.userId}}",
    }));
    let roots: Vec<String> = template.unwrap().roots().into_iter().collect();
    assert_eq!(roots, ["create", "secrets.backend", "secrets.c d", "trigger", "user"]);
}

#[test]
fn a_template_is_so_long_and_so_deep_at_most() {
    let text = |length: usize| json!("x".repeat(length));
    assert!(Template::parse(&text(LONGEST - 2)).is_ok());
    assert!(misfit(&text(LONGEST - 1)).starts_with("at most 64 KiB are wanted"));
    let deep = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!({"a": inner}));
    assert!(Template::parse(&deep(32)).is_ok());
    assert!(misfit(&deep(33)).starts_with("at most 64 KiB are wanted, at most 32 deep"));
}

#[test]
fn what_is_filled_in_is_so_long_and_so_deep_at_most() {
    let fill = |template: &Value, value: Value| {
        let values = Values::from_iter([("v".to_owned(), value)]);
        Template::parse(template).unwrap().fill(&values)
    };
    let half = json!("x".repeat(LARGEST / 2 - 10));
    assert!(fill(&json!(["{{v}}", "{{v}}"]), half.clone()).is_ok());
    assert!(fill(&json!("{{v}} {{v}}"), half.clone()).is_ok());
    for template in [json!(["{{v}}", "{{v}}", {"a": "{{v}}"}]), json!("{{v}}{{v}}{{v}}")] {
        let error = fill(&template, half.clone()).unwrap_err();
        assert!(matches!(error, FillError::TooLarge { .. }), "{error}");
    }
    let deep = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    assert!(fill(&json!({"a": ["{{v}}"]}), deep(30)).is_ok());
    let error = fill(&json!({"a": ["{{v}}"]}), deep(31)).unwrap_err();
    assert_eq!(error, FillError::TooLarge { at: "a[0]".to_owned() });
}
