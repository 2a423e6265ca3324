//! The moves of tests of steps: a workflow of some steps is run from its trigger to its end, and what it left is read.

use std::time::Duration;

use isthmus::{
    host::Host,
    record::{grant::Grant, read_rows, run_text},
    run::{Cause, begin_with, new_run},
    testing::Manner,
};
use isthmus_sandbox::{CallRecord, Kind};
use serde_json::{Value, json};

use crate::{moves::connected, world::World};

/// A world in which Ada is connected, and no call of Zoom's was made yet.
pub async fn ready() -> World {
    let world = connected().await;
    world.zoom.reset_calls();
    world
}

/// What became of a run.
#[derive(Debug)]
pub struct Ended {
    pub id: String,
    /// `succeeded`, or the status with the problem.
    pub how: String,
}

impl World {
    /// Begins with a run of these steps; nothing of it is done yet.
    pub async fn sets_out(&self, steps: &Value, trigger: &Value) -> String {
        let count = self.host.sql("SELECT count(*) AS n FROM workflows", [])[0]["n"].clone();
        let workflow = format!("w{count}");
        self.deployed_with(&workflow, json!({"type": "request"}), true, steps);
        let rows = self.host.sql("SELECT * FROM grants", []);
        let grant = read_rows::<Grant>(rows.into_iter()).unwrap().remove(0);
        let cause = Cause {
            event: "e",
            workflow_id: &workflow,
            version: 1,
            trigger_key: "request",
            replay: 0,
        };
        let run = new_run(&grant, &cause, self.host.now());
        let id = run.id.clone();
        begin_with(&self.host, &[(run, trigger.to_string())]).await.unwrap();
        id
    }

    /// Goes on with a run until it ends; time passes while it sleeps.
    pub async fn comes_to_its_end(&self, id: String) -> Ended {
        for _ in 0..1000 {
            self.host.turn_runs().await;
            let run = self.host.sql("SELECT * FROM runs WHERE id = ?1", [json!(id)]).remove(0);
            if run["ended_at"].is_i64() {
                let words =
                    [&run["status"], &run["problem"]].map(|word| word.as_str().unwrap_or_default());
                return Ended { id, how: words.join(" ").trim().to_owned() };
            }
            let Some(at) = self.host.next_waking() else { break };
            let wait = u64::try_from(at.since(self.host.now())).unwrap();
            self.pass(Duration::from_millis(wait));
        }
        panic!("the run stands still: {:?} {:?}", self.runs(), self.host.log_lines());
    }

    /// A whole run of these steps.
    pub async fn runs_through(&self, steps: Value) -> Ended {
        self.runs_on(steps, json!({})).await
    }

    /// The same with something to begin with.
    pub async fn runs_on(&self, steps: Value, trigger: Value) -> Ended {
        let id = self.sets_out(&steps, &trigger).await;
        self.comes_to_its_end(id).await
    }

    /// A text of a step: what it was given, gave, or failed with.
    pub async fn text(&self, run: &Ended, step: &str, kind: &str) -> Value {
        let rows = self.host.tables(vec![run_text::of_step(&run.id, step)]).await.unwrap();
        let texts = run_text::join(&self.host, rows.into_iter().flatten().collect()).unwrap();
        let text = texts.get(&format!("{step}/{kind}"));
        text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
    }

    pub async fn output(&self, run: &Ended, step: &str) -> Value {
        self.text(run, step, "output").await
    }

    /// Why a step failed: code and message.
    pub async fn error(&self, run: &Ended, step: &str) -> (String, String) {
        let error = self.text(run, step, "error").await;
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        (text("code"), text("message"))
    }

    /// How far a step is, as its row says: status, problem, attempts.
    pub fn step(&self, run: &Ended, step: &str) -> (String, Option<String>, i64) {
        let sql = "SELECT * FROM run_steps WHERE run_id = ?1 AND step = ?2";
        let row = self.host.sql(sql, [json!(run.id), json!(step)]).remove(0);
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        (text("status").unwrap(), text("problem"), row["attempts"].as_i64().unwrap())
    }

    /// What was asked of Zoom, as method and address.
    pub fn asked(&self) -> Vec<String> {
        let line = |call: CallRecord| format!("{} {}", call.method, call.path);
        self.zoom.calls_of(Kind::Api).into_iter().map(line).collect()
    }

    /// The topics of Ada's meetings at Zoom's.
    pub async fn topics(&self) -> Vec<String> {
        let all = self.zoom(http::Method::GET, "u1", "users/me/meetings?page_size=300", None).await;
        let topic = |meeting: &Value| meeting["topic"].as_str().unwrap().to_owned();
        all.json()["meetings"].as_array().unwrap().iter().map(topic).collect()
    }

    /// From now on the engine takes runs up by itself when the process has died.
    pub fn resumes(&self) {
        self.host.run_engine(Manner { resumes: true, ..Manner::default() });
    }
}
