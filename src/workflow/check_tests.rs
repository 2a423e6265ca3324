use serde_json::json;

use super::*;
use crate::workflow::sample::{CATALOG, everything};

fn complaints(definition: &Value, secrets: Option<&[&str]>) -> Vec<String> {
    let definition = Definition::parse(&definition.to_string(), &CATALOG)
        .unwrap_or_else(|misfit| panic!("{misfit}"));
    let secrets: Option<Vec<String>> =
        secrets.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let complaints = check(&definition, &CATALOG, secrets.as_deref());
    complaints.iter().map(|one| format!("{}: {}", one.at, one.message)).collect()
}

/// What is wrong with these steps.
fn steps(steps: Value) -> Vec<String> {
    let mut definition = everything();
    definition["steps"] = steps;
    complaints(&definition, None)
}

/// What is wrong with this text in a step that follows one that creates a meeting.
fn text(text: &str) -> Vec<String> {
    let mut all = json!([
        {"id": "create", "type": "zoom.create_meeting", "inputs": {"topic": "x"}, "continue_on_error": true},
        {"id": "list", "type": "zoom.get_meetings"},
        {"id": "gone", "type": "zoom.delete_meeting", "inputs": {"meeting_id": "1"}},
        {"id": "then", "type": "zoom.create_meeting", "inputs": {"topic": "x"}},
        {"id": "late", "type": "zoom.get_meetings"},
    ]);
    all[3]["inputs"]["topic"] = text.into();
    steps(all)
}

/// What is wrong with the inputs of a step of this type.
fn inputs(kind: &str, inputs: Value) -> Vec<String> {
    let mut step = json!({"id": "one", "type": kind});
    step["inputs"] = inputs;
    steps(Value::Array(vec![step]))
}

#[test]
fn what_is_right_is_not_complained_about() {
    assert_eq!(complaints(&everything(), Some(&["key", "backend"])), [""; 0]);
    assert_eq!(complaints(&everything(), None), [""; 0]);
}

#[test]
fn what_does_not_exist_is_named_with_what_was_meant() {
    for (path, said) in [
        ("create.output.idd", "; did you mean {{create.output.id}}?"),
        ("create.output.settings.use_pmj", "; did you mean {{create.output.settings.use_pmi}}?"),
        ("create.outptu.id", "; did you mean {{create.output.id}}?"),
        ("crate.output.id", "; did you mean {{create.output.id}}?"),
        ("create.output.agenda", "; there are error, id, none, settings, topic"),
        ("create.output.id.x", ""),
        ("list.output.meetings.id", "; did you mean {{list.output.meetings[0].id}}?"),
        ("list.output.meetings[7].topics", "; did you mean {{list.output.meetings[7].topic}}?"),
        ("gone.output.id", ""),
        ("trigger.object.tpoic", "; did you mean {{trigger.object.topic}}?"),
        ("settings.emial", "; did you mean {{settings.email}}?"),
        ("user.name", "; there are id, meta, account"),
        ("user.account.mail", "; did you mean {{user.account.email}}?"),
        ("elsewhere", "; there are trigger, settings, user, secrets, create, list, gone"),
    ] {
        let wanted = format!("steps[3].inputs.topic: {{{{{path}}}}} does not exist{said}");
        assert_eq!(text(&format!("{{{{{path}}}}}")), [wanted]);
    }
}

#[test]
fn what_exists_or_cannot_be_known_is_not_complained_about() {
    for path in [
        "create.output.error.message",
        "create.output.none.x",
        "list.output.meetings[3].id",
        "user.meta.anything[0].at.all",
        "settings.size",
        "settings.userId",
        "1.output.object.id",
        "2.result.id",
        "create.output.agenda ?? \"\"",
    ] {
        assert_eq!(text(&format!("x {{{{{path}}}}}")), [""; 0], "{path}");
    }
    assert_eq!(text("{{settings.emial ?? \"\"}}").len(), 1, "settings are known");
}

