use serde_json::json;

use super::*;
use crate::workflow::sample::{CATALOG, everything};

fn parse(value: &Value) -> Result<Definition, String> {
    Definition::parse(&value.to_string(), &CATALOG).map_err(|misfit| misfit.to_string())
}

/// A definition with this in it.
fn with(name: &str, value: Value) -> Result<Definition, String> {
    let mut definition = everything();
    definition[name] = value;
    parse(&definition)
}

fn refusal(name: &str, value: Value) -> String {
    with(name, value).unwrap_err()
}

fn step(value: Value) -> String {
    refusal("steps", Value::Array(vec![value]))
}

#[test]
fn a_definition_is_read_as_it_is_written() {
    let definition = parse(&everything()).unwrap();
    assert_eq!(definition.name, "Assistant");
    assert_eq!(definition.trigger.key(), "zoom.new_meeting");
    assert!(definition.default_enabled && definition.steps[0].retries);
    assert_eq!(definition.settings[1].label, "size");
    let choices = vec![(json!(1), "1".to_owned()), (json!(2), "Two".to_owned())];
    assert_eq!(definition.settings[1].kind, SettingKind::Choice(choices));
    let steps = definition.all_steps();
    let steps: Vec<String> =
        steps.iter().map(|(at, step)| format!("{at} {} {}", step.id, step.does.kind())).collect();
    assert_eq!(
        steps,
        [
            "steps[0] create zoom.create_meeting",
            "steps[1] check condition",
            "steps[1].then[0] list zoom.get_meetings",
            "steps[1].else[0] pause delay",
            "steps[2] all zoom.get_meetings",
            "steps[3] each fan_out",
            "steps[3].steps[0] remove zoom.delete_meeting",
            "steps[4] raw zoom.request",
            "steps[5] tell request",
        ]
    );
}

#[test]
fn each_trigger_is_read() {
    for (trigger, key) in [
        (json!({"type": "zoom.new_meeting"}), "zoom.new_meeting"),
        (json!({"type": "event", "name": "Task Created"}), "event/Task Created"),
        (json!({"type": "request"}), "request"),
        (json!({"type": "integration_enabled"}), "integration_enabled"),
        (
            json!({"type": "schedule", "cron": "0 0 9 * * *", "timezone": "Europe/Berlin"}),
            "schedule",
        ),
    ] {
        assert_eq!(with("trigger", trigger).unwrap().trigger.key(), key);
    }
    let wanted = json!({"type": "request", "required": [{"part": "headers", "key": "X-Id"}]});
    let Trigger::Request { wanted } = with("trigger", wanted).unwrap().trigger else { panic!() };
    assert_eq!((wanted[0].part, wanted[0].key.as_str()), ("headers", "x-id"));
}

#[test]
fn a_trigger_that_does_not_fit_is_named_with_its_place() {
    for (trigger, said) in [
        (json!("x"), "trigger: an object is wanted, not this text"),
        (
            json!({"type": "zoom.new_meetings"}),
            "trigger.type: the type of a trigger, such as event or schedule, is wanted, not zoom.new_meetings (did you mean zoom.new_meeting?)",
        ),
        (json!({"type": "event"}), "trigger.name: a text is wanted, not nothing"),
        (
            json!({"type": "event", "nam": "x"}),
            "trigger.nam: a known field is wanted, not this one (there are type, name) (did you mean name?)",
        ),
        (
            json!({"type": "schedule", "cron": "x"}),
            "trigger.cron: five or six fields such as 0 0 9 * * mon-fri are wanted, not 1",
        ),
        (
            json!({"type": "request", "required": [{"part": "query", "key": "a"}]}),
            "trigger.required[0].part: headers, body or params is wanted, not this text",
        ),
        (
            json!({"type": "zoom.new_meeting", "filter": {"operator": "$exists"}}),
            "trigger.filter.field: a path such as object.participant.email is wanted, not nothing",
        ),
    ] {
        assert_eq!(refusal("trigger", trigger), said);
    }
}

