//! What of a workflow is at work: versions that never change, and what the tables find them by.

use http::Method;
use isthmus::testing::Fault;
use serde_json::{Value, json};

use crate::{
    run,
    workflows_api::{definition, with},
    world::World,
};

impl World {
    fn versions(&self) -> Vec<(i64, String)> {
        let rows =
            self.host.sql("SELECT version, definition FROM workflow_versions ORDER BY version", []);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        rows.iter()
            .map(|row| (row["version"].as_i64().unwrap(), text(&row["definition"])))
            .collect()
    }

    fn deployed_row(&self) -> Value {
        let sql = "SELECT version, trigger_key, filter, required, default_enabled FROM workflows";
        Value::Object(self.host.sql(sql, []).remove(0))
    }
}

#[test]
fn what_is_deployed_does_not_change_until_it_is_deployed_again() {
    run(async {
        let world = World::new().await;
        let filter =
            json!({"operator": "$stringContains", "field": "object.topic", "value": "Demo"});
        let mut wish = with(
            "settings",
            json!([
            {"id": "a", "label": "A", "type": "text", "required": true},
            {"id": "b", "label": "B", "type": "text", "required": true, "default": "b"},
            {"id": "c", "label": "C", "type": "text"}]),
        );
        wish["trigger"]["filter"] = filter.clone();
        wish["default_enabled"] = json!(true);
        let made = world.define(wish.clone()).await;
        let deployed = world.deploy_workflow(&made["id"]).await;
        assert_eq!((&deployed["version"], &deployed["status"]), (&json!(1), &json!("deployed")));
        assert_eq!(deployed["changed"], false);
        let row = json!({"version": 1, "trigger_key": "zoom.new_meeting", "filter": filter.to_string(),
            "required": "[\"a\"]", "default_enabled": 1});
        assert_eq!(world.deployed_row(), row);
        assert_eq!(
            world.deploy_workflow(&made["id"]).await["version"],
            1,
            "the same is the same version"
        );
        let changed =
            world.workflow(Method::PATCH, &made["id"], "", Some(definition())).await.json();
        assert_eq!(
            (&changed["data"]["version"], &changed["data"]["revision"]),
            (&json!(1), &json!(2))
        );
        assert_eq!(changed["data"]["changed"], true);
        let listed = world.server(Method::GET, "workflows", None).await.json();
        assert_eq!(listed["data"][0]["changed"], true);
        assert_eq!(world.deployed_row(), row);
        assert_eq!(world.deploy_workflow(&made["id"]).await["version"], 2);
        let row = json!({"version": 2, "trigger_key": "zoom.new_meeting", "filter": null, "required": "[]",
            "default_enabled": 0});
        assert_eq!(world.deployed_row(), row);
        let undeployed = world.workflow(Method::POST, &made["id"], "/undeploy", None).await.json();
        assert_eq!(
            (&undeployed["data"]["version"], &undeployed["data"]["status"]),
            (&json!(null), &json!("draft"))
        );
        assert_eq!(undeployed["data"]["changed"], false);
        assert_eq!(world.deployed_row()["trigger_key"], json!(null));
        assert_eq!(
            world.deploy_workflow(&made["id"]).await["version"],
            2,
            "still the same as the last one"
        );
        let versions = world.versions();
        assert_eq!(versions.iter().map(|one| one.0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(serde_json::from_str::<Value>(&versions[0].1).unwrap(), wish);
        assert_eq!(serde_json::from_str::<Value>(&versions[1].1).unwrap(), definition());
    });
}

#[test]
fn a_deploy_that_dies_at_any_point_happened_or_did_not() {
    run(async {
        let world = World::new().await;
        let made = world.define(definition()).await;
        for call in 0..8 {
            world.host.fault_after(call, "tables", Fault::Fail);
            let answer = world.workflow(Method::POST, &made["id"], "/deploy", None).await;
            let (row, versions) = (world.deployed_row(), world.versions().len());
            let is_whole = (row["version"] == json!(1) && versions == 1)
                || (row["version"] == json!(null) && versions == 0);
            assert!(is_whole, "{call}: {row} {versions}");
            if answer.status == 200 {
                break;
            }
            assert_eq!(answer.refused(), (503, "store_unavailable".to_owned()));
        }
        assert_eq!(world.deploy_workflow(&made["id"]).await["version"], 1);
    });
}
