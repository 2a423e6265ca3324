//! The engine as a run sees it: the `Steps` of `isthmus::run` on Cloudflare Workflows. `../run.mjs` stands between the two.

use std::{
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::{Context as Poller, Poll},
};

use isthmus::{
    host::HostError,
    run::{LONGEST_RESULT, MOST_STEPS, Steps, Work, run},
};
use js_sys::Promise;
use serde_json::json;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use worker::{Env, worker_sys::Context};

use crate::{
    host::{Cloud, Host},
    wire,
};

const PART: &str = "engine";

#[wasm_bindgen]
extern "C" {
    /// The steps of one run, as `run.mjs` has them.
    pub type RunSteps;

    /// How many steps there are with this one.
    #[wasm_bindgen(method)]
    fn count(this: &RunSteps, name: &str) -> usize;

    #[wasm_bindgen(method)]
    fn perform(this: &RunSteps, name: &str, work: &JsValue) -> Promise;

    #[wasm_bindgen(method)]
    fn sleep(this: &RunSteps, name: &str, milliseconds: f64) -> Promise;

    /// Settles when the run is to be laid aside, because all it does is sleep.
    #[wasm_bindgen(method)]
    fn aside(this: &RunSteps) -> Promise;
}

struct WorkflowSteps {
    host: Rc<Cloud>,
    engine: RunSteps,
}

/// Executes a run until it has come to its end (true) or is laid aside (false): called again, it goes on.
#[wasm_bindgen]
pub async fn run_workflow(
    env: Env,
    context: Context,
    id: String,
    steps: RunSteps,
) -> Result<bool, JsError> {
    let host = Rc::new(Cloud::new(env, context.into(), None));
    let aside = steps.aside();
    let steps = WorkflowSteps { host: Rc::clone(&host), engine: steps };
    let journey = async {
        #[cfg(feature = "faults")]
        if crate::faults::journey(Rc::clone(&host), &steps, &id).await.is_some() {
            return Ok(());
        }
        run(Rc::clone(&host), &steps, &id).await
    };
    let (mut journey, mut aside) = (pin!(journey), pin!(wire::settled(aside)));
    let ended = poll_fn(|poller: &mut Poller<'_>| match journey.as_mut().poll(poller) {
        Poll::Ready(ended) => Poll::Ready(ended.map(|()| true)),
        Poll::Pending => aside.as_mut().poll(poller).map(|_| Ok(false)),
    });
    ended.await.map_err(|error| told(&host, &error))
}

impl Steps for WorkflowSteps {
    async fn perform(&self, name: &str, work: Work) -> Result<String, HostError> {
        self.room_for(name)?;
        let host = Rc::clone(&self.host);
        // It lives as long as the engine may call it: until the step has ended.
        let work = Closure::<dyn Fn() -> Promise>::new(move || {
            let (host, work) = (Rc::clone(&host), work());
            future_to_promise(async move {
                let result = work.await.and_then(short_enough);
                result.map(JsValue::from).map_err(|error| told(&host, &error).into())
            })
        });
        let given = wire::settled(self.engine.perform(name, work.as_ref())).await;
        let given = given.map_err(|error| wire::host_error(PART, &error))?;
        given.as_string().ok_or_else(|| HostError::new(PART, "a step gave no text"))
    }

    async fn sleep(&self, name: &str, milliseconds: i64) -> Result<(), HostError> {
        self.room_for(name)?;
        #[allow(clippy::cast_precision_loss, reason = "milliseconds fit 53 bits")]
        let slept = self.engine.sleep(name, milliseconds.max(1) as f64);
        wire::settled(slept).await.map(|_| ()).map_err(|error| wire::host_error(PART, &error))
    }
}

impl WorkflowSteps {
    /// The engine on a developer's machine takes more than the service does.
    fn room_for(&self, name: &str) -> Result<(), HostError> {
        if self.engine.count(name) > MOST_STEPS {
            return Err(HostError::new(PART, format!("a run has at most {MOST_STEPS} steps")));
        }
        Ok(())
    }
}

fn short_enough(result: String) -> Result<String, HostError> {
    if result.len() > LONGEST_RESULT {
        return Err(HostError::new(PART, format!("a step gives at most {LONGEST_RESULT} bytes")));
    }
    Ok(result)
}

/// An error as the engine may keep it, which is in clear: without its reason. That is for the log.
fn told(host: &Cloud, error: &HostError) -> JsError {
    host.log(
        &json!({"level": "error", "route": "run", "part": error.part, "reason": error.reason}),
    );
    JsError::new(error.part)
}