#[test]
fn a_step_that_does_not_fit_is_named_with_its_place() {
    let known = "id, type, retry, continue_on_error, description, inputs";
    for (value, said) in [
        (json!(5), "steps[0]: an object is wanted, not this number".to_owned()),
        (json!({"id": "a", "type": "zoom.create_meting"}), "steps[0].type: the type of a step, such as request or delay, is wanted, not zoom.create_meting (did you mean zoom.create_meeting?)".to_owned()),
        (json!({"id": "Not so", "type": "delay"}), format!("steps[0].id: {A_NAME}, not Not so")),
        (json!({"id": "user", "type": "delay"}), "steps[0].id: another id is wanted: this one has a meaning in {{ }}, not user".to_owned()),
        (json!({"id": "a", "type": "delay", "input": {}}), format!("steps[0].input: a known field is wanted, not this one (there are {known}) (did you mean inputs?)")),
        (json!({"id": "a", "type": "delay", "inputs": {"value": "{{a"}}), "steps[0].inputs.value: }} is wanted, not this text (see its character 4)".to_owned()),
        (json!({"id": "a", "type": "condition", "then": [{"id": "b"}]}), "steps[0].if: an object is wanted, not nothing".to_owned()),
        (json!({"id": "a", "type": "fan_out", "over": [], "steps": [{"id": "a", "type": "delay"}]}), "steps[0].steps[0].id: each id once is wanted, not a again".to_owned()),
        (json!({"id": "a", "type": "response"}), "steps[0].type: the trigger request is wanted where there is a response, not this".to_owned()),
        (json!({"id": "a", "type": "delay", "retry": 1}), "steps[0].retry: true or false is wanted, not this number".to_owned()),
    ] {
        assert_eq!(step(value), said);
    }
}

#[test]
fn the_whole_does_not_fit() {
    assert_eq!(
        refusal("integration", json!("nylas")),
        "integration: the name of an integration is wanted, not nylas"
    );
    assert!(refusal("stepps", json!([])).contains("did you mean steps?"));
    assert_eq!(
        refusal("name", json!("")),
        "name: a text with something in it, and not too long, is wanted, not a text of 0"
    );
    assert_eq!(refusal("steps", json!({})), "steps: a list of steps is wanted, not an object");
    assert!(
        Definition::parse("{", &CATALOG).unwrap_err().to_string().starts_with("JSON is wanted")
    );
    let long = Definition::parse(&" ".repeat(65_537), &CATALOG).unwrap_err();
    assert_eq!(long.to_string(), "at most 65536 bytes are wanted, not 65537");
    let twice = json!([{"id": "a", "type": "text"}, {"id": "a", "type": "text"}]);
    assert_eq!(refusal("settings", twice), "settings[1].id: each id once is wanted, not a again");
    assert!(
        refusal("settings", json!([{"id": "a", "type": "txt"}]))
            .ends_with("not txt (did you mean text?)")
    );
}

#[test]
fn there_are_so_many_steps_at_most_and_fan_outs_are_nested_twice() {
    let pause = |index: usize| json!({"id": format!("a{index}"), "type": "delay"});
    let steps = |count: usize| (0..count).map(pause).collect::<Value>();
    assert!(with("steps", steps(100)).is_ok());
    assert_eq!(
        refusal("steps", steps(101)),
        "steps[100].id: at most 100 steps are wanted, not more"
    );
    let fan = |id: &str, inner: Value| json!([{"id": id, "type": "fan_out", "over": [1], "steps": inner}]);
    assert!(with("steps", fan("a", fan("b", steps(1)))).is_ok());
    let third = refusal("steps", fan("a", fan("b", fan("c", steps(1)))));
    assert_eq!(
        third,
        "steps[0].steps[0].steps[0]: at most two fan outs, one inside the other, are wanted, not a third"
    );
}

#[test]
fn a_request_may_be_answered_but_not_once_for_each_item() {
    let mut definition = everything();
    definition["trigger"] = json!({"type": "request"});
    definition["steps"] = json!([{"id": "a", "type": "response", "inputs": {"body": {}}}]);
    assert!(parse(&definition).is_ok());
    definition["steps"] =
        json!([{"id": "b", "type": "fan_out", "over": [1], "steps": definition["steps"]}]);
    assert_eq!(
        parse(&definition).unwrap_err(),
        "steps[0].steps[0].type: a response outside of fan outs is wanted, not this"
    );
}

#[test]
fn numbers_count_the_steps_in_the_order_of_the_document() {
    let steps = json!([
        {"id": "a", "type": "condition", "if": {"field": "{{1.event.x}}", "operator": "$exists"},
         "then": [{"id": "b", "type": "delay"}], "else": [{"id": "c", "type": "delay"}]},
        {"id": "d", "type": "request", "inputs": {"body": ["{{3.output}}", "{{4.output}}", "{{5.response.statusCode}}"]}},
    ]);
    let definition = with("steps", steps).unwrap();
    let roots = |does: &Does| does.template().unwrap().1.written().to_string();
    assert_eq!(
        roots(&definition.steps[1].does),
        r#"{"body":["{{b.output}}","{{c.output}}","{{d.output.status_code}}"]}"#
    );
}