#[test]
fn triggers_bring_what_they_bring() {
    let with = |trigger: Value, path: &str| {
        let mut definition = everything();
        definition["trigger"] = trigger;
        definition["steps"] = json!([{"id": "a", "type": "zoom.create_meeting", "inputs": {"topic": format!("{{{{{path}}}}}")}}]);
        complaints(&definition, None).len()
    };
    let request = json!({"type": "request", "required": [{"part": "body", "key": "email"}]});
    for (trigger, path, wrong) in [
        (json!({"type": "event", "name": "x"}), "trigger.a[0].b", 0),
        (request.clone(), "trigger.body.email", 0),
        (request.clone(), "trigger.body.other.x", 0),
        (request.clone(), "trigger.headers.x", 0),
        (request.clone(), "1.request.body.x", 0),
        (request, "trigger.query.x", 1),
        (json!({"type": "integration_enabled"}), "trigger.x", 1),
        (json!({"type": "schedule", "cron": "0 9 * * *"}), "trigger.scheduled_at", 0),
        (json!({"type": "schedule", "cron": "0 9 * * *"}), "trigger.x", 1),
    ] {
        assert_eq!(with(trigger.clone(), path), wrong, "{trigger} {path}");
    }
    let mut definition = everything();
    definition["trigger"] = json!({"type": "schedule", "cron": "0 9 * * *", "timezone": "noon!"});
    definition["steps"] = json!([]);
    let said = ["trigger.timezone: a time zone such as Europe/Berlin is wanted"];
    assert_eq!(complaints(&definition, None), said);
}

#[test]
fn a_step_sees_only_what_is_done_before_it_on_its_way() {
    let say = |id: &str, text: &str| json!({"id": id, "type": "zoom.create_meeting", "inputs": {"topic": text}});
    let fork = |then: Value, otherwise: Value| {
        json!({"id": "fork", "type": "condition", "if": {"field": "trigger.object.id", "operator": "$exists"},
            "then": then, "else": otherwise})
    };
    let fan = |inner: Value| json!({"id": "fan", "type": "fan_out", "over": [1], "steps": inner});
    for (all, said) in [
        (
            json!([say("a", "{{b.output.id}}"), say("b", "")]),
            "b is done later: move it before this step",
        ),
        (json!([say("a", "{{a.output.id}}")]), "a is done later: move it before this step"),
        (
            json!([fork(json!([say("a", "x")]), json!([say("b", "{{a.output.id}}")]))]),
            "a is in the other branch, which is not taken then",
        ),
        (
            json!([fork(json!([say("a", "x")]), json!([say("b", "{{a.output.id ?? 5}}")]))]),
            "a is in the other branch, which is not taken then",
        ),
        (
            json!([fork(json!([say("a", "x")]), json!([])), say("b", "{{a.output.id}}")]),
            "a may not be done: write {{a.output.id ?? null}}, or what stands for it",
        ),
        (
            json!([fan(json!([say("a", "x")])), say("b", "{{a.output.id ?? 5}}")]),
            "a is done for each item of a fan out; use it inside of that",
        ),
    ] {
        let all = steps(all);
        let said = all.iter().find(|one| one.contains(said)).is_some();
        assert!(said, "{all:?}");
    }
    for all in [
        json!([
            say("a", "x"),
            fork(json!([say("b", "{{a.output.id}}{{fork.output.choice}}")]), json!([])),
            say("c", "{{fork.output.choice}}")
        ]),
        json!([fork(json!([say("a", "x")]), json!([])), say("b", "{{a.output.id ?? 5}}")]),
        json!([
            fan(json!([say("a", "{{fan.instance.x}}"), say("b", "{{a.output.id}}")])),
            say("c", "{{fan.output.items}}")
        ]),
    ] {
        assert_eq!(steps(all), [""; 0]);
    }
}

#[test]
fn a_fan_out_knows_its_items() {
    let fan = |over: Value, text: &str| {
        steps(json!([
            {"id": "list", "type": "zoom.get_meetings"},
            {"id": "each", "type": "fan_out", "over": over, "steps": [
                {"id": "a", "type": "zoom.create_meeting", "inputs": {"topic": text}}]},
        ]))
    };
    let over = || json!("{{list.output.meetings}}");
    assert_eq!(fan(over(), "{{each.instance.topic}}"), [""; 0]);
    assert_eq!(
        fan(over(), "{{each.instance.topik}}"),
        [
            "steps[1].steps[0].inputs.topic: {{each.instance.topik}} does not exist; did you mean {{each.instance.topic}}?"
        ]
    );
    assert_eq!(fan(json!([1, 2]), "{{each.instance.x}}"), [""; 0]);
    let said = "steps[1].over: a list is wanted, such as {{list.output.meetings}}";
    assert_eq!(fan(json!("{{list.output.total_records}}"), "x"), [said]);
    assert_eq!(fan(json!("x"), "x"), [said]);
    assert_eq!(fan(over(), "{{each.output.items}}").len(), 1, "it is not over yet");
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    for (wrong, said) in [
        (json!({}), "topic: zoom.create_meeting needs it"),
        (json!({"topic": " "}), "topic: zoom.create_meeting needs it"),
        (
            json!({"topic": "x", "tpic": 1}),
            "tpic: zoom.create_meeting does not take this (did you mean topic?)",
        ),
        (json!({"topic": "x", "duration": "soon"}), "duration: a whole number is wanted"),
        (json!({"topic": "x", "duration": 1.5}), "duration: a whole number is wanted"),
        (
            json!({"topic": "x", "start_time": "soon"}),
            "start_time: a time such as 2026-11-22T08:00:00Z is wanted",
        ),
        (json!({"topic": "x", "type": 3}), "type: one of 1, 2 is wanted"),
        (json!({"topic": "x", "use_pmi": 1}), "use_pmi: true or false is wanted"),
        (json!({"topic": "x", "contact": "ada"}), "contact: an e-mail address is wanted"),
        (json!({"topic": "x", "recurrence": "daily"}), "recurrence: an object is wanted"),
        (json!({"topic": "x", "invitees": {}}), "invitees: a list is wanted"),
        (json!({"topic": ["x"]}), "topic: a text is wanted"),
    ] {
        assert_eq!(inputs("zoom.create_meeting", wrong), [format!("steps[0].inputs.{said}")]);
    }
    let fits = json!({"topic": 5, "duration": "30", "start_time": "2026-11-22T08:00:00", "type": "2",
        "use_pmi": true, "contact": "ada@acme.example", "recurrence": {"type": 1}, "invitees": []});
    assert_eq!(inputs("zoom.create_meeting", fits), [""; 0]);
    let later = json!({"topic": "x", "duration": "{{settings.size}}", "type": "{{settings.size}}", "recurrence": null});
    assert_eq!(inputs("zoom.create_meeting", later), [""; 0]);
}

#[test]
fn steps_without_an_action_have_inputs_too() {
    for (kind, wrong, said) in [
        ("request", json!({"method": "GET"}), "url: request needs it"),
        (
            "request",
            json!({"method": "get", "url": "https://a.example"}),
            "method: one of GET, POST, PUT, PATCH, DELETE is wanted",
        ),
        (
            "request",
            json!({"method": "GET", "url": "ftp://a"}),
            "url: an address that begins with https:// is wanted",
        ),
        (
            "request",
            json!({"method": "GET", "url": "https://a.example", "body_type": "xml"}),
            "body_type: one of json, form, text is wanted",
        ),
        (
            "request",
            json!({"method": "GET", "url": "https://a.example", "params": 5}),
            "params: an object is wanted",
        ),
        (
            "zoom.request",
            json!({"method": "GET", "url": "users/me", "path": "x"}),
            "url: zoom.request takes method, path, params, headers, body only",
        ),
        ("zoom.request", json!({"method": "GET"}), "path: zoom.request needs it"),
        (
            "delay",
            json!({"value": 5, "unit": "weeks"}),
            "unit: one of seconds, minutes, hours, days is wanted",
        ),
        (
            "delay",
            json!({"value": 366, "unit": "days"}),
            "value: a whole number is wanted, and at most 365 days",
        ),
        (
            "delay",
            json!({"value": 0, "unit": "days"}),
            "value: a whole number is wanted, and at most 365 days",
        ),
        ("delay", json!({"unit": "days"}), "value: delay needs it"),
    ] {
        assert_eq!(inputs(kind, wrong), [format!("steps[0].inputs.{said}")]);
    }
    assert_eq!(inputs("delay", json!({"value": "{{settings.size}}", "unit": "hours"})), [""; 0]);
}

#[test]
fn a_secret_is_not_written_into_a_definition() {
    let request = |name: &str, value: Value| {
        let mut request = json!({"method": "GET", "url": "https://a.example"});
        request[name] = value;
        inputs("request", request)
    };
    let refused = |all: Vec<String>, place: &str| {
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(
            all[0].starts_with(&format!("steps[0].inputs.{place}: a secret does not")),
            "{all:?}"
        );
        assert!(all[0].ends_with("write {{secrets.name}}"), "{all:?}");
    };
    for token in ["sk_live_1", "{{secrets.a ?? \"sk_live_1\"}}", "{{\"sk\"}}", "k1{{secrets.a}}"] {
        let bearer = json!({"type": "bearer", "token": token});
        refused(request("authorization", bearer), "authorization.token");
        refused(request("headers", json!({"Authorization": token})), "headers.Authorization");
        refused(request("headers", json!({"X-Api-Key": token})), "headers.X-Api-Key");
    }
    let basic = json!({"type": "basic", "username": "ada", "password": "hunter"});
    refused(request("authorization", basic), "authorization.password");
    for token in
        ["{{secrets.a}}", "Bearer {{secrets.a}}", "Basic {{secrets.a}}", "{{settings.email}}"]
    {
        assert_eq!(request("headers", json!({"Authorization": token, "accept": "x1"})), [""; 0]);
    }
    let kind = request("authorization", json!({"type": "digest"}));
    assert_eq!(kind, ["steps[0].inputs.authorization.type: bearer or basic is wanted"]);
    let token = request("authorization", json!({"type": "bearer"}));
    assert_eq!(token, ["steps[0].inputs.authorization.token: authorization needs it"]);
}

#[test]
fn a_secret_that_is_not_there_is_named() {
    let at = "steps[5].inputs.headers.x-api-key: {{secrets.key}} does not exist";
    let said = |secrets: &[&str]| complaints(&everything(), Some(secrets));
    assert_eq!(said(&["backend", "keys"]), [format!("{at}; did you mean {{{{secrets.keys}}}}?")]);
    assert_eq!(said(&["backend"]), [format!("{at}; there are backend")]);
    assert_eq!(said(&[]).len(), 2);
    assert!(
        said(&[])[1].ends_with("; there are no secrets yet: store it first"),
        "{:?}",
        said(&[])
    );
}

#[test]
fn settings_that_do_not_fit_are_named() {
    let said = |setting: Value| {
        let mut definition = everything();
        definition["settings"] = json!([setting]);
        definition["steps"] = json!([]);
        complaints(&definition, None)
    };
    let choices = json!({"id": "a", "type": "choice"});
    assert_eq!(
        said(choices),
        ["settings[0].choices: a list with a value and a label in it is wanted"]
    );
    for (kind, wrong, right) in [
        ("text", json!(5), json!("x")),
        ("number", json!("5"), json!(5)),
        ("boolean", json!("true"), json!(false)),
        ("email", json!("ada"), json!("ada@acme.example")),
        ("url", json!("acme"), json!("https://acme.example")),
    ] {
        let setting = |default: Value| json!({"id": "a", "type": kind, "default": default});
        assert_eq!(said(setting(wrong)).len(), 1, "{kind}");
        assert_eq!(said(setting(right)), [""; 0], "{kind}");
    }
}

#[test]
fn what_cannot_be_read_is_a_complaint_with_its_place() {
    let mut wrong = everything();
    wrong["steps"][0]["type"] = json!("zoom.meet");
    let complaint = Complaint::from(Definition::parse(&wrong.to_string(), &CATALOG).unwrap_err());
    assert_eq!(complaint.at, "steps[0].type");
    assert!(complaint.message.starts_with("the type of a step"), "{}", complaint.message);
}
